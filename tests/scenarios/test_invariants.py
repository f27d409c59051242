"""The observer of a run finds each broken invariant, and nothing in a day that went right."""

from __future__ import annotations

import attrs
import pytest

from actors.machine.messages import (
    LaneAssigned,
    LaneFilled,
    MachineServiced,
    VendCompleted,
    VendFailed,
    VendIntended,
)
from actors.payment.messages import CashTaken, ChangePaid, PaymentAuthorised, PaymentFlagged, PaymentRefunded
from actors.van.messages import VanReturned, VanVisited
from actors.warehouse.messages import Goods, GoodsIssued
from scenarios.invariants import Invariants, Violation
from tests.ledger.book import Journal, machine_day, store_day

MACHINE, LANE, TILL = "hk-0712", "hk-0712/lane/A3", "st-01/till/1"


def watched(*journals: Journal) -> Invariants:
    invariants = Invariants("HKD")
    for journal in journals:
        for record in journal.records:
            invariants.seen("node", record.source, record.fact())
    return invariants


def kinds(invariants: Invariants) -> list[str]:
    return [violation.invariant for violation in invariants.violations]


def paid(sale: int = 4, amount_minor: int = 850) -> PaymentAuthorised:
    return PaymentAuthorised(sale=sale, tender="code", amount_minor=amount_minor, reference="r")


def intended(sale: int = 4, unit: int = 0) -> VendIntended:
    return VendIntended(sale=sale, unit=unit, lane="A3", price_minor=850, tender="code")


def vended(sale: int = 4, unit: int = 0, level: int = 6) -> VendCompleted:
    return VendCompleted(sale=sale, unit=unit, product="tea", price_minor=850, tender="code", level=level)


def test_a_day_that_went_right_has_no_violations() -> None:
    invariants = watched(machine_day(), store_day())
    invariants.full({LANE: 7}, {MACHINE: 5000 + 3 * 850, TILL: 0})
    invariants.full({LANE: 7}, {MACHINE: 5000 + 3 * 850})
    invariants.closing()
    assert invariants.violations == []
    assert invariants.checks > 15


def test_a_level_that_the_facts_do_not_explain_is_told_at_once() -> None:
    invariants = watched(machine_day())
    invariants.seen("node", MACHINE, paid())
    invariants.seen("node", MACHINE, intended())
    invariants.seen("node", LANE, vended(level=5))
    what = "hk-0712/lane/A3: level of tea must be 6 by the book, not 5"
    assert invariants.violations == [Violation("I2", what)]


def test_a_fill_and_a_new_label_must_agree_with_the_book() -> None:
    invariants = watched(machine_day())
    invariants.seen("node", LANE, LaneFilled(visit=1, product="tea", added=3, level=10))
    invariants.seen("node", LANE, LaneAssigned(product="cola", price_minor=900, was="tea", level=10))
    assert invariants.violations == []
    invariants.seen("node", LANE, LaneAssigned(product="tea", price_minor=900, was="cola", level=9))
    assert kinds(invariants) == ["I2"]
    what = "hk-0712/lane/A3: level of cola must be 1 by the book, not 0"
    assert Violation("I2", what) in invariants.violations


@pytest.mark.parametrize(
    ("levels", "cash", "broken"),
    [
        ({LANE: 8}, {MACHINE: 7550}, "I2"),
        ({LANE: 7}, {MACHINE: 7549}, "I1"),
        ({"hk-0712/lane/B1": 1}, {}, "I2"),
    ],
)
def test_actors_that_believe_otherwise_are_found_by_the_full_check(
    levels: dict[str, int], cash: dict[str, int], broken: str
) -> None:
    invariants = watched(machine_day())
    invariants.full(levels, cash)
    assert kinds(invariants) == [broken]


def test_a_motor_that_turns_unpaid_twice_or_unasked_is_found() -> None:
    for told in ([intended()], [paid(), intended(), intended()]):
        invariants = watched(machine_day())
        for fact in told:
            invariants.seen("node", MACHINE, fact)
        assert kinds(invariants) == ["I8"]
    invariants = watched(machine_day())
    invariants.seen("node", MACHINE, paid())
    invariants.seen("node", LANE, vended())
    assert kinds(invariants) == ["I8"]


