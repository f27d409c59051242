"""Stores and their tills: today's trade, the last tickets, and what stands on the shelves."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from console.host import Host
from console.people.permissions import person_of
from console.people.wrong import Missing
from console.state.books_store import Till
from runtime.actor import Report

Asked = Request[Any, Any, Any]
READ = {"permission": "stores.read"}


class TillRow(msgspec.Struct, frozen=True):
    """A till since its drawer was opened. ``state``: "open", "paying", "printer", "flagged" or "closed".

    ``drawer_minor`` and ``float_minor`` are null for who may not see cash.
    """

    till: str
    state: str
    opened_ms: int
    sales: int
    sales_minor: int
    lost: int
    last_ms: int
    last_minor: int
    unprinted: int
    flagged_minor: int
    drawer_minor: int | None
    float_minor: int | None


class TicketLine(msgspec.Struct, frozen=True):
    """A line of a ticket; ``quantity`` is units, or grams for weighed goods."""

    product: str
    quantity: int
    weighed: bool
    amount_minor: int


class Ticket(msgspec.Struct, frozen=True):
    """A paid basket."""

    till: str
    sale: int
    at_ms: int
    tender: str
    total_minor: int
    lines: list[TicketLine]


class StoreRow(msgspec.Struct, frozen=True):
    """A store's trade today."""

    id: str
    name_en: str
    name_zh: str
    sales_minor: int
    baskets: int
    last_ms: int
    last_minor: int
    tills: list[TillRow]


class StoreList(msgspec.Struct, frozen=True):
    """All stores this person sees, and the last tickets of all of them, newest first."""

    items: list[StoreRow]
    tickets: list[Ticket]


class ShelfRow(msgspec.Struct, frozen=True):
    """A product in the store: units, or grams for weighed goods."""

    product: str
    quantity: int
    weighed: bool


class StoreInFull(msgspec.Struct, frozen=True):
    """One store."""

    store: StoreRow
    node: str
    tickets: list[Ticket]
    shelf: list[ShelfRow]


TICKETS = 30


def routes(host: Host) -> list[HTTPRouteHandler]:
    """Reading of stores."""
    weighed = {product.code for product in host.chain.products if product.weighed}

    @get("/api/stores", sync_to_thread=False, opt=READ)
    def stores(request: Asked) -> StoreList:
        """Stores and their tills now."""
        person = person_of(request)
        cash = person.may("cash.read")
        seen = [plan.id for plan in host.chain.stores if person.sees(plan.id)]
        books = host.console.books.stores
        tickets = [report for store in seen for report in books[store].tickets]
        tickets.sort(key=lambda report: report.at_us, reverse=True)
        return StoreList(
            [_row(host, store, cash=cash) for store in seen],
            [_ticket(report, weighed) for report in tickets[:TICKETS]],
        )

    @get("/api/stores/{store:str}", sync_to_thread=False, opt=READ | {"place": "store"})
    def store(request: Asked, store: FromPath[str]) -> StoreInFull:
        """One store in full."""
        if (number := host.console.store_numbers.get(store)) is None:
            raise Missing(f"store {store}: must be one of the chain")
        book = host.console.books.stores[store]
        return StoreInFull(
            store=_row(host, store, cash=person_of(request).may("cash.read")),
            node=host.chain.stores[number].node,
            tickets=[_ticket(report, weighed) for report in reversed(book.tickets)],
            shelf=[
                ShelfRow(code, quantity, code in weighed) for code, quantity in sorted(book.stock.items())
            ],
        )

    return [stores, store]


def _row(host: Host, store: str, *, cash: bool) -> StoreRow:
    number = host.console.store_numbers[store]
    plan, view = host.chain.stores[number], host.console.stores[number]
    return StoreRow(
        id=store,
        name_en=plan.place.name_en,
        name_zh=plan.place.name_zh,
        sales_minor=view.sales_minor,
        baskets=view.baskets,
        last_ms=view.last_us // 1000,
        last_minor=view.last_minor,
        tills=[_till(name, till, cash=cash) for name, till in host.console.books.stores[store].tills.items()],
    )


def _till(name: str, till: Till, *, cash: bool) -> TillRow:
    return TillRow(
        till=name,
        state=till.state,
        opened_ms=till.opened_us // 1000,
        sales=till.sales,
        sales_minor=till.sales_minor,
        lost=till.lost,
        last_ms=till.last_us // 1000,
        last_minor=till.last_minor,
        unprinted=till.unprinted,
        flagged_minor=till.flagged_minor,
        drawer_minor=till.drawer_minor if cash else None,
        float_minor=till.float_minor if cash else None,
    )


def _ticket(report: Report, weighed: set[str]) -> Ticket:
    sale = report.content
    return Ticket(
        till=sale.till,
        sale=sale.sale,
        at_ms=report.at_us // 1000,
        tender=sale.tender,
        total_minor=sale.total_minor,
        lines=[
            TicketLine(line.product, line.quantity, line.product in weighed, line.amount_minor)
            for line in sale.lines
        ],
    )
