"""What the office's desks record and are told. Desks: ``office/alarms``, ``office/restock``."""

from __future__ import annotations

import attrs

from actors.warehouse.messages import Stop
from runtime.message import answer, command, event, fact, order


@fact("alarm.raised")
class AlarmRaised:
    """Something needs a person.

    Attributes:
        alarm: the desk's own number, from 1.
        kind: "sold_out", "low", "jam", "offline", "temperature" or "payment".
        priority: 1 (worst) to 3.
        place: address it is about, e.g. ``hk-0712/lane/A3``.
        cause_node, cause_seq: the fact that caused it ("" and 0 for a reading).
        value: a number that goes with the kind (level, tenths of a degree, minor units).
    """

    alarm: int
    kind: str
    priority: int
    place: str
    cause_node: str
    cause_seq: int
    value: int


@fact("alarm.cleared")
class AlarmCleared:
    """The condition is over (ISA-18.2: returned to normal)."""

    alarm: int
    cause_node: str
    cause_seq: int


@fact("alarm.acknowledged")
class AlarmAcknowledged:
    """A person has seen it."""

    alarm: int
    by: str


@command("alarm.acknowledge")
class AcknowledgeAlarm:
    """Acknowledge one alarm."""

    alarm: int
    by: str


# What people do with alarms. A tag is what an alarm is about, (kind, place): what is done to a tag goes on
# when the condition ends and comes again (ISA-18.2, 11).


@fact("alarm.shelved")
class AlarmShelved:
    """A person put alarms of this tag aside for a time (ISA-18.2: shelved); a later one replaces it."""

    kind: str
    place: str
    until_us: int
    by: str
    reason: str


@fact("alarm.unshelved")
class AlarmUnshelved:
    """They count again. ``by`` is "" where the time was over."""

    kind: str
    place: str
    by: str


@fact("alarm.service_changed")
class AlarmServiceChanged:
    """A person took alarms of this tag out of service, or put them back (ISA-18.2: out of service)."""

    kind: str
    place: str
    in_service: bool
    by: str
    reason: str


@fact("alarm.assigned")
class AlarmAssigned:
    """Somebody is to look after an alarm; "" nobody is."""

    alarm: int
    to: str
    by: str


@fact("alarm.noted")
class AlarmNoted:
    """A person wrote something to an alarm."""

    alarm: int
    by: str
    text: str


@command("alarm.acknowledge_many")
class AcknowledgeAlarms:
    """Acknowledge those of these alarms that are not; the answer says which were not and why."""

    alarms: tuple[int, ...]
    by: str


@command("alarm.shelve")
class ShelveAlarms:
    """Put these tags aside until then."""

    tags: tuple[tuple[str, str], ...]
    until_us: int
    by: str
    reason: str


@command("alarm.unshelve")
class UnshelveAlarms:
    """Have these tags count again."""

    tags: tuple[tuple[str, str], ...]
    by: str


@command("alarm.set_service")
class SetAlarmService:
    """Take these tags out of service until somebody puts them back."""

    tags: tuple[tuple[str, str], ...]
    in_service: bool
    by: str
    reason: str


@command("alarm.assign")
class AssignAlarms:
    """Say who looks after these alarms; "" nobody."""

    alarms: tuple[int, ...]
    to: str
    by: str


@command("alarm.note")
class NoteAlarm:
    """Write something to an alarm."""

    alarm: int
    text: str
    by: str


@answer("alarm.handled")
class AlarmsHandled:
    """How many it was done to; what it was not done to, and why: (number or "kind place", reason)."""

    done: int
    refused: tuple[tuple[str, str], ...]


@order("alarm.shelf_ends")
class ShelfEnds:
    """Alarm desk to itself: the time of some shelved tags may be over."""


@fact("restock.round_planned")
class RoundPlanned:
    """The restock desk sends a van round."""

    round: int
    van: str
    depart_at_us: int
    stops: tuple[Stop, ...]
    expires_at_us: int = attrs.field(default=0)


@fact("restock.round_ended")
class RoundEnded:
    """A planned round is over. ``why``: "returned", or "failed" or "expired" when the van never left."""

    round: int
    why: str


@fact("restock.cut_off_held")
class CutOffHeld:
    """Lanes were listed for the rounds that leave at ``depart_at_us``; ``rounds`` of them were planned."""

    at_us: int
    depart_at_us: int
    rounds: int


@order("restock.hold_cut_off")
class HoldCutOff:
    """Restock desk to itself: list the lanes now, for the cut-off of ``at_us``."""

    at_us: int


@order("restock.look_at_calls")
class LookAtCalls:
    """Restock desk to itself: machines have called for a van; see which still need one."""


@event("office.give_command")
class GiveCommand:
    """Somebody gives this command.

    Attributes:
        to: address it is for, e.g. "hk-0712".
        body: its wire bytes.
        expires_seconds: after so long it must not run any more.
    """

    to: str
    body: bytes
    expires_seconds: int
