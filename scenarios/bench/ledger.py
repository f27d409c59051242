"""The ledger: facts a second taken in, and a year's report by day and product from many sale lines.

Taken in are whole sales, so many facts a commit, each commit on the disk. The peers insert the same rows made
beforehand: raw sqlite3 by executemany, and Pony by its entities. The report is asked as pages ask it, from
the sums that are made as facts arrive; what the same question costs from the lines stands beside it.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from actors.ledger.migrations import migrated
from actors.ledger.postings import postings
from actors.ledger.report_queries import reading
from actors.ledger.sale_lines import sale_lines
from actors.ledger.sums import LINE_COLUMNS, LINES_AT_ONCE, Sums
from actors.ledger.writer import LedgerWriter
from runtime.wire import FactRecord
from scenarios.bench.harness import Entry, Progress, Work, best_rates, peers
from scenarios.bench.link import sales

PEER = "pony_entities"
FACTS_A_COMMIT = 100
SALES = 10_000
LINES_A_MACHINE = 1_000
YEAR, DAYS = date(2026, 1, 1), 365
PLACES, PRODUCTS, TENDERS = 200, 60, ("code", "code", "code", "cash", "cashless")
_SCHEMA = (
    "CREATE TABLE fact (id INTEGER PRIMARY KEY, node TEXT, seq INTEGER, source TEXT, at_us INTEGER, "
    "body BLOB, chain BLOB)",
    "CREATE TABLE posting (id INTEGER PRIMARY KEY, fact INTEGER, account INTEGER, amount INTEGER)",
    "CREATE TABLE sale_line (id INTEGER PRIMARY KEY, fact INTEGER, place TEXT, product TEXT, tender TEXT, "
    "units INTEGER, amount_minor INTEGER, business_day TEXT, hour INTEGER)",
)
_INSERTS = (
    "INSERT INTO fact VALUES (NULL, ?, ?, ?, ?, ?, ?)",
    "INSERT INTO posting VALUES (NULL, ?, ?, ?)",
    "INSERT INTO sale_line VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
)

Rows = tuple[list[Any], list[Any], list[Any]]
"""Facts, postings and sale lines of a commit."""


def _rows(records: list[FactRecord], accounts: dict[tuple[str, str], int]) -> Rows:
    facts, moved, sold = [], [], []
    for record in records:
        fact = record.fact()
        facts.append(("gw-1", record.seq, record.source, record.at_us, record.body, record.chain))
        for account, commodity, amount in postings(record.source, fact, "HKD"):
            number = accounts.setdefault((account, commodity), len(accounts) + 1)
            moved.append((record.seq, number, amount))
        sold += [(record.seq, *line[:5], "2026-03-06", 492_000) for line in sale_lines(record.source, fact)]
    return facts, moved, sold


def _hawker(folder: Path, batches: list[list[FactRecord]]) -> Work:
    def set_up() -> Callable[[], int]:
        path = _new(folder / "hawker.sqlite3")
        writer = LedgerWriter(path, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240)

        def timed() -> int:
            for batch in batches:
                writer.store("gw-1", 1, batch)
            writer.close()
            return sum(map(len, batches))

        return timed

    return set_up


def _raw(folder: Path, rows: list[Rows]) -> Work:
    def set_up() -> Callable[[], int]:
        path = _new(folder / "raw.sqlite3")

        def timed() -> int:
            with closing(sqlite3.connect(path, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")
                for table in _SCHEMA:
                    db.execute(table)
                for batch in rows:
                    db.execute("BEGIN IMMEDIATE")
                    for insert, some in zip(_INSERTS, batch, strict=True):
                        db.executemany(insert, some)
                    db.execute("COMMIT")
            return sum(len(batch[0]) for batch in rows)

        return timed

    return set_up


def _peer(module: Any, folder: Path, rows: list[Rows]) -> Work:
    def set_up() -> Callable[[], int]:
        db = module.opened(_new(folder / "peer.sqlite3"))

        def timed() -> int:
            module.store(db, rows)
            return sum(len(batch[0]) for batch in rows)

        return timed

    return set_up


def _new(path: Path) -> Path:
    for name in (path.name, path.name + "-wal", path.name + "-shm"):
        path.with_name(name).unlink(missing_ok=True)
    return path


def year(path: Path, lines: int, progress: Progress) -> dict[str, Any]:
    """Seconds of a year's report by day and product, from sums and from lines, of a ledger made here."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        migrated(db, str(path))
        sums, seconds = Sums(db), 0.0
        for begin in range(0, lines, LINES_AT_ONCE):
            progress(f"ledger, line {begin:,} of {lines:,}")
            for number in range(begin, min(lines, begin + LINES_AT_ONCE)):
                sums.lines += _line(number, lines)
            assert len(sums.lines) % LINE_COLUMNS == 0
            db.execute("BEGIN")
            start = perf_counter()
            sums.write()
            seconds += perf_counter() - start
            db.execute("COMMIT")
        (summed,) = db.execute("SELECT lines_summed FROM meta").fetchone()
    last = YEAR + timedelta(days=DAYS - 1)
    asked = ("business_day", "product")
    times = []
    with reading(path) as reader:
        for _ in range(3):
            start = perf_counter()
            groups = len(reader.sold(("units", "amount_minor"), asked, YEAR, last, {}))
            times.append(round(perf_counter() - start, 3))
        start = perf_counter()
        sql = "SELECT business_day, product, sum(units), sum(amount_minor) FROM sale_line GROUP BY 1, 2"
        from_lines = len(reader.connection.execute(sql).fetchall())
        seconds_from_lines = round(perf_counter() - start, 3)
    assert groups == from_lines, (groups, from_lines)
    return {
        "lines": lines,
        "groups": groups,
        "lines_summed": summed,
        "report_seconds": min(times),
        "report_seconds_first": times[0],
        "report_seconds_from_lines": seconds_from_lines,
        "write_and_sum_us_a_line": round(seconds / lines * 1e6, 2),
    }


