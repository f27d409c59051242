"""Pages and API, and ``serve``: the console's two listeners with everything behind them."""

from __future__ import annotations

import errno
import mimetypes
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import attrs
import msgspec
import trio
import xstatic.pkg.leaflet
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import ClientException, NotFoundException, TooManyRequestsException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import Body

from actors.office.messages import AcknowledgeAlarm
from console import feed
from console.districts import map_of
from console.doors import Doors
from console.guard import LOGGED_OUT, Guard, GuardedServer
from console.host import Host
from console.i18n import LANGUAGES, catalogue_bytes
from console.live import LiveFeed
from runtime import quarantine, wire
from runtime.command import Issue
from runtime.errors import ConfigError, Refused
from runtime.quarantine import LetIn
from scenarios.assembly import node_of

BODY_BYTES_MAX = 8_192
SPEEDS = (0, 1, 10, 30, 60)
COMMAND_SECONDS_MAX = 600
"""How long an operator's command stays good, by the chain's clock (ten seconds at 60 times)."""
SET_ASIDE = "set_aside"
"""The kind of alarm that ``let-in`` ends."""
STATIC = Path(__file__).parent / "static"
LEAFLET_FILES = ("leaflet-src.esm.js", "leaflet.css")


Asked = Request[None, None, State]


class SetSpeed(msgspec.Struct, forbid_unknown_fields=True):
    """Simulated seconds per second; 0 pauses."""

    speed: float


@attrs.frozen
class StaticFile:
    """A file of the page, read once at start: no request ever names a path on disk."""

    body: bytes
    media: str


def static_files() -> dict[str, StaticFile]:
    """Every file the page may load, by its path on the server."""
    files = {
        f"/static/{path.relative_to(STATIC).as_posix()}": path for path in STATIC.rglob("*") if path.is_file()
    }
    leaflet = Path(xstatic.pkg.leaflet.BASE_DIR)
    files |= {f"/vendor/leaflet/{name}": leaflet / name for name in LEAFLET_FILES}
    loaded = {url: StaticFile(path.read_bytes(), _media(path.name)) for url, path in files.items()}
    for language in LANGUAGES:
        loaded[f"/static/i18n/{language}.json"] = StaticFile(catalogue_bytes(language), "application/json")
    return loaded


def _media(name: str) -> str:
    guessed = {".js": "text/javascript", ".svg": "image/svg+xml"}.get(Path(name).suffix)
    return guessed or mimetypes.guess_type(name)[0] or "application/octet-stream"


def pages(host: Host, doors: Doors, *, feed_port: int) -> Litestar:
    """The application behind the guard."""
    return Litestar(
        [*_page_routes(doors), *_api_routes(host, doors, feed_port)],
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=OpenAPIConfig(
            title="Hawker console", version="1", path="/api/schema", render_plugins=[JsonRenderPlugin()]
        ),
        logging_config=None,
    )


def _page_routes(doors: Doors) -> list[HTTPRouteHandler]:
    files = static_files()

    @get("/health/live", sync_to_thread=False, media_type="text/plain")
    def live() -> str:
        """Whether the process serves."""
        return "live\n"

    @get("/", sync_to_thread=False, include_in_schema=False)
    def page(request: Asked) -> Response[bytes]:
        """The page; with a token, the way in."""
        if (token := request.query_params.get("token")) is None:
            file = files["/static/index.html"]
            return Response(file.body, media_type=file.media)
        try:
            session = doors.log_in(token)
        except Refused:
            return Response(LOGGED_OUT.encode(), status_code=401, media_type="text/html")
        way = Response(b"", status_code=303, headers={"location": "/"})
        way.set_cookie(doors.cookie, session, httponly=True, samesite="strict", path="/")
        return way

    @get(["/static/{name:path}", "/vendor/{name:path}"], sync_to_thread=False, include_in_schema=False)
    def static(request: Asked) -> Response[bytes]:
        """A file of the page."""
        if (file := files.get(request.url.path)) is None:
            raise NotFoundException("no such file of the page")
        return Response(file.body, media_type=file.media)

    return [live, page, static]


