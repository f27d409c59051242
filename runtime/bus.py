"""ZeroMQ on trio: the wires between nodes. Nothing else imports pyzmq.

    site                          office
    ----                          ------
    DEALER  -- links ----------->  ROUTER     link frames, both ways
    PUB     -- readings -------->  SUB        readings, newest wins, may be lost
    SUB     -- watchers -------->  XPUB       last values of the topics asked for, then changes

Sites connect (they are behind NAT), the office binds. Every message is ``[node or topic, HEADER, body]``; all
else is counted and dropped. Sending never waits: what finds no room or no peer is counted and lost, and the
link above says it again. One task at a time may receive on each wire; any task may send.

ZeroMQ's file descriptor is edge-triggered: it tells that something changed, once. So a receiver takes until
there is nothing left and only then waits, with nothing in between; and because sending may swallow the edge,
every send looks whether something can be received now, and wakes the receiver.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio
import zmq

from runtime.errors import ConfigError

HEADER = b"HWK1"
"""Protocol version, the second part of every message."""
BODY_BYTES_MAX = 1_500_000
"""A peer that sends a larger part is disconnected by ZeroMQ."""
NAME_BYTES_MAX = 200
NODES_MAX = 10_000
"""Sites one office answers; frames of more are dropped."""
LAST_VALUES_MAX = 100_000
QUEUE_MESSAGES_MAX = 1000
TAKE_MESSAGES_MAX = 256
"""Messages handed over at once; the rest come with the next call, after other tasks had their turn."""
LINGER_MS = 200
"""How long closing may wait for the last frames to leave."""
HEARTBEAT_MS, HEARTBEAT_PATIENCE_MS = 2000, 6000
RECONNECT_MS, RECONNECT_MS_MAX = 50, 1000

LOOPBACK = "tcp://127.0.0.1:"


@attrs.frozen
class Endpoints:
    """Where an office listens: ``tcp://127.0.0.1:PORT``, or ``:*`` to let the machine choose."""

    links: str = LOOPBACK + "*"
    readings: str = LOOPBACK + "*"
    watchers: str = LOOPBACK + "*"


def libzmq_version() -> str:
    """Version of the ZeroMQ library under pyzmq."""
    return zmq.zmq_version()