def _line(number: int, lines: int) -> tuple[Any, ...]:
    """A made-up line: places in turn, few products sold often, days in order."""
    day = number * DAYS // lines
    mixed = number * 2_654_435_761 % (1 << 32)
    product = mixed * mixed % (1 << 40) * PRODUCTS >> 40
    hour = 490_000 + day * 24 + 6 + number * DAYS % lines * 16 // lines
    place = f"hk-{mixed % PLACES:04}"
    tender = TENDERS[mixed // PLACES % len(TENDERS)]
    business_day = (YEAR + timedelta(days=day)).isoformat()
    return number, place, f"p{product:03}", tender, 1, 400 + 20 * product, business_day, hour, 1, 1


def measure(machines: int, _: int, progress: Progress) -> Entry:
    """Facts a second at 100 in a commit; the year's report, of 1,000 lines a machine, in the detail."""
    records = sales(SALES)
    batches = [records[at : at + FACTS_A_COMMIT] for at in range(0, len(records), FACTS_A_COMMIT)]
    accounts: dict[tuple[str, str], int] = {}
    rows = [_rows(batch, accounts) for batch in batches]
    found = peers((PEER,))
    with tempfile.TemporaryDirectory(prefix="hawker-ledger-") as name:
        folder = Path(name)
        works = {"hawker": _hawker(folder, batches), "sqlite3": _raw(folder, rows)}
        works |= {peer: _peer(module, folder, rows) for peer, module in found.modules.items()}
        rates = best_rates(works, progress)
        report = year(folder / "year.sqlite3", machines * LINES_A_MACHINE, progress)
    return Entry(
        name="ledger",
        unit="facts/s",
        hawker=round(rates["hawker"]),
        peers={peer: round(rates[peer]) if peer in rates else None for peer in ("sqlite3", PEER)},
        detail={
            "facts_a_commit": FACTS_A_COMMIT,
            "synchronous": "FULL, write-ahead log",
            "rows_a_fact": round(sum(len(part) for batch in rows for part in batch) / len(records), 2),
            "missing": found.missing,
            "year": report,
        },
    )
