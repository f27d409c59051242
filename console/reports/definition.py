"""What a report is: measures by dimensions over some business days, checked before anything is read.

No one writes SQL: a report names measures and dimensions, and each name stands in a table here.
"""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import msgspec

from console.reports.dimensions import DIMENSIONS
from console.reports.measures import MEASURES
from runtime.errors import ConfigError

DIMENSIONS_MAX, MEASURES_MAX, VALUES_MAX = 3, 12, 500
DAYS_MAX = 3_660
LIMIT_MAX = 100_000
COMPARISONS = ("", "previous", "week", "year")
"""With nothing; as many days right before; seven days earlier; 52 weeks earlier, so that weekdays match."""
_NAME_MAX = 80


class ReportError(ConfigError):
    """A report that cannot be: ``field`` is the part of it that is wrong, ``rule`` what must hold."""

    def __init__(self, field: str, rule: str, found: object) -> None:
        super().__init__(f"report: {field} must be {rule}, not {found!r}")
        self.field, self.rule = field, rule


class Definition(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A report without its days.

    Attributes:
        measures: of ``MEASURES``.
        dimensions: of ``DIMENSIONS``; () is one row of everything.
        filters: dimension and the groups of it that count.
        sort: a measure or dimension, with "-" before it from large to small; "" time forward, else the first
            measure from large to small.
        limit: rows at most.
    """

    measures: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    filters: dict[str, tuple[str, ...]] = {}
    sort: str = ""
    limit: int = LIMIT_MAX

    def checked(self) -> Definition:
        """Itself; raises ReportError naming the part that is wrong."""
        _listed("measures", self.measures, tuple(MEASURES), MEASURES_MAX, least=1)
        _listed("dimensions", self.dimensions, tuple(DIMENSIONS), DIMENSIONS_MAX, least=0)
        self._filters()
        for name in self.measures:
            self._possible(name)
        if (by := self.sort.removeprefix("-")) and by not in (*self.measures, *self.dimensions):
            raise ReportError("sort", "a measure or dimension of the report, or -NAME", self.sort)
        if not 1 <= self.limit <= LIMIT_MAX:
            raise ReportError("limit", f"1 to {LIMIT_MAX}", self.limit)
        return self

    def _filters(self) -> None:
        able = tuple(name for name, each in DIMENSIONS.items() if each.filtered)
        for name, values in self.filters.items():
            if name not in able:
                raise ReportError("filters", f"of {', '.join(able)}", name)
            if not 1 <= len(values) <= VALUES_MAX:
                raise ReportError("filters", f"1 to {VALUES_MAX} values of {name}", len(values))

    def _possible(self, name: str) -> None:
        able = MEASURES[name].columns
        for part, wanted in (("dimensions", self.dimensions), ("filters", tuple(self.filters))):
            for dimension in wanted:
                if DIMENSIONS[dimension].column not in able:
                    having = ", ".join(each for each, its in DIMENSIONS.items() if its.column in able)
                    raise ReportError(part, f"of {having} with measure {name}", dimension)


@attrs.frozen
class Days:
    """The business days of a report, both inclusive; raises ReportError if they are in no order."""

    first: date
    last: date

    def __attrs_post_init__(self) -> None:
        if self.last < self.first:
            raise ReportError("to", f"from {self.first} on", self.last.isoformat())
        if self.count > DAYS_MAX:
            raise ReportError("to", f"at most {DAYS_MAX} days from {self.first}", self.last.isoformat())

    @property
    def count(self) -> int:
        """How many days they are."""
        return (self.last - self.first).days + 1

    def earlier(self, comparison: str) -> Days | None:
        """The days that a report of these is compared with; None if with none."""
        if comparison not in COMPARISONS:
            raise ReportError("compare", f"one of {', '.join(COMPARISONS[1:])}", comparison)
        shift = {"": 0, "previous": self.count, "week": 7, "year": 364}[comparison]
        if not shift:
            return None
        try:
            return Days(self.first - timedelta(days=shift), self.last - timedelta(days=shift))
        except OverflowError:
            raise ReportError("from", "after the first days of the calendar", str(self.first)) from None


def _listed(part: str, names: tuple[str, ...], known: tuple[str, ...], most: int, *, least: int) -> None:
    if not least <= len(names) <= most:
        raise ReportError(part, f"{least} to {most}", len(names))
    for name in names:
        if name not in known:
            raise ReportError(part, f"of {', '.join(known)}", name[:_NAME_MAX])
    if len(set(names)) != len(names):
        raise ReportError(part, "named once each", ", ".join(names))


def _standard(dimension: str, *measures: str, sort: str = "", limit: int = LIMIT_MAX) -> Definition:
    dimensions = (dimension,) if dimension else ()
    return Definition(measures=measures, dimensions=dimensions, sort=sort, limit=limit).checked()


STANDARD: dict[str, Definition] = {
    "sales": _standard("day", "units", "amount_minor", "tickets", "average_ticket_minor"),
    "hours": _standard("hour", "units", "amount_minor", "tickets"),
    "places": _standard(
        "place", "amount_minor", "share", "units", "tickets", "average_ticket_minor", "lost_share"
    ),
    "products": _standard("product", "amount_minor", "share", "units", "average_price_minor"),
    "slow-sellers": _standard("product", "units", "stock", "turnover", sort="units", limit=50),
    "categories": _standard("category", "amount_minor", "share", "units"),
    "payments": _standard("tender", "amount_minor", "share", "tickets", "average_ticket_minor"),
    "profit": _standard("product", "amount_minor", "cost_minor", "profit_minor", "margin"),
    "turnover": _standard("product", "units", "stock", "turnover", sort="-turnover"),
    "lost": _standard("place", "lost_units", "lost_share", "stock_out_units", "failed_units"),
    "over-short": _standard(
        "place", "visits", "collected_minor", "over_short_minor", "flagged_minor", "returned_minor",
        sort="over_short_minor",
    ),
    "shrinkage": _standard("product", "spoilt_units", "unpaid_units", "restocked_units"),
}  # fmt: skip
"""Reports that everybody has, by name. What each says stands in the catalogue, ``reports.name.NAME``."""
