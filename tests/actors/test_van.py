"""A van drives its round, services machines, and loses nothing on the way."""

from __future__ import annotations

import pytest

from actors.machine.messages import Load, ServiceMachine, ServiceOutcome
from actors.van.distance import road_m
from actors.van.messages import (
    BrokeDown,
    VanDeparted,
    VanHeldUp,
    VanLoaded,
    VanPosition,
    VanReturned,
    VanVisited,
    VisitMissed,
)
from actors.van.van import STOPS_MAX, Van
from actors.warehouse.messages import (
    DriveRound,
    Goods,
    GoodsIssued,
    GoodsReceived,
    GoodsReturned,
    PrepareRound,
    Stop,
)
from actors.warehouse.warehouse import Warehouse
from runtime import wire
from runtime.command import Issue, Mail, Outcome
from runtime.command_desk import ADDRESS, LINK, CommandDesk
from tests.actors.bench import Bench

HOME = (22_320_000, 114_170_000)
CENTRAL = (22_281_900, 114_158_100)


def load(lane: str, units: int) -> Load:
    return Load(lane=lane, product="cola", units=units)


STOPS = (
    Stop(machine="hk-1", lat_e6=CENTRAL[0], lon_e6=CENTRAL[1], loads=(load("A1", 4), load("A2", 3))),
    Stop(machine="hk-2", lat_e6=CENTRAL[0], lon_e6=CENTRAL[1] + 5000, loads=(load("A1", 5),)),
)


def depot(stock: int = 100) -> Bench:
    bench = Bench()
    bench.spawn("wh-1", Warehouse(vans=("van-1",), stock=(("cola", stock),)))
    bench.spawn("van-1", Van(warehouse="wh-1", home_lat_e6=HOME[0], home_lon_e6=HOME[1]))
    bench.run(0)
    return bench


def send_round(bench: Bench, stops: tuple[Stop, ...] = STOPS, number: int = 1) -> None:
    bench.deliver("wh-1", PrepareRound(round=number, van="van-1", depart_at_us=0, stops=stops), number)


def visits(bench: Bench) -> list[ServiceMachine]:
    return [wire.decode(issue.body) for issue in bench.told_to("commands", Issue)]


def take_all(bench: Bench, cash_minor: int = 500) -> None:
    """The machine takes every unit that was brought."""
    visit = visits(bench)[-1]
    answer = ServiceOutcome(visit=visit.visit, filled=visit.loads, cash_minor=cash_minor)
    bench.send("van-1", Outcome(id="c", outcome="done", answer=wire.encode(answer)))


def units_everywhere(bench: Bench) -> int:
    """Units in the warehouse and in the van, by the facts alone."""
    units = 0
    for _, fact in bench.facts:
        match fact:
            case GoodsReceived() | GoodsReturned() | VanLoaded():
                units += sum(g.units for g in fact.goods)
            case GoodsIssued() | VanReturned():
                units -= sum(g.units for g in fact.goods)
            case VanVisited():
                units -= sum(g.units for g in fact.filled)
    return units


def test_hong_kong_island_is_some_six_road_kilometres_from_the_peninsula() -> None:
    assert road_m(HOME, CENTRAL) == pytest.approx(5_750, abs=100)
    assert road_m((0, 0), CENTRAL) == 0


def test_a_round_visits_every_stop_and_brings_back_the_cash_and_the_rest() -> None:
    bench = depot()
    send_round(bench)
    bench.wait(3600)
    take_all(bench)
    bench.wait(3600)
    visit = visits(bench)[-1]
    some = ServiceOutcome(visit=visit.visit, filled=(load("A1", 2),), cash_minor=250)
    bench.send("van-1", Outcome(id="c", outcome="done", answer=wire.encode(some)))
    bench.wait(3600)
    assert [(f.to, f.distance_m) for f in bench.facts_of(VanDeparted)] == [
        ("hk-1", road_m(HOME, CENTRAL)),
        ("hk-2", road_m(CENTRAL, (CENTRAL[0], CENTRAL[1] + 5000))),
        ("wh-1", road_m((CENTRAL[0], CENTRAL[1] + 5000), HOME)),
    ]
    assert [f.visit for f in bench.facts_of(VanVisited)] == [STOPS_MAX, STOPS_MAX + 1]
    left = (Goods(product="cola", units=3),)
    assert bench.facts_of(VanReturned) == [VanReturned(round=1, goods=left, cash_minor=750)]
    assert [(f.goods, f.cash_minor) for f in bench.facts_of(GoodsReturned)] == [(left, 750)]


