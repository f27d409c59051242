"""How the console actor hears alarms: those that count stand in ``alarms``, which the feed tells."""

from __future__ import annotations

from actors.office.messages import (
    AlarmAcknowledged,
    AlarmAssigned,
    AlarmCleared,
    AlarmNoted,
    AlarmRaised,
    AlarmServiceChanged,
    AlarmShelved,
    AlarmUnshelved,
)
from console.state.alarm_book import AlarmBook
from console.state.day import Day
from console.state.views import AlarmView, Changes, MachineView
from runtime.actor import Actor, Report, hears
from runtime.address import head

ALARMS_MAX = 2_000
CHANGES_MAX = 50_000
"""More changes than this since the last tick are told as a fresh snapshot."""


class AlarmsHeard(Actor):
    """The part of the console actor that hears the alarm desk.

    Attributes:
        alarms: those that count, by number.
        alarms_dropped: how many came when there were too many.
        alarm_book: all of them, with what people did.
    """

    __slots__ = (
        "_aside",
        "alarm_book",
        "alarms",
        "alarms_dropped",
        "changes",
        "day",
        "machine_numbers",
        "machines",
    )
    alarms: dict[int, AlarmView]
    changes: Changes
    day: Day
    machine_numbers: dict[str, int]
    machines: list[MachineView]

    def __init__(self) -> None:
        self.alarms = {}
        self.alarms_dropped = 0
        self.alarm_book = AlarmBook()
        self._aside: dict[int, AlarmView] = {}  # alarms that do not count for a while

    @hears(AlarmRaised)
    def alarm_raised(self, report: Report) -> None:
        """Something needs a person."""
        fact: AlarmRaised = report.content
        if len(self.alarms) >= ALARMS_MAX:
            self.alarms_dropped += 1
        else:
            self.alarms[fact.alarm] = AlarmView(
                fact.alarm, fact.kind, fact.priority, fact.place, fact.value, report.at_us
            )
            self.changes.alarms.add(fact.alarm)
            self._heat(self.alarms[fact.alarm], on=True)
        self.alarms_put_aside(report)
        if fact.alarm in self.alarms and (slot := self.day.slot(report.at_us)) is not None:
            worst = self.day.alarms[slot]
            self.day.alarms[slot] = min(worst, fact.priority) if worst else fact.priority

    @hears(AlarmCleared)
    def alarm_cleared(self, report: Report) -> None:
        """The condition is over; the alarm stays until a person has seen it."""
        if (alarm := self._alarm(report.content.alarm)) is not None:
            alarm.cleared_at_us = report.at_us
            self._heat(alarm, on=False)
            self._drop_if_done(alarm)
        self.alarms_put_aside(report)

    @hears(AlarmAcknowledged)
    def alarm_acknowledged(self, report: Report) -> None:
        """A person has seen it; it stays until the condition is over."""
        if (alarm := self._alarm(report.content.alarm)) is not None:
            alarm.by = report.content.by or "?"
            self._drop_if_done(alarm)
        self.alarms_put_aside(report)

    @hears(AlarmShelved, AlarmUnshelved, AlarmServiceChanged, AlarmAssigned, AlarmNoted)
    def alarms_put_aside(self, report: Report) -> None:
        """What somebody put aside, or another condition explains, does not count for a while."""
        for number in self.alarm_book.hear(report):
            hidden = number in self.alarm_book.hidden
            alarm = (self.alarms if hidden else self._aside).pop(number, None)
            if alarm is not None:
                (self._aside if hidden else self.alarms)[number] = alarm
                self.changes.alarms.add(number)

    def _alarm(self, number: int) -> AlarmView | None:
        if (alarm := self.alarms.get(number)) is not None:
            self.changes.alarms.add(number)
        if len(self.changes.alarms) > CHANGES_MAX:
            self.changes = Changes(everything=True)
        return alarm or self._aside.get(number)

    def _heat(self, alarm: AlarmView, *, on: bool) -> None:
        number = self.machine_numbers.get(head(alarm.place))
        if alarm.kind != "temperature" or number is None:
            return
        hot = self.machines[number].hot
        (hot.add if on else hot.discard)(alarm.alarm)
        self.changes.machines.add(number)

    def _drop_if_done(self, alarm: AlarmView) -> None:
        if alarm.by and alarm.cleared_at_us:
            self.alarms.pop(alarm.alarm, None)
            self._aside.pop(alarm.alarm, None)
