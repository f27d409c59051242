"""The journal of a live node: one SQLite file, write-ahead log, synced at every commit.

The journal's connection is the only writer and the only checkpointer: two connections that race a WAL reset
can corrupt it (SQLite 3.7.0 to 3.51.2). Others read through ``open_reader``. ``synchronous=FULL`` with a
write-ahead log lost nothing in 100 real power cuts, where NORMAL lost acknowledged rows in 34 of 60
(measured).

A write that fails for want of room may be tried again. Any other failure is the journal's end: after a failed
sync nobody knows which pages are on the disk. The file is then marked suspect, and the next start reads all
of it before it trusts it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from runtime.errors import ConfigError, DiskFull, LedgerError
from runtime.journal import SNAPSHOTS_KEPT, check_chain, check_epoch, check_joins, check_snapshot
from runtime.journal_archive import Archive
from runtime.journal_file import VERSION, as_ledger_error, connect, new_life, open_writer, quick_check
from runtime.many_rows import ManyRows
from runtime.wire import CHAIN_START, FactRecord

READ_ROWS = 1000
BOOT_PAGES_MAX = 4000
"""A file of at most so many pages (16 MB) is looked over whole when it is opened (measured: 60 ms)."""
_FACTS = ManyRows("facts", "?, ?, ?, ?, ?")
_READ_FACTS = "SELECT seq, source, at_us, body, chain FROM facts WHERE seq > ?"


class SqliteReader:
    """Reads a journal file while its node may be writing it."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._where = f"journal {path}"
        self._db = connection
        self._archive = Archive(path)
        with as_ledger_error(self._where):
            (version,) = self._db.execute("SELECT version FROM about").fetchone()
        if version != VERSION:
            self._db.close()
            raise ConfigError(f"{path}: journal version must be {VERSION}, not {version}")
        with as_ledger_error(self._where):
            epoch, life = self._db.execute("SELECT epoch, life FROM about").fetchone()
        self.epoch: int = epoch
        self.life: str = life

    def head(self) -> tuple[int, bytes]:
        """See ``Journal.head``."""
        with as_ledger_error(self._where):
            row = self._db.execute("SELECT seq, chain FROM facts ORDER BY seq DESC LIMIT 1").fetchone()
        return row or self._archive.head()

    def read(self, after_seq: int, limit: int) -> list[FactRecord]:
        """See ``Journal.read``. Facts that were archived come from there."""
        with as_ledger_error(self._where):
            rows = self._db.execute(f"{_READ_FACTS} ORDER BY seq LIMIT ?", (after_seq, limit)).fetchall()
        if (not rows or rows[0][0] != after_seq + 1) and (kept := self._archive.read(after_seq, limit)):
            return kept
        return [FactRecord(*row) for row in rows]

    def read_source(self, source: str, after_seq: int = 0) -> Iterator[FactRecord]:
        """See ``Journal.read_source``. Scans: an index would cost every commit what restarts seldom need."""
        while records := self.read(after_seq, READ_ROWS):
            yield from (record for record in records if record.source == source)
            after_seq = records[-1].seq

    def snapshots(self) -> Iterator[tuple[int, list[bytes]]]:
        """See ``Journal.snapshots``. One that is not as it was written is passed over."""
        parts_of = "SELECT body FROM snapshot_parts WHERE seq = ? ORDER BY part"
        with as_ledger_error(self._where):
            complete = self._db.execute("SELECT seq, digest FROM snapshots ORDER BY seq DESC").fetchall()
        for seq, digest in complete:
            with as_ledger_error(self._where):
                parts = [body for (body,) in self._db.execute(parts_of, (seq,))]
            if _digest(parts) == digest:
                yield seq, parts

    def noted(self, key: str) -> bytes | None:
        """See ``Journal.noted``."""
        with as_ledger_error(self._where):
            row = self._db.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def verify(self) -> int:
        """See ``Journal.verify``. Reads a thousand facts at a time, archived ones first."""
        head, known = (0, CHAIN_START), self.head()
        while head[0] < known[0] and (records := self.read(head[0], min(READ_ROWS, known[0] - head[0]))):
            head = check_chain(self._where, head, records)
        if head != known:
            raise LedgerError(f"{self._where}: last fact must be {known[0]}, not {head[0]}")
        return head[0]

    def full_check(self) -> int:
        """Look over every page and every fact, archived ones too; return how many facts hold.

        Facts committed meanwhile are left out. Raises LedgerError with what is damaged.
        """
        quick_check(self._where, self._db, 1 << 62)
        return self.verify()

    def close(self) -> None:
        """See ``Journal.close``."""
        self._archive.close()
        self._db.close()


