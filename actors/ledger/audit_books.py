"""What the ledger says of one machine in the figures that its own audit has (V9), to be compared with it.

An audit counts since the machine was made, or between two reads: facts are taken up to a moment, or between
two. Units that a technician tests or that are given from afar are no paid vends.
"""

from __future__ import annotations

from typing import Any

import attrs
from pony.orm import select

from actors.ledger.queries import Ledger, asked
from actors.machine.messages import UNPAID, LaneAssigned, LaneOpened, VendCompleted, VendIntended
from actors.payment.messages import CashTaken, ChangePaid
from runtime.address import tail
from runtime.message import wire_of
from runtime.wire import decode

KINDS = (VendIntended, VendCompleted, CashTaken, ChangePaid, LaneOpened, LaneAssigned)
FUTURE_US = (1 << 63) - 1


@attrs.define(kw_only=True)
class LaneBooks:
    """One lane: paid units and their amount, and its price at the end."""

    units: int = 0
    amount_minor: int = 0
    price_minor: int = 0


@attrs.define(kw_only=True)
class MachineBooks:
    """One machine over some time.

    Attributes:
        paid_units, paid_minor: every vend that was paid.
        by_tender: (units, amount) by "cash", "cashless", "code", "mixed", "free". A unit paid for in two
            ways counts once, under "mixed"; its coins are cash all the same.
        cash_in_minor: coins and bills by where they went: "tube", "cash_box", "stacker", "recycler".
        paid_out_minor: change and refunds in coin.
        lanes: by planogram position.
    """

    paid_units: int = 0
    paid_minor: int = 0
    by_tender: dict[str, tuple[int, int]] = attrs.field(factory=dict)
    cash_in_minor: dict[str, int] = attrs.field(factory=dict)
    paid_out_minor: int = 0
    lanes: dict[str, LaneBooks] = attrs.field(factory=dict)


def machine_books(
    ledger: Ledger, machine: str, *, after_us: int = -1, until_us: int = FUTURE_US
) -> MachineBooks:
    """The machine's figures.

    Args:
        ledger: where to read.
        machine: its address.
        after_us: count what happened after this moment (microseconds since 1970 UTC), e.g. the audit before.
        until_us: up to and with this moment, e.g. that of the audit.
    """
    tags, lanes = [wire_of(kind).tag for kind in KINDS], f"{machine}/lane/"
    count = _Count()
    with asked(ledger) as db:
        rows = select(
            (f.id, f.source, f.at_us, f.body)
            for f in db.Fact
            if f.kind in tags and (f.source == machine or f.source.startswith(lanes)) and f.at_us <= until_us
        ).order_by(1)
        for _, source, at_us, body in rows:
            count.enter(source, decode(body), counts=at_us > after_us)
    return count.books


class _Count:
    """Facts of a machine, added up."""

    def __init__(self) -> None:
        self.books = MachineBooks()
        self._coins: dict[tuple[int, int], int] = {}

    def enter(self, source: str, fact: Any, *, counts: bool) -> None:
        """Add a fact; prices and what is only intended are noted even where it does not count."""
        match fact:
            case LaneOpened() | LaneAssigned():
                self._lane(source).price_minor = fact.price_minor
            case VendIntended():
                if fact.tender == "mixed":
                    self._coins[fact.sale, fact.unit] = fact.cash_minor
            case VendCompleted() if counts and fact.tender not in UNPAID:
                self._vended(self._lane(source), fact)
            case CashTaken() if counts:
                inside = self.books.cash_in_minor
                inside[fact.held_in] = inside.get(fact.held_in, 0) + fact.amount_minor
            case ChangePaid() if counts:
                self.books.paid_out_minor += fact.amount_minor

    def _vended(self, lane: LaneBooks, fact: VendCompleted) -> None:
        price, coins = fact.price_minor, self._coins.get((fact.sale, fact.unit), 0)
        lane.units += 1
        lane.amount_minor += price
        self.books.paid_units += 1
        self.books.paid_minor += price
        self._tendered(fact.tender, 1, price - coins)
        if coins:
            self._tendered("cash", 0, coins)

    def _tendered(self, tender: str, units: int, amount_minor: int) -> None:
        before, amount = self.books.by_tender.get(tender, (0, 0))
        self.books.by_tender[tender] = (before + units, amount + amount_minor)

    def _lane(self, source: str) -> LaneBooks:
        return self.books.lanes.setdefault(tail(source), LaneBooks())
