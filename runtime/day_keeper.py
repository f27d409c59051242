"""A live node's days as recordings, beside its journal.

What was committed is appended, a file a business day. The recording never comes before selling: a disk that
takes no more of it ends the file at hand, and the next day is tried anew.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import attrs

from runtime import log
from runtime.errors import ConfigError
from runtime.health import DayKept
from runtime.node import Batch, Node
from runtime.recorded import Published
from runtime.recording import DayStart, Recorder, files_of, read_start

DAYS_MAX = 60
"""Recordings of this many business days are kept: two months can be rehearsed."""
FILES_TOLD = 3
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
        self._at_hand: Path | None = None
        self._lock = threading.Lock()

    def kept(self, upto_seq: int) -> list[DayKept]:
        """The last files that ended; ``upto_seq``: the node's last fact before the one at hand."""
        found: list[DayKept] = []
        with contextlib.suppress(OSError):
            for path in reversed(files_of(self._recorder.folder)[-FILES_TOLD - 1 :]):
                try:
                    start, whole = read_start(path)
                except ConfigError as error:
                    log.get(node=self._node).warning("no recording", error=str(error))
                    continue
                if path != self._at_hand:
                    size = path.stat().st_size
                    found.append(
                        DayKept(
                            file=path.name,
                            date=start.date,
                            bytes=size,
                            after_seq=start.seq,
                            upto_seq=upto_seq,
                            whole=whole,
                        )
                    )
                upto_seq = start.seq
        return found[::-1]

    def forget(self, days_max: int) -> None:
        """Remove files of all but the last business days: facts stay in journals and ledger."""
        with contextlib.suppress(OSError):
            files = files_of(self._recorder.folder)
            for date in sorted({path.name[:10] for path in files})[:-days_max]:
                for path in files:
                    if path.name.startswith(date):
                        path.unlink()

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
        self._guarded(lambda: self._begin(opening))

    def _begin(self, opening: Opening) -> None:
        self._at_hand = self._recorder.begin_day(opening.start, opening.snapshot)
        self.forget(DAYS_MAX)

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
