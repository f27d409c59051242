"""Which hosts and origins are ours, the one-time link of ``hawker up``, and tickets to the live feed.

Secrets are 256 bits from the operating system; only their SHA-256 is kept, so comparing them leaks nothing.
Who may come in otherwise: ``console/people``.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import trio

from console.people.permissions import Person
from console.people.sessions import kept
from runtime.errors import Refused

TICKET_SECONDS = 15.0
TICKETS_MAX = 256


class Doors:
    """The console's doors while it runs; nothing here outlives the process.

    Attributes:
        port: of the pages.
        secure: whether pages and feed are served by TLS.
    """

    def __init__(
        self,
        token: str,
        *,
        bind: str,
        port: int,
        secure: bool = False,
        names: tuple[str, ...] = (),
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self._token: bytes | None = kept(token)
        self._tickets: dict[bytes, tuple[float, Person]] = {}
        self._clock = clock
        self._names = {"localhost", bind.lower(), *(name.lower() for name in names)}
        self.port, self.secure = port, secure

    @property
    def cookie(self) -> str:
        """The cookie's name; it holds the port, because browsers share cookies between ports of a host."""
        return f"__Host-hawker_{self.port}" if self.secure else f"hawker_{self.port}"

    def takes_secure(self, agent: str) -> bool:
        """Whether a browser keeps a cookie marked Secure from us.

        By TLS all do. Without it we serve this computer only, and Chromium and Firefox take such a cookie
        from a loopback address (Chromium: ``test_people_page.py``); others drop it and could not log in.
        """
        return self.secure or "Chrome/" in agent or "Firefox/" in agent

    def use_link(self, token: str) -> None:
        """Take the printed link's token; raises Refused if it is wrong or was used."""
        if self._token is None or not secrets.compare_digest(kept(token), self._token):
            raise Refused("link: token must be the unused one that this run of hawker printed")
        self._token = None

    def ticket(self, person: Person) -> str:
        """A ticket that opens the feed once within 15 seconds, for this person."""
        now = self._clock()
        for old in [key for key, (until, _) in self._tickets.items() if until < now]:
            del self._tickets[old]
        if len(self._tickets) >= TICKETS_MAX:
            raise Refused(f"feed tickets: at most {TICKETS_MAX} may be open at once")
        ticket = secrets.token_urlsafe(32)
        self._tickets[kept(ticket)] = (now + TICKET_SECONDS, person)
        return ticket

    def use_ticket(self, ticket: str) -> Person | None:
        """Take a ticket; whose it is, or None if it is unknown, used or late."""
        until, person = self._tickets.pop(kept(ticket), (0.0, None))
        return person if person is not None and self._clock() <= until else None

    def host_is_ours(self, host: str, port: int) -> bool:
        """Whether a Host header names us: an address, localhost or the name we are bound to, and the port.

        A page elsewhere that points its own name at us (DNS rebinding) sends its own name and is refused.
        """
        try:
            parts = urlsplit(f"//{host}")
            name, given = (parts.hostname or ""), (parts.port or (443 if self.secure else 80))
        except ValueError:
            return False
        return given == port and parts.username is None and (name in self._names or _is_address(name))

    def origin_is_ours(self, origin: str) -> bool:
        """Whether an Origin header is a page of this console."""
        scheme, separator, host = origin.partition("://")
        return (
            scheme == ("https" if self.secure else "http")
            and separator != ""
            and self.host_is_ours(host, self.port)
        )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
