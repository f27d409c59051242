"""A store answers prices and commits each basket once."""

from __future__ import annotations

from actors.store.messages import (
    CommitSale,
    Price,
    PriceOf,
    SaleCommitted,
    SaleCompleted,
    SaleLine,
    StockOpened,
)
from actors.store.store import Article, Store
from tests.actors.bench import Bench

ARTICLES = (
    Article(code="bun", name="Pineapple bun 菠蘿包", price_minor=850),
    Article(code="pear", name="Pear 梨", price_minor=2999, weighed=True),
)
TILL = "st-01/till/1"


def opened() -> tuple[Bench, Store]:
    bench, store = Bench(), Store(articles=ARTICLES, stock=(("bun", 3), ("pear", 5000)))
    bench.spawn("st-01", store)
    bench.run(0)
    return bench, store


def basket(sale: int, units: int = 2) -> CommitSale:
    line = SaleLine(product="bun", quantity=units, price_minor=850, amount_minor=850 * units)
    return CommitSale(till=TILL, sale=sale, tender="cash", lines=(line,), total_minor=850 * units)


def test_a_store_opens_its_stock_once_whatever_restarts_come() -> None:
    bench, _ = opened()
    bench.power_cut()
    bench.run(0)
    assert [(f.product, f.quantity) for f in bench.facts_of(StockOpened)] == [("bun", 3), ("pear", 5000)]


def test_a_known_code_has_a_price_and_an_unknown_one_has_no_product() -> None:
    bench, _ = opened()
    bench.send(
        "st-01", PriceOf(till=TILL, code="pear", quantity=350), PriceOf(till=TILL, code="xyz", quantity=1)
    )
    pear, unknown = bench.told_to(TILL, Price)
    assert (pear.product, pear.price_minor, pear.quantity, pear.weighed) == ("pear", 2999, 350, True)
    assert (unknown.code, unknown.product) == ("xyz", "")


def test_the_same_sale_committed_twice_is_one_sale() -> None:
    bench, store = opened()
    bench.send("st-01", basket(1), basket(1))
    assert len(bench.facts_of(SaleCompleted)) == 1
    assert len(bench.told_to(TILL, SaleCommitted)) == 2
    assert store.levels["bun"] == 1


def test_a_sale_beyond_the_books_stands_and_stock_goes_below_zero() -> None:
    bench, store = opened()
    bench.send("st-01", basket(1, units=5))
    assert store.levels["bun"] == -2
    bench.power_cut()
    bench.send("st-01", basket(1, units=5))
    assert len(bench.facts_of(SaleCompleted)) == 1
