"""A till takes a basket from the first scan to the receipt, and honours every payment whatever happens."""

from __future__ import annotations

import pytest

from actors.payment.messages import CashTaken, ChangePaid, FloatSet, PaymentAuthorised, PaymentFlagged
from actors.store.limits import RETRY_PRINT_SECONDS, TENDER_SECONDS
from actors.store.messages import BasketLost, CommitSale, ReceiptPrinted, SaleCompleted
from actors.store.receipt import COLUMNS, WORDS, amount_of, width
from actors.store.store import Article, Store
from actors.store.till import Till
from hardware.contract.keypad import Served
from hardware.contract.payment import Authorise, Authorised, Declined, Settle
from hardware.contract.till import OpenDrawer, PaperOut, Printed, PrintReceipt, Scanned, TenderChosen
from runtime.health import GoOn, Hold
from tests.actors.bench import Bench

TILL = "st-01/till/1"
ARTICLES = (
    Article(code="bun", name="Pineapple bun 菠蘿包", price_minor=850),
    Article(code="pear", name="Pear 梨", price_minor=2999, weighed=True),
)
START_US = 1_700_000_000_000_000


def opened(language: str = "en+zh-CN") -> Bench:
    bench = Bench(START_US)
    bench.spawn("st-01", Store(articles=ARTICLES, stock=(("bun", 100), ("pear", 50_000))))
    till = Till(
        store="st-01",
        shop="Harbour Bakery 海港餅店",
        zone="Asia/Hong_Kong",
        currency="HKD",
        float_minor=50_000,
        language=language,
    )
    bench.spawn(TILL, till)
    bench.run(START_US)
    return bench


def scan(code: str, quantity: int = 1) -> Scanned:
    return Scanned(code=code, quantity=quantity)


def tender(kind: str, given_minor: int = 0, customer: int = 7) -> TenderChosen:
    return TenderChosen(customer=customer, tender=kind, given_minor=given_minor)


def credit_minor(bench: Bench) -> int:
    """What the till's facts say is still held for customers; 0 after every sale (I3)."""
    credit = 0
    for _, fact in bench.facts:
        match fact:
            case CashTaken() | PaymentAuthorised():
                credit += fact.amount_minor
            case ChangePaid() | PaymentFlagged():
                credit -= fact.amount_minor
            case SaleCompleted():
                credit -= fact.total_minor
    return credit


def test_cash_above_the_total_gives_change_a_drawer_a_sale_and_a_receipt() -> None:
    bench = opened()
    bench.send(TILL, scan("bun", 2), scan("pear", 350), tender("cash", 5000))
    total = 2 * 850 + 1050
    assert [f.amount_minor for f in bench.facts_of(CashTaken)] == [5000]
    assert [f.amount_minor for f in bench.facts_of(ChangePaid)] == [5000 - total]
    (sale,) = bench.facts_of(SaleCompleted)
    assert (sale.till, sale.sale, sale.tender, sale.total_minor) == (TILL, 1, "cash", total)
    assert bench.told_to(f"{TILL}/drawer", OpenDrawer) == [OpenDrawer(sale=1)]
    assert bench.told_to(f"{TILL}/keys", Served) == [Served(customer=7, vended=2, refused=0)]
    (job,) = bench.told_to(f"{TILL}/printer", PrintReceipt)
    for part in (
        "海港餅店",
        "Pineapple bun",
        "2 x 8.50",
        "0.350 kg x 29.99/kg",
        "HKD 27.50",
        "22.50",
        f"{TILL} 1",
    ):
        assert part in job.text
    assert "2023-11-15 06:13" in job.text
    assert all(width(line) <= COLUMNS for line in job.text.splitlines())
    assert credit_minor(bench) == 0


def test_the_drawer_holds_its_float_and_what_cash_sales_brought() -> None:
    bench = opened()
    bench.send(TILL, scan("bun", 2), tender("cash", 5000))
    till = bench.actors[bench.reach(TILL)]
    assert till.cash_minor == 50_000 + 1700


def test_the_float_is_put_in_once() -> None:
    bench = opened()
    bench.power_cut()
    bench.run(START_US)
    assert bench.facts_of(FloatSet) == [FloatSet(amount_minor=50_000)]


@pytest.mark.parametrize(
    ("price_minor", "grams", "amount_minor"),
    [(2999, 350, 1050), (1000, 1, 1), (499, 1, 0), (500, 1, 1), (1, 499, 0)],
)
def test_weighed_goods_round_half_up(price_minor: int, grams: int, amount_minor: int) -> None:
    assert amount_of(price_minor, grams, weighed=True) == amount_minor


