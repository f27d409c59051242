"""Whoever follows topics of an office: pages on other machines, other systems."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import trio
import zmq

from runtime.bus.watch_desk import TAKEN_BYTES, WINDOW
from runtime.bus.wire import HEADER, Endpoints, Security, Wires, named

SAY_AGAIN_SECONDS = 5.0
"""How often it says that it is there: an office that began anew, or lost sight of it, then knows it again."""


class Watcher:
    """Follows topics of an office. Made by ``open_watcher``.

    It tells the office that it took values only when more are asked of it, so that whoever is slow to handle
    them gets fewer and newer ones.
    """

    def __init__(
        self, wires: Wires, connect: Endpoints, topics: tuple[str, ...], security: Security | None
    ) -> None:
        self._wires = wires
        self._topics = [topic.encode("ascii") for topic in topics or ("",)]
        self._taken = 0
        self._wire = wires.open(zmq.DEALER, security)
        self._wire.connect(connect.watchers)

    async def receive(self) -> list[tuple[str, bytes]]:
        """Wait for values: (topic, body); the last ones known first, then the latest of what changes."""
        while True:
            if self._taken >= WINDOW // 2:
                self._say(self._topics[0], self._taken)
                self._taken = 0
            taken = await self._wire.receive()
            self._taken += len(taken)
            if values := [value for _, parts in taken if (value := named(parts)) is not None]:
                return values

    async def keep_asking(self) -> None:
        """Say what is watched, and again now and then, until the wire closes."""
        with suppress(trio.ClosedResourceError):
            while True:
                for topic in self._topics:
                    self._say(topic, 0)
                await trio.sleep(SAY_AGAIN_SECONDS)

    def _say(self, topic: bytes, taken: int) -> None:
        self._wire.send([topic, HEADER, taken.to_bytes(TAKEN_BYTES, "big")])

    def close(self) -> None:
        """Close the wire; whoever waits on it gets ClosedResourceError."""
        self._wires.close()


@asynccontextmanager
async def open_watcher(
    connect: Endpoints, *topics: str, security: Security | None = None
) -> AsyncIterator[Watcher]:
    """Follow the topics that begin with these texts (none: all of them) for the length of a block."""
    wires = Wires()
    try:
        watcher = Watcher(wires, connect, topics, security)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watcher.keep_asking)
            yield watcher
            nursery.cancel_scope.cancel()
    finally:
        await wires.end()