def test_a_vend_in_another_lane_than_intended_is_found() -> None:
    invariants = watched(machine_day())
    invariants.seen("node", MACHINE, paid())
    invariants.seen("node", MACHINE, intended())
    invariants.seen("node", "hk-0712/lane/A4", VendFailed(sale=4, unit=0, why="jam"))
    assert kinds(invariants) == ["I8"]


def test_a_jam_that_is_refunded_breaks_nothing() -> None:
    invariants = watched(machine_day())
    invariants.seen("node", MACHINE, paid())
    invariants.seen("node", MACHINE, intended())
    invariants.seen("node", LANE, VendFailed(sale=4, unit=0, why="jam"))
    invariants.seen("node", MACHINE, PaymentRefunded(sale=4, tender="code", amount_minor=850))
    invariants.seen("node", MACHINE, paid(5))
    invariants.closing()
    assert invariants.violations == []


def test_money_kept_from_one_sale_to_the_next_is_found_once() -> None:
    invariants = watched(machine_day())
    invariants.seen("node", MACHINE, paid(4))
    invariants.seen("node", MACHINE, paid(5))
    invariants.full({}, {})
    invariants.closing()
    what = "hk-0712 sale 4: credit must be sold, paid back or flagged, 850 is left"
    assert invariants.violations == [Violation("I3", what)]


def test_a_late_approval_that_is_reversed_breaks_nothing() -> None:
    invariants = watched(machine_day())
    invariants.seen("node", MACHINE, paid(5))
    invariants.seen("node", MACHINE, paid(4, 100))
    invariants.seen("node", MACHINE, PaymentFlagged(sale=4, tender="code", amount_minor=100, why="late"))
    invariants.closing()
    assert invariants.violations == []


def test_a_sale_that_holds_money_from_one_full_check_to_the_next_is_found() -> None:
    invariants = watched(machine_day())
    invariants.seen("node", MACHINE, paid())
    invariants.full({}, {})
    assert invariants.violations == []
    invariants.full({}, {})
    assert kinds(invariants) == ["I3"]


def test_more_paid_back_than_was_paid_in_is_found() -> None:
    invariants = watched(machine_day())
    invariants.seen("node", MACHINE, CashTaken(sale=4, amount_minor=100, held_in="tube"))
    invariants.seen("node", MACHINE, ChangePaid(sale=4, amount_minor=150))
    assert invariants.violations == [Violation("I3", "hk-0712 sale 4: credit must be >= 0, not -50")]


def test_cash_and_goods_that_were_not_there_cannot_be_handed_over() -> None:
    goods = (Goods(product="tea", units=1),)
    told: list[tuple[str, object, str]] = [
        (MACHINE, MachineServiced(visit=1, units=0, cash_minor=1), "I1"),
        ("wh-1", GoodsIssued(round=1, van="van-3", goods=goods), "I2"),
        ("van-3", VanReturned(round=1, goods=goods, cash_minor=0), "I2"),
        ("van-3", VanReturned(round=1, goods=(), cash_minor=0), ""),
        ("van-3", VanVisited(round=1, visit=1, machine=MACHINE, filled=(), cash_minor=5), ""),
    ]
    for source, fact, broken in told:
        invariants = Invariants("HKD")
        invariants.seen("node", source, fact)
        assert kinds(invariants) == ([broken] if broken else [])


def test_a_basket_sold_twice_is_found() -> None:
    journal = store_day()
    sold = journal.records[-1]
    invariants = watched(journal)
    invariants.seen("node", sold.source, sold.fact())
    assert kinds(invariants) == ["I4", "I3"]


def test_a_basket_whose_total_is_not_that_of_its_lines_is_found() -> None:
    journal = store_day()
    sale = journal.records.pop().fact()
    invariants = watched(journal)
    invariants.seen("node", "st-01", attrs.evolve(sale, total_minor=1600))
    assert kinds(invariants) == ["I1"]
