"""The check finds what was done to a ledger behind the writer's back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from actors.ledger import queries
from actors.ledger.check import LedgerCheck
from actors.ledger.writer import LedgerWriter
from actors.machine.messages import LaneFilled, VendCompleted
from actors.payment.messages import CashTaken, PaymentAuthorised
from runtime import wire
from tests.ledger.book import Journal, machine_day, store_day


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return stored(tmp_path, machine_day(), store_day())


def stored(folder: Path, *journals: Journal) -> Path:
    path = folder / "ledger.sqlite"
    writer = LedgerWriter(path, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240, durable=False)
    for number, journal in enumerate(journals):
        writer.store(f"node-{number}", 1, journal.records)
    writer.close()
    return path


def tampered(ledger: Path, statement: str, *values: object) -> LedgerCheck:
    connection = sqlite3.connect(ledger)
    with connection:
        assert connection.execute(statement, values).rowcount
    connection.close()
    return queries.check(ledger)


def test_an_untouched_ledger_is_in_order(ledger: Path) -> None:
    found = queries.check(ledger)
    assert (found.balanced, found.chain_ok, found.sum_minor, found.violations) == (True, True, 0, [])
    assert (found.facts, found.postings) == (18, 40)


def test_a_changed_amount_is_found(ledger: Path) -> None:
    found = tampered(ledger, "UPDATE posting SET amount = amount + 1 WHERE id = 5")
    assert not found.balanced
    assert found.sum_minor == 1
    assert "postings must be those of CashTaken" in found.violations[0].what


def test_a_fact_changed_with_its_postings_is_found_by_the_chain(ledger: Path) -> None:
    body = wire.encode(CashTaken(sale=1, amount_minor=2000, held_in="tube"))
    found = tampered(ledger, "UPDATE fact SET body = ? WHERE id = 3", body)
    assert not found.chain_ok
    assert "node-0 epoch 1: fact 3 must continue the hash chain" in found.violations[0].what


def test_a_body_that_is_no_message_is_found_and_the_check_goes_on(ledger: Path) -> None:
    found = tampered(ledger, "UPDATE fact SET body = x'00' WHERE id = 3")
    assert not found.chain_ok
    assert found.facts == 18


def test_a_missing_fact_is_found(ledger: Path) -> None:
    found = tampered(ledger, "DELETE FROM fact WHERE id = 4")
    assert any(
        v.invariant == "I6" and "next fact must be number 4, not 5" in v.what for v in found.violations
    )


def test_missing_facts_at_the_end_are_found_by_the_inbox_and_their_postings(ledger: Path) -> None:
    found = tampered(ledger, "DELETE FROM fact WHERE id = 18")
    assert not found.chain_ok
    assert not found.balanced
    assert any("node-1: inbox position must be that of its last fact" in v.what for v in found.violations)


def test_a_position_moved_forward_is_found(ledger: Path) -> None:
    found = tampered(ledger, "UPDATE inbox SET seq = seq + 1 WHERE node = 'node-0'")
    assert [v.invariant for v in found.violations] == ["I6"]


def test_a_sale_that_kept_a_customers_money_is_found(tmp_path: Path) -> None:
    journal = Journal()
    for sale in (1, 2):
        paid = PaymentAuthorised(sale=sale, tender="code", amount_minor=850, reference="r")
        journal.write("hk-0712", paid)
    found = queries.check(stored(tmp_path, journal))
    assert found.balanced
    assert [v.invariant for v in found.violations] == ["I3"]
    assert (
        "hk-0712 sale 1: credit must be sold, paid back or flagged, 850 is left" in found.violations[0].what
    )


def test_an_open_sale_may_still_hold_money(tmp_path: Path) -> None:
    journal = Journal()
    journal.write("hk-0712", PaymentAuthorised(sale=1, tender="code", amount_minor=850, reference="r"))
    assert queries.check(stored(tmp_path, journal)).ok


def test_a_lane_that_sold_what_it_did_not_hold_is_found(tmp_path: Path) -> None:
    journal = machine_day(1)
    journal.write("hk-0712/lane/A3", LaneFilled(visit=1, product="tea", added=1, level=12))
    vend = VendCompleted(sale=1, unit=0, product="tea", price_minor=0, tender="code", level=9)
    journal.write("hk-0712/lane/A3", vend)
    found = queries.check(stored(tmp_path, journal))
    assert [v.invariant for v in found.violations] == ["I2", "I8"]
