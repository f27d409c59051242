"""Cash accountability: what was sold, metered and counted of each cash bag, side by side (V8).

A bag is what one visit took from one machine. Its three measures come from three facts: ``CashCollected`` has
what must be in it by the machine's own facts and what the devices metered, ``BagCounted`` what a person
found, ``VanVisited`` whose route it was on. Over is positive, short negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import attrs
from pony.orm import select

from actors.cabinet.messages import BagCounted, CashCollected
from actors.ledger.queries import Ledger, asked
from actors.van.messages import VanVisited
from runtime.message import wire_of
from runtime.wire import decode

UNKNOWN_MINOR = -1
"""How facts say that nothing was metered."""


@attrs.frozen(kw_only=True)
class Bag:
    """One bag; money in minor units.

    Attributes:
        day: business day on which it was taken.
        van, round: the route that took it; "" and 0 while the van has not said so.
        metered_minor: None where no device counts.
        counted_minor: the last count; None while nobody has counted.
        by: who counted last.
    """

    machine: str
    visit: int
    day: date
    collected_at_us: int
    van: str
    round: int
    sold_minor: int
    metered_minor: int | None
    counted_minor: int | None
    by: str

    @property
    def over_short_minor(self) -> int | None:
        """Counted against sold; None while nobody has counted."""
        return None if self.counted_minor is None else self.counted_minor - self.sold_minor

    @property
    def metered_over_short_minor(self) -> int | None:
        """Metered against sold: what the devices say before anybody counts."""
        return None if self.metered_minor is None else self.metered_minor - self.sold_minor


@attrs.frozen(kw_only=True)
class BagTotals:
    """Bags of one machine, route or day.

    Attributes:
        key: the machine's or van's address, or the ISO date.
        counted_bags: those of ``bags`` that were counted.
        metered_minor, counted_minor: of the bags that have one.
        over_short_minor: of the counted bags.
    """

    key: str
    bags: int
    counted_bags: int
    sold_minor: int
    metered_minor: int
    counted_minor: int
    over_short_minor: int


def bags(ledger: Ledger, *, first_day: date | None = None, last_day: date | None = None) -> list[Bag]:
    """Every bag taken on these business days (inclusive; None: no limit), in the order of taking."""
    with asked(ledger) as db:
        taken = _facts(db, CashCollected)
        if first_day is not None:
            taken = taken.filter(lambda f: f.business_day >= first_day)
        if last_day is not None:
            taken = taken.filter(lambda f: f.business_day <= last_day)
        rows = list(taken.order_by(lambda f: f.id))
        counts = {
            (f.source, fact.visit): fact
            for f in _facts(db, BagCounted).order_by(lambda f: f.id)
            for fact in [decode(f.body)]
        }
        routes = {
            (fact.machine, fact.visit): (f.source, fact.round)
            for f in _facts(db, VanVisited)
            for fact in [decode(f.body)]
            if fact.cash_minor
        }
        return [_bag(row, counts, routes) for row in rows]


def _facts(db: Any, kind: type) -> Any:
    tag = wire_of(kind).tag
    return select(f for f in db.Fact if f.kind == tag)


def _bag(row: Any, counts: dict[tuple[str, int], Any], routes: dict[tuple[str, int], tuple[str, int]]) -> Bag:
    fact = decode(row.body)
    assert isinstance(fact, CashCollected)
    count = counts.get((row.source, fact.visit))
    van, number = routes.get((row.source, fact.visit), ("", 0))
    return Bag(
        machine=row.source,
        visit=fact.visit,
        day=row.business_day,
        collected_at_us=row.at_us,
        van=van,
        round=number,
        sold_minor=fact.sold_minor,
        metered_minor=None if fact.metered_minor == UNKNOWN_MINOR else fact.metered_minor,
        counted_minor=None if count is None else count.counted_minor,
        by="" if count is None else count.by,
    )


_KEYS: dict[str, Callable[[Bag], str]] = {
    "machine": lambda bag: bag.machine,
    "route": lambda bag: bag.van,
    "day": lambda bag: bag.day.isoformat(),
}


def totals(found: Iterable[Bag], by: str) -> list[BagTotals]:
    """Bags added up by "machine", "route" (van) or "day", in order of that key."""
    if by not in _KEYS:
        raise ValueError(f"by must be one of {', '.join(_KEYS)}, not {by!r}")
    groups: dict[str, list[Bag]] = {}
    for bag in found:
        groups.setdefault(_KEYS[by](bag), []).append(bag)
    return [_total(key, group) for key, group in sorted(groups.items())]


def _total(key: str, group: list[Bag]) -> BagTotals:
    return BagTotals(
        key=key,
        bags=len(group),
        counted_bags=sum(bag.counted_minor is not None for bag in group),
        sold_minor=sum(bag.sold_minor for bag in group),
        metered_minor=sum(bag.metered_minor or 0 for bag in group),
        counted_minor=sum(bag.counted_minor or 0 for bag in group),
        over_short_minor=sum(bag.over_short_minor or 0 for bag in group),
    )
