"""Sale lines and the sums that reports read: entered with their facts, in the same transaction.

A line is written at once. Every ``LINES_AT_ONCE`` lines are added to the tables of sums, one statement
each, and ``meta.lines_summed`` notes up to which line: what a report reads is those sums and the few lines
after them (``hawker bench reports`` measures both).
"""

from __future__ import annotations

import sqlite3
from typing import Any

from actors.ledger.sale_lines import RULES as _SELLING
from actors.ledger.tallies import RULES as _COUNTING
from actors.machine.messages import VendCompleted
from runtime.many_rows import ManyRows
from runtime.message import wire_of
from runtime.wire import decode

LINES_AT_ONCE = 10_000
FACTS_AT_ONCE = 5_000
HOUR_US = 3_600_000_000

ENTERED: frozenset[type] = frozenset((*_SELLING, *_COUNTING))
"""Facts that are entered here; all others have no lines and no tallies."""

TABLES: dict[str, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    "sold": (
        ("business_day", "product", "place", "tender"),
        (("units", "units"), ("amount_minor", "amount_minor"), ("quantity", "quantity")),
    ),
    "sold_product": (
        ("business_day", "product", "tender"),
        (("units", "units"), ("amount_minor", "amount_minor"), ("quantity", "quantity")),
    ),
    "sold_day": (
        ("business_day", "place", "tender"),
        (("units", "units"), ("amount_minor", "amount_minor"), ("tickets", "ticket")),
    ),
    "sold_hour": (
        ("business_day", "hour", "place", "tender"),
        (("units", "units"), ("amount_minor", "amount_minor"), ("tickets", "ticket")),
    ),
}
"""Table of sums: its key, and each sum with the line's column that it adds up."""

_LINES = ManyRows("sale_line", "NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?")
LINE_COLUMNS = 10
"""Values of a line: all columns but its number."""
_ADD_TALLY = (
    "INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET times = times + "
    "excluded.times, units = units + excluded.units, amount_minor = amount_minor + excluded.amount_minor"
)

TallyKey = tuple[str, str, str, str, str, int]
"""Business day, what, place, product, why, hour since 1970 UTC."""


def summing(table: str, lines: str) -> str:
    """The statement that adds up lines (a condition) by the key of a table of sums."""
    key, columns = TABLES[table]
    sums = ", ".join(f"sum({column})" for _, column in columns)
    grouped = ", ".join(key)
    return f"SELECT {grouped}, {sums} FROM sale_line WHERE {lines} GROUP BY {grouped}"


def _adding(table: str) -> str:
    _, columns = TABLES[table]
    changes = ", ".join(f"{name} = {name} + excluded.{name}" for name, _ in columns)
    return f"INSERT INTO {table} {summing(table, 'id > ? AND id <= ?')} ON CONFLICT DO UPDATE SET {changes}"


_ADDING = {table: _adding(table) for table in TABLES}


class Sums:
    """Enters facts; ``write`` puts what was entered into the tables.

    Args:
        connection: the writer's; everything happens in its transaction.

    Attributes:
        lines: values of the lines entered and not written, one after another.
        tallies: times, units and amount of the tallies entered and not written.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.load()

    def load(self) -> None:
        """Begin with what the tables hold; what was entered and not written is forgotten."""
        self.lines: list[Any] = []
        self.tallies: dict[TallyKey, list[int]] = {}
        self._newest: dict[str, int] = {}
        (self._summed,) = self._connection.execute("SELECT lines_summed FROM meta").fetchone()
        (self._last,) = self._connection.execute("SELECT ifnull(max(id), 0) FROM sale_line").fetchone()

    def enter(self, id: int, source: str, fact: Any, day: str, at_us: int) -> None:
        """Note the lines and tallies of a fact; ``id`` is its number in the ledger."""
        kind, hour = type(fact), at_us // HOUR_US
        if (selling := _SELLING.get(kind)) is not None and (sold := selling(source, fact)):
            ticket = self._ticket(id, sold[0][0], fact) if kind is VendCompleted else 1
            for line in sold:
                place, product, tender, units, amount, quantity = line
                self.lines += (id, place, product, tender, units, amount, day, hour, quantity, ticket)
                ticket = 0
        elif (counting := _COUNTING.get(kind)) is not None:
            for what, place, product, why, units, amount in counting(source, fact):
                tally = self.tallies.setdefault((day, what, place, product, why, hour), [0, 0, 0])
                tally[0] += 1
                tally[1] += units
                tally[2] += amount

    def _ticket(self, id: int, machine: str, fact: VendCompleted) -> int:
        """1 for the first unit that fell of a machine's sale, else 0: there are as many as receipts."""
        if not fact.unit:
            first = True
        elif (newest := self._newest.get(machine)) is not None:
            first = newest != fact.sale
        else:
            first = self._earlier(id, machine) != fact.sale
        self._newest[machine] = fact.sale
        return int(first)

    def _earlier(self, before: int, machine: str) -> int:
        """The sale of the machine's paid vend before a fact, 0 if none; asked at most once after a start."""
        sql = (
            "SELECT fact.body FROM sale_line JOIN fact ON fact.id = sale_line.fact "
            "WHERE sale_line.fact < ? AND place = ? ORDER BY sale_line.id DESC LIMIT 1"
        )
        row = self._connection.execute(sql, (before, machine)).fetchone()
        return 0 if row is None else int(decode(row[0]).sale)

    def write(self) -> None:
        """Insert what was entered, and add up the lines if there are enough."""
        if self.tallies:
            rows = [(*key, *tally) for key, tally in self.tallies.items()]
            self._connection.executemany(_ADD_TALLY, rows)
            self.tallies.clear()
        if self.lines:
            _LINES.insert(self._connection, self.lines)
            self._last += len(self.lines) // LINE_COLUMNS
            self.lines.clear()
            if self._last - self._summed >= LINES_AT_ONCE:
                self.add_up()

    def add_up(self) -> None:
        """Add the lines that are in no sum yet to the tables of sums."""
        for statement in _ADDING.values():
            self._connection.execute(statement, (self._summed, self._last))
        self._connection.execute("UPDATE meta SET lines_summed = ?", (self._last,))
        self._summed = self._last


def rebuild(connection: sqlite3.Connection) -> None:
    """Make lines, tallies and sums anew from the facts, in the caller's transaction."""
    for table in ("sale_line", "tally", *TABLES):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("UPDATE meta SET lines_summed = 0")
    sums = Sums(connection)
    tags = tuple(sorted(wire_of(kind).tag for kind in ENTERED))
    places = ", ".join("?" * len(tags))
    rows = connection.execute(
        f"SELECT id, source, body, business_day, at_us FROM fact WHERE kind IN ({places}) ORDER BY id", tags
    )
    while some := rows.fetchmany(FACTS_AT_ONCE):
        for id, source, body, day, at_us in some:
            sums.enter(id, source, decode(body), day, at_us)
        sums.write()
    sums.add_up()
