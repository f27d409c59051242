"""What may happen once only, by facts: visits, rounds, floats, receipts, commands (SAFETY.md I4, I5).

And what may not happen at all: a lane that a fault has shut sells nothing before a visit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.machine.messages import (
    TEST,
    LaneClosed,
    LaneOpened,
    LaneReopened,
    MachineOpened,
    MachineServiced,
    VendIntended,
)
from actors.payment.messages import FloatSet
from actors.store.messages import ReceiptIssued, StockOpened
from actors.van.messages import VanLoaded, VanVisited
from actors.warehouse.messages import GoodsIssued, GoodsReceived, GoodsReturned
from runtime.command import CommandAccepted, CommandEnded

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
}
"""Fact to what tells two of its source apart."""


class Once:
    """Follows the facts of all nodes but the office."""

    def __init__(self, wrong: Callable[[str, str], None]) -> None:
        self._wrong = wrong
        self._seen: set[tuple[str, type, object]] = set()
        self._late: set[tuple[str, str]] = set()
        self._shut: set[str] = set()

    def enter(self, node: str, source: str, at_us: int, fact: object) -> None:
        """Take a fact in."""
        kind = type(fact)
        if (number := ONCE.get(kind)) is not None:
            key = (f"{node}: {source}", kind, number(fact))
            if key in self._seen:
                invariant = "I5" if kind is CommandAccepted else "I4"
                self._wrong(invariant, f"{source}: {kind.__name__} {key[2]} must come once, it came again")
            self._seen.add(key)
        self._lanes(source, fact)
        if isinstance(fact, CommandAccepted) and at_us >= fact.expires_at_us:
            self._late.add((node, fact.id))
        elif isinstance(fact, CommandEnded) and fact.outcome == "done" and (node, fact.id) in self._late:
            self._wrong("I5", f"{node}: command {fact.id} must not run after it expired, it did")

    def _lanes(self, source: str, fact: object) -> None:
        match fact:
            case LaneClosed():
                self._shut.add(source)
            case LaneReopened():
                self._shut.discard(source)
            case VendIntended() if fact.tender != TEST and f"{source}/lane/{fact.lane}" in self._shut:
                self._wrong("I3", f"{source} sale {fact.sale}: lane {fact.lane} must not sell, it is shut")
