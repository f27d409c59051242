"""A live node's disk: snapshots between turns, and what happens when there is no room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import trio
import trio.testing

from runtime import health
from runtime.actor import Actor, handles
from runtime.ballast import Ballast
from runtime.clock import VirtualClock
from runtime.errors import DiskFull, LedgerError
from runtime.health import DiskFilled, DiskFreed, EpochBegun, GoOn, Health, Hold
from runtime.journal import MemoryJournal
from runtime.live import DISK_LOOK_SECONDS, LiveNode
from runtime.node import Batch, Node
from runtime.wire import FactRecord
from tests.runtime.test_live import START_US, Add, Added, Counter, Fail


class FullJournal(MemoryJournal):
    """A journal on a disk that has no room for facts unless the ballast gave way."""

    def __init__(self, ballast: Path) -> None:
        super().__init__("n")
        self.full = False
        self.ballast = ballast

    def commit(self, records: Sequence[FactRecord], notes: Mapping[str, bytes] | None = None) -> None:
        if self.full and self.ballast.exists():
            raise DiskFull("journal: database or disk is full")
        super().commit(records, notes)


class NeverRoom(FullJournal):
    def commit(self, records: Sequence[FactRecord], notes: Mapping[str, bytes] | None = None) -> None:
        raise DiskFull("journal: database or disk is full")


class Seller(Actor):
    """Something that can be held."""

    def __init__(self) -> None:
        self.told: list[object] = []

    @handles(Hold, GoOn)
    def hold(self, order: object) -> None:
        self.told.append(order)


class Bench:
    """A node with a counter, something that can be held, its health, and a ballast."""

    def __init__(
        self, journal: MemoryJournal, ballast: Ballast | None = None, every: int = 1_000_000
    ) -> None:
        self.node = Node("n", now_us=START_US)
        self.counter, self.seller = Counter(), Seller()
        self.node.spawn("counter", self.counter)
        self.node.spawn(health.ADDRESS, Health())
        self.node.spawn("seller", self.seller)
        self.facts: list[object] = []
        self.journal = journal
        self.released = trio.Event()
        self.live = LiveNode(
            self.node,
            journal,
            VirtualClock(START_US),
            self._release,
            ballast=ballast,
            snapshot_facts=every,
        )

    def _release(self, batch: Batch) -> None:
        self.facts += [fact for _, fact in batch.facts]
        self.released.set()

    async def until(self, fact: object) -> None:
        """Wait until this fact is on disk."""
        while fact not in self.facts:
            self.released = trio.Event()
            await self.released.wait()

    def add(self, count: int = 1) -> None:
        for _ in range(count):
            self.live.put("counter", Add(units=1))


async def settled() -> None:
    """Wait until nothing moves; worker threads need real moments."""
    for _ in range(20):
        await trio.testing.wait_all_tasks_blocked(0.005)


async def test_a_stopped_node_leaves_a_snapshot_and_the_next_applies_no_fact() -> None:
    first = Bench(MemoryJournal("n"))
    first.add(3)
    first.live.stop()
    await first.live.run()
    assert next(first.journal.snapshots())[0] == 3
    second = Bench(first.journal)
    assert second.live.recover() == 0
    assert second.counter.total == 3
    second.live.stop()
    await second.live.run()
    assert [seq for seq, _ in first.journal.snapshots()] == [3], "nothing happened: no new one"


async def test_a_snapshot_is_taken_between_turns_and_an_actor_made_anew_begins_from_it() -> None:
    bench = Bench(MemoryJournal("n"), every=4)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.live.run)
        for _ in range(3):
            bench.add(2)
            await settled()
        assert [seq for seq, _ in bench.journal.snapshots()] == [4]
        del bench.journal._records[0]
        bench.journal._records.insert(0, bench.journal._records[0])
        bench.live.put("counter", Fail())
        await settled()
        anew = bench.node.actors[bench.node.refs["counter"]]
        assert anew is not bench.counter
        assert anew.total == 6
        bench.live.stop()


async def test_a_full_disk_costs_the_ballast_and_holds_what_would_begin(tmp_path: Path) -> None:
    path = tmp_path / "ballast"
    bench = Bench(FullJournal(path), Ballast(path, 10_000))
    bench.live.start()
    assert path.exists()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.live.run)
        bench.add()
        await settled()
        bench.journal.full = True  # type: ignore[attr-defined]
        bench.add()
        await settled()
        assert bench.facts == [Added(units=1), Added(units=1), DiskFilled()]
        assert bench.seller.told == [Hold(why="disk full")]
        assert not path.exists()
        bench.journal.full = False  # type: ignore[attr-defined]
        bench.live.stop()


async def test_what_was_held_goes_on_when_there_is_room_again(
    tmp_path: Path, mock_clock: trio.testing.MockClock
) -> None:
    path = tmp_path / "ballast"
    journal = FullJournal(path)
    bench = Bench(journal, Ballast(path, 10_000))
    bench.live.start()
    journal.full = True
    bench.add()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.live.run)
        await bench.until(DiskFilled())
        journal.full = False
        await trio.testing.wait_all_tasks_blocked()
        mock_clock.jump(DISK_LOOK_SECONDS)
        await bench.until(DiskFreed())
        bench.live.stop()
    assert bench.seller.told == [Hold(why="disk full"), GoOn()]
    assert path.exists()


async def test_a_node_that_starts_on_a_full_disk_begins_nothing(tmp_path: Path) -> None:
    bench = Bench(MemoryJournal("n"), Ballast(tmp_path / "ballast", 1 << 60))
    bench.live.start()
    bench.live.stop()
    await bench.live.run()
    assert bench.seller.told == [Hold(why="disk full")]
    assert bench.facts == [DiskFilled()]


@pytest.mark.parametrize("ballast", [True, False])
async def test_a_disk_without_room_after_the_ballast_gave_way_stops_the_node(
    tmp_path: Path, ballast: bool
) -> None:
    path = tmp_path / "ballast"
    bench = Bench(NeverRoom(path), Ballast(path, 10_000) if ballast else None)
    bench.live.start()
    bench.add()
    with pytest.raises(LedgerError, match="disk is full"):
        await bench.live.run()
    assert bench.facts == []


async def test_a_new_epoch_is_told_once() -> None:
    journal = MemoryJournal("n")
    journal.begin_epoch(3)
    for expected in ([EpochBegun(epoch=3, after_seq=0)], []):
        bench = Bench(journal)
        bench.live.recover()
        bench.live.start()
        bench.live.stop()
        await bench.live.run()
        assert bench.facts == expected
