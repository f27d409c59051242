"""The data directory of a live chain: one journal a node, the ledger, the clock, and who may use it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, time
from pathlib import Path

import msgspec

from actors.ledger.writer import LedgerWriter
from runtime.errors import ConfigError, LedgerError
from runtime.journal_sqlite import SqliteJournal
from scenarios.scenario import Prepared

START_TIME = time(11, 30)
"""Local time at which a chain's first day begins when it runs live: shortly before lunch."""
OFFICE = "office"


class DataFolder:
    """What a live chain keeps. Made by ``open_data``.

    Attributes:
        journals: by node.
        ledger: the only writer.
        fresh: nothing has happened yet.
    """

    def __init__(self, root: Path, prepared: Prepared) -> None:
        self.root = root
        self._prepared = prepared
        self._clock = root / "clock"
        self.journals = {name: SqliteJournal(self.path_of(name)) for name in prepared.chain.nodes}
        chain = prepared.chain
        self.ledger = LedgerWriter(
            root / "ledger.sqlite3",
            currency=chain.currency,
            time_zone=chain.time_zone,
            cutoff_minute=chain.cutoff_minute,
        )
        self.fresh = not any(journal.head()[0] for journal in self.journals.values())

    def path_of(self, node: str) -> Path:
        """A node's journal file."""
        return self.root / "nodes" / f"{node}.sqlite3"

    def time_us(self) -> int:
        """Where the chain's clock goes on: where it stopped, after every fact, or where the first day begins."""
        times = [start_us(self._prepared)]
        try:
            times.append(int(self._clock.read_text("ascii")))
        except FileNotFoundError:
            pass
        except ValueError:
            raise ConfigError(f"{self._clock}: must hold a number of microseconds") from None
        for journal in self.journals.values():
            if seq := journal.head()[0]:
                times.append(journal.read(seq - 1, 1)[0].at_us)
        return max(times)

    def keep_time(self, now_us: int) -> None:
        """Note the clock. Not synced: after a power cut, facts are newer than it."""
        beside = self._clock.with_suffix(".new")
        beside.write_text(str(now_us), "ascii")
        beside.replace(self._clock)

    def catch_up(self) -> None:
        """Store office facts that a crash kept from the ledger.

        Raises LedgerError when the ledger holds more of the office than its journal.
        """
        journal, at = self.journals[OFFICE], self.ledger.position(OFFICE)
        head = journal.head()[0]
        if at.epoch == journal.epoch and at.seq > head:
            raise LedgerError(f"{self.root}: the office's journal must have fact {at.seq} as the ledger has")
        seq = at.seq if at.epoch == journal.epoch else 0
        while records := journal.read(seq, 1000):
            self.ledger.store(OFFICE, journal.epoch, records)
            seq = records[-1].seq


def start_us(prepared: Prepared) -> int:
    """When the first day begins."""
    local = datetime.combine(prepared.first, START_TIME, prepared.chain.zone)
    return round(local.astimezone(UTC).timestamp()) * 1_000_000


@contextmanager
def open_data(root: Path, prepared: Prepared) -> Iterator[DataFolder]:
    """Open or make a data directory; raises ConfigError if it is in use or of another chain."""
    with ExitStack() as stack:
        try:
            (root / "nodes").mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context((root / "lock").open("w"))
        except OSError as error:
            raise ConfigError(f"{root}: data directory must be writable: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(f"{root}: data directory must not be in use, another process has it") from None
        _sign(root / "chain.json", prepared)
        folder = DataFolder(root, prepared)
        stack.callback(folder.ledger.close)
        for journal in folder.journals.values():
            stack.callback(journal.close)
        yield folder


def _sign(path: Path, prepared: Prepared) -> None:
    """Note whose directory it is, or refuse another chain: its facts would not fit these actors."""
    about = {"scenario": prepared.name, "seed": prepared.seed, "settings": dict(prepared.settings)}
    mine = msgspec.json.encode(about, order="sorted")
    try:
        kept = path.read_bytes()
    except FileNotFoundError:
        beside = path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(mine)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        return
    if kept != mine:
        raise ConfigError(
            f"{path.parent}: data directory must be of scenario {prepared.name} with the same seed and settings, "
            f"it is of {kept.decode('utf-8', 'replace')[:200]}"
        )
