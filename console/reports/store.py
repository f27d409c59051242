"""What is kept of reports: saved definitions, schedules, and the files that schedules made.

A SQLite file in the data folder (in memory without one); the files themselves lie under ``reports/`` there.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import msgspec

from console.reports.definition import Definition

FILE, FOLDER = "reports.db", "reports"
SAVED_MAX, SCHEDULES_MAX = 1_000, 200
_TABLES = (
    """CREATE TABLE IF NOT EXISTS saved (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL,
        body BLOB NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS schedule (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL,
        next_us INTEGER NOT NULL,
        body BLOB NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS file (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        schedule INTEGER NOT NULL,
        owner TEXT NOT NULL,
        made_us INTEGER NOT NULL,
        body BLOB NOT NULL
    )""",
)


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A report that somebody keeps. ``range`` names days; ``shared``: others may run it too."""

    name: str
    definition: Definition
    range: str
    compare: str = ""
    shared: bool = False


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A report made again and again.

    Attributes:
        report: a standard report's name; "" for a saved one.
        saved: that one's number; 0 for a standard report.
        every: "day", "week" (on ``weekday``, 1 is Monday) or "month" (on its first day).
        minute: of the day by the chain's clock.
        keep: how many of its newest files are kept.
        places: what its owner might see when it was made; None: everything.
    """

    report: str
    saved: int
    range: str
    compare: str
    form: str
    language: str
    every: str
    weekday: int
    minute: int
    keep: int
    places: tuple[str, ...] | None = None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a schedule made; ``wrong`` says why there is none."""

    report: str
    first: str
    last: str
    form: str
    size: int
    wrong: str = ""


class ReportStore:
    """Reads and writes; synchronous, from any thread: what writes waits for the disk.

    Args:
        folder: the data folder; None keeps everything in memory, and no files.
    """

    def __init__(self, folder: Path | None = None) -> None:
        name = ":memory:" if folder is None else str(folder / FILE)
        self.folder = None if folder is None else folder / FOLDER
        self._db = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        for statement in ("PRAGMA synchronous = FULL", *_TABLES):
            self._do(statement)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    # Saved reports

    def save(self, owner: str, saved: Saved, number: int | None = None) -> int:
        """Keep a report, in the place of another if its number is given; returns its number."""
        body = msgspec.json.encode(saved)
        if number is None:
            return self._insert("INSERT INTO saved VALUES (NULL, ?, ?)", owner, body)
        self._do("UPDATE saved SET body = ? WHERE id = ?", body, number)
        return number

    def saved(self) -> list[tuple[int, str, Saved]]:
        """Every saved report: number, owner, itself; in order of number."""
        rows = self._do("SELECT id, owner, body FROM saved ORDER BY id")
        return [(number, owner, msgspec.json.decode(body, type=Saved)) for number, owner, body in rows]

    def drop_saved(self, number: int) -> None:
        """Forget a saved report."""
        self._do("DELETE FROM saved WHERE id = ?", number)

    # Schedules

    def plan(self, owner: str, schedule: Schedule, next_us: int) -> int:
        """Keep a schedule; returns its number."""
        body = msgspec.json.encode(schedule)
        return self._insert("INSERT INTO schedule VALUES (NULL, ?, ?, ?)", owner, next_us, body)

    def plan_next(self, number: int, next_us: int) -> None:
        """Note when a schedule is due again."""
        self._do("UPDATE schedule SET next_us = ? WHERE id = ?", next_us, number)

    def schedules(self) -> list[tuple[int, str, int, Schedule]]:
        """Every schedule: number, owner, when it is due, itself; in order of number."""
        rows = self._do("SELECT id, owner, next_us, body FROM schedule ORDER BY id")
        return [(n, owner, at, msgspec.json.decode(body, type=Schedule)) for n, owner, at, body in rows]

    def drop_schedule(self, number: int) -> None:
        """End a schedule; its files stay until others of their kind would push them out."""
        self._do("DELETE FROM schedule WHERE id = ?", number)

    # Files

    def keep(self, schedule: int, owner: str, made_us: int, made: Made, content: bytes, keep: int) -> int:
        """Keep a file, and only so many of its schedule; returns its number."""
        body = msgspec.json.encode(made)
        number = self._insert("INSERT INTO file VALUES (NULL, ?, ?, ?, ?)", schedule, owner, made_us, body)
        if self.folder is not None and not made.wrong:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._path(number, made).write_bytes(content)
        rows = self._do("SELECT id FROM file WHERE schedule = ? ORDER BY id DESC", schedule)
        for (old,) in rows[keep:]:
            self.drop_file(old)
        return number

    def files(self) -> list[tuple[int, int, str, int, Made]]:
        """Every file: number, schedule, owner, when it was made, what it is; newest first."""
        rows = self._do("SELECT id, schedule, owner, made_us, body FROM file ORDER BY id DESC")
        return [(n, of, who, at, msgspec.json.decode(body, type=Made)) for n, of, who, at, body in rows]

    def content(self, number: int, made: Made) -> bytes | None:
        """A file's bytes; None if they are not there."""
        if self.folder is None or made.wrong:
            return None
        try:
            return self._path(number, made).read_bytes()
        except FileNotFoundError:
            return None

    def drop_file(self, number: int) -> None:
        """Delete a file."""
        rows = self._do("SELECT body FROM file WHERE id = ?", number)
        if not rows:
            return
        self._do("DELETE FROM file WHERE id = ?", number)
        if self.folder is not None:
            self._path(number, msgspec.json.decode(rows[0][0], type=Made)).unlink(missing_ok=True)

    def _path(self, number: int, made: Made) -> Path:
        assert self.folder is not None
        return self.folder / f"{number}.{made.form}"

    def _insert(self, sql: str, *values: object) -> int:
        with self._lock:
            number = self._db.execute(sql, values).lastrowid
        assert number is not None
        return number

    def _do(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()
