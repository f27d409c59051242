"""A small day of facts, chained as a node chains them, and strategies for any fact there is."""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import strategies as st

from actors.cabinet.messages import PlannedLane
from actors.ledger.postings import RULES
from actors.machine.messages import LaneOpened, Load, VendCompleted, VendIntended
from actors.payment.messages import CashTaken, ChangePaid, FloatSet, PaymentAuthorised
from actors.store.messages import SaleCompleted, SaleLine, StockOpened
from actors.warehouse.messages import Goods, Stop
from runtime import wire
from runtime.wire import CHAIN_START, FactRecord, chained, fact_bytes

NOON_US = 1_654_056_000_000_000
"""2022-06-01 12:00 in Hong Kong."""

SECOND_US = 1_000_000


class Journal:
    """What one node wrote, ready to be sent."""

    def __init__(self, epoch: int = 1) -> None:
        self.epoch = epoch
        self.records: list[FactRecord] = []

    def write(self, source: str, fact: object, at_us: int = NOON_US) -> FactRecord:
        """Number, encode and chain a fact."""
        seq = len(self.records) + 1
        body = wire.encode(fact)
        before = self.records[-1].chain if self.records else CHAIN_START
        record = FactRecord(seq, source, at_us, body, chained(before, fact_bytes(seq, source, at_us, body)))
        self.records.append(record)
        return record


def continued(records: list[FactRecord], chain: bytes) -> list[FactRecord]:
    """The same facts after others, whose last has this chain hash: written by today's code after an older."""
    following = []
    for record in records:
        chain = chained(chain, record.wire_bytes())
        following.append(attrs.evolve(record, chain=chain))
    return following


def machine_day(sales: int = 3) -> Journal:
    """One machine, one lane of 10 at 8.50; cash sales of one unit with 1.50 change."""
    journal = Journal()
    lane = "hk-0712/lane/A3"
    opened = LaneOpened(product="tea", price_minor=850, capacity=10, par=10, level=10)
    journal.write(lane, opened)
    journal.write("hk-0712", FloatSet(amount_minor=5000))
    for sale in range(1, sales + 1):
        at = NOON_US + sale * SECOND_US
        vend = VendCompleted(
            sale=sale, unit=0, product="tea", price_minor=850, tender="cash", level=10 - sale
        )
        journal.write("hk-0712", CashTaken(sale=sale, amount_minor=1000, held_in="tube"), at)
        journal.write(
            "hk-0712", VendIntended(sale=sale, unit=0, lane="A3", price_minor=850, tender="cash"), at
        )
        journal.write(lane, vend, at)
        journal.write("hk-0712", ChangePaid(sale=sale, amount_minor=150), at)
    return journal


def store_day() -> Journal:
    """One store that sells two buns at 6.00 and 350 g of plums at 12.00 a kilogram, by card."""
    journal = Journal()
    journal.write("st-01", StockOpened(product="bun", quantity=20))
    journal.write("st-01", StockOpened(product="plum", quantity=5000))
    lines = (
        SaleLine(product="bun", quantity=2, price_minor=600, amount_minor=1200),
        SaleLine(product="plum", quantity=350, price_minor=1200, amount_minor=420),
    )
    paid = PaymentAuthorised(sale=1, tender="cashless", amount_minor=1620, reference="r1")
    journal.write("st-01/till/1", paid)
    sold = SaleCompleted(till="st-01/till/1", sale=1, tender="cashless", lines=lines, total_minor=1620)
    journal.write("st-01", sold)
    return journal


NAMES = st.sampled_from(["tea", "cola", "hk-0712", "hk-0712/lane/A3", "van-3", "cash", "code", "A3"])
SOURCES = st.sampled_from(["hk-0712/lane/A3", "hk-0712", "st-01", "st-01/till/1", "wh-1", "van-3"])
AMOUNTS = st.integers(0, 100_000)
PARTS: dict[str, type] = {
    "Goods": Goods,
    "Load": Load,
    "PlannedLane": PlannedLane,
    "SaleLine": SaleLine,
    "Stop": Stop,
}


def any_message(message_type: type) -> st.SearchStrategy[Any]:
    """Any message of a class, its fields filled by their types."""
    return st.builds(message_type, **{a.name: _field(str(a.type)) for a in attrs.fields(message_type)})


def _field(kind: str) -> st.SearchStrategy[Any]:
    for name, part in PARTS.items():
        if kind == f"tuple[{name}, ...]":
            return st.lists(any_message(part), max_size=3).map(tuple)
    pieces = st.lists(st.tuples(AMOUNTS, st.integers(0, 99)), max_size=3).map(tuple)
    return {
        "bool": st.booleans(),
        "Pieces": pieces,
        "tuple[tuple[int, int], ...]": pieces,
        "tuple[str, ...]": st.lists(NAMES, max_size=3).map(tuple),
        "int": AMOUNTS,
        "<class 'int'>": AMOUNTS,
        "str": NAMES,
        "<class 'str'>": NAMES,
        "bytes": st.binary(max_size=8),
    }[kind]


FACTS = st.one_of([any_message(fact_type) for fact_type in RULES])
"""Any fact that the ledger knows."""
