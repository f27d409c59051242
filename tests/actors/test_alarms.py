"""The alarm desk raises what needs a person, once, and clears it when it is over."""

from __future__ import annotations

import pytest

from actors.machine.messages import (
    DeviceCameBack,
    DeviceWentMissing,
    LaneClosed,
    LaneFilled,
    LaneOpened,
    LaneReopened,
    MachineOpened,
    VendCompleted,
)
from actors.office.alarm_rules import is_low
from actors.office.alarms import AlarmDesk
from actors.office.messages import AcknowledgeAlarm, AlarmAcknowledged, AlarmCleared, AlarmRaised
from actors.payment.messages import PaymentFlagged
from actors.store.messages import SaleCompleted, SaleLine, StockOpened
from actors.warehouse.messages import SendRound
from hardware.contract.cooling import CabinetTemperature
from runtime.actor import heard_seq
from runtime.health import DamageFound, DamageMended, DiskFilled, DiskFreed, EpochBegun
from runtime.quarantine import MessageLetIn, MessageSetAside
from tests.actors.bench import Bench

DESK, NODE = "office/alarms", "gw-1"
A1, A2 = "hk-1/lane/A1", "hk-1/lane/A2"
MINUTE_US = 60_000_000


def desk() -> Bench:
    bench = Bench()
    bench.spawn(DESK, AlarmDesk())
    opened = LaneOpened(product="cola", price_minor=800, capacity=10, par=10, level=10)
    bench.hear(DESK, NODE, 1, A1, opened)
    bench.hear(DESK, NODE, 2, A2, opened)
    return bench


def vend(level: int) -> VendCompleted:
    return VendCompleted(sale=1, unit=0, product="cola", price_minor=800, tender="cash", level=level)


def filled(level: int) -> LaneFilled:
    return LaneFilled(visit=1, product="cola", added=5, level=level)


def raised(bench: Bench) -> list[tuple[str, int, str]]:
    return [(f.kind, f.priority, f.place) for f in bench.facts_of(AlarmRaised)]


def cleared(bench: Bench) -> list[int]:
    return [f.alarm for f in bench.facts_of(AlarmCleared)]


@pytest.mark.parametrize(
    ("level", "capacity", "low"), [(2, 10, True), (3, 10, False), (0, 4, True), (1, 4, False)]
)
def test_a_lane_is_low_at_a_fifth_of_its_capacity(level: int, capacity: int, low: bool) -> None:
    assert is_low(level, capacity) is low


def test_a_machine_runs_low_once_however_many_lanes_do_and_each_sold_out_lane_counts() -> None:
    bench = desk()
    for seq, (lane, level) in enumerate([(A1, 2), (A2, 2), (A1, 1), (A1, 0), (A2, 0)], start=3):
        bench.hear(DESK, NODE, seq, lane, vend(level))
    assert raised(bench) == [("low", 3, "hk-1"), ("sold_out", 2, A1), ("sold_out", 2, A2)]
    assert [f.cause_seq for f in bench.facts_of(AlarmRaised)] == [3, 6, 7]
    bench.hear(DESK, NODE, 8, A1, filled(10))
    assert cleared(bench) == [2]
    bench.hear(DESK, NODE, 9, A2, filled(10))
    assert cleared(bench) == [2, 3, 1]


def test_a_large_machine_runs_low_when_a_tenth_of_its_lanes_do() -> None:
    bench = desk()
    bench.hear(DESK, NODE, 3, "hk-1", MachineOpened(lanes=20))
    bench.hear(DESK, NODE, 4, A1, vend(1))
    assert raised(bench) == []
    bench.hear(DESK, NODE, 5, A2, vend(1))
    assert raised(bench) == [("low", 3, "hk-1")]
    bench.hear(DESK, NODE, 6, A1, filled(10))
    assert cleared(bench) == [1]


