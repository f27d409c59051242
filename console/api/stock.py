"""Stock: warehouses by product, pick lists, and vans with the round they are on."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from console.host import Host
from console.people.permissions import person_of
from console.people.wrong import Missing
from console.state.books_stock import PickList

Asked = Request[Any, Any, Any]
READ = {"permission": "stock.read"}


class StockRow(msgspec.Struct, frozen=True):
    """A product at a warehouse, in units.

    ``allotted``: asked for by pick lists that have not left; ``issued``, ``received``: since the books began.
    """

    product: str
    units: int
    allotted: int
    issued: int
    received: int


class PickRow(msgspec.Struct, frozen=True):
    """A pick list. ``state``: "made", "issued" (on the van) or "returned" (the round is over)."""

    round: int
    van: str
    state: str
    made_ms: int
    depart_ms: int
    stops: int
    units: int
    goods: list[tuple[str, int]]


class Warehouse(msgspec.Struct, frozen=True):
    """A warehouse: what it holds, and its pick lists, newest first."""

    id: str
    name_en: str
    name_zh: str
    stock: list[StockRow]
    pick_lists: list[PickRow]


class StopRow(msgspec.Struct, frozen=True):
    """A stop of a round. ``state``: "done", "missed", "next" or "left"; ``done_ms`` is 0 until it is done."""

    machine: str
    state: str
    why: str
    done_ms: int
    units: int


class Van(msgspec.Struct, frozen=True):
    """A van and its round. ``cash_minor``: bags aboard, null for who may not see cash; ``eta_ms`` 0: none."""

    id: str
    warehouse: str
    on_route: bool
    round: int
    to: str
    eta_ms: int
    done: int
    left: int
    distance_m: int
    load_units: int
    load: list[tuple[str, int]]
    cash_minor: int | None
    stops: list[StopRow]


class Stock(msgspec.Struct, frozen=True):
    """Warehouses and vans this person sees."""

    warehouses: list[Warehouse]
    vans: list[Van]


def routes(host: Host) -> list[HTTPRouteHandler]:
    """Reading of warehouses and vans."""

    @get("/api/stock", sync_to_thread=False, opt=READ)
    def stock(request: Asked) -> Stock:
        """Every warehouse and van, without the vans' stops."""
        person = person_of(request)
        cash = person.may("cash.read")
        return Stock(
            [_warehouse(host, plan.id) for plan in host.chain.warehouses if person.sees(plan.id)],
            [_van(host, plan.id, cash=cash, stops=False) for plan in host.chain.vans if person.sees(plan.id)],
        )

    @get("/api/stock/vans/{van:str}", sync_to_thread=False, opt=READ | {"place": "van"})
    def van(request: Asked, van: FromPath[str]) -> Van:
        """One van with the stops of its round."""
        if van not in host.console.van_numbers:
            raise Missing(f"van {van}: must be one of the chain")
        return _van(host, van, cash=person_of(request).may("cash.read"), stops=True)

    return [stock, van]


def _warehouse(host: Host, warehouse: str) -> Warehouse:
    place = next(plan.place for plan in host.chain.warehouses if plan.id == warehouse)
    book = host.console.books.warehouses[warehouse]
    allotted = book.allotted
    return Warehouse(
        id=warehouse,
        name_en=place.name_en,
        name_zh=place.name_zh,
        stock=[
            StockRow(code, units, allotted.get(code, 0), book.issued.get(code, 0), book.received.get(code, 0))
            for code, units in sorted(book.stock.items())
        ],
        pick_lists=[_picked(each) for each in reversed(book.lists)],
    )


def _picked(each: PickList) -> PickRow:
    return PickRow(
        round=each.round,
        van=each.van,
        state=each.state,
        made_ms=each.made_us // 1000,
        depart_ms=each.depart_at_us // 1000,
        stops=each.stops,
        units=each.units,
        goods=[(goods.product, goods.units) for goods in each.goods],
    )


def _van(host: Host, van: str, *, cash: bool, stops: bool) -> Van:
    number = host.console.van_numbers[van]
    view, book = host.console.vans[number], host.console.books.vans[van]
    left = [stop for stop in book.stops if stop.machine not in book.done and stop.machine not in book.missed]
    load = sorted((code, units) for code, units in book.load.items() if units)
    return Van(
        id=van,
        warehouse=host.chain.vans[number].warehouse,
        on_route=view.on_route,
        round=book.round,
        to=view.to,
        eta_ms=view.arrives_at_us // 1000,
        done=len(book.done),
        left=len(left) if view.on_route else 0,
        distance_m=book.distance_m,
        load_units=sum(units for _, units in load),
        load=load if stops else [],
        cash_minor=book.cash_minor if cash else None,
        stops=_stops(host, van) if stops else [],
    )


def _stops(host: Host, van: str) -> list[StopRow]:
    book, view = host.console.books.vans[van], host.console.vans[host.console.van_numbers[van]]
    rows = []
    for stop in book.stops:
        state = "left"
        if stop.machine in book.done:
            state = "done"
        elif stop.machine in book.missed:
            state = "missed"
        elif view.on_route and view.to == stop.machine:
            state = "next"
        rows.append(
            StopRow(
                machine=stop.machine,
                state=state,
                why=book.missed.get(stop.machine, ""),
                done_ms=book.done.get(stop.machine, 0) // 1000,
                units=sum(load.units for load in stop.loads),
            )
        )
    return rows
