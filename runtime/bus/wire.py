"""One ZeroMQ socket under trio, and the context that sockets of one bus live in.

ZeroMQ's file descriptor is edge-triggered: it tells that something changed, once. So a receiver takes until
there is nothing left and only then waits, with nothing in between; and because sending may swallow the edge,
every send looks whether something can be received now, and wakes the receiver.
"""

from __future__ import annotations

import attrs
import trio
import zmq
from zmq.backend import Socket as BareSocket

from runtime.bus.keys import KeyPair
from runtime.errors import ConfigError

HEADER = b"HWK1"
"""Protocol version, the second part of every message."""
OFFICE_KEY = b"HWKO"
"""Stands there instead where the body is the office's next public key; who keeps it says it back."""
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
HANDSHAKE_MS = 5000
"""A peer that has not said who it is by then is cut off."""
RECONNECT_MS, RECONNECT_MS_MAX = 50, 1000
REBIND_SECONDS, REBIND_TRIES = 0.02, 100
"""A port that was just let go may need a moment before it can be had again."""

# As plain numbers: looking them up as enumerations at each message costs as much as sending it.
_AT_ONCE, _MORE_COMES = int(zmq.DONTWAIT), int(zmq.DONTWAIT | zmq.SNDMORE)
_EVENTS, _POLLIN = int(zmq.EVENTS), int(zmq.POLLIN)
_send = BareSocket.send  # zmq.Socket.send first looks for what only draft sockets know: half the cost

LOOPBACK = "tcp://127.0.0.1:"


@attrs.frozen
class Endpoints:
    """Where an office listens: ``tcp://127.0.0.1:PORT``, or ``:*`` to let the machine choose."""

    links: str = LOOPBACK + "*"
    readings: str = LOOPBACK + "*"
    watchers: str = LOOPBACK + "*"


@attrs.frozen
class DoorEndpoints:
    """Where an office lets new nodes knock."""

    greeting: str = LOOPBACK + "*"
    door: str = LOOPBACK + "*"


def libzmq_version() -> str:
    """Version of the ZeroMQ library under pyzmq."""
    return zmq.zmq_version()


@attrs.frozen
class Security:
    """What makes a wire CURVE.

    Attributes:
        keys: this end's.
        office: the office's public key; None where this end is the office, which then asks its doorkeeper.
        domain: told to the doorkeeper.
    """

    keys: KeyPair
    office: bytes | None = None
    domain: bytes = b"nodes"