def test_an_unknown_code_or_an_absurd_quantity_is_refused_and_the_basket_goes_on() -> None:
    bench = opened()
    bench.send(TILL, scan("xyz"), scan("bun"), scan("bun", 0), scan("bun", 10**9), tender("cash", 850))
    assert [f.total_minor for f in bench.facts_of(SaleCompleted)] == [850]
    assert bench.facts_of(ChangePaid) == []
    assert bench.told_to(f"{TILL}/keys", Served) == [
        Served(customer=7, vended=1, refused=3, why="unknown_code")
    ]


def test_a_basket_of_nothing_but_unknown_codes_is_lost() -> None:
    bench = opened()
    bench.send(TILL, scan("xyz"), tender("cash", 850))
    assert bench.facts_of(BasketLost) == [BasketLost(sale=1, lines=1, why="unknown_code")]


def test_too_little_cash_loses_the_basket_and_takes_nothing() -> None:
    bench = opened()
    bench.send(TILL, scan("bun"), tender("cash", 800))
    assert bench.facts_of(BasketLost) == [BasketLost(sale=1, lines=1, why="other")]
    assert bench.facts_of(CashTaken) == []


def test_an_authorised_card_is_settled_for_the_total() -> None:
    bench = opened()
    bench.send(TILL, scan("bun", 3), tender("cashless"), tender("cashless"))
    assert bench.told_to(f"{TILL}/terminal", Authorise) == [Authorise(sale=1, amount_minor=2550)]
    answer = Authorised(sale=1, amount_minor=2550, reference="r-1")
    bench.send(TILL, answer, answer)
    assert [f.tender for f in bench.facts_of(SaleCompleted)] == ["cashless"]
    assert bench.told_to(f"{TILL}/terminal", Settle) == [Settle(sale=1, amount_minor=2550, reference="r-1")]
    assert credit_minor(bench) == 0


def test_a_declined_code_loses_the_basket_and_the_next_customer_has_the_next_number() -> None:
    bench = opened()
    bench.send(TILL, scan("bun"), tender("code"))
    bench.send(TILL, Declined(sale=1, why="declined"))
    assert bench.facts_of(BasketLost) == [BasketLost(sale=1, lines=1, why="declined")]
    assert bench.told_to(f"{TILL}/keys", Served) == [Served(customer=7, vended=0, refused=1, why="declined")]
    bench.send(TILL, scan("bun"), tender("cash", 850, customer=8))
    assert [f.sale for f in bench.facts_of(SaleCompleted)] == [2]


def test_an_approval_after_the_timeout_is_let_go() -> None:
    bench = opened()
    bench.send(TILL, scan("bun"), tender("code"))
    bench.wait(TENDER_SECONDS)
    assert [f.why for f in bench.facts_of(BasketLost)] == ["other"]
    bench.send(TILL, Authorised(sale=1, amount_minor=850, reference="late"))
    assert bench.told_to(f"{TILL}/code", Settle)[-1] == Settle(sale=1, amount_minor=0, reference="late")
    assert bench.facts_of(PaymentAuthorised) == []


def test_a_partial_approval_is_no_payment() -> None:
    bench = opened()
    bench.send(TILL, scan("bun"), tender("cashless"))
    bench.send(TILL, Authorised(sale=1, amount_minor=100, reference="part"))
    assert [f.why for f in bench.facts_of(BasketLost)] == ["declined"]
    assert bench.told_to(f"{TILL}/terminal", Settle) == [Settle(sale=1, amount_minor=0, reference="part")]


def cut_before_the_store_commits(bench: Bench) -> None:
    """Handle messages up to the one that would commit the sale, then cut the power."""
    while not any(isinstance(message, CommitSale) for _, message in bench.ready):
        bench.drain(1)
    bench.power_cut()
    bench.run(bench.now)


def test_money_held_and_not_committed_before_a_power_cut_is_flagged() -> None:
    bench = opened()
    for message in (scan("bun"), tender("cash", 1000)):
        bench.receive(bench.reach(TILL), message)
    cut_before_the_store_commits(bench)
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="cash", amount_minor=850, why="restart")
    ]
    assert credit_minor(bench) == 0
    bench.send(TILL, scan("bun"), tender("cash", 850))
    assert [f.sale for f in bench.facts_of(SaleCompleted)] == [2]
    assert credit_minor(bench) == 0


def test_after_a_power_cut_the_terminal_is_told_again_what_to_take() -> None:
    bench = opened()
    bench.send(TILL, scan("bun"), tender("cashless"))
    bench.send(TILL, Authorised(sale=1, amount_minor=850, reference="r-1"))
    bench.power_cut()
    bench.run(bench.now)
    taken = Settle(sale=1, amount_minor=850, reference="r-1")
    assert bench.told_to(f"{TILL}/terminal", Settle)[-1] == taken
    assert bench.facts_of(PaymentFlagged) == []


