"""Bills of a recycler are change like coins are; and coins that come while change goes out go back."""

from __future__ import annotations

import pytest

from actors.machine.states import IDLE, RETURNING
from actors.payment.messages import CashMetered, CashTaken, ChangePaid, PaymentFlagged, PayOutIntended
from hardware.contract.cash import (
    AcceptCash,
    BillHeld,
    CashCounted,
    KeepBill,
    PaidOut,
    PayOut,
    ReturnAsked,
    ReturnBill,
)
from hardware.contract.keypad import Served
from tests.actors.bench import Bench
from tests.actors.machine_bench import (
    ME,
    check,
    choose,
    coin,
    counted,
    machine,
    opened,
    pay_out,
    restart,
    served,
    turn,
)

BILL = 2000


def with_recycler(coins_minor: int = 200, bills: int = 0) -> Bench:
    """A machine that sells for 8.00, with so many coins of 1.00 and bills of 20.00 to pay out."""
    bench = opened(float_minor=coins_minor)
    bench.send(ME, told(coins_minor, bills))
    return bench


def told(coins_minor: int, bills: int, inserted_minor: int = 0, paid_minor: int = 0) -> CashCounted:
    plain = counted(coins_minor, inserted_minor, paid_minor)
    return CashCounted(
        tubes=((BILL, bills), *plain.tubes),
        values=plain.values,
        inserted_minor=inserted_minor,
        paid_minor=paid_minor,
    )


def last_payout(bench: Bench) -> PayOut:
    return bench.told_to(f"{ME}/cash", PayOut)[-1]


def test_a_bill_in_the_recycler_is_change_for_a_greater_one() -> None:
    bench = with_recycler(coins_minor=200, bills=2)
    choose(bench, "A1", tender="cash")
    bench.send(ME, BillHeld(value_minor=5000))
    assert bench.told_to(f"{ME}/cash", KeepBill) == [KeepBill()]
    bench.send(ME, coin(5000, "stacker"))
    turn(bench)
    assert last_payout(bench) == PayOut(sale=1, amount_minor=4200, pieces=((BILL, 2), (100, 2)))
    bench.send(ME, PaidOut(sale=1, amount_minor=4200, pieces=((BILL, 2), (100, 2))))
    assert machine(bench).books.tubes_minor == 0
    check(bench)


def test_without_bills_to_pay_out_the_greater_one_is_not_taken() -> None:
    bench = with_recycler(coins_minor=200, bills=1)
    choose(bench, "A1", tender="cash")
    assert 5000 not in bench.told_to(f"{ME}/cash", AcceptCash)[-1].values
    bench.send(ME, BillHeld(value_minor=5000))
    assert bench.told_to(f"{ME}/cash", ReturnBill) == [ReturnBill()]


@pytest.mark.parametrize(("held_in", "bills"), [("recycler", 1), ("stacker", 0)])
def test_only_bills_in_the_recycler_can_be_paid_out_again(held_in: str, bills: int) -> None:
    bench = with_recycler(coins_minor=1200)
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(BILL, held_in))
    turn(bench)
    pay_out(bench)
    assert machine(bench).books.tubes[BILL] == bills
    check(bench)


def test_a_jam_gives_the_bill_itself_back() -> None:
    bench = with_recycler(coins_minor=1200)
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(BILL, "recycler"))
    turn(bench, "no_drop")
    assert last_payout(bench).pieces == ((BILL, 1),)
    pay_out(bench)
    assert bench.facts_of(ChangePaid)[-1].amount_minor == BILL
    check(bench)


def test_bills_paid_before_a_power_cut_are_found_by_the_count() -> None:
    bench = with_recycler(coins_minor=200, bills=2)
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(5000, "stacker"))
    turn(bench)
    restart(bench, cash=told(200, 0, inserted_minor=5000, paid_minor=2 * BILL))
    assert [paid.amount_minor for paid in bench.facts_of(ChangePaid)] == [2 * BILL]
    assert last_payout(bench).amount_minor == 200
    pay_out(bench)
    assert bench.facts_of(CashMetered)[-1].tubes[0] == (BILL, 0)
    check(bench)


# Coins that come while change goes out


def test_a_coin_that_comes_while_change_goes_out_goes_back_under_a_number_of_its_own() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000))
    turn(bench)
    bench.send(ME, coin(500))
    bench.send(ME, PaidOut(sale=1, amount_minor=200))
    assert machine(bench).state == RETURNING
    assert last_payout(bench) == PayOut(sale=2, amount_minor=500, pieces=((500, 1),))
    assert bench.facts_of(PayOutIntended)[-1] == PayOutIntended(sale=1, amount_minor=500, number=2)
    bench.send(ME, PaidOut(sale=2, amount_minor=500))
    assert bench.facts_of(PaymentFlagged) == []
    assert served(bench) == [Served(customer=7, vended=1, refused=0)]
    choose(bench, "A1", tender="cash", customer=8)
    bench.send(ME, coin(500))
    assert bench.facts_of(CashTaken)[-1].sale == 3, "the number of the second pay-out is spent"
    bench.send(ME, ReturnAsked())
    pay_out(bench)
    check(bench)


def test_change_that_the_tubes_lack_is_flagged_and_the_coin_goes_back() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000))
    turn(bench)
    bench.send(ME, coin(500))
    bench.send(ME, PaidOut(sale=1, amount_minor=50))
    bench.send(ME, PaidOut(sale=2, amount_minor=500))
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="cash", amount_minor=150, why="no_change")
    ]
    check(bench)


def test_a_coin_that_does_not_come_out_again_is_flagged_and_the_sale_ends() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000))
    turn(bench)
    bench.send(ME, coin(500, "cash_box"), PaidOut(sale=1, amount_minor=200))
    bench.send(ME, PaidOut(sale=2, amount_minor=0))
    assert machine(bench).state == IDLE
    assert [flagged.amount_minor for flagged in bench.facts_of(PaymentFlagged)] == [500]
    check(bench)


def test_a_power_cut_in_the_second_pay_out_uses_no_number_again() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000))
    turn(bench)
    bench.send(ME, coin(500), PaidOut(sale=1, amount_minor=200))
    restart(bench)
    assert last_payout(bench) == PayOut(sale=3, amount_minor=500, pieces=((500, 1),))
    pay_out(bench)
    assert [paid.amount_minor for paid in bench.facts_of(ChangePaid)] == [200, 500]
    check(bench)
