"""Four eyes: asking, looking, deciding."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath, QueryParameter

from console.api.paging import LIMIT, Cursor, Limit, Page, page_of, position_of
from console.api.session import Text
from console.people import approvals
from console.people.people import People
from console.people.permissions import person_of
from console.people.wrong import Missing, Wrong

Asked = Request[Any, Any, Any]
READ = {"permission": "approvals.read"}
WRITE = {"permission": "approvals.write"}
NEWEST = (1 << 62) - 1
Reason = Annotated[str, msgspec.Meta(max_length=approvals.REASON_CHARACTERS_MAX)]


class NewApproval(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be done exactly, why, and for how long the question stands."""

    kind: Text
    what: dict[Text, Text | int]
    reason: Reason
    place: Text = ""
    seconds: Annotated[int, msgspec.Meta(ge=60, le=int(approvals.SECONDS_MAX))] = 3_600


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """Why it is approved or refused."""

    reason: Reason


class ApprovalRow(msgspec.Struct):
    """A request for a second pair of eyes; times are seconds since 1970 UTC.

    Attributes:
        state: asked, approved, refused, used or expired.
        yours: you asked for it, so another decides.
    """

    id: int
    kind: str
    what: dict[str, Any]
    reason: str
    place: str
    asked_name: str
    asked_at: float
    until: float
    state: str
    decided_name: str | None
    decided_at: float | None
    decided_reason: str | None
    yours: bool = False


def row_of(approval: approvals.Approval, asker: str) -> ApprovalRow:
    """A request as JSON, for who asks now."""
    row = msgspec.convert(approval, ApprovalRow, from_attributes=True)
    row.yours = approval.asked_by == asker
    return row


def routes(people: People) -> list[HTTPRouteHandler]:
    """What two people do together."""

    @get("/api/approvals", opt=READ)
    async def listed(
        request: Asked,
        limit: Limit = LIMIT,
        cursor: Cursor = None,
        in_state: Annotated[str, QueryParameter(name="state", max_length=20)] = "",
    ) -> Page[ApprovalRow]:
        """Requests that one asked or may decide, the newest first."""
        if in_state and in_state not in approvals.STATES:
            raise Wrong("state", f"must be one of {', '.join(approvals.STATES)}, not {in_state!r}")
        person, before = person_of(request), position_of(cursor, NEWEST)
        found = await people.look(
            lambda db: approvals.listed(
                db, people.now(), person, state=in_state, before=before, limit=limit + 1
            )
        )
        return page_of([row_of(approval, person.id) for approval in found], limit, lambda row: row.id)

    @get("/api/approvals/{number:int}", opt=READ)
    async def one(request: Asked, number: FromPath[int]) -> ApprovalRow:
        """One request."""
        person = person_of(request)
        approval = await people.look(lambda db: approvals.get(db, people.now(), number))
        if not approvals.may_see(person, approval):
            raise Missing(f"approval {number}: must be one there is")
        return row_of(approval, person.id)

    return [listed, one, *_doing(people)]


def _doing(people: People) -> list[HTTPRouteHandler]:
    @post("/api/approvals", opt=WRITE)
    async def ask(request: Asked, data: Annotated[NewApproval, Body()]) -> ApprovalRow:
        """Ask somebody else to approve; what it is for is then done with the approval's number."""
        person = person_of(request)
        approval = await people.work(
            lambda db: approvals.ask(
                db,
                people.now(),
                person,
                kind=data.kind,
                what=data.what,
                reason=data.reason,
                place=data.place,
                seconds=data.seconds,
            )
        )
        return row_of(approval, person.id)

    async def _decide(request: Asked, number: int, data: Decision, *, approve: bool) -> ApprovalRow:
        person = person_of(request)
        approval = await people.work(
            lambda db: approvals.decide(db, people.now(), person, number, approve=approve, reason=data.reason)
        )
        return row_of(approval, person.id)

    @post("/api/approvals/{number:int}/approve", status_code=200, opt=WRITE)
    async def approve(
        request: Asked, number: FromPath[int], data: Annotated[Decision, Body()]
    ) -> ApprovalRow:
        """Approve what somebody else asked for."""
        return await _decide(request, number, data, approve=True)

    @post("/api/approvals/{number:int}/refuse", status_code=200, opt=WRITE)
    async def refuse(request: Asked, number: FromPath[int], data: Annotated[Decision, Body()]) -> ApprovalRow:
        """Refuse what somebody else asked for."""
        return await _decide(request, number, data, approve=False)

    return [ask, approve, refuse]
