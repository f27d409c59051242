"""The ledger's tables as Pony sees them, and how a ledger file is opened.

The tables are made by ``migrations``; Pony checks that they are as declared here, and asks them questions.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

from pony.orm import Database, Optional, OrmError, PrimaryKey, Required, composite_key
from pony.orm.dbapiprovider import DBException
from pony.orm.dbproviders.sqlite import SQLitePool, SQLiteProvider

from actors.ledger.migrations import VERSION, migrated, version_of
from runtime.errors import ConfigError


def _declare_facts(db: Any) -> None:
    """Declare what the ledger is and took in; every opened ledger has entities of its own."""

    class Meta(db.Entity):
        """One row: what this ledger is. ``incarnation`` changes each time a writer opens it."""

        id = PrimaryKey(int)
        version = Required(int)
        incarnation = Required(bytes)
        currency = Required(str)
        zone = Required(str)
        cutoff = Required(int)
        lines_summed = Required(int, size=64)

    class Inbox(db.Entity):
        """How far each node's facts have been taken in."""

        node = PrimaryKey(str)
        epoch = Required(int)
        seq = Required(int, size=64)
        chain = Required(bytes)

    class Fact(db.Entity):
        """Every fact of every node, as it was sent. ``kind`` is the wire tag."""

        id = PrimaryKey(int, size=64)
        node = Required(str)
        epoch = Required(int)
        seq = Required(int, size=64)
        source = Required(str)
        at_us = Required(int, size=64)
        business_day = Required(date)
        kind = Required(str)
        body = Required(bytes)
        chain = Required(bytes)
        composite_key(node, epoch, seq)


def _declare_books(db: Any) -> None:
    """Declare what the facts moved and sold."""

    class Account(db.Entity):
        """An account holds one commodity: a currency, or ``product:CODE``."""

        id = PrimaryKey(int, size=64)
        name = Required(str)
        commodity = Required(str)
        composite_key(name, commodity)

    class Posting(db.Entity):
        """A line of a fact: debits positive, credits negative. ``fact`` is the fact's id."""

        id = PrimaryKey(int, size=64)
        fact = Required(int, size=64)
        account = Required(int, size=64)
        amount = Required(int, size=64)

    class SaleLine(db.Entity):
        """One product sold in one sale. ``place`` is a machine or store, ``hour`` hours since 1970 UTC.

        ``ticket`` is 1 on the first line of a sale. Lines up to ``Meta.lines_summed`` stand in the tables of
        sums as well (``sums.py``), which ``report_queries`` reads.
        """

        _table_ = "sale_line"
        id = PrimaryKey(int, size=64)
        fact = Required(int, size=64)
        place = Required(str)
        product = Optional(str)
        tender = Required(str)
        units = Required(int, size=64)
        amount_minor = Required(int, size=64)
        business_day = Required(date)
        hour = Required(int)
        quantity = Required(int, size=64)
        ticket = Required(int)


class _ReadOnlyProvider(SQLiteProvider):
    """Pony's SQLite, opened so that it can neither write nor checkpoint: there is one writer."""

    def get_pool(self, _: bool, filename: str, __: bool = False, **options: Any) -> SQLitePool:
        return SQLitePool(False, Path(filename).absolute().as_uri() + "?mode=ro", True, uri=True, **options)


def for_writing(path: Path | None, *, durable: bool) -> Any:
    """Open or make a ledger, brought to this version, as a Pony database; ``path`` None keeps it in memory.

    Args:
        path: the ledger file; its folder must exist.
        durable: commits survive a power cut (WAL and synchronous FULL: 0 of 100 cuts lost rows, measured).
            Without it the file is for a throw-away world.
    """
    db = Database()

    @db.on_connect
    def pragmas(_: Any, connection: sqlite3.Connection) -> None:
        migrated(connection, str(path or "ledger"))
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        connection.execute("PRAGMA cache_size = -65536")

    name = ":memory:" if path is None else str(path.absolute())
    return _bound(db, str(path), "sqlite", name, create_db=True, check_same_thread=False)


def for_reading(path: Path) -> Any:
    """Open a ledger file as a Pony database that only reads; ConfigError if it is not one of this version."""
    if not path.is_file():
        raise ConfigError(f"{path}: ledger must be an existing file")
    db = Database()

    @db.on_connect
    def same_version(_: Any, connection: sqlite3.Connection) -> None:
        if (version := version_of(connection, str(path))) != VERSION:
            raise ConfigError(f"{path}: ledger version must be {VERSION}, not {version}")

    return _bound(db, str(path), _ReadOnlyProvider, str(path))


def _bound(db: Any, name: str, *how: Any, **options: Any) -> Any:
    try:
        db.bind(*how, **options)
        _declare_facts(db)
        _declare_books(db)
        db.generate_mapping(check_tables=True)
    except (sqlite3.DatabaseError, DBException, OrmError) as error:
        db.disconnect()
        raise ConfigError(f"{name}: ledger must be a Hawker ledger that can be opened: {error}") from None
    except ConfigError:
        db.disconnect()
        raise
    return db
