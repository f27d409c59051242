"""A tcp proxy that misbehaves on purpose: it delays, cuts, swallows, resets and damages what passes."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import trio

MOODS = ("kind", "slow", "cut", "black hole", "reset", "corrupt")
"""``cut``: every connection ends, new ones pass. ``reset``: likewise, rudely, and new ones are reset too."""
PIECE_BYTES = 16_384
SLOW_SECONDS_MAX = 0.25
CORRUPT_SHARE = 0.2


class Proxy:
    """Ports of this computer in a row, each forwarded to another. Made by ``open_proxy``.

    Attributes:
        mood: how it treats what passes; one of MOODS.
        passed: pieces it forwarded.
        damaged: pieces of which it changed a byte.
    """

    def __init__(self, dice: Random) -> None:
        self.mood = "kind"
        self.passed = self.damaged = 0
        self._dice = dice
        self._connections: set[tuple[trio.SocketStream, trio.SocketStream]] = set()

    async def become(self, mood: str) -> None:
        """Change the mood; ``cut`` and ``reset`` strike what is connected now."""
        self.mood = mood
        if mood in ("cut", "reset"):
            for near, far in list(self._connections):
                for stream in (near, far):
                    await self._end(stream, rudely=mood == "reset")

    async def _end(self, stream: trio.SocketStream, *, rudely: bool) -> None:
        if rudely:
            try:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except (OSError, trio.ClosedResourceError):
                return
        await trio.aclose_forcefully(stream)

    async def serve(self, near: trio.SocketStream, port: int) -> None:
        """Forward one connection to a port of this computer, until either side ends."""
        async with near:
            if self.mood == "reset":
                await self._end(near, rudely=True)
                return
            try:
                far = await trio.open_tcp_stream("127.0.0.1", port)
            except OSError:
                return
            async with far:
                await self._forward(near, far)

    async def _forward(self, near: trio.SocketStream, far: trio.SocketStream) -> None:
        pair = (near, far)
        self._connections.add(pair)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._pump, near, far, nursery.cancel_scope)
                nursery.start_soon(self._pump, far, near, nursery.cancel_scope)
        finally:
            self._connections.discard(pair)

    async def _pump(self, source: trio.SocketStream, sink: trio.SocketStream, both: trio.CancelScope) -> None:
        try:
            while data := await source.receive_some(PIECE_BYTES):
                if self.mood == "black hole":
                    continue
                if self.mood == "slow":
                    await trio.sleep(self._dice.random() * SLOW_SECONDS_MAX)
                if self.mood == "corrupt" and self._dice.random() < CORRUPT_SHARE:
                    data = self._with_a_wrong_byte(data)
                await sink.send_all(data)
                self.passed += 1
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        both.cancel()

    def _with_a_wrong_byte(self, data: bytes) -> bytes:
        self.damaged += 1
        at = self._dice.randrange(len(data))
        return data[:at] + bytes([data[at] ^ (1 + self._dice.randrange(255))]) + data[at + 1 :]


@asynccontextmanager
async def open_proxy(port: int, to: int, ports: int, seed: int) -> AsyncIterator[Proxy]:
    """Forward ``ports`` ports from ``port`` to those from ``to`` for the length of a block."""
    proxy = Proxy(Random(seed))
    async with trio.open_nursery() as nursery:
        for number in range(ports):
            (listener,) = await trio.open_tcp_listeners(port + number, host="127.0.0.1")

            async def serve(stream: trio.SocketStream, number: int = number) -> None:
                await proxy.serve(stream, to + number)

            nursery.start_soon(trio.serve_listeners, serve, [listener])
        yield proxy
        nursery.cancel_scope.cancel()


def free_ports(count: int, dice: Random) -> int:
    """The first of so many ports in a row that are free now, below those that the system gives out."""
    while True:
        port = dice.randrange(12_000, 30_000)
        try:
            held = [socket.socket() for _ in range(count)]
            for number, each in enumerate(held):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                each.bind(("127.0.0.1", port + number))
        except OSError:
            continue
        finally:
            for each in held:
                each.close()
        return port
