"""A node's disk that fails on purpose: the process dies round a commit, or the disk says no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runtime.journal import MemoryJournal
from runtime.wire import FactRecord
from runtime.world_members import NodeKilled

BEFORE, AFTER, REFUSED = "before", "after", "refused"
"""The process dies before a commit, or just after it; or the disk says no, which ends the process too."""


class FaultyDisk(MemoryJournal):
    """A journal on a disk that may fail at a commit. Whatever it holds is durable.

    Whether the facts of a commit that the disk refused are kept cannot be known by who asked (an fsync that
    failed), so they are kept every other time.

    Attributes:
        next_fault: what happens at the next commit; "" nothing.
        passes: commits that go well before it.
        failed: how many commits failed so far.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.next_fault = ""
        self.passes = 0
        self.failed = 0

    def commit(self, records: Sequence[FactRecord], notes: Mapping[str, bytes] | None = None) -> None:
        """See ``Journal.commit``; raises NodeKilled where a fault strikes."""
        if not self.next_fault or self.passes:
            self.passes -= bool(self.next_fault)
            super().commit(records, notes)
            return
        fault, self.next_fault = self.next_fault, ""
        self.failed += 1
        if fault == AFTER or (fault == REFUSED and self.failed % 2):
            super().commit(records, notes)
        raise NodeKilled(self.name)
