from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from actors.payment.messages import CashTaken, ChangePaid, PaymentAuthorised
from actors.store.messages import BasketLost, SaleCompleted
from actors.store.store import Article, Store
from actors.store.till import Till
from runtime.kernel import Kernel
from simulator.customers.rates import StoreRates
from simulator.customers.sampled import HOUR_US, baskets
from simulator.customers.till_keys import TillKeys
from simulator.devices.payment_terminal import PaymentTerminal
from simulator.devices.till import Printer
from simulator.street import DeviceFaults, Street
from tests.simulator.carry import carry

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
START = int(datetime(2024, 5, 6, 8, tzinfo=HONG_KONG).timestamp()) * 1_000_000
TILLS = ("st-01/till/1", "st-01/till/2")


class StoreNode(Kernel):
    """A kernel that keeps every fact in a list."""

    def __init__(self) -> None:
        super().__init__("st-01", now_us=START)
        self.facts: list[Any] = []

    def recorded(self, _: object, fact: object) -> None:
        self.facts.append(fact)

    def of(self, kind: type) -> list[Any]:
        return [each for each in self.facts if type(each) is kind]


def test_every_shopper_of_a_morning_is_served_by_the_real_till_and_the_devices_agree_with_its_facts() -> None:
    street, node = Street(seed=1, currency="HKD", now_us=START), StoreNode()
    articles = (
        Article(code="milk", name="Milk", price_minor=1150),
        Article(code="pears", name="Pears", price_minor=1500, weighed=True),
    )
    node.spawn("st-01", Store(articles, (("milk", 1000), ("pears", 500_000))))
    for till in TILLS:
        street.add_till(till, faults=DeviceFaults(decline_share=0.05))
        node.spawn(till, Till("st-01", "Corner", "Asia/Hong_Kong", "HKD", 100_000))
    rates = StoreRates(
        store="st-01",
        tills=TILLS,
        hourly=(60.0,) * 24,
        baskets=((("milk", 2),), (("milk", 1), ("pears", 333)), (("pears", 1001),)),
        prices=(("milk", 1150, False), ("pears", 1500, True)),
        tenders=(("code", 0.4), ("cashless", 0.3), ("cash", 0.3)),
    )
    end = START + 4 * HOUR_US
    street.feed(baskets([rates], START, end, seed=1, zone=HONG_KONG, money=street.money))
    carry(street.kernel, node, end + HOUR_US)

    actors = street.kernel.actors
    keys = [each for each in actors if isinstance(each, TillKeys)]
    sales, lost = node.of(SaleCompleted), node.of(BasketLost)
    came = sum(each.arrived for each in keys)
    assert came > 200
    assert came == sum(each.served for each in keys) == len(sales) + len(lost)
    assert {each.why for each in lost} == {"declined"}
    assert len(sales) == sum(each.receipts for each in actors if isinstance(each, Printer))
    taken = sum(each.taken_minor for each in actors if isinstance(each, PaymentTerminal))
    assert taken == sum(each.amount_minor for each in node.of(PaymentAuthorised))
    cash = sum(each.amount_minor for each in node.of(CashTaken)) - sum(
        each.amount_minor for each in node.of(ChangePaid)
    )
    assert taken + cash == sum(each.total_minor for each in sales)
    assert not any(each.reserved for each in actors if isinstance(each, PaymentTerminal))