def test_a_closed_lane_is_a_jam_until_it_is_reopened() -> None:
    bench = desk()
    bench.hear(DESK, NODE, 3, A1, LaneClosed(why="jam"))
    assert raised(bench) == [("jam", 1, A1)]
    bench.hear(DESK, NODE, 4, A1, LaneReopened(visit=1))
    assert cleared(bench) == [1]


def test_a_missing_device_is_offline_at_its_own_place_and_a_missing_machine_at_the_machine() -> None:
    bench = desk()
    bench.hear(DESK, NODE, 3, "hk-1", DeviceWentMissing(device="cashless"))
    bench.hear(DESK, NODE, 4, "hk-1", DeviceWentMissing(device="machine"))
    assert raised(bench) == [("offline", 2, "hk-1/cashless"), ("offline", 2, "hk-1")]
    bench.hear(DESK, NODE, 5, "hk-1", DeviceCameBack(device="machine"))
    assert cleared(bench) == [2]


def test_a_cabinet_is_too_warm_only_after_a_quarter_of_an_hour() -> None:
    bench = desk()
    for minute, temp in [(0, 60), (10, 80), (12, 49), (13, 70), (27, 70)]:
        reading = CabinetTemperature(temp_decicelsius=temp)
        bench.hear(DESK, NODE, 0, "hk-1", reading, at_us=minute * MINUTE_US)
    assert raised(bench) == []
    bench.hear(DESK, NODE, 0, "hk-1", CabinetTemperature(temp_decicelsius=71), at_us=28 * MINUTE_US)
    assert raised(bench) == [("temperature", 1, "hk-1")]
    bench.hear(DESK, NODE, 0, "hk-1", CabinetTemperature(temp_decicelsius=50), at_us=29 * MINUTE_US)
    assert cleared(bench) == [1]


def test_every_flagged_payment_is_an_alarm_of_its_own_and_acknowledging_ends_it() -> None:
    bench = desk()
    for seq in (3, 4):
        flagged = PaymentFlagged(sale=seq, tender="cash", amount_minor=850, why="restart")
        bench.hear(DESK, "st-01", seq, "st-01/till/1", flagged)
    assert [f.value for f in bench.facts_of(AlarmRaised)] == [850, 850]
    done = bench.deliver(DESK, AcknowledgeAlarm(alarm=1, by="ann"))
    assert done is not None
    assert done.outcome == "done"
    assert cleared(bench) == [1]


def test_a_store_whose_books_say_nothing_is_left_is_low_once() -> None:
    bench = desk()
    bench.hear(DESK, "st-01", 1, "st-01", StockOpened(product="bun", quantity=2))
    for seq in (2, 3):
        line = SaleLine(product="bun", quantity=2, price_minor=850, amount_minor=1700)
        sale = SaleCompleted(till="st-01/till/1", sale=seq, tender="cash", lines=(line,), total_minor=1700)
        bench.hear(DESK, "st-01", seq, "st-01", sale)
    assert raised(bench) == [("low", 3, "st-01")]


def test_acknowledging_twice_is_one_acknowledgement_and_an_unknown_alarm_fails() -> None:
    bench = desk()
    bench.hear(DESK, NODE, 3, A1, LaneClosed(why="jam"))
    outcomes = [
        bench.deliver(DESK, AcknowledgeAlarm(alarm=alarm, by="ann"), number)
        for number, alarm in enumerate([1, 1, 99])
    ]
    assert [done.outcome if done else "" for done in outcomes] == ["done", "done", "failed"]
    assert bench.facts_of(AlarmAcknowledged) == [AlarmAcknowledged(alarm=1, by="ann")]


def test_a_command_that_is_not_the_desks_fails() -> None:
    done = desk().deliver(DESK, SendRound(round=1))
    assert done is not None
    assert done.outcome == "failed"


