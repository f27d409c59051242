"""Wires between a driver and a peripheral: in memory, and over a real pty, both on virtual time.

Bytes on a pty are carried by the system, which takes its own time: a clock that jumps whenever no task can go
on would jump over bytes on their way, and every answer would come too late. So both ends of a pty here count
what they send and what has come, and time stands still until the two are the same. Nothing waits for a wall
clock, and a busy computer changes nothing but how long it takes.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio
import trio.testing

from hardware.ptys import open_pty
from hardware.serial_port import open_serial

Ends = tuple[trio.abc.Stream, trio.abc.Stream]
"""The driver's and the peripheral's end of a wire."""

Wire = Callable[[], AbstractAsyncContextManager[Ends]]


def jump() -> None:
    """Make time virtual for the rest of this test: it jumps whenever nothing else is to be done."""
    clock = _clock()
    clock.rate = 0.0
    clock.autojump_threshold = 0.0


def _clock() -> trio.testing.MockClock:
    clock = trio.lowlevel.current_clock()
    assert isinstance(clock, trio.testing.MockClock)
    return clock


@asynccontextmanager
async def memory_wire() -> AsyncIterator[Ends]:
    """A wire in memory, on virtual time."""
    jump()
    near, far = trio.testing.memory_stream_pair()
    try:
        yield near, far
    finally:
        await trio.aclose_forcefully(near)
        await trio.aclose_forcefully(far)


@asynccontextmanager
async def pty_wire() -> AsyncIterator[Ends]:
    """A pty, the driver's end opened as a serial port, on virtual time."""
    far, path = open_pty()
    async with far, await open_serial(path) as near, trio.open_nursery() as nursery:
        jump()
        under_way = UnderWay(_clock())
        ends = Counted(near, under_way), Counted(far, under_way)
        for end in ends:
            nursery.start_soon(end.take)
        yield ends
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def wall_clock_pty_wire() -> AsyncIterator[Ends]:
    """A pty, the driver's end opened as a serial port; the clock goes as a wall clock does."""
    far, path = open_pty()
    async with far, await open_serial(path) as near:
        yield near, far


class UnderWay:
    """Bytes that were sent and have not come; the clock stands while there are any."""

    def __init__(self, clock: trio.testing.MockClock) -> None:
        self._clock = clock
        self._count = 0

    def add(self, count: int) -> None:
        """So many more were sent, or, below zero, have come."""
        self._count += count
        self._clock.autojump_threshold = math.inf if self._count else 0.0


class Counted(trio.abc.Stream):
    """An end of a wire whose bytes are counted; they are taken off the wire at once and kept."""

    def __init__(self, end: trio.abc.Stream, under_way: UnderWay) -> None:
        self._end, self._under_way = end, under_way
        self._kept, self._come = bytearray(), trio.Event()

    async def take(self) -> None:
        """Take what comes, until cancelled."""
        while True:
            data = await self._end.receive_some()
            self._under_way.add(-len(data))
            self._kept += data
            self._come.set()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of it, whole even if cancelled on the way: what is counted must come."""
        await trio.lowlevel.checkpoint()
        self._under_way.add(len(data))
        with trio.CancelScope(shield=True):
            await self._end.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._end.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        while not self._kept:
            self._come = trio.Event()
            await self._come.wait()
        await trio.lowlevel.checkpoint()
        count = len(self._kept) if max_bytes is None else max_bytes
        data = bytes(self._kept[:count])
        del self._kept[:count]
        return data

    async def aclose(self) -> None:
        await self._end.aclose()
