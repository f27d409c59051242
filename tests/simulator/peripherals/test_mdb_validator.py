"""Bytes in, bytes out: the simulated validator against MDB/ICP 4.2 section 6 (protocol notes A3)."""

from __future__ import annotations

from tests.simulator.peripherals.bench import Master


def test_its_setup_names_level_currency_scaling_stacker_and_bills() -> None:
    master = Master()
    master.ask("33")
    assert master.ask("31") == "01 13 44 00 64 02 02 58 ff ff ff 14 32 64"


def test_disabled_it_says_so_at_every_poll_and_hands_bills_back() -> None:
    master = Master()
    assert master.ask("33") == "09 06"
    assert master.validator.feed_bill(2000) == "returned"
    assert master.ask("33") == "09 c0"
    assert master.ask("33") == "09"


def test_a_bill_is_held_until_told_to_stack_it() -> None:
    master = Master()
    master.start_validator()
    assert master.validator.feed_bill(5000) == "escrow"
    assert master.ask("33", acknowledge=False) == "91"
    assert master.ask("33") == "91"
    master.wait(60)
    assert master.ask("33") == "09 06", "left alone so long it has reset itself, and the bill went back"
    assert master.validator.handed_back == {5000: 1}


def test_a_stacked_bill_is_told_when_it_is_there() -> None:
    master = Master()
    master.start_validator()
    master.validator.feed_bill(5000)
    master.ask("33")
    assert master.ask("35 01") == ""
    assert master.ask("33") == ""
    assert master.validator.in_minor == 0
    master.wait(2)
    assert master.ask("33") == "81"
    assert master.validator.stacked == {(5000, "stacker"): 1}
    assert master.ask("36") == "00 01"


def test_a_returned_bill_is_told_when_it_is_out() -> None:
    master = Master()
    master.start_validator()
    master.validator.feed_bill(2000)
    master.ask("33")
    master.ask("35 00")
    master.wait(2)
    assert master.ask("33") == "a0"
    assert master.validator.in_minor == 0


def test_a_bill_type_without_escrow_is_stacked_by_itself() -> None:
    master = Master()
    master.start_validator(escrow="00 00")
    assert master.validator.feed_bill(2000) == "moving"
    master.wait(2)
    assert master.ask("33") == "80"


def test_an_escrow_command_without_a_bill_is_invalid() -> None:
    master = Master()
    master.start_validator()
    assert master.ask("35 01") == ""
    assert master.ask("33") == "0a"


def test_one_bill_at_a_time() -> None:
    master = Master()
    master.start_validator()
    assert master.validator.feed_bill(2000) == "escrow"
    assert master.validator.feed_bill(2000) == "returned"


def test_a_jam_is_told_at_every_poll_until_it_is_cleared() -> None:
    master = Master()
    master.start_validator()
    master.validator.feed_bill(2000)
    master.ask("33")
    master.validator.jam_next()
    master.ask("35 01")
    master.wait(10)
    assert [master.ask("33"), master.ask("33")] == ["05", "05"]
    master.validator.clear_jam()
    assert master.ask("33") == "07"
    assert (master.validator.in_minor, master.validator.handed_back) == (0, {2000: 1})


def test_a_full_stacker_takes_no_more_and_says_that_it_is_full() -> None:
    master = Master()
    master.start_validator()
    master.validator.stacker_bills = 600
    assert master.ask("36") == "82 58"
    assert master.validator.feed_bill(2000) == "returned"


def test_a_reset_gives_the_bill_in_escrow_back() -> None:
    master = Master()
    master.start_validator()
    master.validator.feed_bill(2000)
    assert master.ask("30") == ""
    assert master.ask("33") == "09 06"
    assert master.validator.handed_back == {2000: 1}


def test_a_bill_on_its_way_when_power_fails_is_kept_and_nobody_is_told() -> None:
    master = Master()
    master.start_validator()
    master.validator.feed_bill(2000)
    master.ask("33")
    master.ask("35 01")
    master.validator.cut_power()
    assert master.ask("33") is None
    master.validator.restore_power()
    assert master.ask("33") == "09 06"
    assert master.validator.in_minor == 2000


def test_a_recycler_takes_its_bill_and_pays_it_out() -> None:
    master = Master(recycles_minor=2000)
    master.start_validator()
    assert master.ask("31") == "02 13 44 00 64 02 02 58 ff ff ff 14 32 64"
    assert master.ask("37 05") is None, "the recycler is not enabled yet"
    assert master.ask("37 01 00 00 00 02") == ""
    assert master.ask("37 03") == "00 01"
    assert master.ask("37 04 00 00" + " 03" * 16) == ""
    master.validator.feed_bill(2000)
    master.ask("33")
    master.ask("35 01")
    master.wait(2)
    assert master.ask("33") == "b0"
    assert master.ask("37 05") == "00 00 00 01" + " 00" * 30
    assert master.ask("37 06 00 00 01") == ""
    assert master.ask("33") == "22"
    assert master.ask("37 08") == ""
    master.wait(3)
    assert master.ask("33") == ""
    assert master.ask("37 08") == "00 01" + " 00" * 30
    assert (master.validator.in_minor, master.validator.out_minor) == (2000, 2000)
