"""The office's end of all wires."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio
import zmq

from runtime import log
from runtime.bus.doorkeeper import Doorkeeper
from runtime.bus.key_change import KeyChange
from runtime.bus.keys import KeyPair, fingerprint
from runtime.bus.watch_desk import WatchDesk
from runtime.bus.wire import HEADER, OFFICE_KEY, Endpoints, Security, Wires, named
from runtime.errors import ConfigError
from runtime.open_files import allow_many
from runtime.roster import Roster

NODES_MAX = 10_000
"""Sites one office answers; frames of more are dropped."""
ROSTER_LOOK_SECONDS = 0.5
"""How often a roster that another process may have changed is looked at."""


@attrs.define
class Guard:
    """Who the office is, and who may speak to it.

    Attributes:
        keys: the office's key.
        roster: of the nodes'.
        change: to the office's next key; None where it never changes.
    """

    keys: KeyPair
    roster: Roster
    change: KeyChange | None = None
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)

    def take(self, keys: KeyPair) -> None:
        """The office has this key from now on."""
        self.keys = keys
        self._changed.set()
        self._changed = trio.Event()

    async def taken(self) -> None:
        """Wait until the office has another key."""
        await self._changed.wait()


class OfficeBus:
    """The office's end of all wires. Made by ``open_office_bus``.

    Attributes:
        endpoints: where it listens, with the ports that were chosen.
        watch_desk: who follows which topics.
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
        self._known: dict[str, str] = {}
        self._routes: dict[str, bytes] = {}
        self.watch_desk = WatchDesk(wires, bind.watchers, security, self._may_watch)
        self.endpoints = Endpoints(
            links=self._links.bind(bind.links),
            readings=self._readings.bind(bind.readings),
            watchers=self.watch_desk.endpoint,
        )
        self._readings.socket.subscribe(b"")

    async def receive(self) -> list[tuple[str, bytes]]:
        """Wait for link frames: (node, frame), in the order each node sent them."""
        while True:
            frames: list[tuple[str, bytes]] = []
            for key, (route, *parts) in await self._links.receive():
                frame = named(parts)
                if frame is None and self._said_key(key, parts):
                    continue
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

    def _said_key(self, key: str, parts: list[bytes]) -> bool:
        """Whether a node said that it keeps the office's next key."""
        change = None if self._guard is None else self._guard.change
        if change is None or len(parts) != 3 or parts[1] != OFFICE_KEY:
            return False
        node = parts[0].decode("ascii", "replace")
        return self._speaks(key, node) and change.held(node, key, parts[2])

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
        self.watch_desk.publish(topic, body)

    async def serve_watchers(self) -> None:
        """Hear what watchers ask for until the bus closes; a task of the caller's nursery."""
        await self.watch_desk.serve()

    def _may_watch(self, key: str) -> bool:
        return self._guard is None or bool(self._guard.roster.node_of(key))

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
                    self._keep_to(roster)
        finally:
            roster.on_change.remove(note)

    async def change_key(self) -> None:
        """Tell nodes of the office's next key as soon as there is one; take it once they all have it."""
        assert self._guard is not None
        change = self._guard.change
        while change is not None:
            await trio.sleep(ROSTER_LOOK_SECONDS)
            try:
                following = change.look()
                change.note()
            except ConfigError as error:
                log.get(node="office").error("the office keeps its key", error=str(error))
                continue
            if following is None:
                continue
            for node in (missing := change.missing()):
                if (route := self._routes.get(node)) is not None:
                    self._links.send([route, node.encode(), OFFICE_KEY, following.public])
            if not missing:
                await self._take_key(change.complete())

    async def _take_key(self, keys: KeyPair) -> None:
        """From here on only whoever knows this key can speak to the office; all connect again."""
        assert self._guard is not None
        security = Security(keys)
        self._known.clear()
        self._routes.clear()
        for wire, endpoint in (
            (self._links, self.endpoints.links),
            (self._readings, self.endpoints.readings),
        ):
            wire.renew(security)
            await wire.bind_again(endpoint)
        self._readings.socket.subscribe(b"")
        await self.watch_desk.change_key(security)
        self._guard.take(keys)
        log.get(node="office").warning("the office has another key", fingerprint=fingerprint(keys.public))

    def _keep_to(self, roster: Roster) -> None:
        for node in [node for node, key in self._known.items() if roster.node_of(key) != node]:
            del self._known[node]
            self._routes.pop(node, None)
        self.watch_desk.keep_to_roster()


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
            nursery.start_soon(bus.change_key)
            yield bus
            nursery.cancel_scope.cancel()
    finally:
        await wires.end()
