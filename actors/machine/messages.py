"""What machines and lanes record, ask and are told.

A machine's address is its id, e.g. ``hk-0712``; a lane's is ``hk-0712/lane/A3``; its devices are
``hk-0712/keypad``, ``/board``, ``/cash``, ``/cashless``, ``/code``, ``/cooling``.
"""

from __future__ import annotations

import attrs

from runtime.message import answer, command, fact, order

TEST, REMOTE = "test", "remote"
UNPAID = (TEST, REMOTE)
"""Tenders of units that nobody pays and that are no sale: a technician's test, and a gift from afar."""

# Facts of a lane (source: the lane's address)


@fact("lane.opened")
class LaneOpened:
    """A lane went into service with this content.

    Attributes:
        product: product code.
        capacity, par, level: units; level is what is in it now.
        safety: units at which it should be filled; 0 not before it is empty.
        perishable: its goods must be kept cold.
    """

    product: str
    price_minor: int
    capacity: int
    par: int
    level: int
    safety: int = 0
    perishable: bool = False


@fact("lane.assigned")
class LaneAssigned:
    """The planogram changed: the lane now sells this product at this price.

    Attributes:
        was: the product before; equal to ``product`` when only the price changed.
        level: units in the lane that now count as ``product``.
    """

    product: str
    price_minor: int
    was: str
    level: int


@fact("lane.planned")
class LanePlanned:
    """A planogram changed what the lane holds and wants; its product and price stand in ``LaneAssigned``."""

    capacity: int
    par: int
    safety: int
    perishable: bool


@fact("lane.filled")
class LaneFilled:
    """A restocker put units in.

    Attributes:
        level: units after it.
        expires_on: last day on which they may be sold, ISO date at the site; "" they keep.
    """

    visit: int
    product: str
    added: int
    level: int
    expires_on: str = ""


@fact("lane.emptied")
class LaneEmptied:
    """A restocker took units out.

    Attributes:
        level: units left.
        why: "health" or "expired" (they are waste), "planogram" (they go back with the van).
    """

    visit: int
    product: str
    removed: int
    level: int
    why: str


@fact("lane.blocked")
class LaneBlocked:
    """The lane may not sell. ``why``: "operator", "expired" (past their day) or "health" (cold chain)."""

    why: str


@fact("lane.unblocked")
class LaneUnblocked:
    """That reason is gone. ``visit`` is the service that ended it, 0 if none did."""

    why: str
    visit: int = 0


@fact("vend.completed")
class VendCompleted:
    """A product left its lane and the price was taken.

    Attributes:
        sale, unit: the machine's sale number and the unit within it, from 0.
        price_minor: amount taken, minor units of the site's currency.
        level: units left in the lane after it.
    """

    sale: int
    unit: int
    product: str
    price_minor: int
    tender: str
    level: int = attrs.field(validator=attrs.validators.ge(0))


@fact("vend.failed")
class VendFailed:
    """A paid unit did not fall.

    Attributes:
        why: "jam", "unknown" (nobody could say how the turn ended) or "not_turned" (the power went before the
            motor began).
    """

    sale: int
    unit: int
    why: str


@fact("lane.closed")
class LaneClosed:
    """The lane is out of service. ``why``: "jam" or "uncertain"."""

    why: str


@fact("lane.reopened")
class LaneReopened:
    """The lane is back in service after a visit."""

    visit: int


# Facts of a machine (source: the machine's address)


@fact("machine.opened")
class MachineOpened:
    """The machine went into service. ``lanes`` is how many it has."""

    lanes: int


@fact("vend.intended")
class VendIntended:
    """Journalled before the motor may turn: this unit is paid and about to be vended.

    Attributes:
        tender: "cash", "cashless" or "code"; "mixed" if cash and a provider both paid; "free" at price 0.
        cash_minor: of a mixed payment, the part that was cash.
    """

    sale: int
    unit: int
    lane: str
    price_minor: int
    tender: str
    cash_minor: int = 0


@fact("sale.refused")
class SaleRefused:
    """A customer wanted a unit and did not get it.

    Attributes:
        why: "sold_out", "jam", "no_change", "offline" or "other" (the words of ``run --json``).
    """

    sale: int
    lane: str
    units: int
    why: str


@fact("device.went_missing")
class DeviceWentMissing:
    """A device of the machine stopped answering. "machine" is the whole machine."""

    device: str


@fact("device.came_back")
class DeviceCameBack:
    """It answers again."""

    device: str


@fact("machine.restarted")
class MachineRestarted:
    """The machine runs again. ``sale`` is spent: what was begun under it left no fact and was let go."""

    sale: int


@fact("machine.serviced")
class MachineServiced:
    """A visit ended: what was put in, over all lanes and lane by lane, and the cash taken away.

    Attributes:
        taken_out: goods that go back with the van; waste is not among them.
        renewed: lanes locked by the cold chain whose goods were replaced.
    """

    visit: int
    units: int
    cash_minor: int
    filled: tuple[Load, ...] = ()
    taken_out: tuple[Load, ...] = ()
    renewed: tuple[str, ...] = ()


# Commands (arrive through the node's command desk; answered by CommandDone)


@attrs.frozen(kw_only=True)
class Load:
    """Units of a product brought for a lane, or taken out of it.

    Attributes:
        expires_on: last day on which they may be sold, ISO date at the site; "" they keep.
    """

    lane: str
    product: str
    units: int
    expires_on: str = ""


@command("machine.service")
class ServiceMachine:
    """A restocker is at the machine with these goods: fill to par, reopen lanes, hand over the cash box.

    Attributes:
        takes_out: the restocker takes out what may not be sold any more and what the next planogram has no
            lane for. Without that, such lanes are left as they are.
    """

    visit: int
    loads: tuple[Load, ...]
    collect_cash: bool
    takes_out: bool = True


@answer("machine.serviced_outcome")
class ServiceOutcome:
    """What a visit did: units really put in, lane by lane, cash handed over, and goods handed back."""

    visit: int
    filled: tuple[Load, ...]
    cash_minor: int
    taken_out: tuple[Load, ...] = ()


@command("lane.assign")
class AssignLane:
    """Change what a lane sells and at what price, at once (planogram change)."""

    lane: str
    product: str
    price_minor: int


# Orders within the machine


@order("lane.release")
class Release:
    """Machine to lane: turn the motor for this unit, which is paid and intended."""

    sale: int
    unit: int


@order("machine.unit_timeout")
class UnitTimeout:
    """Machine to itself: see whether anything was heard lately. ``sale`` is the one it was set in."""

    sale: int
