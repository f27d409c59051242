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
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise LedgerError(f"{target}: back-up must be whole: {found}")
            rows = copy.execute("SELECT node, epoch, seq, chain FROM inbox").fetchall()
        unfinished.replace(target)
        _sync(target)
        _sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise LedgerError(f"{target}: back-up could not be written: {error}") from error
    return {node: Position(epoch, seq, chain) for node, epoch, seq, chain in rows}


def confirm(data: Path, positions: Mapping[str, Position]) -> None:
    """Note in a data directory that a back-up off this machine has these facts."""
    kept = covered(data) | dict(positions)
    rows = {node: (at.epoch, at.seq, at.chain.hex()) for node, at in sorted(kept.items())}
    unfinished = data / (COVERED + ".new")
    unfinished.write_bytes(msgspec.json.encode(rows))
    _sync(unfinished)
    unfinished.replace(data / COVERED)
    _sync(data)


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


def _sync(path: Path) -> None:
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
