"""What ``hawker ledger`` does to a data directory: back-ups, restores, exports, migrations, checks."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

import scenarios.assembly  # noqa: F401  # with it come the types of every fact there is
from actors.ledger import backup, export, queries, sums
from actors.ledger import restore as restoring
from actors.ledger.migrations import migrated
from runtime.errors import ConfigError, LedgerError
from runtime.link_ports import Position
from scenarios import data_directory
from scenarios.live import integrity

Document = dict[str, Any]
"""What a command prints with ``--json``."""

WHAT = (export.POSTINGS, export.FACTS)
_FORMATS = (".csv", ".jsonl")


def ledger_of(data: Path) -> Path:
    """A data directory's ledger; raises ConfigError if it has none."""
    if not data.is_dir():
        raise ConfigError(f"data directory {data}: must be an existing folder")
    data_directory.marker(data)
    ledger = data / data_directory.LEDGER
    if not ledger.is_file():
        raise ConfigError(f"{ledger}: ledger must be an existing file")
    return ledger


def check(data: Path, *, journals: bool) -> Document:
    """Read every fact of the ledger again, and with ``journals`` of every journal that is kept here."""
    found = queries.check(ledger_of(data))
    document: Document = {
        "balanced": found.balanced,
        "facts": found.facts,
        "postings": found.postings,
        "sum_minor": found.sum_minor,
        "chain_ok": found.chain_ok,
        "violations": [{"invariant": v.invariant, "what": v.what} for v in found.violations],
    }
    if journals:
        document["journals"] = [
            {"node": each.of, "facts": each.facts, "ok": not each.wrong, "wrong": each.wrong}
            for each in integrity.journals(data)
        ]
    return document


def held(found: Document) -> bool:
    """Whether a check found nothing."""
    journals = all(each["ok"] for each in found.get("journals", ()))
    return bool(found["balanced"] and found["chain_ok"] and not found["violations"] and journals)


def back_up(data: Path, target: Path, *, off_machine: bool) -> Document:
    """Copy the ledger while it may be in use; ``off_machine``: the copy is kept on another machine."""
    ledger = ledger_of(data)
    positions = backup.back_up(ledger, target)
    if off_machine:
        backup.confirm(data, positions)
    return _back_up(target, positions, off_machine)


def confirm(data: Path, copy: Path) -> Document:
    """Note that a back-up made before is kept on another machine: nodes may archive what is in it."""
    backup.must_be_of(ledger_of(data), copy)
    positions = backup.positions(copy)
    backup.confirm(data, positions)
    return _back_up(copy, positions, confirmed=True)


def _back_up(copy: Path, positions: dict[str, Position], confirmed: bool) -> Document:
    return {"file": str(copy), "off_machine": confirmed, "nodes": _nodes(positions)}


def _nodes(positions: Any) -> Document:
    return {node: {"epoch": at.epoch, "seq": at.seq} for node, at in sorted(positions.items())}


def restore(data: Path, copy: Path) -> Document:
    """Make a back-up the ledger of a data directory that nobody uses; raises Refused if somebody does."""
    if not data.is_dir():
        raise ConfigError(f"data directory {data}: must be an existing folder")
    with data_directory.hold(data) as ledger:
        done = restoring.restore(copy, ledger)
    kept = None if done.kept is None else str(done.kept)
    return {"facts": done.facts, "nodes": _nodes(done.positions), "kept": kept}


def migrate(data: Path, *, rebuild: bool = False) -> Document:
    """Bring a ledger that nobody uses to this program's version; ``rebuild`` makes lines and sums anew."""
    ledger = ledger_of(data)
    with data_directory.hold(data):
        try:
            with closing(sqlite3.connect(ledger, isolation_level=None)) as db:
                before, after = migrated(db, str(ledger))
                if rebuild:
                    db.execute("BEGIN IMMEDIATE")
                    sums.rebuild(db)
                    db.execute("COMMIT")
        except sqlite3.Error as error:
            raise LedgerError(f"{ledger}: ledger could not be migrated: {error}") from error
    return {"before": before, "after": after, "rebuilt": rebuild}


def write_export(data: Path, target: Path, what: str) -> Document:
    """Write every posting or fact into a new file, whole or not at all; its name's end says how."""
    if what not in WHAT:
        raise ConfigError(f"--what: must be one of {', '.join(WHAT)}, not {what!r}")
    if target.suffix not in _FORMATS:
        raise ConfigError(f"--to {target}: must end with one of {', '.join(_FORMATS)}")
    if target.exists():
        raise ConfigError(f"--to {target}: must be a new file")
    ledger = ledger_of(data)
    with _whole(target) as file:
        written = (_write_csv if target.suffix == ".csv" else _write_lines)(file, ledger, what)
    return {"file": str(target), "what": what, "rows": written}


@contextmanager
def _whole(target: Path) -> Iterator[IO[str]]:
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            yield file
        backup.sync(unfinished)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _write_csv(file: IO[str], ledger: Path, what: str) -> int:
    out, written = csv.writer(file), 0
    out.writerow(export.COLUMNS[what])
    for row in export.rows(ledger, what):
        out.writerow([export.cell(value) for value in row])
        written += 1
    return written


def _write_lines(file: IO[str], ledger: Path, what: str) -> int:
    written, names = 0, export.COLUMNS[what]
    for row in export.rows(ledger, what):
        file.write(msgspec.json.encode(dict(zip(names, row, strict=True))).decode() + "\n")
        written += 1
    return written
