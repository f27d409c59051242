"""Restock desk, warehouse, vans and machines together: from a lane's call to a full lane and an empty van."""

from __future__ import annotations

from typing import Any

from actors.machine.messages import LaneFilled, LaneOpened, ServiceMachine, ServiceOutcome, VendCompleted
from actors.office.messages import RoundEnded
from actors.office.planning import Depot, MachineSite, VanDuty
from actors.office.restock import RestockDesk
from actors.van.messages import VanReturned, VanVisited
from actors.van.van import Van
from actors.warehouse.messages import GoodsReturned
from actors.warehouse.warehouse import Warehouse
from runtime import wire
from runtime.actor import Actor, Report, handles
from runtime.address import Ref
from runtime.command import Deliver, Finish, Issue, Outcome
from tests.actors.bench import Bench

DESK = "office/restock"
CAPACITY = 5


class OneNode(Bench):
    """Everything on one bench: what one actor records, the desk hears."""

    def recorded(self, ref: Ref, fact: Any) -> None:
        super().recorded(ref, fact)
        source, seq = self.addresses[ref], len(self.facts)
        if source != DESK:
            self.receive(
                self.reach(DESK), Report(node="n", seq=seq, source=source, at_us=self.now, content=fact)
            )


class Relay(Actor):
    """Passes commands and outcomes on at once."""

    __slots__ = ("asked",)

    def __init__(self) -> None:
        self.asked: list[str] = []

    @handles(Issue)
    def issue(self, issue: Issue) -> None:
        self.asked.append(issue.asked_by)
        self.tell(self.reach(issue.to), Deliver(id=str(len(self.asked) - 1), body=issue.body))

    @handles(Finish)
    def finish(self, end: Finish) -> None:
        outcome = Outcome(id=end.id, outcome=end.outcome, answer=end.answer)
        self.tell(self.reach(self.asked[int(end.id)]), outcome)


class OneLane(Actor):
    """A machine of one lane that takes in all it is brought."""

    __slots__ = ("level",)

    def __init__(self) -> None:
        self.level = CAPACITY

    def lane_says(self, fact: object) -> None:
        self.kernel.recorded(self.reach(f"{self.address}/lane/A1"), fact)

    def resume(self) -> None:
        self.lane_says(
            LaneOpened(product="cola", price_minor=3, capacity=CAPACITY, par=CAPACITY, level=CAPACITY)
        )

    def vend(self) -> None:
        assert self.level > 0, "sold out"
        self.level -= 1
        vend = VendCompleted(sale=1, unit=0, product="cola", price_minor=3, tender="code", level=self.level)
        self.lane_says(vend)

    @handles(Deliver)
    def service(self, delivery: Deliver) -> None:
        order = wire.decode(delivery.body)
        assert isinstance(order, ServiceMachine)
        units = sum(load.units for load in order.loads)
        self.level += units
        self.lane_says(LaneFilled(visit=order.visit, product="cola", added=units, level=self.level))
        answer = ServiceOutcome(visit=order.visit, filled=order.loads, cash_minor=0)
        self.tell(self.reach("commands"), Finish(id=delivery.id, outcome="done", answer=wire.encode(answer)))


def chain(machines: int, vans: int, stock: int) -> tuple[OneNode, list[OneLane]]:
    bench = OneNode(1_500_000_000_000_000)
    names = tuple(f"cn-{n}" for n in range(machines))
    fleet = tuple(VanDuty(id=f"van-{n}", warehouse="wh-1") for n in range(vans))
    desk = RestockDesk(
        cutoff_minute=180,
        depart_minute=180,
        trigger_level=1,
        zone="Asia/Shanghai",
        warehouses=(Depot(id="wh-1", lat_e6=0, lon_e6=0),),
        vans=fleet,
        machines=tuple(MachineSite(id=name, district="", lat_e6=0, lon_e6=0) for name in names),
    )
    bench.spawn(DESK, desk)
    bench.spawn("commands", Relay())
    bench.spawn("wh-1", Warehouse(vans=tuple(v.id for v in fleet), stock=(("cola", stock),)))
    for van in fleet:
        bench.spawn(van.id, Van(warehouse="wh-1", home_lat_e6=0, home_lon_e6=0, service_seconds=0))
    lanes = [OneLane() for _ in names]
    for name, lane in zip(names, lanes, strict=True):
        bench.spawn(name, lane)
    bench.run(bench.now)
    return bench, lanes


def test_lanes_that_call_are_full_again_in_the_same_second_however_many_call() -> None:
    bench, lanes = chain(machines=30, vans=2, stock=10_000)
    for _ in range(20):
        for lane in lanes:
            lane.vend()
        bench.run(bench.now)
    assert len(bench.facts_of(VanVisited)) == 30 * 5
    assert len(bench.facts_of(RoundEnded)) == len(bench.facts_of(GoodsReturned)) == 30 * 5
    assert all(f.goods == () for f in bench.facts_of(VanReturned))


def test_the_nightly_round_fills_every_lane_and_an_empty_warehouse_ends_the_matter() -> None:
    bench, lanes = chain(machines=3, vans=1, stock=4)
    for lane in lanes:
        lane.vend()
        lane.vend()
    bench.run(bench.now)
    assert bench.facts_of(VanVisited) == []
    bench.wait(24 * 3600)
    assert [lane.level for lane in lanes] == [5, 5, 3]
    for _ in range(3):
        lanes[2].vend()
        bench.run(bench.now)
    assert [lane.level for lane in lanes] == [5, 5, 0]
    bench.wait(24 * 3600)
    assert len(bench.facts_of(RoundEnded)) == 1 + 2 + 1
