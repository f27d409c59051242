"""What people do with alarms: each change is a fact, survives a power cut, and says why it cannot be made."""

from __future__ import annotations

import pytest

from actors.machine.messages import LaneClosed, LaneReopened
from actors.office.alarms import AlarmDesk
from actors.office.alarms_handled import RETURNED_MAX
from actors.office.messages import (
    AcknowledgeAlarm,
    AcknowledgeAlarms,
    AlarmAcknowledged,
    AlarmAssigned,
    AlarmNoted,
    AlarmRaised,
    AlarmServiceChanged,
    AlarmsHandled,
    AlarmShelved,
    AlarmUnshelved,
    AssignAlarms,
    NoteAlarm,
    SetAlarmService,
    ShelveAlarms,
    UnshelveAlarms,
)
from actors.payment.messages import PaymentFlagged
from actors.settings.messages import ChangeSetting, SettingChanged
from hardware.contract.cooling import CabinetTemperature
from runtime import wire
from tests.actors.bench import Bench

DESK, NODE = "office/alarms", "gw-1"
A1, A2, A3 = (f"hk-1/lane/A{n}" for n in (1, 2, 3))
JAM_A1 = ("jam", A1)
MINUTE_US = 60_000_000


def desk(*jammed: str) -> Bench:
    bench = Bench(now_us=MINUTE_US)
    bench.spawn(DESK, AlarmDesk())
    for seq, lane in enumerate(jammed, start=1):
        bench.hear(DESK, NODE, seq, lane, LaneClosed(why="jam"))
    return bench


def ended(bench: Bench, order: object, number: int = 1) -> tuple[str, AlarmsHandled | None]:
    done = bench.deliver(DESK, order, number)
    assert done is not None
    answer = wire.decode(done.answer) if done.answer else None
    return done.outcome, answer if isinstance(answer, AlarmsHandled) else None


def shelve(minutes: int, *tags: tuple[str, str]) -> ShelveAlarms:
    return ShelveAlarms(tags=tags, until_us=(1 + minutes) * MINUTE_US, by="mei", reason="van is on its way")


def test_of_a_mixed_selection_those_that_can_are_acknowledged_and_each_other_says_why() -> None:
    bench = desk(A1, A2, A3)
    bench.deliver(DESK, AcknowledgeAlarm(alarm=2, by="mei"))
    bench.hear(DESK, NODE, 9, A3, LaneReopened(visit=1))
    outcome, answer = ended(bench, AcknowledgeAlarms(alarms=(1, 2, 3, 3, 99), by="li"), 2)
    assert outcome == "done"
    assert answer == AlarmsHandled(
        done=2, refused=(("2", "was acknowledged already"), ("99", "must be active, or over and not seen"))
    )
    assert [(f.alarm, f.by) for f in bench.facts_of(AlarmAcknowledged)] == [(2, "mei"), (1, "li"), (3, "li")]


def test_an_alarm_that_returned_unseen_waits_to_be_seen_and_is_then_gone() -> None:
    bench = desk(A1)
    bench.hear(DESK, NODE, 2, A1, LaneReopened(visit=1))
    bench.power_cut()
    assert ended(bench, AcknowledgeAlarms(alarms=(1,), by="li"))[0] == "done"
    outcome, _ = ended(bench, AcknowledgeAlarms(alarms=(1,), by="li"), 2)
    assert outcome == "failed"


def test_a_shelved_alarm_comes_back_by_itself_at_its_moment() -> None:
    bench = desk(A1)
    assert ended(bench, shelve(30, JAM_A1))[0] == "done"
    assert [(f.kind, f.place, f.by) for f in bench.facts_of(AlarmShelved)] == [("jam", A1, "mei")]
    bench.wait(29 * 60)
    assert bench.facts_of(AlarmUnshelved) == []
    bench.wait(61)
    assert bench.facts_of(AlarmUnshelved) == [AlarmUnshelved(kind="jam", place=A1, by="")]


@pytest.mark.parametrize("later_minutes", [5, 60])
def test_the_shelf_survives_a_power_cut_also_one_that_outlasts_its_time(later_minutes: int) -> None:
    bench = desk(A1)
    bench.deliver(DESK, shelve(30, JAM_A1))
    bench.run(bench.now + 60_000_000)
    bench.power_cut()
    bench.advance(bench.now + later_minutes * MINUTE_US)
    bench.wait(40 * 60)
    assert bench.facts_of(AlarmUnshelved) == [AlarmUnshelved(kind="jam", place=A1, by="")]


