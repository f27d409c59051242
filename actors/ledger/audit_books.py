"""What the ledger says of one machine in the figures that its own audit has (V9), to be compared with it.

An audit counts since the machine was made, or between two reads: facts are taken up to a moment, or between
two. Units vended for nothing (test, from afar, at price 0) are no paid vends, in an audit as here (EVA-DTS
VA1 and PA2 against VA2 and VA3).
"""

from __future__ import annotations

from typing import Any

import attrs
from pony.orm import select

from actors.ledger.queries import Ledger, asked
from actors.machine.messages import UNPAID, LaneAssigned, LaneOpened, VendCompleted
from actors.payment.messages import CashTaken, ChangePaid
from runtime.address import tail
from runtime.message import wire_of
from runtime.wire import decode

NOT_PAID = (*UNPAID, "free")
KINDS = (VendCompleted, CashTaken, ChangePaid, LaneOpened, LaneAssigned)
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
        by_tender: (units, amount) by "cash", "cashless", "code", "mixed".
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
    books = MachineBooks()
    with asked(ledger) as db:
        rows = select(
            (f.id, f.source, f.at_us, f.body)
            for f in db.Fact
            if f.kind in tags and (f.source == machine or f.source.startswith(lanes)) and f.at_us <= until_us
        ).order_by(1)
        for _, source, at_us, body in rows:
            _enter(books, source, decode(body), counts=at_us > after_us)
    return books


def _enter(books: MachineBooks, source: str, fact: Any, *, counts: bool) -> None:
    match fact:
        case LaneOpened() | LaneAssigned():
            _lane(books, source).price_minor = fact.price_minor
        case VendCompleted() if counts and fact.tender not in NOT_PAID:
            lane, price = _lane(books, source), fact.price_minor
            lane.units += 1
            lane.amount_minor += price
            units, amount = books.by_tender.get(fact.tender, (0, 0))
            books.by_tender[fact.tender] = (units + 1, amount + price)
            books.paid_units += 1
            books.paid_minor += price
        case CashTaken() if counts:
            inside = books.cash_in_minor
            inside[fact.held_in] = inside.get(fact.held_in, 0) + fact.amount_minor
        case ChangePaid() if counts:
            books.paid_out_minor += fact.amount_minor


def _lane(books: MachineBooks, source: str) -> LaneBooks:
    return books.lanes.setdefault(tail(source), LaneBooks())
