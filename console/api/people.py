"""Accounts: who may come in, in which roles, where."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath

from console import qr
from console.api.paging import LIMIT, Cursor, Limit, Page, page_of, position_of
from console.api.session import Text
from console.people import accounts, passwords, sessions
from console.people.accounts import Account
from console.people.people import People
from console.people.permissions import PERMISSIONS, ROLES, WHOLE_CHAIN, Person, person_of
from console.people.wrong import Missing, Wrong

Asked = Request[Any, Any, Any]
READ = {"permission": "people.read", "place": WHOLE_CHAIN}
MANAGE = {"permission": "people.manage", "place": WHOLE_CHAIN}
Names = Annotated[list[Text], msgspec.Meta(max_length=1_000)]


class NewPerson(msgspec.Struct, forbid_unknown_fields=True):
    """Who is to have an account; ``sites`` null is the whole chain."""

    name: Text
    roles: Names
    sites: Names | None = None


class ChangedPerson(msgspec.Struct, forbid_unknown_fields=True):
    """What an account is to be from now on."""

    roles: Names
    sites: Names | None = None
    disabled: bool = False


class PersonRow(msgspec.Struct):
    """An account; ``sites`` null is the whole chain, ``made_at`` seconds since 1970 UTC."""

    id: int
    name: str
    roles: list[str]
    sites: list[str] | None
    disabled: bool
    has_password: bool
    must_change: bool
    second_factor: bool
    made_at: float


class Added(msgspec.Struct):
    """A new account and the password of its first log-in, which has to change it; shown this once."""

    person: PersonRow
    password: str


class HowToReset(msgspec.Struct, forbid_unknown_fields=True):
    """``second_factor`` true takes that away too (the phone is lost)."""

    second_factor: bool = False


class ResetLink(msgspec.Struct):
    """A one-time link, good for a day; shown this once. ``picture`` says it as a QR code (SVG)."""

    path: str
    until: float
    address: str
    picture: str


class TheirSession(msgspec.Struct):
    """One of a person's open sessions; times are seconds since 1970 UTC."""

    id: int
    made_at: float
    seen_at: float
    address: str
    agent: str


class Role(msgspec.Struct):
    """A role and what it may."""

    name: str
    permissions: list[str]


class Choices(msgspec.Struct):
    """What a form for a person offers."""

    roles: list[Role]
    sites: list[str]


def row_of(account: Account) -> PersonRow:
    """An account as JSON."""
    return msgspec.convert(account, PersonRow, from_attributes=True)


def routes(people: People) -> list[HTTPRouteHandler]:
    """Reading and managing accounts."""

    @get("/api/people", opt=READ)
    async def listed(limit: Limit = LIMIT, cursor: Cursor = None) -> Page[PersonRow]:
        """Accounts in the order in which they were made."""
        after = position_of(cursor, 0)
        found = await people.look(lambda db: accounts.listed(db, after=after, limit=limit + 1))
        return page_of([row_of(account) for account in found], limit, lambda row: row.id)

    @get("/api/people/choices", opt=READ)
    async def choices() -> Choices:
        """Roles with what they may, and the names of places that a scope is made of."""
        roles = [
            Role(role, [name for name, having in PERMISSIONS.items() if role in having]) for role in ROLES
        ]
        return Choices(roles, list(people.places))

    @get("/api/people/{number:int}", opt=READ)
    async def one(number: FromPath[int]) -> PersonRow:
        """One account."""
        return row_of(await people.look(lambda db: accounts.by_id(db, number)))

    return [listed, choices, one, *_managing(people)]


def _managing(people: People) -> list[HTTPRouteHandler]:
    @post("/api/people", opt={**MANAGE, "shown_once": True})
    async def add(data: Annotated[NewPerson, Body()]) -> Response[Added]:
        """Make an account; the answer's password is for the first log-in."""
        roles = accounts.checked_roles(data.roles)
        sites = accounts.checked_sites(data.sites, people.places)
        name = accounts.checked_name(data.name)
        password = passwords.made_up()
        hashed = await people.passwords.hashed(password)

        def make(db: sqlite3.Connection) -> Account:
            return accounts.add(db, people.now(), name=name, roles=roles, sites=sites, password=hashed)

        return Response(Added(row_of(await people.work(make)), password), status_code=201)

    @put("/api/people/{number:int}", opt=MANAGE)
    async def change(
        request: Asked, number: FromPath[int], data: Annotated[ChangedPerson, Body()]
    ) -> PersonRow:
        """Set roles, scope and whether the account is disabled; the person's sessions end."""
        _another(person_of(request), number)
        roles = accounts.checked_roles(data.roles)
        sites = accounts.checked_sites(data.sites, people.places)
        return row_of(
            await people.work(
                lambda db: accounts.change(db, number, roles=roles, sites=sites, disabled=data.disabled)
            )
        )

    @post("/api/people/{number:int}/reset", opt={**MANAGE, "shown_once": True})
    async def reset(request: Asked, number: FromPath[int], data: Annotated[HowToReset, Body()]) -> ResetLink:
        """A one-time link to set a new password; the person's sessions end."""
        _another(person_of(request), number)
        now = people.now()
        secret = await people.work(
            lambda db: accounts.offer_reset(db, number, now, without_second_factor=data.second_factor)
        )
        path = f"/login#reset={secret}"
        address = f"{str(request.base_url).rstrip('/')}{path}"
        return ResetLink(path, now + accounts.RESET_SECONDS, address, qr.picture(address))

    return [add, change, reset, *_their_sessions(people)]


def _their_sessions(people: People) -> list[HTTPRouteHandler]:
    @get("/api/people/{number:int}/sessions", opt=READ)
    async def open_sessions(number: FromPath[int]) -> Page[TheirSession]:
        """A person's open sessions, the one used last first."""

        def look(db: sqlite3.Connection) -> list[sqlite3.Row]:
            accounts.by_id(db, number)
            return sessions.of(db, number, people.now())

        return Page([TheirSession(**dict(row)) for row in await people.work(look)], None)

    @delete("/api/people/{number:int}/sessions/{session:int}", opt=MANAGE)
    async def end_session(number: FromPath[int], session: FromPath[int]) -> None:
        """End one of a person's sessions."""
        if not await people.work(lambda db: sessions.end(db, number, session)):
            raise Missing(f"session {session}: must be one of person {number}")

    return [open_sessions, end_session]


def _another(person: Person, number: int) -> None:
    """Nobody changes what they themselves may."""
    if person.id == f"p{number}":
        raise Wrong("person", "must be another than yourself", clash=True)
