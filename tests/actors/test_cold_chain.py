"""The cold chain locks perishable lanes by three rules, and only service plus restock unlocks them."""

from __future__ import annotations

from actors.cabinet.messages import (
    CabinetCooled,
    CabinetUnread,
    CabinetWarmed,
    ColdChainLocked,
    ColdChainUnlocked,
)
from actors.machine.cold_chain import ColdRule
from actors.machine.machine import build
from actors.machine.messages import (
    LaneBlocked,
    LaneEmptied,
    LaneFilled,
    LaneUnblocked,
    SaleRefused,
    ServiceMachine,
    VendIntended,
)
from hardware.contract.cooling import CabinetTemperature, DefrostEnded, DefrostStarted
from hardware.contract.presence import DoorClosed, DoorOpened
from runtime import wire
from tests.actors.bench import Bench
from tests.actors.cold_bench import (
    COLD,
    LANES,
    WARM,
    check,
    lane,
    locks,
    opened,
    pass_minutes,
    read,
    status,
    visit,
)
from tests.actors.machine_bench import A1, ME, START_US, choose

# The three triggers


def test_more_than_fifteen_minutes_above_the_limit_with_the_door_shut_locks_only_perishable_lanes() -> None:
    bench = opened()
    read(bench, WARM)
    pass_minutes(bench, 15, WARM)
    assert locks(bench) == []
    pass_minutes(bench, 0.001, WARM)
    assert [why for why, _ in locks(bench)] == ["warm"]
    assert bench.facts_of(ColdChainLocked)[0].lanes == ("A1",)
    assert (A1, LaneBlocked(why="health")) in bench.facts
    choose(bench, "A1")
    choose(bench, "A2")
    assert bench.facts_of(SaleRefused) == [SaleRefused(sale=1, lane="A1", units=1, why="other")]
    assert status(bench).blocked == 1
    check(bench)


def test_exactly_at_the_limit_is_cold_and_a_cold_reading_at_the_last_moment_is_in_time() -> None:
    bench = opened()
    pass_minutes(bench, 60, 50)
    assert bench.facts_of(CabinetWarmed) == []
    read(bench, 51)
    pass_minutes(bench, 15, 51)
    read(bench, 50)
    pass_minutes(bench, 30, 50)
    assert locks(bench) == []


def test_a_cabinet_not_back_at_the_limit_thirty_minutes_after_the_door_was_shut_is_locked() -> None:
    bench = opened()
    bench.send(ME, DoorOpened())
    pass_minutes(bench, 20, WARM)
    bench.send(ME, DoorClosed())
    pass_minutes(bench, 30, WARM)
    assert locks(bench) == []
    pass_minutes(bench, 1, WARM)
    assert [(why, round(at)) for why, at in locks(bench)] == [("door", 50)]


def test_a_cabinet_back_in_time_after_the_door_was_shut_is_not_locked_and_begins_to_count_anew() -> None:
    bench = opened()
    bench.send(ME, DoorOpened(), CabinetTemperature(temp_decicelsius=90), DoorClosed())
    pass_minutes(bench, 29, 80)
    read(bench, COLD)
    read(bench, WARM)
    pass_minutes(bench, 15, WARM)
    assert locks(bench) == []
    pass_minutes(bench, 1, WARM)
    assert [(why, round(at)) for why, at in locks(bench)] == [("warm", 44)]


def test_a_cabinet_not_back_thirty_minutes_after_a_defrost_ended_is_locked() -> None:
    bench = opened()
    bench.send(ME, DefrostStarted())
    pass_minutes(bench, 25, WARM)
    bench.send(ME, DefrostEnded())
    pass_minutes(bench, 30, WARM)
    assert locks(bench) == []
    pass_minutes(bench, 1, WARM)
    assert [(why, round(at)) for why, at in locks(bench)] == [("defrost", 55)]


def test_a_defrost_of_which_no_end_is_heard_does_not_put_the_rule_off_for_ever() -> None:
    bench = opened()
    bench.send(ME, DefrostStarted())
    pass_minutes(bench, 75, WARM)
    assert locks(bench) == []
    pass_minutes(bench, 1, WARM)
    assert [why for why, _ in locks(bench)] == ["defrost"]


def test_limits_are_settings_of_the_machine() -> None:
    bench = opened(ColdRule(limit_decicelsius=20, warm_seconds=60))
    read(bench, 40)
    pass_minutes(bench, 1.1, 40)
    assert [why for why, _ in locks(bench)] == ["warm"]


