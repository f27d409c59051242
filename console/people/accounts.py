"""Accounts: who there is, in which roles and scope; adding, changing, disabling, ways to a new password."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterable
from typing import Any

import attrs
import msgspec

from console.people import second_factor, sessions
from console.people.permissions import OWNER_ROLES, ROLES, Person, Places, permissions_of
from console.people.wrong import Missing, Wrong

OWNER = "owner"
NAME = re.compile(r"[^\W_][\w.@-]{0,39}")
NAME_RULE = "must be 1 to 40 letters, digits, '.', '_', '-' or '@', a letter or digit first"
RESET_SECONDS = 86_400.0


@attrs.frozen(kw_only=True)
class Account:
    """An account as pages list it; ``sites`` None is the whole chain."""

    id: int
    name: str
    roles: tuple[str, ...]
    sites: tuple[str, ...] | None
    disabled: bool
    has_password: bool
    must_change: bool
    second_factor: bool
    made_at: float


def account_of(row: Any) -> Account:
    """The account in a row of ``people``."""
    return Account(
        id=row["id"],
        name=row["name"],
        roles=tuple(msgspec.json.decode(row["roles"])),
        sites=None if row["sites"] is None else tuple(msgspec.json.decode(row["sites"])),
        disabled=bool(row["disabled"]),
        has_password=row["password"] is not None,
        must_change=bool(row["must_change"]),
        second_factor=row["totp"] is not None,
        made_at=row["made_at"],
    )


def person_of_row(row: Any, places: Places) -> Person:
    """Who asks, from a session's row (``sessions.find``)."""
    account = account_of(row)
    return Person(
        id=f"p{account.id}",
        name=account.name,
        roles=frozenset(account.roles),
        sites=None if account.sites is None else frozenset(account.sites),
        permissions=permissions_of(account.roles),
        places=places,
        session=str(row["session"]),
        bound="password" if account.must_change else "",
    )


def checked_name(name: str) -> str:
    """A name that an account may have."""
    if not NAME.fullmatch(name):
        raise Wrong("name", f"{NAME_RULE}, not {name[:60]!r}")
    return name


def checked_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """Roles in the table's order; at least one."""
    wanted = set(roles)
    if unknown := sorted(wanted - set(ROLES)):
        raise Wrong("roles", f"must be of {', '.join(ROLES)}, not {unknown[0][:60]!r}")
    if not wanted:
        raise Wrong("roles", "must be at least one")
    return tuple(role for role in ROLES if role in wanted)


def checked_sites(sites: Iterable[str] | None, places: Places | None) -> tuple[str, ...] | None:
    """Names of places, in order; at least one. None is the whole chain; without ``places`` any name goes."""
    if sites is None:
        return None
    wanted = sorted(set(sites))
    if not wanted:
        raise Wrong("sites", "must be at least one, or left out for the whole chain")
    if places is not None and (unknown := sorted(set(wanted) - set(places))):
        raise Wrong("sites", f"must be sites, districts, nodes or vans of the chain, not {unknown[0][:60]!r}")
    return tuple(wanted)


def add(
    db: sqlite3.Connection,
    now: float,
    *,
    name: str,
    roles: tuple[str, ...],
    sites: tuple[str, ...] | None,
    password: str | None,
    must_change: bool = True,
) -> Account:
    """A new account; ``password`` is its hash. Raises Wrong if the name is taken."""
    try:
        made = db.execute(
            "INSERT INTO people (name, roles, sites, password, must_change, made_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (checked_name(name), _json(roles), _json(sites), password, must_change, now),
        )
    except sqlite3.IntegrityError:
        raise Wrong("name", f"must not be taken, as {name!r} is", clash=True) from None
    return by_id(db, made.lastrowid or 0)


def _json(names: tuple[str, ...] | None) -> str | None:
    return None if names is None else msgspec.json.encode(names).decode()


def ensure_owner(db: sqlite3.Connection, now: float) -> None:
    """The first person, if there is nobody yet: no password until they set one."""
    if db.execute("SELECT 1 FROM people LIMIT 1").fetchone() is None:
        roles = checked_roles(OWNER_ROLES)
        add(db, now, name=OWNER, roles=roles, sites=None, password=None, must_change=False)


def by_id(db: sqlite3.Connection, number: int) -> Account:
    """An account by number."""
    row = db.execute("SELECT * FROM people WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Missing(f"person {number}: must be one there is")
    return account_of(row)


def by_name(db: sqlite3.Connection, name: str) -> Account:
    """An account by name."""
    row = db.execute("SELECT * FROM people WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise Missing(f"person {name[:60]!r}: must be one there is")
    return account_of(row)


def listed(db: sqlite3.Connection, *, after: int = 0, limit: int = 1_000_000) -> list[Account]:
    """Accounts by number."""
    rows = db.execute("SELECT * FROM people WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
    return [account_of(row) for row in rows]


def change(
    db: sqlite3.Connection,
    number: int,
    *,
    roles: tuple[str, ...],
    sites: tuple[str, ...] | None,
    disabled: bool,
) -> Account:
    """Change what somebody may; their sessions end, so that none goes on with what it had."""
    was = by_id(db, number)
    db.execute(
        "UPDATE people SET roles = ?, sites = ?, disabled = ? WHERE id = ?",
        (_json(roles), _json(sites), disabled, number),
    )
    if (was.roles, was.sites, was.disabled) != (roles, sites, disabled):
        sessions.end_all(db, number)
    if not _administrators(db):
        raise Wrong("roles", "must leave an administrator of the whole chain who is not disabled", clash=True)
    return by_id(db, number)


def _administrators(db: sqlite3.Connection) -> int:
    rows = db.execute("SELECT * FROM people WHERE disabled = 0 AND sites IS NULL")
    return sum("administrator" in account_of(row).roles for row in rows)


def set_password(db: sqlite3.Connection, number: int, password: str, *, keep_session: int = 0) -> None:
    """Set a password (its hash); all other sessions and open reset links end."""
    db.execute("UPDATE people SET password = ?, must_change = 0 WHERE id = ?", (password, number))
    db.execute("DELETE FROM resets WHERE person = ?", (number,))
    sessions.end_all(db, number, but=keep_session)


def offer_reset(db: sqlite3.Connection, number: int, now: float, *, without_second_factor: bool) -> str:
    """A secret that sets a new password once within a day; their sessions end, as do older links."""
    by_id(db, number)
    secret = secrets.token_urlsafe(32)
    db.execute("DELETE FROM resets WHERE person = ? OR until < ?", (number, now))
    db.execute("INSERT INTO resets VALUES (?, ?, ?)", (sessions.kept(secret), number, now + RESET_SECONDS))
    sessions.end_all(db, number)
    if without_second_factor:
        second_factor.remove(db, number)
    return secret


def of_reset(db: sqlite3.Connection, secret: str, now: float) -> Account | None:
    """Whose reset link this is; None if it was used, is late, or was never given out."""
    row = db.execute(
        "SELECT p.* FROM resets r JOIN people p ON p.id = r.person"
        " WHERE r.hash = ? AND r.until > ? AND p.disabled = 0",
        (sessions.kept(secret), now),
    ).fetchone()
    return None if row is None else account_of(row)
