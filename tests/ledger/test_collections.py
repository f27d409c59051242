"""Cash bags and machines' figures, asked of a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from actors.cabinet.messages import BagCounted, CashCollected
from actors.ledger import audit_books, cash_bags, queries
from actors.ledger.audit_books import LaneBooks, machine_books
from actors.ledger.writer import LedgerWriter
from actors.machine.messages import LaneAssigned, MachineServiced, VendCompleted, VendIntended
from actors.van.messages import VanVisited
from tests.ledger.book import NOON_US, SECOND_US, Journal, machine_day

DAY_US = 86_400 * SECOND_US
FIRST, SECOND = date(2022, 6, 1), date(2022, 6, 2)


def collected(visit: int, sold_minor: int, metered_minor: int) -> CashCollected:
    return CashCollected(
        visit=visit,
        sold_minor=sold_minor,
        metered_minor=metered_minor,
        inserted_minor=-1,
        paid_minor=-1,
        tubes_minor=-1,
    )


def counted(visit: int, expected: int, found: int, metered: int, before: int, by: str = "ann") -> BagCounted:
    return BagCounted(
        visit=visit,
        expected_minor=expected,
        counted_minor=found,
        metered_minor=metered,
        before_minor=before,
        by=by,
    )


def bag_days() -> tuple[Journal, Journal]:
    """Three bags of two machines on two days; one counted twice, one not at all."""
    gateway, depot = Journal(), Journal()
    for machine, visit, sold, metered, days in (
        ("hk-0712", 7, 5000, 5000, 0),
        ("hk-0713", 8, 3000, -1, 0),
        ("hk-0712", 9, 2000, 1900, 1),
    ):
        at = NOON_US + days * DAY_US
        gateway.write(machine, MachineServiced(visit=visit, units=0, cash_minor=sold), at)
        gateway.write(machine, collected(visit, sold, metered), at)
        visited = VanVisited(round=days + 1, visit=visit, machine=machine, filled=(), cash_minor=sold)
        depot.write(f"van-{days + 1}", visited, at)
    late = NOON_US + 3 * DAY_US
    gateway.write("hk-0712", counted(7, 5000, 4900, 5000, before=5000), late)
    gateway.write("hk-0712", counted(7, 5000, 5010, 5000, before=4900, by="bob"), late)
    gateway.write("hk-0713", counted(8, 3000, 2950, -1, before=3000), late)
    return gateway, depot


@pytest.fixture(params=["memory", "file"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LedgerWriter]:
    path = None if request.param == "memory" else tmp_path / "ledger.sqlite"
    writer = LedgerWriter(path, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240, durable=False)
    gateway, depot = bag_days()
    writer.store_many([("gw-1", 1, gateway.records), ("wh-1", 1, depot.records)])
    yield writer
    writer.close()


def test_each_bag_has_its_three_measures_and_its_route(ledger: LedgerWriter) -> None:
    first, other, uncounted = cash_bags.bags(ledger)
    assert (first.machine, first.visit, first.day, first.van, first.round) == (
        "hk-0712",
        7,
        FIRST,
        "van-1",
        1,
    )
    assert (first.sold_minor, first.metered_minor, first.counted_minor) == (5000, 5000, 5010)
    assert (other.sold_minor, other.metered_minor, other.counted_minor) == (3000, None, 2950)
    assert (other.over_short_minor, other.metered_over_short_minor) == (-50, None)
    assert (uncounted.day, uncounted.counted_minor, uncounted.over_short_minor) == (SECOND, None, None)
    assert uncounted.metered_over_short_minor == -100


def test_of_two_counts_the_last_holds(ledger: LedgerWriter) -> None:
    bag = cash_bags.bags(ledger)[0]
    assert (bag.counted_minor, bag.by, bag.over_short_minor) == (5010, "bob", 10)


def test_bags_of_some_days_are_those_taken_then_however_late_they_are_counted(ledger: LedgerWriter) -> None:
    assert [bag.visit for bag in cash_bags.bags(ledger, last_day=FIRST)] == [7, 8]
    assert [bag.visit for bag in cash_bags.bags(ledger, first_day=SECOND)] == [9]
    assert cash_bags.bags(ledger, first_day=date(2022, 6, 3)) == []
    assert cash_bags.bags(ledger, last_day=FIRST)[1].counted_minor == 2950


def test_bags_add_up_by_machine_by_route_and_by_day(ledger: LedgerWriter) -> None:
    found = cash_bags.bags(ledger)
    by_machine = cash_bags.totals(found, "machine")
    assert [(t.key, t.bags, t.counted_bags, t.over_short_minor) for t in by_machine] == [
        ("hk-0712", 2, 1, 10),
        ("hk-0713", 1, 1, -50),
    ]
    assert [(t.key, t.sold_minor, t.counted_minor) for t in cash_bags.totals(found, "route")] == [
        ("van-1", 8000, 7960),
        ("van-2", 2000, 0),
    ]
    assert [(t.key, t.metered_minor) for t in cash_bags.totals(found, "day")] == [
        ("2022-06-01", 5000),
        ("2022-06-02", 1900),
    ]
    with pytest.raises(ValueError, match="by must be one of machine, route, day, not 'colour'"):
        cash_bags.totals(found, "colour")


def test_over_and_short_are_those_of_the_books(ledger: LedgerWriter) -> None:
    by_machine = {t.key: t.over_short_minor for t in cash_bags.totals(cash_bags.bags(ledger), "machine")}
    booked = queries.balances(ledger, "over_short:")
    assert by_machine == {account[len("over_short:") :]: -amount for (account, _), amount in booked.items()}


@pytest.fixture
def sold() -> Iterator[LedgerWriter]:
    writer = LedgerWriter(None, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240, durable=False)
    journal = machine_day()
    lane, late = "hk-0712/lane/A3", NOON_US + 60 * SECOND_US
    journal.write(lane, LaneAssigned(product="tea", price_minor=900, was="tea", level=7), late)
    journal.write(
        "hk-0712",
        VendIntended(sale=6, unit=0, lane="A3", price_minor=900, tender="mixed", cash_minor=300),
        late,
    )
    for sale, tender, price in ((4, "cashless", 900), (5, "test", 0), (6, "mixed", 900)):
        vend = VendCompleted(sale=sale, unit=0, product="tea", price_minor=price, tender=tender, level=1)
        journal.write(lane, vend, late + sale * SECOND_US)
    journal.write(
        "hk-0712b/lane/A3",
        VendCompleted(sale=1, unit=0, product="tea", price_minor=1, tender="cash", level=1),
        late,
    )
    writer.store("gw-1", 1, journal.records)
    yield writer
    writer.close()


def test_a_machines_books_are_in_the_figures_of_its_audit(sold: LedgerWriter) -> None:
    books = machine_books(sold, "hk-0712")
    assert (books.paid_units, books.paid_minor) == (5, 3 * 850 + 2 * 900)
    assert books.by_tender == {"cash": (3, 2550 + 300), "cashless": (1, 900), "mixed": (1, 600)}
    assert books.cash_in_minor == {"tube": 3000}
    assert books.paid_out_minor == 450
    assert books.lanes == {"A3": LaneBooks(units=5, amount_minor=4350, price_minor=900)}


def test_books_between_two_audits_count_what_happened_between(sold: LedgerWriter) -> None:
    books = machine_books(
        sold, "hk-0712", after_us=NOON_US + 1 * SECOND_US, until_us=NOON_US + 60 * SECOND_US
    )
    assert books.by_tender == {"cash": (2, 1700)}
    assert books.lanes == {"A3": LaneBooks(units=2, amount_minor=1700, price_minor=900)}
    before = machine_books(sold, "hk-0712", until_us=NOON_US + 59 * SECOND_US)
    assert before.lanes["A3"].price_minor == 850


def test_a_machine_nobody_knows_has_empty_books(sold: LedgerWriter) -> None:
    assert machine_books(sold, "hk-9999") == audit_books.MachineBooks()
