"""A live node's days as recordings, beside its journal.

What was committed is appended, a file a business day. The recording never comes before selling: a disk that
takes no more of it ends the file at hand, and the next day is tried anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import attrs

from runtime import log
from runtime.errors import ConfigError
from runtime.node import Batch, Node
from runtime.recorded import Published
from runtime.recording import DayStart, Recorder

FLUSH_SECONDS = 60.0
"""A crash costs a quiet node's recording at most so much; a busy one writes a chunk every few seconds."""


@attrs.frozen
class Opening:
    """Where a node stood between two batches: what a day's file begins with."""

    start: DayStart
    snapshot: bytes


class DayKeeper:
    """Keeps the days of one node.

    Methods that touch the disk never raise for its sake, and may be called from any thread.

    Args:
        recorder: writes the files.
        day_of: ISO date of the business day that a moment (microseconds) belongs to.

    Attributes:
        lost: why the file at hand is not written any more; "" while it is.
    """

    def __init__(self, recorder: Recorder, day_of: Callable[[int], str]) -> None:
        self.lost = ""
        self._recorder = recorder
        self._day_of = day_of
        self._node = ""
        self._date = ""
        self._lock = threading.Lock()

    def due(self, node: Node) -> bool:
        """Whether a file is to begin: the first, or that of a new business day."""
        date = self._recorder.day_to_begin(node.now)
        return date is not None and date != self._date

    def opening(self, node: Node) -> Opening:
        """Where the node stands; between batches, with no message waiting but those of a start."""
        self._node = node.name
        node.records_input = True
        self._date = self._day_of(node.now)
        start = DayStart(
            date=self._date,
            now_us=node.now,
            handled=node.handled,
            seq=node.seq,
            chain=node.chain,
        )
        return Opening(start, node.save(whole=True))

    def begin(self, opening: Opening) -> None:
        """Finish the file at hand and begin the next."""
        self._guarded(self._recorder.close)
        self.lost = ""
        self._guarded(lambda: self._recorder.begin_day(opening.start, opening.snapshot))

    def keep(self, batch: Batch) -> None:
        """Add a batch; its facts are committed."""
        readings = [Published(*reading) for reading in batch.readings]
        self._guarded(lambda: self._recorder.append(batch.inputs, batch.records, readings))

    def flush(self) -> None:
        """Hand all that was kept to the operating system."""
        self._guarded(self._recorder.flush)

    def close(self, *, whole: bool) -> None:
        """End the file at hand; not ``whole`` where the journal has facts that it lacks."""
        self._guarded(self._recorder.close if whole else self._recorder.leave)

    def _guarded(self, work: Callable[[], object]) -> None:
        with self._lock:
            if self.lost:
                return
            try:
                work()
            except (OSError, ConfigError) as error:
                self.lost = str(error)
                log.get(node=self._node).error("recording of the day ends here", error=self.lost)
                self._recorder.forsake()
