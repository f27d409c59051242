"""What a live process keeps in its data directory: one journal a node, the office's ledger, and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path

from actors.ledger.writer import LedgerWriter
from runtime import epochs
from runtime.clock import wall_us
from runtime.day_keeper import DayKeeper
from runtime.errors import ConfigError
from runtime.journal_sqlite import SqliteJournal
from scenarios.assembly import OFFICE
from scenarios.data_directory import DAYS, LEDGER
from scenarios.replay import record
from scenarios.scenario import Prepared

START_TIME = time(11, 30)
"""Local time at which a chain's first day begins when it runs live: shortly before lunch."""


class DataFolder:
    """What the nodes of one process keep. Made by ``open_data``.

    Attributes:
        journals: by node.
        close: lets go of all files.
        fresh: nothing has happened yet.
        ledger: its only writer; only where the office is.
    """

    ledger: LedgerWriter

    def __init__(self, root: Path, prepared: Prepared, nodes: tuple[str, ...]) -> None:
        self.root = root
        self._prepared = prepared
        self._clock = root / "clock"
        chain = prepared.chain
        with ExitStack() as opened:
            self.journals = {
                name: opened.enter_context(closing(SqliteJournal(self.path_of(name)))) for name in nodes
            }
            if OFFICE in nodes:
                self.ledger = LedgerWriter(
                    root / LEDGER,
                    currency=chain.currency,
                    time_zone=chain.time_zone,
                    cutoff_minute=chain.cutoff_minute,
                )
                opened.callback(self.ledger.close)
            self._begin_epochs()
            self.close = opened.pop_all().close
        self.fresh = not any(journal.head()[0] for journal in self.journals.values())

    def path_of(self, node: str) -> Path:
        """A node's journal file."""
        return self.root / "nodes" / f"{node}.sqlite3"

    def day_keeper(self, prepared: Prepared, node: str) -> DayKeeper:
        """Keeps a node's days as recordings, in ``days/NODE``."""
        return record.day_keeper(self.root / DAYS, prepared, node)

    def time_us(self) -> int:
        """Where the clock goes on: where it stopped, after every fact, or where the first day begins."""
        times = [start_us(self._prepared), self.last_us()]
        try:
            times.append(int(self._clock.read_text("ascii")))
        except FileNotFoundError:
            pass
        except ValueError:
            raise ConfigError(f"{self._clock}: must hold a number of microseconds") from None
        return max(times)

    def last_us(self) -> int:
        """When the last fact was recorded; 0 before the first."""
        heads = ((journal, journal.head()[0]) for journal in self.journals.values())
        return max((journal.read(seq - 1, 1)[0].at_us for journal, seq in heads if seq), default=0)

    def keep_time(self, now_us: int) -> None:
        """Note the clock. Not synced: after a power cut, facts are newer than it."""
        beside = self._clock.with_suffix(".new")
        beside.write_text(str(now_us), "ascii")
        beside.replace(self._clock)

    def _begin_epochs(self) -> None:
        """Begin a new epoch where a journal is not what the office has: a disk was restored, lost or cloned.

        Raises LedgerError where that happened less than an hour ago.
        """
        for name, journal in self.journals.items():
            epochs.begin_if_forked(name, journal, wall_us())
        if OFFICE not in self.journals:
            return
        journal, at = self.journals[OFFICE], self.ledger.position(OFFICE)
        mine = journal.read(at.seq - 1, 1) if at.seq else []
        same = at.seq == 0 or (bool(mine) and mine[0].chain == at.chain)
        if at.epoch > journal.epoch or (at.epoch == journal.epoch and not same):
            epochs.begin(OFFICE, journal, at.epoch, wall_us())

    def catch_up(self) -> None:
        """Store office facts that a crash kept from the ledger, or all that it never had."""
        journal, at = self.journals[OFFICE], self.ledger.position(OFFICE)
        same_epoch = at.epoch == journal.epoch
        seq = at.seq if same_epoch else epochs.alike(journal, partial(self.ledger.holds, OFFICE))
        while records := journal.read(seq, 1000):
            self.ledger.store(OFFICE, journal.epoch, records)
            seq = records[-1].seq


def start_us(prepared: Prepared) -> int:
    """When the first day begins."""
    local = datetime.combine(prepared.first, START_TIME, prepared.chain.zone)
    return round(local.astimezone(UTC).timestamp()) * 1_000_000


@contextmanager
def open_data(root: Path, prepared: Prepared, nodes: tuple[str, ...] | None = None) -> Iterator[DataFolder]:
    """Open or make the files of a chain's nodes, all unless they are named.

    Raises ConfigError or LedgerError for files that are not its own.
    """
    try:
        (root / "nodes").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{root}: data directory must be writable: {error.strerror}") from error
    folder = DataFolder(root, prepared, prepared.chain.nodes if nodes is None else nodes)
    try:
        yield folder
    finally:
        folder.close()
