"""Pure rules of the warehouse: what a round needs, and what a warehouse that has too little sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from actors.warehouse.messages import Goods, Stop


def summed(stops: Iterable[Stop]) -> tuple[Goods, ...]:
    """A round's loads summed by product, in the order in which the round first needs them."""
    units: dict[str, int] = {}
    for stop in stops:
        for load in stop.loads:
            units[load.product] = units.get(load.product, 0) + load.units
    return tuple(Goods(product=product, units=number) for product, number in units.items() if number > 0)


def issued(asked: Iterable[Goods], stock: Mapping[str, int]) -> tuple[Goods, ...]:
    """What can really go: never more than there is.

    A short line is cut, not refused: rounds that leave first are served first, and so are a round's first
    stops, because the van hands out what it has in driving order.
    """
    cut = (Goods(product=g.product, units=min(g.units, stock.get(g.product, 0))) for g in asked)
    return tuple(goods for goods in cut if goods.units > 0)
