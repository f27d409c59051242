"""Bytes in, bytes out: the simulated reader against MDB/ICP 4.2 section 7 (protocol notes A4)."""

from __future__ import annotations

import math

import pytest

from tests.simulator.peripherals.bench import Master


def test_its_setup_names_level_currency_scale_response_time_and_abilities() -> None:
    master = Master()
    assert master.ask("12") == "00"
    assert master.ask("11 00 03 10 02 00") == "01 03 13 44 0a 02 05 0b"


def test_its_features_are_told_to_a_level_three_master_only() -> None:
    asked = "17 00" + "41" * 29
    for master_level, options in (("03", "00 00 00 20"), ("02", "")):
        master = Master()
        master.ask("12")
        master.ask(f"11 00 {master_level} 10 02 00")
        identity = master.ask(asked)
        assert identity is not None
        assert identity[90:] == options


@pytest.mark.parametrize(
    ("level", "media"), [(1, ""), (2, " ff ff ff ff 00 00 00"), (3, " ff ff ff ff 00 00 00")]
)
def test_a_session_begins_with_the_cards_funds(level: int, media: str) -> None:
    master = Master(reader_level=level)
    master.start_reader()
    assert master.reader.present_card(1500)
    assert master.ask("12", acknowledge=False) == f"03 00 96{media}"
    assert master.ask("12") == f"03 00 96{media}"
    assert master.ask("12") == ""


def test_a_whole_vend_takes_the_price_once() -> None:
    master = Master()
    master.start_reader()
    master.reader.present_card(1500)
    master.ask("12")
    assert master.ask("13 00 00 32 00 01") == ""
    assert master.ask("12") == ""
    master.wait(0.6)
    assert master.ask("12", acknowledge=False) == "05 00 32"
    assert master.ask("12") == "05 00 32"
    assert master.ask("13 02 00 01") == ""
    assert master.ask("13 04") == "07"
    assert (master.reader.taken_minor, master.reader.sold_minor, master.reader.vended) == (500, 500, [1])
    assert master.bus.complaints == []


def test_a_failed_vend_is_silent_while_it_refunds_and_then_acknowledges() -> None:
    master = Master()
    master.start_reader()
    master.reader.present_card()
    master.ask("12")
    master.ask("13 00 00 32 00 01")
    master.wait(0.6)
    master.ask("12")
    assert master.ask("13 03") == ""
    assert master.ask("12") is None
    master.wait(0.4)
    assert master.ask("12") == ""
    assert (master.reader.charges, master.reader.refunds) == ([500], [500])


@pytest.mark.parametrize("refunds", [True, False])
def test_a_refund_that_is_lost_or_not_possible_is_told(refunds: bool) -> None:
    master = Master(refunds=refunds)
    master.start_reader()
    master.reader.loses_refunds = refunds
    master.reader.present_card()
    master.ask("12")
    master.ask("13 00 00 32 00 01")
    master.wait(0.6)
    master.ask("12")
    master.ask("13 03")
    master.wait(0.4)
    assert master.ask("12") == "0a c0"
    assert (master.reader.taken_minor, master.reader.sold_minor) == (500, 0)


def test_a_reader_that_idles_takes_the_request_before_the_card() -> None:
    master = Master()
    master.start_reader()
    assert master.ask("13 00 00 32 00 01") == ""
    master.wait(3)
    assert master.ask("12") == ""
    assert master.reader.present_card()
    master.wait(0.6)
    assert master.ask("12") == "05 00 32"


def test_a_reader_that_does_not_idle_wants_a_session_first() -> None:
    master = Master(always_idle=False)
    master.start_reader()
    assert master.ask("13 00 00 32 00 01") == ""
    assert master.ask("12") == "0b 03"
    assert master.bus.complaints == ["reader: vend command 00 in state 3"]


@pytest.mark.parametrize("approves", [True, False])
def test_too_little_on_the_card_or_a_no_of_the_provider_denies(approves: bool) -> None:
    master = Master()
    master.start_reader()
    master.reader.approves = approves
    master.reader.present_card(300 if approves else 1500)
    master.ask("12")
    master.ask("13 00 00 32 00 01")
    master.wait(0.6)
    assert master.ask("12") == "06"
    assert master.reader.taken_minor == 0


def test_a_request_is_cancelled_before_the_provider_answers_only() -> None:
    master = Master()
    master.start_reader()
    master.reader.answer_seconds = math.inf
    master.reader.present_card()
    master.ask("12")
    master.ask("13 00 00 32 00 01")
    master.wait(10)
    assert master.ask("13 01") == "06"
    assert master.ask("13 01") == ""
    assert master.ask("12") == "0b 04"


def test_a_card_taken_away_ends_the_session_or_denies_the_request() -> None:
    master = Master()
    master.start_reader()
    master.reader.present_card()
    master.ask("12")
    master.reader.remove_card()
    assert master.ask("12") == "04"
    assert master.ask("13 04") == "07"
    master.reader.present_card()
    master.ask("12")
    master.ask("13 00 00 32 00 01")
    master.reader.remove_card()
    assert master.ask("12") == "06 04"


def test_a_reset_after_approval_keeps_the_money() -> None:
    master = Master()
    master.start_reader()
    master.reader.present_card()
    master.ask("12")
    master.ask("13 00 00 32 00 01")
    master.wait(0.6)
    master.ask("12")
    assert master.ask("10") == ""
    assert master.ask("12") == "00"
    assert (master.reader.taken_minor, master.reader.sold_minor) == (500, 500)


def test_disabled_it_looks_at_no_card_and_a_session_is_finished_first() -> None:
    master = Master()
    master.start_reader()
    master.reader.present_card()
    master.ask("12")
    assert master.ask("14 00") == ""
    assert master.ask("13 04") == "07"
    assert not master.reader.present_card()


def test_cancelled_while_enabled_says_so() -> None:
    master = Master()
    master.start_reader()
    assert master.ask("14 02") == "08"


def test_a_level_one_reader_tells_no_state_with_out_of_sequence() -> None:
    master = Master(reader_level=1)
    master.start_reader()
    assert master.ask("13 04") == ""
    assert master.ask("12") == "0b"


def test_cash_sales_told_to_it_are_kept() -> None:
    master = Master()
    master.start_reader()
    assert master.ask("13 05 00 50 00 07") == ""
    assert master.reader.cash_sales == [(800, 7)]
