"""The trio loop round a node, on virtual time; only worker threads are real."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import trio
import trio.testing

from runtime.actor import Actor, applies, handles
from runtime.clock import VirtualClock
from runtime.edge import INPUTS_MAX, LiveKernel
from runtime.errors import LedgerError
from runtime.journal import MemoryJournal
from runtime.kernel import Kernel
from runtime.live import BATCHES_WAITING_MAX, LiveNode
from runtime.message import fact, order
from runtime.node import Batch, Node
from runtime.wire import FactRecord

START_US = 1_000_000_000


@order("test.live.add")
class Add:
    units: int


@order("test.live.later")
class AddLater:
    seconds: float


@order("test.live.raise")
class Fail:
    pass


@order("test.live.shown")
class Shown:
    total: int


@fact("test.live.added")
class Added:
    units: int


class Counter(Actor):
    __slots__ = ("total",)
    durable = ("total",)
    total: int

    def __init__(self) -> None:
        self.total = 0

    @handles(Add)
    def add(self, order: Add) -> None:
        self.record(Added(units=order.units))
        self.tell(self.reach("display"), Shown(total=self.total))

    @handles(AddLater)
    def later(self, order: AddLater) -> None:
        self.after(order.seconds, Add(units=1))

    @handles(Fail)
    def fail(self, _: Fail) -> None:
        raise RuntimeError("as told")

    @applies(Added)
    def added(self, fact: Added) -> None:
        self.total += fact.units


class SlowJournal(MemoryJournal):
    """Commits when it is let; tells the test that a commit has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)

    def commit(self, records: Sequence[FactRecord], notes: Mapping[str, bytes] | None = None) -> None:
        self.begun.release()
        self.let.acquire()
        super().commit(records, notes)


class BrokenJournal(MemoryJournal):
    def commit(self, records: Sequence[FactRecord], notes: Mapping[str, bytes] | None = None) -> None:
        raise LedgerError("journal: disk I/O error")


