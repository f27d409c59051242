"""The audit log, read and verified."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from console.api.paging import LIMIT, Cursor, Limit, Page, page_of, position_of
from console.people import audit
from console.people.audit import Wanted
from console.people.people import People
from console.people.permissions import WHOLE_CHAIN

READ = {"permission": "audit.read", "place": WHOLE_CHAIN}
NEWEST = (1 << 62) - 1
Filter = Annotated[str, QueryParameter(max_length=200)]
Moment = Annotated[int, QueryParameter(ge=0, le=1 << 62, description="Microseconds since 1970 UTC.")]


class Entry(msgspec.Struct):
    """One entry.

    Attributes:
        at_us: microseconds since 1970 UTC.
        who: id of the person or token, "" for nobody.
        via: session, token, cli or link.
        detail: what was asked, or how it ended, without secrets.
        outcome: asked, done, refused or failed.
        of: the entry that this is the outcome of, 0 for none.
        hash: of this entry and all before it, hex.
    """

    seq: int
    at_us: int
    who: str
    name: str
    via: str
    action: str
    subject: str
    detail: dict[str, Any]
    outcome: str
    of: int
    hash: str


class Verdict(msgspec.Struct):
    """Whether the chain of hashes holds; ``first_broken`` is the first entry that does not."""

    ok: bool
    entries: int
    head: str
    first_broken: int | None
    why: str


def routes(people: People) -> list[HTTPRouteHandler]:
    """What auditors read."""

    @get("/api/audit", opt=READ)
    async def entries(
        limit: Limit = LIMIT,
        cursor: Cursor = None,
        name: Filter = "",
        action: Filter = "",
        subject: Filter = "",
        outcome: Filter = "",
        from_us: Moment = 0,
        to_us: Moment = 1 << 62,
    ) -> Page[Entry]:
        """Entries, the newest first; ``action`` matches its beginning, the others exactly."""
        wanted = Wanted(
            name=name, action=action, subject=subject, outcome=outcome, from_us=from_us, to_us=to_us
        )
        before = position_of(cursor, NEWEST)
        rows = await people.look(lambda db: audit.entries(db, wanted, before=before, limit=limit + 1))
        found = [
            Entry(**dict(row) | {"detail": msgspec.json.decode(row["detail"]), "hash": row["hash"].hex()})
            for row in rows
        ]
        return page_of(found, limit, lambda entry: entry.seq)

    @get("/api/audit/verify", opt=READ)
    async def verify() -> Verdict:
        """Check every entry against the one before."""
        found = await people.look(audit.verify)
        return Verdict(found.ok, found.entries, found.head, found.first_broken, found.why)

    return [entries, verify]
