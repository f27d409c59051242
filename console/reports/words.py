"""A report in the words of a language: headings, groups and figures for people."""

from __future__ import annotations

import attrs

from console.i18n import LANGUAGES, catalogue
from console.reports.measures import COUNT, MONEY, SHARE, Value
from console.reports.table import Column, Table
from runtime.errors import ConfigError

NO_DECIMALS = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})
"""Currencies whose minor unit is the unit (ISO 4217)."""
NOTHING = "–"
_WORDS = {"weekday", "tender", "kind", "why"}
"""Dimensions whose keys are words of the catalogue."""


def decimals(currency: str) -> int:
    """Digits after the point of a currency's amounts."""
    return 0 if currency in NO_DECIMALS else 2


def plain(value: Value, unit: str, currency: str) -> Value:
    """A figure as a spreadsheet wants it: money in units, not in minor ones."""
    if unit == MONEY and value is not None:
        return float(value) / 10.0 ** decimals(currency)
    return value


@attrs.frozen
class Words:
    """Headings, keys and figures of a table in one language, of ``LANGUAGES``."""

    table: Table
    language: str

    def __attrs_post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ConfigError(f"language must be one of {', '.join(LANGUAGES)}, not {self.language!r}")

    def text(self, key: str) -> str:
        """A text of the catalogue; the end of its key where it has none."""
        return catalogue(self.language).get(key, key.rpartition(".")[2])

    def title(self) -> str:
        """The report's name."""
        key = f"reports.name.{self.table.report}"
        return catalogue(self.language).get(key, self.table.report or self.text("reports.own"))

    def days(self) -> str:
        """The days it is of, and those it is compared with."""
        said = self.span(self.table.first, self.table.last)
        if self.table.compared is None:
            return said
        return f"{said} · {self.text('reports.compared')} {self.span(*self.table.compared)}"

    def span(self, first: str, last: str) -> str:
        """Two days as one text."""
        return first if first == last else f"{first} – {last}"

    def heading(self, column: Column) -> str:
        """A column's heading, money with its currency."""
        if column.unit == "key":
            return self.text(f"reports.dimension.{column.name}")
        text = self.text(f"reports.measure.{column.name}")
        return f"{text} ({self.table.currency})" if column.unit == MONEY else text

    def headings(self) -> list[str]:
        """Every column's heading."""
        return [self.heading(column) for column in self.table.columns]

    def key(self, dimension: str, key: str) -> str:
        """What a group is called."""
        if dimension in _WORDS and (text := catalogue(self.language).get(f"reports.{dimension}.{key}")):
            return text
        if dimension == "hour":
            return f"{key}:00"
        english, chinese = self.table.titles.get(dimension, {}).get(key, ("", ""))
        name = (english or chinese) if self.language == "en" else (chinese or english)
        return name or key or self.text("reports.unknown")

    def figure(self, value: Value, unit: str) -> str:
        """A figure with its separators."""
        if value is None:
            return NOTHING
        if unit == MONEY:
            digits = decimals(self.table.currency)
            return f"{value / 10**digits:,.{digits}f}"
        if unit == SHARE:
            return f"{value * 100:,.1f} %"
        return f"{value:,}" if unit == COUNT else f"{value:,.2f}"

    def row(self, number: int) -> list[str]:
        """A row's cells."""
        row, keys = self.table.rows[number], self.table.keys
        units = [column.unit for column in self.table.columns]
        return [
            *(
                self.key(column.name, str(cell))
                for column, cell in zip(self.table.columns, row[:keys], strict=False)
            ),
            *(self.figure(cell, unit) for cell, unit in zip(row[keys:], units[keys:], strict=True)),  # type: ignore[arg-type]
        ]

    def total(self) -> list[str]:
        """The cells of the line below all others."""
        keys = self.table.keys
        figures = zip(self.table.totals, self.table.columns[keys:], strict=True)
        first = [self.text("reports.total"), *[""] * (keys - 1)] if keys else []
        return [*first, *(self.figure(value, column.unit) for value, column in figures)]
