"""The one writer of a ledger: facts, postings, sale lines and inbox positions in one transaction."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pony.orm import db_session

from actors.ledger import postings
from actors.ledger.business_day import BusinessDays
from actors.ledger.postings import Rule
from actors.ledger.schema import for_writing
from actors.ledger.sums import ENTERED, Sums
from runtime.errors import ConfigError, DiskFull, LedgerError
from runtime.link_ports import Position
from runtime.many_rows import ManyRows
from runtime.wire import CHAIN_START, FactRecord, chain_after, chained, tagged

Batch = tuple[str, int, Sequence[FactRecord]]
"""A node, its epoch, and records of it in order."""

Plan = tuple[Rule | None, bool]
"""The rule by which facts of one kind post, and whether they have lines or tallies (``sums``)."""

_FACTS = ManyRows("fact", "?, ?, ?, ?, ?, ?, ?, ?, ?, ?")
_ACCOUNTS = ManyRows("account", "?, ?, ?")
_POSTINGS = ManyRows("posting", "NULL, ?, ?, ?")
_SET_POSITION = (
    "INSERT INTO inbox VALUES (?, ?, ?, ?) ON CONFLICT (node) DO UPDATE "
    "SET epoch = excluded.epoch, seq = excluded.seq, chain = excluded.chain"
)


class LedgerWriter:
    """Takes nodes' facts into the ledger, each exactly once; the office's ``InboxStore``.

    Synchronous: live code calls it in a worker thread, any thread, one at a time. Queries on a ledger kept in
    memory must come from the thread that made it.

    Args:
        path: the ledger file, made if it is not there; None keeps the ledger in memory.
        currency: code of the chain's currency.
        time_zone: IANA name; with ``cutoff_minute`` it decides the business day of a fact.
        cutoff_minute: minutes after local midnight at which a business day begins.
        durable: a commit survives a power cut; without it the ledger is a throw-away world's.

    Attributes:
        database: the Pony database, for queries on a ledger in memory.
        incarnation: 16 random bytes, new each time a writer opens the ledger, so that an acknowledgement from
            before a restored back-up is known as such.
        facts: how many facts the ledger holds.
    """

    def __init__(
        self, path: Path | None, *, currency: str, time_zone: str, cutoff_minute: int, durable: bool = True
    ) -> None:
        self.path = path
        self.currency = currency
        self.incarnation = os.urandom(16)
        self.days = BusinessDays(time_zone, cutoff_minute)
        self.database: Any = for_writing(path, durable=durable)
        with db_session:
            self._connection: sqlite3.Connection = self.database.get_connection()
        self._lock = threading.Lock()
        self._positions: dict[str, Position] = {}
        self._accounts: dict[tuple[str, str], int] = {}
        self._plans: dict[str, Plan] = {}
        self._sums = Sums(self._connection)
        self.facts = 0
        try:
            self._sign(time_zone, cutoff_minute)
            self._load()
        except BaseException:
            self.close()
            raise

    def _sign(self, time_zone: str, cutoff_minute: int) -> None:
        """Note what this ledger is, or refuse one that was made for another chain."""
        execute = self._connection.execute
        row = execute("SELECT currency, zone, cutoff, (SELECT count(*) FROM inbox) FROM meta").fetchone()
        mine = (self.currency, time_zone, cutoff_minute)
        for name, kept, given in zip(("currency", "time zone", "cut-off"), row, mine, strict=False):
            if row[3] and kept != given:
                raise ConfigError(f"{self.path}: {name} must be {kept} as in this ledger, not {given}")
        columns = "incarnation = ?, currency = ?, zone = ?, cutoff = ?"
        execute(f"UPDATE meta SET {columns}", (self.incarnation, *mine))

    def _load(self) -> None:
        execute = self._connection.execute
        accounts = execute("SELECT name, commodity, id FROM account ORDER BY id")
        self._accounts = {(name, commodity): id for name, commodity, id in accounts}
        self._positions = {
            node: Position(epoch, seq, chain)
            for node, epoch, seq, chain in execute("SELECT node, epoch, seq, chain FROM inbox")
        }
        (self.facts,) = execute("SELECT ifnull(max(id), 0) FROM fact").fetchone()
        self._sums.load()

    def close(self) -> None:
        """Leave the file as one piece, without its WAL. The writer is of no use afterwards."""
        with self._lock:
            self.database.disconnect()
            self._connection.close()

    def image(self) -> bytes:
        """Everything a ledger in memory holds; ``restore`` takes it."""
        with self._lock:
            return self._connection.serialize()

    def restore(self, image: bytes) -> None:
        """Become, in memory, the ledger that an image was taken of."""
        with self._lock:
            self._connection.deserialize(image)
            self._load()

    def position(self, node: str) -> Position:
        """How far this node's facts are stored."""
        return self._positions.get(node, Position())

    def holds(self, node: str, seq: int, chain: bytes) -> bool:
        """Whether this node's fact of this number and hash is stored, in any epoch."""
        with self._lock:
            return chain in self._chains_at(node, seq)

    def store(self, node: str, epoch: int, records: Sequence[FactRecord]) -> None:
        """Keep a node's facts and move its position in one transaction; see ``store_many``."""
        self.store_many([(node, epoch, records)])

    def store_many(self, batches: Sequence[Batch]) -> None:
        """Keep the facts of several nodes in one transaction.

        Facts stored before are passed over. A newer epoch begins after any fact of its node that is stored.
        Raises LedgerError, with nothing of any batch stored, if a batch leaves a gap, does not continue its
        node's hash chain, says something else than what is stored, or if the disk will not take it; DiskFull
        if that is for want of room.
        """
        with self._lock:
            positions: dict[str, Position] = {}
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                last_id = self._write(batches, positions)
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                self._load()
                if isinstance(error, sqlite3.Error):
                    full = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
                    raise (DiskFull if full else LedgerError)(
                        f"{self.path}: nothing of this batch could be stored: {error}"
                    ) from error
                raise
            self._positions.update(positions)
            self.facts = last_id

    def _write(self, batches: Sequence[Batch], positions: dict[str, Position]) -> int:
        """Insert the rows and note the new positions; return the last fact's id."""
        facts: list[Any] = []
        lines: list[int] = []
        new: list[Any] = []
        accounts, plans = self._accounts, self._plans
        day_of, currency, enter, last_id = self.days.day, self.currency, self._sums.enter, self.facts
        for node, epoch, records in batches:
            for record in self._new(node, epoch, records, positions):
                last_id += 1
                source, at_us, body = record.source, record.at_us, record.body
                tag, fact = tagged(body)
                posting, entered = plans.get(tag) or self._plan(tag, type(fact))
                day = day_of(at_us)
                facts += (last_id, node, epoch, record.seq, source, at_us, day, tag, body, record.chain)
                if posting is not None:
                    for account, commodity, amount in posting(source, fact, currency):
                        if (id := accounts.get((account, commodity))) is None:
                            id = accounts[account, commodity] = len(accounts) + 1
                            new += (id, account, commodity)
                        lines += (last_id, id, amount)
                if entered:
                    enter(last_id, source, fact, day, at_us)
        connection = self._connection
        for table, values in ((_FACTS, facts), (_ACCOUNTS, new), (_POSTINGS, lines)):
            table.insert(connection, values)
        self._sums.write()
        reached = ((node, p.epoch, p.seq, p.chain) for node, p in positions.items())
        connection.executemany(_SET_POSITION, reached)
        return last_id

    def _plan(self, tag: str, kind: type) -> Plan:
        """What to do with facts of a kind, looked up once."""
        plan = self._plans[tag] = (postings.RULES.get(kind), kind in ENTERED)
        return plan

    def _new(
        self, node: str, epoch: int, records: Sequence[FactRecord], positions: dict[str, Position]
    ) -> Sequence[FactRecord]:
        """The records not stored yet, chain checked; notes the node's new position."""
        at = positions.get(node) or self.position(node)
        life = f"{node} epoch {epoch}"
        if epoch < at.epoch:
            raise LedgerError(f"{life}: epoch must be >= {at.epoch}")
        seq, chain = (at.seq, at.chain) if epoch == at.epoch else self._branch(node, records)
        known = [record for record in records if record.seq <= seq]
        if known and known[-1].chain != self._chain_at(node, epoch, known[-1].seq):
            raise LedgerError(f"{life}: fact {known[-1].seq} must be the one stored here, it is another")
        fresh = [record for record in records if record.seq > seq] if known else records
        for record in fresh:
            if record.seq != (seq := seq + 1):
                raise LedgerError(f"{life}: next fact must be number {seq}, not {record.seq}")
            follows = chain_after(chain, seq, record.source, record.at_us, record.body)
            if follows != (chain := record.chain):
                raise LedgerError(f"{life}: fact {seq} must continue the hash chain, it does not")
        if fresh:
            positions[node] = Position(epoch, seq, chain)
        return fresh

    def _branch(self, node: str, records: Sequence[FactRecord]) -> tuple[int, bytes]:
        """The fact of an older epoch after which a newer one begins with these records."""
        if not records:
            return 0, CHAIN_START
        seq = records[0].seq - 1
        for chain in self._chains_at(node, seq):
            if chained(chain, records[0].wire_bytes()) == records[0].chain:
                return seq, chain
        return 0, CHAIN_START

    def _chain_at(self, node: str, epoch: int, seq: int) -> bytes:
        sql = "SELECT chain FROM fact WHERE node = ? AND epoch = ? AND seq = ?"
        row = self._connection.execute(sql, (node, epoch, seq)).fetchone()
        return row[0] if row else b""

    def _chains_at(self, node: str, seq: int) -> list[bytes]:
        """The hashes of a node's facts of this number: one an epoch that has it."""
        if seq == 0:
            return [CHAIN_START]
        epochs = range(self.position(node).epoch, 0, -1)
        return [chain for epoch in epochs if (chain := self._chain_at(node, epoch, seq))]
