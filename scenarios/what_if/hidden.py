"""Demand that nobody saw: what would have been asked for while it was sold out, shut or silent.

    sales of a product at a machine ~ Poisson(rate x weighted hours it was to be had)
    rate ~ Gamma(sales - ends + 1, weighted hours + 1 / usual)  usual: the product's rate over all machines
    hidden ~ Poisson(rate x weighted hours it was not)          together: negative binomial

Where a spell was ended by its own last sale, that sale says nothing of the rate (k - 1 sales in the time to
the k-th are what a Poisson process gives): ``ends`` of them are not counted.

An hour is weighted by how much the machine (if it sold enough, else the chain) sells in that hour of the
week, so a night hides little. Not modelled: that who does not find one product buys another, or comes back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import attrs
import numpy as np
import numpy.typing as npt

from runtime.dice import Dice, address_key
from scenarios.chain import Chain
from scenarios.rehearsal.times import moment_us
from scenarios.what_if.past import Past
from simulator.customers.recorded import Attempt, RecordedLine

HOUR_US = 3_600_000_000
WEEK_HOURS, DAY_HOURS = 168, 24
WEEK_DAYS_MIN = 14
"""Days that must be recorded for hours of the week to be told apart; fewer have hours of the day."""
OWN_SALES_MIN = 500
"""Sales from which on a machine has a profile of its own (3 for each hour of the week)."""
LEAST_HOURS = 0.05
"""An hour of the week in which less than so much of the goods was ever to be had tells nothing."""
PRIOR_SALES = 1.0
"""What all machines together say of a product weighs as much as so many sales at one."""
DRAWS = 2000
INTERVAL = (2.5, 97.5)
CUSTOMERS_FROM = 1 << 40
"""Numbers of customers who are drawn, beyond all recorded ones."""

Spells = Sequence[tuple[int, int]]
Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True)
class Gap:
    """A product that could not always be bought at a machine.

    Attributes:
        shape, hours: of the gamma distribution of its rate: sales, and weighted hours it was to be had.
        missing: weighted hours it was not.
        spells: when it was not.
        tender: how its buyers mostly pay.
    """

    machine: str
    product: str
    lane: str
    price_minor: int
    shape: float
    hours: float
    missing: float
    spells: Spells
    tenders: tuple[tuple[str, int], ...]


@attrs.frozen(kw_only=True)
class Hidden:
    """The estimate over a recording.

    Attributes:
        gaps: where something is hidden.
        hours: hours that products could not be bought, summed over products and machines.
        unknown: products at machines that were never to be had while anybody bought.
        mean, low, high: units hidden, and their 95 % interval.
    """

    gaps: tuple[Gap, ...]
    hours: float
    unknown: int
    mean: float
    low: float
    high: float


class Weights:
    """How much of a machine's demand falls into each hour; 1 on average over the hours recorded."""

    def __init__(self, past: Past) -> None:
        self.zone = past.chain.zone
        days = (past.last - past.first).days + 1
        self.cells = WEEK_HOURS if days >= WEEK_DAYS_MIN else DAY_HOURS
        self.from_us = moment_us(past.first, 0, self.zone)
        self.to_us = moment_us(past.last, 24 * 60, self.zone)
        hours = range(self.from_us // HOUR_US, -(-self.to_us // HOUR_US))
        self._first_hour = hours.start
        self._cell = np.array([cell_of(hour, self.zone, self.cells) for hour in hours])
        there = self._there(past, len(hours))
        held = np.asarray(np.bincount(self._cell, weights=there, minlength=self.cells), dtype=np.float64)
        by_machine: defaultdict[str, Floats] = defaultdict(lambda: np.zeros(self.cells))
        for attempt in past.attempts:
            at = self._cell[min(len(self._cell) - 1, max(0, attempt.at_us // HOUR_US - self._first_hour))]
            by_machine[attempt.machine][at] += len(attempt.lines)
        whole = sum(by_machine.values(), np.zeros(self.cells))
        self.of_chain = self._sums(whole, held)
        self._own = {
            machine: self._sums(counts, held)
            for machine, counts in by_machine.items()
            if counts.sum() >= OWN_SALES_MIN
        }

    def _there(self, past: Past, hours: int) -> Floats:
        """Which share of all that the machines carry was to be had, in each hour recorded."""
        had, carried = np.zeros(hours), 0
        for shelf in past.shelves.values():
            for spell in shelf.end(self.to_us).values():
                carried += 1
                for begin, end in spell.had:
                    first, last = (moment / HOUR_US - self._first_hour for moment in (begin, end))
                    had[int(first) : int(last)] += 1.0
                    had[min(int(first), hours - 1)] -= first % 1
                    had[min(int(last), hours - 1)] += last % 1
        share: Floats = had / max(carried, 1)
        return share

    def _sums(self, counts: Floats, held: Floats) -> Floats:
        seen = held > LEAST_HOURS
        rates = np.divide(counts, held, out=np.zeros(self.cells), where=seen)
        if seen.any():  # an hour in which nothing was ever to be had is like those before and after it
            cells = np.arange(self.cells)
            rates = np.interp(cells, cells[seen], rates[seen], period=self.cells)
        by_hour = rates[self._cell]
        mean = by_hour.mean()
        return np.concatenate(([0.0], np.cumsum(by_hour / mean if mean > 0 else np.ones(len(by_hour)))))

    def hours(self, machine: str, spells: Iterable[tuple[int, int]]) -> float:
        """Weighted hours of some spells."""
        sums = self._own.get(machine, self.of_chain)
        return float(sum(self._at(sums, end) - self._at(sums, begin) for begin, end in spells))

    def moment(self, machine: str, spells: Spells, share: float) -> int:
        """The moment by which this share of the weighted hours of some spells has passed."""
        sums = self._own.get(machine, self.of_chain)
        left = share * self.hours(machine, spells)
        for begin, end in spells:
            inside = self._at(sums, end) - self._at(sums, begin)
            if left <= inside:
                target = self._at(sums, begin) + left
                hour = int(np.searchsorted(sums, target, side="right")) - 1
                hour = min(max(hour, 0), len(sums) - 2)
                step = sums[hour + 1] - sums[hour]
                part = (target - sums[hour]) / step if step > 0 else 0.0
                at_us = round((self._first_hour + hour + part) * HOUR_US)
                return min(max(at_us, begin), end - 1)
            left -= inside
        return spells[-1][1] - 1

    def _at(self, sums: Floats, at_us: int) -> float:
        place = min(max(at_us / HOUR_US - self._first_hour, 0.0), len(sums) - 1.0)
        hour = min(int(place), len(sums) - 2)
        return float(sums[hour] + (place - hour) * (sums[hour + 1] - sums[hour]))


def cell_of(hour: int, zone: ZoneInfo, cells: int) -> int:
    """Hour of the week, Monday 00:00 the first, or of the day, of an hour since 1970."""
    local = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone)
    return (local.weekday() * 24 + local.hour) % cells


def estimated(past: Past) -> Hidden:
    """What a recording hides, product by product and machine by machine."""
    weights, gaps, hours, unknown = Weights(past), [], 0.0, 0
    sales: Counter[tuple[str, str]] = Counter()
    tenders: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for attempt in past.attempts:
        tenders[attempt.machine][attempt.tender] += 1
        sales.update((attempt.machine, line.product) for line in attempt.lines)
    homes = _homes(past)
    usual = _usual(past, weights, sales)
    for machine, shelf in past.shelves.items():
        for product, spell in sorted(shelf.end(weights.to_us).items()):
            if not spell.hidden:
                continue
            hours += sum(end - begin for begin, end in spell.hidden) / HOUR_US
            had, missing = weights.hours(machine, spell.had), weights.hours(machine, spell.hidden)
            if had <= 0.0:
                unknown += missing > 0.0
                continue
            lane, price = homes[machine, product]
            if missing > 0.0:
                gaps.append(
                    Gap(
                        machine=machine,
                        product=product,
                        lane=lane,
                        price_minor=price,
                        shape=max(0, sales[machine, product] - spell.sold_out) + PRIOR_SALES,
                        hours=had + PRIOR_SALES / usual[product],
                        missing=missing,
                        spells=tuple(spell.hidden),
                        tenders=tuple(sorted(tenders[machine].items())),
                    )
                )
    mean, low, high = _interval(gaps, past.seed)
    return Hidden(gaps=tuple(gaps), hours=hours, unknown=unknown, mean=mean, low=low, high=high)


def _usual(past: Past, weights: Weights, sales: Mapping[tuple[str, str], int]) -> dict[str, float]:
    """Each product's sales in a weighted hour, over all machines that had it."""
    sold: Counter[str] = Counter()
    had: defaultdict[str, float] = defaultdict(float)
    for machine, shelf in past.shelves.items():
        for product, spell in shelf.end(weights.to_us).items():
            sold[product] += max(0, sales.get((machine, product), 0) - spell.sold_out)
            had[product] += weights.hours(machine, spell.had)
    return {product: max(sold[product], PRIOR_SALES) / had[product] for product in had if had[product] > 0.0}


def _homes(past: Past) -> dict[tuple[str, str], tuple[str, int]]:
    """The lane and price by which a product is sold at a machine."""
    found = {
        (machine, lane.product): (code, lane.price_minor)
        for machine, shelf in past.shelves.items()
        for code, lane in shelf.lanes.items()
    }
    for attempt in past.attempts:
        for line in attempt.lines:
            found[attempt.machine, line.product] = (line.lane, line.price_minor)
    for plan in past.chain.machines:
        for lane in plan.lanes:
            found.setdefault((plan.id, lane.product), (lane.code, lane.price_minor))
    return found


def _interval(gaps: Sequence[Gap], seed: int) -> tuple[float, float, float]:
    """Mean and bounds of all hidden units together, by draws."""
    if not gaps:
        return 0.0, 0.0, 0.0
    generator = np.random.default_rng(address_key(seed, "what-if/hidden"))
    sales = np.array([gap.shape for gap in gaps])
    share = np.array([gap.missing / gap.hours for gap in gaps])
    rates = generator.gamma(sales, size=(DRAWS, len(gaps))) * share
    sums = generator.poisson(rates).sum(axis=1)
    low, high = np.percentile(sums, INTERVAL)
    return float((sales * share).sum()), float(low), float(high)


def drawn(hidden: Hidden, past: Past, replicate: int) -> list[Attempt]:
    """One draw of the customers who were hidden, in order of time."""
    weights, found = Weights(past), []
    for gap in hidden.gaps:
        key = address_key(past.seed, f"what-if/{replicate}/{gap.machine}/{gap.product}")
        generator = np.random.default_rng(key)
        units = int(generator.poisson(generator.gamma(gap.shape) * gap.missing / gap.hours))
        dice = Dice(key)
        for _ in range(units):
            at_us = weights.moment(gap.machine, gap.spells, dice.uniform())
            line = RecordedLine(lane=gap.lane, product=gap.product, price_minor=gap.price_minor)
            found.append((at_us, gap.machine, _tender(gap.tenders, dice.uniform()), line))
    return [
        Attempt(at_us=at_us, machine=machine, customer=CUSTOMERS_FROM + number, tender=tender, lines=(line,))
        for number, (at_us, machine, tender, line) in enumerate(sorted(found, key=lambda each: each[:2]), 1)
    ]


def _tender(tenders: Sequence[tuple[str, int]], share: float) -> str:
    left = share * sum(count for _, count in tenders)
    for tender, count in tenders:
        left -= count
        if left < 0:
            return tender
    return tenders[-1][0]


def product_names(chain: Chain) -> Mapping[str, str]:
    """Names of products by code."""
    return {product.code: product.name_en or product.name_zh for product in chain.products}
