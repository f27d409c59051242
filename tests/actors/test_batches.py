"""Units with a date leave first expired first; past their day they are kept from sale and thrown away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.machine import batches
from actors.machine.dates import next_midnight_us, today
from actors.machine.lane import Lane, LaneOpening
from actors.machine.machine import LanePlain, build
from actors.machine.messages import (
    LaneBlocked,
    LaneEmptied,
    LaneUnblocked,
    Load,
    SaleRefused,
    ServiceMachine,
    ServiceOutcome,
)
from actors.machine.settings import MachineSettings
from runtime import wire
from tests.actors.bench import Bench
from tests.actors.machine_bench import A1, ME, check, choose, counted, turn
from tests.actors.machine_bench import LANES as PLAIN

DATES = st.sampled_from(["2026-03-08", "2026-03-09", "2026-03-10", "2026-12-31"])
BATCHES = st.dictionaries(DATES, st.integers(1, 9)).map(lambda found: tuple(sorted(found.items())))


@given(BATCHES, DATES, st.integers(1, 9))
def test_what_is_added_is_there_and_stays_in_order(held: batches.Batches, day: str, units: int) -> None:
    more = batches.added(held, day, units)
    assert dict(more)[day] == dict(held).get(day, 0) + units
    assert list(more) == sorted(more)


@given(BATCHES, st.integers(0, 40))
def test_units_leave_earliest_first(held: batches.Batches, units: int) -> None:
    left = batches.taken(held, units)
    one_by_one = [day for day, count in held for _ in range(count)]
    assert [day for day, count in left for _ in range(count)] == one_by_one[units:]


def test_a_unit_may_be_sold_on_its_last_day_and_not_after() -> None:
    held = (("2026-03-09", 2), ("2026-03-10", 3))
    assert batches.expired(held, "2026-03-09") == 0
    assert batches.expired(held, "2026-03-10") == 2
    assert batches.expired(held, "2026-03-11") == 5


NO_DAYS = ["2099-02-31", "2026-02-29", "20260310", "2026-W10-2", "0000-01-01"]


@pytest.mark.parametrize(
    "text", ["2026-3-10", "10.03.2026", "2026-13-01", "2026-00-10", "tomorrow", *NO_DAYS]
)
def test_what_is_no_date_is_known(text: str) -> None:
    assert not batches.is_date(text)
    assert batches.is_date("")
    assert batches.is_date("2026-03-10")
    assert batches.is_date("2028-02-29")


# In a machine, at a site in Hong Kong

DAY_US = 86_400_000_000
NOON_US = 1_773_115_200_000_000
"""2026-03-10 12:00 in Hong Kong."""


def opened() -> Bench:
    bench = Bench(NOON_US)
    lanes: list[LanePlain | LaneOpening] = [
        LaneOpening(code="A1", product="milk", price_minor=0, capacity=10, par=8, level=0),
        *PLAIN[1:],
    ]
    build(bench, ME, lanes, ("cash", "cashless"), 10_000, settings=MachineSettings(zone="Asia/Hong_Kong"))
    bench.run(NOON_US)
    bench.send(ME, counted(10_000))
    return bench


def visit(bench: Bench, number: int, *loads: tuple[int, str], takes_out: bool = True) -> ServiceOutcome:
    brought = tuple(
        Load(lane="A1", product="milk", units=units, expires_on=expires_on) for units, expires_on in loads
    )
    order = ServiceMachine(visit=number, loads=brought, collect_cash=False, takes_out=takes_out)
    done = bench.deliver(ME, order, number)
    assert done is not None
    answer = wire.decode(done.answer)
    assert isinstance(answer, ServiceOutcome)
    return answer


def lane(bench: Bench) -> Lane:
    found = bench.actors[bench.reach(A1)]
    assert isinstance(found, Lane)
    return found


def test_the_day_is_the_sites() -> None:
    assert today(NOON_US, "Asia/Hong_Kong") == "2026-03-10"
    assert today(NOON_US, "Pacific/Auckland") == "2026-03-10"
    assert today(NOON_US + 12 * 3_600_000_000, "Asia/Hong_Kong") == "2026-03-11"
    assert next_midnight_us(NOON_US, "Asia/Hong_Kong") == NOON_US + DAY_US // 2


def test_sales_take_the_batch_that_expires_first_and_the_level_is_the_sum() -> None:
    bench = opened()
    visit(bench, 1, (2, "2026-03-12"), (1, "2026-03-10"), (3, ""))
    assert lane(bench).batches == (("2026-03-10", 1), ("2026-03-12", 2))
    assert lane(bench).level == 6
    choose(bench, "A1")
    turn(bench)
    assert lane(bench).batches == (("2026-03-12", 2),)
    bench.power_cut()
    assert lane(bench).batches == (("2026-03-12", 2),)
    check(bench)


def test_at_midnight_a_lane_with_goods_past_their_day_stops_selling() -> None:
    bench = opened()
    visit(bench, 1, (2, "2026-03-10"), (3, "2026-03-12"))
    bench.run(NOON_US + DAY_US // 2 - 1)
    assert bench.facts_of(LaneBlocked) == []
    bench.run(NOON_US + DAY_US // 2)
    assert bench.facts_of(LaneBlocked) == [LaneBlocked(why="expired")]
    choose(bench, "A1")
    assert bench.facts_of(SaleRefused)[-1].why == "other"


def test_a_midnight_that_passed_without_power_counts_too() -> None:
    bench = opened()
    visit(bench, 1, (2, "2026-03-10"))
    bench.power_cut()
    bench.run(NOON_US)
    bench.power_cut()
    bench.now = NOON_US + DAY_US
    bench.run(bench.now)
    assert bench.facts_of(LaneBlocked) == [LaneBlocked(why="expired")]


def test_a_visit_throws_away_what_is_past_its_day_and_the_lane_sells_again() -> None:
    bench = opened()
    visit(bench, 1, (2, "2026-03-10"), (3, "2026-03-12"))
    bench.run(NOON_US + DAY_US)
    visit(bench, 2, takes_out=False)
    assert lane(bench).is_blocked("expired")
    visit(bench, 3, (9, "2026-03-09"), (4, "2026-03-20"))
    assert bench.facts_of(LaneEmptied) == [
        LaneEmptied(visit=3, product="milk", removed=2, level=3, why="expired")
    ]
    assert bench.facts_of(LaneUnblocked) == [LaneUnblocked(why="expired", visit=3)]
    assert lane(bench).batches == (("2026-03-12", 3), ("2026-03-20", 4))
    bench.run(NOON_US + 3 * DAY_US)
    assert lane(bench).is_blocked("expired")
    check(bench)
