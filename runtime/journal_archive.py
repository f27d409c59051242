"""Facts that left a journal's file: the office and a back-up off its machine have them, and here they stay.

Beside ``NODE.sqlite3`` stands ``NODE.sqlite3.archive/``, a file of facts for each time some were archived,
named by the last number in it. This program deletes nothing here: an office restored from an older back-up
still gets every fact again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from runtime.journal_file import as_ledger_error
from runtime.wire import CHAIN_START, FactRecord

_TABLE = (
    "CREATE TABLE facts (seq INTEGER PRIMARY KEY, source TEXT NOT NULL, at_us INTEGER NOT NULL, "
    "body BLOB NOT NULL, chain BLOB NOT NULL)"
)
_READ = "SELECT seq, source, at_us, body, chain FROM facts WHERE seq > ? ORDER BY seq LIMIT ?"


class Archive:
    """The archived facts of one journal."""

    def __init__(self, journal: Path) -> None:
        self.folder = journal.with_name(journal.name + ".archive")
        self._open: tuple[int, sqlite3.Connection] | None = None

    def head(self) -> tuple[int, bytes]:
        """Number and chain hash of the last archived fact; (0, CHAIN_START) if there is none."""
        ends = self._ends()
        if not ends:
            return (0, CHAIN_START)
        last = self.read(ends[-1] - 1, 1)
        return (last[0].seq, last[0].chain) if last else (0, CHAIN_START)

    def read(self, after_seq: int, limit: int) -> list[FactRecord]:
        """At most so many facts above this number, from the one file that has the next; none if none has."""
        end = next((end for end in self._ends() if end > after_seq), None)
        if end is None:
            return []
        with as_ledger_error(f"archive {self._path(end)}"):
            return [FactRecord(*row) for row in self._file(end).execute(_READ, (after_seq, limit))]

    def write(self, batches: Iterator[list[FactRecord]]) -> int:
        """Keep facts that follow the last one here in a file of their own, whole or not at all.

        Returns the last one's number, 0 for none. Raises LedgerError if the disk will not take them.
        """
        self.folder.mkdir(exist_ok=True)
        unfinished = self.folder / "unfinished"
        unfinished.unlink(missing_ok=True)
        last = 0
        with as_ledger_error(f"archive {self.folder}"), closing(sqlite3.connect(unfinished)) as db:
            db.execute("PRAGMA synchronous=FULL")
            with db:
                db.execute(_TABLE)
                for records in batches:
                    rows = ((r.seq, r.source, r.at_us, r.body, r.chain) for r in records)
                    db.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?)", rows)
                    last = records[-1].seq
        if last == 0:
            unfinished.unlink()
            return 0
        unfinished.replace(self._path(last))
        held = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(held)
        finally:
            os.close(held)
        return last

    def close(self) -> None:
        """Let go of files. Closing twice is harmless."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _ends(self) -> list[int]:
        """The last numbers in the files, in order."""
        if not self.folder.is_dir():
            return []
        return sorted(int(path.stem) for path in self.folder.glob("*.facts"))

    def _path(self, end: int) -> Path:
        return self.folder / f"{end:012d}.facts"

    def _file(self, end: int) -> sqlite3.Connection:
        if self._open is None or self._open[0] != end:
            self.close()
            uri = f"{self._path(end).absolute().as_uri()}?mode=ro&immutable=1"
            self._open = (end, sqlite3.connect(uri, uri=True, check_same_thread=False))
        return self._open[1]
