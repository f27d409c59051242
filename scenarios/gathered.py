"""A ledger that is given what arrives by the thousand: for worlds, whose ledger ends with the process."""

from __future__ import annotations

from collections.abc import Sequence

from actors.ledger.writer import Batch, LedgerWriter
from runtime.link_ports import Position
from runtime.wire import FactRecord

FACTS_TOGETHER = 2000
"""Facts in one transaction: a transaction for each frame was half of what storing cost (measured)."""


class GatheredLedger:
    """An office's inbox store that keeps facts in hand until there are many, and then stores them at once.

    What it has in hand counts as stored: as safe as the ledger of a world, which ends with the process too.
    """

    def __init__(self, ledger: LedgerWriter) -> None:
        self.incarnation = ledger.incarnation
        self._ledger = ledger
        self._in_hand: list[Batch] = []
        self._facts = 0

    def position(self, node: str) -> Position:
        """See ``InboxStore.position``."""
        self.flush()
        return self._ledger.position(node)

    def holds(self, node: str, seq: int, chain: bytes) -> bool:
        """See ``InboxStore.holds``."""
        self.flush()
        return self._ledger.holds(node, seq, chain)

    def store(self, node: str, epoch: int, records: Sequence[FactRecord]) -> None:
        """See ``InboxStore.store``."""
        self._in_hand.append((node, epoch, records))
        self._facts += len(records)
        if self._facts >= FACTS_TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Store what is in hand; the ledger is asked only after that."""
        in_hand, self._in_hand, self._facts = self._in_hand, [], 0
        if in_hand:
            self._ledger.store_many(in_hand)
