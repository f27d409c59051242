"""What reports read of the ledger: lines, sums and tallies that are always those of the facts."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from actors.cabinet.messages import BagCounted
from actors.ledger import queries, sums
from actors.ledger.report_queries import SOLD, reading
from actors.ledger.writer import LedgerWriter
from actors.machine.messages import LaneEmptied, SaleRefused, VendCompleted
from runtime.errors import ConfigError, LedgerError
from tests.ledger.book import NOON_US, SECOND_US, Journal, machine_day, store_day

DAY = date(2022, 6, 1)
DAY_US = 86_400 * SECOND_US
VERSION_1 = Path(__file__).with_name("v1.sql")


def opened(path: Path) -> LedgerWriter:
    return LedgerWriter(path, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240, durable=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def vend(journal: Journal, sale: int, unit: int, at_us: int = NOON_US, product: str = "tea") -> None:
    fact = VendCompleted(sale=sale, unit=unit, product=product, price_minor=850, tender="cash", level=5)
    journal.write("hk-0712/lane/A3", fact, at_us)


def busy_journal(vends: int) -> Journal:
    """Vends of three products over ten days and some hours."""
    journal = Journal()
    for number in range(vends):
        at_us = NOON_US + number % 10 * DAY_US + number % 4 * 3_600 * SECOND_US
        vend(journal, number // 2 + 1, number % 2, at_us, f"p{number % 3}")
    return journal


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_sums_and_the_lines_after_them_are_the_lines(
    path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(sums, "LINES_AT_ONCE", at_once)
    records, writer = busy_journal(60).records, opened(path)
    for at in range(0, 60, 11):
        writer.store("gw-hk", 1, records[: at + 11])
    writer.close()
    with closing(sqlite3.connect(path)) as db:
        lines = db.execute("SELECT business_day, product, place, hour, tender, units, ticket FROM sale_line")
        sold = lines.fetchall()
    with reading(path) as reader:
        first, last = DAY, date(2022, 6, 12)
        for by, places in (
            (("business_day", "product"), (0, 1)),
            (("hour",), (3,)),
            (("product", "place"), (1, 2)),
        ):
            told: Counter[tuple[object, ...]] = Counter()
            for line in sold:
                told[tuple(line[place] for place in places)] += line[5]
            found = reader.sold(("units",), by, first, last, {})
            assert {key: units for key, (units,) in found.items()} == told
        tickets = reader.sold(("tickets",), (), first, last, {})
        assert tickets == {(): [sum(line[6] for line in sold)]}
    assert "I4" not in {violation.invariant for violation in queries.check(path).violations}


def test_only_the_days_and_places_asked_for_count(path: Path) -> None:
    writer = opened(path)
    writer.store_many([("gw-hk", 1, machine_day().records), ("st-01", 1, store_day().records)])
    writer.close()
    with reading(path) as reader:
        assert reader.currency == "HKD"
        assert (reader.first_day(), reader.last_day()) == (DAY, DAY)
        both = reader.sold(("units", "amount_minor", "quantity"), ("place",), DAY, DAY, {})
        assert both == {("hk-0712",): [3, 2550, 3], ("st-01",): [3, 1620, 352]}
        only = {"place": ["st-01"], "tender": ["cashless"]}
        assert reader.sold(("units",), ("product",), DAY, DAY, only) == {("bun",): [2], ("plum",): [1]}
        assert reader.sold(SOLD, (), date(2022, 6, 2), date(2022, 6, 3), {}) == {}


def test_a_sale_of_several_units_or_lines_is_one_ticket(path: Path) -> None:
    journal = Journal()
    for sale, unit in ((1, 0), (1, 1), (2, 1), (2, 2), (3, 0)):  # the first unit of sale 2 did not fall
        vend(journal, sale, unit)
    writer = opened(path)
    writer.store_many([("gw-hk", 1, journal.records), ("st-01", 1, store_day().records)])
    writer.close()
    with reading(path) as reader:
        found = reader.sold(("tickets",), ("place",), DAY, DAY, {})
    assert found == {("hk-0712",): [3], ("st-01",): [1]}


def test_a_sale_that_a_restart_of_the_ledger_cuts_in_two_is_one_ticket(path: Path) -> None:
    journal = Journal()
    for unit in range(3):
        vend(journal, 8, unit)
    vend(journal, 9, 1)
    for upto in (1, 2, 4):
        writer = opened(path)
        writer.store("gw-hk", 1, journal.records[:upto])
        writer.close()
    with reading(path) as reader:
        assert reader.sold(("tickets",), (), DAY, DAY, {}) == {(): [2]}


def test_what_a_refused_batch_counted_is_forgotten(path: Path) -> None:
    journal = Journal()
    for sale in range(3):
        journal.write("hk-0712", SaleRefused(sale=sale, lane="A3", units=2, why="sold_out"))
    writer = opened(path)
    with pytest.raises(LedgerError, match="next fact must be number 2, not 3"):
        writer.store_many([("gw-hk", 1, [journal.records[0], journal.records[2]])])
    writer.store("gw-hk", 1, journal.records)
    writer.close()
    with reading(path) as reader:
        found = reader.tallied("lost", ("why", "place"), DAY, DAY, {})
    assert found == {("sold_out", "hk-0712"): [3, 6, 0]}


def test_tallies_tell_waste_over_and_short_and_moved_stock(path: Path) -> None:
    journal = machine_day(sales=2)
    lane = "hk-0712/lane/A3"
    journal.write(lane, LaneEmptied(visit=1, product="tea", removed=4, level=4, why="expired"))
    counts = {"visit": 1, "expected_minor": 900, "metered_minor": 900, "by": "lee"}
    journal.write("hk-0712", BagCounted(**counts, counted_minor=850, before_minor=900))  # type: ignore[arg-type]
    journal.write("hk-0712", BagCounted(**counts, counted_minor=910, before_minor=850))  # type: ignore[arg-type]
    gift = VendCompleted(sale=9, unit=0, product="tea", price_minor=850, tender="remote", level=3)
    journal.write(lane, gift)
    writer = opened(path)
    writer.store("gw-hk", 1, journal.records)
    writer.close()
    with reading(path) as reader:
        assert reader.tallied("spoilt", ("product", "why"), DAY, DAY, {}) == {("tea", "expired"): [1, 4, 0]}
        assert reader.tallied("over_short", (), DAY, DAY, {}) == {(): [2, 0, 10]}
        assert reader.tallied("unpaid", ("why",), DAY, DAY, {}) == {("remote",): [1, 1, 850]}
        ((moved, stock),) = reader.tallied("stock", ("place",), DAY, DAY, {}).items()
        assert (moved, stock[1]) == (("hk-0712",), 10 - 4 - 1)
        assert reader.sold(("units",), (), DAY, DAY, {}) == {(): [2]}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE sale_line SET units = 2 WHERE id = 2", "sale lines of fact 9 must be those of the fact"),
        ("DELETE FROM sale_line WHERE id = 3", "sale lines of fact 13 must be those of the fact"),
        ("INSERT INTO sale_line SELECT 99, fact, place, product, tender, units, amount_minor, business_day, "
         "hour, quantity, ticket FROM sale_line WHERE id = 3", "sale line 99 must have its fact"),
        ("UPDATE tally SET units = units + 1", "tally .* must be .* as its facts say, not"),
        ("UPDATE sold SET units = 7", "sold must be the sums of the lines up to 3"),
        ("DELETE FROM sold_hour", "sold_hour must be the sums of the lines up to 3"),
        ("UPDATE sold_product SET amount_minor = 1", "sold_product must be the sums"),
        ("UPDATE sold_day SET tickets = 1", "sold_day must be the sums"),
    ],
)  # fmt: skip
def test_the_check_finds_what_does_not_follow_from_the_facts(
    path: Path, monkeypatch: pytest.MonkeyPatch, damage: str, said: str
) -> None:
    monkeypatch.setattr(sums, "LINES_AT_ONCE", 1)
    writer = opened(path)
    writer.store("gw-hk", 1, machine_day().records)
    writer.close()
    assert queries.check(path).ok
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute(damage).rowcount >= 1
    found = queries.check(path)
    assert not found.ok
    assert [violation for violation in found.violations if re.search(said, violation.what)]


def test_a_ledger_of_version_1_gets_the_lines_and_sums_of_its_facts(tmp_path: Path) -> None:
    old, new = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    with closing(sqlite3.connect(old)) as db:
        db.executescript(VERSION_1.read_text(encoding="utf-8"))
    stored = opened(old)
    seq = stored.position("gw-hk").seq
    stored.close()
    afresh = opened(new)
    afresh.store("gw-hk", 1, machine_day().records[:seq])
    afresh.close()
    assert queries.check(old).ok
    with reading(old) as one, reading(new) as other:
        for by in (("business_day", "product"), ("hour", "place", "tender"), ()):
            assert one.sold(("units", "amount_minor"), by, DAY, DAY, {}) == other.sold(
                ("units", "amount_minor"), by, DAY, DAY, {}
            )
        assert one.tallied("stock", ("product",), DAY, DAY, {}) == other.tallied(
            "stock", ("product",), DAY, DAY, {}
        )


def test_a_report_is_of_one_moment_while_the_ledger_goes_on(path: Path) -> None:
    records, writer = busy_journal(40).records, opened(path)
    writer.store("gw-hk", 1, records[:20])
    with reading(path) as reader:
        before = reader.sold(("units",), (), DAY, date(2022, 7, 1), {})
        writer.store("gw-hk", 1, records)
        assert reader.sold(("units",), (), DAY, date(2022, 7, 1), {}) == before == {(): [20]}
    writer.close()


def test_what_is_no_ledger_is_refused_in_one_line(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.sqlite"
    garbage.write_bytes(b"not a database" * 100)
    with pytest.raises(ConfigError, match="must be a Hawker ledger that can be read"), reading(garbage):
        pass
    with (
        pytest.raises(ConfigError, match=r"none\.sqlite: ledger must be an existing file"),
        reading(tmp_path / "none.sqlite"),
    ):
        pass
