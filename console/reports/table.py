"""What a report says: rows of keys and figures, with totals and the figures they are compared with."""

from __future__ import annotations

import msgspec

from console.reports.measures import Value
from console.reports.names import Title

Cell = str | int | float | None


class Column(msgspec.Struct, frozen=True):
    """A heading. ``unit``: "key" for a dimension, else as a measure's."""

    name: str
    unit: str


class Table(msgspec.Struct, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """A report's answer.

    Attributes:
        report: its name; "" if it has none.
        first, last: business days, inclusive.
        compared: the days of ``before``, if any.
        columns: the dimensions, then the measures.
        rows: a key for each dimension and a figure for each measure; money in minor units, shares of 1.
        before: the figures of each row at the earlier time.
        totals: each measure over all groups, also those beyond the limit; the same of ``before``.
        groups: how many there were before the limit.
        titles: by dimension, what the chain calls its keys in English and Chinese.
    """

    report: str
    first: str
    last: str
    currency: str
    columns: tuple[Column, ...]
    rows: list[list[Cell]]
    totals: list[Value]
    groups: int
    titles: dict[str, dict[str, Title]]
    compared: tuple[str, str] | None = None
    before: list[list[Value]] | None = None
    totals_before: list[Value] | None = None

    @property
    def keys(self) -> int:
        """How many of the columns are dimensions."""
        return sum(column.unit == "key" for column in self.columns)
