"""Sessions on the server: a 256-bit secret in a cookie, its hash in the store, ended by idling and by age."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from typing import Any

IDLE_SECONDS_MAX = 12 * 3_600.0
SECONDS_MAX = 7 * 86_400.0
OF_A_PERSON_MAX = 20
SEEN_EVERY_SECONDS = 60.0
AGENT_CHARACTERS_MAX = 200


def kept(secret: str) -> bytes:
    """What the store keeps of a secret; comparing it leaks nothing."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def csrf_of(secret: str) -> str:
    """The token a page of this session sends with what it asks to be done; it tells nothing of the secret."""
    return hashlib.sha256(f"csrf {secret}".encode()).hexdigest()[:40]


def begin(db: sqlite3.Connection, person: int, now: float, *, address: str, agent: str) -> str:
    """Open a session; returns its secret. The oldest of too many ends."""
    secret = secrets.token_urlsafe(32)
    drop_ended(db, now)
    db.execute(
        "INSERT INTO sessions (hash, person, made_at, seen_at, address, agent) VALUES (?, ?, ?, ?, ?, ?)",
        (kept(secret), person, now, now, address, agent[:AGENT_CHARACTERS_MAX]),
    )
    db.execute(
        "DELETE FROM sessions WHERE id IN"
        " (SELECT id FROM sessions WHERE person = ? ORDER BY id DESC LIMIT -1 OFFSET ?)",
        (person, OF_A_PERSON_MAX),
    )
    return secret


def rotate(db: sqlite3.Connection, session: int) -> str:
    """Give a session another secret; the old one opens nothing any more."""
    secret = secrets.token_urlsafe(32)
    db.execute("UPDATE sessions SET hash = ? WHERE id = ?", (kept(secret), session))
    return secret


def find(db: sqlite3.Connection, secret: str, now: float) -> dict[str, Any] | None:
    """The session and its person's account; None if it has ended or the account is disabled."""
    row = db.execute(
        "SELECT p.*, s.id AS session, s.seen_at FROM sessions s JOIN people p ON p.id = s.person"
        " WHERE s.hash = ? AND p.disabled = 0 AND s.seen_at > ? AND s.made_at > ?",
        (kept(secret), now - IDLE_SECONDS_MAX, now - SECONDS_MAX),
    ).fetchone()
    return None if row is None else dict(row)


def last_seen(db: sqlite3.Connection, session: int, now: float) -> float | None:
    """When a session by number was last seen; None if it is open no more."""
    row = db.execute(
        "SELECT s.seen_at FROM sessions s JOIN people p ON p.id = s.person"
        " WHERE s.id = ? AND p.disabled = 0 AND s.seen_at > ? AND s.made_at > ?",
        (session, now - IDLE_SECONDS_MAX, now - SECONDS_MAX),
    ).fetchone()
    return None if row is None else float(row["seen_at"])


def seen(db: sqlite3.Connection, session: int, now: float) -> None:
    """It is in use."""
    db.execute("UPDATE sessions SET seen_at = max(seen_at, ?) WHERE id = ?", (now, session))


def end(db: sqlite3.Connection, person: int, session: int) -> bool:
    """End one of a person's sessions; False if it is not theirs."""
    return db.execute("DELETE FROM sessions WHERE id = ? AND person = ?", (session, person)).rowcount == 1


def end_all(db: sqlite3.Connection, person: int, *, but: int = 0) -> int:
    """End a person's sessions but one; returns how many."""
    return db.execute("DELETE FROM sessions WHERE person = ? AND id != ?", (person, but)).rowcount


def of(db: sqlite3.Connection, person: int, now: float) -> list[sqlite3.Row]:
    """A person's open sessions, the one seen last first."""
    drop_ended(db, now)
    return db.execute(
        "SELECT id, made_at, seen_at, address, agent FROM sessions WHERE person = ?"
        " ORDER BY seen_at DESC, id DESC",
        (person,),
    ).fetchall()


def drop_ended(db: sqlite3.Connection, now: float) -> None:
    """Forget sessions whose time is over."""
    db.execute(
        "DELETE FROM sessions WHERE seen_at <= ? OR made_at <= ?", (now - IDLE_SECONDS_MAX, now - SECONDS_MAX)
    )
