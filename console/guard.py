"""The outermost layer of the web server: strangers out, safe headers on, failures kept to one connection."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import hypercorn
import structlog
import trio
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from hypercorn.utils import wrap_app

from console.doors import Doors

OPEN_PATHS = ("/health/live",)
CONNECTIONS_MAX = 256
ADDRESS_BYTES_MAX = 4_096
log = structlog.get_logger("console.web")

LOGGED_OUT = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Hawker</title><link rel="stylesheet" href="/door.css"><main><h1>Hawker</h1>
<p>Open the link that <code>hawker up</code> printed.
Each link opens one session; a new run prints a new link.</p>
<p lang="zh-CN">请打开 <code>hawker up</code> 打印的链接。每个链接只能登录一次；重新启动后请使用新的链接。</p>
<p><a href="/">Try again · 重试</a></p></main></html>"""

DOOR_CSS = """:root{color-scheme:light dark}body{font:15px/1.6 Inter,system-ui,sans-serif;margin:0;
display:grid;place-items:center;min-height:100vh;background:light-dark(#dfe3e6,#0f1418);color:light-dark(#1a2126,#e8edf0)}
main{max-width:34rem;padding:2rem}code{font-weight:600}a{color:light-dark(#1a56b8,#6ea8ff)}"""


def security_headers(host: str, feed_port: int) -> list[tuple[bytes, bytes]]:
    """Headers of every answer. ``host`` is the request's own (checked) Host header."""
    name = urlsplit(f"//{host}").hostname or "127.0.0.1"
    name = f"[{name}]" if ":" in name else name
    policy = (
        f"default-src 'self'; connect-src 'self' ws://{name}:{feed_port}; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return [
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
    """ASGI: lets a request through only to our own host, with a session, and from our own page."""

    def __init__(self, pages: Any, doors: Doors, *, feed_port: int) -> None:
        self.pages, self.doors, self.feed_port = pages, doors, feed_port

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request; other scopes (WebSocket upgrades on this port) are refused."""
        if scope["type"] == "lifespan":
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
        host = headers.get("host", "")
        if not self.doors.host_is_ours(host, self.doors.port):
            await _answer(send, 421, "text/plain; charset=utf-8", b"Host must name this console\n", [])
            return
        safe = security_headers(host, self.feed_port)
        if (refusal := self._refusal(scope, headers)) is not None:
            await _answer(send, *refusal, safe)
            return

        async def send_safely(event: Any) -> None:
            if event["type"] == "http.response.start":
                event = {**event, "headers": [*event["headers"], *safe]}
            await send(event)

        await self.pages(scope, receive, send_safely)

    def _refusal(self, scope: Any, headers: dict[str, str]) -> tuple[int, str, bytes] | None:
        path, method = scope["path"], scope["method"]
        if len(path) + len(scope["query_string"]) > ADDRESS_BYTES_MAX:
            return 414, "application/json", b'{"detail":"address must have at most 4096 bytes"}'
        if path == "/door.css":
            return 200, "text/css; charset=utf-8", DOOR_CSS.encode()
        known = self.doors.knows(self.session(headers))
        if path in OPEN_PATHS or (path == "/" and not known and b"token=" in scope["query_string"]):
            return None
        if not known:
            if path == "/":
                return 401, "text/html; charset=utf-8", LOGGED_OUT.encode()
            return (
                401,
                "application/json",
                b'{"detail":"session must be open: use the link that hawker up printed"}',
            )
        if method not in ("GET", "HEAD") and not (
            self.doors.origin_is_ours(headers.get("origin", "")) and headers.get("x-hawker") == "page"
        ):
            return 403, "application/json", b'{"detail":"request must come from a page of this console"}'
        return None

    def session(self, headers: dict[str, str]) -> str:
        """The session a request carries; "" for none."""
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return ""
        return cookies[self.doors.cookie].value if self.doors.cookie in cookies else ""


async def _answer(send: Any, status: int, media: str, body: bytes, safe: list[tuple[bytes, bytes]]) -> None:
    headers = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode()), *safe]
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
