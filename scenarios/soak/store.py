"""The office's ledger in a soaked world: its process may die round a store, and a back-up may come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from actors.ledger import queries
from actors.ledger.writer import LedgerWriter
from runtime.actor import Report, heard_seq
from runtime.dice import Dice
from runtime.link_ports import Position
from runtime.wire import FactRecord
from runtime.world_members import NodeKilled
from scenarios.assembly import OFFICE
from simulator.faults.disk import AFTER, BEFORE


class FaultyStore:
    """The world's inbox store, kept in a ledger in memory.

    Attributes:
        ledger: its one writer.
        next_fault: what happens at the next store: "before", "after", or "" for nothing.
        incarnation: new whenever the office's process starts.
    """

    def __init__(self, ledger: LedgerWriter, dice: Dice) -> None:
        self.ledger = ledger
        self.next_fault = ""
        self._dice = dice
        self.incarnation = b""
        self.begin()

    def begin(self) -> None:
        """The office's process starts: it knows what is in the file, and nothing else."""
        self.ledger.restore(self.ledger.image())
        self.incarnation = b"".join(self._dice.bits().to_bytes(8, "big") for _ in range(2))

    def position(self, node: str) -> Position:
        """See ``InboxStore.position``."""
        return self.ledger.position(node)

    def holds(self, node: str, seq: int, chain: bytes) -> bool:
        """See ``InboxStore.holds``."""
        return self.ledger.holds(node, seq, chain)

    def store(self, node: str, epoch: int, records: Sequence[FactRecord]) -> None:
        """See ``InboxStore.store``; raises NodeKilled where a fault strikes."""
        fault, self.next_fault = self.next_fault, ""
        if fault == BEFORE:
            raise NodeKilled(OFFICE)
        self.ledger.store(node, epoch, records)
        if fault == AFTER:
            raise NodeKilled(OFFICE)

    def past(self) -> Iterator[Report]:
        """Everything the ledger holds, as desks heard it."""
        for node, epoch, record in queries.facts_as_stored(self.ledger):
            yield Report(node, heard_seq(epoch, record.seq), record.source, record.at_us, record.fact())
