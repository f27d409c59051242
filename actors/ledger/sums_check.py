"""Are lines, tallies and sums what the facts say? The part of ``check`` for what reports read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from actors.ledger.sums import ENTERED, LINE_COLUMNS, TABLES, Sums, TallyKey, summing


class SumsCheck:
    """Hears every fact in order, and compares at the end.

    Args:
        connection: a reader's.
        violated: told what is wrong, one sentence each; a table says so once.
    """

    def __init__(self, connection: sqlite3.Connection, violated: Callable[[str], None]) -> None:
        self._execute = connection.execute
        self._violated = violated
        self._sums = Sums(connection)
        self._kept: Iterator[tuple[Any, ...]] = self._execute("SELECT * FROM sale_line ORDER BY id")
        self._lines_hold = True

    def hear(self, id: int, source: str, fact: object, day: str, at_us: int) -> None:
        """Take the next fact and compare its lines."""
        if type(fact) not in ENTERED:
            return
        self._sums.enter(id, source, fact, day, at_us)
        lines = self._sums.lines
        for at in range(0, len(lines), LINE_COLUMNS):
            kept = next(self._kept, None)
            if self._lines_hold and (kept is None or kept[1:] != tuple(lines[at : at + LINE_COLUMNS])):
                self._lines_hold = False
                self._violated(f"sale lines of fact {id} must be those of the fact, they are not")
        lines.clear()

    def end(self) -> None:
        """Compare what needs all facts: surplus lines, tallies, sums."""
        if self._lines_hold and (kept := next(self._kept, None)) is not None:
            self._violated(f"sale line {kept[0]} must have its fact, it is one too many")
        self._tallies()
        for table in TABLES:
            self._table(table)

    def _tallies(self) -> None:
        told: dict[TallyKey, list[int]] = self._sums.tallies
        rows = self._execute("SELECT * FROM tally")
        kept = {row[:6]: list(row[6:]) for row in rows}
        for key in sorted(told.keys() | kept.keys()):
            if told.get(key) != kept.get(key):
                said, found = told.get(key), kept.get(key)
                self._violated(f"tally {key} must be {said} as its facts say, not {found}")
                return

    def _table(self, table: str) -> None:
        (summed,) = self._execute("SELECT lines_summed FROM meta").fetchone()
        lines, kept = summing(table, "id <= ?"), f"SELECT * FROM {table}"
        for one, other in ((f"{lines} EXCEPT {kept}", "has not"), (f"{kept} EXCEPT {lines}", "has")):
            if (row := self._execute(f"{one} LIMIT 1", (summed,)).fetchone()) is not None:
                self._violated(f"{table} must be the sums of the lines up to {summed}, it {other} {row}")
                return
