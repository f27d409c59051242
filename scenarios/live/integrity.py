"""Is what a data directory holds as it was written? Every page and every fact of its journals and its ledger.

    python -m scenarios.live.integrity DIR

prints one JSON list, ``[{"of": "gw-1", "facts": 0, "wrong": ""}, ...]``. A running chain looks once a day in
a process of its own: hashing a million facts takes ten seconds of a processor, and selling waits for none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import attrs
import msgspec

import scenarios.assembly  # noqa: F401  # with it come the types of every fact there is
from actors.ledger import backup, queries
from runtime.errors import HawkerError, LedgerError
from runtime.journal_sqlite import SqliteReader, open_reader
from runtime.link_ports import Position
from scenarios.data_directory import LEDGER

OF_LEDGER = "ledger"
NICE = 15


@attrs.frozen(kw_only=True)
class Found:
    """What a check found.

    Attributes:
        of: the node whose journal it is, or "ledger".
        facts: how many were read, 0 where something is wrong.
        wrong: the first thing found; "" if it holds.
    """

    of: str
    facts: int = 0
    wrong: str = ""


def journals(data: Path) -> Iterator[Found]:
    """Check every journal in a data directory, which may be in use, and the ledger against it."""
    ledger = data / LEDGER
    stored = backup.positions(ledger) if ledger.is_file() else {}
    for path in sorted((data / "nodes").glob("*.sqlite3")):
        yield _journal(path, stored.get(path.stem, Position()))


def _journal(path: Path, stored: Position) -> Found:
    try:
        with closing(open_reader(path)) as reader:
            facts = reader.full_check()
            _must_hold(reader, stored)
    except (HawkerError, OSError) as error:
        return Found(of=path.stem, wrong=str(error))
    return Found(of=path.stem, facts=facts)


def _must_hold(reader: SqliteReader, stored: Position) -> None:
    """Raise LedgerError unless the journal has the last fact that the ledger has of its epoch (I6)."""
    if stored.seq and stored.epoch == reader.epoch:
        found = reader.read(stored.seq - 1, 1)
        if not found or found[0].chain != stored.chain:
            raise LedgerError(
                f"journal {reader.path}: must have the ledger's fact {stored.seq}, it has not (I6)"
            )


def whole(data: Path) -> Iterator[Found]:
    """Check all that a data directory holds."""
    yield from journals(data)
    if (ledger := data / LEDGER).is_file():
        try:
            found = queries.check(ledger)
        except (HawkerError, OSError) as error:
            yield Found(of=OF_LEDGER, wrong=str(error))
            return
        wrong = f"{found.violations[0].invariant}: {found.violations[0].what}" if found.violations else ""
        yield Found(of=OF_LEDGER, facts=found.facts, wrong=wrong)


if __name__ == "__main__":
    os.nice(NICE)
    sys.stdout.buffer.write(msgspec.json.encode(list(whole(Path(sys.argv[1])))))
