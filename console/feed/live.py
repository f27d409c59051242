"""The live feed: WebSocket on its own port, one frame per tick for everyone who sees the same.

A client that lags gets a fresh snapshot instead of the frames it missed. Each connection stands in a nursery
of its own: a malformed handshake or a reset ends that connection and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import msgspec
import structlog
import trio
import trio_websocket

from console.feed import circle as feed
from console.feed.circle import Circle
from console.feed.rows import websocket_frame
from console.feed.scope import Key, key_of, scope_of
from console.feed.stream import FrameStream
from console.host import Host
from console.people.permissions import Person

TICK_SECONDS = 0.05
BUSY_SECONDS = 0.1
MANY_ROWS = 1_000
"""When more machines changed, the next frame waits longer: a page of 10,000 rows gets ten a second."""
QUIET_TICKS = 4
"""While nothing changes, a frame goes out every so many ticks: the clock moves, and silence means a fault."""
LAG_FRAMES_MAX = 12
CLIENTS_MAX = 256
CIRCLES_MAX = 64
HANDSHAKE_SECONDS_MAX = 10.0
SESSION_SECONDS = 5.0
"""How long a feed may outlive its session."""
ASKED_BYTES_MAX = 512

log = structlog.get_logger("console.feed.live")


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """What a page may send: ``ping`` (answered at once with the same number), ``watch`` (a machine's row)."""

    ping: float | None = None
    watch: int | None = None


class Admission(Protocol):
    """Who may open the feed: ``Doors``."""

    def origin_is_ours(self, origin: str) -> bool:
        """Whether an Origin header is a page of this console."""
        ...

    def use_ticket(self, ticket: str) -> Person | None:
        """Whose ticket this is; None if it opens nothing."""
        ...


class Outlet(Protocol):
    """Where a client's frames go: a ``FrameStream``."""

    @property
    def waiting(self) -> int:
        """Frames that have not been taken yet."""
        ...

    def offer(self, frame: bytes, most: int) -> bool:
        """Send a frame without waiting; False if ``most`` wait already and it was dropped."""
        ...


class Client:
    """One open page.

    Attributes:
        outlet: where its frames go.
        person: whose ticket opened it; ``ending`` is cancelled when their session ends.
        circle: makes the frames for what this person sees.
        watching: number (in the chain) of the machine shown in full, -1 for none.
        behind: it missed a frame and needs a snapshot.
    """

    def __init__(self, circle: Circle, outlet: Outlet, person: Person | None = None) -> None:
        self.circle, self.outlet, self.person = circle, outlet, person
        self.ending = trio.CancelScope()
        self.watching = -1
        self.behind = True

    def give(self, frame: bytes) -> None:
        """Send a WebSocket frame, or note that the client lags."""
        if not self.outlet.offer(frame, LAG_FRAMES_MAX):
            self.behind = True

    def machine(self, number: int) -> bytes:
        """One machine in full, as this person sees it."""
        scope = self.circle.scope
        page = feed.machine_page(
            self.circle.host, number, scope.machine_rows[number], cash="cash.read" in scope.shows
        )
        return websocket_frame(page, text=True)


class LiveFeed:
    """Ticks for all clients and serves each of them."""

    def __init__(self, host: Host, doors: Admission, *, clients_max: int = CLIENTS_MAX) -> None:
        self.host, self.doors = host, doors
        self.clients: set[Client] = set()
        self._clients_max = clients_max
        self._circles: dict[Key, Circle] = {}
        self._open = 0
        self._quiet = 0

    def circle(self, person: Person | None) -> Circle:
        """The circle of a person, made when the first of it comes."""
        key = key_of(person)
        if key not in self._circles:
            while len(self._circles) >= CIRCLES_MAX:
                del self._circles[next(iter(self._circles))]
            self._circles[key] = Circle(self.host, scope_of(self.host.chain, person))
        return self._circles[key]

    async def tick_for_ever(self) -> None:
        """Build frames per tick and hand them out."""
        actor = self.host.console
        while True:
            if self.host.console is not actor:
                actor = self.host.console
                for client in self.clients:
                    client.behind = True
            busy = self.tick() > MANY_ROWS
            await trio.sleep(BUSY_SECONDS if busy else TICK_SECONDS)

    def tick(self) -> int:
        """One frame a circle, and the machines that somebody looks at; returns how many machines changed."""
        changes = self.host.console.take_changes()
        rows = len(changes.machines)
        if not self.clients:
            return rows
        if changes.everything:
            for client in self.clients:
                client.behind = True
        self._quiet = self._quiet + 1 if changes.nothing else 0
        told = self._quiet % QUIET_TICKS == 0
        snapshots: dict[Circle, bytes] = {}
        deltas: dict[Circle, bytes] = {}
        for client in self.clients:
            circle = client.circle
            if client.behind:
                if client.outlet.waiting:
                    continue  # still chewing on old frames; a snapshot follows when they are gone
                if circle not in snapshots:
                    snapshots[circle] = websocket_frame(circle.snapshot())
                client.behind = False
                client.give(snapshots[circle])
                if client.watching >= 0:
                    client.give(client.machine(client.watching))
            elif told:
                if (frame := deltas.get(circle)) is None:
                    frame = deltas[circle] = websocket_frame(circle.delta(changes))
                client.give(frame)
        if watched := [client for client in self.clients if client.watching in changes.machines]:
            self._tell_watched(watched)
        return rows

    def _tell_watched(self, watching: list[Client]) -> None:
        """Machines in full to those who look at them."""
        pages: dict[tuple[Circle, int], bytes] = {}
        for client in watching:
            if client.behind:
                continue
            looked = (client.circle, client.watching)
            if looked not in pages:
                pages[looked] = client.machine(client.watching)
            client.give(pages[looked])

    async def end_with_sessions(self, goes_on: Callable[[Person], Awaitable[bool]]) -> None:
        """Close the feed of each person whose session has ended, until cancelled."""
        while True:
            for client in list(self.clients):
                if client.person is not None and not await goes_on(client.person):
                    client.ending.cancel()
            await trio.sleep(SESSION_SECONDS)

    async def serve(self, stream: trio.SocketStream) -> None:
        """One connection from handshake to end; never raises but for cancellation."""
        if self._open >= 2 * self._clients_max:
            await trio.aclose_forcefully(stream)
            return
        self._open += 1
        try:
            async with FrameStream(stream) as frames, trio.open_nursery() as nursery:
                nursery.start_soon(frames.flush_for_ever)
                connection = None
                with trio.move_on_after(HANDSHAKE_SECONDS_MAX):
                    request = await trio_websocket.wrap_server_stream(
                        nursery, frames, max_message_size=ASKED_BYTES_MAX
                    )
                    connection, person = await self._admit(request)
                if connection is not None:
                    await self._talk(connection, Client(self.circle(person), frames, person))
                nursery.cancel_scope.cancel()
        except* Exception as errors:
            log.info("feed connection ended", why=repr(errors)[:300])
        finally:
            self._open -= 1

    async def _admit(
        self, request: trio_websocket.WebSocketRequest
    ) -> tuple[trio_websocket.WebSocketConnection | None, Person | None]:
        headers = {name.lower(): value for name, value in request.headers}
        asked = urlsplit(request.path)
        ticket = parse_qs(asked.query).get("ticket", [""])[0]
        if len(self.clients) >= self._clients_max:
            refusal = 503
        elif asked.path != "/feed" or not self.doors.origin_is_ours(
            headers.get(b"origin", b"").decode("latin-1")
        ):
            refusal = 403
        elif (person := self.doors.use_ticket(ticket)) is None:
            refusal = 401
        else:
            return await request.accept(), person
        await request.reject(refusal)
        return None, None

    async def _talk(self, connection: trio_websocket.WebSocketConnection, client: Client) -> None:
        self.clients.add(client)
        try:
            with client.ending:
                await self._listen(connection, client)
        except trio_websocket.ConnectionClosed:
            pass
        finally:
            self.clients.discard(client)

    async def _listen(self, connection: trio_websocket.WebSocketConnection, client: Client) -> None:
        rows = client.circle.scope.machines
        while True:
            text = await connection.get_message()
            try:
                asked = msgspec.json.decode(text, type=Asked)
            except msgspec.MsgspecError:
                await connection.aclose(code=1008, reason="not a request of the feed")
                return
            if asked.ping is not None:
                pong = msgspec.json.encode({"t": "pong", "ping": asked.ping})
                client.give(websocket_frame(pong, text=True))
            if asked.watch is not None:
                client.watching = rows[asked.watch] if 0 <= asked.watch < len(rows) else -1
                if client.watching >= 0:
                    client.give(client.machine(client.watching))