def _prepare(socket: zmq.Socket[bytes], security: Security | None) -> None:
    """Set a socket's options, which must be done before it binds or connects."""
    socket.set(zmq.MAXMSGSIZE, BODY_BYTES_MAX)
    socket.set(zmq.SNDHWM, QUEUE_MESSAGES_MAX)
    socket.set(zmq.RCVHWM, QUEUE_MESSAGES_MAX)
    socket.set(zmq.LINGER, LINGER_MS)
    socket.set(zmq.IPV6, 0)
    socket.set(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
    socket.set(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_PATIENCE_MS)
    socket.set(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    socket.set(zmq.RECONNECT_IVL, RECONNECT_MS)
    socket.set(zmq.RECONNECT_IVL_MAX, RECONNECT_MS_MAX)
    if socket.type == zmq.ROUTER:
        socket.set(zmq.ROUTER_MANDATORY, 1)  # a lost peer is told, not passed over in silence
    elif socket.type == zmq.XPUB:
        socket.set(zmq.XPUB_VERBOSE, 1)  # each watcher's subscription is heard, not only a topic's first
    if security is not None:
        socket.set(zmq.CURVE_PUBLICKEY, security.keys.public)
        socket.set(zmq.CURVE_SECRETKEY, security.keys.secret)
        if security.office is not None:
            socket.set(zmq.CURVE_SERVERKEY, security.office)
        else:
            socket.set(zmq.CURVE_SERVER, 1)
            socket.set(zmq.ZAP_DOMAIN, security.domain)
            socket.set(zmq.ZAP_ENFORCE_DOMAIN, 1)  # without a doorkeeper nobody comes in


class Wire:
    """One socket under trio. Made by ``Wires.open``.

    Attributes:
        socket: the ZeroMQ socket; another one after ``renew``.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], kind: int, security: Security | None) -> None:
        self._context, self._kind, self._security = context, kind, security
        self._told_who = security is not None and security.office is None
        self._waiting = False
        self._make()

    def _make(self) -> None:
        self.socket: zmq.Socket[bytes] = self._context.socket(self._kind)
        _prepare(self.socket, self._security)
        self._fd = self.socket.fileno()

    def renew(self, security: Security | None = None) -> None:
        """Close the socket with all its connections and queues, and make another, not bound or connected.

        ``security`` takes the place of what it had.
        """
        self.close()
        self._security = security or self._security
        self._make()

    def bind(self, endpoint: str) -> str:
        """Listen; returns the endpoint with the port that was chosen."""
        if self._security is None and not endpoint.startswith(LOOPBACK):
            raise ConfigError(f"bus must bind to {LOOPBACK}PORT while links have no keys, not {endpoint!r}")
        try:
            self.socket.bind(endpoint)
        except zmq.ZMQError as error:
            raise ConfigError(f"bus endpoint {endpoint}: cannot be bound: {error}") from error
        return str(self.socket.get_string(zmq.LAST_ENDPOINT))

    async def bind_again(self, endpoint: str) -> None:
        """Listen where a socket that was just closed did; raises ConfigError if that stays taken."""
        for _ in range(REBIND_TRIES):
            try:
                self.bind(endpoint)
            except ConfigError:
                await trio.sleep(REBIND_SECONDS)
            else:
                return
        self.bind(endpoint)

    def listen_within(self, endpoint: str) -> None:
        """Listen to this process only (``inproc:``)."""
        self.socket.bind(endpoint)

    def connect(self, endpoint: str) -> None:
        """Connect, now or whenever there is somebody."""
        try:
            self.socket.connect(endpoint)
        except zmq.ZMQError as error:
            raise ConfigError(f"bus endpoint {endpoint}: cannot be connected to: {error}") from error

    def send(self, parts: list[bytes]) -> bool:
        """Send if there is room and a peer, and say whether."""
        if self.socket.closed:
            raise trio.ClosedResourceError
        socket = self.socket
        try:
            for part in parts[:-1]:
                _send(socket, part, _MORE_COMES)
            _send(socket, parts[-1], _AT_ONCE)
        except zmq.ZMQError as error:
            if error.errno not in (zmq.EAGAIN, zmq.EHOSTUNREACH):
                raise
            return False
        finally:
            if self._waiting and self._readable():
                trio.lowlevel.notify_closing(self._fd)  # wakes the receiver; a cancel scope a wait is dear
        return True

    def _readable(self) -> bool:
        events = self.socket.getsockopt(_EVENTS)
        return isinstance(events, int) and bool(events & _POLLIN)

    async def receive(self) -> list[tuple[str, list[bytes]]]:
        """Wait for at least one message, take at most TAKE_MESSAGES_MAX.

        Each comes with the sender's public key, "" where this end does not know it. Who had to wait gets the
        first message at once: that there is no other is found out when all has been answered.
        """
        if self.socket.closed:
            raise trio.ClosedResourceError
        if self._readable():
            await trio.lowlevel.checkpoint()
            if taken := self._take(TAKE_MESSAGES_MAX):
                return taken
        while True:
            self._waiting = True
            try:
                await trio.lowlevel.wait_readable(self._fd)
            except trio.ClosedResourceError:
                if self.socket.closed:
                    raise
            finally:
                self._waiting = False
            if taken := self._take(1):
                return taken

    def _take(self, most: int) -> list[tuple[str, list[bytes]]]:
        if self.socket.closed:
            raise trio.ClosedResourceError
        recv, told_who = self.socket.recv, self._told_who
        taken: list[tuple[str, list[bytes]]] = []
        try:
            while len(taken) < most:
                frame = recv(_AT_ONCE, False)
                parts = [frame.bytes]
                taken.append((_who(frame) if told_who else "", parts))
                while frame.more:  # the parts of a message come all together
                    frame = recv(_AT_ONCE, False)
                    parts.append(frame.bytes)
        except zmq.Again:
            pass
        return taken

    def close(self) -> None:
        """Close the socket; whoever waits on it gets ClosedResourceError, unless it was renewed."""
        if not self.socket.closed:
            trio.lowlevel.notify_closing(self._fd)
            self.socket.close()


def _who(frame: zmq.Frame) -> str:
    """The key that the doorkeeper knew the sender by; "" if it has none."""
    try:
        return str(frame.get("User-Id"))
    except zmq.ZMQError:
        return ""


class Wires:
    """All sockets of one bus, and the ZeroMQ context they live in."""

    def __init__(self) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._open: list[Wire] = []

    def open(self, kind: int, security: Security | None = None) -> Wire:
        """A new socket of this kind; without security it may only bind to loopback."""
        wire = Wire(self._context, kind, security)
        self._open.append(wire)
        return wire

    def close(self) -> None:
        """Close every wire."""
        for wire in self._open:
            wire.close()

    async def end(self) -> None:
        """Close everything and wait, at most LINGER_MS, for the last frames to leave."""
        self.close()
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._context.term)


def named(parts: list[bytes]) -> tuple[str, bytes] | None:
    """Read ``[name, HEADER, body]``; None for anything else."""
    if len(parts) != 3 or parts[1] != HEADER:
        return None
    name = parts[0]
    return (name.decode(), parts[2]) if 0 < len(name) <= NAME_BYTES_MAX and name.isascii() else None
