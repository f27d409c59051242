"""What machines and lanes record, ask and are told.

A machine's address is its id, e.g. ``hk-0712``; a lane's is ``hk-0712/lane/A3``; its devices are
``hk-0712/keypad``, ``/board``, ``/cash``, ``/cashless``, ``/code``, ``/cooling``.
"""

from __future__ import annotations

import attrs

from runtime.message import answer, command, fact, order

# Facts of a lane (source: the lane's address)


@fact("lane.opened")
class LaneOpened:
    """A lane went into service with this content.

    Attributes:
        product: product code.
        capacity, par, level: units; level is what is in it now.
    """

    product: str
    price_minor: int
    capacity: int
    par: int
    level: int


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


@fact("lane.filled")
class LaneFilled:
    """A restocker put units in. ``level`` is the level after."""

    visit: int
    product: str
    added: int
    level: int


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
    """The motor ran and nothing fell. ``why``: "jam" or "unknown" (power cut between intent and drop)."""

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
    """Journalled before the motor may turn: this unit is paid and about to be vended."""

    sale: int
    unit: int
    lane: str
    price_minor: int
    tender: str


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
    """A visit ended: what was put in, over all lanes and lane by lane, and the cash taken away."""

    visit: int
    units: int
    cash_minor: int
    filled: tuple[Load, ...] = ()


# Commands (arrive through the node's command desk; answered by CommandDone)


@attrs.frozen(kw_only=True)
class Load:
    """Units of a product brought for a lane."""

    lane: str
    product: str
    units: int


@command("machine.service")
class ServiceMachine:
    """A restocker is at the machine with these goods: fill to par, reopen lanes, hand over the cash box."""

    visit: int
    loads: tuple[Load, ...]
    collect_cash: bool


@answer("machine.serviced_outcome")
class ServiceOutcome:
    """What a visit did: units really put in, lane by lane, and cash handed over."""

    visit: int
    filled: tuple[Load, ...]
    cash_minor: int


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
