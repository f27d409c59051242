"""Four eyes: somebody asks, somebody else approves or refuses, and the first may then do it once.

What is approved is one exact thing: ``use`` compares what is about to be done with what was asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import attrs
import msgspec

from console.people.permissions import Person
from console.people.wrong import Missing, Wrong

ASKED, APPROVED, REFUSED, USED, EXPIRED = "asked", "approved", "refused", "used", "expired"
STATES = (ASKED, APPROVED, REFUSED, USED, EXPIRED)
SECONDS_MAX = 7 * 86_400.0
REASON_CHARACTERS_MAX = 500
OPEN_MAX = 1_000

KINDS: dict[str, tuple[str, str]] = {
    "refund": ("refunds.write", "refunds.approve"),
    "price_push": ("prices.write", "prices.write"),
    "key_revocation": ("nodes.manage", "nodes.manage"),
    "erasure": ("personal.erase", "personal.erase"),
}
"""What needs four eyes (SAFETY "Doors"): kind, the permission to ask and the permission to decide."""


@attrs.frozen(kw_only=True)
class Approval:
    """One request for a second pair of eyes.

    Attributes:
        what: what exactly is to be done, by name, e.g. {"machine": "hk-0712", "amount_minor": 90000}.
        place: a place in it, "" if it concerns the whole chain.
        asked_by: the person's id.
        until: it counts until then, seconds since 1970 UTC.
    """

    id: int
    kind: str
    what: dict[str, Any]
    reason: str
    place: str
    asked_by: str
    asked_name: str
    asked_at: float
    until: float
    state: str
    decided_name: str | None
    decided_at: float | None
    decided_reason: str | None


def ask(
    db: sqlite3.Connection,
    now: float,
    person: Person,
    *,
    kind: str,
    what: Mapping[str, Any],
    reason: str,
    place: str = "",
    seconds: float = 3_600.0,
) -> Approval:
    """Ask for approval. Raises Wrong for a kind, reason, time or place that will not do."""
    if kind not in KINDS or not person.may(KINDS[kind][0]):
        mine = ", ".join(name for name, (needed, _) in KINDS.items() if person.may(needed)) or "none for you"
        raise Wrong("kind", f"must be one of: {mine}, not {kind[:60]!r}")
    if not 0 < seconds <= SECONDS_MAX:
        raise Wrong("seconds", f"must be above 0 and at most {SECONDS_MAX:g}, not {seconds:g}")
    if not (place == "" and person.sites is None) and not (place and person.sees(place)):
        raise Wrong("place", f"must be one of your places, not {place[:60]!r}")
    waiting: int = db.execute(
        "SELECT count(*) FROM approvals WHERE state = ? AND until > ?", (ASKED, now)
    ).fetchone()[0]
    if waiting >= OPEN_MAX:
        raise Wrong("kind", f"must wait: {OPEN_MAX} requests are open", clash=True)
    made = db.execute(
        "INSERT INTO approvals (kind, what, reason, place, asked_by, asked_name, asked_at, until, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (kind, _text(what), checked_reason(reason), place, person.id, person.name, now, now + seconds, ASKED),
    )
    return get(db, now, made.lastrowid or 0)


def checked_reason(reason: str) -> str:
    """A reason somebody can read later."""
    text = reason.strip()
    if not 3 <= len(text) <= REASON_CHARACTERS_MAX:
        raise Wrong("reason", f"must have 3 to {REASON_CHARACTERS_MAX} characters, not {len(text)}")
    return text


def _text(what: Mapping[str, Any]) -> str:
    return msgspec.json.encode(what, order="sorted").decode()


def _approval(row: sqlite3.Row, now: float) -> Approval:
    values = dict(row)
    values["what"] = msgspec.json.decode(values["what"])
    if values["state"] in (ASKED, APPROVED) and values["until"] <= now:
        values["state"] = EXPIRED
    return Approval(**values)


def get(db: sqlite3.Connection, now: float, number: int) -> Approval:
    """One request, as it is now."""
    row = db.execute("SELECT * FROM approvals WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Missing(f"approval {number}: must be one there is")
    return _approval(row, now)


def may_see(person: Person, approval: Approval) -> bool:
    """Whether somebody asked for it, or may decide it in their scope."""
    may = approval.kind in KINDS and person.may(KINDS[approval.kind][1])
    return person.id == approval.asked_by or person.may("audit.read") or (may and _in_scope(person, approval))


def _in_scope(person: Person, approval: Approval) -> bool:
    return person.sites is None or (approval.place != "" and person.sees(approval.place))


def listed(
    db: sqlite3.Connection, now: float, person: Person, *, state: str, before: int, limit: int
) -> list[Approval]:
    """Requests that somebody may see, the newest first."""
    found: list[Approval] = []
    for row in db.execute("SELECT * FROM approvals WHERE id < ? ORDER BY id DESC", (before,)):
        approval = _approval(row, now)
        if (not state or approval.state == state) and may_see(person, approval):
            found.append(approval)
            if len(found) == limit:
                break
    return found


def decide(
    db: sqlite3.Connection, now: float, person: Person, number: int, *, approve: bool, reason: str
) -> Approval:
    """Approve or refuse; never by the person who asked. Raises Missing or Wrong."""
    approval = get(db, now, number)
    if not may_see(person, approval):
        raise Missing(f"approval {number}: must be one there is")
    if person.id == approval.asked_by:
        raise Wrong("person", "must be another than who asked", clash=True)
    if not person.may(KINDS[approval.kind][1]) or not _in_scope(person, approval):
        raise Wrong("person", f"must have the permission {KINDS[approval.kind][1]} there", clash=True)
    if approval.state != ASKED:
        raise Wrong("state", f"must be asked, not {approval.state}", clash=True)
    db.execute(
        "UPDATE approvals SET state = ?, decided_name = ?, decided_at = ?, decided_reason = ? WHERE id = ?",
        (APPROVED if approve else REFUSED, person.name, now, checked_reason(reason), number),
    )
    return get(db, now, number)


def use(
    db: sqlite3.Connection, now: float, person: Person, number: int, *, kind: str, what: Mapping[str, Any]
) -> Approval:
    """Take an approval for exactly this, once, by who asked for it. Raises Wrong if it is not good for it."""
    try:
        approval = get(db, now, number)
    except Missing as missing:
        raise Wrong("approval", str(missing)) from None
    if approval.asked_by != person.id:
        raise Wrong("approval", "must be one that you asked for", clash=True)
    if approval.state != APPROVED:
        raise Wrong("approval", f"must be approved, not {approval.state}", clash=True)
    if approval.kind != kind or _text(approval.what) != _text(what):
        raise Wrong("approval", "must be for exactly what is done now", clash=True)
    db.execute("UPDATE approvals SET state = ? WHERE id = ?", (USED, number))
    return approval
