"""What an office knows of each node's link and of its own disk, for whoever looks after it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import attrs

from actors.ledger import backup, day_index
from scenarios.data_directory import LEDGER


@attrs.frozen(kw_only=True)
class LinkState:
    """A node's link, as its office sees it.

    Attributes:
        heard_us: when the node was last heard, by the chain's clock; 0 never.
        epoch: of the facts that are stored.
        facts: number of the last one that is stored.
        waiting: facts that the node was known to have beyond these.
        forked: why nothing more is taken in this epoch; "" while all is well.
    """

    node: str
    linked: bool
    heard_us: int
    epoch: int
    facts: int
    waiting: int = 0
    forked: str = ""


@attrs.frozen(kw_only=True)
class Checked:
    """The last daily check that ended: when by the chain's clock, of what, and what was wrong there."""

    at_us: int
    of: tuple[str, ...]
    wrong: tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class Kept:
    """What a data folder holds, and what of it is elsewhere too. Sizes are bytes.

    Attributes:
        free, total: of the disk it is on.
        journals: size of each node's journal here.
        covered: number of each node's last fact in a back-up off this computer.
        backed_up_s: when such a back-up was last confirmed, seconds since 1970 UTC; 0 never.
    """

    free: int
    total: int
    ledger: int
    journals: Mapping[str, int]
    covered: Mapping[str, int]
    backed_up_s: int


@attrs.frozen(kw_only=True)
class Recording:
    """A file of a node's recorded day that has ended; ``whole``: in order."""

    node: str
    date: str
    file: str
    bytes: int
    whole: bool


def kept(data: Path) -> Kept:
    """Look at a folder's files. Raises ConfigError for one that is damaged."""
    usage, ledger, covered = shutil.disk_usage(data), data / LEDGER, data / backup.COVERED
    return Kept(
        free=usage.free,
        total=usage.total,
        ledger=_size(ledger),
        journals={path.stem: _size(path) for path in sorted((data / "nodes").glob("*.sqlite3"))},
        covered={node: at.seq for node, at in backup.covered(data).items()},
        backed_up_s=int(covered.stat().st_mtime) if covered.exists() else 0,
    )


def _size(database: Path) -> int:
    """Bytes of a database and of its log beside it; 0 if there is none."""
    beside = database.with_name(database.name + "-wal")
    return sum(path.stat().st_size for path in (database, beside) if path.exists())


def recordings(data: Path) -> list[Recording]:
    """Files of recorded days by the ledger's index, the newest first; reads the whole ledger."""
    ledger = data / LEDGER
    days = day_index.recorded(ledger) if ledger.exists() else []
    found = [
        Recording(
            node=each.node, date=each.day.date, file=each.day.file, bytes=each.day.bytes, whole=each.day.whole
        )
        for each in days
    ]
    return sorted(found, key=lambda each: (each.date, each.node), reverse=True)
