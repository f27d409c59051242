"""Where hk-demo's machines and stores stand: real addresses in real districts, and which van serves them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

import attrs
import msgspec

from scenarios.chain import Place
from scenarios.demand import csv_file

_DAYS = Path(__file__).parents[1] / "days"

ROUND = (
    *("islands", "southern", "central-and-western", "wan-chai", "eastern", "sai-kung", "kwun-tong"),
    *("wong-tai-sin", "kowloon-city", "yau-tsim-mong", "sham-shui-po", "kwai-tsing", "tsuen-wan"),
    *("tuen-mun", "yuen-long", "north", "tai-po", "sha-tin"),
)
"""The 18 districts in an order in which each but a few borders on the next: vans take neighbours together."""


@attrs.frozen(kw_only=True)
class Address:
    """A shop's address, and the ``district`` it lies in."""

    shop: str
    address: str
    district: str
    lat_e6: int
    lon_e6: int


@cache
def addresses() -> tuple[Address, ...]:
    """All 1,317 shops, shuffled once and for all, so that any first part is spread as the whole is."""
    needed = ("chain", "address", "district", "lon", "lat")
    return tuple(
        Address(
            shop=row.text("chain"),
            address=row.text("address"),
            district=row.text("district"),
            lat_e6=round(float(row.text("lat")) * 1_000_000),
            lon_e6=round(float(row.text("lon")) * 1_000_000),
        )
        for row in csv_file.rows(_DAYS / "hk_places.csv.gz", needed)
    )


@cache
def district_names() -> dict[str, str]:
    """English names of the 18 districts by code."""
    geojson = msgspec.json.decode((_DAYS / "hk_districts.json").read_bytes())
    return {part["properties"]["code"]: part["properties"]["name_en"] for part in geojson["features"]}


def for_stores(count: int) -> list[Address]:
    """Addresses for stores, in as many districts as there are, those with most shops first."""
    shops: defaultdict[str, list[Address]] = defaultdict(list)
    for address in addresses():
        shops[address.district].append(address)
    ranked = sorted(shops.values(), key=lambda here: (-len(here), here[0].district))
    return [ranked[at % len(ranked)][at // len(ranked)] for at in range(count)]


def for_machines(count: int, taken: Sequence[Address]) -> Iterator[Place]:
    """Places at addresses not taken; once all are used, further machines stand beside the first."""
    used = set(taken)
    free = [address for address in addresses() if address not in used]
    numbers: Counter[str] = Counter()
    for at in range(count):
        around, address = at // len(free), free[at % len(free)]
        numbers[address.district] += 1
        beside = f" ({around + 1})" if around else ""
        yield place(address, f"{numbers[address.district]}", beside)


def place(address: Address, number: str, beside: str = "") -> Place:
    """An address as a chain's place: the English name is the district's with a number."""
    return Place(
        name_en=f"{district_names()[address.district]} {number}, {address.shop}",
        name_zh=f"{address.address}{beside}",
        district=address.district,
        lat_e6=address.lat_e6,
        lon_e6=address.lon_e6,
    )


def shares(weights: Mapping[str, float], seats: int) -> dict[str, int]:
    """Share out seats by D'Hondt's rule in proportion to weights, one to each first."""
    given = dict.fromkeys(weights, 1)
    for _ in range(seats - len(weights)):
        next_one = max(weights, key=lambda name: (weights[name] / (given[name] + 1), name))
        given[next_one] += 1
    return given


def districts_of_vans(machines: Mapping[str, int], vans: int) -> list[tuple[str, ...]]:
    """Which districts each van serves, so that the fullest van has as few machines as neighbours allow.

    Args:
        machines: how many machines each district has.
        vans: how many vans there are; with more vans than districts, several share one.
    """
    held = [district for district in ROUND if machines.get(district)]
    if vans >= len(held):
        each = shares({district: machines[district] for district in held}, vans)
        return [(district,) for district in held for _ in range(each[district])]
    sums = [0, *accumulate(machines[district] for district in held)]

    @cache
    def best(start: int, left: int) -> tuple[int, tuple[int, ...]]:
        """Fullest van and where each begins, for ``left`` vans and the districts from ``start``."""
        if left == 1:
            return sums[-1] - sums[start], (start,)
        options = (
            (max(sums[end] - sums[start], best(end, left - 1)[0]), (start, *best(end, left - 1)[1]))
            for end in range(start + 1, len(held) - left + 2)
        )
        return min(options)

    starts = [*best(0, vans)[1], len(held)]
    return [tuple(held[a:b]) for a, b in pairwise(starts)]
