"""The writer stores every fact once, or nothing at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pony.orm import db_session

from actors.ledger import queries
from actors.ledger.writer import LedgerWriter
from actors.payment.messages import FloatSet
from runtime.errors import ConfigError, LedgerError
from runtime.link_ports import Position
from runtime.wire import CHAIN_START
from tests.ledger.book import FACTS, SOURCES, Journal, machine_day, store_day
from tests.ledger.dying_writer import FIRST_BATCH, KILLED

ROOT = Path(__file__).parents[2]


def opened(path: Path | None, currency: str = "HKD") -> LedgerWriter:
    return LedgerWriter(path, currency=currency, time_zone="Asia/Hong_Kong", cutoff_minute=240, durable=False)


@pytest.fixture(params=["memory", "file"])
def writer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LedgerWriter]:
    made = opened(None if request.param == "memory" else tmp_path / "ledger.sqlite")
    yield made
    made.close()


def test_a_stored_batch_moves_the_position_and_the_book_balances(writer: LedgerWriter) -> None:
    journal = machine_day()
    assert writer.position("gw-hk") == Position()
    writer.store("gw-hk", 1, journal.records)
    last = journal.records[-1]
    assert writer.position("gw-hk") == Position(1, last.seq, last.chain)
    found = queries.check(writer)
    assert found.ok
    assert found.facts == writer.facts == len(journal.records)
    assert found.violations == []


def test_a_doubled_or_overlapping_batch_changes_nothing(writer: LedgerWriter) -> None:
    records = machine_day().records
    writer.store("gw-hk", 1, records[:8])
    before = queries.posting_totals(writer)
    writer.store("gw-hk", 1, records[:8])
    writer.store("gw-hk", 1, records[2:5])
    assert queries.posting_totals(writer) == before
    writer.store("gw-hk", 1, records[3:])
    assert queries.fact_count(writer) == len(records)
    assert queries.check(writer).ok


def test_a_gap_is_refused_and_nothing_of_the_batch_is_stored(writer: LedgerWriter) -> None:
    records = machine_day().records
    with pytest.raises(LedgerError, match="gw-hk epoch 1: next fact must be number 1, not 2"):
        writer.store("gw-hk", 1, records[1:])
    with pytest.raises(LedgerError, match="next fact must be number 3, not 4"):
        writer.store("gw-hk", 1, [*records[:2], *records[3:]])
    assert writer.position("gw-hk") == Position()
    assert queries.fact_count(writer) == 0


def test_a_fact_that_does_not_continue_the_hash_chain_is_refused(writer: LedgerWriter) -> None:
    records = list(machine_day().records)
    records[4] = attrs.evolve(records[4], at_us=records[4].at_us + 1)
    with pytest.raises(LedgerError, match="fact 5 must continue the hash chain"):
        writer.store("gw-hk", 1, records)
    assert queries.fact_count(writer) == 0
    writer.store("gw-hk", 1, machine_day().records)
    assert queries.check(writer).ok


def test_another_history_under_known_numbers_is_refused(writer: LedgerWriter) -> None:
    writer.store("gw-hk", 1, machine_day().records)
    with pytest.raises(LedgerError, match="fact 4 must be the one stored here"):
        writer.store("gw-hk", 1, store_day().records)


def test_many_nodes_share_a_transaction_and_one_bad_batch_undoes_all(writer: LedgerWriter) -> None:
    machine, store = machine_day().records, store_day().records
    with pytest.raises(LedgerError, match="st-01 epoch 1: next fact must be number 1, not 2"):
        writer.store_many([("gw-hk", 1, machine), ("st-01", 1, store[1:])])
    assert writer.position("gw-hk") == Position()
    writer.store_many([("gw-hk", 1, machine[:5]), ("st-01", 1, store), ("gw-hk", 1, machine[5:])])
    found = queries.check(writer)
    assert found.ok
    assert found.facts == len(machine) + len(store)


def test_a_new_epoch_begins_again_at_one_and_the_old_one_is_closed(writer: LedgerWriter) -> None:
    first, second = machine_day(1), store_day()
    writer.store("st-01", 1, first.records)
    writer.store("st-01", 2, second.records)
    assert writer.position("st-01") == Position(2, 4, second.records[-1].chain)
    with pytest.raises(LedgerError, match="st-01 epoch 1: epoch must be >= 2"):
        writer.store("st-01", 1, first.records)
    assert queries.check(writer).chain_ok


def test_a_new_epoch_goes_on_from_the_last_fact_alike_and_nothing_is_told_twice(writer: LedgerWriter) -> None:
    day = machine_day()
    shared, lost = day.records[:5], day.records[5:]
    other = Journal(epoch=2)
    other.records = list(shared)
    for number in range(3):
        other.write("hk-0712", FloatSet(amount_minor=5000 + number))
    writer.store("gw-hk", 1, day.records)
    assert writer.holds("gw-hk", 5, shared[-1].chain)
    assert not writer.holds("gw-hk", 6, other.records[5].chain)
    assert writer.holds("gw-hk", 0, CHAIN_START)
    writer.store("gw-hk", 2, other.records[5:])
    writer.store("gw-hk", 2, other.records[6:])
    assert writer.position("gw-hk") == Position(2, 8, other.records[-1].chain)
    assert writer.holds("gw-hk", 6, lost[0].chain), "what only the office has stays"
    found = queries.check(writer)
    assert (found.chain_ok, found.facts) == (True, len(day.records) + 3)
    third = Journal(epoch=3)
    third.records = other.records[:6]
    third.write("hk-0712", FloatSet(amount_minor=1))
    writer.store("gw-hk", 3, third.records[6:])
    assert queries.check(writer).chain_ok


def test_a_new_epoch_that_continues_nothing_stored_is_refused(writer: LedgerWriter) -> None:
    writer.store("gw-hk", 1, machine_day().records[:5])
    with pytest.raises(LedgerError, match="gw-hk epoch 2: next fact must be number 1, not 4"):
        writer.store("gw-hk", 2, store_day().records[3:])


def test_a_full_disk_stores_nothing_and_says_so(writer: LedgerWriter) -> None:
    records = machine_day().records
    with db_session:
        connection = writer.database.get_connection()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    many = Journal()
    for sale in range(200):
        many.write("hk-0712", FloatSet(amount_minor=sale))
    with pytest.raises(LedgerError, match="nothing of this batch could be stored: database or disk is full"):
        writer.store("gw-hk", 1, many.records)
    assert writer.position("gw-hk") == Position()
    connection.execute("PRAGMA max_page_count = 1000000")
    writer.store("gw-hk", 1, records)
    assert queries.check(writer).ok


def test_nothing_to_store_is_no_error(writer: LedgerWriter) -> None:
    writer.store("gw-hk", 1, [])
    writer.store_many([])
    assert writer.position("gw-hk") == Position()


def test_any_thread_may_store(writer: LedgerWriter) -> None:
    records = machine_day().records
    threads = [threading.Thread(target=writer.store, args=("gw-hk", 1, records[: n * 5])) for n in (1, 2, 3)]
    for thread in threads:
        thread.start()
        thread.join()
    assert queries.check(writer).ok


def test_a_ledger_opened_again_goes_on_where_it_stopped_under_a_new_incarnation(tmp_path: Path) -> None:
    path, records = tmp_path / "ledger.sqlite", machine_day().records
    first = opened(path)
    first.store("gw-hk", 1, records[:7])
    first.close()
    assert [p.name for p in tmp_path.iterdir()] == ["ledger.sqlite"]
    again = opened(path)
    assert again.incarnation != first.incarnation
    assert again.position("gw-hk").seq == 7
    again.store("gw-hk", 1, records[7:])
    again.close()
    assert queries.check(path).ok
    assert queries.sales(path).amount_minor == 3 * 850


def test_a_ledger_of_another_currency_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    first = opened(path)
    first.store("gw-hk", 1, machine_day().records)
    first.close()
    with pytest.raises(ConfigError, match="currency must be HKD as in this ledger, not USD"):
        opened(path, "USD")


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO fact", "INSERT INTO posting", "INSERT INTO sale_line", "INSERT INTO inbox", "COMMIT"],
)
def test_a_writer_killed_in_a_transaction_leaves_rows_and_position_together(
    tmp_path: Path, statement: str
) -> None:
    path, records = tmp_path / "ledger.sqlite", machine_day().records
    command = [sys.executable, "-m", "tests.ledger.dying_writer", str(path), statement]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode == KILLED
    found = queries.check(path)
    assert found.ok
    assert found.facts == FIRST_BATCH
    again = opened(path)
    assert again.position("gw-hk").seq == FIRST_BATCH
    again.store("gw-hk", 1, records)
    again.close()
    assert queries.check(path).ok
    assert queries.sales(path).units == 3


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(SOURCES, FACTS), max_size=20), st.integers(0, 20))
def test_whatever_the_facts_and_however_cut_the_book_balances(
    told: list[tuple[str, object]], cut: int
) -> None:
    journal = Journal()
    for source, fact in told:
        journal.write(source, fact)
    writer = opened(None)
    writer.store("gw-hk", 1, journal.records[:cut])
    writer.store("gw-hk", 1, journal.records)
    found = queries.check(writer)
    writer.close()
    assert (found.balanced, found.chain_ok, found.sum_minor) == (True, True, 0)
    assert found.facts == len(told)
