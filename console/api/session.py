"""A person's own session and account: coming in and going, password, the way into the feed."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.exceptions import TooManyRequestsException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath

from console.api.paging import Page
from console.doors import Doors
from console.people import accounts, sessions
from console.people.people import Came, From, People
from console.people.permissions import OPEN, OWN, Person, person_of
from console.people.sessions import csrf_of
from console.people.wrong import Missing, Wrong
from runtime.errors import Refused

Asked = Request[Any, Any, Any]
Text = Annotated[str, msgspec.Meta(max_length=200)]


class LogIn(msgspec.Struct, forbid_unknown_fields=True):
    """Name and password; ``code`` of the second factor, or a recovery code, where the account has one."""

    name: Text
    password: Text
    code: Text = ""


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """The password as it is ("" if none was set yet) and the new one."""

    password: Text
    new_password: Text


class Reset(msgspec.Struct, forbid_unknown_fields=True):
    """The secret of a one-time link and the new password."""

    link: Text
    password: Text


class Me(msgspec.Struct):
    """Who is logged in; ``csrf`` goes with every request that changes something, as the header ``x-hawker``.

    Attributes:
        sites: names of the places in scope, null for the whole chain.
        must_change: nothing else is answered before the password is changed.
    """

    id: str
    name: str
    roles: list[str]
    sites: list[str] | None
    permissions: list[str]
    csrf: str
    must_change: bool
    has_password: bool
    second_factor: bool


class Session(msgspec.Struct):
    """One of a person's open sessions; times are seconds since 1970 UTC."""

    id: int
    made_at: float
    seen_at: float
    address: str
    agent: str
    this: bool


class Entered(msgspec.Struct):
    """Somebody came in."""

    name: str


class FeedTicket(msgspec.Struct):
    """What opens the live feed once within 15 seconds, and the feed's port."""

    ticket: str
    port: int


def came_from(request: Asked) -> From:
    """Where a request comes from."""
    client = request.client
    return From(address=client.host if client else "", agent=request.headers.get("user-agent", ""))


def with_cookie(response: Response[Any], doors: Doors, request: Asked, secret: str) -> None:
    """Let an answer carry a session: out of reach of scripts and of other sites."""
    secure = doors.takes_secure(request.headers.get("user-agent", ""))
    response.set_cookie(doors.cookie, secret, httponly=True, secure=secure, samesite="strict", path="/")


def number_of(person: Person) -> int:
    """A person's account number; tokens have none and are refused."""
    if not person.session:
        raise Wrong("authorization", "must be a person's session, not a token", clash=True)
    return int(person.id[1:])


def routes(people: People, doors: Doors, *, feed_port: int) -> list[HTTPRouteHandler]:
    """What concerns nobody but the person who asks."""

    @post("/api/feed-ticket", sync_to_thread=False, opt={"permission": "overview.read", "reads": True})
    def feed_ticket(request: Asked) -> FeedTicket:
        """A ticket that opens the live feed once within 15 seconds, and the feed's port."""
        try:
            return FeedTicket(doors.ticket(person_of(request)), feed_port)
        except Refused as refused:
            raise TooManyRequestsException(str(refused)) from None

    return [*_coming_and_going(people, doors), *_passwords(people, doors), feed_ticket]


def _coming_and_going(people: People, doors: Doors) -> list[HTTPRouteHandler]:
    @get("/api/session", opt={"permission": OWN})
    async def me(request: Asked) -> Me:
        """Who is logged in, and what they may."""
        person = person_of(request)
        number = number_of(person)
        account = await people.look(lambda db: accounts.by_id(db, number))
        return Me(
            id=person.id,
            name=person.name,
            roles=list(account.roles),
            sites=None if account.sites is None else list(account.sites),
            permissions=sorted(person.permissions),
            csrf=request.scope["csrf"],  # type: ignore[typeddict-item]
            must_change=account.must_change,
            has_password=account.has_password,
            second_factor=account.second_factor,
        )

    @post("/api/session", opt={"permission": OPEN})
    async def log_in(request: Asked, data: Annotated[LogIn, Body()]) -> Response[Entered]:
        """Open a session. 401 names the field: the password (or name), or the code that is needed too."""
        came = await people.log_in(data.name, data.password, data.code, came_from(request))
        return await _entered(request, came)

    async def _entered(request: Asked, came: Came) -> Response[Entered]:
        """The answer with a new session's cookie; one the request came with ends."""
        if old := str(request.scope["session"]):
            await people.work(
                lambda db: db.execute("DELETE FROM sessions WHERE hash = ?", (sessions.kept(old),))
            )
        response: Response[Entered] = Response(Entered(came.name), status_code=201)
        with_cookie(response, doors, request, came.secret)
        return response

    @delete("/api/session", opt={"permission": OWN})
    async def log_out(request: Asked) -> None:
        """End this session."""
        person = person_of(request)
        number = number_of(person)
        await people.work(lambda db: sessions.end(db, number, int(person.session)))

    @get("/api/sessions", opt={"permission": OWN})
    async def own_sessions(request: Asked) -> Page[Session]:
        """One's open sessions, the one used last first."""
        person = person_of(request)
        number = number_of(person)
        rows = await people.work(lambda db: sessions.of(db, number, people.now()))
        return Page([Session(**dict(row), this=str(row["id"]) == person.session) for row in rows], None)

    @delete("/api/sessions/{session:int}", opt={"permission": OWN})
    async def end_session(request: Asked, session: FromPath[int]) -> None:
        """End another of one's sessions."""
        number = number_of(person_of(request))
        if not await people.work(lambda db: sessions.end(db, number, session)):
            raise Missing(f"session {session}: must be one of yours")

    return [me, log_in, log_out, own_sessions, end_session]


def _passwords(people: People, doors: Doors) -> list[HTTPRouteHandler]:
    @post("/api/session/password", status_code=200, opt={"permission": OWN})
    async def change_password(request: Asked, data: Annotated[NewPassword, Body()]) -> Response[Entered]:
        """Set another password; other sessions end, this one gets a new secret."""
        person = person_of(request)
        number = number_of(person)
        await people.password_fits(person, data.password, came_from(request))
        if data.new_password == data.password:
            raise Wrong("new_password", "must be another than before")
        hashed = await people.new_password("new_password", data.new_password, person.name)

        def change(db: sqlite3.Connection) -> str:
            accounts.set_password(db, number, hashed, keep_session=int(person.session))
            return sessions.rotate(db, int(person.session))

        secret = await people.work(change)
        response = Response(Entered(person.name), headers={"x-hawker": csrf_of(secret)})
        with_cookie(response, doors, request, secret)
        return response

    @post("/api/reset", status_code=200, opt={"permission": OPEN})
    async def reset(request: Asked, data: Annotated[Reset, Body()]) -> Entered:
        """Set a new password by a one-time link from an administrator."""
        return Entered(await people.reset(data.link, data.password, came_from(request)))

    return [change_password, reset]
