"""A data folder with some weeks of made-up trade, for reports: what is sold follows from small numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from actors.cabinet.messages import BagCounted
from actors.ledger.writer import LedgerWriter
from actors.machine.messages import (
    LaneEmptied,
    LaneFilled,
    LaneOpened,
    MachineServiced,
    SaleRefused,
    VendCompleted,
    VendFailed,
)
from actors.store.messages import SaleCompleted, SaleLine, StockOpened
from scenarios.chain import Chain
from scenarios.data_directory import LEDGER
from tests.ledger.book import SECOND_US, Journal

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
CUTOFF_MINUTE = 240
TENDERS = ("code", "cash", "cashless")


def noon_us(day: date, hour: int = 12) -> int:
    """A moment of a business day, microseconds since 1970 UTC."""
    return round(datetime(day.year, day.month, day.day, hour, tzinfo=HONG_KONG).timestamp()) * SECOND_US


def write_ledger(data: Path, chain: Chain, first: date, days: int) -> Path:
    """A ledger of the chain's machines and first store in a folder; returns its file.

    On day n machine m sells ``1 + (n + m) % 3`` tickets of its first lanes' products, the first of two units,
    by the tenders in turn. Each refuses one unit a day, and fills what it sold; every seventh day a bag is
    counted 100 short. The store sells one basket of two lines a day, one of them weighed.
    """
    data.mkdir(exist_ok=True)
    path = data / LEDGER
    writer = LedgerWriter(
        path, currency=chain.currency, time_zone=chain.time_zone, cutoff_minute=CUTOFF_MINUTE, durable=False
    )
    journals = {machine.node: Journal() for machine in chain.machines}
    shop = Journal()
    for machine in chain.machines:
        for lane in machine.lanes[:3]:
            opened = LaneOpened(
                product=lane.product, price_minor=lane.price_minor, capacity=99, par=50, level=50
            )
            journals[machine.node].write(f"{machine.id}/lane/{lane.code}", opened, noon_us(first, 6))
    if chain.stores:
        shop.write(chain.stores[0].id, StockOpened(product="bun", quantity=1000), noon_us(first, 6))
    for number in range(days):
        day = first + timedelta(days=number)
        for m, machine in enumerate(chain.machines):
            _machine_day(journals[machine.node], chain, m, number, day)
        if chain.stores:
            _store_day(shop, chain, number, day)
    batches = [(node, 1, journal.records) for node, journal in journals.items()]
    if chain.stores:
        batches.append((chain.stores[0].node, 1, shop.records))
    writer.store_many(batches)
    writer.close()
    return path


def _machine_day(journal: Journal, chain: Chain, m: int, number: int, day: date) -> None:
    machine = chain.machines[m]
    for ticket in range(1 + (number + m) % 3):
        at = noon_us(day, 8 + 4 * ticket)
        tender = TENDERS[(number + ticket) % 3]
        lane = machine.lanes[ticket]
        source = f"{machine.id}/lane/{lane.code}"
        units = 2 if ticket == 0 else 1
        sale = number * 10 + ticket + 1
        for unit in range(units):
            vend = VendCompleted(
                sale=sale, unit=unit, product=lane.product, price_minor=lane.price_minor, tender=tender,
                level=50 - unit - 1,
            )  # fmt: skip
            journal.write(source, vend, at + unit * SECOND_US)
        filled = LaneFilled(visit=number, product=lane.product, added=units, level=50)
        journal.write(source, filled, noon_us(day, 22))
    refused = SaleRefused(sale=number, lane="A1", units=1, why="sold_out" if m % 2 else "no_change")
    journal.write(machine.id, refused, noon_us(day, 13))
    if number % 7 == 6:
        lane = machine.lanes[0]
        source = f"{machine.id}/lane/{lane.code}"
        journal.write(source, VendFailed(sale=number * 10 + 9, unit=0, why="jam"), noon_us(day, 14))
        spoilt = LaneEmptied(visit=number, product=lane.product, removed=2, level=48, why="expired")
        journal.write(source, spoilt, noon_us(day, 15))
        journal.write(machine.id, MachineServiced(visit=number, units=4, cash_minor=900), noon_us(day, 15))
        counted = BagCounted(
            visit=number, expected_minor=900, counted_minor=800, metered_minor=900, before_minor=900, by="lee"
        )
        journal.write(machine.id, counted, noon_us(day, 16))


def _store_day(journal: Journal, chain: Chain, number: int, day: date) -> None:
    store = chain.stores[0]
    lines = (
        SaleLine(product="bun", quantity=2, price_minor=600, amount_minor=1200),
        SaleLine(product="plum", quantity=350, price_minor=1200, amount_minor=420),
    )
    sold = SaleCompleted(
        till=f"{store.id}/till/1", sale=number + 1, tender="cashless", lines=lines, total_minor=1620
    )
    journal.write(store.id, sold, noon_us(day, 18))
