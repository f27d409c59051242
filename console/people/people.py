"""``People``: what the console's doors and pages ask about persons, over one store."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any

import attrs

from console.people import accounts, audit, backoff, second_factor, sessions, tokens
from console.people.audit import Actor
from console.people.passwords import Passwords, weakness
from console.people.permissions import Person, Places
from console.people.store import PeopleStore, T
from console.people.wrong import NotYou, TooSoon, Wrong
from runtime.errors import Refused
from scenarios.chain import Chain

WRONG_LOG_IN = "must be those of an account"


@attrs.frozen(kw_only=True)
class Came:
    """Somebody came in: the new session's secret and who they are."""

    secret: str
    name: str


@attrs.frozen(kw_only=True)
class From:
    """Where a request comes from: the peer's address and what its browser calls itself."""

    address: str
    agent: str


class CodeNeeded(Refused):
    """The password was right; a code of the second factor is needed too."""


class People:
    """The doors' memory.

    Attributes:
        store: the file; ``work`` and ``look`` run functions on it that take its connection first.
        places: names of the chain that scopes are made of.
        now: seconds since 1970 UTC, of this computer (not of the chain's clock, which may be simulated).
    """

    def __init__(
        self,
        store: PeopleStore,
        chain: Chain,
        *,
        passwords: Passwords | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.store, self.now = store, now
        self.passwords = passwords or Passwords()
        self.places = Places(chain)
        self.chain_name = chain.name
        store.write(lambda db: accounts.ensure_owner(db, now()))

    async def work(self, does: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in one transaction."""
        return await self.store.writing(does)

    async def look(self, does: Callable[[sqlite3.Connection], T]) -> T:
        """Look something up."""
        return await self.store.reading(does)

    # Who asks

    async def of_session(self, secret: str) -> Person | None:
        """The person of a session, None if it has ended; a use is noted once a minute."""
        now = self.now()
        if not secret or (row := await self.look(lambda db: sessions.find(db, secret, now))) is None:
            return None
        if now - row["seen_at"] > sessions.SEEN_EVERY_SECONDS:
            await self.work(lambda db: sessions.seen(db, row["session"], now))
        return accounts.person_of_row(row, self.places)

    async def of_token(self, secret: str) -> Person | None:
        """The system of a token, None if it is good for nothing."""
        now = self.now()
        found = await self.look(lambda db: tokens.find(db, secret, now, self.places))
        if found is None:
            return None
        person, used_at = found
        if now - used_at > sessions.SEEN_EVERY_SECONDS:
            await self.work(lambda db: tokens.used(db, int(person.id[1:]), now))
        return person

    async def goes_on(self, person: Person) -> bool:
        """Whether the session somebody came with is still open; what it sees meanwhile counts as use."""
        now, session = self.now(), int(person.session or 0)
        if (seen_at := await self.look(lambda db: sessions.last_seen(db, session, now))) is None:
            return False
        if now - seen_at > sessions.SEEN_EVERY_SECONDS:
            await self.work(lambda db: sessions.seen(db, session, now))
        return True

    # Coming in

    async def log_in(self, name: str, password: str, code: str, came_from: From) -> Came:
        """Open a session for a name and password, and a code where there is a second factor.

        Takes as long and says the same for a name nobody has.

        Raises:
            TooSoon: too many tries failed; this one was not judged.
            CodeNeeded: the password is right, the code is missing.
            NotYou: it is not right.
        """
        counted = backoff.subjects(name, came_from.address)
        if (wait := await self.work(lambda db: backoff.take(db, counted, self.now()))) > 0:
            raise TooSoon(wait)
        row = await self.look(
            lambda db: db.execute("SELECT * FROM people WHERE name = ?", (name,)).fetchone()
        )
        good = row is not None and not row["disabled"]
        if not await self.passwords.fits(row["password"] if good else None, password):
            await self._refused(row, came_from, "password")
            raise NotYou("password", WRONG_LOG_IN)
        needed = row["totp"] is not None
        if needed and not code.strip():
            await self.work(lambda db: backoff.give_back(db, counted))
            raise CodeNeeded("code: must be the one that your authenticator shows now")

        def come_in(db: sqlite3.Connection) -> Came | None:
            now = self.now()
            if needed and not second_factor.take(db, row["id"], code, now):
                return None
            backoff.forget(db, counted[0])
            backoff.give_back(db, counted[1:])
            return self._begin(db, row["id"], row["name"], "password", came_from)

        if (came := await self.work(come_in)) is None:
            await self._refused(row, came_from, "code")
            raise NotYou(
                "code", "must be the one that your authenticator shows now, or a recovery code not used"
            )
        return came

    def _begin(self, db: sqlite3.Connection, person: int, name: str, by: str, came_from: From) -> Came:
        secret = sessions.begin(db, person, self.now(), address=came_from.address, agent=came_from.agent)
        actor = Actor(who=f"p{person}", name=name, via="session")
        detail = {"address": came_from.address, "by": by}
        audit.write(db, self.now(), actor, "session.open", subject=name, detail=detail)
        return Came(secret=secret, name=name)

    async def _refused(self, row: Any, came_from: From, why: str) -> None:
        """Note a wrong guess: what was typed for a name only if it is one (people type passwords there)."""
        name = row["name"] if row is not None else ""
        detail = {"address": came_from.address, "wrong": why, "known_name": row is not None}

        def note(db: sqlite3.Connection) -> None:
            nobody = Actor(who="", name=name, via="session")
            audit.write(
                db, self.now(), nobody, "session.open", subject=name, detail=detail, outcome=audit.REFUSED
            )

        await self.work(note)

    async def owner_in(self, came_from: From) -> Came:
        """Open a session for the owner, who followed the printed link. Raises Refused for a disabled one."""

        def come_in(db: sqlite3.Connection) -> Came:
            owner = accounts.by_name(db, accounts.OWNER)
            if owner.disabled:
                raise Refused(f"link: {accounts.OWNER} must not be disabled")
            return self._begin(db, owner.id, owner.name, "link", came_from)

        return await self.work(come_in)

    # Passwords

    async def new_password(self, field: str, password: str, name: str) -> str:
        """The hash of a new password; raises Wrong for one that is too weak."""
        if rule := weakness(password, name):
            raise Wrong(field, rule)
        return await self.passwords.hashed(password)

    async def password_fits(
        self, person: Person, password: str, came_from: From, field: str = "password"
    ) -> None:
        """Raises Wrong unless this is the person's password; nobody has one before it is set."""
        row = await self.look(
            lambda db: db.execute("SELECT * FROM people WHERE id = ?", (int(person.id[1:]),)).fetchone()
        )
        if row["password"] is None:
            return
        counted = backoff.subjects(person.name, came_from.address)
        if (wait := await self.work(lambda db: backoff.take(db, counted, self.now()))) > 0:
            raise TooSoon(wait)
        if not await self.passwords.fits(row["password"], password):
            await self._refused(row, came_from, "password")
            raise Wrong(field, "must be your password as it is now")
        await self.work(lambda db: backoff.give_back(db, counted))

    async def reset(self, secret: str, password: str, came_from: From) -> str:
        """Set a new password by a one-time link; returns the name. Raises TooSoon or Wrong."""
        counted = backoff.subjects("", came_from.address)[1:]
        if (wait := await self.work(lambda db: backoff.take(db, counted, self.now()))) > 0:
            raise TooSoon(wait)
        account = await self.look(lambda db: accounts.of_reset(db, secret, self.now()))
        if account is None:
            raise Wrong("link", "must be one that was not used, of the last 24 hours")
        hashed = await self.new_password("password", password, account.name)

        def use(db: sqlite3.Connection) -> None:
            if accounts.of_reset(db, secret, self.now()) is None:
                raise Wrong("link", "must be one that was not used, of the last 24 hours")
            accounts.set_password(db, account.id, hashed)
            backoff.give_back(db, counted)
            actor = Actor(who=f"p{account.id}", name=account.name, via="link")
            audit.write(
                db,
                self.now(),
                actor,
                "password.reset",
                subject=account.name,
                detail={"address": came_from.address},
            )

        await self.work(use)
        return account.name
