"""Who may come in: the one-time link, sessions, feed tickets, and which hosts and origins are ours.

Secrets are 256 bits from the operating system; only their SHA-256 is kept, so comparing them leaks nothing.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import trio

from runtime.errors import Refused

TICKET_SECONDS = 15.0
TICKETS_MAX = 256
SESSIONS_MAX = 64


def _kept(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


class Doors:
    """The console's doors while it runs; nothing outlives the process."""

    def __init__(
        self, token: str, *, bind: str, port: int, clock: Callable[[], float] = trio.current_time
    ) -> None:
        self._token: bytes | None = _kept(token)
        self._sessions: dict[bytes, None] = {}
        self._tickets: dict[bytes, float] = {}
        self._clock = clock
        self._bind = bind.lower()
        self.port = port

    @property
    def cookie(self) -> str:
        """The cookie's name; it holds the port, because browsers share cookies between ports of a host."""
        return f"hawker_{self.port}"

    def log_in(self, token: str) -> str:
        """Exchange the one-time token for a session; raises Refused if it is wrong or was used."""
        if self._token is None or not secrets.compare_digest(_kept(token), self._token):
            raise Refused("link: token must be the unused one that this run of hawker printed")
        self._token = None
        session = secrets.token_urlsafe(32)
        self._sessions[_kept(session)] = None
        while len(self._sessions) > SESSIONS_MAX:
            del self._sessions[next(iter(self._sessions))]
        return session

    def knows(self, session: str) -> bool:
        """Whether this session was given out by this run."""
        return bool(session) and _kept(session) in self._sessions

    def ticket(self) -> str:
        """A ticket that opens the feed once within 15 seconds."""
        now = self._clock()
        for old in [key for key, until in self._tickets.items() if until < now]:
            del self._tickets[old]
        if len(self._tickets) >= TICKETS_MAX:
            raise Refused(f"feed tickets: at most {TICKETS_MAX} may be open at once")
        ticket = secrets.token_urlsafe(32)
        self._tickets[_kept(ticket)] = now + TICKET_SECONDS
        return ticket

    def use_ticket(self, ticket: str) -> bool:
        """Take a ticket; False if it is unknown, used or late."""
        until = self._tickets.pop(_kept(ticket), None)
        return until is not None and self._clock() <= until

    def host_is_ours(self, host: str, port: int) -> bool:
        """Whether a Host header names us: an address, localhost or the name we are bound to, and the port.

        A page elsewhere that points its own name at us (DNS rebinding) sends its own name and is refused.
        """
        try:
            parts = urlsplit(f"//{host}")
            name, given = (parts.hostname or ""), (parts.port or 80)
        except ValueError:
            return False
        return (
            given == port
            and parts.username is None
            and (name in ("localhost", self._bind) or _is_address(name))
        )

    def origin_is_ours(self, origin: str) -> bool:
        """Whether an Origin header is a page of this console."""
        scheme, separator, host = origin.partition("://")
        return scheme == "http" and separator != "" and self.host_is_ours(host, self.port)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
