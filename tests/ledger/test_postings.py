"""The postings table: complete, and in balance whatever happens."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter

import pytest
from hypothesis import given

import actors
import runtime.command
import runtime.health
import runtime.quarantine
from actors.ledger.postings import RULES, postings
from actors.machine.messages import LaneAssigned, LaneFilled, Load, MachineServiced, VendCompleted
from actors.payment.messages import CashTaken, FloatSet, PaymentFlagged
from actors.store.messages import SaleCompleted, SaleLine
from actors.van.messages import VanLoaded, VanReturned, VanVisited
from actors.warehouse.messages import Goods, GoodsIssued, GoodsReturned
from runtime.message import REGISTRY, wire_of
from tests.ledger.book import FACTS, SOURCES


def fact_classes() -> list[type]:
    for module in pkgutil.walk_packages(actors.__path__, "actors."):
        if module.name.endswith(".messages"):
            importlib.import_module(module.name)
    ours = ("actors.", runtime.command.__name__, runtime.health.__name__, runtime.quarantine.__name__)
    return [c for c in REGISTRY.values() if wire_of(c).kind == "fact" and c.__module__.startswith(ours)]


def test_every_fact_class_has_postings_or_is_said_to_move_nothing() -> None:
    assert {c.__name__ for c in fact_classes()} == {c.__name__ for c in RULES}


@given(SOURCES, FACTS)
def test_whatever_the_fact_its_lines_sum_to_zero_in_every_commodity(source: str, fact: object) -> None:
    sums: Counter[str] = Counter()
    for _, commodity, amount in postings(source, fact, "HKD"):
        sums[commodity] += amount
    assert not any(sums.values())


def test_a_vend_turns_credit_into_sales_and_takes_a_unit_from_its_lane() -> None:
    vend = VendCompleted(sale=1, unit=0, product="tea", price_minor=850, tender="code", level=4)
    assert set(postings("hk-0712/lane/A3", vend, "HKD")) == {
        ("credit:hk-0712", "HKD", 850),
        ("sales:hk-0712", "HKD", -850),
        ("stock:hk-0712/lane/A3", "product:tea", -1),
        ("sold", "product:tea", 1),
    }


def test_a_basket_turns_the_tills_credit_into_sales_of_the_store() -> None:
    line = SaleLine(product="bun", quantity=2, price_minor=600, amount_minor=1200)
    sale = SaleCompleted(till="st-01/till/1", sale=1, tender="cash", lines=(line, line), total_minor=2400)
    found = Counter(tuple(line) for line in postings("st-01", sale, "HKD"))
    assert found[("credit:st-01/till/1", "HKD", 2400)] == 1
    assert found[("stock:st-01", "product:bun", -2)] == 2


def test_cash_that_came_in_belongs_to_the_customer_until_the_sale() -> None:
    taken = CashTaken(sale=1, amount_minor=1000, held_in="tube")
    assert set(postings("hk-0712", taken, "HKD")) == {
        ("cash:hk-0712", "HKD", 1000),
        ("credit:hk-0712", "HKD", -1000),
    }


def test_flagged_money_leaves_the_credit_for_suspense() -> None:
    flagged = PaymentFlagged(sale=1, tender="cash", amount_minor=150, why="tubes empty")
    assert set(postings("hk-0712", flagged, "HKD")) == {
        ("credit:hk-0712", "HKD", 150),
        ("suspense:hk-0712", "HKD", -150),
    }


def test_a_new_label_moves_the_units_from_the_old_product_to_the_new() -> None:
    renamed = LaneAssigned(product="cola", price_minor=900, was="tea", level=3)
    repriced = LaneAssigned(product="tea", price_minor=900, was="tea", level=3)
    assert set(postings("hk-0712/lane/A3", renamed, "HKD")) == {
        ("stock:hk-0712/lane/A3", "product:tea", -3),
        ("relabelled", "product:tea", 3),
        ("relabelled", "product:cola", -3),
        ("stock:hk-0712/lane/A3", "product:cola", 3),
    }
    assert postings("hk-0712/lane/A3", repriced, "HKD") == ()


def test_goods_and_cash_of_a_whole_round_leave_nothing_in_transit() -> None:
    two, one = (Goods(product="tea", units=2),), (Goods(product="tea", units=1),)
    filled = (Load(lane="A3", product="tea", units=1),)
    told: list[tuple[str, object]] = [
        ("hk-0712", FloatSet(amount_minor=500)),
        ("wh-1", GoodsIssued(round=1, van="van-3", goods=two)),
        ("van-3", VanLoaded(round=1, goods=two)),
        ("hk-0712/lane/A3", LaneFilled(visit=1, product="tea", added=1, level=1)),
        ("hk-0712", MachineServiced(visit=1, units=1, cash_minor=500)),
        ("van-3", VanVisited(round=1, visit=1, machine="hk-0712", filled=filled, cash_minor=500)),
        ("van-3", VanReturned(round=1, goods=one, cash_minor=500)),
        ("wh-1", GoodsReturned(round=1, van="van-3", goods=one, cash_minor=500)),
    ]
    balances: Counter[str] = Counter()
    for source, fact in told:
        for account, _, amount in postings(source, fact, "HKD"):
            balances[account] += amount
    assert {account: amount for account, amount in balances.items() if amount} == {
        "opening": -500,
        "bank": 500,
        "stock:wh-1": -1,
        "stock:hk-0712/lane/A3": 1,
    }


@pytest.mark.parametrize("fact", [FloatSet(amount_minor=0), MachineServiced(visit=1, units=4, cash_minor=0)])
def test_nothing_moved_posts_nothing(fact: object) -> None:
    assert postings("hk-0712", fact, "HKD") == ()