# Nobody knows


def test_a_cabinet_that_nobody_reads_is_shown_as_stale_and_then_taken_for_warm() -> None:
    bench = opened()
    bench.wait(15 * 60)
    assert len(bench.facts_of(CabinetUnread)) == 1  # at the start
    bench.wait(1)
    assert status(bench).temp_stale
    assert len(bench.facts_of(CabinetUnread)) == 2
    bench.wait(15 * 60 - 2)
    assert locks(bench) == []
    bench.wait(2)
    assert [why for why, _ in locks(bench)] == ["unread"]
    read(bench, COLD)
    assert not status(bench).temp_stale
    assert lane(bench).is_blocked("health")


def test_a_machine_without_perishable_goods_records_nothing_of_its_cabinet() -> None:
    bench = Bench(START_US)
    build(bench, ME, LANES[1:], ("cashless",), 0)
    bench.run(START_US)
    count = len(bench.facts)
    bench.send(ME, DoorOpened(), DefrostStarted(), CabinetTemperature(temp_decicelsius=200), DoorClosed())
    bench.wait(7200)
    assert len(bench.facts) == count


# Unlocking


def locked() -> Bench:
    bench = opened()
    read(bench, WARM)
    pass_minutes(bench, 16, WARM)
    read(bench, COLD)
    assert lane(bench).is_blocked("health")
    return bench


def test_a_cold_cabinet_alone_unlocks_nothing() -> None:
    bench = locked()
    pass_minutes(bench, 600, COLD)
    assert lane(bench).is_blocked("health")


def test_service_and_restock_unlock_and_what_was_warm_is_waste() -> None:
    bench = locked()
    visit(bench, 1)
    assert bench.facts_of(LaneEmptied) == [
        LaneEmptied(visit=1, product="milk", removed=5, level=0, why="health")
    ]
    assert [f.added for f in bench.facts_of(LaneFilled)] == [8]
    assert (A1, LaneUnblocked(why="health", visit=1)) in bench.facts
    assert bench.facts_of(ColdChainUnlocked) == [ColdChainUnlocked(lanes=("A1",), left=0)]
    choose(bench, "A1")
    assert bench.facts_of(SaleRefused) == []
    check(bench)


def test_a_service_without_restock_leaves_the_lane_locked_and_empty() -> None:
    bench = locked()
    visit(bench, 1, units=0)
    assert lane(bench).level == 0
    assert lane(bench).is_blocked("health")
    visit(bench, 2)
    assert not lane(bench).is_blocked("health")
    check(bench)


def test_a_restock_without_taking_the_goods_out_fills_nothing_and_unlocks_nothing() -> None:
    bench = locked()
    visit(bench, 1, takes_out=False)
    assert bench.facts_of(LaneFilled) == []
    assert lane(bench).level == 5
    assert lane(bench).is_blocked("health")


def test_new_goods_in_a_warm_cabinet_wait_until_it_is_cold() -> None:
    bench = locked()
    bench.send(ME, DoorOpened())
    read(bench, 90)
    visit(bench, 1)
    bench.send(ME, DoorClosed())
    assert lane(bench).is_blocked("health")
    pass_minutes(bench, 10, 70)
    visit(bench, 2)  # nobody throws the new goods away
    assert len(bench.facts_of(LaneEmptied)) == 1
    bench.power_cut()
    bench.run(bench.now)
    assert lane(bench).is_blocked("health")
    read(bench, COLD)
    assert not lane(bench).is_blocked("health")
    assert bench.facts_of(CabinetCooled)[-1].temp_decicelsius == COLD


def test_new_goods_that_never_got_cold_are_locked_again_and_must_be_replaced_again() -> None:
    bench = locked()
    bench.send(ME, DoorOpened())
    visit(bench, 1)
    bench.send(ME, DoorClosed())
    pass_minutes(bench, 31, WARM)
    assert [why for why, _ in locks(bench)] == ["warm", "door"]
    read(bench, COLD)
    assert lane(bench).is_blocked("health")
    visit(bench, 2)
    assert not lane(bench).is_blocked("health")
    check(bench)


def test_the_sale_that_runs_is_finished_and_keeps_its_unit_in_a_visit() -> None:
    bench = opened()
    choose(bench, "A1")
    read(bench, WARM)
    assert bench.facts_of(VendIntended) == []
    answer = bench.deliver(ME, ServiceMachine(visit=9, loads=(), collect_cash=False))
    assert answer is not None
    assert wire.decode(answer.answer).taken_out == ()
