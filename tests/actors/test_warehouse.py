"""A warehouse picks rounds, sends vans on time, and never issues what it has not got."""

from __future__ import annotations

import pytest

from actors.machine.messages import Load
from actors.warehouse.messages import (
    DriveRound,
    Goods,
    GoodsIssued,
    GoodsReceived,
    GoodsReturned,
    PickListMade,
    PrepareRound,
    RoundAnswer,
    Stop,
    TakeBack,
)
from actors.warehouse.warehouse import Warehouse
from runtime import wire
from runtime.command import Deliver, Finish
from tests.actors.bench import Bench

HOUR_US = 3_600_000_000


def opened() -> tuple[Bench, Warehouse]:
    bench = Bench()
    warehouse = Warehouse(vans=("van-1", "van-2"), stock=(("cola", 10), ("tea", 4)))
    bench.spawn("wh-1", warehouse)
    bench.run(0)
    return bench, warehouse


def stop(machine: str, *loads: tuple[str, str, int]) -> Stop:
    brought = tuple(Load(lane=lane, product=product, units=units) for lane, product, units in loads)
    return Stop(machine=machine, lat_e6=0, lon_e6=0, loads=brought)


def order(number: int, *, van: str = "van-1", depart_at_us: int = HOUR_US, units: int = 6) -> PrepareRound:
    stops = (stop("hk-1", ("A1", "cola", units), ("A2", "tea", 3)), stop("hk-2", ("A1", "cola", 2)))
    return PrepareRound(round=number, van=van, depart_at_us=depart_at_us, stops=stops)


def goods(**units: int) -> tuple[Goods, ...]:
    return tuple(Goods(product=product, units=number) for product, number in units.items())


def test_the_opening_stock_is_received_once() -> None:
    bench, warehouse = opened()
    bench.power_cut()
    bench.run(0)
    assert bench.facts_of(GoodsReceived) == [GoodsReceived(goods=goods(cola=10, tea=4))]
    assert warehouse.levels == {"cola": 10, "tea": 4}


def test_a_round_is_picked_at_once_and_leaves_at_its_time() -> None:
    bench, warehouse = opened()
    done = bench.deliver("wh-1", order(1))
    assert done is not None
    assert done.outcome == "done"
    assert wire.decode(done.answer) == RoundAnswer(round=1, why="")
    assert [f.goods for f in bench.facts_of(PickListMade)] == [goods(cola=8, tea=3)]
    bench.run(HOUR_US - 1)
    assert bench.facts_of(GoodsIssued) == []
    bench.run(HOUR_US)
    assert bench.facts_of(GoodsIssued) == [GoodsIssued(round=1, van="van-1", goods=goods(cola=8, tea=3))]
    (drive,) = bench.told_to("van-1", DriveRound)
    assert [s.machine for s in drive.stops] == ["hk-1", "hk-2"]
    assert warehouse.levels == {"cola": 2, "tea": 1}


def test_a_short_product_is_cut_to_what_there_is() -> None:
    bench, warehouse = opened()
    bench.deliver("wh-1", order(1, depart_at_us=0, units=9))
    bench.deliver("wh-1", order(2, depart_at_us=0, van="van-2"), 2)
    first, second = bench.facts_of(GoodsIssued)
    assert (first.goods, second.goods) == (goods(cola=10, tea=3), goods(tea=1))
    assert warehouse.levels == {"cola": 0, "tea": 0}


def test_a_round_waits_for_its_van_and_leaves_when_it_is_back() -> None:
    bench, warehouse = opened()
    bench.deliver("wh-1", order(1, depart_at_us=0))
    bench.deliver("wh-1", order(2, depart_at_us=0), 2)
    assert [f.round for f in bench.facts_of(GoodsIssued)] == [1]
    back = TakeBack(round=1, van="van-1", goods=goods(tea=3), cash_minor=700)
    bench.send("wh-1", back, back)
    assert bench.facts_of(GoodsReturned) == [
        GoodsReturned(round=1, van="van-1", goods=goods(tea=3), cash_minor=700)
    ]
    assert [f.round for f in bench.facts_of(GoodsIssued)] == [1, 2]
    assert warehouse.rounds.keys() == {2}


@pytest.mark.parametrize(
    "bad", [order(1, van="van-9"), PrepareRound(round=1, van="van-1", depart_at_us=0, stops=())]
)
def test_an_order_it_cannot_carry_out_fails_and_changes_nothing(bad: PrepareRound) -> None:
    bench, _ = opened()
    done = bench.deliver("wh-1", bad)
    assert done is not None
    assert done.outcome == "failed"
    assert wire.decode(done.answer).why
    assert bench.facts_of(PickListMade) == []


def test_a_round_that_is_over_is_not_driven_again_for_an_office_that_was_restored() -> None:
    bench, warehouse = opened()
    bench.deliver("wh-1", order(1, depart_at_us=0))
    bench.run(0)
    bench.send("wh-1", TakeBack(round=1, van="van-1", goods=goods(cola=8, tea=3), cash_minor=0))
    before = dict(warehouse.levels)
    bench.power_cut()
    again = bench.deliver("wh-1", order(1, van="van-2", depart_at_us=0))
    bench.run(HOUR_US)
    assert again is not None
    assert again.outcome == "failed"
    assert wire.decode(again.answer) == RoundAnswer(round=1, why="round must be a new one, number 1 is over")
    assert len(bench.facts_of(GoodsIssued)) == 1
    assert warehouse.levels == before


def test_a_body_that_is_no_order_fails() -> None:
    bench, _ = opened()
    bench.send("wh-1", Deliver(id="x:1", body=b"\xc1"))
    assert bench.told_to("commands", Finish) == [Finish(id="x:1", outcome="failed", answer=b"")]


def test_departures_and_rounds_on_the_road_survive_a_power_cut() -> None:
    bench, _ = opened()
    bench.deliver("wh-1", order(1, depart_at_us=0))
    bench.deliver("wh-1", order(2, van="van-2"), 2)
    bench.power_cut()
    bench.run(0)
    assert [drive.round for drive in bench.told_to("van-1", DriveRound)] == [1]
    bench.run(HOUR_US)
    assert [f.round for f in bench.facts_of(GoodsIssued)] == [1, 2]
