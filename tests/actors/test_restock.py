"""The restock desk plans rounds at the cut-off and sends vans to lanes that call."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from actors.machine.messages import LaneClosed, LaneFilled, LaneOpened, Load, VendCompleted
from actors.office.messages import CutOffHeld, RoundEnded, RoundPlanned
from actors.office.planning import (
    Depot,
    MachineSite,
    VanDuty,
    duties,
    latest_local,
    nearest_first,
    next_local,
)
from actors.office.restock import ORDER_EXPIRES_SECONDS, START_WAIT_SECONDS, RestockDesk
from actors.van.messages import VanReturned
from actors.warehouse.messages import PickListMade, PrepareRound, RoundAnswer
from runtime import wire
from runtime.actor import Report
from runtime.command import Issue, Outcome
from runtime.errors import ConfigError
from tests.actors.bench import Bench

DESK = "office/restock"
HONG_KONG = ZoneInfo("Asia/Hong_Kong")
MIDNIGHT_US = 1_699_977_600_000_000  # 2023-11-15 00:00 in Hong Kong
HOUR_US = 3_600_000_000
DEPOT = Depot(id="wh-1", lat_e6=22_320_000, lon_e6=114_170_000)
VANS = (VanDuty(id="van-1", warehouse="wh-1"), VanDuty(id="van-2", warehouse="wh-1"))
MACHINES = (
    MachineSite(id="hk-1", district="east", lat_e6=22_280_000, lon_e6=114_170_000),
    MachineSite(id="hk-2", district="east", lat_e6=22_310_000, lon_e6=114_170_000),
    MachineSite(id="hk-3", district="west", lat_e6=22_300_000, lon_e6=114_100_000),
)


class Office:
    """The desk on its bench, with reports numbered for it."""

    def __init__(
        self, *, trigger_level: int = -1, plan_at_start: bool = False, now_us: int = MIDNIGHT_US
    ) -> None:
        self.bench = Bench(now_us)
        self.history: list[tuple[str, object]] = []
        desk = RestockDesk(
            cutoff_minute=20 * 60,
            depart_minute=6 * 60,
            trigger_level=trigger_level,
            zone="Asia/Hong_Kong",
            warehouses=(DEPOT,),
            vans=VANS,
            machines=MACHINES,
            plan_at_start=plan_at_start,
        )
        self.bench.spawn(DESK, desk)
        self.bench.run(now_us)

    def hear(self, source: str, fact: object) -> None:
        self.history.append((source, fact))
        self.bench.hear(DESK, "gw-1", len(self.history), source, fact)

    def open_lane(self, machine: str, lane: str, level: int = 8) -> None:
        opened = LaneOpened(product="cola", price_minor=800, capacity=8, par=8, level=level)
        self.hear(f"{machine}/lane/{lane}", opened)

    def vend_to(self, machine: str, lane: str, level: int) -> None:
        vend = VendCompleted(sale=1, unit=0, product="cola", price_minor=800, tender="cash", level=level)
        self.hear(f"{machine}/lane/{lane}", vend)

    def back(self, number: int, van: str = "van-1") -> None:
        self.hear(van, VanReturned(round=number, goods=(), cash_minor=0))

    def planned(self) -> list[tuple[int, str, list[str]]]:
        rounds = self.bench.facts_of(RoundPlanned)
        return [(r.round, r.van, [stop.machine for stop in r.stops]) for r in rounds]

    def orders(self) -> list[PrepareRound]:
        return [wire.decode(issue.body) for issue in self.bench.told_to("commands", Issue)]

    def restart_and_hear_again(self) -> None:
        self.bench.power_cut()
        for seq, (source, fact) in enumerate(self.history, start=1):
            self.bench.hear(DESK, "gw-1", seq, source, fact)


def test_the_cut_off_plans_a_round_for_each_van_nearest_first_with_what_fills_to_par() -> None:
    office = Office()
    for machine, level in (("hk-1", 3), ("hk-2", 8), ("hk-3", 5)):
        office.open_lane(machine, "A1", level)
        office.open_lane(machine, "A2")
    office.vend_to("hk-2", "A2", 7)
    office.bench.run(MIDNIGHT_US + 20 * HOUR_US - 1)
    assert office.planned() == []
    office.bench.run(MIDNIGHT_US + 20 * HOUR_US)
    assert office.planned() == [(1, "van-1", ["hk-2", "hk-1"]), (2, "van-2", ["hk-3"])]
    first, second = office.orders()
    assert first.depart_at_us == second.depart_at_us == MIDNIGHT_US + 30 * HOUR_US
    assert first.stops[0].loads == (Load(lane="A2", product="cola", units=1),)
    assert first.stops[1].loads == (Load(lane="A1", product="cola", units=5),)
    assert [f.rounds for f in office.bench.facts_of(CutOffHeld)] == [2]


def test_a_jammed_machine_is_visited_although_its_lanes_are_full() -> None:
    office = Office()
    office.open_lane("hk-1", "A1")
    office.hear("hk-1/lane/A1", LaneClosed(why="jam"))
    office.bench.run(MIDNIGHT_US + 20 * HOUR_US)
    assert office.planned() == [(1, "van-1", ["hk-1"])]


def test_a_chain_may_plan_at_its_first_start_and_only_then() -> None:
    office = Office(plan_at_start=True)
    office.open_lane("hk-1", "A1", 2)
    office.bench.wait(START_WAIT_SECONDS)
    assert office.planned() == [(1, "van-1", ["hk-1"])]
    assert office.orders()[0].depart_at_us == MIDNIGHT_US + 6 * HOUR_US
    office.restart_and_hear_again()
    office.bench.wait(START_WAIT_SECONDS)
    assert len(office.planned()) == 1


@pytest.mark.parametrize(("opens_at", "departs_at"), [(0, 6), (11, 11), (21, 30)])
def test_a_chain_that_first_opens_between_departure_and_cut_off_sends_its_vans_at_once(
    opens_at: int, departs_at: int
) -> None:
    now_us = MIDNIGHT_US + opens_at * HOUR_US
    office = Office(plan_at_start=True, now_us=now_us)
    office.open_lane("hk-1", "A1", level=1)
    office.bench.run(now_us + HOUR_US)
    (planned,) = office.bench.facts_of(RoundPlanned)
    assert (planned.depart_at_us - MIDNIGHT_US) // HOUR_US == departs_at


def test_a_cut_off_missed_while_down_is_held_after_the_restart_and_the_next_ones_go_on() -> None:
    office = Office()
    office.open_lane("hk-1", "A1", 2)
    office.bench.run(MIDNIGHT_US + 20 * HOUR_US)
    office.bench.power_cut()
    office.bench.advance(MIDNIGHT_US + 45 * HOUR_US)
    office.open_lane("hk-1", "A1", 2)
    office.bench.wait(START_WAIT_SECONDS)
    held = office.bench.facts_of(CutOffHeld)
    assert [f.at_us - MIDNIGHT_US for f in held] == [20 * HOUR_US, 44 * HOUR_US]
    assert held[-1].depart_at_us == MIDNIGHT_US + 54 * HOUR_US
    office.bench.run(MIDNIGHT_US + 68 * HOUR_US)
    assert len(office.bench.facts_of(CutOffHeld)) == 3


def test_a_lane_down_to_its_trigger_calls_a_van_for_the_whole_machine_at_once_and_only_one() -> None:
    office = Office(trigger_level=1)
    office.open_lane("hk-1", "A1")
    office.open_lane("hk-1", "A2", 6)
    office.vend_to("hk-1", "A1", 2)
    assert office.planned() == []
    office.vend_to("hk-1", "A1", 1)
    office.vend_to("hk-1", "A1", 0)
    assert office.planned() == [(1, "van-1", ["hk-1"])]
    (order,) = office.orders()
    assert order.depart_at_us == MIDNIGHT_US
    assert [(load.lane, load.units) for load in order.stops[0].loads] == [("A1", 7), ("A2", 2)]


def test_machines_that_call_together_get_different_vans() -> None:
    office = Office(trigger_level=1)
    for machine in ("hk-1", "hk-2", "hk-3"):
        office.open_lane(machine, "A1", 1)
    assert office.planned() == [(1, "van-1", ["hk-1"]), (2, "van-2", ["hk-2"]), (3, "van-2", ["hk-3"])]


def test_a_machine_that_called_during_its_round_is_looked_at_when_the_round_is_over() -> None:
    office = Office(trigger_level=1)
    office.open_lane("hk-1", "A1", 1)
    office.open_lane("hk-1", "A2", 2)
    office.vend_to("hk-1", "A2", 1)
    office.hear("hk-1/lane/A1", LaneFilled(visit=1, product="cola", added=7, level=8))
    office.back(1)
    assert office.planned() == [(1, "van-1", ["hk-1"]), (2, "van-1", ["hk-1"])]
    office.hear("hk-1/lane/A2", LaneFilled(visit=2, product="cola", added=7, level=8))
    office.back(2)
    assert len(office.planned()) == 2


def test_a_warehouse_with_nothing_to_bring_is_not_asked_again_until_the_next_vend() -> None:
    office = Office(trigger_level=1)
    office.open_lane("hk-1", "A1", 1)
    office.back(1)
    assert len(office.planned()) == 1
    office.vend_to("hk-1", "A1", 0)
    assert len(office.planned()) == 2


def test_history_heard_again_calls_no_van_and_ends_no_round_twice() -> None:
    office = Office(trigger_level=1)
    office.open_lane("hk-1", "A1", 1)
    office.hear("hk-1/lane/A1", LaneFilled(visit=1, product="cola", added=7, level=8))
    office.back(1)
    before = list(office.bench.facts)
    office.bench.power_cut()
    for seq, (source, fact) in enumerate(office.history, start=1):
        office.bench.receive(office.bench.reach(DESK), report(seq, source, fact))
    office.bench.run(office.bench.now)
    assert office.bench.facts == before
    assert office.bench.facts_of(RoundEnded) == [RoundEnded(round=1, why="returned")]


def report(seq: int, source: str, fact: object) -> object:
    return Report(node="gw-1", seq=seq, source=source, at_us=MIDNIGHT_US, content=fact)


def test_a_round_the_warehouse_refuses_or_never_hears_of_is_over() -> None:
    office = Office(trigger_level=1)
    office.open_lane("hk-1", "A1", 1)
    office.open_lane("hk-3", "A1", 1)
    refusal = wire.encode(RoundAnswer(round=1, why="no such van"))
    office.bench.send(DESK, Outcome(id="office:1", outcome="failed", answer=refusal))
    office.bench.wait(ORDER_EXPIRES_SECONDS)
    office.bench.send(DESK, Outcome(id="office:2", outcome="expired", answer=b""))
    assert [(f.round, f.why) for f in office.bench.facts_of(RoundEnded)] == [(1, "failed"), (2, "expired")]


def test_a_restored_office_numbers_its_rounds_after_those_that_a_warehouse_has_made() -> None:
    office = Office(trigger_level=1)
    made = PickListMade(round=7, van="van-1", goods=(), depart_at_us=MIDNIGHT_US, stops=())
    office.hear("wh-1", made)
    office.open_lane("hk-1", "A1", 1)
    office.bench.run(office.bench.now)
    assert [number for number, _, _ in office.planned()] == [8]


def test_a_district_that_no_van_serves_is_a_mistake_in_the_chain() -> None:
    west_only = (VanDuty(id="van-1", warehouse="wh-1", districts=("west",)),)
    with pytest.raises(ConfigError, match="district 'east': at least one van must serve it, not 0 of 1"):
        duties(MACHINES, west_only)


def test_the_nearest_comes_first_and_unknown_places_keep_their_order() -> None:
    order = nearest_first(DEPOT.lat_e6, DEPOT.lon_e6, MACHINES)
    assert [site.id for site in order] == ["hk-2", "hk-1", "hk-3"]
    nowhere = [MachineSite(id=name, district="", lat_e6=0, lon_e6=0) for name in "cab"]
    assert nearest_first(0, 0, nowhere) == nowhere


def test_local_times_follow_the_zone_over_a_change_of_clocks() -> None:
    new_york = ZoneInfo("America/New_York")
    night_us = 1_667_707_200_000_000  # 2022-11-06 00:00 in New York, the day clocks go back
    assert next_local(night_us, 180, new_york) - night_us == 4 * HOUR_US
    assert next_local(night_us, 0, new_york) == night_us
    assert latest_local(night_us, 180, new_york) == night_us - 21 * HOUR_US
    assert next_local(MIDNIGHT_US + 1, 0, HONG_KONG) == MIDNIGHT_US + 24 * HOUR_US
