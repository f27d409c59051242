"""One suite for both journals, and what only a file can suffer."""

from __future__ import annotations

import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runtime.errors import ConfigError, LedgerError
from runtime.journal import Journal, MemoryJournal
from runtime.journal_sqlite import SqliteJournal, open_reader
from runtime.wire import CHAIN_START, FactRecord, chained

ROOT = Path(__file__).parents[2]


def facts(first: int, count: int, head: bytes = CHAIN_START) -> list[FactRecord]:
    """Facts that follow ``head``, recorded in turn by two lanes."""
    records = []
    for seq in range(first, first + count):
        source = f"hk-0712/lane/{'AB'[seq % 2]}1"
        record = FactRecord(seq, source, 1_000 * seq, b"\x92\xa6test/1\x80", b"")
        head = record.chain = chained(head, record.wire_bytes())
        records.append(record)
    return records


@pytest.fixture(params=["memory", "sqlite"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    made: Journal = MemoryJournal() if request.param == "memory" else SqliteJournal(tmp_path / "node.journal")
    with closing(made):
        yield made


def test_an_empty_journal_starts_at_zero_in_epoch_one(journal: Journal) -> None:
    assert journal.head() == (0, CHAIN_START)
    assert journal.epoch == 1
    assert journal.read(0, 10) == []
    assert list(journal.snapshots()) == []
    assert journal.verify() == 0


def test_facts_are_read_back_in_order_and_by_source(journal: Journal) -> None:
    records = facts(1, 7)
    journal.commit(records[:4])
    journal.commit([])
    journal.commit(records[4:])

    assert journal.head() == (7, records[-1].chain)
    assert journal.read(0, 100) == records
    assert journal.read(2, 3) == records[2:5]
    assert journal.read(7, 3) == []
    assert [r.seq for r in journal.read_source("hk-0712/lane/A1")] == [2, 4, 6]
    assert [r.seq for r in journal.read_source("hk-0712/lane/A1", after_seq=2)] == [4, 6]
    assert list(journal.read_source("hk-0712/lane/Z9")) == []
    assert journal.verify() == 7


@pytest.mark.parametrize("wrong", [[1, 2, 4], [2], [3, 2, 1]])
def test_a_gap_is_refused_and_nothing_of_it_is_kept(journal: Journal, wrong: list[int]) -> None:
    records = facts(1, 4)
    with pytest.raises(LedgerError, match=r"next fact must be \d, not \d"):
        journal.commit([records[seq - 1] for seq in wrong], {"outbox": b"4"})
    assert journal.head() == (0, CHAIN_START)
    assert journal.noted("outbox") is None


def test_a_fact_is_not_committed_twice(journal: Journal) -> None:
    records = facts(1, 2)
    journal.commit(records)
    with pytest.raises(LedgerError, match="next fact must be 3, not 1"):
        journal.commit(records)


def test_a_changed_fact_is_found_by_verify_or_before(journal: Journal) -> None:
    records = facts(1, 3)
    records[1].source = "hk-0712/lane/C1"
    with pytest.raises(LedgerError, match="fact 2: chain hash must be"):  # noqa: PT012 - whichever comes first
        journal.commit(records)
        journal.verify()


def test_the_latest_note_wins_and_goes_with_its_facts(journal: Journal) -> None:
    journal.note("outbox", b"1")
    journal.note("outbox", b"2")
    journal.commit(facts(1, 1), {"inbox/gw-1": b"17", "clock": b"9"})
    assert journal.noted("outbox") == b"2"
    assert journal.noted("inbox/gw-1") == b"17"
    assert journal.noted("clock") == b"9"
    assert journal.noted("nothing") is None


def save_snapshot(journal: Journal, seq: int, *parts: bytes) -> None:
    for number, body in enumerate(parts):
        journal.save_part(seq, number, body)
    journal.complete_snapshot(seq, len(parts), seq)


def test_the_two_newest_snapshots_are_kept_newest_first(journal: Journal) -> None:
    journal.commit(facts(1, 5))
    for seq in (0, 2, 5):
        save_snapshot(journal, seq, b"state %d" % seq, b"more")
    save_snapshot(journal, 5, b"again")
    assert list(journal.snapshots()) == [(5, [b"again"]), (2, [b"state 2", b"more"])]


def test_a_snapshot_counts_only_once_all_its_parts_are_there(journal: Journal) -> None:
    journal.commit(facts(1, 5))
    save_snapshot(journal, 2, b"whole")
    journal.save_part(4, 0, b"first of two")
    assert list(journal.snapshots()) == [(2, [b"whole"])]
    with pytest.raises(LedgerError, match="snapshot of fact 4 must have 2 parts, one is missing"):
        journal.complete_snapshot(4, 2, 5)
    journal.save_part(4, 1, b"second")
    journal.complete_snapshot(4, 2, 5)
    assert next(iter(journal.snapshots())) == (4, [b"first of two", b"second"])


def test_a_snapshot_of_facts_not_yet_durable_is_refused(journal: Journal) -> None:
    journal.commit(facts(1, 2))
    journal.save_part(2, 0, b"early")
    with pytest.raises(LedgerError, match="snapshot must be of fact 0 to 2, not 2 to 3"):
        journal.complete_snapshot(2, 1, 3)
    assert list(journal.snapshots()) == []


def test_an_epoch_is_followed_by_a_newer_one_only(journal: Journal) -> None:
    journal.commit(facts(1, 2))
    journal.begin_epoch(3)
    assert (journal.epoch, journal.head()[0]) == (3, 2)
    with pytest.raises(LedgerError, match="new epoch must be > 3, not 3"):
        journal.begin_epoch(3)


# Only files can be closed and found again, spoilt, or cut off by a crash.


def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    path, records = tmp_path / "node.journal", facts(1, 6)
    with closing(SqliteJournal(path)) as journal:
        journal.commit(records[:3], {"outbox": b"3"})
        save_snapshot(journal, 2, b"state")
        life = journal.life
    with closing(SqliteJournal(path)) as journal:
        assert journal.head() == (3, records[2].chain)
        assert (journal.epoch, journal.noted("outbox")) == (1, b"3")
        assert journal.life != life, "a copy of the file that goes on elsewhere must not give the same ids"
        assert list(journal.snapshots()) == [(2, [b"state"])]
        journal.commit(records[3:])
        assert journal.verify() == 6


def test_a_reader_sees_committed_facts_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "node.journal"
    with closing(SqliteJournal(path)) as journal, closing(open_reader(path)) as reader:
        journal.commit(facts(1, 3))
        assert reader.head() == journal.head()
        assert reader.read(0, 10) == journal.read(0, 10)
        assert not hasattr(reader, "commit")
    assert not (tmp_path / "missing").exists()
    with pytest.raises(ConfigError, match="missing: journal must exist"):
        open_reader(tmp_path / "missing")


@pytest.mark.parametrize(
    ("column", "value"), [("at_us", 1), ("source", "'x'"), ("body", "x'00'"), ("chain", "zeroblob(32)")]
)
def test_a_tampered_row_is_named(tmp_path: Path, column: str, value: str) -> None:
    path = tmp_path / "node.journal"
    with closing(SqliteJournal(path)) as journal:
        journal.commit(facts(1, 5))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE facts SET {column} = {value} WHERE seq = 4")
    with (
        closing(SqliteJournal(path)) as journal,
        pytest.raises(LedgerError, match="fact 4: chain hash must be"),
    ):
        journal.verify()


def test_a_row_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "node.journal"
    with closing(SqliteJournal(path)) as journal:
        journal.commit(facts(1, 5))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM facts WHERE seq = 3")
    with (
        closing(SqliteJournal(path)) as journal,
        pytest.raises(LedgerError, match="next fact must be 3, not 4"),
    ):
        journal.verify()


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "node.journal"
    SqliteJournal(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE about SET version = 7")
    for opening in (SqliteJournal, open_reader):
        with pytest.raises(ConfigError, match=r"node\.journal: journal version must be 2, not 7"):
            opening(path)


def _text(path: Path) -> None:
    path.write_text("not a journal, though long enough to be read as a header of a hundred bytes\n" * 3)


def _other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE cats (name TEXT)")


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (_text, "journal must be a SQLite file"),
        (_other_database, "must have tables about and facts"),
        (_folder, "journal must be a file that can be opened"),
    ],
)
def test_a_file_that_is_no_journal_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], rule: str
) -> None:
    path = tmp_path / "odd"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(ConfigError, match=rule):
        SqliteJournal(path)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_log_cut_anywhere_leaves_whole_transactions(tmp_path: Path) -> None:
    """The write-ahead log as a power cut may leave it: cut at any byte, the journal holds a prefix."""
    path, head = tmp_path / "node.journal", CHAIN_START
    ends = {0}
    with closing(SqliteJournal(path)) as journal:
        for first in range(1, 31, 3):
            batch = facts(first, 3, head)
            journal.commit(batch, {"outbox": b"%d" % batch[-1].seq})
            head = batch[-1].chain
            ends.add(batch[-1].seq)
        log = (tmp_path / "node.journal-wal").read_bytes()
        for number, size in enumerate(range(len(log), 0, -len(log) // 23)):
            copy = tmp_path / f"copy-{number}"
            shutil.copyfile(path, copy)
            Path(f"{copy}-wal").write_bytes(log[:size])
    heads = set()
    for copy in sorted(tmp_path.glob("copy-*[0-9]")):
        with closing(SqliteJournal(copy)) as journal:
            assert journal.verify() == journal.head()[0]
            heads.add(journal.head()[0])
            assert int(journal.noted("outbox") or 0) == journal.head()[0]
    assert heads <= ends
    assert len(heads) >= 5
    assert max(heads) == 30


def test_a_full_disk_keeps_nothing_of_the_transaction(tmp_path: Path) -> None:
    path, records = tmp_path / "node.journal", facts(1, 2_000)
    with closing(SqliteJournal(path)) as journal:
        journal.commit(records[:10])
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64_000, hard))
        try:
            with pytest.raises(LedgerError, match=r"journal .*node\.journal: (disk I/O error|.* is full)"):
                journal.commit(records[10:])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert journal.head() == (10, records[9].chain)
    with closing(SqliteJournal(path)) as journal:
        assert journal.verify() == 10
        journal.commit(records[10:])
        assert journal.verify() == 2_000


CHILD = """
import sys
from pathlib import Path
from runtime.journal_sqlite import SqliteJournal
from tests.runtime.test_journal import facts
journal = SqliteJournal(Path(sys.argv[1]))
seq, chain = journal.head()
while True:
    batch = facts(seq + 1, 50, chain)
    journal.commit(batch)
    seq, chain = journal.head()
    print(seq, flush=True)
"""


def test_a_killed_writer_loses_nothing_it_had_acknowledged(tmp_path: Path) -> None:
    path, acknowledged = tmp_path / "node.journal", 0
    for kill in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, cwd=ROOT, text=True
        ) as child:
            assert child.stdout is not None
            for _ in range(3 + kill):
                acknowledged = int(child.stdout.readline())
            child.send_signal(signal.SIGKILL)
            acknowledged = max([acknowledged, *map(int, child.stdout.read().split("\n")[:-1])])
        with closing(SqliteJournal(path)) as journal:
            seq = journal.head()[0]
            assert seq >= acknowledged
            assert seq % 50 == 0
            assert journal.verify() == seq
