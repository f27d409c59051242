"""The cold chain counts over power cuts: nothing is sold because nobody watched."""

from __future__ import annotations

import pytest

from actors.cabinet.messages import (
    CabinetUnread,
)
from actors.machine.machine import build
from hardware.contract.cooling import CabinetTemperature
from hardware.contract.presence import DoorOpened
from tests.actors.bench import Bench
from tests.actors.cold_bench import (
    COLD,
    LANES,
    MINUTE_US,
    WARM,
    check,
    lane,
    locks,
    machine,
    opened,
    pass_minutes,
    read,
)
from tests.actors.machine_bench import ME, START_US


@pytest.mark.parametrize("minutes", [1, 8, 14])
def test_minutes_are_counted_over_a_power_cut(minutes: int) -> None:
    bench = opened()
    read(bench, WARM)
    pass_minutes(bench, minutes, WARM)
    bench.power_cut()
    bench.run(bench.now)
    pass_minutes(bench, 15 - minutes, WARM)
    assert locks(bench) == []
    pass_minutes(bench, 0.1, WARM)
    assert [why for why, _ in locks(bench)] == ["warm"]


def test_a_power_cut_makes_the_cabinet_unknown_and_a_time_that_ran_out_in_it_locks_at_the_start() -> None:
    bench = opened()
    bench.power_cut()
    bench.run(bench.now)
    assert len(bench.facts_of(CabinetUnread)) == 2
    bench.power_cut()
    bench.run(bench.now + 16 * MINUTE_US)
    assert [why for why, _ in locks(bench)] == ["unread"]


def off_for(bench: Bench, minutes: float) -> None:
    """Cut the power for so long; nothing is read yet."""
    bench.advance(bench.now + round(minutes * MINUTE_US))
    bench.power_cut()
    bench.run(bench.now)


def test_a_cabinet_cold_before_a_cut_and_warm_at_the_first_reading_after_it_is_locked_by_that_reading() -> (
    None
):
    bench = opened()
    off_for(bench, 180)
    assert locks(bench) == []
    read(bench, 150)
    assert locks(bench) == [("warm", 180)]
    read(bench, COLD)
    assert lane(bench).is_blocked("health")
    check(bench)


def test_a_cabinet_cold_again_at_the_first_reading_after_a_cut_goes_on_selling() -> None:
    bench = opened()
    off_for(bench, 180)
    read(bench, COLD)
    read(bench, WARM)  # not the first: it is known how long that lasts
    pass_minutes(bench, 15, WARM)
    assert locks(bench) == []
    assert not lane(bench).is_blocked("health")


def test_two_cuts_with_no_reading_between_them_count_as_one() -> None:
    bench = opened()
    off_for(bench, 10)
    off_for(bench, 6)
    read(bench, WARM)
    assert locks(bench) == [("warm", 16)]


def test_a_cut_shorter_than_the_time_allowed_leaves_what_is_left_of_it() -> None:
    bench = opened()
    off_for(bench, 10)
    read(bench, WARM)
    pass_minutes(bench, 5, WARM)
    assert locks(bench) == []
    pass_minutes(bench, 0.1, WARM)
    assert [why for why, _ in locks(bench)] == ["warm"]


def test_what_was_warm_before_a_cut_is_locked_at_the_start_before_anything_is_read_or_sold() -> None:
    bench = opened()
    read(bench, WARM)
    bench.advance(bench.now + 16 * MINUTE_US)
    bench.power_cut()
    bench.receive(bench.reach(ME), CabinetTemperature(temp_decicelsius=COLD))
    bench.run(bench.now)
    assert locks(bench) == [("warm", 16)]
    check(bench)


def test_a_new_machine_read_warm_first_has_its_fifteen_minutes() -> None:
    bench = Bench(START_US)
    build(bench, ME, LANES, ("cashless",), 0)
    bench.run(START_US)
    read(bench, 200)
    pass_minutes(bench, 15, 150)
    assert locks(bench) == []


def test_an_unread_cabinet_that_is_then_read_warm_counts_as_warm_since_nobody_knew() -> None:
    bench = opened()
    bench.wait(15 * 60 + 1)  # unread from now on
    bench.wait(14 * 60)
    read(bench, WARM)
    pass_minutes(bench, 1.1, WARM)
    assert [why for why, _ in locks(bench)] == ["warm"]


def test_a_door_open_before_a_cut_counts_as_shut_at_the_start_if_nobody_tells_of_it() -> None:
    bench = opened()
    bench.send(ME, DoorOpened())
    off_for(bench, 1)
    assert not machine(bench).cold.door_open
    pass_minutes(bench, 30, 150)
    assert locks(bench) == []
    pass_minutes(bench, 1, 150)
    assert [why for why, _ in locks(bench)] == ["door"]


def test_a_switch_that_finds_the_door_open_after_a_cut_is_believed() -> None:
    bench = opened()
    bench.send(ME, DoorOpened())
    off_for(bench, 1)
    bench.send(ME, DoorOpened())
    pass_minutes(bench, 60, 150)
    assert machine(bench).cold.door_open
    assert locks(bench) == []
