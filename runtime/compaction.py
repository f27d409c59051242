"""Keeping a journal small: facts that a back-up off the office's machine has go to the archive beside it.

Nothing here holds a turn back: the archive is written by a reader, and facts leave the file in slices between
commits. Two snapshots stay in the journal, and every fact after the older one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import trio

from runtime.journal_archive import Archive
from runtime.journal_sqlite import SqliteJournal, SqliteReader, open_reader
from runtime.live import LiveNode
from runtime.wire import FactRecord

ARCHIVE_FACTS_MIN = 50_000
"""Fewer are not worth a file."""
SLICE_FACTS = 2000
"""Taken out of the journal in one transaction (measured: 5 to 10 ms)."""
_READ_FACTS = 5000


async def compact(
    live: LiveNode, journal: SqliteJournal, covered: int, facts_min: int = ARCHIVE_FACTS_MIN
) -> int:
    """Archive what may be; return how many facts left the journal.

    Args:
        live: the running node, whose writer is shared.
        journal: its journal.
        covered: number of the last fact that the office has, and a back-up off its machine.
        facts_min: do nothing for fewer facts.
    """
    archived = await trio.to_thread.run_sync(partial(write_archive, journal.path, covered, facts_min))
    left = 0
    while archived and (dropped := await live.in_writer(partial(journal.drop_archived, SLICE_FACTS))):
        left += dropped
    return left


def write_archive(path: Path, covered: int, facts_min: int) -> bool:
    """Copy facts that may leave the journal into its archive; return whether that has some to take out."""
    with closing(open_reader(path)) as reader:
        archive = Archive(path)
        with closing(archive):
            begin = archive.head()[0]
            kept = min((seq for seq, _ in reader.snapshots()), default=0)
            upto = min(covered, kept)
            if upto - begin >= facts_min:
                return bool(archive.write(_facts(reader, begin, upto)))
            return begin > 0 and begin <= covered


def _facts(reader: SqliteReader, after: int, upto: int) -> Iterator[list[FactRecord]]:
    while after < upto and (records := reader.read(after, min(_READ_FACTS, upto - after))):
        yield records
        after = records[-1].seq
