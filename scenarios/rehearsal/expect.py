"""What a scenario expects: ``[[expect]]`` of a file, its rules, and its verdict on what was counted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from scenarios.chain import Chain
from scenarios.rehearsal import places
from scenarios.rehearsal.expect_counts import MEASURES, Counts, Filter
from scenarios.rehearsal.places import places_rule
from scenarios.rehearsal.rows import row_of
from scenarios.rehearsal.times import EVERY_DAY, Days, times_rule

FILTERS = ("measure", "where", "on", "from", "to", "products", "tender", "reason")


@attrs.frozen(kw_only=True)
class Expectation:
    """Something the scenario says must come out."""

    name: str
    expected: str
    actual: str
    ok: bool


@attrs.frozen(kw_only=True)
class Counted:
    """Which facts count, as a file writes it.

    Attributes:
        measure: a word of ``MEASURES``.
        where, on, begins, ends: as a fault has them; the time is that of the fact.
        products, tender: which sales.
        reason: why units were lost, which alarms, how commands ended.
    """

    measure: str
    where: tuple[str, ...] = ("all",)
    on: tuple[str, ...] = (EVERY_DAY,)
    begins: str = "00:00"
    ends: str = "24:00"
    products: tuple[str, ...] = ()
    tender: str = ""
    reason: str = ""

    def checked(self) -> str:
        """Which rule it breaks by itself; "" none."""
        if self.measure not in MEASURES:
            return f"measure: must be one of {', '.join(MEASURES)}, not {self.measure!r}"
        return places_rule(self.where) or times_rule(self.on, self.begins, self.ends)


@attrs.frozen(kw_only=True)
class ExpectRow(Counted):
    """One table of ``[[expect]]``: a measure, or its ratio to another, between bounds.

    Attributes:
        name_en, name_zh: what is expected, in a sentence.
        min, max: bounds, inclusive.
        about: the value expected, with ``within`` as its tolerance: a number, or a share such as "5%".
        compared_with: the measure is divided by this one; keys left out are the same.
    """

    name_en: str
    name_zh: str = ""
    min: float | None = None
    max: float | None = None
    about: float | None = None
    within: str | int | float = 0
    compared_with: dict[str, Any] = attrs.Factory(dict)

    def checked(self) -> str:
        """Which rule it breaks by itself; "" none."""
        if why := super().checked():
            return why
        if self.about is None and self.min is None and self.max is None:
            return "min, max or about: at least one must be given"
        if self.about is not None and (self.min is not None or self.max is not None):
            return "about: must not be given together with min or max"
        if self.about is None and self.within:
            return "within: must be left out without about"
        if tolerance(1.0, self.within) is None:
            return f'within: must be a number >= 0 or a share such as "5%", not {self.within!r}'
        for key in self.compared_with:
            if key not in FILTERS:
                return f"compared_with: keys must be among {', '.join(FILTERS)}, not {key!r}"
        return ""

    def other(self, where: str) -> Counted | None:
        """What it is divided by; raises ConfigError."""
        if not self.compared_with:
            return None
        mine: dict[str, Any] = {
            "measure": self.measure,
            "where": list(self.where),
            "on": list(self.on),
            "from": self.begins,
            "to": self.ends,
            "products": list(self.products),
            "tender": self.tender,
            "reason": self.reason,
        }
        return row_of(f"{where}: compared_with", mine | self.compared_with, Counted)

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and greatest value that holds."""
        if self.about is not None:
            room = tolerance(self.about, self.within) or 0.0
            return self.about - room, self.about + room
        return (
            -math.inf if self.min is None else self.min,
            math.inf if self.max is None else self.max,
        )

    @property
    def expected(self) -> str:
        """The bounds, for people."""
        if self.about is not None:
            return f"{self.about:g} ± {self.within}" if self.within else f"{self.about:g}"
        if self.min is not None and self.max is not None:
            return f"{self.min:g}" if self.min == self.max else f"{self.min:g} to {self.max:g}"
        return f"at least {self.min:g}" if self.min is not None else f"at most {self.max:g}"


def tolerance(about: float, within: str | int | float) -> float | None:
    """How far from a value another may be; None for a text that says no tolerance."""
    try:
        if isinstance(within, str) and within.endswith("%"):
            room = abs(about) * float(within[:-1]) / 100
        else:
            room = float(within)
    except ValueError:
        return None
    return room if room >= 0.0 and math.isfinite(room) else None


@attrs.frozen(kw_only=True)
class Expected:
    """An expectation put upon a chain: what is counted, and what it is divided by."""

    row: ExpectRow
    counted: Filter
    by: Filter | None

    def verdict(self, counts: Counts) -> Expectation:
        """Whether it holds."""
        value = float(counts.sum(self.counted))
        if self.by is not None:
            other = counts.sum(self.by)
            value = value / other if other else math.nan
        low, high = self.row.bounds
        actual = (
            "nothing to compare with"
            if math.isnan(value)
            else f"{value:.4g}"
            if value % 1
            else f"{value:.0f}"
        )
        return Expectation(
            name=self.row.name_en, expected=self.row.expected, actual=actual, ok=low <= value <= high
        )


def planned(
    where: str, rows: Iterable[ExpectRow], chain: Chain, days: Days, asked: Mapping[str, float]
) -> tuple[Expected, ...]:
    """Every expectation of a run; raises ConfigError for places or products that the chain does not have."""
    found = []
    for number, row in enumerate(rows, 1):
        at = f"{where}: expect {row.name_en or number!r}"
        other = row.other(at)
        found.append(
            Expected(
                row=row,
                counted=_filter(at, row, chain, days, asked),
                by=None if other is None else _filter(at, other, chain, days, asked),
            )
        )
    return tuple(found)


def _filter(at: str, row: Counted, chain: Chain, days: Days, asked: Mapping[str, float]) -> Filter:
    everywhere = "all" in row.where
    named = [plan.id for plan in places.machines(row.where, chain)]
    named += [plan.id for plan in places.stores(row.where, chain)]
    if not everywhere:
        places.must_have(at, row.where, named, chain)
    always = (row.begins, row.ends) == ("00:00", "24:00") and EVERY_DAY in row.on
    return Filter(
        measure=row.measure,
        places=None if everywhere else frozenset(named),
        windows=None if always else tuple(days.windows(row.on, row.begins, row.ends)),
        products=places.products(at, row.products, chain, asked),
        tender=row.tender,
        reason=row.reason,
    )
