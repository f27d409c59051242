"""Exponential back-off for guesses, by account and by address: ever longer waits, never a lock for good.

A try is counted before it is judged, so that many at once gain nothing, and given back if it was right.
Counts are forgotten an hour after the last try. Names nobody has are counted like others.
"""

from __future__ import annotations

import sqlite3

FREE_BY_ACCOUNT = 3
FREE_BY_ADDRESS = 20
WAIT_SECONDS_MAX = 900.0
FORGOTTEN_SECONDS = 3_600.0
SUBJECTS_MAX = 10_000


def subjects(name: str, address: str) -> tuple[str, str]:
    """What a try is counted under."""
    return f"account {name.casefold()[:60]}", f"address {address}"


def take(db: sqlite3.Connection, counted: tuple[str, ...], now: float) -> float:
    """Count a try; returns 0, or, if it comes too soon and is not counted, the seconds still to wait."""
    rows = {name: _row(db, name, now) for name in counted}
    waits = [at + _wait(name, count) - now for name, (count, at) in rows.items()]
    if (longest := max(waits)) > 0:
        return longest
    for name, (count, _) in rows.items():
        db.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?)", (name, count + 1, now))
    db.execute(
        "DELETE FROM failures WHERE subject IN"
        " (SELECT subject FROM failures ORDER BY at DESC LIMIT -1 OFFSET ?)",
        (SUBJECTS_MAX,),
    )
    return 0.0


def _row(db: sqlite3.Connection, name: str, now: float) -> tuple[int, float]:
    row = db.execute("SELECT count, at FROM failures WHERE subject = ?", (name,)).fetchone()
    return (
        (0, -WAIT_SECONDS_MAX)
        if row is None or row["at"] + FORGOTTEN_SECONDS < now
        else (row["count"], row["at"])
    )


def _wait(name: str, count: int) -> float:
    free = FREE_BY_ACCOUNT if name.startswith("account ") else FREE_BY_ADDRESS
    return 0.0 if count < free else min(WAIT_SECONDS_MAX, 2.0 ** min(count - free, 20))


def give_back(db: sqlite3.Connection, counted: tuple[str, ...]) -> None:
    """The try was not a wrong guess."""
    for name in counted:
        db.execute("UPDATE failures SET count = count - 1 WHERE subject = ? AND count > 0", (name,))


def forget(db: sqlite3.Connection, name: str) -> None:
    """The account's owner has come in."""
    db.execute("DELETE FROM failures WHERE subject = ?", (name,))
