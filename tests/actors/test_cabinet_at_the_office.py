"""What desks and vans make of locked lanes, planograms that wait, safety levels and goods that come back."""

from __future__ import annotations

from actors.cabinet.messages import (
    ColdChainLocked,
    ColdChainUnlocked,
    PlannedLane,
    PlanogramApplied,
    PlanogramPlanned,
)
from actors.machine.messages import (
    LaneAssigned,
    LaneBlocked,
    LaneEmptied,
    LaneFilled,
    LaneOpened,
    LanePlanned,
    LaneUnblocked,
    Load,
    ServiceOutcome,
)
from actors.office.alarms import AlarmDesk
from actors.office.messages import AlarmCleared, AlarmRaised
from actors.office.planning import Needs
from actors.van.messages import VanReturned, VanVisited
from actors.warehouse.messages import Goods, Stop
from runtime import wire
from runtime.command import Outcome
from tests.actors.bench import Bench
from tests.actors.test_restock import HOUR_US, MIDNIGHT_US, Office
from tests.actors.test_van import depot, send_round, visits

A1 = "hk-1/lane/A1"


def loads(office: Office) -> tuple[Load, ...]:
    """What the first round brings to its first stop."""
    office.bench.run(MIDNIGHT_US + 20 * HOUR_US)
    return office.orders()[0].stops[0].loads


def test_goods_that_got_warm_are_replaced_whole() -> None:
    office = Office()
    office.open_lane("hk-1", "A1", 6)
    office.hear(A1, LaneBlocked(why="health"))
    assert loads(office) == (Load(lane="A1", product="cola", units=8),)


def test_a_lane_that_was_unblocked_or_that_an_operator_blocked_calls_nobody() -> None:
    office = Office()
    office.open_lane("hk-1", "A1")
    office.hear(A1, LaneBlocked(why="health"))
    office.hear(A1, LaneEmptied(visit=1, product="cola", removed=8, level=0, why="health"))
    office.hear(A1, LaneFilled(visit=1, product="cola", added=8, level=8))
    office.hear(A1, LaneUnblocked(why="health", visit=1))
    office.hear(A1, LaneBlocked(why="operator"))
    office.bench.run(MIDNIGHT_US + 20 * HOUR_US)
    assert office.planned() == []


def test_the_visit_that_brings_a_planogram_brings_its_goods() -> None:
    office = Office()
    office.open_lane("hk-1", "A1", 8)
    soup = PlannedLane(lane="A1", product="soup", price_minor=900, capacity=6, par=5)
    other = PlannedLane(lane="Z9", product="soup", price_minor=900, capacity=6, par=5)
    office.hear("hk-1", PlanogramPlanned(name="spring", lanes=(soup, other)))
    assert loads(office) == (Load(lane="A1", product="soup", units=5),)
    office.hear(A1, LaneEmptied(visit=1, product="cola", removed=8, level=0, why="planogram"))
    office.hear(A1, LaneAssigned(product="soup", price_minor=900, was="cola", level=0))
    office.hear(A1, LanePlanned(capacity=6, par=5, safety=0, perishable=False))
    office.hear("hk-1", PlanogramApplied(name="spring", visit=1))
    office.hear(A1, LaneFilled(visit=1, product="soup", added=5, level=5))
    needs = Needs()
    needs.put("A1", "soup", par=5, level=5)
    assert not needs.need_visit()
    assert needs.loads_to_par() == ()


def test_a_lane_at_its_safety_level_calls_a_van_at_once() -> None:
    office = Office()
    opened = LaneOpened(product="cola", price_minor=800, capacity=8, par=8, level=8, safety=3)
    office.hear(A1, opened)
    office.open_lane("hk-1", "A2")
    office.vend_to("hk-1", "A2", 0)
    office.vend_to("hk-1", "A1", 4)
    assert office.planned() == []
    office.vend_to("hk-1", "A1", 3)
    assert office.planned() == [(1, "van-1", ["hk-1"])]


def test_a_locked_cold_chain_is_one_alarm_a_machine_until_its_last_lane_is_unlocked() -> None:
    bench = Bench()
    bench.spawn("office/alarms", AlarmDesk())
    locked = ColdChainLocked(at_us=0, why="warm", lanes=("A1", "A2"), temp_decicelsius=70)
    bench.hear("office/alarms", "gw-1", 1, "hk-1", locked)
    bench.hear("office/alarms", "gw-1", 2, "hk-1", ColdChainUnlocked(lanes=("A1",), left=1))
    assert [(f.kind, f.priority, f.value) for f in bench.facts_of(AlarmRaised)] == [("health", 1, 2)]
    assert bench.facts_of(AlarmCleared) == []
    bench.hear("office/alarms", "gw-1", 3, "hk-1", ColdChainUnlocked(lanes=("A2",), left=0))
    assert len(bench.facts_of(AlarmCleared)) == 1


def test_goods_that_a_planogram_took_out_come_home_with_the_van_and_dates_travel_with_loads() -> None:
    bench = depot()
    milk = Load(lane="A1", product="cola", units=4, expires_on="2026-03-12")
    send_round(bench, (Stop(machine="hk-1", lat_e6=0, lon_e6=0, loads=(milk,)),))
    bench.run(bench.now + 24 * HOUR_US)
    assert visits(bench)[-1].loads == (milk,)
    back = (Load(lane="A2", product="tea", units=3),)
    answer = ServiceOutcome(visit=visits(bench)[-1].visit, filled=(milk,), cash_minor=0, taken_out=back)
    bench.send("van-1", Outcome(id="c", outcome="done", answer=wire.encode(answer)))
    bench.run(bench.now + 24 * HOUR_US)
    assert bench.facts_of(VanVisited)[0].taken_out == back
    assert bench.facts_of(VanReturned)[0].goods == (Goods(product="tea", units=3),)