class SqliteJournal(SqliteReader):
    """A journal in a file, made if it is missing; see ``runtime.journal.Journal``.

    Opening it looks over what is quickly looked over, and over everything after a disk failed. It may be
    handed from thread to thread, but one thread at a time.

    Raises:
        ConfigError: the file is no journal, or of a version this program does not know.
        LedgerError: the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, open_writer(path))
        self.life = new_life()  # ids given out since a copy was made are not in the copy
        self._failed = ""
        self._suspect = path.with_name(path.name + ".suspect")
        try:
            suspect = self._suspect.exists()
            quick_check(self._where, self._db, 1 << 62 if suspect else BOOT_PAGES_MAX)
            self._head = super().head()
            if suspect:
                self.verify()
                self._suspect.unlink()
        except BaseException:
            self.close()
            raise

    def head(self) -> tuple[int, bytes]:
        """See ``Journal.head``."""
        return self._head

    def begin_epoch(self, epoch: int) -> None:
        """See ``Journal.begin_epoch``."""
        check_epoch(self._where, self.epoch, epoch)
        with self._transaction():
            self._db.execute("UPDATE about SET epoch = ?, life = ?", (epoch, self.life))
        self.epoch = epoch

    def commit(self, records: Sequence[FactRecord], notes: Mapping[str, bytes] | None = None) -> None:
        """See ``Journal.commit``."""
        check_joins(self._where, self._head, records)
        values: list[Any] = []
        for r in records:
            values += (r.seq, r.source, r.at_us, r.body, r.chain)
        with self._transaction():
            _FACTS.insert(self._db, values)
            if notes:
                self._db.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?)", notes.items())
        if records:
            self._head = (records[-1].seq, records[-1].chain)

    def save_part(self, seq: int, part: int, body: bytes) -> None:
        """See ``Journal.save_part``."""
        with self._transaction():
            if part == 0:
                self._db.execute("DELETE FROM snapshots WHERE seq = ?", (seq,))
            self._db.execute("DELETE FROM snapshot_parts WHERE seq = ? AND part >= ?", (seq, part))
            self._db.execute("INSERT INTO snapshot_parts VALUES (?, ?, ?)", (seq, part, body))

    def complete_snapshot(self, seq: int, parts: int, upto: int) -> None:
        """See ``Journal.complete_snapshot``."""
        check_snapshot(self._where, seq, upto, self._head[0])
        with as_ledger_error(self._where):
            saved = self._db.execute("SELECT body FROM snapshot_parts WHERE seq = ? ORDER BY part", (seq,))
            bodies = [body for (body,) in saved]
        if len(bodies) != parts:
            raise LedgerError(
                f"{self._where}: snapshot of fact {seq} must have {parts} parts, one is missing"
            )
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", (seq, parts, _digest(bodies))
            )
            kept = f"(SELECT seq FROM snapshots ORDER BY seq DESC LIMIT {SNAPSHOTS_KEPT})"
            for table in ("snapshots", "snapshot_parts"):
                self._db.execute(f"DELETE FROM {table} WHERE seq NOT IN {kept}")

    def note(self, key: str, value: bytes) -> None:
        """See ``Journal.note``."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, value))

    def drop_archived(self, facts_max: int) -> int:
        """Take at most so many facts that are archived out of the file; return how many were.

        The last fact always stays. Raises LedgerError, with nothing taken out, unless the archive ends with
        the fact that is here under its number.
        """
        upto, chain = self._archive.head()
        with as_ledger_error(self._where):
            found = self._db.execute("SELECT chain FROM facts WHERE seq = ?", (upto,)).fetchone()
            (first,) = self._db.execute("SELECT min(seq) FROM facts").fetchone()
        if first is None or first > upto or upto >= self._head[0]:
            return 0
        if found != (chain,):
            raise LedgerError(
                f"{self._where}: archive must end with fact {upto} of this journal, it does not"
            )
        with self._transaction():
            return self._db.execute(
                "DELETE FROM facts WHERE seq <= ?", (min(upto, first + facts_max - 1),)
            ).rowcount

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._failed:
            raise LedgerError(f"{self._where}: must be opened anew after: {self._failed}")
        try:
            with as_ledger_error(self._where):
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
        except DiskFull:
            raise
        except LedgerError as error:
            self._failed = str(error)
            with suppress(OSError):
                self._suspect.touch()
            raise


def open_reader(path: Path) -> SqliteReader:
    """Open a journal for reading only. Raises ConfigError when it is missing or not a journal."""
    if not path.is_file():
        raise ConfigError(f"{path}: journal must exist")
    return SqliteReader(path, connect(path, "ro"))


def _digest(parts: Sequence[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
