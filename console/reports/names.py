"""What the chain calls its places and products, for the groups and headings of a report."""

from __future__ import annotations

import msgspec

from scenarios.chain import Chain

Title = tuple[str, str]
"""In English and in Chinese; either may be empty."""


class PlaceNames(msgspec.Struct, frozen=True):
    """A machine, store, warehouse or van. ``kind``: one of these words."""

    title: Title
    kind: str
    site: str
    district: str = ""


class ProductNames(msgspec.Struct, frozen=True):
    """A product. ``weighed`` goods are counted in grams."""

    title: Title
    category: str
    weighed: bool = False


class Names(msgspec.Struct, frozen=True):
    """Everything a report has to know of a chain besides its ledger.

    Attributes:
        cutoff_minute: when a business day begins, minutes after local midnight.
    """

    places: dict[str, PlaceNames] = {}
    products: dict[str, ProductNames] = {}
    cutoff_minute: int = 0

    def title(self, dimension: str, key: str) -> Title:
        """A group's name; its key where the chain has none."""
        if dimension == "place" and key in self.places:
            return self.places[key].title
        if dimension == "product" and key in self.products:
            return self.products[key].title
        return (key, key)


def names_of(chain: Chain) -> Names:
    """The names of a chain."""
    places = {
        machine.id: PlaceNames(
            (machine.place.name_en, machine.place.name_zh), "machine", machine.site, machine.place.district
        )
        for machine in chain.machines
    }
    for kind, plans in (("store", chain.stores), ("warehouse", chain.warehouses)):
        for plan in plans:
            title = (plan.place.name_en, plan.place.name_zh)
            places[plan.id] = PlaceNames(title, kind, plan.id, plan.place.district)
    places |= {van.id: PlaceNames((van.id, van.id), "van", van.warehouse) for van in chain.vans}
    products = {
        product.code: ProductNames((product.name_en, product.name_zh), product.category, product.weighed)
        for product in chain.products
    }
    return Names(places, products, chain.cutoff_minute)
