"""Kernels under trio: input in, time on, facts to disk, and only then everything out.

A turn: take what edges put, let time pass, handle messages, take what came of it as a batch. A second task
commits batches in a worker thread, in order, and releases them once their facts are on disk. Turns go on
meanwhile: what waits when a commit ends is committed at once, together, and only when much waits is the next
turn held back.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol, TypeVar

import attrs
import trio

from runtime import command_desk, health, log
from runtime.actor import Actor
from runtime.address import Ref
from runtime.ballast import Ballast
from runtime.clock import Clock
from runtime.command_desk import OpenDesk
from runtime.day_keeper import FLUSH_SECONDS, DayKeeper, Opening
from runtime.edge import Edge
from runtime.errors import DiskFull
from runtime.health import DiskFound, EpochFound
from runtime.journal import Journal
from runtime.link_ports import FactSource
from runtime.node import Batch, Node, joined
from runtime.snapshot import put_back, values_of
from runtime.snapshot_parts import READ_FACTS, Taking, kept_state, recover
from runtime.wire import FactRecord

T = TypeVar("T")

SNAPSHOT_FACTS = 20_000
"""A restart applies about so many facts: 0.1 to 0.2 s (measured)."""
BATCHES_WAITING_MAX = 8
"""More batches than this hold the next turn back. A commit costs a thread's hop and a sync of the disk, much
the same for one batch and for eight; input that comes during one waits for that one and the next."""
FACTS_TOGETHER_MAX = 2_000
"""No batch is added to so many facts that are committed together: others wait for the disk too."""
DISK_LOOK_SECONDS = 10.0
"""How often a node that stopped selling looks whether the disk has room again."""


@attrs.frozen
class TakenPart:
    """A part of a snapshot on its way to the journal; ``upto`` is the node's last fact in it."""

    seq: int
    number: int
    body: bytes
    upto: int
    last: bool


ToWrite = Batch | TakenPart | Opening
"""What goes to the disk, in order."""


class PastSource(FactSource, Protocol):
    """A node's committed facts and snapshots."""

    def snapshots(self) -> Iterator[tuple[int, list[bytes]]]:
        """See ``Journal.snapshots``."""