def _prepare(socket: zmq.Socket[bytes]) -> None:
    """Set a socket's options before it binds or connects. Keys (CURVE) belong here, and only here."""
    socket.set(zmq.MAXMSGSIZE, BODY_BYTES_MAX)
    socket.set(zmq.SNDHWM, QUEUE_MESSAGES_MAX)
    socket.set(zmq.RCVHWM, QUEUE_MESSAGES_MAX)
    socket.set(zmq.LINGER, LINGER_MS)
    socket.set(zmq.IPV6, 0)
    socket.set(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
    socket.set(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_PATIENCE_MS)
    socket.set(zmq.RECONNECT_IVL, RECONNECT_MS)
    socket.set(zmq.RECONNECT_IVL_MAX, RECONNECT_MS_MAX)
    if socket.type == zmq.ROUTER:
        socket.set(zmq.ROUTER_MANDATORY, 1)  # a lost peer is told, not passed over in silence
    elif socket.type == zmq.XPUB:
        socket.set(zmq.XPUB_VERBOSE, 1)  # each watcher's subscription is heard, not only a topic's first


class _Wire:
    """One socket under trio."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        _prepare(socket)
        self.socket = socket
        self._fd = socket.fileno()
        self._waiting: trio.CancelScope | None = None

    def bind(self, endpoint: str) -> str:
        if not endpoint.startswith(LOOPBACK):
            raise ConfigError(f"bus must bind to {LOOPBACK}PORT while links have no keys, not {endpoint!r}")
        try:
            self.socket.bind(endpoint)
        except zmq.ZMQError as error:
            raise ConfigError(f"bus endpoint {endpoint}: cannot be bound: {error}") from error
        return str(self.socket.get_string(zmq.LAST_ENDPOINT))

    def connect(self, endpoint: str) -> None:
        try:
            self.socket.connect(endpoint)
        except zmq.ZMQError as error:
            raise ConfigError(f"bus endpoint {endpoint}: cannot be connected to: {error}") from error

    def send(self, parts: list[bytes]) -> bool:
        """Send if there is room and a peer, and say whether."""
        if self.socket.closed:
            raise trio.ClosedResourceError
        try:
            self.socket.send_multipart(parts, zmq.DONTWAIT)
        except zmq.ZMQError as error:
            if error.errno not in (zmq.EAGAIN, zmq.EHOSTUNREACH):
                raise
            return False
        finally:
            if self._waiting is not None and self._readable():
                self._waiting.cancel()
        return True

    def _readable(self) -> bool:
        events = self.socket.getsockopt(zmq.EVENTS)
        return isinstance(events, int) and bool(events & zmq.POLLIN)

    async def receive(self) -> list[list[bytes]]:
        """Wait for at least one message, take at most TAKE_MESSAGES_MAX."""
        await trio.lowlevel.checkpoint_if_cancelled()
        waited = False
        while True:
            if taken := self._take():
                if not waited:
                    await trio.lowlevel.cancel_shielded_checkpoint()
                return taken
            with trio.CancelScope() as self._waiting:
                try:
                    await trio.lowlevel.wait_readable(self._fd)
                finally:
                    self._waiting = None
            waited = True

    def _take(self) -> list[list[bytes]]:
        if self.socket.closed:
            raise trio.ClosedResourceError
        taken: list[list[bytes]] = []
        try:
            while len(taken) < TAKE_MESSAGES_MAX:
                taken.append(self.socket.recv_multipart(zmq.DONTWAIT))
        except zmq.Again:
            pass
        return taken

    def close(self) -> None:
        if not self.socket.closed:
            trio.lowlevel.notify_closing(self._fd)
            self.socket.close()


class _Wires:
    """All sockets of one bus, and the ZeroMQ context they live in."""

    def __init__(self) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._open: list[_Wire] = []

    def open(self, kind: int) -> _Wire:
        wire = _Wire(self._context.socket(kind))
        self._open.append(wire)
        return wire

    def close(self) -> None:
        for wire in self._open:
            wire.close()

    async def end(self) -> None:
        """Close everything and wait, at most LINGER_MS, for the last frames to leave."""
        self.close()
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._context.term)


def _named(parts: list[bytes]) -> tuple[str, bytes] | None:
    """Read ``[name, HEADER, body]``; None for anything else."""
    if len(parts) != 3 or parts[1] != HEADER:
        return None
    name = parts[0]
    return (name.decode(), parts[2]) if 0 < len(name) <= NAME_BYTES_MAX and name.isascii() else None


class OfficeBus:
    """The office's end of all wires. Made by ``open_office_bus``.

    Attributes:
        endpoints: where it listens, with the ports that were chosen.
        garbage: messages dropped because they were not ours, or of one site too many.
        unsent: frames dropped because the node was not connected or its queue was full.
    """

    def __init__(self, wires: _Wires, bind: Endpoints) -> None:
        self.garbage = 0
        self.unsent = 0
        self._wires = wires
        self._links = wires.open(zmq.ROUTER)
        self._readings = wires.open(zmq.SUB)
        self._watchers = wires.open(zmq.XPUB)
        self._routes: dict[str, bytes] = {}
        self._last: dict[bytes, bytes] = {}
        self.endpoints = Endpoints(
            links=self._links.bind(bind.links),
            readings=self._readings.bind(bind.readings),
            watchers=self._watchers.bind(bind.watchers),
        )
        self._readings.socket.subscribe(b"")

    async def receive(self) -> list[tuple[str, bytes]]:
        """Wait for link frames: (node, frame), in the order each node sent them."""
        while True:
            frames: list[tuple[str, bytes]] = []
            for route, *parts in await self._links.receive():
                named = _named(parts)
                if named is None or not self._routed(named[0], route):
                    self.garbage += 1
                else:
                    frames.append(named)
            if frames:
                return frames

    def _routed(self, node: str, route: bytes) -> bool:
        """Note the way the node last spoke: answers go there. False if there are too many nodes.

        A fixed routing id would do it for us, but locks a node out until the office notices that its old line
        is cut.
        """
        if self._routes.get(node) != route:
            if len(self._routes) >= NODES_MAX and node not in self._routes:
                return False
            self._routes[node] = route
        return True

    def send(self, node: str, frame: bytes) -> bool:
        """Send a link frame without waiting; False if it was dropped."""
        route = self._routes.get(node)
        if route is not None and self._links.send([route, node.encode(), HEADER, frame]):
            return True
        self.unsent += 1
        return False

    async def receive_readings(self) -> list[tuple[str, bytes]]:
        """Wait for readings: (node, body)."""
        while True:
            taken = await self._readings.receive()
            readings = [named for parts in taken if (named := _named(parts)) is not None]
            self.garbage += len(taken) - len(readings)
            if readings:
                return readings

    def publish(self, topic: str, body: bytes) -> None:
        """Tell watchers the new value of a topic, and keep it for those to come."""
        name = topic.encode("ascii")
        if name not in self._last and len(self._last) >= LAST_VALUES_MAX:
            del self._last[next(iter(self._last))]
        self._last[name] = body
        self._watchers.send([name, HEADER, body])

    async def serve_watchers(self) -> None:
        """Answer each subscription with the last values until the bus closes; a task of the caller's nursery.

        Those who watch the topic already hear its value once more, which changes nothing for them.
        """
        while True:
            try:
                taken = await self._watchers.receive()
            except trio.ClosedResourceError:
                return
            for parts in taken:
                if len(parts) != 1 or parts[0][:1] not in (b"\0", b"\1") or len(parts[0]) > NAME_BYTES_MAX:
                    self.garbage += 1
                elif parts[0].startswith(b"\1"):
                    self._tell_last(parts[0][1:])

    def _tell_last(self, prefix: bytes) -> None:
        for name, body in self._last.items():
            if name.startswith(prefix):
                self._watchers.send([name, HEADER, body])

    def close(self) -> None:
        """Close the wires; whoever waits on one gets ClosedResourceError."""
        self._wires.close()


class SiteBus:
    """A site's end of its wires. Made by ``open_site_bus``.

    Attributes:
        garbage: messages dropped because they were not ours.
        unsent: frames and readings dropped because the queue was full.
    """

    def __init__(self, wires: _Wires, node: str, connect: Endpoints) -> None:
        self.garbage = 0
        self.unsent = 0
        self._node = node.encode("ascii")
        self._wires = wires
        self._links = wires.open(zmq.DEALER)
        self._readings = wires.open(zmq.PUB)
        self._links.connect(connect.links)
        self._readings.connect(connect.readings)

    async def receive(self) -> list[bytes]:
        """Wait for link frames from the office, in order."""
        while True:
            taken = await self._links.receive()
            frames = [parts[2] for parts in taken if parts[:2] == [self._node, HEADER] and len(parts) == 3]
            self.garbage += len(taken) - len(frames)
            if frames:
                return frames

    def send(self, frame: bytes) -> bool:
        """Send a link frame without waiting; False if dropped. Frames wait while the office is away."""
        return self._counted(self._links.send([self._node, HEADER, frame]))

    def publish(self, body: bytes) -> bool:
        """Send readings without waiting; they are lost while the office is away."""
        return self._counted(self._readings.send([self._node, HEADER, body]))

    def _counted(self, sent: bool) -> bool:
        self.unsent += not sent
        return sent

    def close(self) -> None:
        """Close the wires; whoever waits on one gets ClosedResourceError."""
        self._wires.close()


class Watcher:
    """Follows topics of an office. Made by ``open_watcher``."""

    def __init__(self, wires: _Wires, connect: Endpoints, topics: tuple[str, ...]) -> None:
        self._wires = wires
        self._wire = wires.open(zmq.SUB)
        for topic in topics:
            self._wire.socket.subscribe(topic.encode("ascii"))
        self._wire.connect(connect.watchers)

    async def receive(self) -> list[tuple[str, bytes]]:
        """Wait for values: (topic, body); the last ones known first, then each change."""
        while True:
            taken = await self._wire.receive()
            if values := [named for parts in taken if (named := _named(parts)) is not None]:
                return values

    def close(self) -> None:
        """Close the wire; whoever waits on it gets ClosedResourceError."""
        self._wires.close()


@asynccontextmanager
async def open_office_bus(bind: Endpoints | None = None) -> AsyncIterator[OfficeBus]:
    """Bind the office's wires for the length of a block; raises ConfigError if a port cannot be had."""
    wires = _Wires()
    try:
        yield OfficeBus(wires, bind or Endpoints())
    finally:
        await wires.end()


@asynccontextmanager
async def open_site_bus(node: str, connect: Endpoints) -> AsyncIterator[SiteBus]:
    """Connect a site's wires for the length of a block; the office may come later, or come back."""
    wires = _Wires()
    try:
        yield SiteBus(wires, node, connect)
    finally:
        await wires.end()


@asynccontextmanager
async def open_watcher(connect: Endpoints, *topics: str) -> AsyncIterator[Watcher]:
    """Follow the topics that begin with these texts for the length of a block."""
    wires = _Wires()
    try:
        yield Watcher(wires, connect, topics)
    finally:
        await wires.end()