def test_watchers_see_the_van_every_half_minute_between_its_places() -> None:
    bench = depot()
    send_round(bench)
    arrives_at_us = bench.facts_of(VanDeparted)[0].arrives_at_us
    bench.run(arrives_at_us)
    seen = [reading for _, reading in bench.readings if isinstance(reading, VanPosition)]
    assert len(seen) == arrives_at_us // 30_000_000 + 2
    assert (seen[0].lat_e6, seen[0].lon_e6) == HOME
    assert (seen[-1].lat_e6, seen[-1].lon_e6) == CENTRAL
    assert [s.lat_e6 for s in seen] == sorted((s.lat_e6 for s in seen), reverse=True)


def test_places_nobody_recorded_take_no_time_and_no_metres() -> None:
    bench = Bench()
    bench.spawn("wh-1", Warehouse(vans=("van-1",), stock=(("cola", 9),)))
    bench.spawn("van-1", Van(warehouse="wh-1", home_lat_e6=0, home_lon_e6=0, service_seconds=0))
    send_round(bench, (Stop(machine="us-1", lat_e6=0, lon_e6=0, loads=(load("1", 9),)),))
    take_all(bench)
    assert [f.distance_m for f in bench.facts_of(VanDeparted)] == [0, 0]
    assert len(bench.facts_of(GoodsReturned)) == 1
    assert bench.now == 0


def test_a_van_offers_only_what_is_aboard_first_lane_first() -> None:
    bench = depot(stock=5)
    send_round(bench)
    bench.wait(3600)
    assert visits(bench)[0].loads == (load("A1", 4), load("A2", 1))
    take_all(bench)
    bench.wait(3600)
    assert visits(bench)[1].loads == ()


@pytest.mark.parametrize("how", ["failed", "expired"])
def test_a_machine_that_cannot_be_serviced_is_missed_and_the_round_goes_on(how: str) -> None:
    bench = depot()
    send_round(bench)
    bench.wait(3600)
    bench.send("van-1", Outcome(id="c", outcome=how, answer=b""))
    bench.wait(3600)
    assert bench.facts_of(VisitMissed) == [VisitMissed(round=1, machine="hk-1", why=how)]
    take_all(bench)
    bench.wait(3600)
    assert [f.goods for f in bench.facts_of(VanReturned)] == [(Goods(product="cola", units=7),)]


def test_a_van_that_breaks_down_arrives_later_and_drives_its_round_to_the_end() -> None:
    bench = depot()
    send_round(bench)
    bench.wait(60)
    bench.send("van-1", BrokeDown(seconds=7200))
    bench.wait(7000)
    assert visits(bench) == []
    bench.wait(300)
    assert len(visits(bench)) == 1
    take_all(bench)
    bench.wait(3600)
    take_all(bench)
    bench.wait(3600)
    assert len(bench.facts_of(VanHeldUp)) == 1
    assert len(bench.facts_of(VanReturned)) == 1


def test_a_round_goes_on_after_a_power_cut_at_any_message_and_no_unit_is_lost() -> None:
    whole = depot()
    drive_with_cut(whole, 10**9)
    for cut_at in range(3, whole.handled):
        bench = depot()
        drive_with_cut(bench, cut_at)
        assert [f.machine for f in bench.facts_of(VanVisited)] == ["hk-1", "hk-2"]
        assert len(bench.facts_of(GoodsReturned)) == 1
        assert units_everywhere(bench) == 100 - 12


def drive_with_cut(bench: Bench, cut_at: int) -> None:
    """Drive a whole round; cut the power once this many messages were handled."""
    order = PrepareRound(round=1, van="van-1", depart_at_us=60_000_000, stops=STOPS)
    bench.deliver("wh-1", order)
    while not bench.facts_of(GoodsReturned):
        if bench.handled >= cut_at:
            cut_at = 10**9
            bench.power_cut()
        if not bench.ready:
            if bench.next_at() > 10 * 3_600_000_000:
                take_all(bench)
            else:
                bench.fire()
        bench.drain(1)


def test_an_answer_said_twice_counts_once() -> None:
    bench = depot()
    send_round(bench)
    bench.wait(3600)
    take_all(bench)
    take_all(bench)
    bench.send("van-1", DriveRound(round=1, goods=(), stops=STOPS))
    assert len(bench.facts_of(VanVisited)) == 1
    assert len(bench.facts_of(VanLoaded)) == 1


def test_a_visit_is_asked_for_by_one_command_though_the_van_starts_again_meanwhile() -> None:
    bench = depot()
    bench.spawn(ADDRESS, CommandDesk())
    send_round(bench)
    bench.wait(3600)
    bench.power_cut()
    bench.wait(60)
    mails = bench.told_to(LINK, Mail)
    assert len(mails) > 1, "its desk asks again"
    assert {mail.id for mail in mails} == {"bench:1"}
