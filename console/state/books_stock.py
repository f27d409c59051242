"""Books of warehouses and vans: stock by product, pick lists, and the round a van is on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

import attrs

from actors.store.messages import StockOpened
from actors.van.messages import VanDeparted, VanLoaded, VanReturned, VanVisited, VisitMissed
from actors.warehouse.messages import (
    Goods,
    GoodsIssued,
    GoodsReceived,
    GoodsReturned,
    PickListMade,
    Stop,
)
from runtime.actor import Report
from scenarios.chain import VanPlan, WarehousePlan

LISTS_MAX = 60
MADE, ISSUED, RETURNED = "made", "issued", "returned"


@attrs.define(slots=True)
class PickList:
    """Goods to be picked for one round of one van, and how far it is: ``MADE``, ``ISSUED``, ``RETURNED``."""

    round: int
    van: str
    made_us: int
    depart_at_us: int
    stops: int
    goods: tuple[Goods, ...]
    state: str = MADE

    @property
    def units(self) -> int:
        """Of all products."""
        return sum(each.units for each in self.goods)


class WarehouseBook:
    """What a warehouse holds, by product; what was issued and received lately; pick lists, oldest first."""

    __slots__ = ("issued", "lists", "received", "stock")
    KEEPS: ClassVar[dict[type, Callable[[Any, Report], None]]] = {}

    def __init__(self, plan: WarehousePlan) -> None:
        self.stock: dict[str, int] = {}
        self.issued: dict[str, int] = {}
        self.received: dict[str, int] = {}
        self.lists: deque[PickList] = deque(maxlen=LISTS_MAX)

    @property
    def allotted(self) -> dict[str, int]:
        """Units by product that pick lists ask for and that have not left yet."""
        wanted: dict[str, int] = {}
        for each in self.lists:
            if each.state == MADE:
                _add(wanted, each.goods, 1)
        return wanted

    def _opened(self, report: Report) -> None:
        fact: StockOpened = report.content
        self.stock[fact.product] = self.stock.get(fact.product, 0) + fact.quantity

    def _received(self, report: Report) -> None:
        _add(self.stock, report.content.goods, 1)
        _add(self.received, report.content.goods, 1)

    def _listed(self, report: Report) -> None:
        fact: PickListMade = report.content
        self.lists.append(
            PickList(fact.round, fact.van, report.at_us, fact.depart_at_us, len(fact.stops), fact.goods)
        )

    def _issued(self, report: Report) -> None:
        fact: GoodsIssued = report.content
        _add(self.stock, fact.goods, -1)
        _add(self.issued, fact.goods, 1)
        self._now(fact.round, fact.van, ISSUED)

    def _returned(self, report: Report) -> None:
        fact: GoodsReturned = report.content
        _add(self.stock, fact.goods, 1)
        self._now(fact.round, fact.van, RETURNED)

    def _now(self, number: int, van: str, state: str) -> None:
        for each in self.lists:
            if (each.round, each.van) == (number, van):
                each.state = state


def _add(stock: dict[str, int], goods: tuple[Goods, ...], sign: int) -> None:
    for each in goods:
        stock[each.product] = stock.get(each.product, 0) + sign * each.units


class VanBook:
    """A van's round: where it goes, what it did there, what it carries.

    Attributes:
        stops: of the round under way or the last one, in driving order.
        done: machine and when it was serviced; ``missed``: machine and why it was not.
        load: units aboard, by product; ``cash_minor``: bags aboard.
    """

    __slots__ = ("cash_minor", "distance_m", "done", "load", "missed", "on_route", "round", "stops")
    KEEPS: ClassVar[dict[type, Callable[[Any, Report], None]]] = {}

    def __init__(self, plan: VanPlan) -> None:
        self.round = self.cash_minor = self.distance_m = 0
        self.on_route = False
        self.stops: tuple[Stop, ...] = ()
        self.done: dict[str, int] = {}
        self.missed: dict[str, str] = {}
        self.load: dict[str, int] = {}

    def _loaded(self, report: Report) -> None:
        fact: VanLoaded = report.content
        self.round, self.stops = fact.round, fact.stops
        self.cash_minor = self.distance_m = 0
        self.done, self.missed, self.load = {}, {}, {}
        _add(self.load, fact.goods, 1)

    def _departed(self, report: Report) -> None:
        fact: VanDeparted = report.content
        if fact.round != self.round:  # its load was not heard of: begin anew all the same
            self.round, self.stops = fact.round, ()
            self.done, self.missed, self.load = {}, {}, {}
        self.on_route = True
        self.distance_m += fact.distance_m

    def _visited(self, report: Report) -> None:
        fact: VanVisited = report.content
        self.done[fact.machine] = report.at_us
        self.cash_minor += fact.cash_minor
        for sign, loads in ((-1, fact.filled), (1, fact.taken_out)):
            for each in loads:
                self.load[each.product] = self.load.get(each.product, 0) + sign * each.units

    def _missed(self, report: Report) -> None:
        self.missed[report.content.machine] = report.content.why

    def _home(self, _: Report) -> None:
        self.on_route = False
        self.load = {}


WarehouseBook.KEEPS.update({
    StockOpened: WarehouseBook._opened, GoodsReceived: WarehouseBook._received,
    PickListMade: WarehouseBook._listed, GoodsIssued: WarehouseBook._issued,
    GoodsReturned: WarehouseBook._returned,
})  # fmt: skip
VanBook.KEEPS.update({
    VanLoaded: VanBook._loaded, VanDeparted: VanBook._departed, VanVisited: VanBook._visited,
    VisitMissed: VanBook._missed, VanReturned: VanBook._home,
})  # fmt: skip
