"""Both runs side by side: recorded demand as it was, and with what is asked, and how they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import NormalDist
from typing import Any

import attrs
import numpy as np

from runtime.dice import address_key
from scenarios import run
from scenarios.chain import Chain
from scenarios.rehearsal.expect_counts import Counts, Row
from scenarios.rehearsal.plan import Plan
from scenarios.scenario import Prepared
from scenarios.what_if import answer, hidden, past
from scenarios.what_if.changes import Asked, changed
from scenarios.what_if.hidden import Hidden
from scenarios.what_if.past import Past
from scenarios.what_if.said import statements

REPLICATES = 5
RESAMPLES = 4000
INTERVAL = (2.5, 97.5)
PRODUCTS_MAX = 20

MEASURES: Mapping[str, Callable[[Row], float]] = {
    "units": lambda row: row.number if row.measure == "sold" else 0,
    "amount_minor": lambda row: row.number if row.measure == "turnover" else 0,
    "lost_units": lambda row: row.number if row.measure == "lost" else 0,
    "lost_sold_out": lambda row: row.number if row.measure == "lost" and row.word == "sold_out" else 0,
    "visits": lambda row: row.number if row.measure == "visits" else 0,
    "filled_units": lambda row: row.number if row.measure == "filled" else 0,
    "km": lambda row: row.number / 1000 if row.measure == "metres" else 0,
}
"""What is compared, as a number of each row counted."""


@attrs.frozen(kw_only=True)
class Outcome:
    """What one run did: by measure its days, by product its units and amount."""

    digest: str
    ok: bool
    days: Mapping[str, tuple[float, ...]]
    products: Mapping[str, tuple[int, int]]


@attrs.frozen(kw_only=True)
class Comparison:
    """Both runs. ``as_json`` is the contract of ``replay --what-if --json``."""

    past: Past
    asked: Asked
    hidden: Hidden
    base: tuple[Outcome, ...]
    other: tuple[Outcome, ...]

    def as_json(self) -> dict[str, Any]:
        """The document of ``replay --what-if --json``."""
        days = [
            (self.past.first + timedelta(days=n)).isoformat() for n in range(len(self.base[0].days["units"]))
        ]
        return {
            "recording": {
                "scenario": self.past.scenario,
                "from": self.past.first.isoformat(),
                "to": self.past.last.isoformat(),
                "currency": self.past.chain.currency,
                "units": self.past.units,
                "amount_minor": self.past.amount_minor,
                "lacks": list(self.past.lacks),
            },
            "changes": list(self.asked.texts),
            "demand": {
                "met_units": self.past.units,
                "hidden_units": round(self.hidden.mean, 1),
                "hidden_low": self.hidden.low,
                "hidden_high": self.hidden.high,
                "hidden_hours": round(self.hidden.hours, 1),
                "unknown_products": self.hidden.unknown,
                "refused_units_seen": self.past.refused,
                "elasticity": self.asked.elasticity.mean,
                "elasticity_error": self.asked.elasticity.error,
            },
            "said": statements(self.asked, self.hidden),
            "replicates": len(self.base),
            "identical": [one.digest for one in self.base] == [two.digest for two in self.other],
            "ok": all(outcome.ok for outcome in (*self.base, *self.other)),
            "measures": [self._measure(name) for name in MEASURES],
            "days": [
                {
                    "date": day,
                    "base_minor": round(_mean(self.base, "amount_minor", n)),
                    "changed_minor": round(_mean(self.other, "amount_minor", n)),
                }
                for n, day in enumerate(days)
            ],
            "products": self._products(),
        }

    def _measure(self, name: str) -> dict[str, Any]:
        base, other = _totals(self.base, name), _totals(self.other, name)
        low, high = self._interval(name)
        return {
            "name": name,
            "base": round(float(np.mean(base)), 1),
            "changed": round(float(np.mean(other)), 1),
            "difference": round(float(np.mean(other) - np.mean(base)), 1),
            "low": round(low, 1),
            "high": round(high, 1),
        }

    def _interval(self, name: str) -> tuple[float, float]:
        """Days drawn with replacement, and for each resample one of the replicates."""
        gaps = np.array(
            [
                np.subtract(two.days[name], one.days[name])
                for one, two in zip(self.base, self.other, strict=True)
            ]
        )
        generator = np.random.default_rng(address_key(self.past.seed, f"what-if/{name}"))
        which = generator.integers(len(gaps), size=RESAMPLES)
        days = generator.integers(gaps.shape[1], size=(RESAMPLES, gaps.shape[1]))
        sums = gaps[which[:, None], days].sum(axis=1)
        low, high = np.percentile(sums, INTERVAL)
        return float(low), float(high)

    def _products(self) -> list[dict[str, Any]]:
        """The products whose amount differs most, then the best sellers."""
        names = hidden.product_names(self.past.chain)
        base, other = _by_product(self.base), _by_product(self.other)
        found: list[dict[str, Any]] = [
            {
                "product": code,
                "name": names.get(code, code),
                "base_units": round(base.get(code, (0, 0))[0], 1),
                "changed_units": round(other.get(code, (0, 0))[0], 1),
                "base_minor": round(base.get(code, (0, 0))[1]),
                "changed_minor": round(other.get(code, (0, 0))[1]),
            }
            for code in sorted({*base, *other})
        ]
        found.sort(key=lambda row: (-abs(row["changed_minor"] - row["base_minor"]), -row["base_minor"]))
        return found[:PRODUCTS_MAX]


def compare(
    directory: Path,
    asked: Asked,
    *,
    replicates: int = REPLICATES,
    progress: Callable[[float], None] = lambda _: None,
) -> Comparison:
    """Run a recording's demand again, as it was and with what is asked.

    Args:
        directory: a recording, or the data of a chain that ran live.
        asked: what is otherwise.
        replicates: runs of each, where demand is estimated or its answer to prices is not certain; else one.
        progress: called with the share done, 0 to 1.

    Raises:
        ConfigError: no recording, or what is asked does not fit it.
    """
    found = past.read(directory, lambda share: progress(share * 0.1))
    estimate = hidden.estimated(found)
    certain = estimate.mean == 0.0 and asked.elasticity.error == 0.0
    times = 1 if certain else replicates
    base, other = [], []
    for number in range(times):
        plain = as_recorded(found, hidden.drawn(estimate, found, number))
        different = changed(plain, asked)
        if asked.prices and (elasticity := _elasticity(asked, number, times)):
            attempts = answer.to_prices(_still(plain, different), different.attempts, elasticity, found.seed)
            different = attrs.evolve(different, attempts=attempts)
        base.append(_outcome(plain))
        progress(0.1 + 0.9 * (number + 0.5) / times)
        other.append(_outcome(different))
        progress(0.1 + 0.9 * (number + 1) / times)
    return Comparison(past=found, asked=asked, hidden=estimate, base=tuple(base), other=tuple(other))


def as_recorded(found: Past, unseen: Iterable[Any] = ()) -> Prepared:
    """The recorded days, to be run again with the customers nobody saw."""
    attempts = sorted((*found.attempts, *unseen), key=lambda each: (each.at_us, each.machine, each.customer))
    return Prepared(
        name=found.scenario,
        chain=found.chain,
        seed=found.seed,
        first=found.first,
        last=found.last,
        settings=found.settings,
        attempts=tuple(attempts),
        baskets=found.baskets,
        plan=Plan(faults=found.faults),
    )


def _still(plain: Prepared, different: Prepared) -> list[Any]:
    """Recorded purchases of the machines that are still there."""
    there = {plan.id for plan in different.chain.machines}
    return [attempt for attempt in plain.attempts if attempt.machine in there]


def _elasticity(asked: Asked, replicate: int, replicates: int) -> float:
    """The declared one, at evenly spread quantiles over the replicates."""
    said = asked.elasticity
    return min(0.0, said.mean + said.error * NormalDist().inv_cdf((replicate + 0.5) / replicates))


def _outcome(prepared: Prepared) -> Outcome:
    counts = Counts(prepared.chain)
    result = run.run(prepared, counts=counts)
    length = (prepared.last - prepared.first).days + 1
    days = {name: [0.0] * length for name in MEASURES}
    products: dict[str, tuple[int, int]] = {}
    numbers = _DayNumbers(prepared.chain, prepared.first.toordinal(), length)
    for row in counts.rows:
        number = numbers.of(row.at_us)
        for name, value in MEASURES.items():
            if amount := value(row):
                days[name][number] += amount
        if row.measure in ("sold", "turnover"):
            units, minor = products.get(row.product, (0, 0))
            sold = row.measure == "sold"
            products[row.product] = (units + row.number * sold, minor + row.number * (not sold))
    return Outcome(
        digest=result.digest,
        ok=result.balanced and not result.invariants.violations,
        days={name: tuple(values) for name, values in days.items()},
        products=products,
    )


class _DayNumbers:
    """Which of the days run a moment belongs to; what ends after the last midnight belongs to the last."""

    def __init__(self, chain: Chain, first: int, length: int) -> None:
        self._zone, self._first, self._length = chain.zone, first, length
        self._known: dict[int, int] = {}

    def of(self, at_us: int) -> int:
        """The day's number from 0."""
        quarter = at_us // 900_000_000
        if (number := self._known.get(quarter)) is None:
            day = datetime.fromtimestamp(quarter * 900, UTC).astimezone(self._zone).toordinal()
            number = self._known[quarter] = min(max(day - self._first, 0), self._length - 1)
        return number


def _totals(outcomes: Sequence[Outcome], name: str) -> list[float]:
    return [sum(outcome.days[name]) for outcome in outcomes]


def _mean(outcomes: Sequence[Outcome], name: str, day: int) -> float:
    return float(np.mean([outcome.days[name][day] for outcome in outcomes]))


def _by_product(outcomes: Sequence[Outcome]) -> dict[str, tuple[float, float]]:
    codes = {code for outcome in outcomes for code in outcome.products}
    return {
        code: (
            float(np.mean([outcome.products.get(code, (0, 0))[0] for outcome in outcomes])),
            float(np.mean([outcome.products.get(code, (0, 0))[1] for outcome in outcomes])),
        )
        for code in codes
    }
