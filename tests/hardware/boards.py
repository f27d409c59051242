"""A driver and a simulated board on a wire in memory: what the driver told, what went over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import attrs
import trio
import trio.testing

from hardware.driver import Driver, Frame
from simulator.peripherals.peripheral import Peripheral

E = TypeVar("E")

STEP_SECONDS = 0.05


@attrs.define
class Bench:
    """What a driver told, and its wire.

    Attributes:
        told: (device, event), in order.
        frames: all that went over the wire.
        at_frame: sees each of them as it goes, before the other end does.
    """

    driver: Driver
    told: list[tuple[str, Any]] = attrs.Factory(list)
    frames: list[Frame] = attrs.Factory(list)
    at_frame: Callable[[Frame], None] | None = None

    def tell(self, device: str, event: object) -> None:
        self.told.append((device, event))

    def watch(self, frame: Frame) -> None:
        self.frames.append(frame)
        if self.at_frame is not None:
            self.at_frame(frame)

    def of(self, kind: type[E]) -> list[E]:
        """Events of this kind told so far."""
        return [event for _, event in self.told if isinstance(event, kind)]

    async def until(self, so: Callable[[], object], within: float = 120.0) -> None:
        """Let time pass until it is so; fails after ``within`` seconds."""
        with trio.fail_after(within):
            while not so():  # noqa: ASYNC110 - what is waited for is a number in a plain object
                await trio.sleep(STEP_SECONDS)

    async def event(self, kind: type[E], count: int = 1, within: float = 120.0) -> E:
        """The count-th event of this kind."""
        await self.until(lambda: len(self.of(kind)) >= count, within)
        return self.of(kind)[count - 1]


@asynccontextmanager
async def running(bench: Bench, board: Peripheral) -> AsyncIterator[Bench]:
    """Run both ends on a new wire; afterwards the wire is gone and the driver has stopped."""
    near, far = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(board.serve, far)
        nursery.start_soon(bench.driver.run, near, bench.tell, bench.watch)
        yield bench
        nursery.cancel_scope.cancel()