class LiveNode(Edge):
    """The trio loop round a node.

    Time moves only with an input or a timer, so that a recording of those replays the day exactly. A journal
    that cannot commit is fatal: ``run`` raises its LedgerError and releases nothing more. One without room is
    not, once: the ballast gives way, the batch is committed, and the node's health has everything held until
    there is room again.

    Between turns the node's state goes to the journal in parts, so that the next start need not read every
    fact.

    Args:
        node: what to run, actors spawned.
        journal: where its facts go; nobody else may write it.
        clock: time passes by it.
        release: called with each batch, in order, when its facts are on disk.
        past: reads committed facts and snapshots while the journal commits; the journal itself if that can.
        ballast: what gives way when the disk is full; without one a full disk is fatal.
        days: keeps the node's days as recordings.
        snapshot_facts: a snapshot is begun after so many facts, and when the node stops.
    """

    kernel: Node

    def __init__(
        self,
        node: Node,
        journal: Journal,
        clock: Clock,
        release: Callable[[Batch], None],
        *,
        past: PastSource | None = None,
        ballast: Ballast | None = None,
        days: DayKeeper | None = None,
        snapshot_facts: int = SNAPSHOT_FACTS,
    ) -> None:
        super().__init__(node, clock)
        self._days = days
        self.kernel = node
        self.journal = journal
        self._ballast = ballast
        self._release = release
        self._past: PastSource = past or journal
        self._in_flight: deque[Batch] = deque()
        self._limiter = trio.CapacityLimiter(1)
        self._snapshot_facts = snapshot_facts
        self._snapshot_seq = 0
        self._fits_from = math.inf
        self._taking: Taking | None = None
        self._full = trio.Event()
        node.past_of = self._past_of

    # Start

    def recover(self) -> int:
        """Give the actors their past; return how many facts were applied. Comes before ``start``."""
        name = self.kernel.name
        recovered = recover(self.kernel, self.journal, lambda text: log.get(node=name).warning(text))
        if recovered.snapshot is not None:
            self._fits_from = self._snapshot_seq = recovered.snapshot
        return recovered.applied

    def start(self) -> None:
        """Start every actor, and tell desk and health what became of the journal; comes before ``run``."""
        node = self.kernel
        if self._days is not None:
            self._days.begin(self._days.opening(node))
        node.start()
        if full := self._ballast is not None and not self._ballast.hold():
            self._full.set()
        for address, message in (
            (command_desk.ADDRESS, OpenDesk(life=self.journal.life)),
            (health.ADDRESS, EpochFound(epoch=self.journal.epoch, after_seq=node.seq)),
            (health.ADDRESS, DiskFound(full=full)),
        ):
            if (ref := self._actor(address)) is not None:
                node.receive(ref, message)
        self._tell_days()

    def _tell_days(self) -> None:
        """Have the files that ended put into the index."""
        if self._days is not None:
            for kept in self._days.kept(self.kernel.seq):
                self._tell(health.ADDRESS, kept)

    def _actor(self, address: str) -> Ref | None:
        ref = self.kernel.refs.get(address)
        return ref if ref is not None and isinstance(self.kernel.actors[ref], Actor) else None

    def _tell(self, address: str, message: object) -> None:
        if (ref := self._actor(address)) is not None:
            self.put(ref, message)

    # Running

    async def in_writer(self, work: Callable[[], T]) -> T:
        """Do something with the journal between two commits, in a worker thread."""
        return await trio.to_thread.run_sync(work, limiter=self._limiter)

    async def run(self) -> None:
        """Run until ``stop``, then handle, commit and release what is there, and leave a snapshot.

        Raises LedgerError when the journal cannot commit, NodeStopped when supervision gives up.
        """
        try:
            async with trio.open_nursery() as around:
                around.start_soon(self._watch_disk)
                around.start_soon(self._flush_days)
                async with trio.open_nursery() as nursery:
                    batches, to_commit = trio.open_memory_channel[ToWrite](BATCHES_WAITING_MAX)
                    nursery.start_soon(self._commit, to_commit)
                    async with batches:
                        await self._step(batches)
                        await self._leave_snapshot(batches)
                around.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            raise sole_error(group) from None
        finally:
            if self._days is not None:
                self._days.close(whole=not self._in_flight)

    async def _step(self, batches: trio.MemorySendChannel[ToWrite]) -> None:
        node = self.kernel
        while True:
            node.drain()
            if (batch := node.take()) is not None:
                self._in_flight.append(batch)
                await batches.send(batch)
            if self._days is not None and not node.ready and self._days.due(node):
                await batches.send(self._days.opening(node))
            if self._taking is None and node.seq - self._snapshot_seq >= self._snapshot_every():
                self._begin_snapshot()
            if self._taking is not None:
                await self._take_part(self._taking, batches)
            if node.ready or self._taking is not None:
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

    async def _commit(self, batches: trio.MemoryReceiveChannel[ToWrite]) -> None:
        async for first in batches:
            some: list[Batch] = []
            for each in _waiting(first, batches):
                if isinstance(each, Batch):
                    some.append(each)
                    continue
                await self._commit_together(some)
                some = []
                await self._keep(each)
            await self._commit_together(some)

    async def _commit_together(self, batches: list[Batch]) -> None:
        if not batches:
            return
        batch = batches[0] if len(batches) == 1 else joined(batches)
        if batch.records:
            try:
                await self.in_writer(partial(self._write, batch))
            except DiskFull:
                self._make_room()
                await self.in_writer(partial(self._write, batch))
        elif self._days is not None:
            self._days.keep(batch)
        for _ in batches:
            self._in_flight.popleft()
        self._release(batch)

    async def _keep(self, what: TakenPart | Opening) -> None:
        if isinstance(what, TakenPart):
            await self._save(what)
            return
        assert self._days is not None
        await self.in_writer(partial(self._days.begin, what))
        self._tell_days()

    def _write(self, batch: Batch) -> None:
        self.journal.commit(batch.records)
        if self._days is not None:
            self._days.keep(batch)

    async def _flush_days(self) -> None:
        while self._days is not None:
            await trio.sleep(FLUSH_SECONDS)
            await self.in_writer(self._days.flush)

    # Snapshots

    def _snapshot_every(self) -> float:
        """A snapshot of many actors costs more than applying some facts."""
        return math.inf if self._full.is_set() else max(self._snapshot_facts, len(self.kernel.actors) // 2)

    def _begin_snapshot(self) -> None:
        self._taking = Taking(self.kernel)
        self._snapshot_seq = self._taking.seq

    async def _take_part(self, taking: Taking, batches: trio.MemorySendChannel[ToWrite]) -> None:
        part = TakenPart(taking.seq, taking.parts, taking.part(), self.kernel.seq, taking.done)
        if taking.done:
            self._taking = None
        await batches.send(part)

    async def _save(self, part: TakenPart) -> None:
        journal = self.journal
        try:
            await self.in_writer(partial(journal.save_part, part.seq, part.number, part.body))
            if part.last:
                await self.in_writer(partial(journal.complete_snapshot, part.seq, part.number + 1, part.upto))
                self._fits_from = min(self._fits_from, part.seq)
        except DiskFull:
            self._taking = None
            self._make_room()

    async def _leave_snapshot(self, batches: trio.MemorySendChannel[ToWrite]) -> None:
        if self.kernel.seq > self._snapshot_seq and not self._full.is_set():
            self._begin_snapshot()
            while self._taking is not None:
                await self._take_part(self._taking, batches)

    # A full disk

    def _make_room(self) -> None:
        """Let the ballast give way; raises DiskFull when it has already."""
        if self._ballast is None or not self._ballast.release():
            raise DiskFull(f"{self.kernel.name}: the disk is full, and there is no ballast left to give way")
        self._fill()

    def _fill(self) -> None:
        log.get(node=self.kernel.name).error("disk full: nothing new is begun until there is room")
        self._full.set()
        self._tell(health.ADDRESS, DiskFound(full=True))

    async def _watch_disk(self) -> None:
        while True:
            await self._full.wait()
            assert self._ballast is not None
            await trio.sleep(DISK_LOOK_SECONDS)
            if await trio.to_thread.run_sync(self._ballast.hold):
                self._full = trio.Event()
                self._tell(health.ADDRESS, DiskFound(full=False))

    # Supervision

    def _past_of(self, address: str, fresh: Actor) -> Iterator[Any]:
        """An actor's state in a snapshot of this program is put back; its facts after that are returned.

        Those on their way to the journal are among them.
        """
        after, bodies = 0, next((b for seq, b in self._past.snapshots() if seq >= self._fits_from), [])
        state, seq = kept_state(bodies, address)
        if state is not None:
            put_back(fresh, values_of(fresh, state))
            after = seq
        return self._history(address, after)

    def _history(self, address: str, after: int) -> Iterator[Any]:
        waiting = [batch for batch in self._in_flight if batch.records]
        before = waiting[0].records[0].seq if waiting else self.kernel.seq + 1
        for record in _facts_after(self._past, after):
            if record.seq >= before:
                break
            if record.source == address:
                yield record.fact()
        for batch in waiting:
            for record, (source, fact) in zip(batch.records, batch.facts, strict=True):
                if source == address and record.seq > after:
                    yield fact


def _waiting(first: ToWrite, batches: trio.MemoryReceiveChannel[ToWrite]) -> list[ToWrite]:
    """What is to go to the disk now: the first, and what waits behind it without becoming too much."""
    found, facts = [first], 0
    while True:
        last = found[-1]
        facts += len(last.records) if isinstance(last, Batch) else 0
        if facts >= FACTS_TOGETHER_MAX:
            return found
        try:
            found.append(batches.receive_nowait())
        except (trio.WouldBlock, trio.EndOfChannel):
            return found


def _facts_after(source: FactSource, seq: int) -> Iterator[FactRecord]:
    while records := source.read(seq, READ_FACTS):
        yield from records
        seq = records[-1].seq


def sole_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error within groups of groups of one; the group itself where there are several."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
