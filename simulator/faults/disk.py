"""A node's disk that fails on purpose: the process dies round a commit, or the disk says no."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from runtime.journal import MemoryJournal
from runtime.wire import FactRecord
from runtime.world_members import NodeKilled

BALLAST_FACTS = 250
"""A ballast of 4 MB holds more; a short one is met more often."""
BEFORE, AFTER, REFUSED = "before", "after", "refused"
"""The process dies before a commit, or just after it; or the disk says no, which ends the process too."""


class FaultyDisk(MemoryJournal):
    """A journal on a disk that may fail at a commit. Whatever it holds is durable.

    Whether the facts of a commit that the disk refused are kept cannot be known by who asked (an fsync that
    failed), so they are kept every other time.

    A full disk has a ballast that gives way, see ``runtime.live``: then so many facts still find room, and
    after them the process dies at every commit until the disk is freed.

    Attributes:
        next_fault: what happens at the next commit; "" nothing.
        passes: commits that go well before it.
        failed: how many commits failed so far.
        full: whether the disk is.
        ballast_facts: facts there is still room for when it is full.
        on_full: called when a commit finds the disk full and the ballast gives way.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.next_fault = ""
        self.passes = 0
        self.failed = 0
        self.full = False
        self.ballast_facts = BALLAST_FACTS
        self.on_full: Callable[[], None] = lambda: None

    def fill(self) -> None:
        """From here on there is no room but the ballast's."""
        self.full = True

    def free(self) -> None:
        """There is room again, and the ballast is held."""
        self.full, self.ballast_facts = False, BALLAST_FACTS

    def commit(self, records: Sequence[FactRecord], notes: Mapping[str, bytes] | None = None) -> None:
        """See ``Journal.commit``; raises NodeKilled where a fault strikes."""
        if self.full:
            self._make_room(len(records))
        if not self.next_fault or self.passes:
            self.passes -= bool(self.next_fault)
            super().commit(records, notes)
            return
        fault, self.next_fault = self.next_fault, ""
        self.failed += 1
        if fault == AFTER or (fault == REFUSED and self.failed % 2):
            super().commit(records, notes)
        raise NodeKilled(self.name)

    def _make_room(self, facts: int) -> None:
        if facts > self.ballast_facts:
            self.failed += 1
            raise NodeKilled(self.name)
        whole = self.ballast_facts == BALLAST_FACTS
        self.ballast_facts -= facts
        if whole:
            self.on_full()
