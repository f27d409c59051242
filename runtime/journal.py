"""What a node remembers: its facts in order, chained by hash, with notes and snapshots beside them.

A journal is the node's only durable state. ``MemoryJournal`` serves worlds,
``runtime.journal_sqlite.SqliteJournal`` serves live nodes; both pass the same tests. A journal is used by one
thread at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from runtime.errors import LedgerError
from runtime.wire import CHAIN_START, FactRecord, chained

SNAPSHOTS_KEPT = 2
"""The snapshot before the newest is kept too, should the newest be unreadable."""


class Journal(Protocol):
    """Where a node's facts are kept.

    Attributes:
        epoch: 1 for a new journal; a node whose facts are not those the office has begins a new one.
        life: a name of this journal since it was opened, that no other has, nor a copy of its file: for ids
            that must never come twice; "" in worlds.
    """

    @property
    def epoch(self) -> int:
        """The epoch of this journal."""

    @property
    def life(self) -> str:
        """The name of this journal's life."""

    def begin_epoch(self, epoch: int) -> None:
        """Durably begin a newer epoch: facts keep their numbers, their link begins anew.

        Raises LedgerError unless it is newer.
        """

    def head(self) -> tuple[int, bytes]:
        """The last fact's number and chain hash; (0, CHAIN_START) while empty."""

    def commit(self, records: Sequence[FactRecord], notes: Mapping[str, bytes] | None = None) -> None:
        """Make facts, and notes that belong to them, durable in one transaction, or none of them.

        Raises LedgerError when the facts do not follow the head without a gap, DiskFull for want of room.
        """

    def read(self, after_seq: int, limit: int) -> list[FactRecord]:
        """At most ``limit`` facts numbered above ``after_seq``, in order."""

    def read_source(self, source: str, after_seq: int = 0) -> Iterator[FactRecord]:
        """The facts one actor recorded, numbered above ``after_seq``, in order."""

    def save_part(self, seq: int, part: int, body: bytes) -> None:
        """Keep a part, counted from 0, of the snapshot that was begun after fact ``seq``."""

    def complete_snapshot(self, seq: int, parts: int, upto: int) -> None:
        """All parts are saved: from now on this snapshot counts.

        Args:
            seq: the last fact before its first part was taken.
            parts: how many there are.
            upto: the last fact before its last part was taken.

        Raises LedgerError when that fact is not durable yet, or a part is missing.
        """

    def snapshots(self) -> Iterator[tuple[int, list[bytes]]]:
        """Complete snapshots as (seq, parts), the newest first."""

    def note(self, key: str, value: bytes) -> None:
        """Durably keep a small value by name, such as what a back-up covers; the latest wins."""

    def noted(self, key: str) -> bytes | None:
        """The latest value noted under this name."""

    def verify(self) -> int:
        """Compute the hash chain anew over everything; return how many facts hold.

        Raises LedgerError naming the first fact that does not.
        """

    def close(self) -> None:
        """Let go of files. Closing twice is harmless."""


def check_chain(where: str, head: tuple[int, bytes], records: Iterable[FactRecord]) -> tuple[int, bytes]:
    """Check that records follow a head, number by number and hash by hash; return the new head.

    Raises LedgerError naming the journal (``where``), the fact and the rule.
    """
    seq, chain = head
    for record in records:
        seq += 1
        if record.seq != seq:
            raise LedgerError(f"{where}: next fact must be {seq}, not {record.seq}")
        chain = chained(chain, record.wire_bytes())
        if record.chain != chain:
            raise LedgerError(
                f"{where}: fact {seq}: chain hash must be {chain.hex()[:16]}…, not {record.chain.hex()[:16]}…"
            )
    return seq, chain


def check_joins(where: str, head: tuple[int, bytes], records: Sequence[FactRecord]) -> None:
    """Check that fresh records follow a head: every number, and the first one's hash.

    The other hashes were computed by the node a moment ago; computing them again would cost a third of the
    commit (measured). Restarts and ``verify`` check them all. Raises LedgerError as ``check_chain`` does.
    """
    seq = head[0]
    for record in records:
        seq += 1
        if record.seq != seq:
            raise LedgerError(f"{where}: next fact must be {seq}, not {record.seq}")
    check_chain(where, head, records[:1])


