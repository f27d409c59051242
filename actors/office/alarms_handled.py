"""What people do with alarms: acknowledge, shelve, take out of service, assign, note. ISA-18.2's states.

An alarm is active or has returned to normal, and a person has acknowledged it or not; what is acknowledged
and has returned is gone. Beside that its tag (kind and place) may be shelved until a moment, or out of
service: facts of the condition go on then, and whoever shows alarms leaves them aside.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from actors.office.alarm_rules import ENDS_WHEN_SEEN, PRIORITY, alarm_key
from actors.office.messages import (
    AcknowledgeAlarm,
    AcknowledgeAlarms,
    AlarmAcknowledged,
    AlarmAssigned,
    AlarmCleared,
    AlarmNoted,
    AlarmRaised,
    AlarmServiceChanged,
    AlarmsHandled,
    AlarmShelved,
    AlarmUnshelved,
    AssignAlarms,
    NoteAlarm,
    SetAlarmService,
    ShelfEnds,
    ShelveAlarms,
    UnshelveAlarms,
)
from actors.office.settings import change, decoded, finish
from actors.settings.messages import ALARMS, ChangeSetting, SettingChanged, rule_broken
from runtime.actor import Actor, applies, handles
from runtime.command import Deliver

SHELF_US_MAX = 7 * 86_400_000_000
"""The longest that an alarm may be shelved; what should be quiet for longer is taken out of service."""
TEXT_CHARACTERS_MAX = 500
AT_ONCE_MAX = 500
"""Alarms or tags of one command."""
RETURNED_MAX = 10_000
"""Alarms that are over and nobody has seen; of more the oldest are forgotten, as if seen."""
TAGS_MAX = 10_000
"""Tags that may be shelved or out of service."""


class HandledAlarms(Actor):
    """The alarms there are, and what was done with them. Numbers by key (``alarm_key``) and back.

    Attributes:
        newest_alarm: number of the newest.
        newest: by node, the newest fact that changed an alarm.
        active: alarm number by key.
        keys: and back.
        acknowledged: active ones that somebody has seen.
        returned: over, and nobody has seen it: number and key.
        shelved: until when, by tag.
        out: tags out of service.
        changed: settings that a person changed.
    """

    __slots__ = (
        "acknowledged", "active", "changed", "keys", "newest", "newest_alarm", "out", "returned", "shelved",
    )  # fmt: skip
    newest_alarm: int
    newest: dict[str, int]
    active: dict[str, int]
    keys: dict[int, str]
    acknowledged: set[int]
    returned: dict[int, str]
    shelved: dict[str, int]
    out: set[str]
    changed: dict[str, int]
    durable: ClassVar[tuple[str, ...]] = (
        "newest_alarm", "newest", "active", "keys", "acknowledged", "returned", "shelved", "out", "changed",
    )  # fmt: skip

    def __init__(self) -> None:
        self.newest_alarm = 0
        self.newest, self.active, self.keys = {}, {}, {}
        self.acknowledged, self.returned = set(), {}
        self.shelved, self.out, self.changed = {}, set(), {}

    @abstractmethod
    def setting(self, name: str) -> int:
        """The value that is gone by, of a setting that alarms have."""

    def resume(self) -> None:
        """Look at the shelf again when the first of its times is over."""
        if self.shelved:
            self.after(max(0, min(self.shelved.values()) - self.now) / 1_000_000, ShelfEnds())

    @handles(ShelfEnds)
    def shelf_ends(self, _: ShelfEnds) -> None:
        """Whose time is over counts again."""
        for tag, until_us in list(self.shelved.items()):
            if until_us <= self.now:
                kind, place = _parts(tag)
                self.record(AlarmUnshelved(kind=kind, place=place, by=""))
        HandledAlarms.resume(self)

    # Commands

    @handles(Deliver)
    def deliver(self, delivery: Deliver) -> None:
        """Do what a person asks; a command that could do nothing fails and says why."""
        order: Any = decoded(delivery)
        run = _COMMANDS.get(type(order))
        if isinstance(order, ChangeSetting):
            why = rule_broken(ALARMS, order)
            finish(self, delivery, why or change(self, ALARMS, order, self.setting(order.name)))
        elif run is None:
            finish(self, delivery, "alarm desk takes what people do with alarms only")
        else:
            handled = run(self, order)
            why = "" if handled.done or not handled.refused else f"{': '.join(handled.refused[0])}"
            finish(self, delivery, why, handled)

    def acknowledge(self, order: AcknowledgeAlarm | AcknowledgeAlarms) -> AlarmsHandled:
        """A person has seen them. A second time changes nothing; what is not there is refused."""
        one = isinstance(order, AcknowledgeAlarm)
        alarms = (order.alarm,) if isinstance(order, AcknowledgeAlarm) else order.alarms

        def see(alarm: int) -> str:
            if alarm in self.returned:
                self.record(AlarmAcknowledged(alarm=alarm, by=order.by))
            elif alarm not in self.keys:
                return "must be active, or over and not seen"
            elif alarm in self.acknowledged:
                return "" if one else "was acknowledged already"
            else:
                ends = _parts(self.keys[alarm])[0] in ENDS_WHEN_SEEN
                self.record(AlarmAcknowledged(alarm=alarm, by=order.by))
                if ends:
                    self.record(AlarmCleared(alarm=alarm, cause_node="", cause_seq=0))
            return ""

        return _each(alarms, see)

    def shelve(self, order: ShelveAlarms) -> AlarmsHandled:
        """Put tags aside until a moment."""
        if not self.now < order.until_us <= self.now + SHELF_US_MAX:
            return AlarmsHandled(done=0, refused=(("until", "must be within 7 days from now"),))
        if why := _bad_reason(order.reason):
            return AlarmsHandled(done=0, refused=(("reason", why),))

        def put(tag: tuple[str, str]) -> str:
            if tag[0] not in PRIORITY:
                return "must be of a known kind"
            if _tag(*tag) not in self.shelved and len(self.shelved) >= TAGS_MAX:
                return f"shelf must hold at most {TAGS_MAX} tags"
            shelved = AlarmShelved(
                kind=tag[0], place=tag[1], until_us=order.until_us, by=order.by, reason=order.reason
            )
            self.record(shelved)
            return ""

        handled = _each(order.tags, put)
        HandledAlarms.resume(self)
        return handled

    def unshelve(self, order: UnshelveAlarms) -> AlarmsHandled:
        """Take tags off the shelf."""

        def take(tag: tuple[str, str]) -> str:
            if _tag(*tag) not in self.shelved:
                return "must be shelved"
            self.record(AlarmUnshelved(kind=tag[0], place=tag[1], by=order.by))
            return ""

        return _each(order.tags, take)

    def set_service(self, order: SetAlarmService) -> AlarmsHandled:
        """Take tags out of service, or put them back."""
        if why := _bad_reason(order.reason):
            return AlarmsHandled(done=0, refused=(("reason", why),))

        def put(tag: tuple[str, str]) -> str:
            if tag[0] not in PRIORITY:
                return "must be of a known kind"
            if (_tag(*tag) in self.out) != order.in_service:
                return "is in service" if order.in_service else "is out of service already"
            if not order.in_service and len(self.out) >= TAGS_MAX:
                return f"at most {TAGS_MAX} tags must be out of service"
            moved = AlarmServiceChanged(
                kind=tag[0], place=tag[1], in_service=order.in_service, by=order.by, reason=order.reason
            )
            self.record(moved)
            return ""

        return _each(order.tags, put)

    def assign(self, order: AssignAlarms) -> AlarmsHandled:
        """Say who looks after them."""

        def give(alarm: int) -> str:
            if alarm not in self.keys and alarm not in self.returned:
                return "must be active, or over and not seen"
            self.record(AlarmAssigned(alarm=alarm, to=order.to[:TEXT_CHARACTERS_MAX], by=order.by))
            return ""

        return _each(order.alarms, give)

    def note(self, order: NoteAlarm) -> AlarmsHandled:
        """Keep what a person writes to it; also when it is over."""

        def write(alarm: int) -> str:
            if not 0 < alarm <= self.newest_alarm:
                return "must be one there was"
            if not 0 < len(order.text.strip()) <= TEXT_CHARACTERS_MAX:
                return f"text must have 1 to {TEXT_CHARACTERS_MAX} characters"
            self.record(AlarmNoted(alarm=alarm, by=order.by, text=order.text.strip()))
            return ""

        return _each((order.alarm,), write)

    # Facts

    @applies(AlarmRaised)
    def raised(self, fact: AlarmRaised) -> None:
        """It is active; its cause is the newest of its node."""
        key = alarm_key(fact.kind, fact.place, fact.cause_node, fact.cause_seq)
        self.newest_alarm = fact.alarm
        self.active[key] = fact.alarm
        self.keys[fact.alarm] = key
        self._heard(fact.cause_node, fact.cause_seq)

    @applies(AlarmCleared)
    def cleared(self, fact: AlarmCleared) -> None:
        """It is over; who has not seen it still may."""
        key = self.keys.pop(fact.alarm)
        del self.active[key]
        if fact.alarm in self.acknowledged:
            self.acknowledged.discard(fact.alarm)
        else:
            self.returned[fact.alarm] = key
            if len(self.returned) > RETURNED_MAX:
                del self.returned[next(iter(self.returned))]
        self._heard(fact.cause_node, fact.cause_seq)

    def _heard(self, node: str, seq: int) -> None:
        if node:
            self.newest[node] = max(seq, self.newest.get(node, 0))

    @applies(AlarmAcknowledged)
    def seen(self, fact: AlarmAcknowledged) -> None:
        """Somebody looks after it."""
        if self.returned.pop(fact.alarm, None) is None:
            self.acknowledged.add(fact.alarm)

    @applies(AlarmShelved, AlarmUnshelved)
    def shelf_changed(self, fact: AlarmShelved | AlarmUnshelved) -> None:
        """A tag is put aside, or counts again."""
        tag = _tag(fact.kind, fact.place)
        if isinstance(fact, AlarmShelved):
            self.shelved[tag] = fact.until_us
        else:
            self.shelved.pop(tag, None)

    @applies(AlarmServiceChanged)
    def service_changed(self, fact: AlarmServiceChanged) -> None:
        """A tag goes out of service, or comes back."""
        (self.out.discard if fact.in_service else self.out.add)(_tag(fact.kind, fact.place))

    @applies(SettingChanged)
    def setting_changed(self, fact: SettingChanged) -> None:
        """The newest holds."""
        self.changed[fact.name] = fact.new


_COMMANDS: dict[type, Callable[[HandledAlarms, Any], AlarmsHandled]] = {
    AcknowledgeAlarm: HandledAlarms.acknowledge,
    AcknowledgeAlarms: HandledAlarms.acknowledge,
    ShelveAlarms: HandledAlarms.shelve,
    UnshelveAlarms: HandledAlarms.unshelve,
    SetAlarmService: HandledAlarms.set_service,
    AssignAlarms: HandledAlarms.assign,
    NoteAlarm: HandledAlarms.note,
}


def _tag(kind: str, place: str) -> str:
    return f"{kind} {place}"


def _parts(tag: str) -> tuple[str, str]:
    kind, _, place = tag.partition(" ")
    return kind, place


def _bad_reason(reason: str) -> str:
    length = len(reason.strip())
    return "" if 3 <= length <= TEXT_CHARACTERS_MAX else f"must have 3 to {TEXT_CHARACTERS_MAX} characters"


def _each(things: Iterable[Any], deed: Callable[[Any], str]) -> AlarmsHandled:
    """Do something to each thing once, and note what was refused."""
    done, refused = 0, []
    for thing in list(dict.fromkeys(things))[:AT_ONCE_MAX]:
        if why := deed(thing):
            refused.append((" ".join(thing) if isinstance(thing, tuple) else str(thing), why))
        else:
            done += 1
    return AlarmsHandled(done=done, refused=tuple(refused))
