"""A site's end of its wires."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

import trio
import zmq

from runtime import log
from runtime.bus.admission import Admission
from runtime.bus.wire import HEADER, OFFICE_KEY, Endpoints, Security, Wire, Wires

AGAIN_SECONDS, AGAIN_SECONDS_MAX = 0.5, 30.0
"""A wire that was turned away tries again after this long, then twice as long, up to the longest."""


class OfficeKeys(Protocol):
    """What a node knows of its office's key: ``runtime.bus.key_folder.NodeKeys``."""

    def learn(self, next_public: bytes) -> bool:
        """The office says which key comes next; whether that is kept now."""

    def heard(self) -> None:
        """The office was heard."""

    def mismatched(self) -> None:
        """The office seems to have another key."""


class SiteBus:
    """A site's end of its wires. Made by ``open_site_bus``.

    Attributes:
        garbage: messages dropped because they were not ours.
        unsent: frames and readings dropped because the queue was full.
        refused: how often the office turned a wire away because of its key.
    """

    def __init__(
        self,
        wires: Wires,
        node: str,
        office: Endpoints,
        security: Security | None = None,
        office_keys: OfficeKeys | None = None,
    ) -> None:
        self._office_keys = office_keys
        self._mismatched = office_keys.mismatched if office_keys is not None else lambda: None
        self.garbage = self.unsent = self.refused = 0
        self.name = node
        self._node = node.encode("ascii")
        self._wires = wires
        self._links = wires.open(zmq.DEALER, security)
        self._readings = wires.open(zmq.PUB, security)
        if security is None:
            self._links.connect(office.links)
            self._readings.connect(office.readings)
        self._attempts = (
            []
            if security is None
            else [
                (wire, endpoint, Admission(wire, endpoint, self._mismatched))
                for wire, endpoint in ((self._links, office.links), (self._readings, office.readings))
            ]
        )

    async def keep_connected(self) -> None:
        """Connect anew whenever the office refused the key or the wire broke; ZeroMQ itself would not."""
        async with trio.open_nursery() as nursery:
            for attempt in self._attempts:
                nursery.start_soon(self._keep_wire, *attempt)

    async def _keep_wire(self, wire: Wire, endpoint: str, attempt: Admission) -> None:
        wait = AGAIN_SECONDS
        while True:
            began = trio.current_time()
            try:
                loss = await attempt.lost()
            finally:
                attempt.end()
            self.refused += loss == "refused"
            if loss == "gone" or trio.current_time() - began > AGAIN_SECONDS_MAX:
                wait = AGAIN_SECONDS
            if loss == "refused" and wait == AGAIN_SECONDS:
                log.get(node=self.name).warning("the office does not know this node's key", at=endpoint)
            await trio.sleep(wait)
            wait = min(AGAIN_SECONDS_MAX, wait * 2)
            wire.renew()
            attempt = Admission(wire, endpoint, self._mismatched)

    async def receive(self) -> list[bytes]:
        """Wait for link frames from the office, in order."""
        while True:
            taken = await self._links.receive()
            frames = [parts[2] for _, parts in taken if parts[:2] == [self._node, HEADER] and len(parts) == 3]
            if len(frames) < len(taken):
                ours = [self._node, HEADER]
                self._others(parts for _, parts in taken if parts[:2] != ours or len(parts) != 3)
            if frames and self._office_keys is not None:
                self._office_keys.heard()
            if frames:
                return frames

    def _others(self, messages: Iterable[list[bytes]]) -> None:
        """The office may say which key it will have; all else is garbage."""
        for parts in messages:
            keys = self._office_keys
            if keys is None or parts[:2] != [self._node, OFFICE_KEY] or len(parts) != 3:
                self.garbage += 1
            elif keys.learn(parts[2]):
                self._links.send(parts)
            else:
                self.garbage += 1

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


@asynccontextmanager
async def open_site_bus(
    node: str,
    office: Endpoints,
    security: Security | None = None,
    office_keys: OfficeKeys | None = None,
) -> AsyncIterator[SiteBus]:
    """Connect a site's wires for the length of a block; the office may come later, or come back.

    Args:
        node: its name.
        office: where the office listens.
        security: the node's key, and the office's.
        office_keys: told what the office says of its next key; without it that is garbage.
    """
    wires = Wires()
    try:
        bus = SiteBus(wires, node, office, security, office_keys)
        if security is None:
            yield bus
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bus.keep_connected)
            yield bus
            nursery.cancel_scope.cancel()
    finally:
        await wires.end()
