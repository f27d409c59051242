"""What reports ask the ledger: sums of sales and tallies, grouped by columns. Only names from here reach SQL.

A question is answered from the smallest table of sums that has its columns (``sums.TABLES``), and from the
lines that are in no sum yet; what is of hours and products at once, from the lines themselves. All of it is
of one moment, read by a connection that can neither write nor checkpoint.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import attrs

from actors.ledger.migrations import VERSION, version_of
from actors.ledger.sums import TABLES
from runtime.errors import ConfigError

COLUMNS = ("business_day", "hour", "place", "product", "tender")
TALLY_COLUMNS = ("business_day", "hour", "place", "product", "why")
ROWS_MAX = 2_000_000
"""Groups read for one question: about 400 MB."""

Keys = tuple[str | int, ...]
Only = Mapping[str, Sequence[str]]
"""Column and the values that count; a column that is not named counts whole."""


SOLD = ("units", "amount_minor", "quantity", "tickets")
"""What is summed of sales. Tickets are receipts: by product they would be counted under the first line's."""

TALLIED = ("times", "units", "amount_minor")


@attrs.frozen
class LedgerReader:
    """A ledger opened for reports; ``reading`` makes one."""

    connection: sqlite3.Connection
    currency: str
    zone: str
    summed: int

    def sold(
        self, sums: Sequence[str], by: Sequence[str], first: date, last: date, only: Only
    ) -> dict[Keys, list[int]]:
        """Sums of the sales on these business days, by columns.

        Args:
            sums: of ``SOLD``.
            by: of ``COLUMNS``.
            first: the first business day.
            last: the last, inclusive.
            only: sales that count.

        Raises:
            ConfigError: more than ``ROWS_MAX`` groups.
        """
        table = _table({*by, *only}, sums)
        inside = tuple(column for column in COLUMNS if column in by)
        groups: dict[Keys, list[int]] = {}
        parts = [(table, "")] if table == "sale_line" else [(table, ""), ("sale_line", "id > ?")]
        for name, condition in parts:
            summed = _sums(name, sums)
            values: list[str | int] = [first.isoformat(), last.isoformat()]
            where = "business_day BETWEEN ? AND ?"
            if condition:
                where, values = f"{condition} AND {where}", [self.summed, *values]
            where += self._only(only, COLUMNS)
            sql = f"SELECT {', '.join((*inside, *summed))} FROM {name} WHERE {where}"
            self._add(groups, sql + _group_by(inside), values, inside, by, len(sums))
        return groups

    def tallied(
        self, what: str, by: Sequence[str], first: date, last: date, only: Only, but: Sequence[str] = ()
    ) -> dict[Keys, list[int]]:
        """Times, units and amount of one kind of tally (``tallies``), by columns, but for some places."""
        groups: dict[Keys, list[int]] = {}
        inside = tuple(column for column in TALLY_COLUMNS if column in by)
        sums = tuple(f"sum({name})" for name in TALLIED)
        where = "business_day BETWEEN ? AND ? AND what = ?" + self._only(only, TALLY_COLUMNS)
        if but:
            where += f" AND place NOT IN ({', '.join('?' * len(but))})"
        sql = f"SELECT {', '.join((*inside, *sums))} FROM tally WHERE {where}" + _group_by(inside)
        self._add(groups, sql, [first.isoformat(), last.isoformat(), what, *but], inside, by, len(sums))
        return groups

    def first_day(self) -> date | None:
        """The business day of the first fact; None of an empty ledger."""
        row = self.connection.execute("SELECT business_day FROM fact ORDER BY id LIMIT 1").fetchone()
        return None if row is None else date.fromisoformat(row[0])

    def last_day(self) -> date | None:
        """The business day of the newest fact; None of an empty ledger."""
        row = self.connection.execute("SELECT business_day FROM fact ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None else date.fromisoformat(row[0])

    def _only(self, only: Only, columns: Sequence[str]) -> str:
        """Put the values that count into tables of their own; the conditions that name them."""
        conditions = ""
        for column, values in only.items():
            assert column in columns, column
            self.connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS only_{column} (value PRIMARY KEY)")
            self.connection.execute(f"DELETE FROM only_{column}")
            rows = ((value,) for value in values)
            self.connection.executemany(f"INSERT OR IGNORE INTO only_{column} VALUES (?)", rows)
            conditions += f" AND {column} IN (SELECT value FROM only_{column})"
        return conditions

    def _add(
        self,
        groups: dict[Keys, list[int]],
        sql: str,
        values: Sequence[str | int],
        inside: Sequence[str],
        by: Sequence[str],
        sums: int,
    ) -> None:
        places = [inside.index(column) for column in by]
        for row in self.connection.execute(sql, values):
            if row[-1] is None:
                return  # sums of no rows
            key = tuple(row[place] for place in places)
            if (kept := groups.get(key)) is None:
                if len(groups) >= ROWS_MAX:
                    raise ConfigError(
                        f"report must have at most {ROWS_MAX} groups: choose fewer days or places"
                    )
                groups[key] = [*row[-sums:]]
            else:
                for number, value in enumerate(row[-sums:]):
                    kept[number] += value


def _table(columns: set[str], sums: Sequence[str]) -> str:
    """The smallest table that has these columns and sums."""
    for name in ("sold_product", "sold_day", "sold", "sold_hour"):
        key, has = TABLES[name]
        if columns <= set(key) and set(sums) <= {sum for sum, _ in has}:
            return name
    return "sale_line"


def _sums(name: str, sums: Sequence[str]) -> tuple[str, ...]:
    """The sums as a table has them: a line has one ticket or none."""
    return tuple(
        "sum(ticket)" if name == "sale_line" and each == "tickets" else f"sum({each})" for each in sums
    )


def _group_by(columns: Sequence[str]) -> str:
    return f" GROUP BY {', '.join(columns)}" if columns else ""


@contextmanager
def reading(ledger: Path) -> Iterator[LedgerReader]:
    """Open a ledger file for reports, as it is at this moment.

    Raises:
        ConfigError: it is not there, or not a ledger of this version.
    """
    if not ledger.is_file():
        raise ConfigError(f"{ledger}: ledger must be an existing file")
    address = ledger.absolute().as_uri() + "?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            if (version := version_of(connection, str(ledger))) != VERSION:
                raise ConfigError(f"{ledger}: ledger version must be {VERSION}, not {version}")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("BEGIN")
            row = connection.execute("SELECT currency, zone, lines_summed FROM meta").fetchone()
            yield LedgerReader(connection, *row)
    except sqlite3.DatabaseError as error:
        raise ConfigError(f"{ledger}: ledger must be a Hawker ledger that can be read: {error}") from None
