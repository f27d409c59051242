"""The audit log: who did what, on what, how it ended. Never changed; each entry's hash holds the last one's.

A request that changes something leaves two entries: ``asked`` before its effect, and its outcome (``of``
names the first). What other programs write to ``people.db`` shows when the chain is verified: I7 in SAFETY.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from typing import Any

import attrs
import msgspec

ASKED = "asked"
DONE = "done"
REFUSED = "refused"
FAILED = "failed"
DETAIL_BYTES_MAX = 2_000
SUBJECT_CHARACTERS_MAX = 200
_TRIGGERS = {"audit_no_update", "audit_no_delete"}
_COLUMNS = ("seq", "at_us", "who", "name", "via", "action", "subject", "detail", "outcome", "of")
_START = b"\0" * 32


@attrs.frozen(kw_only=True)
class Actor:
    """Who acts: a person's or token's id ("" nobody), the name, and the way in: session, token, cli, link."""

    who: str
    name: str
    via: str


@attrs.frozen(kw_only=True)
class Verified:
    """What a verification found.

    Attributes:
        entries: how many there are.
        head: hash of the last, hex; who keeps it elsewhere can tell a log cut short from a whole one.
        first_broken: number of the first entry that does not hold, None if all do.
        why: what is wrong with it.
    """

    entries: int
    head: str
    first_broken: int | None = None
    why: str = ""

    @property
    def ok(self) -> bool:
        """Whether every entry holds."""
        return self.first_broken is None


def write(
    db: sqlite3.Connection,
    now: float,
    actor: Actor,
    action: str,
    *,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
    outcome: str = DONE,
    of: int = 0,
) -> int:
    """Append an entry; returns its number. ``detail`` must hold no secret."""
    text = msgspec.json.encode(detail or {}).decode()
    if len(text.encode()) > DETAIL_BYTES_MAX:
        text = msgspec.json.encode(
            {"cut_to_bytes": DETAIL_BYTES_MAX, "text": text[: DETAIL_BYTES_MAX // 2]}
        ).decode()
    last = db.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    taken = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    seq = (taken["seq"] if taken else 0) + 1
    values = (
        seq, round(now * 1e6), actor.who, actor.name, actor.via, action, subject[:SUBJECT_CHARACTERS_MAX],
        text, outcome, of,
    )  # fmt: skip
    digest = _hash(last["hash"] if last else _START, values)
    db.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, digest))
    return seq


def _hash(before: bytes, values: tuple[Any, ...]) -> bytes:
    return hashlib.sha256(before + msgspec.json.encode(values)).digest()


def verify(db: sqlite3.Connection) -> Verified:
    """Check every entry's hash against its content and the entry before, and that none is missing."""
    before, expected, digest = _START, 1, b""
    for row in db.execute("SELECT * FROM audit ORDER BY seq"):
        if row["seq"] != expected:
            return _broken(db, expected, f"entry {expected} must be there, next is {row['seq']}")
        digest = _hash(before, tuple(row[name] for name in _COLUMNS))
        if digest != row["hash"]:
            return _broken(db, expected, f"entry {expected} must be as it was written")
        before, expected = digest, expected + 1
    taken = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    if taken is not None and taken["seq"] != expected - 1:
        return _broken(db, expected, f"entry {expected} must be there, the log was cut short")
    there = {row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    if missing := sorted(_TRIGGERS - there):
        return _broken(db, expected, f"the rule {missing[0]} must be in force")
    return Verified(entries=expected - 1, head=digest.hex())


def _broken(db: sqlite3.Connection, seq: int, why: str) -> Verified:
    count: int = db.execute("SELECT count(*) FROM audit").fetchone()[0]
    last = db.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return Verified(entries=count, head=last["hash"].hex() if last else "", first_broken=seq, why=why)


@attrs.frozen(kw_only=True)
class Wanted:
    """Which entries: of a person, of actions that begin so, of a subject, of an outcome, of a time."""

    name: str = ""
    action: str = ""
    subject: str = ""
    outcome: str = ""
    from_us: int = 0
    to_us: int = 1 << 62


def entries(db: sqlite3.Connection, wanted: Wanted, *, before: int, limit: int) -> list[sqlite3.Row]:
    """Entries with a number under ``before``, the newest first."""
    clauses, values = ["seq < ?", "at_us >= ?", "at_us < ?"], [before, wanted.from_us, wanted.to_us]
    exact: list[Any] = [*values]
    for column, value in (("name", wanted.name), ("subject", wanted.subject), ("outcome", wanted.outcome)):
        if value:
            clauses.append(f"{column} = ?")
            exact.append(value)
    if wanted.action:
        clauses.append("substr(action, 1, ?) = ?")
        exact += [len(wanted.action), wanted.action]
    return db.execute(
        f"SELECT * FROM audit WHERE {' AND '.join(clauses)} ORDER BY seq DESC LIMIT ?", (*exact, limit)
    ).fetchall()