def check_snapshot(where: str, seq: int, upto: int, head_seq: int) -> None:
    """Raise LedgerError for a snapshot of facts that are not durable."""
    if not 0 <= seq <= upto <= head_seq:
        raise LedgerError(f"{where}: snapshot must be of fact 0 to {head_seq}, not {seq} to {upto}")


def check_epoch(where: str, epoch: int, newer: int) -> None:
    """Raise LedgerError unless an epoch is newer than a journal's."""
    if newer <= epoch:
        raise LedgerError(f"{where}: new epoch must be > {epoch}, not {newer}")


class MemoryJournal:
    """A journal for worlds: as durable as the process, and nearly free.

    Committing checks numbers but not hashes (measured 0.3 us for three facts; hashing them would be 4 us);
    ``verify`` checks both.
    """

    def __init__(self, name: str = "journal") -> None:
        self.epoch = 1
        self.life = ""
        self._name = name
        self._records: list[FactRecord] = []
        self._parts: dict[int, dict[int, bytes]] = {}
        self._complete: list[int] = []
        self._notes: dict[str, bytes] = {}

    def begin_epoch(self, epoch: int) -> None:
        """See ``Journal.begin_epoch``."""
        check_epoch(self._name, self.epoch, epoch)
        self.epoch = epoch

    def head(self) -> tuple[int, bytes]:
        """See ``Journal.head``."""
        return (len(self._records), self._records[-1].chain) if self._records else (0, CHAIN_START)

    def commit(self, records: Sequence[FactRecord], notes: Mapping[str, bytes] | None = None) -> None:
        """See ``Journal.commit``."""
        if records:
            kept = self._records
            if records[0].seq != len(kept) + 1 or records[-1].seq != len(kept) + len(records):
                self._refuse(records)
            kept.extend(records)
        if notes:
            self._notes.update(notes)

    def _refuse(self, records: Sequence[FactRecord]) -> None:
        for seq, record in enumerate(records, start=len(self._records) + 1):
            if record.seq != seq:
                raise LedgerError(f"{self._name}: next fact must be {seq}, not {record.seq}")

    def read(self, after_seq: int, limit: int) -> list[FactRecord]:
        """See ``Journal.read``."""
        return self._records[after_seq : after_seq + limit]

    def read_source(self, source: str, after_seq: int = 0) -> Iterator[FactRecord]:
        """See ``Journal.read_source``."""
        records = self._records
        return (records[i] for i in range(after_seq, len(records)) if records[i].source == source)

    def save_part(self, seq: int, part: int, body: bytes) -> None:
        """See ``Journal.save_part``."""
        if part == 0:
            self._complete = [kept for kept in self._complete if kept != seq]
            self._parts[seq] = {}
        self._parts.setdefault(seq, {})[part] = body

    def complete_snapshot(self, seq: int, parts: int, upto: int) -> None:
        """See ``Journal.complete_snapshot``."""
        check_snapshot(self._name, seq, upto, len(self._records))
        if sorted(self._parts.get(seq, ())) != list(range(parts)):
            raise LedgerError(f"{self._name}: snapshot of fact {seq} must have {parts} parts, one is missing")
        self._complete = sorted({*self._complete, seq})[-SNAPSHOTS_KEPT:]
        self._parts = {seq: self._parts[seq] for seq in self._complete}

    def snapshots(self) -> Iterator[tuple[int, list[bytes]]]:
        """See ``Journal.snapshots``."""
        for seq in reversed(self._complete):
            yield seq, [body for _, body in sorted(self._parts[seq].items())]

    def note(self, key: str, value: bytes) -> None:
        """See ``Journal.note``."""
        self._notes[key] = value

    def noted(self, key: str) -> bytes | None:
        """See ``Journal.noted``."""
        return self._notes.get(key)

    def verify(self) -> int:
        """See ``Journal.verify``."""
        return check_chain(self._name, (0, CHAIN_START), self._records)[0]

    def close(self) -> None:
        """Nothing to let go of; what it holds can still be read."""
