"""One column of a machine: what it holds, at what price, and whether it may sell.

A lane keeps nothing that its facts do not tell, so one made anew by supervision needs nothing. It turns its
motor when its machine tells it to (``Release``). What must stand in one batch with facts of the machine
(opening, the end of a turn, a visit, a planogram change) the machine does by calling the lane: they are one
box.
"""

from __future__ import annotations

import attrs

from actors.cabinet.messages import PlannedLane, ShowStatus
from actors.machine.batches import Batches, added, expired, taken
from actors.machine.messages import (
    LaneAssigned,
    LaneBlocked,
    LaneClosed,
    LaneEmptied,
    LaneFilled,
    LaneOpened,
    LanePlanned,
    LaneReopened,
    LaneUnblocked,
    Release,
    VendCompleted,
    VendFailed,
    VendIntended,
)
from hardware.contract.motor_board import DROPPED, NOT_TURNED, TurnMotor
from runtime.actor import Actor, applies, handles
from runtime.address import head

UNITS_MAX = 100
"""Units one sale may have: turns are numbered ``sale * UNITS_MAX + unit``, so that none comes twice."""

UNKNOWN = "unknown"
"""The outcome of a turn of which nothing was heard."""


BLOCKS = {"operator": 1, "expired": 2, "health": 4}
"""Reasons that keep a lane from selling besides a fault, a bit each; several may hold at once."""


def turn_of(sale: int, unit: int) -> int:
    """The number under which the board turns once for this unit."""
    return sale * UNITS_MAX + unit


@attrs.frozen(kw_only=True)
class LaneOpening:
    """A lane as planned for the machine's first day.

    Attributes:
        code: the planogram position, e.g. "A3".
        safety: units at which it should be filled.
        perishable: its goods must be kept cold.
        joined: position of a second motor that turns together with this one (a wide product); "" none.
    """

    code: str
    product: str
    price_minor: int
    capacity: int
    par: int
    level: int
    safety: int = 0
    perishable: bool = False
    joined: str = ""


