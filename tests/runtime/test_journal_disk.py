"""What a failing disk does to a journal's file, and what the journal makes of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runtime.ballast import Ballast
from runtime.errors import DiskFull, LedgerError
from runtime.journal_archive import Archive
from runtime.journal_sqlite import SqliteJournal, open_reader
from tests.runtime.test_journal import facts


class FailingConnection:
    """A connection whose disk fails at its next commit, as an fsync does."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return self._connection.execute(sql, *values)


def pages_allowed(journal: SqliteJournal, more: int) -> None:
    """Let the file grow by so many pages only."""
    (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
    journal._db.execute(f"PRAGMA max_page_count = {pages + more}")


def test_a_full_disk_may_be_tried_again_once_there_is_room(tmp_path: Path) -> None:
    records = facts(1, 2_000)
    with closing(SqliteJournal(tmp_path / "n")) as journal:
        journal.commit(records[:10])
        pages_allowed(journal, 2)
        for _ in range(2):
            with pytest.raises(DiskFull, match=r"journal .*: database or disk is full"):
                journal.commit(records[10:])
        with pytest.raises(DiskFull, match="database or disk is full"):
            journal.save_part(10, 0, bytes(100_000))
        assert journal.head()[0] == journal.verify() == 10
        pages_allowed(journal, 1_000)
        journal.commit(records[10:])
        assert journal.verify() == 2_000
    assert not (tmp_path / "n.suspect").exists()


def failed(path: Path) -> None:
    """A journal of three facts whose disk failed at the fourth."""
    with closing(SqliteJournal(path)) as journal:
        journal.commit(facts(1, 3))
        whole, journal._db = journal._db, FailingConnection(journal._db)  # type: ignore[assignment]
        with pytest.raises(LedgerError, match="disk I/O error"):
            journal.commit(facts(4, 1, journal.head()[1]))
        journal._db = whole
        with pytest.raises(LedgerError, match=r"must be opened anew after: .*disk I/O error"):
            journal.commit(facts(4, 1, journal.head()[1]))
        assert journal.head()[0] == 3


def test_a_failed_sync_ends_the_journal_and_the_next_start_reads_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "n"
    failed(path)
    assert (tmp_path / "n.suspect").exists()
    with closing(SqliteJournal(path)) as journal:
        assert journal.head()[0] == 3
        journal.commit(facts(4, 1, journal.head()[1]))
    assert not (tmp_path / "n.suspect").exists()


def test_a_suspect_journal_with_another_fact_in_it_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "n"
    failed(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE facts SET at_us = 1 WHERE seq = 2")
    for _ in range(2):
        with pytest.raises(LedgerError, match="fact 2: chain hash must be"):
            SqliteJournal(path)


def test_a_rotten_page_is_found_when_the_journal_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "n"
    with closing(SqliteJournal(path)) as journal:
        journal.commit(facts(1, 2_000))
    data = bytearray(path.read_bytes())
    at = data.index(b"hk-0712/lane/B1") // 4096 * 4096
    data[at : at + 64] = bytes(64)
    path.write_bytes(data)
    with pytest.raises(LedgerError, match=r"journal .*: "):
        SqliteJournal(path)


def test_a_snapshot_that_is_not_as_it_was_written_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "n"
    with closing(SqliteJournal(path)) as journal:
        journal.commit(facts(1, 5))
        for seq in (2, 5):
            journal.save_part(seq, 0, b"state %d" % seq)
            journal.complete_snapshot(seq, 1, seq)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE snapshot_parts SET body = x'00' WHERE seq = 5")
    with closing(SqliteJournal(path)) as journal:
        assert list(journal.snapshots()) == [(2, [b"state 2"])]


def test_a_journal_of_version_one_is_brought_to_this_one(tmp_path: Path) -> None:
    path, records = tmp_path / "n", facts(1, 3)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE about (version INTEGER NOT NULL, epoch INTEGER NOT NULL)")
        db.execute("INSERT INTO about VALUES (1, 4)")
        db.execute(
            "CREATE TABLE facts (seq INTEGER PRIMARY KEY, source TEXT, at_us INTEGER, body BLOB, chain BLOB)"
        )
        db.execute("CREATE TABLE notes (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
        db.execute("CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        rows = [(r.seq, r.source, r.at_us, r.body, r.chain) for r in records]
        db.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?)", rows)
    with closing(SqliteJournal(path)) as journal:
        assert (journal.epoch, journal.read(0, 10), journal.verify()) == (4, records, 3)
        assert len(journal.life) == 10
        assert list(journal.snapshots()) == []


# Facts that left the file


def archived(path: Path, upto: int) -> SqliteJournal:
    """A journal of ten facts, the first of them archived and taken out of the file."""
    journal = SqliteJournal(path)
    journal.commit(facts(1, 10))
    Archive(path).write(iter([journal.read(0, 2), journal.read(2, upto - 2)]))
    while journal.drop_archived(3):
        pass
    return journal


def test_archived_facts_are_read_as_if_they_were_still_there(tmp_path: Path) -> None:
    path, records = tmp_path / "n", facts(1, 10)
    with closing(archived(path, 7)) as journal:
        assert journal._db.execute("SELECT min(seq), max(seq) FROM facts").fetchone() == (8, 10)
        assert journal.read(0, 5) == records[:5]
        assert journal.read(5, 100) == records[5:7]
        assert journal.read(7, 100) == records[7:]
        assert [r.seq for r in journal.read_source("hk-0712/lane/A1", after_seq=3)] == [4, 6, 8, 10]
        assert journal.full_check() == 10
        with closing(open_reader(path)) as reader:
            assert reader.read(0, 2) == records[:2]
    with closing(SqliteJournal(path)) as journal:
        journal.commit(facts(11, 2, journal.head()[1]))
        assert journal.verify() == 12


def test_a_second_archive_goes_on_after_the_first(tmp_path: Path) -> None:
    path = tmp_path / "n"
    with closing(archived(path, 4)) as journal:
        Archive(path).write(iter([journal.read(4, 4)]))
        assert journal.drop_archived(100) == 4
        assert journal.verify() == 10
        assert [file.name for file in sorted((tmp_path / "n.archive").iterdir())] == [
            "000000000004.facts",
            "000000000008.facts",
        ]


def test_the_last_fact_stays_in_the_file(tmp_path: Path) -> None:
    with closing(archived(tmp_path / "n", 10)) as journal:
        assert journal.drop_archived(100) == 0
        assert journal._db.execute("SELECT count(*) FROM facts").fetchone() == (10,)


def test_an_archive_of_other_facts_takes_nothing_out(tmp_path: Path) -> None:
    path = tmp_path / "n"
    with closing(SqliteJournal(path)) as journal:
        journal.commit(facts(1, 10))
        other = facts(1, 4)
        other[3].chain = bytes(32)
        Archive(path).write(iter([other]))
        with pytest.raises(LedgerError, match="archive must end with fact 4 of this journal, it does not"):
            journal.drop_archived(100)
        assert journal.verify() == 10


def test_an_archive_of_nothing_is_none(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "n")
    assert archive.write(iter(())) == 0
    assert archive.head()[0] == 0
    assert archive.read(0, 10) == []


# Ballast


def test_ballast_takes_up_room_until_it_gives_way(tmp_path: Path) -> None:
    path = tmp_path / "ballast"
    ballast = Ballast(path, 100_000)
    assert ballast.hold()
    assert ballast.hold()
    assert path.stat().st_blocks * 512 >= 100_000
    assert ballast.release()
    assert not path.exists()
    assert not ballast.release()


def test_a_disk_without_room_for_the_ballast_is_full(tmp_path: Path) -> None:
    path = tmp_path / "ballast"
    assert not Ballast(path, 1 << 60).hold()
    assert not path.exists()


def test_ballast_in_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"ballast .*: No such file or directory"):
        Ballast(tmp_path / "gone" / "ballast").hold()
