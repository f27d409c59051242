"""Pages and API, and ``serve``: the console's two listeners with everything behind them."""

from __future__ import annotations

import errno
import mimetypes
from contextlib import AsyncExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import trio
import xstatic.pkg.leaflet
from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from console.api import (
    alarms,
    alarms_read,
    approvals,
    audit,
    chain,
    clock,
    commands,
    health,
    health_page,
    machines,
    nodes,
    people,
    planograms,
    products,
    replay,
    report_schedules,
    reports,
    schema,
    second_factor,
    session,
    settings,
    stock,
    stores,
    tokens,
    webhooks,
)
from console.api.problems import HANDLERS
from console.api.recorded import Recorded
from console.api.session import came_from, with_cookie
from console.doors import Doors
from console.feed.live import LiveFeed
from console.guard import Guard, GuardedServer
from console.host import Host
from console.i18n import LANGUAGES, catalogue_bytes
from console.metrics import Metrics
from console.page_paths import page_paths
from console.people.people import People
from console.people.permissions import OPEN, may_enter
from console.people.store import NAME, PeopleStore
from console.replay.host import ReplayHost
from console.reports.desk import ReportDesk
from console.tls import Tls, bridged
from console.webhooks.delivery import Webhooks
from console.webhooks.post import Allowed
from runtime.errors import ConfigError, Refused

BODY_BYTES_MAX = 8_192
STATIC = Path(__file__).parent / "static"
LEAFLET_FILES = ("leaflet-src.esm.js", "leaflet.css")


Asked = Request[None, None, State]


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


@attrs.frozen(kw_only=True)
class Behind:
    """What routes are made from.

    Attributes:
        persons: who may come in.
        allowed: hosts that webhooks may call.
        feed_port: where the live feed answers.
    """

    host: Host
    doors: Doors
    persons: People
    reports: ReportDesk
    metrics: Metrics
    allowed: Allowed
    feed_port: int


def pages(behind: Behind) -> Litestar:
    """The application behind the guard."""
    return Litestar(
        [*_page_routes(behind.doors, behind.persons), *_api_routes(behind)],
        guards=[may_enter],
        middleware=[Recorded(behind.persons)],
        exception_handlers=HANDLERS,
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=OpenAPIConfig(
            title="Hawker console",
            version="1",
            path="/api/schema/plain",
            render_plugins=[JsonRenderPlugin()],
            use_handler_docstrings=True,
        ),
        logging_config=None,
    )


def _page_routes(doors: Doors, persons: People) -> list[HTTPRouteHandler]:
    files = static_files()

    def shown(name: str) -> Response[bytes]:
        file = files[f"/static/{name}"]
        return Response(file.body, media_type=file.media)

    @get(list(page_paths()), include_in_schema=False, opt={"permission": OPEN})
    async def page(request: Asked) -> Response[bytes]:
        """The page, for who is logged in; with the printed link's token, the owner's way in."""
        if (token := request.query_params.get("token")) is not None:
            return await _by_link(request, token)
        if request.scope.get("user") is None:
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return _elsewhere("/login" if here == "/" else f"/login?to={quote(here, safe='')}")
        return shown("index.html")

    async def _by_link(request: Asked, token: str) -> Response[bytes]:
        try:
            doors.use_link(token)
            came = await persons.owner_in(came_from(request))
        except Refused:
            return _elsewhere("/login?link=used")
        way = _elsewhere("/")
        with_cookie(way, doors, request, came.secret)
        return way

    @get("/login", sync_to_thread=False, include_in_schema=False, opt={"permission": OPEN})
    def login() -> Response[bytes]:
        """Where people come in."""
        return shown("login.html")

    @get("/account", sync_to_thread=False, include_in_schema=False, opt={"permission": OPEN})
    def account() -> Response[bytes]:
        """One's own account."""
        return shown("account.html")

    @get("/api/docs", sync_to_thread=False, include_in_schema=False, opt={"permission": OPEN})
    def docs() -> Response[bytes]:
        """The API, for people who write programs."""
        return shown("docs.html")

    @get(
        ["/static/{name:path}", "/vendor/{name:path}"],
        sync_to_thread=False,
        include_in_schema=False,
        opt={"permission": OPEN},
    )
    def static(request: Asked) -> Response[bytes]:
        """A file of the page."""
        if (file := files.get(request.url.path)) is None:
            raise NotFoundException("no such file of the page")
        return Response(file.body, media_type=file.media)

    return [page, login, account, docs, static]


def _elsewhere(path: str) -> Response[bytes]:
    return Response(b"", status_code=303, headers={"location": path})