class Lane(Actor):
    """Sells one unit at a time, and shuts itself when nothing fell.

    Attributes:
        product: what it sells; "" until it was opened.
        price_minor: price of a unit.
        capacity: units that fit.
        par: units after a visit.
        level: units in it now.
        safety: units at which it should be filled.
        perishable: its goods must be kept cold.
        batches: those of its units that have a date.
        closed: the fault that put it out of service; "" in service.
        blocks: what else keeps it from selling (``BLOCKS``).
        sale: the last sale that had a unit from here.
        ended: that sale's units that have ended, a bit each.
        sold: those of them that fell.
    """

    durable = (
        "product", "price_minor", "capacity", "par", "level", "safety", "perishable", "batches", "closed",
        "blocks", "sale", "ended", "sold",
    )  # fmt: skip
    __slots__ = ("opening", *durable)

    product: str
    price_minor: int
    capacity: int
    par: int
    level: int
    safety: int
    perishable: bool
    batches: Batches
    closed: str
    blocks: int
    sale: int
    ended: int
    sold: int

    def __init__(self, opening: LaneOpening) -> None:
        self.opening = opening
        self.product = self.closed = ""
        self.price_minor = self.capacity = self.par = self.level = self.safety = self.blocks = 0
        self.perishable = False
        self.batches = ()
        self.sale = self.ended = self.sold = 0

    def refusal(self, units: int = 1, *, test: bool = False) -> str:
        """Why it cannot sell so many units (a word of ``SaleRefused``); "" if it can. A test may always."""
        if self.closed and not test:
            return "jam"
        if self.blocks and not test:
            return "other"
        return "" if self.level >= units else "sold_out"

    def has_ended(self, vend: VendIntended) -> bool:
        """Whether it is known how this vend from here ended."""
        return self.sale == vend.sale and bool(self.ended >> vend.unit & 1)

    def has_sold(self, vend: VendIntended) -> bool:
        """Whether this vend from here ended with a product in the customer's hand."""
        return self.sale == vend.sale and bool(self.sold >> vend.unit & 1)

    @handles(Release)
    def release(self, order: Release) -> None:
        """Turn the motor, under the number that this unit alone has."""
        board = self.reach(f"{head(self.address)}/board")
        turn = turn_of(order.sale, order.unit)
        self.tell(board, TurnMotor(lane=self.opening.code, turn=turn, joined=self.opening.joined))

    # Done by its machine

    def open(self) -> None:
        """Go into service as planned."""
        plan = self.opening
        self.record(
            LaneOpened(
                product=plan.product,
                price_minor=plan.price_minor,
                capacity=plan.capacity,
                par=plan.par,
                level=plan.level,
                safety=plan.safety,
                perishable=plan.perishable,
            )
        )

    def turned(self, vend: VendIntended, outcome: str) -> None:
        """The motor has stopped, or (``UNKNOWN``) nothing was heard of it: nothing is tried twice."""
        if outcome == DROPPED:
            self.record(
                VendCompleted(
                    sale=vend.sale,
                    unit=vend.unit,
                    product=self.product,
                    price_minor=vend.price_minor,
                    tender=vend.tender,
                    level=self.level - 1,
                )
            )
            return
        if outcome == NOT_TURNED:
            self.record(VendFailed(sale=vend.sale, unit=vend.unit, why=NOT_TURNED))
            return
        unknown = outcome == UNKNOWN
        self.record(VendFailed(sale=vend.sale, unit=vend.unit, why=UNKNOWN if unknown else "jam"))
        if not self.closed:
            self.record(LaneClosed(why="uncertain" if unknown else "jam"))
            self.tell(self.reach(head(self.address)), ShowStatus())

    def assign(self, product: str, price_minor: int) -> None:
        """Sell something else or at another price from now on; what it does already is no change."""
        if (product, price_minor) != (self.product, self.price_minor):
            self.record(
                LaneAssigned(product=product, price_minor=price_minor, was=self.product, level=self.level)
            )

    def plan(self, planned: PlannedLane) -> None:
        """Sell and hold what a planogram says from now on; what it does already is no change."""
        self.assign(planned.product, planned.price_minor)
        wanted = LanePlanned(
            capacity=planned.capacity, par=planned.par, safety=planned.safety, perishable=planned.perishable
        )
        holds = LanePlanned(
            capacity=self.capacity, par=self.par, safety=self.safety, perishable=self.perishable
        )
        if wanted != holds:
            self.record(wanted)

    def fill(self, visit: int, product: str, units: int, expires_on: str = "") -> int:
        """Put in what fits under par, if it is what the lane sells; return how many units went in."""
        fitting = min(units, self.par - self.level, self.capacity - self.level)
        if product != self.product or fitting <= 0:
            return 0
        self.record(
            LaneFilled(
                visit=visit,
                product=product,
                added=fitting,
                level=self.level + fitting,
                expires_on=expires_on,
            )
        )
        return fitting

    def empty(self, visit: int, units: int, why: str) -> int:
        """Take out so many units, those that expire first before all others; return how many there were."""
        removed = min(units, self.level)
        if removed > 0:
            self.record(
                LaneEmptied(
                    visit=visit, product=self.product, removed=removed, level=self.level - removed, why=why
                )
            )
        return removed

    def expired(self, today: str) -> int:
        """Units in it that may not be sold any more on this day (ISO date)."""
        return expired(self.batches, today) if self.batches else 0

    def is_blocked(self, why: str) -> bool:
        """Whether this reason keeps it from selling."""
        return bool(self.blocks & BLOCKS[why])

    def block(self, why: str) -> None:
        """Sell nothing, for this reason too."""
        if not self.is_blocked(why):
            self.record(LaneBlocked(why=why))

    def unblock(self, why: str, visit: int = 0) -> None:
        """This reason is gone."""
        if self.is_blocked(why):
            self.record(LaneUnblocked(why=why, visit=visit))

    def reopen(self, visit: int) -> None:
        """Back into service, if it was out."""
        if self.closed:
            self.record(LaneReopened(visit=visit))

    # Facts

    @applies(LaneOpened)
    def opened(self, fact: LaneOpened) -> None:
        """It is in service."""
        self.product, self.price_minor = fact.product, fact.price_minor
        self.capacity, self.par, self.level = fact.capacity, fact.par, fact.level
        self.safety, self.perishable = fact.safety, fact.perishable

    @applies(LaneAssigned)
    def assigned(self, fact: LaneAssigned) -> None:
        """What is in it counts as the new product."""
        self.product, self.price_minor = fact.product, fact.price_minor

    @applies(LanePlanned)
    def planned(self, fact: LanePlanned) -> None:
        """It holds and wants something else."""
        self.capacity, self.par = fact.capacity, fact.par
        self.safety, self.perishable = fact.safety, fact.perishable

    @applies(LaneFilled)
    def filled(self, fact: LaneFilled) -> None:
        """More units."""
        self.level = fact.level
        self.batches = added(self.batches, fact.expires_on, fact.added)

    @applies(LaneEmptied)
    def emptied(self, fact: LaneEmptied) -> None:
        """Fewer units."""
        self.batches = taken(self.batches, fact.removed)
        self.level = fact.level

    @applies(LaneBlocked, LaneUnblocked)
    def block_changed(self, fact: LaneBlocked | LaneUnblocked) -> None:
        """One reason more or less."""
        bit = BLOCKS[fact.why]
        self.blocks = self.blocks | bit if isinstance(fact, LaneBlocked) else self.blocks & ~bit

    @applies(VendCompleted, VendFailed)
    def unit_ended(self, fact: VendCompleted | VendFailed) -> None:
        """The motor has turned for this unit and never will again."""
        if fact.sale != self.sale:
            self.sale, self.ended, self.sold = fact.sale, 0, 0
        self.ended |= 1 << fact.unit
        if isinstance(fact, VendCompleted):
            self.sold |= 1 << fact.unit
            self.level = fact.level
            if self.batches:
                self.batches = taken(self.batches)

    @applies(LaneClosed)
    def shut(self, fact: LaneClosed) -> None:
        """Out of service until a visit."""
        self.closed = fact.why

    @applies(LaneReopened)
    def is_back(self, _: LaneReopened) -> None:
        """In service again."""
        self.closed = ""
