"""What may happen once only, by facts: visits, rounds, floats, receipts, commands (SAFETY.md I4, I5).

And what may not happen at all: a lane that a fault has shut sells before a visit; a machine whose node's
disk is full begins sales (but the one whose customer stands there).
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from actors.cabinet.messages import MachineLocked, RemoteBegun
from actors.machine.messages import (
    TEST,
    LaneAssigned,
    LaneClosed,
    LaneOpened,
    LaneReopened,
    MachineOpened,
    MachineServiced,
    VendIntended,
)
from actors.payment.messages import FloatSet, RefundAsked, RefundOwed
from actors.store.messages import ReceiptIssued, StockOpened
from actors.van.messages import VanLoaded, VanVisited
from actors.warehouse.messages import GoodsIssued, GoodsReceived, GoodsReturned
from runtime.command import CommandAccepted, CommandEnded, CommandIssued
from runtime.health import DiskFilled, DiskFreed

ONCE: dict[type, Callable[[Any], object]] = {
    FloatSet: lambda _: 0,
    MachineOpened: lambda _: 0,
    LaneOpened: lambda _: 0,
    StockOpened: lambda fact: fact.product,
    GoodsReceived: lambda _: 0,
    MachineServiced: lambda fact: fact.visit,
    VanLoaded: lambda fact: fact.round,
    VanVisited: lambda fact: fact.visit,
    GoodsIssued: lambda fact: fact.round,
    GoodsReturned: lambda fact: fact.round,
    ReceiptIssued: lambda fact: fact.sale,
    CommandAccepted: lambda fact: fact.id,
    RemoteBegun: lambda fact: fact.id,
    MachineLocked: lambda fact: fact.why,
    RefundOwed: lambda fact: fact.reason,
    RefundAsked: lambda fact: fact.reason,
}
"""Fact to what tells two of its source apart; of orders from afar, what the order said (``operators.py``)."""
BY_ORDER = (CommandAccepted, RemoteBegun, MachineLocked, RefundOwed, RefundAsked, LaneAssigned)
SALES_WHEN_FULL = 1
"""That a machine may vend for between the word that the disk is full and the word that it is not."""


class Once:
    """Follows the facts of all nodes but the office.

    Args:
        wrong: told an invariant, and what violated it.
        pushed: prices that were ordered from afar, each once.
    """

    def __init__(self, wrong: Callable[[str, str], None], pushed: Container[int] = ()) -> None:
        self._wrong = wrong
        self._pushed = pushed
        self._full: dict[str, dict[str, set[int]]] = {}
        self._seen: set[tuple[str, type, object]] = set()
        self._late: set[tuple[str, str]] = set()
        self._shut: set[str] = set()
        self._issued: set[str] = set()

    def enter(self, node: str, source: str, at_us: int, fact: object) -> None:
        """Take a fact in."""
        kind = type(fact)
        number = ONCE.get(kind)
        if isinstance(fact, LaneAssigned) and fact.price_minor in self._pushed:
            number = lambda pushed: pushed.price_minor  # noqa: E731 - as those of ONCE
        if number is not None:
            key = (f"{node}: {source}", kind, number(fact))
            if key in self._seen:
                invariant = "I5" if kind in BY_ORDER else "I4"
                self._wrong(invariant, f"{source}: {kind.__name__} {key[2]} must come once, it came again")
            self._seen.add(key)
        self._lanes(source, fact)
        self._disks(node, source, fact)
        if isinstance(fact, CommandAccepted) and at_us >= fact.expires_at_us:
            self._late.add((node, fact.id))
        elif isinstance(fact, CommandEnded) and fact.outcome == "done" and (node, fact.id) in self._late:
            self._wrong("I5", f"{node}: command {fact.id} must not run after it expired, it did")

    def issued(self, fact: object) -> None:
        """Take a fact of the office in: no order's number is used again, by a restored office either."""
        if isinstance(fact, CommandIssued):
            if fact.id in self._issued:
                self._wrong("I5", f"office: command {fact.id} must be issued once, it was issued again")
            self._issued.add(fact.id)

    def _disks(self, node: str, source: str, fact: object) -> None:
        match fact:
            case DiskFilled():
                self._full[node] = {}
            case DiskFreed():
                self._full.pop(node, None)
            case VendIntended() if node in self._full:
                sales = self._full[node].setdefault(source, set())
                sales.add(fact.sale)
                if len(sales) > SALES_WHEN_FULL:
                    self._wrong("I10", f"{source} sale {fact.sale}: must not begin, the disk is full")

    def _lanes(self, source: str, fact: object) -> None:
        match fact:
            case LaneClosed():
                self._shut.add(source)
            case LaneReopened():
                self._shut.discard(source)
            case VendIntended() if fact.tender != TEST and f"{source}/lane/{fact.lane}" in self._shut:
                self._wrong("I3", f"{source} sale {fact.sale}: lane {fact.lane} must not sell, it is shut")
