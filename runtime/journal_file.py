"""A journal's file: its tables, version by version, how it is opened, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import ConfigError, DiskFull, LedgerError

VERSION = 2
LIFE_BYTES = 5

_VERSION_2 = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS facts (
    seq INTEGER PRIMARY KEY, source TEXT NOT NULL, at_us INTEGER NOT NULL,
    body BLOB NOT NULL, chain BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS about (version INTEGER NOT NULL, epoch INTEGER NOT NULL);
ALTER TABLE about ADD COLUMN life TEXT NOT NULL DEFAULT '';
DROP TABLE IF EXISTS snapshots;
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, parts INTEGER NOT NULL, digest BLOB NOT NULL);
CREATE TABLE snapshot_parts (seq INTEGER NOT NULL, part INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (seq, part));
INSERT INTO about (version, epoch) SELECT 2, 1 WHERE NOT EXISTS (SELECT 1 FROM about);
UPDATE about SET version = 2, life = '{life}';
COMMIT;
"""
"""Makes an empty file or one of version 1 a journal of version 2."""


def open_writer(path: Path) -> sqlite3.Connection:
    """Open or make a journal for its one writer, brought to this version; it is the only checkpointer."""
    db = connect(path, "rwc")
    try:
        mode = db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise ConfigError(f"{path}: journal mode must be 'wal' on this disk, not {mode!r}")
        db.execute("PRAGMA synchronous=FULL")
        if not tables(db) or db.execute("SELECT version FROM about").fetchone() == (1,):
            db.executescript(_VERSION_2.format(life=new_life()))
    except sqlite3.Error as error:
        db.close()
        raise translated(f"journal {path}", error) from error
    except BaseException:
        db.close()
        raise
    return db


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the file; raises ConfigError unless it is empty or has a journal's tables."""
    try:
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise ConfigError(f"{path}: journal must be a file that can be opened: {error}") from error
    try:
        there = tables(db)
    except sqlite3.DatabaseError as error:
        db.close()
        raise ConfigError(f"{path}: journal must be a SQLite file: {error}") from error
    if (there or mode == "ro") and not {"about", "facts"} <= there:
        db.close()
        raise ConfigError(f"{path}: journal must have tables about and facts, not {sorted(there)}")
    return db


def tables(db: sqlite3.Connection) -> set[str]:
    """Names of all tables."""
    return {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def new_life() -> str:
    """A name no other journal has."""
    return os.urandom(LIFE_BYTES).hex()


def translated(where: str, error: sqlite3.Error) -> LedgerError:
    """What a SQLite error means to a node: no room, or the end."""
    full = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
    return (DiskFull if full else LedgerError)(f"{where}: {error}")


@contextmanager
def as_ledger_error(where: str) -> Iterator[None]:
    """Raise LedgerError, or DiskFull, for any error of SQLite within."""
    try:
        yield
    except sqlite3.Error as error:
        raise translated(where, error) from error


def quick_check(where: str, db: sqlite3.Connection, pages_max: int) -> None:
    """Let SQLite look over the small tables, and over all of a file of at most so many pages.

    Raises LedgerError with the first thing found.
    """
    with as_ledger_error(where):
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        names = ("",) if pages <= pages_max else ("('about')", "('notes')", "('snapshots')")
        for name in names:
            for (found,) in db.execute(f"PRAGMA quick_check{name}"):
                if found != "ok":
                    raise LedgerError(f"{where}: pages must be whole: {found}")
