"""What the chain calls its places and products, for the groups and headings of a report."""

from __future__ import annotations

import msgspec

from console.districts import map_of
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
        districts: what the chain's map calls them, by code.
    """

    places: dict[str, PlaceNames] = {}
    products: dict[str, ProductNames] = {}
    districts: dict[str, Title] = {}

    def title(self, dimension: str, key: str) -> Title:
        """A group's name; its key where the chain has none."""
        if dimension == "place" and key in self.places:
            return self.places[key].title
        if dimension == "product" and key in self.products:
            return self.products[key].title
        if dimension == "site" and key in self.places:
            return self.places[key].title
        return self.districts.get(key, (key, key)) if dimension == "district" else (key, key)


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
    return Names(places, products, _districts(chain))


def _districts(chain: Chain) -> dict[str, Title]:
    geojson = map_of(chain)
    if geojson is None:
        return {}
    features = [feature["properties"] for feature in msgspec.json.decode(geojson)["features"]]
    return {each["code"]: (each.get("name_en", ""), each.get("name_zh", "")) for each in features}