def test_history_heard_again_after_a_restart_changes_nothing_and_news_still_counts() -> None:
    history: list[tuple[str, object]] = [
        (A1, vend(2)),
        (A1, vend(0)),
        (A2, LaneClosed(why="jam")),
        (A1, filled(10)),
        (A2, LaneReopened(visit=1)),
        (A2, vend(2)),
    ]
    bench = desk()
    for seq, (source, fact) in enumerate(history, start=3):
        bench.hear(DESK, NODE, seq, source, fact)
    before = list(bench.facts)
    bench.power_cut()
    opened = LaneOpened(product="cola", price_minor=800, capacity=10, par=10, level=10)
    for seq, (source, fact) in enumerate([(A1, opened), (A2, opened), *history], start=1):
        bench.hear(DESK, NODE, seq, source, fact)
    assert bench.facts == before
    bench.hear(DESK, NODE, 9, A2, vend(0))
    bench.hear(DESK, NODE, 10, A2, filled(10))
    assert [f.cause_seq for f in bench.facts_of(AlarmRaised)] == [3, 4, 5, 8, 9]
    assert len(cleared(bench)) == 5


def test_a_report_the_desk_had_not_acted_on_before_a_power_cut_is_acted_on_afterwards() -> None:
    bench = desk()
    bench.hear(DESK, NODE, 3, A1, vend(2))
    bench.power_cut()
    for seq, fact in [(3, vend(2)), (4, vend(0))]:
        bench.hear(DESK, NODE, seq, A1, fact)
    assert raised(bench) == [("low", 3, "hk-1"), ("sold_out", 2, A1)]


def test_a_full_disk_is_an_alarm_of_the_node_until_there_is_room() -> None:
    bench = desk()
    bench.hear(DESK, NODE, 3, "health", DiskFilled())
    assert raised(bench) == [("disk", 1, NODE)]
    bench.hear(DESK, NODE, 4, "health", DiskFreed())
    assert cleared(bench) == [1]


def test_damage_is_an_alarm_at_the_node_or_its_ledger_until_it_is_mended() -> None:
    bench = desk()
    bench.hear(DESK, NODE, 3, "health", DamageFound(of=NODE, wrong="fact 7"))
    bench.hear(DESK, NODE, 4, "health", DamageFound(of="ledger", wrong="I1"))
    assert raised(bench) == [("damage", 1, NODE), ("damage", 1, f"{NODE}/ledger")]
    bench.hear(DESK, NODE, 5, "health", DamageMended(of=NODE))
    assert cleared(bench) == [1]


def test_a_new_epoch_is_an_alarm_that_somebody_has_to_see_and_its_later_facts_count() -> None:
    bench = desk()
    bench.hear(DESK, NODE, 900, A1, LaneClosed(why="jam"))
    bench.hear(DESK, NODE, heard_seq(2, 700), "health", EpochBegun(epoch=2, after_seq=699))
    assert raised(bench) == [("jam", 1, A1), ("fork", 1, NODE)]
    bench.deliver(DESK, AcknowledgeAlarm(alarm=2, by="operator"))
    assert cleared(bench) == [2]
    bench.hear(DESK, NODE, heard_seq(2, 701), A1, LaneReopened(visit=1))
    assert cleared(bench) == [2, 1]


def test_messages_set_aside_are_one_alarm_an_actor_until_a_person_let_all_of_them_in() -> None:
    bench = desk()
    for seq, digest in [(3, "aa"), (4, "bb")]:
        aside = MessageSetAside(
            address=A1, tag="motor.turned/1", digest=digest, content="", error="KeyError: 1"
        )
        bench.hear(DESK, NODE, seq, f"{NODE}/quarantine", aside)
    assert raised(bench) == [("set_aside", 1, A1)]
    for seq, digest, left in [(5, "aa", 1), (6, "bb", 0)]:
        assert cleared(bench) == []
        let_in = MessageLetIn(address=A1, digest=digest, by="operator", left=left)
        bench.hear(DESK, NODE, seq, f"{NODE}/quarantine", let_in)
    assert cleared(bench) == [1]
