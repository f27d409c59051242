"""Rows go in as they were given, whatever their number."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from runtime.many_rows import ROWS, ManyRows


@pytest.mark.parametrize("count", [0, 1, ROWS - 1, ROWS, ROWS + 1, 5 * ROWS + 3])
def test_every_row_is_inserted_once_and_in_order(count: int) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, word TEXT, number INTEGER)")
        values = [value for number in range(count) for value in (f"w{number}", number)]
        ManyRows("kept", "NULL, ?, ?").insert(db, values)
        kept = db.execute("SELECT id, word, number FROM kept ORDER BY id").fetchall()
    assert kept == [(number + 1, f"w{number}", number) for number in range(count)]


def test_a_row_that_is_refused_is_refused_among_many_too() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY)")
        db.execute("BEGIN")
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE constraint failed"):
            ManyRows("kept", "?").insert(db, [*range(ROWS), 7])
        db.execute("ROLLBACK")
        assert db.execute("SELECT count(*) FROM kept").fetchone() == (0,)