class Bench:
    """A node with one counter, and what it released."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.clock = VirtualClock(START_US)
        self.node = Node("n", now_us=START_US)
        self.counter = Counter()
        self.node.spawn("counter", self.counter)
        self.batches: list[Batch] = []
        self.journal = journal
        self.live = LiveNode(self.node, journal, self.clock, self._release)
        self.released = trio.Event()

    def _release(self, batch: Batch) -> None:
        assert not batch.records or self.journal.head()[0] >= batch.records[-1].seq
        self.batches.append(batch)
        self.released.set()

    async def next_release(self) -> None:
        with trio.fail_after(5):
            await self.released.wait()
        self.released = trio.Event()

    @property
    def shown(self) -> list[int]:
        return [message.total for batch in self.batches for _, message in batch.outbox]


async def waited(semaphore: threading.Semaphore) -> None:
    with trio.fail_after(5):
        await trio.to_thread.run_sync(semaphore.acquire)


async def test_nothing_leaves_before_its_fact_is_committed_and_turns_go_on_meanwhile() -> None:
    journal = SlowJournal()
    bench = Bench(journal)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.live.run)
        bench.live.put("counter", Add(units=1))
        await waited(journal.begun)
        bench.live.put("counter", Add(units=2))
        await trio.testing.wait_all_tasks_blocked()
        assert bench.counter.total == 3
        assert bench.batches == []
        journal.let.release()
        await bench.next_release()
        assert bench.shown == [1]
        journal.let.release()
        await bench.next_release()
        assert bench.shown == [1, 3]
        bench.live.stop()


async def test_what_waits_for_the_disk_is_committed_together_and_much_of_it_holds_the_next_turn() -> None:
    journal = SlowJournal()
    bench = Bench(journal)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.live.run)
        for _ in range(BATCHES_WAITING_MAX + 4):
            bench.live.put("counter", Add(units=1))
            await trio.testing.wait_all_tasks_blocked()
        assert bench.counter.total == BATCHES_WAITING_MAX + 2
        for _ in range(3):
            journal.let.release()
        while len(bench.shown) < BATCHES_WAITING_MAX + 4:
            await bench.next_release()
        assert bench.shown == list(range(1, BATCHES_WAITING_MAX + 5))
        assert [len(batch.records) for batch in bench.batches[:2]] == [1, BATCHES_WAITING_MAX + 1]
        bench.live.stop()


async def test_stopping_handles_commits_and_releases_what_is_there() -> None:
    bench = Bench(MemoryJournal())
    for units in range(100):
        bench.live.put("counter", Add(units=units))
    bench.live.stop()
    with trio.fail_after(5):
        await bench.live.run()
    assert bench.journal.head()[0] == 100
    assert bench.shown[-1] == sum(range(100))


async def test_a_journal_that_cannot_commit_ends_the_node_and_nothing_leaves() -> None:
    bench = Bench(BrokenJournal())
    bench.live.put("counter", Add(units=1))
    with pytest.raises(LedgerError, match="disk I/O error"), trio.fail_after(5):
        await bench.live.run()
    assert bench.batches == []


async def test_timers_fire_when_the_clock_gets_there_and_input_does_not_move_them() -> None:
    bench = Bench(MemoryJournal())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.live.run)
        bench.live.put("counter", AddLater(seconds=10))
        await trio.testing.wait_all_tasks_blocked()
        bench.clock.advance_to(START_US + 9_999_999)
        await trio.testing.wait_all_tasks_blocked()
        assert (bench.counter.total, bench.node.now) == (0, START_US)
        bench.clock.advance_to(START_US + 10_000_000)
        await bench.next_release()
        assert bench.batches[-1].records[0].at_us == START_US + 10_000_000
        bench.live.stop()


async def test_an_actor_made_anew_knows_facts_still_on_their_way_to_disk() -> None:
    journal = SlowJournal()
    bench = Bench(journal)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.live.run)
        for units in (1, 2):
            journal.let.release()
            bench.live.put("counter", Add(units=units))
            await bench.next_release()
        await waited(journal.begun)
        await waited(journal.begun)
        bench.live.put("counter", Add(units=4))
        await waited(journal.begun)
        bench.live.put("counter", Fail())
        await trio.testing.wait_all_tasks_blocked()
        anew: Any = bench.node.actors[bench.counter.ref]
        assert anew is not bench.counter
        assert anew.total == 7
        for _ in range(9):
            journal.let.release()
        bench.live.stop()


async def test_a_node_recovers_and_goes_on_with_the_next_number() -> None:
    first = Bench(MemoryJournal())
    first.live.put("counter", Add(units=5))
    first.live.stop()
    await first.live.run()
    second = Bench(first.journal)
    assert second.live.recover() == 0, "the snapshot left at the end has it"
    second.live.put("counter", Add(units=1))
    second.live.stop()
    await second.live.run()
    assert second.counter.total == 6
    assert second.journal.verify() == 2


async def test_edges_wait_for_room_at_the_ceiling() -> None:
    bench = Bench(MemoryJournal())
    for _ in range(INPUTS_MAX):
        bench.live.put("counter", Add(units=1))
    with trio.move_on_after(0) as tried:
        await bench.live.room()
    assert tried.cancelled_caught
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.live.run)
        with trio.fail_after(5):
            await bench.live.room()
        bench.live.stop()
    assert bench.counter.total == INPUTS_MAX


async def test_a_bare_kernel_fires_timers_at_their_own_moments_however_late_it_gets_its_turn() -> None:
    clock = VirtualClock(START_US)
    kernel = Kernel("street", now_us=START_US)
    moments: list[int] = []

    class Stamp(Actor):
        @handles(Add)
        def add(self, order: Add) -> None:
            moments.append(self.now)
            self.tell(self.reach("out"), order)

    ref = kernel.spawn("stamp", Stamp())
    for seconds in (3, 1, 2):
        kernel.later(START_US + seconds * 1_000_000, ref, Add(units=seconds))
    out: list[int] = []
    live = LiveKernel(kernel, clock, lambda _, message: out.append(message.units))
    clock.advance_to(START_US + 60_000_000)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(live.run)
        await trio.testing.wait_all_tasks_blocked()
        live.stop()
    assert out == [1, 2, 3]
    assert moments == [START_US + seconds * 1_000_000 for seconds in (1, 2, 3)]
