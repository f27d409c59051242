"""The live feed: WebSocket on its own port, one frame per tick for everyone.

A client that lags gets a fresh snapshot instead of the frames it missed. Each connection stands in a nursery
of its own: a malformed handshake or a reset ends that connection and nothing else.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import msgspec
import structlog
import trio
import trio_websocket

from console import feed
from console.doors import Doors
from console.host import Host

TICK_SECONDS = 0.25
LAG_FRAMES_MAX = 8
CLIENTS_MAX = 64
HANDSHAKE_SECONDS_MAX = 10.0
SEND_SECONDS_MAX = 10.0
ASKED_BYTES_MAX = 512

log = structlog.get_logger("console.live")


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """What a page may send: ``ping`` (answered at once with the same number), ``watch`` (a machine)."""

    ping: float | None = None
    watch: int | None = None


class Client:
    """One open page.

    Attributes:
        watching: number of the machine shown in full, -1 for none.
        behind: it missed a frame and needs a snapshot.
    """

    def __init__(self) -> None:
        self.watching = -1
        self.behind = True
        self.send, self.receive = trio.open_memory_channel[bytes](LAG_FRAMES_MAX)

    def give(self, frame: bytes) -> None:
        """Queue a frame, or note that the client lags."""
        try:
            self.send.send_nowait(frame)
        except trio.WouldBlock:
            self.behind = True


class LiveFeed:
    """Ticks for all clients and serves each of them."""

    def __init__(self, host: Host, doors: Doors) -> None:
        self.host, self.doors = host, doors
        self.clients: set[Client] = set()
        self._open = 0

    async def tick_for_ever(self) -> None:
        """Build a frame per tick and hand it out."""
        actor = self.host.console
        while True:
            if self.host.console is not actor:
                actor = self.host.console
                for client in self.clients:
                    client.behind = True
            self.tick()
            await trio.sleep(TICK_SECONDS)

    def tick(self) -> None:
        """One frame, and the machines that somebody looks at."""
        changes = self.host.console.take_changes()
        if not self.clients:
            return
        for client in self.clients:
            client.behind |= changes.everything
        watched = {client.watching for client in self.clients} & changes.machines
        pages = {number: feed.machine_page(self.host, number) for number in watched}
        frame = snapshot = b""
        for client in self.clients:
            if client.behind:
                if client.receive.statistics().current_buffer_used:
                    continue  # still chewing on old frames; a snapshot follows when they are gone
                snapshot = snapshot or feed.snapshot(self.host)
                client.behind = False
                client.give(snapshot)
                if client.watching >= 0:
                    client.give(pages.get(client.watching) or feed.machine_page(self.host, client.watching))
                continue
            frame = frame or feed.delta(self.host, changes)
            client.give(frame)
            if client.watching in pages:
                client.give(pages[client.watching])

    async def serve(self, stream: trio.SocketStream) -> None:
        """One connection from handshake to end; never raises but for cancellation."""
        if self._open >= 2 * CLIENTS_MAX:
            await trio.aclose_forcefully(stream)
            return
        self._open += 1
        try:
            async with stream, trio.open_nursery() as nursery:
                connection = None
                with trio.move_on_after(HANDSHAKE_SECONDS_MAX):
                    request = await trio_websocket.wrap_server_stream(
                        nursery, stream, max_message_size=ASKED_BYTES_MAX
                    )
                    connection = await self._admit(request)
                if connection is not None:
                    await self._talk(connection)
                nursery.cancel_scope.cancel()
        except* Exception as errors:
            log.info("feed connection ended", why=repr(errors)[:300])
        finally:
            self._open -= 1

    async def _admit(
        self, request: trio_websocket.WebSocketRequest
    ) -> trio_websocket.WebSocketConnection | None:
        headers = {name.lower(): value for name, value in request.headers}
        asked = urlsplit(request.path)
        ticket = parse_qs(asked.query).get("ticket", [""])[0]
        if len(self.clients) >= CLIENTS_MAX:
            refusal = 503
        elif asked.path != "/feed" or not self.doors.origin_is_ours(
            headers.get(b"origin", b"").decode("latin-1")
        ):
            refusal = 403
        elif not self.doors.use_ticket(ticket):
            refusal = 401
        else:
            return await request.accept()
        await request.reject(refusal)
        return None

    async def _talk(self, connection: trio_websocket.WebSocketConnection) -> None:
        client = Client()
        self.clients.add(client)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._send, connection, client)
                await self._listen(connection, client)
                nursery.cancel_scope.cancel()
        except* trio_websocket.ConnectionClosed:
            pass
        finally:
            self.clients.discard(client)

    async def _send(self, connection: trio_websocket.WebSocketConnection, client: Client) -> None:
        async for frame in client.receive:
            with trio.fail_after(SEND_SECONDS_MAX):
                await connection.send_message(frame.decode())

    async def _listen(self, connection: trio_websocket.WebSocketConnection, client: Client) -> None:
        while True:
            text = await connection.get_message()
            try:
                asked = msgspec.json.decode(text, type=Asked)
            except msgspec.MsgspecError:
                await connection.aclose(code=1008, reason="not a request of the feed")
                return
            if asked.ping is not None:
                client.give(msgspec.json.encode({"t": "pong", "ping": asked.ping}))
            if asked.watch is not None:
                client.watching = asked.watch if 0 <= asked.watch < len(self.host.console.machines) else -1
                if client.watching >= 0:
                    client.give(feed.machine_page(self.host, client.watching))
