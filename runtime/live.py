"""Kernels under trio: input in, time on, facts to disk, and only then everything out.

A turn: take what edges put, let time pass, handle messages, take what came of it as a batch. A second task
commits batches in a worker thread, one at a time and in order, and releases each once its facts are on disk.
Turns go on meanwhile: one batch is being committed, one waits, and a third holds the next turn back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import trio

from runtime.address import Ref
from runtime.clock import Clock
from runtime.journal import Journal
from runtime.kernel import Kernel
from runtime.link_ports import FactSource
from runtime.node import Batch, Node
from runtime.wire import FactRecord

INPUTS_MAX = 10_000
"""At this much input waiting for a turn, edges that can wait should (``Edge.room``)."""
READ_FACTS = 1000


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


class LiveNode(Edge):
    """The trio loop round a node.

    Time moves only with an input or a timer, so that a recording of those replays the day exactly. A journal
    that cannot commit is fatal: ``run`` raises its LedgerError and releases nothing more.

    Args:
        node: what to run, actors spawned.
        journal: where its facts go; nobody else may write it.
        clock: time passes by it.
        release: called with each batch, in order, when its facts are on disk.
        past: reads committed facts while the journal commits; the journal itself if that can.
    """

    kernel: Node

    def __init__(
        self,
        node: Node,
        journal: Journal,
        clock: Clock,
        release: Callable[[Batch], None],
        *,
        past: FactSource | None = None,
    ) -> None:
        super().__init__(node, clock)
        self.kernel = node
        self.journal = journal
        self._release = release
        self._past: FactSource = past or journal
        self._in_flight: deque[Batch] = deque()
        self._limiter = trio.CapacityLimiter(1)
        node.history = self._history

    def recover(self) -> int:
        """Give the actors their past; return how many facts there were. Comes before ``run``."""
        return self.kernel.recover(_all_facts(self.journal))

    async def run(self) -> None:
        """Run until ``stop``, then handle, commit and release what is there.

        Raises LedgerError when the journal cannot commit, NodeStopped when supervision gives up.
        """
        try:
            async with trio.open_nursery() as nursery:
                batches, to_commit = trio.open_memory_channel[Batch](1)
                nursery.start_soon(self._commit, to_commit)
                async with batches:
                    await self._step(batches)
        except BaseExceptionGroup as group:
            raise sole_error(group) from None

    async def _step(self, batches: trio.MemorySendChannel[Batch]) -> None:
        node = self.kernel
        while True:
            node.drain()
            if (batch := node.take()) is not None:
                self._in_flight.append(batch)
                await batches.send(batch)
            if node.ready:
                await trio.lowlevel.checkpoint()
            elif self.stopping and not self._inputs:
                return
            else:
                await self._sleep()
            if self._inputs or not node.ready:
                self._pass_time()

    def _pass_time(self) -> None:
        node, now_us = self.kernel, self.clock.now_us()
        if self._inputs or node.next_at() <= now_us:
            node.advance(now_us)
            node.fire_due()
            for ref, message in self._take():
                node.receive(ref, message)

    async def _commit(self, batches: trio.MemoryReceiveChannel[Batch]) -> None:
        async for batch in batches:
            if batch.records:
                await trio.to_thread.run_sync(self.journal.commit, batch.records, limiter=self._limiter)
            self._in_flight.popleft()
            self._release(batch)

    def _history(self, address: str) -> Iterator[Any]:
        """An actor's facts, those included that are on their way to the journal."""
        waiting = [batch for batch in self._in_flight if batch.records]
        before = waiting[0].records[0].seq if waiting else self.kernel.seq + 1
        for record in _all_facts(self._past):
            if record.seq >= before:
                break
            if record.source == address:
                yield record.fact()
        for batch in waiting:
            yield from (fact for source, fact in batch.facts if source == address)


def _all_facts(source: FactSource) -> Iterator[FactRecord]:
    seq = 0
    while records := source.read(seq, READ_FACTS):
        yield from records
        seq = records[-1].seq


def sole_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error within groups of groups of one; the group itself where there are several."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
