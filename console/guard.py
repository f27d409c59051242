"""The outermost layer of the web server: strangers out, safe headers on, failures kept to one connection."""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import hypercorn
import msgspec
import structlog
import trio
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from hypercorn.utils import wrap_app

from console.doors import Doors
from console.metrics import Metrics
from console.people.people import People
from console.people.sessions import csrf_of

FILES = ("/static/", "/vendor/", "/health/")
"""What needs no session, and so no look into the store."""
NOBODYS_CSRF = "page"
"""What a page sends that has no session yet: it makes the browser ask first, were it another site's."""
CONNECTIONS_MAX = 256
ADDRESS_BYTES_MAX = 4_096
HEADERS_BYTES_MAX = 16_384
log = structlog.get_logger("console.web")


def security_headers(host: str, feed_port: int, *, secure: bool = False) -> list[tuple[bytes, bytes]]:
    """Headers of every answer. ``host`` is the request's own (checked) Host header."""
    name = urlsplit(f"//{host}").hostname or "127.0.0.1"
    name = f"[{name}]" if ":" in name else name
    feed = "wss" if secure else "ws"
    policy = (
        f"default-src 'self'; connect-src 'self' {feed}://{name}:{feed_port}; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    lasting = [(b"strict-transport-security", b"max-age=31536000")] if secure else []
    return [
        *lasting,
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        (b"cache-control", b"no-store"),
    ]


class Guard:
    """ASGI: requests to our own host only, by whom, and changes from our own pages only.

    ``scope["user"]`` becomes the ``Person`` (None for nobody), ``scope["csrf"]`` what their page must send as
    ``x-hawker``, ``scope["session"]`` the secret they came with.
    """

    def __init__(self, pages: Any, doors: Doors, people: People, metrics: Metrics, *, feed_port: int) -> None:
        self.pages, self.doors, self.people, self.feed_port = pages, doors, people, feed_port
        self._metrics = metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request; other scopes (WebSocket upgrades on this port) are refused."""
        if scope["type"] == "lifespan":
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS_BYTES_MAX:
            await _answer(send, 431, _problem(f"headers must have at most {HEADERS_BYTES_MAX} bytes"), [])
            return
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
        host = headers.get("host", "")
        if not self.doors.host_is_ours(host, self.doors.port):
            await _answer(send, 421, _problem("Host must name this console"), [])
            return
        safe = security_headers(host, self.feed_port, secure=self.doors.secure)
        if len(scope["path"]) + len(scope["query_string"]) > ADDRESS_BYTES_MAX:
            await _answer(send, 414, _problem(f"address must have at most {ADDRESS_BYTES_MAX} bytes"), safe)
            return
        scope = {**scope, **await self._who(scope["path"], headers)}
        if (refusal := self._refusal(scope, headers)) is not None:
            await _answer(send, *refusal, safe)
            return

        async def send_safely(event: Any) -> None:
            if event["type"] == "http.response.start":
                self._metrics.answered(scope["method"], event["status"])
                event = {**event, "headers": [*event["headers"], *safe]}
            await send(event)

        await self.pages(scope, receive, send_safely)

    async def _who(self, path: str, headers: dict[str, str]) -> dict[str, Any]:
        """Who asks: a system by its token, a person by their session; files of the page go to anybody."""
        nobody = {"user": None, "csrf": "", "session": ""}
        if path.startswith(FILES):
            return nobody
        kind, _, secret = headers.get("authorization", "").partition(" ")
        if kind:
            bearer = kind.lower() == "bearer"
            return nobody | {"user": await self.people.of_token(secret.strip()) if bearer else None}
        if not (secret := self.session(headers)):
            return nobody
        person = await self.people.of_session(secret)
        return nobody if person is None else {"user": person, "csrf": csrf_of(secret), "session": secret}

    def _refusal(self, scope: Any, headers: dict[str, str]) -> tuple[int, bytes] | None:
        """What is refused before any route is looked for."""
        if scope["method"] in ("GET", "HEAD") or "authorization" in headers:
            return None
        ours = self.doors.origin_is_ours(headers.get("origin", ""))
        expected = scope["csrf"] or NOBODYS_CSRF
        if not ours or not secrets.compare_digest(headers.get("x-hawker", "").encode(), expected.encode()):
            return 403, _problem("request must come from a page of this console")
        return None

    def session(self, headers: dict[str, str]) -> str:
        """The session a request carries; "" for none."""
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return ""
        return cookies[self.doors.cookie].value if self.doors.cookie in cookies else ""


def _problem(detail: str) -> bytes:
    return msgspec.json.encode({"detail": detail, "field": None, "rule": None})


async def _answer(send: Any, status: int, body: bytes, safe: list[tuple[bytes, bytes]]) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *safe,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class GuardedServer:
    """Hypercorn, one connection at a time.

    ``hypercorn.trio.serve`` keeps all connections in one nursery, where one upgrade request with a trailing
    byte takes down the process (pgjones/hypercorn#225); here it ends its own connection.
    """

    def __init__(self, app: Any) -> None:
        self._config = hypercorn.Config()
        self._config.accesslog = self._config.errorlog = None
        self._config.h11_max_incomplete_size = 16_384
        self._config.read_timeout = 60
        self._config.keep_alive_timeout = 30
        self._config.include_server_header = False
        self._app = wrap_app(app, self._config.wsgi_max_body_size, "asgi")
        self._context = WorkerContext(None)
        self._open = 0

    async def serve(self, stream: trio.SocketStream) -> None:
        """One connection from first byte to last; never raises but for cancellation."""
        if self._open >= CONNECTIONS_MAX:
            await trio.aclose_forcefully(stream)
            return
        self._open += 1
        try:
            await TCPServer(self._app, self._config, self._context, ConnectionState({}), stream).run()  # type: ignore[arg-type]
        except* Exception as errors:
            log.info("page connection ended", why=repr(errors)[:300])
            await trio.aclose_forcefully(stream)
        finally:
            self._open -= 1
