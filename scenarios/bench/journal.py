"""Durable facts a second: the journal of a node beside raw sqlite3 that writes the same rows as durably."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from runtime.journal_sqlite import SqliteJournal
from runtime.wire import CHAIN_START, FactRecord, chained, fact_bytes
from scenarios.bench.harness import Entry, Progress, Work, best_rates

BATCHES = (1, 100, 1000)
"""Facts in a commit."""
FACTS_MAX = 60_000
"""In a round, so that large commits do not fill the disk."""
ROUNDS = 5
JUDGED = 100
_TABLE = (
    "CREATE TABLE facts (seq INTEGER PRIMARY KEY, source TEXT NOT NULL, at_us INTEGER NOT NULL, "
    "body BLOB NOT NULL, chain BLOB NOT NULL)"
)
_INSERT = "INSERT INTO facts VALUES (?, ?, ?, ?, ?)"


def facts(count: int) -> list[FactRecord]:
    """Facts as long as a vend's, chained."""
    records, chain = [], CHAIN_START
    body = b"\x92\xb0vend.completed/1" + bytes(84)
    for seq in range(1, count + 1):
        source, at_us = f"hk-{seq % 1000:04}/lane/A{seq % 8}", 1_700_000_000_000_000 + seq
        chain = chained(chain, fact_bytes(seq, source, at_us, body))
        records.append(FactRecord(seq, source, at_us, body, chain))
    return records


def _hawker(folder: Path, batches: list[list[FactRecord]]) -> Work:
    def set_up() -> Callable[[], int]:
        path = _new(folder / "hawker.sqlite3")

        def timed() -> int:
            with closing(SqliteJournal(path)) as journal:
                for batch in batches:
                    journal.commit(batch)
            return sum(map(len, batches))

        return timed

    return set_up


def _raw(folder: Path, batches: list[list[FactRecord]]) -> Work:
    rows = [[(r.seq, r.source, r.at_us, r.body, r.chain) for r in batch] for batch in batches]

    def set_up() -> Callable[[], int]:
        path = _new(folder / "raw.sqlite3")

        def timed() -> int:
            with closing(sqlite3.connect(path, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=FULL")
                db.execute(_TABLE)
                for batch in rows:
                    db.execute("BEGIN IMMEDIATE")
                    db.executemany(_INSERT, batch)
                    db.execute("COMMIT")
            return sum(map(len, rows))

        return timed

    return set_up


def _new(path: Path) -> Path:
    for name in (path.name, path.name + "-wal", path.name + "-shm"):
        path.with_name(name).unlink(missing_ok=True)
    return path


def measure(commits: int, _: int, progress: Progress) -> Entry:
    """Facts a second at 100 in a commit; the other sizes stand in the detail. ``commits`` in a round."""
    rates: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="hawker-journal-") as folder:
        for size in BATCHES:
            records = facts(size * min(commits, FACTS_MAX // size))
            batches = [records[at : at + size] for at in range(0, len(records), size)]
            works = {"hawker": _hawker(Path(folder), batches), "sqlite3": _raw(Path(folder), batches)}
            progress(f"journal, {size} facts a commit")
            rates[size] = best_rates(works, progress, ROUNDS)
    judged = rates[JUDGED]
    return Entry(
        name="journal",
        unit="facts/s",
        hawker=round(judged["hawker"]),
        peers={"sqlite3": round(judged["sqlite3"])},
        detail={
            "synchronous": "FULL, write-ahead log",
            "facts_a_commit": JUDGED,
            "at": {
                str(size): {who: round(rate) for who, rate in its.items()}
                | {"ratio": round(its["hawker"] / its["sqlite3"], 3)}
                for size, its in rates.items()
            },
        },
    )
