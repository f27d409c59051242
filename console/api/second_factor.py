"""One's own second factor: offered, confirmed by a first code, removed; recovery codes."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body

from console import qr
from console.api.session import Text, came_from, number_of
from console.people import second_factor
from console.people.people import People
from console.people.permissions import OWN, person_of
from console.people.wrong import Wrong

Asked = Request[Any, Any, Any]


class Password(msgspec.Struct, forbid_unknown_fields=True):
    """The password once more, before something that an unattended session must not do."""

    password: Text


class Code(msgspec.Struct, forbid_unknown_fields=True):
    """What the authenticator shows now."""

    code: Text


class Offered(msgspec.Struct):
    """What an authenticator app takes: the secret, its address, and that address as a picture (SVG)."""

    secret: str
    address: str
    picture: str


class RecoveryCodes(msgspec.Struct):
    """Codes that are good once each; they are shown this once."""

    codes: list[str]


def routes(people: People) -> list[HTTPRouteHandler]:
    """What concerns nobody but the person who asks."""

    @post("/api/session/second-factor", status_code=200, opt={"permission": OWN, "shown_once": True})
    async def offer(request: Asked, data: Annotated[Password, Body()]) -> Offered:
        """A new secret for an authenticator app; it counts once a first code confirms it."""
        number = await _sure(people, request, data.password)
        secret = second_factor.new_secret()

        def keep(db: sqlite3.Connection) -> bool:
            done = db.execute(
                "UPDATE people SET totp_offered = ? WHERE id = ? AND totp IS NULL", (secret, number)
            )
            return done.rowcount == 1

        if not await people.work(keep):
            raise Wrong("second_factor", "must be removed before another is set", clash=True)
        address = second_factor.address_of(secret, person_of(request).name, people.chain_name)
        return Offered(secret, address, qr.picture(address))

    @post("/api/session/second-factor/confirm", status_code=200, opt={"permission": OWN, "shown_once": True})
    async def confirm(request: Asked, data: Annotated[Code, Body()]) -> RecoveryCodes:
        """Take the offered secret into use; from now on log-in needs a code."""
        number = number_of(person_of(request))

        def take(db: sqlite3.Connection) -> list[str] | None:
            row = db.execute("SELECT totp_offered, totp_step FROM people WHERE id = ?", (number,)).fetchone()
            code = "".join(data.code.split())
            if row["totp_offered"] is None:
                raise Wrong("second_factor", "must be offered first", clash=True)
            step = second_factor.step_of(row["totp_offered"], code, people.now(), row["totp_step"])
            if step is None:
                return None
            db.execute(
                "UPDATE people SET totp = totp_offered, totp_offered = NULL, totp_step = ? WHERE id = ?",
                (step, number),
            )
            return second_factor.new_recovery_codes(db, number)

        if (codes := await people.work(take)) is None:
            raise Wrong("code", "must be the one that your authenticator shows now")
        return RecoveryCodes(codes)

    return [offer, confirm, *_in_use(people)]


def _in_use(people: People) -> list[HTTPRouteHandler]:
    @post("/api/session/second-factor/remove", status_code=200, opt={"permission": OWN})
    async def remove(request: Asked, data: Annotated[Password, Body()]) -> RecoveryCodes:
        """Log in without a code from now on."""
        number = await _sure(people, request, data.password)
        await people.work(lambda db: second_factor.remove(db, number))
        return RecoveryCodes([])

    @post("/api/session/recovery-codes", status_code=200, opt={"permission": OWN, "shown_once": True})
    async def recovery_codes(request: Asked, data: Annotated[Password, Body()]) -> RecoveryCodes:
        """New recovery codes in place of the old ones."""
        number = await _sure(people, request, data.password)

        def renew(db: sqlite3.Connection) -> list[str]:
            if db.execute("SELECT totp FROM people WHERE id = ?", (number,)).fetchone()["totp"] is None:
                raise Wrong("second_factor", "must be in use", clash=True)
            return second_factor.new_recovery_codes(db, number)

        return RecoveryCodes(await people.work(renew))

    return [remove, recovery_codes]


async def _sure(people: People, request: Asked, password: str) -> int:
    """Who asks, by number, after they gave their password once more."""
    person = person_of(request)
    number = number_of(person)
    await people.password_fits(person, password, came_from(request))
    return number
