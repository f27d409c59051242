"""A recorded day in figures, a quarter of an hour at a time, so that two days can be laid side by side."""

from __future__ import annotations

from collections import Counter
from datetime import date as Date

import attrs

from actors.ledger.business_day import BusinessDays
from actors.machine.messages import UNPAID, VendCompleted
from actors.office.messages import AlarmRaised
from runtime.address import head
from runtime.wire import FactRecord
from scenarios.replay.recorded_day import ChainDay
from scenarios.tally import Tally

STEP_MINUTES = 15
STEPS = 24 * 60 // STEP_MINUTES
MOST = 50
"""Products and places listed at most, those with the most sales first."""


@attrs.frozen(kw_only=True)
class DayFigures:
    """What a business day came to.

    Attributes:
        date: ISO.
        currency: ISO 4217; amounts are in its minor units.
        begin_us: the day's cut-off, microseconds since 1970 UTC.
        sales_minor, units, lost, visits, alarms: so far at the end of each quarter of an hour.
        by_tender, by_reason: amounts, and lost units.
        by_product, by_place: vended units by product, amounts by machine or store, the greatest first.
        distance_m: driven.
    """

    date: str
    currency: str
    begin_us: int
    sales_minor: tuple[int, ...]
    units: tuple[int, ...]
    lost: tuple[int, ...]
    visits: tuple[int, ...]
    alarms: tuple[int, ...]
    by_tender: dict[str, int]
    by_reason: dict[str, int]
    by_product: dict[str, int]
    by_place: dict[str, int]
    distance_m: int


def figures(day: ChainDay) -> DayFigures:
    """Count a day's facts."""
    days = BusinessDays(day.chain.time_zone, day.chain.cutoff_minute)
    begin_us = days.begin_us(Date.fromisoformat(day.date))
    tally, alarms = Tally(), 0
    products: Counter[str] = Counter()
    places: Counter[str] = Counter()
    series: list[tuple[int, ...]] = []
    for at_us, _, _, what in day.events:
        while len(series) < STEPS and at_us >= begin_us + (len(series) + 1) * STEP_MINUTES * 60_000_000:
            series.append(_now(tally, alarms))
        if isinstance(what, FactRecord):
            fact, before = what.fact(), tally.amount_minor
            tally.seen(fact)
            if tally.amount_minor != before:
                places[head(what.source)] += tally.amount_minor - before
            if isinstance(fact, VendCompleted) and fact.tender not in UNPAID:
                products[fact.product] += 1
            alarms += isinstance(fact, AlarmRaised)
    series += [_now(tally, alarms)] * (STEPS - len(series))
    sales_minor, units, lost, visits, raised = zip(*series, strict=True)
    return DayFigures(
        date=day.date,
        currency=day.chain.currency,
        begin_us=begin_us,
        sales_minor=sales_minor,
        units=units,
        lost=lost,
        visits=visits,
        alarms=raised,
        by_tender=tally.by_tender,
        by_reason=tally.lost,
        by_product=dict(products.most_common(MOST)),
        by_place=dict(places.most_common(MOST)),
        distance_m=tally.distance_m,
    )


def _now(tally: Tally, alarms: int) -> tuple[int, ...]:
    return tally.amount_minor, tally.units, sum(tally.lost.values()), tally.visits, alarms
