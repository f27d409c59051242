"""What a recording of demand says: who tried to buy what, where and when, and on what chain."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

import attrs

from runtime.errors import ConfigError
from scenarios.chain import Chain, LanePlan, Place, RestockRule, VanPlan, WarehousePlan
from simulator.customers.recorded import Attempt

LANE_UNITS_MIN = 10
AMPLE_UNITS = 1_000_000
"""Opening stock of every product where a recording says nothing about supply: it never runs out."""

SERVICE_SECONDS = 60
UNKNOWN_PRODUCT = "unknown product"
_NAME = re.compile(r"[^A-Za-z0-9]+")


@attrs.frozen(kw_only=True)
class Recorded:
    """A demand file as read.

    Attributes:
        chain: sites, machines, lanes, planogram and prices as the file implies them.
        attempts: one per transaction of the days asked for, one line per unit, sorted by time, then by file
            order; ``customer`` is the transaction's number in the whole file, from 1.
        first, last: the days the file covers, inclusive.
        warnings: what was assumed, followed or estimated; for the report.
    """

    chain: Chain
    attempts: list[Attempt]
    first: date
    last: date
    warnings: list[str]


def product_code(name: str) -> str:
    """An identifier made from a product's name alone, the same in every run."""
    return "p-" + hashlib.sha256(name.encode()).hexdigest()[:10]


def identifier(name: str) -> str:
    """A name as part of an address: ``EB Public Library`` gives ``eb-public-library``."""
    slug = _NAME.sub("-", name).strip("-").lower()[:40].strip("-")
    return slug or hashlib.sha256(name.encode()).hexdigest()[:10]


def identifiers(names: Mapping[str, str]) -> dict[str, str]:
    """An identifier of its own for each key, made from its value; of equal ones the later get a number."""
    taken: Counter[str] = Counter()
    found: dict[str, str] = {}
    for key, name in names.items():
        slug = identifier(name)
        taken[slug] += 1
        found[key] = slug if taken[slug] == 1 else f"{slug}.{taken[slug]}"
    return found


def days_asked(
    file: str, held: tuple[date, date], first: date | None, last: date | None
) -> tuple[date, date]:
    """The days to run, inclusive; None means the file's end on that side.

    Raises:
        ConfigError: a day outside the file, naming its range, or the last before the first.
    """
    begin, end = first or held[0], last or held[1]
    for day in (begin, end):
        if not held[0] <= day <= held[1]:
            raise ConfigError(f"{file}: days must be from {held[0]} to {held[1]}, not {day}")
    if begin > end:
        raise ConfigError(f"{file}: the first day must not be after the last, not {begin} to {end}")
    return begin, end


def full_lane(code: str, product: str, price_minor: int, busiest_day_units: int) -> LanePlan:
    """A lane that opens full and is taken to hold its busiest day in the file, at least ten units."""
    room = max(LANE_UNITS_MIN, busiest_day_units)
    return LanePlan(code=code, product=product, price_minor=price_minor, capacity=room, par=room, level=room)


def nightly(trigger_level: int = -1) -> RestockRule:
    """Lists lanes and sends the van at 03:00; ``trigger_level`` as in RestockRule."""
    return RestockRule(cutoff_minute=180, depart_minute=180, trigger_level=trigger_level)


def only_van() -> VanPlan:
    """One van for everything; it drives no distance, because the warehouse has no position."""
    return VanPlan(id="van-1", warehouse="wh-1", service_seconds=SERVICE_SECONDS)


def ample_warehouse(products: Iterable[str]) -> WarehousePlan:
    """A warehouse without position that never runs out."""
    return WarehousePlan(
        id="wh-1",
        node="wh-1",
        place=Place(name_en="Warehouse", name_zh="仓库"),
        stock=tuple((code, AMPLE_UNITS) for code in products),
    )
