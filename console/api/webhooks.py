"""Webhooks: who is told what, and what could not be told."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath, QueryParameter

from console.api.paging import LIMIT, Cursor, Limit, Page, page_of, position_of
from console.people.people import People
from console.people.permissions import WHOLE_CHAIN, person_of
from console.people.wrong import Wrong
from console.webhooks import delivery
from console.webhooks.post import ADDRESS_CHARACTERS_MAX, Allowed

MANAGE = {"permission": "webhooks.manage", "place": WHOLE_CHAIN}
NEWEST = (1 << 62) - 1


class NewWebhook(msgspec.Struct, forbid_unknown_fields=True):
    """Where to send which events."""

    url: Annotated[str, msgspec.Meta(max_length=ADDRESS_CHARACTERS_MAX)]
    kinds: Annotated[list[str], msgspec.Meta(max_length=20)]


class Webhook(msgspec.Struct):
    """A subscription without its secret; ``waiting`` and ``dead`` count what was not taken, or given up."""

    id: int
    url: str
    kinds: list[str]
    made_by: str
    made_at: float
    waiting: int
    dead: int


class MadeWebhook(msgspec.Struct):
    """A new subscription's number and the secret that signs what it is told; shown this once."""

    id: int
    secret: str


class Delivery(msgspec.Struct):
    """One event on its way; times are seconds since 1970 UTC, ``error`` is of the last attempt."""

    id: int
    webhook: int
    kind: str
    at: float
    attempts: int
    next_at: float
    state: str
    error: str


def routes(people: People, allowed: Allowed) -> list[HTTPRouteHandler]:
    """Subscriptions and dead letters."""

    @get("/api/webhooks", opt=MANAGE)
    async def listed(limit: Limit = LIMIT, cursor: Cursor = None) -> Page[Webhook]:
        """Subscriptions in the order in which they were made."""
        after = position_of(cursor, 0)
        rows = await people.look(
            lambda db: db.execute(
                "SELECT w.id, url, kinds, made_by, made_at,"
                " count(*) FILTER (WHERE d.state = 'waiting') AS waiting,"
                " count(*) FILTER (WHERE d.state = 'dead') AS dead"
                " FROM webhooks w LEFT JOIN deliveries d ON d.webhook = w.id"
                " WHERE active AND w.id > ? GROUP BY w.id ORDER BY w.id LIMIT ?",
                (after, limit + 1),
            ).fetchall()
        )
        found = [Webhook(**dict(row) | {"kinds": msgspec.json.decode(row["kinds"])}) for row in rows]
        return page_of(found, limit, lambda hook: hook.id)

    @post("/api/webhooks", opt={**MANAGE, "shown_once": True})
    async def subscribe(
        request: Request[Any, Any, Any], data: Annotated[NewWebhook, Body()]
    ) -> Response[MadeWebhook]:
        """Tell an address of another system what happens."""
        allowed.checked(data.url)
        kinds = delivery.checked_kinds(data.kinds)
        name = person_of(request).name
        number, secret = await people.work(
            lambda db: delivery.subscribe(db, people.now(), url=data.url, kinds=kinds, made_by=name)
        )
        return Response(MadeWebhook(number, secret), status_code=201)

    @delete("/api/webhooks/{number:int}", opt=MANAGE)
    async def unsubscribe(number: FromPath[int]) -> None:
        """End a subscription."""
        await people.work(lambda db: delivery.unsubscribe(db, number))

    return [listed, subscribe, unsubscribe, *_deliveries(people)]


def _deliveries(people: People) -> list[HTTPRouteHandler]:
    @get("/api/deliveries", opt=MANAGE)
    async def deliveries(
        limit: Limit = LIMIT,
        cursor: Cursor = None,
        in_state: Annotated[str, QueryParameter(name="state", max_length=20)] = "",
    ) -> Page[Delivery]:
        """Events that were to be told, the newest first."""
        if in_state and in_state not in delivery.STATES:
            raise Wrong("state", f"must be one of {', '.join(delivery.STATES)}, not {in_state!r}")
        before = position_of(cursor, NEWEST)
        rows = await people.look(
            lambda db: db.execute(
                "SELECT id, webhook, kind, at, attempts, next_at, state, error FROM deliveries"
                " WHERE id < ? AND (? = '' OR state = ?) ORDER BY id DESC LIMIT ?",
                (before, in_state, in_state, limit + 1),
            ).fetchall()
        )
        return page_of([Delivery(**dict(row)) for row in rows], limit, lambda row: row.id)

    @post("/api/deliveries/{number:int}/again", status_code=202, opt=MANAGE)
    async def again(number: FromPath[int]) -> dict[str, int]:
        """Send a dead letter again."""
        await people.work(lambda db: delivery.try_again(db, number, people.now()))
        return {"delivery": number}

    return [deliveries, again]
