"""Products: what the chain sells, at what prices, where, and how much of it is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import attrs
import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from console.api.paging import LIMIT, Cursor, Limit, Page, page_after
from console.host import Host
from console.people.permissions import Person, person_of
from console.people.wrong import Missing
from scenarios.chain import Product

READ = {"permission": "products.read"}
PLACES_SHOWN = 500
Asked = Request[Any, Any, Any]
Words = Annotated[str, QueryParameter(max_length=100)]


class ProductRow(msgspec.Struct, frozen=True):
    """A product of the chain's list. Money is minor units of the chain's currency.

    Attributes:
        price_minor: by the list; ``low_minor`` and ``high_minor`` are what machines take now, null none.
        weighed: units are grams in stores, the price is of a kilogram.
        machines, lanes: in which it is sold, in one's scope; ``empty`` of these lanes hold none.
        in_machines, in_stores, in_warehouses: how much is there; null for who may not see stock.
    """

    code: str
    name_en: str
    name_zh: str
    category: str
    weighed: bool
    price_minor: int
    low_minor: int | None
    high_minor: int | None
    machines: int
    lanes: int
    empty: int
    in_machines: int | None
    in_stores: int | None
    in_warehouses: int | None


class SoldIn(msgspec.Struct, frozen=True):
    """A lane that sells it."""

    machine: str
    lane: str
    price_minor: int
    level: int
    par: int
    capacity: int


class KeptIn(msgspec.Struct, frozen=True):
    """A store or warehouse that has it: units, or grams for weighed goods in stores."""

    place: str
    quantity: int


class OneProduct(msgspec.Struct, frozen=True):
    """A product and where it is, in one's scope; ``more`` lanes are not shown. Null: may not be seen."""

    row: ProductRow
    sold: list[SoldIn]
    more: int
    stores: list[KeptIn] | None
    warehouses: list[KeptIn] | None


@attrs.define
class _Sum:
    """Lanes of one product."""

    low: int | None = None
    high: int | None = None
    machines: int = 0
    lanes: int = 0
    empty: int = 0
    units: int = 0
    last: str = ""

    def add(self, sold: SoldIn) -> None:
        """One lane more; lanes of a machine come together."""
        self.low = sold.price_minor if self.low is None else min(self.low, sold.price_minor)
        self.high = sold.price_minor if self.high is None else max(self.high, sold.price_minor)
        self.machines += sold.machine != self.last
        self.lanes += 1
        self.empty += sold.level == 0
        self.units += sold.level
        self.last = sold.machine


def routes(host: Host) -> list[HTTPRouteHandler]:
    """Reading of products."""

    @get("/api/products", sync_to_thread=True, opt=READ)
    def listed(
        request: Asked, limit: Limit = LIMIT, cursor: Cursor = None, q: Words = "", category: Words = ""
    ) -> Page[ProductRow]:
        """Products by code, name or category."""
        person = person_of(request)
        fitting = [each for each in host.chain.products if _fits(each, q.strip().lower(), category)]
        page, after = page_after(fitting, lambda each: each.code, cursor, limit)
        sums: dict[str, _Sum] = {each.code: _Sum() for each in page}
        for product, sold in _lanes(host, person):
            if product in sums:
                sums[product].add(sold)
        return Page([_row(host, person, each, sums[each.code]) for each in page], after)

    @get("/api/products/categories", sync_to_thread=False, opt=READ)
    def categories() -> list[str]:
        """Every category of the list, in order."""
        return sorted({each.category for each in host.chain.products})

    @get("/api/products/{product:str}", sync_to_thread=True, opt=READ)
    def one(request: Asked, product: FromPath[str]) -> OneProduct:
        """One product, and where it is."""
        person = person_of(request)
        found = next((each for each in host.chain.products if each.code == product), None)
        if found is None:
            raise Missing(f"product {product[:60]}: must be one of the chain")
        sold, total = [], _Sum()
        for code, lane in _lanes(host, person):
            if code == product:
                total.add(lane)
                sold.append(lane)
        stock = person.may("stock.read")
        return OneProduct(
            row=_row(host, person, found, total),
            sold=sold[:PLACES_SHOWN],
            more=max(0, len(sold) - PLACES_SHOWN),
            stores=_stores(host, person, product) if stock else None,
            warehouses=_warehouses(host, person, product) if stock else None,
        )

    return [listed, categories, one]


def _fits(product: Product, words: str, category: str) -> bool:
    text = f"{product.code} {product.name_en} {product.name_zh} {product.category}".lower()
    return words in text and category in ("", product.category)


def _lanes(host: Host, person: Person) -> Iterator[tuple[str, SoldIn]]:
    """Every lane in scope, with what it sells."""
    for plan, view in zip(host.chain.machines, host.console.machines, strict=True):
        if person.sees(plan.id):
            for code, lane in tuple(view.lanes.items()):
                yield (
                    lane.product,
                    SoldIn(plan.id, code, lane.price_minor, lane.level, lane.par, lane.capacity),
                )


def _stores(host: Host, person: Person, product: str) -> list[KeptIn]:
    books = host.console.books.stores
    return [
        KeptIn(plan.id, books[plan.id].stock[product])
        for plan in host.chain.stores
        if person.sees(plan.id) and product in books[plan.id].stock
    ]


def _warehouses(host: Host, person: Person, product: str) -> list[KeptIn]:
    books = host.console.books.warehouses
    return [
        KeptIn(plan.id, books[plan.id].stock[product])
        for plan in host.chain.warehouses
        if person.sees(plan.id) and product in books[plan.id].stock
    ]


def _row(host: Host, person: Person, product: Product, total: _Sum) -> ProductRow:
    stock = person.may("stock.read")
    return ProductRow(
        code=product.code,
        name_en=product.name_en,
        name_zh=product.name_zh,
        category=product.category,
        weighed=product.weighed,
        price_minor=product.price_minor,
        low_minor=total.low,
        high_minor=total.high,
        machines=total.machines,
        lanes=total.lanes,
        empty=total.empty,
        in_machines=total.units if stock else None,
        in_stores=sum(each.quantity for each in _stores(host, person, product.code)) if stock else None,
        in_warehouses=sum(each.quantity for each in _warehouses(host, person, product.code))
        if stock
        else None,
    )
