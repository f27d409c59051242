"""Tokens of other systems: scopes are permissions, the secret is shown once and kept as a hash; each ends."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from typing import Any

import msgspec

from console.people.permissions import PERMISSIONS, Person, Places
from console.people.sessions import kept
from console.people.wrong import Missing, Wrong

PREFIX = "hawker_"
DAYS_MAX = 366
NEVER = frozenset({"people.manage", "tokens.manage", "personal.erase"})
"""What no token may: making more of its kind, and what cannot be taken back."""


def checked_scopes(scopes: Iterable[str], maker: Person) -> tuple[str, ...]:
    """Scopes in the table's order: none that its maker has not."""
    wanted = set(scopes)
    if not wanted:
        raise Wrong("scopes", "must be at least one permission")
    if unknown := sorted(wanted - set(PERMISSIONS)):
        raise Wrong("scopes", f"must be permissions, not {unknown[0][:60]!r}")
    if refused := sorted(name for name in wanted if name in NEVER or not maker.may(name)):
        raise Wrong("scopes", f"must be permissions of your own that a token may have, not {refused[0]}")
    return tuple(name for name in PERMISSIONS if name in wanted)


def make(
    db: sqlite3.Connection,
    now: float,
    *,
    name: str,
    scopes: tuple[str, ...],
    sites: tuple[str, ...] | None,
    days: int,
    maker: Person,
) -> tuple[int, str]:
    """A new token; returns its number and its secret."""
    secret = PREFIX + secrets.token_urlsafe(32)
    made = db.execute(
        "INSERT INTO tokens (name, hash, scopes, sites, made_by, made_at, until)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            name,
            kept(secret),
            msgspec.json.encode(scopes).decode(),
            None if sites is None else msgspec.json.encode(sites).decode(),
            maker.name,
            now,
            now + days * 86_400.0,
        ),
    )
    return made.lastrowid or 0, secret


def find(db: sqlite3.Connection, secret: str, now: float, places: Places) -> tuple[Person, float] | None:
    """Who comes with a token, and when it was last used; None if it is unknown, revoked or over."""
    row = db.execute(
        "SELECT * FROM tokens WHERE hash = ? AND revoked_at IS NULL AND until > ?", (kept(secret), now)
    ).fetchone()
    if row is None:
        return None
    sites = row["sites"]
    person = Person(
        id=f"t{row['id']}",
        name=f"token:{row['name']}",
        roles=frozenset(),
        sites=None if sites is None else frozenset(msgspec.json.decode(sites)),
        permissions=frozenset(msgspec.json.decode(row["scopes"])) & set(PERMISSIONS),
        places=places,
    )
    return person, row["used_at"] or 0.0


def listed(db: sqlite3.Connection, *, after: int, limit: int) -> list[dict[str, Any]]:
    """Tokens by number, without their secrets."""
    rows = db.execute(
        "SELECT id, name, scopes, sites, made_by, made_at, until, revoked_at, used_at FROM tokens"
        " WHERE id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [dict(row) for row in rows]


def used(db: sqlite3.Connection, number: int, now: float) -> None:
    """It was used."""
    db.execute("UPDATE tokens SET used_at = ? WHERE id = ?", (now, number))


def revoke(db: sqlite3.Connection, number: int, now: float) -> None:
    """End a token at once."""
    if db.execute("SELECT 1 FROM tokens WHERE id = ?", (number,)).fetchone() is None:
        raise Missing(f"token {number}: must be one there is")
    db.execute("UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (now, number))
