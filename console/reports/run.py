"""A report run: its parts read from the ledger, brought to its groups, worked out, sorted, cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import attrs

from actors.ledger.report_queries import LedgerReader
from console.reports.costs import Costs
from console.reports.definition import Days, Definition
from console.reports.dimensions import DIMENSIONS, KeyOf, key_of, values_of
from console.reports.measures import MEASURES, Part, Value
from console.reports.names import Names, Title
from console.reports.table import Cell, Column, Table

Keys = tuple[str, ...]
Groups = dict[Keys, dict[Part, int]]
GRAMS = 1_000
SELLING = ("machine", "store")
NAMED = ("place", "site", "district", "product")
"""Dimensions whose keys are codes that the chain has names for."""


@attrs.frozen(kw_only=True)
class Runner:
    """Runs reports of one chain.

    Attributes:
        reader: its ledger.
        names: what it calls things.
        costs: what its goods cost.
        places: all that may count; None: no limit.
    """

    reader: LedgerReader
    names: Names
    costs: Costs = attrs.field(factory=Costs)
    places: frozenset[str] | None = None

    def run(self, name: str, definition: Definition, days: Days, compare: str = "") -> Table:
        """The table of a report.

        Args:
            name: what to call it.
            definition: checked here.
            days: its business days.
            compare: of ``COMPARISONS``.

        Raises:
            ReportError: the definition cannot be.
            ConfigError: it has too many groups.
        """
        definition.checked()
        earlier = days.earlier(compare)
        measures = [MEASURES[each] for each in definition.measures]
        now = _Gathering(self, definition, days, 0).groups()
        shift = 0 if earlier is None else (days.first - earlier.first).days
        then = {} if earlier is None else _Gathering(self, definition, earlier, shift).groups()
        totals, totals_then = _summed(now.values()), _summed(then.values())

        def worked_out(parts: dict[Part, int], of: dict[Part, int]) -> list[Value]:
            return [
                measure.formula(
                    [parts.get(p, 0) for p in measure.parts], [of.get(p, 0) for p in measure.parts]
                )
                for measure in measures
            ]

        figures = {keys: worked_out(now.get(keys, {}), totals) for keys in dict.fromkeys((*now, *then))}
        ordered = _ordered(definition, figures)[: definition.limit]
        rows: list[list[Cell]] = [[*keys, *figures[keys]] for keys in ordered]
        compared = earlier is not None
        return Table(
            report=name,
            first=days.first.isoformat(),
            last=days.last.isoformat(),
            currency=self.reader.currency,
            columns=(
                *(Column(each, "key") for each in definition.dimensions),
                *(Column(measure.name, measure.unit) for measure in measures),
            ),
            rows=rows,
            totals=worked_out(totals, totals),
            groups=len(figures),
            titles=self._titles(definition, ordered),
            compared=None if earlier is None else (earlier.first.isoformat(), earlier.last.isoformat()),
            before=[worked_out(then.get(keys, {}), totals_then) for keys in ordered] if compared else None,
            totals_before=worked_out(totals_then, totals_then) if compared else None,
        )

    def _titles(self, definition: Definition, ordered: list[Keys]) -> dict[str, dict[str, Title]]:
        named = [(n, each) for n, each in enumerate(definition.dimensions) if each in NAMED]
        return {each: {keys[n]: self.names.title(each, keys[n]) for keys in ordered} for n, each in named}


class _Gathering:
    """The parts of one run over some days, by group."""

    def __init__(self, runner: Runner, definition: Definition, days: Days, shift_days: int) -> None:
        self.reader, self.names, self.costs = runner.reader, runner.names, runner.costs
        self.days = days
        self.columns = [DIMENSIONS[each].column for each in definition.dimensions]
        zone = self.reader.zone
        self.keys = [_once(key_of(each, self.names, zone, shift_days)) for each in definition.dimensions]
        self.parts = dict.fromkeys(part for each in definition.measures for part in MEASURES[each].parts)
        self.only = self._chosen(definition, runner.places)
        self.found: Groups = {}

    def _chosen(self, definition: Definition, places: frozenset[str] | None) -> dict[str, tuple[str, ...]]:
        chosen: dict[str, set[str]] = {} if places is None else {"place": set(places)}
        for name, values in definition.filters.items():
            column = DIMENSIONS[name].column
            some = set(values_of(name, frozenset(values), self.names))
            chosen[column] = chosen[column] & some if column in chosen else some
        return {column: tuple(sorted(values)) for column, values in chosen.items()}

    def groups(self) -> Groups:
        """Read every part once."""
        sold = [part for part in self.parts if part.source == "sold"]
        for some in (
            [part for part in sold if part.sum == "quantity"],
            [part for part in sold if part.sum != "quantity"],
        ):
            if some:
                self._sold(some)
        by_source: dict[tuple[str, tuple[str, ...]], list[Part]] = {}
        for part in self.parts:
            if part.source != "sold":
                by_source.setdefault((part.source, part.why), []).append(part)
        for (source, why), parts in by_source.items():
            if source == "cost":
                self._cost(parts)
            elif source == "stock":
                self._stock(parts)
            else:
                self._tallied(source, why, parts)
        return self.found

    def _by(self, *also: str) -> list[str]:
        return [*dict.fromkeys((*self.columns, *also))]

    def _group(self, by: Sequence[str], values: Sequence[str | int]) -> dict[Part, int]:
        row = dict(zip(by, values, strict=True))
        keys = tuple(key(row[column]) for column, key in zip(self.columns, self.keys, strict=True))
        return self.found.setdefault(keys, {})

    def _sold(self, parts: list[Part]) -> None:
        by = self._by()
        sums = [*dict.fromkeys(part.sum for part in parts)]
        rows = self.reader.sold(sums, by, self.days.first, self.days.last, self.only)
        for values, found in rows.items():
            group = self._group(by, values)
            for part in parts:
                group[part] = group.get(part, 0) + found[sums.index(part.sum)]

    def _tallied(self, what: str, why: tuple[str, ...], parts: list[Part]) -> None:
        by, only = self._by(), self.only | ({"why": why} if why else {})
        rows = self.reader.tallied(what, by, self.days.first, self.days.last, only)
        for values, (times, units, amount) in rows.items():
            group = self._group(by, values)
            sums = {"times": times, "units": units, "amount_minor": amount}
            for part in parts:
                group[part] = group.get(part, 0) + sums[part.sum]

    def _cost(self, parts: list[Part]) -> None:
        """Quantities by product, and by day where a cost changed meanwhile."""
        first, last = self.days.first, self.days.last
        changed = any(since[-1] > first.isoformat() for since, _ in self.costs.by_product.values())
        by = self._by("product", *(("business_day",) if changed else ()))
        product, day = by.index("product"), by.index("business_day") if "business_day" in by else -1
        for values, (quantity,) in self.reader.sold(("quantity",), by, first, last, self.only).items():
            code = str(values[product])
            cost = self.costs.cost_minor(code, str(values[day]) if day >= 0 else last.isoformat())
            sums = {
                "minor": self._of(code, quantity, cost or 0),
                "unknown": 0 if cost is not None else quantity,
            }
            group = self._group(by, values)
            for part in parts:
                group[part] = group.get(part, 0) + sums[part.sum]

    def _of(self, product: str, quantity: int, cost_minor: int) -> int:
        """What a quantity cost, rounded half up where it was weighed."""
        names = self.names.products.get(product)
        if names is None or not names.weighed:
            return quantity * cost_minor
        return (2 * quantity * cost_minor + GRAMS) // (2 * GRAMS)

    def _stock(self, parts: list[Part]) -> None:
        """What moved goods until then, less what was sold until then; of places that sell."""
        by = self._by()
        but = [place for place, its in self.names.places.items() if its.kind not in SELLING]
        start = self.days.first - timedelta(days=1) if self.days.first > date.min else date.min
        for part in parts:
            last = start if part.sum == "start" else self.days.last
            moved = self.reader.tallied("stock", by, date.min, last, self.only, but)
            sold = self.reader.sold(("quantity",), by, date.min, last, self.only)
            for rows, number, sign in ((moved, 1, 1), (sold, 0, -1)):
                for values, sums in rows.items():
                    group = self._group(by, values)
                    group[part] = group.get(part, 0) + sign * sums[number]


def _once(key: KeyOf) -> KeyOf:
    """The same, each value looked up once."""
    known: dict[str | int, str] = {}

    def looked_up(value: str | int) -> str:
        if (found := known.get(value)) is None:
            found = known[value] = key(value)
        return found

    return looked_up


def _summed(groups: Iterable[dict[Part, int]]) -> dict[Part, int]:
    totals: dict[Part, int] = {}
    for parts in groups:
        for part, value in parts.items():
            totals[part] = totals.get(part, 0) + value
    return totals


def _ordered(definition: Definition, figures: dict[Keys, list[Value]]) -> list[Keys]:
    """Groups in the order asked for; those without a figure come last, equal ones by their keys."""
    keyed = sorted(figures)
    by = definition.sort
    if not by:
        if not definition.dimensions or DIMENSIONS[definition.dimensions[0]].of_time:
            return keyed
        by = f"-{definition.measures[0]}"
    name, largest_first = by.removeprefix("-"), by.startswith("-")
    if name in definition.dimensions:
        number = definition.dimensions.index(name)
        return sorted(keyed, key=lambda keys: keys[number], reverse=largest_first)
    column = definition.measures.index(name)
    known = [(value, keys) for keys in keyed if (value := figures[keys][column]) is not None]
    known.sort(key=lambda each: each[0], reverse=largest_first)
    return [keys for _, keys in known] + [keys for keys in keyed if figures[keys][column] is None]
