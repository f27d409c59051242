"""A back-up becomes the ledger again, whole or not at all; the ledger that was is kept beside it.

Nodes see another incarnation with older positions, rewind, and send again what the back-up does not have.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import attrs

from actors.ledger import backup, queries
from actors.ledger.migrations import migrated
from runtime.errors import ConfigError, LedgerError
from runtime.link_ports import Position

_NEEDED_ALIKE = ("currency", "zone", "cutoff")


@attrs.frozen(kw_only=True)
class Restored:
    """What a restore did.

    Attributes:
        facts: how many the ledger holds now.
        positions: how far each node's facts are in it.
        kept: the file of the ledger that was; None if there was none.
    """

    facts: int
    positions: Mapping[str, Position]
    kept: Path | None


def restore(copy: Path, ledger: Path) -> Restored:
    """Make a back-up the ledger. The caller holds the data directory: nobody has the ledger open.

    The back-up is copied, brought to this version and checked, every fact of it, before anything changes; the
    file itself stays as it is. Types of all facts must be known.

    Raises:
        ConfigError: there is no back-up, or it is another chain's.
        LedgerError: its books do not hold, or the disk will not take it.
    """
    if not copy.is_file():
        raise ConfigError(f"{copy}: back-up must be an existing file")
    unfinished = ledger.with_name(ledger.name + ".restoring")
    try:
        unfinished.unlink(missing_ok=True)
        with closing(_open(copy, "ro")) as source, closing(sqlite3.connect(unfinished)) as target:
            source.backup(target, pages=backup.PAGES_AT_ONCE)
            target.isolation_level = None
            target.execute("PRAGMA journal_mode = DELETE")
            migrated(target, str(copy))
        found = queries.check(unfinished)
        if not found.ok:
            first = found.violations[0] if found.violations else "books must balance"
            raise LedgerError(f"{copy}: back-up must hold: {first}")
        positions = backup.positions(unfinished)
        if ledger.exists():
            _same_chain(copy, unfinished, ledger)
        backup.sync(unfinished)
        kept = _set_aside(ledger) if ledger.exists() else None
        unfinished.replace(ledger)
        backup.sync(ledger.parent)
    except (sqlite3.Error, OSError) as error:
        raise LedgerError(f"{ledger}: {copy} could not be restored: {error}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return Restored(facts=found.facts, positions=positions, kept=kept)


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)


def _same_chain(copy: Path, new: Path, ledger: Path) -> None:
    """Refuse a back-up of another chain, unless what is here can no longer be read."""
    rows = []
    for path in (new, ledger):
        with suppress(sqlite3.Error), closing(_open(path, "ro")) as db:
            rows.append(db.execute(f"SELECT {', '.join(_NEEDED_ALIKE)} FROM meta").fetchone())
    if len(rows) == 2 and None not in rows:
        for name, found, wanted in zip(_NEEDED_ALIKE, *rows, strict=True):
            if found != wanted:
                raise ConfigError(f"{copy}: {name} must be {wanted!r} as in the ledger here, not {found!r}")


def _set_aside(ledger: Path) -> Path:
    """Give the ledger that was a second name, and leave no write-ahead log that the new one would take up."""
    with suppress(sqlite3.Error), closing(_open(ledger, "rw")) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    names = (ledger.with_name(f"{ledger.stem}.before-restore-{n}{ledger.suffix}") for n in count(1))
    kept = next(name for name in names if not name.exists())
    os.link(ledger, kept)
    for end in ("-wal", "-shm"):  # of a damaged ledger only
        with suppress(FileNotFoundError):
            ledger.with_name(ledger.name + end).rename(kept.with_name(kept.name + end))
    return kept
