"""One POST to another system: only to hosts that are allowed, and only to the address that was checked."""

from __future__ import annotations

import ipaddress
import ssl
from typing import Any
from urllib.parse import SplitResult, urlsplit

import attrs
import h11
import trio

from console.people.wrong import Wrong

ANSWER_BYTES_MAX = 16_384
SECONDS_MAX = 10.0
ADDRESS_CHARACTERS_MAX = 1_000


class NotDelivered(Exception):
    """The other side did not take it; trying again may help."""


@attrs.frozen
class Allowed:
    """Hosts that may be called, as settings name them.

    A name is good for public addresses only: one that leads into this network, or to this computer, is
    refused, whatever its owner makes it point at. An address (``127.0.0.1``) that is named itself is good.
    """

    hosts: frozenset[str]

    @classmethod
    def of(cls, names: tuple[str, ...]) -> Allowed:
        """From the names as written."""
        return cls(frozenset(name.strip().lower().strip("[]") for name in names) - {""})

    def checked(self, url: str) -> SplitResult:
        """An address that may be called; raises Wrong for any other."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise Wrong("url", "must be an http or https address") from None
        plain = url.isascii() and url.isprintable() and " " not in url and port != 0
        if parts.scheme not in ("http", "https") or not host or not plain or parts.username or parts.fragment:
            raise Wrong("url", "must be an http or https address without a user or fragment")
        if len(url) > ADDRESS_CHARACTERS_MAX:
            raise Wrong("url", f"must have at most {ADDRESS_CHARACTERS_MAX} characters")
        if host not in self.hosts:
            allowed = ", ".join(sorted(self.hosts)) or "none, see --webhook-host"
            raise Wrong("url", f"must be at an allowed host ({allowed}), not {host[:80]!r}")
        return parts

    async def addresses(self, host: str, port: int) -> list[tuple[str, int]]:
        """Where a host is; raises NotDelivered if that is not allowed."""
        try:
            found = await trio.socket.getaddrinfo(host, port, type=trio.socket.SOCK_STREAM)
        except OSError as error:
            raise NotDelivered(f"{host}: must have an address: {error}") from None
        places = [(str(address[0]), int(address[1])) for *_, address in found]
        for place, _ in places:
            if place != host and not ipaddress.ip_address(place.partition("%")[0]).is_global:
                raise NotDelivered(f"{host}: must lead to public addresses, not {place}")
        return places


async def post(
    url: str, body: bytes, headers: dict[str, str], allowed: Allowed, context: ssl.SSLContext | None = None
) -> int:
    """Send a body; returns the status, 2xx or not. No redirect is followed.

    Raises:
        NotDelivered: no connection, no answer in time, or none of HTTP.
        Wrong: the address is not allowed (any more).
    """
    parts = allowed.checked(url)
    host = (parts.hostname or "").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with trio.fail_after(SECONDS_MAX):
            place, number = (await allowed.addresses(host, port))[0]
            async with await _connected(place, number, parts, host, context) as stream:
                return await _talk(stream, parts, body, headers)
    except (OSError, trio.BrokenResourceError, ssl.SSLError, h11.ProtocolError) as error:
        raise NotDelivered(f"{host}: {error or type(error).__name__}") from None
    except trio.TooSlowError:
        raise NotDelivered(f"{host}: must answer within {SECONDS_MAX:g} s") from None


async def _connected(
    place: str, port: int, parts: SplitResult, host: str, context: ssl.SSLContext | None
) -> trio.abc.Stream:
    stream = await trio.open_tcp_stream(place, port)
    if parts.scheme == "http":
        return stream
    return trio.SSLStream(
        stream, context or ssl.create_default_context(), server_hostname=host, https_compatible=True
    )


async def _talk(stream: trio.abc.Stream, parts: SplitResult, body: bytes, headers: dict[str, str]) -> int:
    connection = h11.Connection(h11.CLIENT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {
        "host": parts.netloc,
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        **headers,
    }
    request = h11.Request(method="POST", target=target, headers=list(sent.items()))
    for part in (request, h11.Data(data=body), h11.EndOfMessage()):
        await stream.send_all(connection.send(part) or b"")
    taken = 0
    while True:
        event: Any = connection.next_event()
        if isinstance(event, h11.Response):
            return event.status_code
        if event is h11.NEED_DATA:
            data = await stream.receive_some(4_096)
            taken += len(data)
            if taken > ANSWER_BYTES_MAX:
                raise NotDelivered(f"{parts.hostname}: must answer in fewer than {ANSWER_BYTES_MAX} bytes")
            connection.receive_data(bytes(data))
        elif not isinstance(event, h11.InformationalResponse):
            raise NotDelivered(f"{parts.hostname}: must answer")
