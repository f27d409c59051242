"""The shipped catalogues: what the vending machines and the stores of hk-demo sell (SOURCES.md)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import attrs

from scenarios.demand import csv_file
from scenarios.demand.attempts import product_code

HERE = Path(__file__).parent


@attrs.frozen(kw_only=True)
class Good:
    """A product of a catalogue.

    Attributes:
        name: as the recording has it; the code is made from it.
        kind: "drink", "snack" or "store".
        orders: how often it was bought in the recording; 0 in the stores' catalogue.
        price_minor: Hong Kong cents a unit, or a kilogram of weighed goods.
    """

    name: str
    name_en: str
    name_zh: str
    category: str
    kind: str
    orders: int
    price_minor: int
    weighed: bool = False

    @property
    def code(self) -> str:
        """The product code."""
        return product_code(self.name)


@cache
def vended() -> dict[str, Good]:
    """What machines sell, by the recorded Chinese name, best sellers first."""
    needed = ("name_zh", "name_en", "kind", "category", "orders", "price_minor")
    return {
        row.text("name_zh"): Good(
            name=row.text("name_zh"),
            name_en=row.text("name_en"),
            name_zh=row.text("name_zh"),
            category=row.text("category"),
            kind=row.text("kind"),
            orders=row.serial("orders"),
            price_minor=row.serial("price_minor"),
        )
        for row in csv_file.rows(HERE / "hk_vending_goods.csv.gz", needed)
    }


@cache
def sold_in_stores() -> dict[str, Good]:
    """What stores sell, by the name it has in the recorded baskets and weighed lines."""
    needed = ("item", "name_en", "name_zh", "category", "weighed", "price_minor")
    return {
        row.text("item"): Good(
            name=row.text("item"),
            name_en=row.text("name_en"),
            name_zh=row.text("name_zh"),
            category=row.text("category"),
            kind="store",
            orders=0,
            price_minor=row.serial("price_minor"),
            weighed=row.text("weighed") == "yes",
        )
        for row in csv_file.rows(HERE / "hk_store_goods.csv.gz", needed)
    }