def test_a_sale_committed_just_before_a_power_cut_is_finished_and_not_flagged() -> None:
    bench = opened()
    bench.send(TILL, scan("bun"), tender("cashless"))
    bench.receive(bench.reach(TILL), Authorised(sale=1, amount_minor=850, reference="r-1"))
    while not bench.facts_of(SaleCompleted):
        bench.drain(1)
    bench.power_cut()
    bench.run(bench.now)
    assert bench.facts_of(PaymentFlagged) == []
    assert bench.told_to(f"{TILL}/terminal", Settle) == [Settle(sale=1, amount_minor=850, reference="r-1")]
    assert [job.job for job in bench.told_to(f"{TILL}/printer", PrintReceipt)] == [1]
    assert credit_minor(bench) == 0


def test_a_payment_asked_for_before_a_power_cut_is_let_go_even_if_it_comes_later() -> None:
    bench = opened()
    bench.send(TILL, scan("bun"), tender("code"))
    bench.power_cut()
    bench.run(bench.now)
    bench.send(TILL, Authorised(sale=1, amount_minor=850, reference="late"))
    assert [f.sale for f in bench.facts_of(BasketLost)] == [1]
    assert [s.amount_minor for s in bench.told_to(f"{TILL}/code", Settle)] == [0, 0]
    assert credit_minor(bench) == 0


def test_a_receipt_without_paper_is_repeated_under_its_number_until_it_is_out() -> None:
    bench = opened()
    bench.send(TILL, scan("bun"), tender("cash", 850))
    bench.send(TILL, PaperOut(job=1))
    bench.wait(RETRY_PRINT_SECONDS)
    assert [job.job for job in bench.told_to(f"{TILL}/printer", PrintReceipt)] == [1, 1]
    bench.power_cut()
    bench.run(bench.now)
    assert [job.job for job in bench.told_to(f"{TILL}/printer", PrintReceipt)] == [1]
    bench.send(TILL, Printed(job=1), Printed(job=1))
    assert bench.facts_of(ReceiptPrinted) == [ReceiptPrinted(sale=1)]
    bench.power_cut()
    bench.run(bench.now)
    assert bench.told_to(f"{TILL}/printer", PrintReceipt) == []


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_receipt_fits_its_paper_in_every_language(language: str) -> None:
    bench = opened(language)
    bench.send(TILL, scan("bun"), tender("cash", 1000))
    (job,) = bench.told_to(f"{TILL}/printer", PrintReceipt)
    assert all(width(line) <= COLUMNS for line in job.text.splitlines())
    assert WORDS[language].total in job.text


def test_a_basket_begun_before_the_disk_was_full_is_finished_and_the_next_customers_are_turned_away() -> None:
    bench = opened()
    bench.send(TILL, scan("bun"), Hold(why="disk full"), scan("bun"), tender("cash", 1700))
    assert [sale.total_minor for sale in bench.facts_of(SaleCompleted)] == [1700]
    bench.send(TILL, scan("bun"), scan("pear", 350), tender("cash", 5000, customer=8))
    assert [(lost.lines, lost.why) for lost in bench.facts_of(BasketLost)] == [(2, "other")]
    assert bench.told_to(f"{TILL}/keys", Served)[-1] == Served(customer=8, vended=0, refused=2, why="other")
    bench.send(TILL, scan("bun"), GoOn(), scan("bun"), tender("cash", 1700, customer=9))
    assert len(bench.facts_of(SaleCompleted)) == 1
    assert bench.told_to(f"{TILL}/keys", Served)[-1] == Served(customer=9, vended=0, refused=2, why="other")
    bench.send(TILL, scan("bun"), tender("cash", 850, customer=10))
    assert [sale.total_minor for sale in bench.facts_of(SaleCompleted)] == [1700, 850]
    assert credit_minor(bench) == 0


def test_a_card_that_was_asked_for_when_the_disk_became_full_still_pays() -> None:
    bench = opened()
    bench.send(TILL, scan("bun"), tender("cashless"), Hold(why="disk full"))
    (ask,) = bench.told_to(f"{TILL}/terminal", Authorise)
    bench.send(TILL, Authorised(sale=ask.sale, amount_minor=850, reference="r1"))
    assert [sale.total_minor for sale in bench.facts_of(SaleCompleted)] == [850]
    assert bench.told_to(f"{TILL}/terminal", Settle) == [Settle(sale=1, amount_minor=850, reference="r1")]
