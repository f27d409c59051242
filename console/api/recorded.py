"""Round every route: what changes something is audited before its effect, and done once for a key.

The body stands in the log without its secrets. A repeated request with the same ``Idempotency-Key`` and body
gets the first one's answer for a day; with another body 409. If the process ended between the two, nobody
knows whether it was done: 409 says so, and who asks looks before trying again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from functools import partial
from typing import Any, cast

import msgspec
import trio
from litestar import Request
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from console.people import audit
from console.people.audit import Actor
from console.people.people import People
from console.people.permissions import Person, may_enter
from console.people.wrong import Wrong

SECRETS = {"password", "new_password", "code", "link", "secret", "token"}
KEY_CHARACTERS_MAX = 64
KEPT_SECONDS = 86_400.0
KEPT_BYTES_MAX = 65_536
LONG_CHARACTERS = 200


class Recorded(ASGIMiddleware):
    """Audits and remembers.

    Routes with ``opt["reads"]`` change nothing and pass; ``opt["shown_once"]`` marks answers that are shown
    once and so are not kept.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, people: People) -> None:
        self._people = people

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request."""
        person: Person | None = scope.get("user")
        handler, method = scope["route_handler"], cast("HTTPScope", scope)["method"]
        if person is None or method in ("GET", "HEAD", "OPTIONS") or handler.opt.get("reads"):
            await next_app(scope, receive, send)
            return
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        actor = actor_of(person)
        action = f"{handler.opt.get('permission', '').partition('.')[0]}.{handler.handler_name}"
        subject = " ".join(f"{name}={value}" for name, value in scope["path_params"].items())
        try:
            may_enter(request, handler)  # before anything is remembered or answered again
        except HTTPException as error:
            await self._refuse(actor, action, subject, error.status_code)
            raise
        body = await request.body()
        key = _key_of(request, person)
        if key is not None and (known := await self._known(key, body)) is not None:
            await _answer_again(send, known)
            return
        detail = {"path": scope["path"], "body": _without_secrets(body)}
        noted = partial(audit.write, now=self._people.now(), actor=actor, action=action, subject=subject)
        asked = await self._people.work(partial(noted, detail=detail, outcome=audit.ASKED))
        answer = Answer()

        def note(db: sqlite3.Connection) -> None:
            told = {"status": answer.status}
            noted(db, now=self._people.now(), detail=told, outcome=answer.outcome(), of=asked)
            if key is not None:
                _keep(db, key, answer.status, None if handler.opt.get("shown_once") else answer)

        try:
            await next_app(scope, receive, answer.take)
        finally:
            with trio.CancelScope(shield=True):  # also where the other side has gone meanwhile
                await self._people.work(note)
        for message in answer.messages:
            await send(message)

    async def _refuse(self, actor: Actor, action: str, subject: str, status: int) -> None:
        """Somebody tried what they may not."""
        told, now = {"status": status}, self._people.now()
        await self._people.work(
            lambda db: audit.write(
                db, now, actor, action, subject=subject, detail=told, outcome=audit.REFUSED
            )
        )

    async def _known(self, key: bytes, body: bytes) -> Kept | None:
        """The answer kept for a key; else the key is taken for this request."""
        digest, now = hashlib.sha256(body).digest(), self._people.now()

        def look(db: sqlite3.Connection) -> Kept | None:
            db.execute("DELETE FROM answers WHERE at < ?", (now - KEPT_SECONDS,))
            row = db.execute("SELECT * FROM answers WHERE key = ?", (key,)).fetchone()
            if row is None:
                db.execute("INSERT INTO answers (key, request, at) VALUES (?, ?, ?)", (key, digest, now))
                return None
            if row["request"] != digest:
                raise Wrong("Idempotency-Key", "must be new for another request", clash=True)
            if row["status"] is None:
                raise Wrong(
                    "Idempotency-Key", "must wait: the first request has not ended, or broke off", clash=True
                )
            if row["body"] is None:
                raise Wrong(
                    "Idempotency-Key", "must be new: it was done, its answer is shown once", clash=True
                )
            return Kept(row["status"], row["media"], row["body"])

        return await self._people.work(look)


class Kept(msgspec.Struct):
    """An answer as it is given again."""

    status: int
    media: str
    body: bytes


class Answer:
    """What a route answers, held back until the log knows."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 0
        self.media = ""
        self.body = b""

    async def take(self, message: Message) -> None:
        """A ``send`` that keeps what it is given."""
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in message["headers"]:
                if name.lower() == b"content-type":
                    self.media = value.decode("latin-1")
        elif message["type"] == "http.response.body":
            self.body += message["body"]

    def outcome(self) -> str:
        """The audit log's word for it; no answer at all is a failure."""
        if 200 <= self.status < 400:
            return audit.DONE
        return audit.REFUSED if 400 <= self.status < 500 else audit.FAILED


def actor_of(person: Person) -> Actor:
    """A person or token as the audit log names them."""
    return Actor(who=person.id, name=person.name, via="session" if person.session else "token")


def _key_of(request: Request[Any, Any, Any], person: Person) -> bytes | None:
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":
        return None
    if not (1 <= len(key) <= KEY_CHARACTERS_MAX and key.isascii() and key.isprintable()):
        raise Wrong("Idempotency-Key", f"must have 1 to {KEY_CHARACTERS_MAX} printable ASCII characters")
    return hashlib.sha256(f"{person.id}\n{request.url.path}\n{key}".encode()).digest()


def _keep(db: sqlite3.Connection, key: bytes, status: int, answer: Answer | None) -> None:
    if status >= 500 or status in (0, 401, 429):
        db.execute("DELETE FROM answers WHERE key = ?", (key,))
    elif answer is None or len(answer.body) > KEPT_BYTES_MAX:
        db.execute("UPDATE answers SET status = ? WHERE key = ?", (status, key))
    else:
        db.execute(
            "UPDATE answers SET status = ?, media = ?, body = ? WHERE key = ?",
            (status, answer.media, answer.body, key),
        )


async def _answer_again(send: Send, kept: Kept) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": kept.status,
            "headers": [
                (b"content-type", kept.media.encode()),
                (b"content-length", str(len(kept.body)).encode()),
                (b"idempotency-replayed", b"true"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": kept.body, "more_body": False})


def _without_secrets(body: bytes) -> Any:
    """A JSON body as the log may show it; anything else by its size."""
    try:
        return _plain(msgspec.json.decode(body)) if body else None
    except (msgspec.MsgspecError, RecursionError):
        return {"bytes": len(body)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "…" if name in SECRETS else _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value[:50]]
    if isinstance(value, str) and len(value) > LONG_CHARACTERS:
        return value[:LONG_CHARACTERS] + "…"
    return value
