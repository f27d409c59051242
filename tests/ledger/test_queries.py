"""Questions to a ledger, in memory and in a file that is being written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from actors.ledger import queries
from actors.ledger.writer import LedgerWriter
from runtime.wire import FactRecord
from tests.ledger.book import NOON_US, Journal, machine_day, store_day


@pytest.fixture(params=["memory", "file"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LedgerWriter]:
    path = None if request.param == "memory" else tmp_path / "ledger.sqlite"
    writer = LedgerWriter(path, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240, durable=False)
    writer.store_many([("gw-hk", 1, machine_day().records), ("st-01", 1, store_day().records)])
    yield writer
    writer.close()


def test_sales_count_pieces_by_quantity_and_weighed_lines_as_one(ledger: LedgerWriter) -> None:
    totals = queries.sales(ledger)
    assert totals.units == 3 + 2 + 1
    assert totals.amount_minor == 3 * 850 + 1620
    assert totals.by_tender == {"cash": 2550, "cashless": 1620}


def test_sales_of_one_place_or_some_days(ledger: LedgerWriter) -> None:
    first, second = date(2022, 6, 1), date(2022, 6, 2)
    assert queries.sales(ledger, place="st-01").amount_minor == 1620
    assert queries.sales(ledger, first_day=first, last_day=first).units == 6
    assert queries.sales(ledger, first_day=second).units == 0
    assert queries.sales(ledger, last_day=date(2022, 5, 31)).by_tender == {}


def test_sales_grouped_by_product_place_day_and_hour(ledger: LedgerWriter) -> None:
    products = [(g.key, g.units, g.amount_minor) for g in queries.sales_by(ledger, "product")]
    assert products == [("bun", 2, 1200), ("plum", 1, 420), ("tea", 3, 2550)]
    assert [g.key for g in queries.sales_by(ledger, "place")] == ["hk-0712", "st-01"]
    assert [g.key for g in queries.sales_by(ledger, "business_day")] == ["2022-06-01"]
    assert [g.key for g in queries.sales_by(ledger, "hour")] == [str(NOON_US // 3_600_000_000)]
    with pytest.raises(ValueError, match="column must be product, place, business_day or hour, not 'price'"):
        queries.sales_by(ledger, "price")


def test_balances_say_where_money_and_goods_are(ledger: LedgerWriter) -> None:
    assert queries.balances(ledger, "cash:") == {("cash:hk-0712", "HKD"): 5000 + 3 * 850}
    assert queries.balances(ledger, "credit:") == {
        ("credit:hk-0712", "HKD"): 0,
        ("credit:st-01/till/1", "HKD"): 0,
    }
    assert queries.balances(ledger, "stock:") == {
        ("stock:hk-0712/lane/A3", "product:tea"): 7,
        ("stock:st-01", "product:bun"): 18,
        ("stock:st-01", "product:plum"): 4650,
    }
    everything = queries.balances(ledger)
    for commodity in ("HKD", "product:tea", "product:bun"):
        assert sum(amount for (_, kind), amount in everything.items() if kind == commodity) == 0


def test_totals_nodes_and_currency(ledger: LedgerWriter) -> None:
    assert queries.posting_totals(ledger) == queries.PostingTotals(postings=40, sum_minor=0)
    assert queries.fact_count(ledger) == 18
    assert queries.nodes(ledger) == ["gw-hk", "st-01"]
    assert queries.currency(ledger) == "HKD"


def test_a_nodes_history_is_read_back_as_it_was_sent(
    ledger: LedgerWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = machine_day().records
    monkeypatch.setattr(queries, "FACTS_READ_AT_ONCE", 4)
    assert list(queries.facts_after(ledger, "gw-hk")) == records
    assert list(queries.facts_after(ledger, "gw-hk", 5)) == records[5:]
    assert list(queries.facts_after(ledger, "gw-hk", len(records))) == []
    assert list(queries.facts_after(ledger, "nobody")) == []


def test_a_history_of_two_epochs_is_read_from_the_one_asked_for(ledger: LedgerWriter) -> None:
    second = Journal(epoch=2)
    second.records = machine_day(1).records
    ledger.store("st-01", 2, second.records)

    def numbers(facts: Iterator[FactRecord]) -> list[int]:
        return [record.seq for record in facts]

    assert numbers(queries.facts_after(ledger, "st-01", 4)) == [5, 6]
    assert numbers(queries.facts_after(ledger, "st-01", 3, epoch=1)) == [4, 1, 2, 3, 4, 5, 6]
    assert numbers(queries.facts_after(ledger, "st-01", 0, epoch=0)) == [1, 2, 3, 4, 1, 2, 3, 4, 5, 6]


def test_an_empty_ledger_has_sold_nothing() -> None:
    writer = LedgerWriter(None, currency="HKD", time_zone="UTC", cutoff_minute=0, durable=False)
    assert queries.sales(writer) == queries.SalesTotals(units=0, amount_minor=0, by_tender={})
    assert queries.posting_totals(writer) == queries.PostingTotals(postings=0, sum_minor=0)
    assert queries.check(writer).ok
    writer.close()


def test_readers_see_committed_batches_while_the_writer_goes_on(tmp_path: Path) -> None:
    path, records = tmp_path / "ledger.sqlite", machine_day().records
    writer = LedgerWriter(path, currency="HKD", time_zone="UTC", cutoff_minute=0, durable=True)
    with queries.asked(path) as db:
        assert not list(db.Fact.select())
        writer.store("gw-hk", 1, records[:6])
        assert not list(db.Fact.select()), "one moment for all that is asked"
    assert queries.fact_count(path) == 6
    writer.store("gw-hk", 1, records[6:])
    assert queries.check(path).ok
    writer.close()
