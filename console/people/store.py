"""``people.db``: accounts, sessions, tokens, approvals, the audit log: what the doors must not forget.

A file of its own beside the ledger, with a rollback journal and synchronous=EXTRA, so that ``hawker user``
may write to it while ``hawker up`` runs; in memory where there is no data folder. Everything is done in short
transactions on one connection, in a worker thread.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import trio

from runtime.errors import ConfigError, LedgerError

NAME = "people.db"
VERSION = 1
BUSY_SECONDS_MAX = 20.0
"""How long one process waits for another's transaction."""

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_SCHEMA = """
CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, roles TEXT NOT NULL,
    sites TEXT, password TEXT, must_change INTEGER NOT NULL DEFAULT 0, totp TEXT, totp_offered TEXT,
    totp_step INTEGER NOT NULL DEFAULT 0, disabled INTEGER NOT NULL DEFAULT 0, made_at REAL NOT NULL);
CREATE TABLE recovery_codes (person INTEGER NOT NULL REFERENCES people, hash BLOB NOT NULL,
    PRIMARY KEY (person, hash)) WITHOUT ROWID;
CREATE TABLE resets (hash BLOB PRIMARY KEY, person INTEGER NOT NULL REFERENCES people, until REAL NOT NULL);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE,
    person INTEGER NOT NULL REFERENCES people, made_at REAL NOT NULL,
    seen_at REAL NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL);
CREATE INDEX sessions_of ON sessions (person);
CREATE TABLE failures (subject TEXT PRIMARY KEY, count INTEGER NOT NULL, at REAL NOT NULL);
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, scopes TEXT NOT NULL,
    sites TEXT, made_by TEXT NOT NULL, made_at REAL NOT NULL, until REAL NOT NULL, revoked_at REAL,
    used_at REAL);
CREATE TABLE approvals (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, what TEXT NOT NULL, reason TEXT NOT NULL,
    place TEXT NOT NULL, asked_by TEXT NOT NULL, asked_name TEXT NOT NULL, asked_at REAL NOT NULL,
    until REAL NOT NULL, state TEXT NOT NULL, decided_name TEXT, decided_at REAL, decided_reason TEXT);
CREATE TABLE answers (
    key BLOB PRIMARY KEY, request BLOB NOT NULL, at REAL NOT NULL, status INTEGER, media TEXT, body BLOB);
CREATE TABLE webhooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, kinds TEXT NOT NULL, secret TEXT NOT NULL,
    made_by TEXT NOT NULL, made_at REAL NOT NULL, active INTEGER NOT NULL DEFAULT 1);
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, webhook INTEGER NOT NULL REFERENCES webhooks, kind TEXT NOT NULL,
    body BLOB NOT NULL, at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', error TEXT NOT NULL DEFAULT '');
CREATE INDEX deliveries_due ON deliveries (state, next_at);
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL, who TEXT NOT NULL, name TEXT NOT NULL,
    via TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL,
    outcome TEXT NOT NULL, of INTEGER NOT NULL, hash BLOB NOT NULL);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit entries must stay as they are'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit entries must stay where they are'); END;
"""


class PeopleStore:
    """The open file. Close it with ``close``.

    Raises:
        ConfigError: the file is of another program or version.
    """

    def __init__(self, path: Path | None = None, *, must_exist: bool = False) -> None:
        self.path = path
        if path is not None:
            _make(path, must_exist=must_exist)
        self._db = sqlite3.connect(
            path or ":memory:", timeout=BUSY_SECONDS_MAX, isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        self._one = threading.Lock()
        self._limiter = trio.CapacityLimiter(1)
        try:
            self._open(path)
        except BaseException:
            self._db.close()
            raise

    def _open(self, path: Path | None) -> None:
        try:
            self._db.execute("PRAGMA journal_mode=DELETE")
            self._db.execute("PRAGMA synchronous=EXTRA")
            self._db.execute("PRAGMA foreign_keys=ON")
            self.write(_migrate)
        except sqlite3.DatabaseError as error:
            raise ConfigError(f"{path}: must be a people.db of hawker: {error}") from None

    def write(self, work: Work[T]) -> T:
        """Do some work as one transaction, here and now; all of it is on disk afterwards, or nothing."""
        with self._one:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                done = work(self._db)
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise LedgerError(f"{self.path or 'people'}: must be writable: {error}") from error
                raise
            return done

    def read(self, work: Work[T]) -> T:
        """Look something up, here and now."""
        with self._one:
            self._db.execute("BEGIN")
            try:
                return work(self._db)
            finally:
                self._db.execute("COMMIT")

    async def writing(self, work: Work[T]) -> T:
        """``write`` in a worker thread; what has begun is finished also when the caller is cancelled."""
        return await trio.to_thread.run_sync(self.write, work, limiter=self._limiter)

    async def reading(self, work: Work[T]) -> T:
        """``read`` in a worker thread."""
        return await trio.to_thread.run_sync(self.read, work, limiter=self._limiter)

    def close(self) -> None:
        """Close the file."""
        with self._one:
            self._db.close()


def _make(path: Path, *, must_exist: bool) -> None:
    """See that the file is there and only its owner's."""
    try:
        os.close(os.open(path, os.O_RDWR | (0 if must_exist else os.O_CREAT), 0o600))
    except FileNotFoundError:
        raise ConfigError(f"{path}: must exist: hawker up makes it at its first start") from None


def _migrate(db: sqlite3.Connection) -> None:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version == VERSION:
        return
    if version:
        raise ConfigError(f"people.db: version must be {VERSION}, not {version}")
    for statement in _statements(_SCHEMA):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION:d}")


def _statements(script: str) -> list[str]:
    """The statements of a script (``executescript`` would commit each)."""
    found, part = [], ""
    for line in script.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            found.append(part)
            part = ""
    return found
