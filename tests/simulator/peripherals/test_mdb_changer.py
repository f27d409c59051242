"""Bytes in, bytes out: the simulated changer against MDB/ICP 4.2 section 5 (protocol notes A2)."""

from __future__ import annotations

import pytest

from runtime.errors import ConfigError
from tests.simulator.peripherals.bench import Master


def test_after_power_on_it_tells_just_reset_until_that_is_acknowledged() -> None:
    master = Master()
    assert master.ask("0b", acknowledge=False) == "0b"
    assert master.ask("0b") == "0b"
    assert master.ask("0b") == ""


def test_its_setup_names_level_currency_scaling_tubes_and_coins() -> None:
    master = Master()
    master.ask("0b")
    assert master.ask("09") == "03 13 44 32 02 00 0f 01 02 04 0a 14"


def test_a_reset_disables_all_coins() -> None:
    master = Master()
    master.start_changer()
    assert master.ask("08") == ""
    assert master.changer.drop_coin(500) == "returned"
    assert master.ask("0b") == "0b"
    assert master.changer.in_minor == 0


def test_a_coin_is_told_with_type_route_and_tube_count_at_every_poll_until_acknowledged() -> None:
    master = Master()
    master.start_changer()
    assert master.changer.drop_coin(500) == "tube"
    assert master.ask("0b", acknowledge=False) == "53 15"
    assert master.ask("0b", acknowledge=False) == "53 15"
    assert master.ask("0b") == "53 15"
    assert master.ask("0b") == ""


def test_what_comes_while_an_answer_waits_for_its_ack_is_not_lost() -> None:
    master = Master()
    master.start_changer()
    master.changer.drop_coin(500)
    assert master.ask("0b", acknowledge=False) == "53 15"
    master.changer.pull_lever()
    master.bus.acknowledge()
    assert master.ask("0b") == "01"


def test_a_coin_without_a_tube_or_for_a_full_one_falls_into_the_cash_box() -> None:
    master = Master()
    master.start_changer()
    master.changer.fill_tube(500, 40)
    assert [master.changer.drop_coin(value) for value in (1000, 500)] == ["cash_box", "cash_box"]
    assert master.ask("0b") == "44 00 43 3c"


def test_disabled_and_unknown_coins_fall_through_and_a_slug_is_told() -> None:
    master = Master()
    master.start_changer()
    master.ask("0c 00 08 00 00")
    assert [master.changer.drop_coin(value) for value in (100, 77, 500)] == ["returned", "returned", "tube"]
    assert master.ask("0b") == "21 53 15"


def test_an_answer_to_poll_holds_sixteen_bytes_at_most() -> None:
    master = Master()
    master.start_changer()
    for _ in range(9):
        master.changer.drop_coin(500)
    first = master.ask("0b")
    assert first is not None
    assert len(bytes.fromhex(first)) == 16
    assert master.ask("0b") == "53 1d"


def test_a_payout_is_busy_until_its_last_coin_has_fallen() -> None:
    master = Master()
    master.start_changer()
    assert master.ask("0c 00 00 ff ff") == ""
    assert master.ask("0d 30") == ""
    assert master.ask("0b") == "02"
    master.wait(0.3)
    assert master.changer.out_minor == 50
    assert master.ask("0b") == "02"
    master.wait(0.5)
    assert master.ask("0b") == ""
    assert master.changer.paid == {50: 3}
    assert master.ask("0a") == "00 00 11 14 14 14" + " 00" * 12


def test_a_second_payout_while_one_runs_is_not_answered() -> None:
    master = Master()
    master.start_changer()
    master.ask("0c 00 00 ff ff")
    assert master.ask("0d 30") == ""
    assert master.ask("0d 30") is None
    master.wait(5)
    master.ask("0b")
    assert master.changer.paid == {50: 3}


def test_a_jammed_tube_is_told_and_its_count_stays() -> None:
    master = Master()
    master.start_changer()
    master.ask("0c 00 00 ff ff")
    master.changer.jam_tube(200)
    master.ask("0d 22")
    master.wait(5)
    assert master.ask("0b") == "07"
    assert master.changer.out_minor == 0
    assert master.ask("0a") == "00 00 14 14 14 14" + " 00" * 12


@pytest.mark.parametrize("value", [0, 7, 1000])
def test_a_coin_that_has_no_tube_cannot_be_taken_out_of_it(value: int) -> None:
    rule = f"must be a coin that has a tube: 50, 100, 200, 500; not {value}"
    with pytest.raises(ConfigError, match=rule):
        Master().changer.empty_tube(value)


def test_an_alternative_payout_chooses_coins_and_counts_them_until_acknowledged() -> None:
    master = Master()
    master.start_changer()
    master.ask("0c 00 00 ff ff")
    assert master.ask("0f 02 11") == ""
    assert master.ask("0f 03") == "", "busy"
    master.wait(5)
    assert master.ask("0f 04") == "11"
    assert master.ask("0f 04") == ""
    assert master.ask("0f 03", acknowledge=False) == "01 01 01 01"
    assert master.ask("0f 03") == "01 01 01 01"
    assert master.ask("0f 03") == "00"
    assert master.changer.out_minor == 850


def test_expansion_is_silent_until_its_feature_is_enabled() -> None:
    master = Master()
    master.ask("0b")
    assert [master.ask(block) for block in ("0f 02 02", "0f 03", "0f 05", "0f 06")] == [None] * 4


def test_coins_taken_and_put_by_hand_are_reported_once() -> None:
    master = Master()
    master.start_changer()
    assert master.ask("0f 05") == "03 00"
    master.changer.empty_tube(500)
    master.changer.fill_tube(50, 3)
    assert master.ask("0f 05") == "05 20 05 20"
    assert master.ask("0f 07") == "00 00 00 14" + " 00" * 12
    assert master.ask("0f 06") == "03" + " 00" * 15
    assert master.ask("0f 06") == " ".join(["00"] * 16)


def test_a_coin_dispensed_at_its_own_button_is_an_event() -> None:
    master = Master()
    master.start_changer()
    assert master.changer.press_dispense(200)
    assert master.ask("0b") == "92 13"
    master.ask("0c ff ff 00 00")
    assert not master.changer.press_dispense(200), "the master has disabled dispensing by hand"


def test_a_power_cut_in_a_payout_leaves_the_rest_in_the_tubes() -> None:
    master = Master()
    master.start_changer()
    master.ask("0c 00 00 ff ff")
    master.ask("0d f0")
    master.wait(0.6)
    master.changer.cut_power()
    master.wait(60)
    assert master.ask("0b") is None
    master.changer.restore_power()
    assert master.ask("0b") == "0b"
    assert master.changer.paid == {50: 2}
    assert master.changer.tubes.of_value(50).counted == 18


def test_left_alone_for_twenty_seconds_it_resets_itself() -> None:
    master = Master()
    master.start_changer()
    master.wait(20.1)
    assert master.changer.drop_coin(500) == "returned"
    assert master.ask("0b") == "0b"


def test_it_notes_what_the_master_does_wrong() -> None:
    master = Master()
    master.ask("08")
    master.ask("0a")
    master.start_changer()
    master.ask("0d 10")
    assert master.bus.complaints == [
        "changer: command 0A before JUST RESET was read and acknowledged",
        "changer: tube status asked within 0.5 s of a reset",
        "changer: a payout was ordered while coins were enabled",
    ]