def _api_routes(host: Host, doors: Doors, feed_port: int) -> list[HTTPRouteHandler]:
    geojson = map_of(host.chain)

    @get("/api/chain", sync_to_thread=False)
    def chain() -> Response[bytes]:
        """Names, places and products of the chain."""
        return Response(feed.chain_page(host), media_type="application/json")

    @get("/api/map", sync_to_thread=False)
    def districts() -> Response[bytes]:
        """GeoJSON of the chain's districts; null where the chain has no map."""
        return Response(geojson or b"null", media_type="application/geo+json")

    @post("/api/feed-ticket", sync_to_thread=False)
    def feed_ticket() -> dict[str, str | int]:
        """A ticket that opens the live feed once within 15 seconds, and the feed's port."""
        try:
            return {"ticket": doors.ticket(), "port": feed_port}
        except Refused as refusal:
            raise TooManyRequestsException(str(refusal)) from None

    @post("/api/alarms/{alarm:int}/acknowledge", sync_to_thread=False, status_code=202)
    def acknowledge(request: Asked) -> dict[str, int]:
        """Acknowledge an alarm; the feed tells when the office has done it."""
        alarm: int = request.path_params["alarm"]
        if alarm not in host.console.alarms:
            raise NotFoundException(f"alarm {alarm} must be active or unacknowledged")
        _command(host, "office/alarms", AcknowledgeAlarm(alarm=alarm, by="operator"))
        return {"alarm": alarm}

    @post("/api/alarms/{alarm:int}/let-in", sync_to_thread=False, status_code=202)
    def let_in(request: Asked) -> dict[str, int]:
        """Let all messages in again that were set aside for the actor of this alarm."""
        alarm: int = request.path_params["alarm"]
        view = host.console.alarms.get(alarm)
        node = node_of(host.chain)(view.place) if view is not None and view.kind == SET_ASIDE else ""
        if view is None or not node:
            raise NotFoundException(f"alarm {alarm} must be of messages set aside at a node")
        _command(host, quarantine.address_of(node), LetIn(address=view.place, digest="", by="operator"))
        return {"alarm": alarm}

    @post("/api/clock", sync_to_thread=False, status_code=200)
    def clock(data: Annotated[SetSpeed, Body()]) -> dict[str, float]:
        """Set the clock's speed."""
        if data.speed not in SPEEDS:
            raise ClientException(f"clock: speed must be one of {SPEEDS}, not {data.speed:g}")
        try:
            host.speed = data.speed
        except Refused as refusal:
            raise ClientException(str(refusal)) from None
        return {"speed": host.speed}

    return [chain, districts, feed_ticket, acknowledge, let_in, clock]


def _command(host: Host, to: str, command: object) -> None:
    """Have the office's command desk run a command once and keep a record of it."""
    expires_at_us = host.now_us() + COMMAND_SECONDS_MAX * 1_000_000
    host.tell(
        "commands",
        Issue(to=to, body=wire.encode(command), expires_at_us=expires_at_us, asked_by="office/console"),
    )


async def _listen(host: str, port: int, stack: AsyncExitStack) -> list[trio.SocketListener]:
    """Listeners that the stack closes."""
    try:
        listeners = await trio.open_tcp_listeners(port, host=host, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"port {port} is in use on {host}: choose another with --port or --feed-port"
            ) from None
        raise ConfigError(
            f"console must be able to listen on {host} port {port}: {error.strerror or error}"
        ) from None
    for listener in listeners:
        await stack.enter_async_context(listener)
    return listeners


@attrs.frozen
class Served:
    """Where the console answers, given through ``task_status`` once both ports are open."""

    port: int
    feed_port: int
    url: str


async def serve(
    host: Host,
    *,
    bind: str = "127.0.0.1",
    port: int = 8080,
    feed_port: int | None = None,
    token: str,
    task_status: trio.TaskStatus[Served] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve the console until cancelled. Port 0 takes any free one.

    Args:
        host: the running chain.
        bind: address to listen on.
        port: pages and API.
        feed_port: live feed; the port after ``port`` by default.
        token: one-time secret of the link to print, at least 40 bits.
        task_status: gets a ``Served`` when both ports are open.

    Raises:
        ConfigError: a port is in use.
    """
    async with AsyncExitStack() as stack:
        listeners = await _listen(bind, port, stack)
        taken: int = listeners[0].socket.getsockname()[1]
        feed_wanted = (taken + 1 if port else 0) if feed_port is None else feed_port
        feed_listeners = await _listen(bind, feed_wanted, stack)
        feed_taken: int = feed_listeners[0].socket.getsockname()[1]
        doors = Doors(token, bind=bind, port=taken)
        live = LiveFeed(host, doors)
        server = GuardedServer(Guard(pages(host, doors, feed_port=feed_taken), doors, feed_port=feed_taken))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(live.tick_for_ever)
            nursery.start_soon(trio.serve_listeners, live.serve, feed_listeners)
            nursery.start_soon(trio.serve_listeners, server.serve, listeners)
            shown = f"[{bind}]" if ":" in bind else bind
            task_status.started(Served(taken, feed_taken, f"http://{shown}:{taken}/?token={token}"))
