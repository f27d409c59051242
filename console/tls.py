"""Pages and feed by TLS: the certificate that ``hawker up --certificate`` names."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import attrs
import trio

from runtime.errors import ConfigError

CHUNK_BYTES = 65_536


@attrs.frozen(kw_only=True)
class Tls:
    """What the listeners need; ``names`` are those that browsers may call the console by."""

    context: ssl.SSLContext
    names: tuple[str, ...] = ()


def tls_of(certificate: Path, key: Path, names: tuple[str, ...] = ()) -> Tls:
    """From a certificate chain and its key, PEM files; raises ConfigError for files that are none."""
    for option, path in (("--certificate", certificate), ("--key", key)):
        if not path.is_file():
            raise ConfigError(f"{option} {path}: must be a file")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password=_none)
    except (ssl.SSLError, OSError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        raise ConfigError(f"--certificate {certificate}: must be PEM and fit --key {key}: {why}") from None
    return Tls(context=context, names=names)


def _none() -> str:
    """Asked for by a key under a password: nobody is there to type it."""
    raise ValueError("the key must be without a password")


async def bridged(serve: Callable[[trio.SocketStream], Awaitable[None]], outside: trio.abc.Stream) -> None:
    """Serve a connection by TLS to something that writes to sockets itself: through a pair of them.

    Never raises but for cancellation: what breaks ends this connection only.
    """
    mine, theirs = trio.socket.socketpair()
    near, far = trio.SocketStream(mine), trio.SocketStream(theirs)
    try:
        async with outside, near, trio.open_nursery() as nursery:
            nursery.start_soon(_pump, outside, near, nursery.cancel_scope)
            nursery.start_soon(_pump, near, outside, nursery.cancel_scope)
            await serve(far)
            await far.aclose()
    except* (trio.BrokenResourceError, trio.ClosedResourceError, ssl.SSLError):
        pass
    finally:
        await trio.aclose_forcefully(far)


async def _pump(one: trio.abc.Stream, other: trio.abc.Stream, both: trio.CancelScope) -> None:
    """Pass bytes on until an end; then the connection is over."""
    while data := await one.receive_some(CHUNK_BYTES):
        await other.send_all(data)
    both.cancel()
