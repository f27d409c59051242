"""What the console remembers beside the figures of its rows: events, devices, cash, tickets, stock, rounds.

Kept by the console actor as it hears; everything is bounded. The pages of one machine, one store, warehouses
and vans ask here.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from console.state.books_machine import MachineBook
from console.state.books_stock import VanBook, WarehouseBook
from console.state.books_store import StoreBook
from runtime.actor import Report
from runtime.address import head
from scenarios.chain import Chain

EVENTS_MAX = 60
"""Facts kept of a machine, store, warehouse or van, so that its page shows what happened lately."""

Book = MachineBook | StoreBook | WarehouseBook | VanBook


class Books:
    """One book a machine, store, warehouse and van, by its id."""

    __slots__ = ("events", "machines", "number", "stores", "vans", "warehouses")

    def __init__(self, chain: Chain) -> None:
        self.machines = {plan.id: MachineBook(plan) for plan in chain.machines}
        self.stores = {plan.id: StoreBook(plan) for plan in chain.stores}
        self.warehouses = {plan.id: WarehouseBook(plan) for plan in chain.warehouses}
        self.vans = {plan.id: VanBook(plan) for plan in chain.vans}
        self.events: dict[str, deque[tuple[int, Report]]] = {}
        self.number = 0

    def hear(self, report: Report) -> None:
        """Take a report; those of places that nobody planned are let go."""
        place = head(report.source)
        book: Any = self.machines.get(place) or self.stores.get(place)
        if book is None and (book := self.warehouses.get(place) or self.vans.get(place)) is None:
            return
        if report.seq:
            self.number += 1
            kept = self.events.get(place)
            if kept is None:
                kept = self.events[place] = deque(maxlen=EVENTS_MAX)
            kept.append((self.number, report))
        if (keep := book.KEEPS.get(type(report.content))) is not None:
            keep(book, report)

    def latest(self, place: str, before: int, limit: int) -> list[tuple[int, Report]]:
        """Facts of a place with numbers under ``before``, newest first."""
        kept = [event for event in self.events.get(place, ()) if event[0] < before]
        return kept[: -limit - 1 : -1]
