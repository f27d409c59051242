"""The office's end of all wires."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio
import zmq

from runtime import log
from runtime.bus.doorkeeper import Doorkeeper
from runtime.bus.keys import KeyPair
from runtime.bus.wire import HEADER, NAME_BYTES_MAX, Endpoints, Security, Wires, named
from runtime.errors import ConfigError
from runtime.open_files import allow_many
from runtime.roster import Roster

NODES_MAX = 10_000
"""Sites one office answers; frames of more are dropped."""
LAST_VALUES_MAX = 100_000
ROSTER_LOOK_SECONDS = 0.5
"""How often a roster that another process may have changed is looked at."""


@attrs.frozen
class Guard:
    """Who the office is, and who may speak to it."""

    keys: KeyPair
    roster: Roster


class OfficeBus:
    """The office's end of all wires. Made by ``open_office_bus``.

    Attributes:
        endpoints: where it listens, with the ports that were chosen.
        garbage: messages dropped because they were not ours, or of one site too many.
        strangers: messages dropped because the sender's key is not that of the node it spoke for.
        unsent: frames dropped because the node was not connected or its queue was full.
    """

    def __init__(self, wires: Wires, bind: Endpoints, guard: Guard | None = None) -> None:
        self.garbage = self.strangers = self.unsent = 0
        self._wires = wires
        self._guard = guard
        security = None if guard is None else Security(guard.keys)
        self._links = wires.open(zmq.ROUTER, security)
        self._readings = wires.open(zmq.SUB, security)
        self._watchers = wires.open(zmq.XPUB, security)
        self._known: dict[str, str] = {}
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
            for key, (route, *parts) in await self._links.receive():
                frame = named(parts)
                if frame is not None and not self._speaks(key, frame[0]):
                    self.strangers += 1
                elif frame is None or not self._routed(frame[0], route):
                    self.garbage += 1
                else:
                    frames.append(frame)
            if frames:
                return frames

    def _speaks(self, key: str, node: str) -> bool:
        """Whether whoever has this key may speak for this node, now."""
        if self._guard is None:
            return True
        roster = self._guard.roster
        if roster.node_of(key) != node:
            return False
        if self._known.get(node) != key:
            self._known[node] = key
            roster.used(key)
        return True

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
            readings: list[tuple[str, bytes]] = []
            for key, parts in await self._readings.receive():
                if (reading := named(parts)) is None:
                    self.garbage += 1
                elif not self._speaks(key, reading[0]):
                    self.strangers += 1
                else:
                    readings.append(reading)
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
            for _, parts in taken:
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

    # Who may speak

    async def watch_roster(self) -> None:
        """Keep to the roster until cancelled: a node that lost its key is neither heard nor told anything."""
        assert self._guard is not None
        roster = self._guard.roster
        changed = trio.Event()

        def note() -> None:
            changed.set()

        roster.on_change.append(note)
        try:
            while True:
                with trio.move_on_after(ROSTER_LOOK_SECONDS):
                    await changed.wait()
                try:
                    roster.refresh()
                except ConfigError as error:
                    log.get(node="office").error("roster kept as it was", error=str(error))
                if changed.is_set():
                    changed = trio.Event()
                    await self._keep_to(roster)
        finally:
            roster.on_change.remove(note)

    async def _keep_to(self, roster: Roster) -> None:
        gone = [node for node, key in self._known.items() if roster.node_of(key) != node]
        for node in gone:
            del self._known[node]
            self._routes.pop(node, None)
        if gone:  # who watches cannot be told apart: all connect again, and only those on the roster can
            self._watchers.renew()
            await self._watchers.bind_again(self.endpoints.watchers)


@asynccontextmanager
async def open_office_bus(
    bind: Endpoints | None = None, guard: Guard | None = None
) -> AsyncIterator[OfficeBus]:
    """Bind the office's wires for the length of a block; raises ConfigError if a port cannot be had.

    Without a guard nothing is encrypted, anybody may speak, and only loopback is allowed. The process may
    have many files open from then on.
    """
    allow_many()
    wires = Wires()
    try:
        if guard is None:
            yield OfficeBus(wires, bind or Endpoints())
            return
        doorkeeper = Doorkeeper(wires, guard.roster)  # before any wire that asks it
        bus = OfficeBus(wires, bind or Endpoints(), guard)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(doorkeeper.serve)
            nursery.start_soon(bus.watch_roster)
            yield bus
            nursery.cancel_scope.cancel()
    finally:
        await wires.end()
