"""Tokens for other systems."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath

from console.api.paging import LIMIT, Cursor, Limit, Page, page_of, position_of
from console.api.people import Names
from console.api.session import Text
from console.people import accounts, tokens
from console.people.people import People
from console.people.permissions import WHOLE_CHAIN, person_of

MANAGE = {"permission": "tokens.manage", "place": WHOLE_CHAIN}


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """What a token is to be; ``scopes`` are permissions, ``sites`` null is the whole chain."""

    name: Text
    scopes: Names
    sites: Names | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=tokens.DAYS_MAX)] = 90


class Token(msgspec.Struct):
    """A token without its secret; times are seconds since 1970 UTC."""

    id: int
    name: str
    scopes: list[str]
    sites: list[str] | None
    made_by: str
    made_at: float
    until: float
    revoked_at: float | None
    used_at: float | None


class Made(msgspec.Struct):
    """A new token's number and secret, for the header ``Authorization: Bearer``; shown this once."""

    id: int
    token: str


def routes(people: People) -> list[HTTPRouteHandler]:
    """Making, listing and revoking."""

    @get("/api/tokens", opt=MANAGE)
    async def listed(limit: Limit = LIMIT, cursor: Cursor = None) -> Page[Token]:
        """Tokens in the order in which they were made."""
        after = position_of(cursor, 0)
        rows = await people.look(lambda db: tokens.listed(db, after=after, limit=limit + 1))
        found = [Token(**row | {name: _names(row[name]) for name in ("scopes", "sites")}) for row in rows]
        return page_of(found, limit, lambda token: token.id)

    @post("/api/tokens", opt={**MANAGE, "shown_once": True})
    async def make(request: Request[Any, Any, Any], data: Annotated[NewToken, Body()]) -> Response[Made]:
        """Make a token of permissions that one has oneself."""
        maker = person_of(request)
        name = accounts.checked_name(data.name)
        scopes = tokens.checked_scopes(data.scopes, maker)
        sites = accounts.checked_sites(data.sites, people.places)
        number, secret = await people.work(
            lambda db: tokens.make(
                db, people.now(), name=name, scopes=scopes, sites=sites, days=data.days, maker=maker
            )
        )
        return Response(Made(number, secret), status_code=201)

    @delete("/api/tokens/{number:int}", opt=MANAGE)
    async def revoke(number: FromPath[int]) -> None:
        """End a token at once."""
        await people.work(lambda db: tokens.revoke(db, number, people.now()))

    return [listed, make, revoke]


def _names(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
