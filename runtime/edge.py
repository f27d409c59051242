"""The edge of a kernel that runs on a clock: input put by any task, taken by the one that runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trio

from runtime.address import Ref
from runtime.clock import Clock
from runtime.kernel import Kernel

INPUTS_MAX = 10_000
"""At this much input waiting for a turn, edges that can wait should (``Edge.room``)."""


class Edge:
    """Input of a kernel, put by any task, taken by the one that runs the kernel.

    Attributes:
        kernel: whose.
        clock: time passes by it.
        stopping: no turn waits any more; what is ready is still handled.
    """

    def __init__(self, kernel: Kernel, clock: Clock) -> None:
        self.kernel = kernel
        self.clock = clock
        self.stopping = False
        self._inputs: list[tuple[Ref, Any]] = []
        self._asleep: trio.CancelScope | None = None
        self._taken = trio.Event()

    def put(self, to: str | Ref, message: Any) -> None:
        """Hand the kernel a message. Never waits."""
        self._inputs.append((self.kernel.reach(to) if isinstance(to, str) else to, message))
        self._wake()

    @property
    def waiting(self) -> int:
        """How much input waits for a turn."""
        return len(self._inputs)

    async def room(self) -> None:
        """Wait while too much input waits."""
        await trio.lowlevel.checkpoint()
        while len(self._inputs) >= INPUTS_MAX:
            await self._taken.wait()

    def stop(self) -> None:
        """End when what is there has been handled."""
        self.stopping = True
        self._wake()

    def _wake(self) -> None:
        if self._asleep is not None:
            self._asleep.cancel()

    def _take(self) -> list[tuple[Ref, Any]]:
        inputs, self._inputs = self._inputs, []
        self._taken.set()
        self._taken = trio.Event()
        return inputs

    async def _sleep(self) -> None:
        """Wait for input, for something due, or for the stop."""
        if self._inputs or self.stopping:
            await trio.lowlevel.checkpoint()
            return
        with trio.CancelScope() as self._asleep:
            try:
                await self.clock.sleep_until(self.kernel.next_at())
            finally:
                self._asleep = None


class LiveKernel(Edge):
    """A bare kernel on a clock, such as the simulator's street: timers fire at their own moments, in order.

    Args:
        kernel: what to run.
        clock: time passes by it.
        deliver: takes what the kernel told addresses beyond its edge.
    """

    def __init__(self, kernel: Kernel, clock: Clock, deliver: Callable[[Ref, Any], None]) -> None:
        super().__init__(kernel, clock)
        self._deliver = deliver

    async def run(self) -> None:
        """Run until ``stop``."""
        while not self.stopping:
            await self._sleep()
            self.turn()

    def turn(self) -> None:
        """Catch up with the clock, then take input."""
        kernel, now_us = self.kernel, self.clock.now_us()
        kernel.run(now_us)
        if inputs := self._take():
            for ref, message in inputs:
                kernel.receive(ref, message)
            kernel.run(now_us)
        told = kernel.outbox[:]
        kernel.outbox.clear()
        for ref, message in told:
            self._deliver(ref, message)