def test_a_shelf_is_of_the_tag_so_the_condition_may_end_and_come_again() -> None:
    bench = desk(A1)
    bench.deliver(DESK, shelve(30, JAM_A1))
    bench.hear(DESK, NODE, 2, A1, LaneReopened(visit=1))
    bench.hear(DESK, NODE, 3, A1, LaneClosed(why="jam"))
    assert len(bench.facts_of(AlarmRaised)) == 2
    assert ended(bench, UnshelveAlarms(tags=(JAM_A1,), by="li"), 2)[0] == "done"
    assert ended(bench, UnshelveAlarms(tags=(JAM_A1,), by="li"), 3)[0] == "failed"
    bench.wait(3600)
    assert bench.facts_of(AlarmUnshelved) == [AlarmUnshelved(kind="jam", place=A1, by="li")]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (shelve(-1, JAM_A1), "until: must be within 7 days from now"),
        (shelve(8 * 24 * 60, JAM_A1), "until: must be within 7 days from now"),
        (shelve(5, ("gossip", A1)), f"gossip {A1}: must be of a known kind"),
        (ShelveAlarms(tags=(JAM_A1,), until_us=2 * MINUTE_US, by="mei", reason=" "), "reason: must have 3"),
        (NoteAlarm(alarm=7, text="x", by="mei"), "7: must be one there was"),
        (NoteAlarm(alarm=1, text=" ", by="mei"), "1: text must have 1 to 500 characters"),
        (AssignAlarms(alarms=(7,), to="li", by="mei"), "7: must be active, or over and not seen"),
    ],
)
def test_what_breaks_a_rule_changes_nothing_and_names_it(order: object, why: str) -> None:
    bench = desk(A1)
    before = list(bench.facts)
    done = bench.deliver(DESK, order)
    assert done is not None
    assert done.outcome == "failed"
    assert wire.decode(done.answer).why.startswith(why)
    assert bench.facts == before


def test_out_of_service_lasts_until_a_person_puts_it_back_and_each_way_once() -> None:
    bench = desk(A1)

    def put(in_service: bool, number: int) -> str:
        order = SetAlarmService(tags=(JAM_A1,), in_service=in_service, by="mei", reason="motor ordered")
        return ended(bench, order, number)[0]

    assert [put(False, 1), put(False, 2)] == ["done", "failed"]
    bench.power_cut()
    assert [put(True, 3), put(True, 4)] == ["done", "failed"]
    assert [f.in_service for f in bench.facts_of(AlarmServiceChanged)] == [False, True]


def test_assigning_and_noting_are_facts_with_who_did_it() -> None:
    bench = desk(A1)
    assert ended(bench, AssignAlarms(alarms=(1,), to="li", by="mei"))[0] == "done"
    assert ended(bench, NoteAlarm(alarm=1, text=" spare is in van 2 ", by="li"), 2)[0] == "done"
    assert bench.facts_of(AlarmAssigned) == [AlarmAssigned(alarm=1, to="li", by="mei")]
    assert bench.facts_of(AlarmNoted) == [AlarmNoted(alarm=1, by="li", text="spare is in van 2")]


def test_alarms_that_nobody_ever_sees_are_forgotten_from_some_number_on() -> None:
    bench = Bench()
    bench.spawn(DESK, desk_actor := AlarmDesk())
    for number in range(RETURNED_MAX + 5):
        desk_actor.record(
            AlarmRaised(
                alarm=number + 1, kind="jam", priority=1, place=A1, cause_node="", cause_seq=0, value=0
            )
        )
        desk_actor._set("jam", A1, None, on=False, value=0)
    assert len(desk_actor.returned) == RETURNED_MAX
    assert min(desk_actor.returned) == 6


def test_a_flagged_payment_ends_with_being_seen_in_a_selection_too() -> None:
    bench = desk(A1)
    flagged = PaymentFlagged(sale=1, tender="cash", amount_minor=850, why="restart")
    bench.hear(DESK, "st-01", 1, "st-01/till/1", flagged)
    outcome, answer = ended(bench, AcknowledgeAlarms(alarms=(1, 2), by="li"))
    assert (outcome, answer) == ("done", AlarmsHandled(done=2, refused=()))
    assert ended(bench, AcknowledgeAlarms(alarms=(2,), by="li"), 2)[0] == "failed"


def test_the_desk_goes_by_a_changed_limit_from_the_next_reading_on_and_after_a_power_cut() -> None:
    bench = desk()
    order = ChangeSetting(name="alarm_temp_decicelsius", value=80, by="ada", reason="summer")
    done = bench.deliver(DESK, order)
    assert done is not None
    assert done.outcome == "done"
    assert bench.facts_of(SettingChanged) == [
        SettingChanged(name="alarm_temp_decicelsius", old=50, new=80, by="ada", reason="summer")
    ]
    bench.power_cut()
    for minute, temp in [(0, 75), (20, 75), (40, 90), (60, 90)]:
        reading = CabinetTemperature(temp_decicelsius=temp)
        bench.hear(DESK, NODE, 0, "hk-1", reading, at_us=minute * MINUTE_US)
    assert [f.value for f in bench.facts_of(AlarmRaised)] == [90]
    assert ended(bench, order, 2)[0] == "done"
    assert len(bench.facts_of(SettingChanged)) == 1