def _api_routes(behind: Behind) -> list[HTTPRouteHandler]:
    """One file a resource, under ``console/api``."""
    host, persons = behind.host, behind.persons
    return [
        *schema.routes(),
        *health.routes(host, persons, behind.metrics),
        *session.routes(persons, behind.doors, feed_port=behind.feed_port),
        *second_factor.routes(persons),
        *people.routes(persons),
        *tokens.routes(persons),
        *audit.routes(persons),
        *approvals.routes(persons),
        *webhooks.routes(persons, behind.allowed),
        *chain.routes(host),
        *machines.routes(host),
        *stores.routes(host),
        *stock.routes(host),
        *products.routes(host),
        *planograms.routes(host),
        *nodes.routes(host, persons),
        *health_page.routes(host, behind.metrics.feed_clients),
        *alarms.routes(host, persons),
        *alarms_read.routes(host),
        *commands.routes(host, persons),
        *settings.routes(host),
        *reports.routes(behind.reports),
        *report_schedules.routes(behind.reports),
        *(replay.routes(host) if isinstance(host, ReplayHost) else clock.routes(host)),
    ]


async def _listen(host: str, port: int, stack: AsyncExitStack) -> tuple[list[trio.SocketListener], int]:
    """Listeners that the stack closes, and the port they took."""
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
    return listeners, listeners[0].socket.getsockname()[1]


@attrs.frozen
class Served:
    """Where the console answers, given through ``task_status`` once both ports are open."""

    port: int
    feed_port: int
    url: str
    live: LiveFeed


async def serve(
    host: Host,
    *,
    bind: str = "127.0.0.1",
    port: int = 8080,
    feed_port: int | None = None,
    token: str,
    data: Path | None = None,
    persons: People | None = None,
    tls: Tls | None = None,
    webhook_hosts: tuple[str, ...] = (),
    task_status: trio.TaskStatus[Served] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve the console until cancelled. Port 0 takes any free one.

    Args:
        host: the running chain.
        bind: address to listen on.
        port: pages and API.
        feed_port: live feed; the port after ``port`` by default.
        token: one-time secret of the link to print, at least 40 bits.
        data: folder that keeps who may come in; None keeps nothing.
        persons: who may come in, if not as ``data`` says.
        tls: serve both ports by TLS.
        webhook_hosts: names or addresses that webhooks may call.
        task_status: gets a ``Served`` when both ports are open.

    Raises:
        ConfigError: a port is in use.
    """
    async with AsyncExitStack() as stack:
        listeners, taken = await _listen(bind, port, stack)
        feed_wanted = (taken + 1 if port else 0) if feed_port is None else feed_port
        feed_listeners, feed_taken = await _listen(bind, feed_wanted, stack)
        doors = Doors(token, bind=bind, port=taken, secure=tls is not None, names=tls.names if tls else ())
        live = LiveFeed(host, doors)
        if persons is None:
            persons = People(PeopleStore(data and data / NAME), host.chain)
            stack.callback(persons.store.close)
        desk = stack.enter_context(closing(ReportDesk(host.chain, host.now_us, data)))
        behind = Behind(
            host=host,
            doors=doors,
            persons=persons,
            reports=desk,
            metrics=Metrics(host, lambda: len(live.clients)),
            allowed=Allowed.of(webhook_hosts),
            feed_port=feed_taken,
        )
        server = GuardedServer(Guard(pages(behind), doors, persons, behind.metrics, feed_port=feed_taken))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(live.tick_for_ever)
            nursery.start_soon(live.end_with_sessions, persons.goes_on)
            nursery.start_soon(desk.keep_schedule)
            nursery.start_soon(Webhooks(host, persons, behind.allowed).run)
            feed_of = live.serve if tls is None else partial(bridged, live.serve)
            nursery.start_soon(trio.serve_listeners, feed_of, _by(tls, feed_listeners))
            nursery.start_soon(trio.serve_listeners, server.serve, _by(tls, listeners))
            task_status.started(Served(taken, feed_taken, _link(bind, taken, tls, token), live))


def _by(tls: Tls | None, listeners: list[trio.SocketListener]) -> list[Any]:
    """The listeners, by TLS if so wished."""
    if tls is None:
        return listeners
    return [trio.SSLListener(listener, tls.context, https_compatible=True) for listener in listeners]


def _link(bind: str, port: int, tls: Tls | None, token: str) -> str:
    """The address to print; by TLS with a name that the certificate is for, if one was told."""
    name = tls.names[0] if tls is not None and tls.names else bind
    shown = f"[{name}]" if ":" in name else name
    return f"{'http' if tls is None else 'https'}://{shown}:{port}/?token={token}"
