"""A copy of the ledger taken while its writer works, and how far each node's facts are in it.

Once the copy is kept off this machine, nodes may archive what is in it: ``confirm`` says so, and the office
tells them. A back-up on the same disk must not be confirmed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import msgspec

from runtime.errors import ConfigError, LedgerError
from runtime.link_ports import Position

COVERED = "covered.json"
PAGES_AT_ONCE = 2000


def back_up(ledger: Path, target: Path) -> dict[str, Position]:
    """Copy a ledger file, whole or not at all; return how far each node's facts are in the copy.

    Raises:
        ConfigError: there is no ledger, or the target is there already.
        LedgerError: the copy could not be written, or it is not whole.
    """
    if not ledger.is_file():
        raise ConfigError(f"{ledger}: ledger must be an existing file")
    if target.exists():
        raise ConfigError(f"{target}: back-up must be a new file")
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        reading = ledger.absolute().as_uri() + "?mode=ro"
        with (
            closing(sqlite3.connect(reading, uri=True)) as source,
            closing(sqlite3.connect(unfinished)) as copy,
        ):
            source.backup(copy, pages=PAGES_AT_ONCE)
            copy.execute(
                "PRAGMA journal_mode = DELETE"
            )  # one file, that can be read where nothing can be written
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise LedgerError(f"{target}: back-up must be whole: {found}")
            found_in = _positions(copy)
        unfinished.replace(target)
        sync(target)
        sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise LedgerError(f"{target}: back-up could not be written: {error}") from error
    return found_in


def positions(copy: Path) -> dict[str, Position]:
    """How far each node's facts are in a back-up; raises ConfigError for any other file."""
    if not copy.is_file():
        raise ConfigError(f"{copy}: back-up must be an existing file")
    try:
        with closing(sqlite3.connect(copy.absolute().as_uri() + "?mode=ro", uri=True)) as db:
            return _positions(db)
    except sqlite3.Error as error:
        raise ConfigError(f"{copy}: back-up must be as ledger backup made it: {error}") from error


def _positions(db: sqlite3.Connection) -> dict[str, Position]:
    rows = db.execute("SELECT node, epoch, seq, chain FROM inbox ORDER BY node")
    return {node: Position(epoch, seq, chain) for node, epoch, seq, chain in rows}


def must_be_of(ledger: Path, copy: Path) -> None:
    """Raise ConfigError unless the ledger holds every node's last fact in a back-up: it is one of its own."""
    sql = "SELECT chain FROM fact WHERE node = ? AND epoch = ? AND seq = ?"
    with closing(sqlite3.connect(ledger.absolute().as_uri() + "?mode=ro", uri=True)) as db:
        for node, at in positions(copy).items():
            if db.execute(sql, (node, at.epoch, at.seq)).fetchone() != (at.chain,):
                raise ConfigError(
                    f"{copy}: must be a back-up of {ledger}, which has another fact {at.seq} of {node}"
                )


def confirm(data: Path, positions: Mapping[str, Position]) -> None:
    """Note in a data directory that a back-up off this machine has these facts."""
    kept = covered(data) | dict(positions)
    rows = {node: (at.epoch, at.seq, at.chain.hex()) for node, at in sorted(kept.items())}
    unfinished = data / (COVERED + ".new")
    unfinished.write_bytes(msgspec.json.encode(rows))
    sync(unfinished)
    unfinished.replace(data / COVERED)
    sync(data)


def covered(data: Path) -> dict[str, Position]:
    """What back-ups off this machine have, by node; raises ConfigError for a file that does not say so."""
    path = data / COVERED
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=dict[str, tuple[int, int, str]])
        return {
            node: Position(epoch, seq, bytes.fromhex(chain)) for node, (epoch, seq, chain) in rows.items()
        }
    except FileNotFoundError:
        return {}
    except (msgspec.MsgspecError, ValueError) as error:
        raise ConfigError(f"{path}: must be as ledger backup wrote it: {error}") from error


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
