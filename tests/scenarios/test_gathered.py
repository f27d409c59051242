"""Ledgers of worlds that get facts by the thousand: in hand, and in a second process."""

from __future__ import annotations

from pathlib import Path

from actors.ledger.writer import LedgerWriter
from actors.machine.messages import LaneOpened
from runtime.link_ports import Position
from runtime.wire import CHAIN_START, FactRecord, chained, encode, fact_bytes
from scenarios import gathered
from scenarios.bench import day
from scenarios.bench.ledger_beside import LedgerBeside
from scenarios.gathered import GatheredLedger


def facts(count: int) -> list[FactRecord]:
    """So many lanes that opened with 3 units each."""
    records, chain = [], CHAIN_START
    for seq in range(1, count + 1):
        body = encode(LaneOpened(product="cola", price_minor=800, capacity=8, par=8, level=3))
        chain = chained(chain, fact_bytes(seq, f"hk-1/lane/A{seq}", seq, body))
        records.append(FactRecord(seq, f"hk-1/lane/A{seq}", seq, body, chain))
    return records


def writer() -> LedgerWriter:
    """A ledger in memory."""
    return LedgerWriter(None, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240, durable=False)


def test_facts_in_hand_are_stored_when_there_are_many_or_when_somebody_asks() -> None:
    ledger, records = writer(), facts(gathered.FACTS_TOGETHER + 3)
    store = GatheredLedger(ledger)
    store.store("gw", 1, records[:2])
    assert ledger.facts == 0
    assert store.position("gw") == Position(1, 2, records[1].chain)
    assert ledger.facts == 2
    store.store("gw", 1, records[2:-1])
    assert ledger.facts == len(records) - 1
    store.store("gw", 1, records[-1:])
    assert store.holds("gw", len(records), records[-1].chain)
    store.flush()
    assert ledger.facts == len(records)
    ledger.close()


def test_a_writer_in_a_second_process_books_what_one_in_this_process_books(tmp_path: Path) -> None:
    records = facts(5)
    beside = LedgerBeside(tmp_path / "ledger.sqlite3", day.prepared(1, 8).chain)
    beside.store("gw", 1, records[:2])
    beside.store("gw", 1, records[2:])
    assert beside.position("gw") == Position(1, 5, records[4].chain)
    assert beside.holds("gw", 5, records[4].chain)
    assert not beside.holds("gw", 4, records[3].chain)
    written = beside.finish()
    beside.close()
    assert (written["facts"], written["postings"], written["sum_minor"]) == (5, 10, 0)
    assert written["processor_seconds"] > 0.0
