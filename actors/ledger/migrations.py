"""The ledger's tables, version by version: numbered steps, forward only, each in a transaction of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from actors.ledger import sums
from runtime.errors import ConfigError

Step = str | Callable[[sqlite3.Connection], None]
"""A statement, or what a statement cannot do."""

_VERSION_1 = (
    """CREATE TABLE meta (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        version INTEGER NOT NULL,
        incarnation BLOB NOT NULL,
        currency TEXT NOT NULL,
        zone TEXT NOT NULL,
        cutoff INTEGER NOT NULL
    )""",
    """CREATE TABLE inbox (
        node TEXT NOT NULL PRIMARY KEY,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        chain BLOB NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE fact (
        id INTEGER PRIMARY KEY,
        node TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        source TEXT NOT NULL,
        at_us INTEGER NOT NULL,
        business_day TEXT NOT NULL,
        kind TEXT NOT NULL,
        body BLOB NOT NULL,
        chain BLOB NOT NULL
    )""",
    "CREATE UNIQUE INDEX fact_of_node ON fact (node, epoch, seq)",
    """CREATE TABLE account (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        commodity TEXT NOT NULL
    )""",
    "CREATE UNIQUE INDEX account_name ON account (name, commodity)",
    """CREATE TABLE posting (
        id INTEGER PRIMARY KEY,
        fact INTEGER NOT NULL,
        account INTEGER NOT NULL,
        amount INTEGER NOT NULL
    )""",
    """CREATE TABLE sale_line (
        id INTEGER PRIMARY KEY,
        fact INTEGER NOT NULL,
        place TEXT NOT NULL,
        product TEXT NOT NULL,
        tender TEXT NOT NULL,
        units INTEGER NOT NULL,
        amount_minor INTEGER NOT NULL,
        business_day TEXT NOT NULL,
        hour INTEGER NOT NULL
    )""",
    "INSERT INTO meta VALUES (1, 1, x'00', 'XXX', 'UTC', 0)",
)

_VERSION_2: tuple[Step, ...] = (
    "ALTER TABLE meta ADD COLUMN lines_summed INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE sale_line ADD COLUMN quantity INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE sale_line ADD COLUMN ticket INTEGER NOT NULL DEFAULT 0",
    """CREATE TABLE sold (
        business_day TEXT NOT NULL,
        product TEXT NOT NULL,
        place TEXT NOT NULL,
        tender TEXT NOT NULL,
        units INTEGER NOT NULL,
        amount_minor INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        PRIMARY KEY (business_day, product, place, tender)
    ) WITHOUT ROWID""",
    """CREATE TABLE sold_product (
        business_day TEXT NOT NULL,
        product TEXT NOT NULL,
        tender TEXT NOT NULL,
        units INTEGER NOT NULL,
        amount_minor INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        PRIMARY KEY (business_day, product, tender)
    ) WITHOUT ROWID""",
    """CREATE TABLE sold_day (
        business_day TEXT NOT NULL,
        place TEXT NOT NULL,
        tender TEXT NOT NULL,
        units INTEGER NOT NULL,
        amount_minor INTEGER NOT NULL,
        tickets INTEGER NOT NULL,
        PRIMARY KEY (business_day, place, tender)
    ) WITHOUT ROWID""",
    """CREATE TABLE sold_hour (
        business_day TEXT NOT NULL,
        hour INTEGER NOT NULL,
        place TEXT NOT NULL,
        tender TEXT NOT NULL,
        units INTEGER NOT NULL,
        amount_minor INTEGER NOT NULL,
        tickets INTEGER NOT NULL,
        PRIMARY KEY (business_day, hour, place, tender)
    ) WITHOUT ROWID""",
    """CREATE TABLE tally (
        business_day TEXT NOT NULL,
        what TEXT NOT NULL,
        place TEXT NOT NULL,
        product TEXT NOT NULL,
        why TEXT NOT NULL,
        hour INTEGER NOT NULL,
        times INTEGER NOT NULL,
        units INTEGER NOT NULL,
        amount_minor INTEGER NOT NULL,
        PRIMARY KEY (business_day, what, place, product, why, hour)
    ) WITHOUT ROWID""",
    sums.rebuild,  # of today's tables: a step that changes them takes this along, to its own end
)

MIGRATIONS: tuple[tuple[Step, ...], ...] = (_VERSION_1, _VERSION_2)
"""Step n, counted from 1, makes version n of version n - 1. A released step is never changed."""

VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection, name: str) -> int:
    """The version of an open ledger, 0 for an empty file; raises ConfigError for any other database."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return 0
    if "meta" not in tables or (row := connection.execute("SELECT version FROM meta").fetchone()) is None:
        raise ConfigError(f"{name}: ledger must be a Hawker ledger, not tables {sorted(tables)[:5]}")
    return int(row[0])


def migrated(
    connection: sqlite3.Connection, name: str, migrations: Sequence[Sequence[Step]] = MIGRATIONS
) -> tuple[int, int]:
    """Bring an open ledger to the newest version; return the version before and after.

    Args:
        connection: in autocommit mode.
        name: what to call the ledger in an error.
        migrations: the steps; tests give their own.
    """
    version = before = version_of(connection, name)
    if version > len(migrations):
        raise ConfigError(f"{name}: ledger version must be <= {len(migrations)}, not {version}")
    for step in migrations[version:]:
        version += 1
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in step:
                if isinstance(statement, str):
                    connection.execute(statement)
                else:
                    statement(connection)
            connection.execute("UPDATE meta SET version = ?", (version,))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return before, version
