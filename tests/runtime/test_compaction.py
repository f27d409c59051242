"""A node archives what back-ups cover while it goes on; an office without a ledger still gets everything."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import trio

from runtime.clock import VirtualClock
from runtime.compaction import compact, write_archive
from runtime.journal_sqlite import SqliteJournal, open_reader
from runtime.link_ports import Position
from runtime.live import LiveNode
from runtime.node import Batch, Node
from runtime.uplink import Uplink
from tests.runtime.link_line import NODE, Line, record
from tests.runtime.test_journal import facts
from tests.runtime.test_live import START_US, Add, Counter


def journal_of_ten(path: Path) -> SqliteJournal:
    """Ten facts, and snapshots after the sixth and the eighth."""
    journal = SqliteJournal(path)
    journal.commit(facts(1, 10))
    for seq in (6, 8):
        journal.save_part(seq, 0, b"state")
        journal.complete_snapshot(seq, 1, seq)
    return journal


def kept(journal: SqliteJournal) -> list[int]:
    return [seq for (seq,) in journal._db.execute("SELECT seq FROM facts ORDER BY seq")]


async def test_what_is_covered_leaves_the_journal_up_to_the_older_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "n"
    with closing(journal_of_ten(path)) as journal:
        live = LiveNode(Node("n"), journal, VirtualClock(0), lambda _: None)
        assert await compact(live, journal, covered=4, facts_min=5) == 0
        assert await compact(live, journal, covered=4, facts_min=3) == 4
        assert kept(journal) == [5, 6, 7, 8, 9, 10]
        assert await compact(live, journal, covered=9, facts_min=2) == 2
        assert kept(journal) == [7, 8, 9, 10]
        assert journal.read(0, 3) == facts(1, 3)
        assert journal.full_check() == 10


async def test_what_a_crash_left_in_both_places_is_taken_out_later(tmp_path: Path) -> None:
    path = tmp_path / "n"
    with closing(journal_of_ten(path)) as journal:
        assert write_archive(path, 5, 1)
        live = LiveNode(Node("n"), journal, VirtualClock(0), lambda _: None)
        assert await compact(live, journal, covered=5) == 5
        assert kept(journal) == [6, 7, 8, 9, 10]


async def test_a_node_records_on_while_its_journal_is_made_smaller(tmp_path: Path) -> None:
    path = tmp_path / "n"
    node = Node("n", now_us=START_US)
    node.spawn("counter", Counter())
    released: list[Batch] = []
    with closing(SqliteJournal(path)) as journal, closing(open_reader(path)) as reader:
        live = LiveNode(
            node, journal, VirtualClock(START_US), released.append, past=reader, snapshot_facts=20
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(live.run)
            with trio.fail_after(20):
                while not (tmp_path / "n.archive").exists() or kept(journal)[0] == 1:
                    live.put("counter", Add(units=1))
                    await compact(live, journal, covered=node.seq, facts_min=30)
            live.stop()
        assert journal.verify() == node.seq
        assert [record.seq for batch in released for record in batch.records] == list(range(1, node.seq + 1))


def test_an_office_without_a_ledger_gets_archived_facts_too(tmp_path: Path) -> None:
    path = tmp_path / "n"
    with closing(journal_of_ten(path)) as journal:
        write_archive(path, 6, 1)
        assert journal.drop_archived(100) == 6
        line = Line()
        line.site = Uplink(NODE, journal, line.nonce)
        line.open()
        assert line.store.facts == facts(1, 10)


def test_a_site_learns_what_back_ups_have_of_its_own_facts_only() -> None:
    line = Line()
    records = record(line.journal, 5)
    line.open()
    assert line.office.covered(Position()) == []
    for seq, chain in ((3, records[2].chain), (4, bytes(32)), (9, records[4].chain), (2, records[1].chain)):
        line.down(line.office.covered(Position(1, seq, chain)))
    assert line.site.covered == 3
