"""Whoever follows topics of an office: pages on other machines, other systems."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import zmq

from runtime.bus.wire import Endpoints, Security, Wires, named


class Watcher:
    """Follows topics of an office. Made by ``open_watcher``."""

    def __init__(
        self, wires: Wires, connect: Endpoints, topics: tuple[str, ...], security: Security | None
    ) -> None:
        self._wires = wires
        self._wire = wires.open(zmq.SUB, security)
        for topic in topics:
            self._wire.socket.subscribe(topic.encode("ascii"))
        self._wire.connect(connect.watchers)

    async def receive(self) -> list[tuple[str, bytes]]:
        """Wait for values: (topic, body); the last ones known first, then each change."""
        while True:
            taken = await self._wire.receive()
            if values := [value for _, parts in taken if (value := named(parts)) is not None]:
                return values

    def close(self) -> None:
        """Close the wire; whoever waits on it gets ClosedResourceError."""
        self._wires.close()


@asynccontextmanager
async def open_watcher(
    connect: Endpoints, *topics: str, security: Security | None = None
) -> AsyncIterator[Watcher]:
    """Follow the topics that begin with these texts for the length of a block."""
    wires = Wires()
    try:
        yield Watcher(wires, connect, topics, security)
    finally:
        await wires.end()
