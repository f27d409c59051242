"""What a machine records and says of its cabinet: cold chain, locks, planograms, cash bags, audits, status.

Source of all of them is the machine's address, e.g. ``hk-0712``; what a single lane records stands in
``actors.machine.messages``. ``at_us`` is when it happened, microseconds since 1970 UTC: a rule that counts
minutes must count them over a power cut too.
"""

from __future__ import annotations

import attrs

from runtime.message import fact, order, reading

# Cold chain


@fact("cold.guarded")
class ColdChainGuarded:
    """These lanes hold perishable goods from now on; () none."""

    lanes: tuple[str, ...]


@fact("cold.warmed")
class CabinetWarmed:
    """The cabinet was read above its limit."""

    at_us: int
    temp_decicelsius: int


@fact("cold.cooled")
class CabinetCooled:
    """The cabinet was read at or below its limit again."""

    at_us: int
    temp_decicelsius: int


@fact("cold.unread")
class CabinetUnread:
    """Nobody knows how warm the cabinet is; from now on that counts as warm."""

    at_us: int


@fact("cold.door_opened")
class CabinetOpened:
    """The door of a cabinet with perishable goods was opened."""

    at_us: int


@fact("cold.door_shut")
class CabinetShut:
    """The door of a cabinet with perishable goods was shut."""

    at_us: int


@fact("cold.defrost_began")
class DefrostBegan:
    """The evaporator of a cabinet with perishable goods is being heated."""

    at_us: int


@fact("cold.defrost_over")
class DefrostOver:
    """Cooling went on after a defrost."""

    at_us: int


@fact("cold.locked")
class ColdChainLocked:
    """A rule of food safety was broken: these lanes sell nothing until they were serviced and restocked.

    Attributes:
        why: "warm", "door", "defrost" or "unread" (see ``actors.machine.cold_chain``).
        temp_decicelsius: the last that was read.
    """

    at_us: int
    why: str
    lanes: tuple[str, ...]
    temp_decicelsius: int


@fact("cold.unlocked")
class ColdChainUnlocked:
    """These lanes have new goods and a cold cabinet: they sell again. ``left``: how many are still locked."""

    lanes: tuple[str, ...]
    left: int


@order("cold.look")
class LookAtCold:
    """Machine to itself: see what the cold chain's rules say by now."""

    due_us: int


# Planogram


@attrs.frozen(kw_only=True)
class PlannedLane:
    """A lane of a planogram (EVA-DTS PA101 to PA105).

    Attributes:
        par: units after a visit.
        safety: units at which it should be filled; 0 never before it is empty.
        perishable: its goods must be kept cold.
    """

    lane: str
    product: str
    price_minor: int
    capacity: int
    par: int
    safety: int = 0
    perishable: bool = False


@fact("planogram.planned")
class PlanogramPlanned:
    """This planogram comes into force at the next service."""

    name: str
    lanes: tuple[PlannedLane, ...]


@fact("planogram.applied")
class PlanogramApplied:
    """It is in force. ``visit`` is the service that brought it, 0 when it was applied at once."""

    name: str
    visit: int


# Who may use the machine


@fact("machine.locked")
class MachineLocked:
    """Nothing is sold until it is unlocked."""

    why: str


@fact("machine.unlocked")
class MachineUnlocked:
    """Customers may buy again."""


@fact("machine.message_shown")
class MessageShown:
    """An operator had a text shown at the machine; "" cleared it. It stays when customers were told more."""

    text: str


@fact("service_mode.began")
class ServiceModeBegan:
    """A technician works at the machine: no customer buys, lanes may be tested."""


@fact("service_mode.ended")
class ServiceModeEnded:
    """The technician has finished."""


@fact("remote.begun")
class RemoteBegun:
    """A command waits for the word of a device. ``kind`` is the command's class."""

    id: str
    kind: str


@fact("remote.ended")
class RemoteEnded:
    """It waits no longer. ``why`` is "" if it was done, else one line."""

    id: str
    why: str


@order("remote.timeout")
class RemoteTimeout:
    """Machine to itself: the device has had its time to answer this command."""

    id: str


# Cash bags and audits


@fact("cash.collected")
class CashCollected:
    """A visit took the cash box: the two measures that the machine itself knows.

    Attributes:
        sold_minor: cash that must be in the bag by the machine's own facts.
        metered_minor: by the cash devices' own counters since the last collection; -1 if they have none.
        inserted_minor, paid_minor, tubes_minor: what they said, for the next collection; -1 unknown.
    """

    visit: int
    sold_minor: int
    metered_minor: int
    inserted_minor: int
    paid_minor: int
    tubes_minor: int


@fact("cash.bag_counted")
class BagCounted:
    """A person counted a bag: the third measure.

    Attributes:
        expected_minor: cash by the machine's facts; what was booked when the bag was taken.
        counted_minor: what was in it.
        metered_minor: as in ``CashCollected``.
        before_minor: what the books took the bag for until now: ``expected_minor``, or an earlier count.
    """

    visit: int
    expected_minor: int
    counted_minor: int
    metered_minor: int
    before_minor: int
    by: str


AUDIT_CHARACTERS_MAX = 65_536
"""An audit of 99 lanes has about 20,000; more is no audit."""


@fact("audit.taken")
class AuditTaken:
    """The machine's own audit, as its port gave it (EVA-DTS lines)."""

    at_us: int
    text: str


# Status


@reading("machine.status")
class MachineStatus:
    """How a machine is, published when something of it changes.

    Attributes:
        door_open, mains: as last heard.
        missing: devices that do not answer.
        closed: lanes out of service after a fault.
        blocked: lanes kept from selling by a person, a date or the cold chain.
        temp_decicelsius, temp_at_us: the newest reading of the cabinet and its time; 0 when there was none.
        temp_stale: no reading for longer than it may be.
        locked: why nothing is sold at all; "" when it sells.
    """

    door_open: bool
    mains: bool
    missing: tuple[str, ...]
    closed: int
    blocked: int
    temp_decicelsius: int
    temp_at_us: int
    temp_stale: bool
    locked: str


@order("machine.show_status")
class ShowStatus:
    """To a machine, by a lane of it: something of the status changed."""


@order("machine.new_day")
class NewDay:
    """Machine to itself: it is midnight at its site, goods may have expired."""
