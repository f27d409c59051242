"""One column of a machine: what it holds, at what price, and whether it may sell.

A lane keeps nothing that its facts do not tell, so one made anew by supervision needs nothing. It turns its
motor when its machine tells it to (``Release``). What must stand in one batch with facts of the machine
(opening, the end of a turn, a visit, a planogram change) the machine does by calling the lane: they are one
box.
"""

from __future__ import annotations

import attrs

from actors.machine.messages import (
    LaneAssigned,
    LaneClosed,
    LaneFilled,
    LaneOpened,
    LaneReopened,
    Release,
    VendCompleted,
    VendFailed,
    VendIntended,
)
from hardware.contract.motor_board import DROPPED, TurnMotor
from runtime.actor import Actor, applies, handles
from runtime.address import head

UNITS_MAX = 100
"""Units one sale may have: turns are numbered ``sale * UNITS_MAX + unit``, so that none comes twice."""

UNKNOWN = "unknown"
"""The outcome of a turn of which nothing was heard."""


def turn_of(sale: int, unit: int) -> int:
    """The number under which the board turns once for this unit."""
    return sale * UNITS_MAX + unit


@attrs.frozen(kw_only=True)
class LaneOpening:
    """A lane as planned for the machine's first day; ``code`` is the planogram position, e.g. "A3"."""

    code: str
    product: str
    price_minor: int
    capacity: int
    par: int
    level: int


class Lane(Actor):
    """Sells one unit at a time, and shuts itself when nothing fell.

    Attributes:
        product: what it sells; "" until it was opened.
        price_minor: price of a unit.
        capacity: units that fit.
        par: units after a visit.
        level: units in it now.
        closed: why it is out of service; "" in service.
        sale: the last sale that had a unit from here.
        ended: that sale's units that have ended, a bit each.
        sold: those of them that fell.
    """

    durable = ("product", "price_minor", "capacity", "par", "level", "closed", "sale", "ended", "sold")
    __slots__ = ("opening", *durable)

    product: str
    price_minor: int
    capacity: int
    par: int
    level: int
    closed: str
    sale: int
    ended: int
    sold: int

    def __init__(self, opening: LaneOpening) -> None:
        self.opening = opening
        self.product = self.closed = ""
        self.price_minor = self.capacity = self.par = self.level = 0
        self.sale = self.ended = self.sold = 0

    def refusal(self, units: int = 1) -> str:
        """Why it cannot sell so many units (a word of ``SaleRefused``); "" if it can."""
        if self.closed:
            return "jam"
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
        self.tell(board, TurnMotor(lane=self.opening.code, turn=turn))

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
        unknown = outcome == UNKNOWN
        self.record(VendFailed(sale=vend.sale, unit=vend.unit, why=UNKNOWN if unknown else "jam"))
        if not self.closed:
            self.record(LaneClosed(why="uncertain" if unknown else "jam"))

    def assign(self, product: str, price_minor: int) -> None:
        """Sell something else or at another price from now on; what it does already is no change."""
        if (product, price_minor) != (self.product, self.price_minor):
            self.record(
                LaneAssigned(product=product, price_minor=price_minor, was=self.product, level=self.level)
            )

    def fill(self, visit: int, product: str, units: int) -> int:
        """Put in what fits under par, if it is what the lane sells; return how many units went in."""
        added = min(units, self.par - self.level, self.capacity - self.level)
        if product != self.product or added <= 0:
            return 0
        self.record(LaneFilled(visit=visit, product=product, added=added, level=self.level + added))
        return added

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

    @applies(LaneAssigned)
    def assigned(self, fact: LaneAssigned) -> None:
        """What is in it counts as the new product."""
        self.product, self.price_minor = fact.product, fact.price_minor

    @applies(LaneFilled)
    def filled(self, fact: LaneFilled) -> None:
        """More units."""
        self.level = fact.level

    @applies(VendCompleted, VendFailed)
    def unit_ended(self, fact: VendCompleted | VendFailed) -> None:
        """The motor has turned for this unit and never will again."""
        if fact.sale != self.sale:
            self.sale, self.ended, self.sold = fact.sale, 0, 0
        self.ended |= 1 << fact.unit
        if isinstance(fact, VendCompleted):
            self.sold |= 1 << fact.unit
            self.level = fact.level

    @applies(LaneClosed)
    def shut(self, fact: LaneClosed) -> None:
        """Out of service until a visit."""
        self.closed = fact.why

    @applies(LaneReopened)
    def is_back(self, _: LaneReopened) -> None:
        """In service again."""
        self.closed = ""
