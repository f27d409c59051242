"""People for tests of the doors: cheap passwords, a clock that stands still, somebody of any role."""

from __future__ import annotations

import argon2
import attrs
import msgspec

from console.doors import Doors
from console.metrics import Metrics
from console.people import accounts, audit, sessions
from console.people.passwords import Passwords
from console.people.people import People
from console.people.permissions import Person
from console.people.sessions import csrf_of
from console.people.store import PeopleStore
from console.reports.desk import ReportDesk
from console.web import Behind
from console.webhooks.post import Allowed
from scenarios.chain import Chain
from tests.console.browserless import Answer, Caller
from tests.console.demo import DemoHost

START = 1_790_000_000.0
PASSWORD = "lychee-harbour-41-tram"
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


def people_of(chain: Chain, clock: Seconds | None = None, store: PeopleStore | None = None) -> People:
    """Accounts of a chain in memory, with a hash that costs nothing."""
    return People(store or PeopleStore(), chain, passwords=Passwords(CHEAP), now=clock or Seconds())


def add(
    people: People,
    name: str,
    *roles: str,
    sites: tuple[str, ...] | None = None,
    password: str | None = PASSWORD,
    must_change: bool = False,
) -> int:
    """An account with a password that need not be changed; returns its number."""
    hashed = None if password is None else CHEAP.hash(password)
    account = people.store.write(
        lambda db: accounts.add(
            db, people.now(), name=name, roles=roles, sites=sites, password=hashed, must_change=must_change
        )
    )
    return account.id


def session_of(people: People, number: int) -> str:
    """A session's secret, without a log-in."""
    return people.store.write(
        lambda db: sessions.begin(db, number, people.now(), address="127.0.0.1", agent="test")
    )


def person(people: People, name: str, *roles: str, sites: tuple[str, ...] | None = None) -> Person:
    """Somebody new, as the guard would say who asks."""
    return person_numbered(people, add(people, name, *roles, sites=sites, password=None))


def person_numbered(people: People, number: int) -> Person:
    """An account's person, with a new session."""
    secret = session_of(people, number)
    row = people.store.read(lambda db: sessions.find(db, secret, people.now()))
    return accounts.person_of_row(row, people.places)


def caller(stranger: Caller, people: People, number: int) -> Caller:
    """A page of an account."""
    secret = session_of(people, number)
    return attrs.evolve(stranger, cookie=f"hawker_{stranger.served.port}={secret}", csrf=csrf_of(secret))


async def log_in(stranger: Caller, name: str, password: str, code: str = "") -> Answer:
    """Try to log in."""
    body = msgspec.json.encode({"name": name, "password": password, "code": code})
    return await stranger.ask("/api/session", "POST", body)


def said(answer: Answer) -> dict[str, object]:
    """An answer's JSON."""
    found: dict[str, object] = msgspec.json.decode(answer.body)
    return found


def logged(people: People) -> list[tuple[str, str, str, str]]:
    """The audit log: name, action, subject, outcome, in order."""
    rows = people.store.read(lambda db: audit.entries(db, audit.Wanted(), before=1 << 40, limit=1_000))
    return [(row["name"], row["action"], row["subject"], row["outcome"]) for row in reversed(rows)]


def behind_of(host: DemoHost, people: People) -> Behind:
    """What the application is made from, without sockets."""
    return Behind(
        host=host,
        doors=Doors("t", bind="127.0.0.1", port=1),
        persons=people,
        reports=ReportDesk(host.chain, host.now_us, None),
        metrics=Metrics(host, lambda: 0),
        allowed=Allowed.of(()),
        feed_port=2,
    )
