"""The console's book of alarms: each with its ISA-18.2 state, what people did with it, how many came.

States: an alarm is active or over and seen or not ("unacknowledged", "acknowledged", "returned"); beside that
it may not count for a while: "shelved" by a person until a moment, "out_of_service" by a person, "suppressed"
by design. Suppressed is what another condition explains: all that a machine in service mode says, and what
devices and the cabinet of a machine say that does not answer at all. That follows from facts and is none.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import attrs

from actors.cabinet.messages import ServiceModeBegan
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
from runtime.actor import Report
from runtime.address import head

UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED = "unacknowledged", "acknowledged", "returned"
SHELVED, SUPPRESSED, OUT = "shelved", "suppressed", "out_of_service"
STATES = (UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED, SHELVED, SUPPRESSED, OUT)
"""In the order in which lists have them: what waits for a person first."""

EXPLAINED_BY_SILENCE = ("offline", "temperature")
"""Kinds that say nothing of their own while the whole machine does not answer."""
NEVER_SUPPRESSED = ("payment", "fork", "damage", "disk", "set_aside", "health")
"""Money, data and food: no visit of a technician explains them."""

ALARMS_MAX = 5_000
JOURNAL_MAX = 20_000
RAISED_MAX = 20_000
NOTES_MAX = 50
TEN_MINUTES_US = 600_000_000


@attrs.define(slots=True)
class Alarm:
    """One alarm; times in microseconds, 0 not yet. ``notes``: (when, who, text)."""

    number: int
    kind: str
    priority: int
    place: str
    value: int
    at_us: int
    cleared_at_us: int = 0
    acknowledged_at_us: int = 0
    by: str = ""
    to: str = ""
    notes: list[tuple[int, str, str]] = attrs.field(factory=list)

    @property
    def tag(self) -> tuple[str, str]:
        """What it is about."""
        return self.kind, self.place

    @property
    def machine(self) -> str:
        """The place without what is inside it."""
        return head(self.place)


@attrs.frozen
class PutAside:
    """A tag that somebody shelved (``until_us``) or took out of service (0)."""

    until_us: int
    at_us: int
    by: str
    reason: str


@attrs.frozen
class Entry:
    """A line of the journal. ``what``: "raised", "cleared", "acknowledged", "shelved" and so on."""

    number: int
    at_us: int
    what: str
    alarm: int
    kind: str
    place: str
    priority: int
    by: str
    text: str


class AlarmBook:
    """All alarms that are not both over and seen.

    Attributes:
        alarms: by number.
        shelved, out: tags put aside.
        silent: machines that do not answer, with the number of the alarm that says so.
        serviced: machines in service mode, and since when.
        hidden: numbers of alarms that do not count now.
        journal: the newest changes, oldest first.
        raised: when and of what tag alarms came that counted, oldest first.
    """

    __slots__ = (
        "alarms",
        "count",
        "hidden",
        "journal",
        "out",
        "places",
        "raised",
        "serviced",
        "shelved",
        "silent",
    )

    def __init__(self) -> None:
        self.alarms: dict[int, Alarm] = {}
        self.places: dict[str, set[int]] = {}
        self.shelved: dict[tuple[str, str], PutAside] = {}
        self.out: dict[tuple[str, str], PutAside] = {}
        self.silent: dict[str, int] = {}
        self.serviced: dict[str, int] = {}
        self.hidden: set[int] = set()
        self.journal: deque[Entry] = deque(maxlen=JOURNAL_MAX)
        self.raised: deque[tuple[int, int, str, str]] = deque(maxlen=RAISED_MAX)
        self.count = 0

    # States

    def why_hidden(self, alarm: Alarm) -> str:
        """Of the last three states; "" if it counts."""
        if alarm.tag in self.out:
            return OUT
        if alarm.tag in self.shelved:
            return SHELVED
        return SUPPRESSED if self.explained(alarm) else ""

    def explained(self, alarm: Alarm) -> str:
        """What explains an alarm: "service", or "alarm" and a number; "" nothing."""
        if alarm.kind not in NEVER_SUPPRESSED and alarm.machine in self.serviced:
            return "service"
        silent = self.silent.get(alarm.machine)
        if silent is not None and silent != alarm.number and alarm.kind in EXPLAINED_BY_SILENCE:
            return f"alarm {silent}"
        return ""

    def state(self, alarm: Alarm) -> str:
        """Of ``STATES``."""
        if why := self.why_hidden(alarm):
            return why
        if alarm.cleared_at_us:
            return RETURNED
        return ACKNOWLEDGED if alarm.by else UNACKNOWLEDGED

    # Hearing

    def hear(self, report: Report) -> list[int]:
        """Take a fact; returns the alarms that count from now on, or do no longer."""
        fact, at_us = report.content, report.at_us
        match fact:
            case AlarmRaised():
                return self._raised(fact, at_us)
            case AlarmCleared():
                return self._cleared(fact, at_us)
            case AlarmAcknowledged() | AlarmAssigned() | AlarmNoted():
                self._handled(fact, at_us)
                return []
            case AlarmShelved() | AlarmUnshelved() | AlarmServiceChanged():
                self._put_aside(fact, at_us)
                return self._look(
                    n
                    for n in self.places.get(head(fact.place), ())
                    if self.alarms[n].tag == (fact.kind, fact.place)
                )
        return self._service(report)

    def _raised(self, fact: AlarmRaised, at_us: int) -> list[int]:
        if len(self.alarms) >= ALARMS_MAX:
            self._drop(
                next((n for n, old in self.alarms.items() if old.cleared_at_us), next(iter(self.alarms)))
            )
        alarm = Alarm(fact.alarm, fact.kind, fact.priority, fact.place, fact.value, at_us)
        self.alarms[fact.alarm] = alarm
        self.places.setdefault(alarm.machine, set()).add(alarm.number)
        self._note("raised", at_us, alarm)
        changed: set[int] = {alarm.number}
        if fact.kind == "offline" and fact.place == alarm.machine:
            self.silent[alarm.machine] = alarm.number
            changed = self.places[alarm.machine]
        news = self._look(changed)
        if alarm.number not in self.hidden:
            self.raised.append((at_us, alarm.number, alarm.kind, alarm.place))
        return news

    def _cleared(self, fact: AlarmCleared, at_us: int) -> list[int]:
        if (alarm := self.alarms.get(fact.alarm)) is None:
            return []
        alarm.cleared_at_us = at_us
        self._note("cleared", at_us, alarm)
        changed: set[int] = set()
        if self.silent.get(alarm.machine) == alarm.number:
            del self.silent[alarm.machine]
            changed = set(self.places[alarm.machine])
        if alarm.by:
            self._drop(alarm.number)
        return self._look(changed)

    def _handled(self, fact: AlarmAcknowledged | AlarmAssigned | AlarmNoted, at_us: int) -> None:
        if (alarm := self.alarms.get(fact.alarm)) is None:
            return
        if isinstance(fact, AlarmAssigned):
            alarm.to = fact.to
            self._note("assigned", at_us, alarm, fact.by, fact.to)
        elif isinstance(fact, AlarmNoted):
            alarm.notes = [*alarm.notes, (at_us, fact.by, fact.text)][-NOTES_MAX:]
            self._note("noted", at_us, alarm, fact.by, fact.text)
        else:
            alarm.by, alarm.acknowledged_at_us = fact.by or "?", at_us
            self._note("acknowledged", at_us, alarm, fact.by)
            if alarm.cleared_at_us:
                self._drop(alarm.number)

    def _put_aside(self, fact: AlarmShelved | AlarmUnshelved | AlarmServiceChanged, at_us: int) -> None:
        tag = fact.kind, fact.place
        reason = ""
        match fact:
            case AlarmShelved():
                self.shelved[tag], reason = PutAside(fact.until_us, at_us, fact.by, fact.reason), fact.reason
                what = "shelved"
            case AlarmUnshelved():
                self.shelved.pop(tag, None)
                what = "unshelved"
            case _:
                reason = fact.reason
                what = "put_back" if fact.in_service else "taken_out"
                if fact.in_service:
                    self.out.pop(tag, None)
                else:
                    self.out[tag] = PutAside(0, at_us, fact.by, fact.reason)
        number = next((n for n in self.places.get(head(fact.place), ()) if self.alarms[n].tag == tag), 0)
        priority = self.alarms[number].priority if number else 0
        self.count += 1
        self.journal.append(
            Entry(self.count, at_us, what, number, fact.kind, fact.place, priority, fact.by, reason)
        )

    def _service(self, report: Report) -> list[int]:
        machine = report.source
        if isinstance(report.content, ServiceModeBegan):
            self.serviced[machine] = report.at_us
        else:
            self.serviced.pop(machine, None)
        return self._look(self.places.get(machine, ()))

    def _look(self, numbers: Any) -> list[int]:
        """Which of these alarms count now and did not, or the other way round."""
        news = []
        for number in sorted(numbers):
            if (alarm := self.alarms.get(number)) is None:
                continue
            hidden = self.why_hidden(alarm) != ""
            if hidden != (number in self.hidden):
                (self.hidden.add if hidden else self.hidden.discard)(number)
                news.append(number)
        return news

    def _drop(self, number: int) -> None:
        alarm = self.alarms.pop(number)
        self.hidden.discard(number)
        numbers = self.places[alarm.machine]
        numbers.discard(number)
        if not numbers:
            del self.places[alarm.machine]

    def _note(self, what: str, at_us: int, alarm: Alarm, by: str = "", text: str = "") -> None:
        self.count += 1
        self.journal.append(
            Entry(self.count, at_us, what, alarm.number, alarm.kind, alarm.place, alarm.priority, by, text)
        )

    # Reading

    def entries(self, before: int, limit: int) -> list[Entry]:
        """Lines of the journal with numbers under ``before``, newest first."""
        first = self.journal[0].number if self.journal else 0
        begin = min(len(self.journal), max(0, before - first))
        return [self.journal[at] for at in range(begin - 1, max(-1, begin - 1 - limit), -1)]
