"""A bill recycler: bills that were kept go out again as change, and what is told of them is true."""

from __future__ import annotations

import pytest

from hardware.contract.cash import (
    AcceptCash,
    BillHeld,
    CashCounted,
    CashInserted,
    CountCash,
    KeepBill,
    PaidOut,
    PayOut,
)
from tests.hardware.contract.hands import CashHands
from tests.hardware.contract.rig import Rig

BILL = 5000


async def fill(cash: Rig[CashHands], bills: int) -> None:
    """Have so many bills kept; the entries are shut afterwards."""
    cash.order("cash", AcceptCash(on=True))
    for _ in range(bills):
        await cash.until(lambda: cash.hands.is_open(BILL))
        cash.hands.feed_bill(BILL)
        await cash.event(BillHeld)
        cash.order("cash", KeepBill())
        assert await cash.event(CashInserted) == CashInserted(value_minor=BILL, held_in="recycler")
    cash.order("cash", AcceptCash(on=False))
    await cash.until(lambda: cash.hands.is_shut(BILL))


async def counted_bills(cash: Rig[CashHands]) -> int:
    cash.taken()
    cash.order("cash", CountCash())
    return dict((await cash.event(CashCounted)).tubes)[BILL]


@pytest.mark.needs("recycler")
async def test_an_empty_recycler_stands_among_what_can_be_paid(cash: Rig[CashHands]) -> None:
    assert await counted_bills(cash) == 0


@pytest.mark.needs("recycler")
async def test_a_bill_that_was_kept_goes_out_again_with_coins(cash: Rig[CashHands]) -> None:
    await fill(cash, 2)
    assert await counted_bills(cash) == 2
    pieces = ((BILL, 1), (500, 2), (50, 1))
    cash.order("cash", PayOut(sale=1, amount_minor=6050, pieces=pieces))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=6050, pieces=pieces)
    assert (cash.hands.in_minor, cash.hands.out_minor) == (10_000, 6050)
    assert await counted_bills(cash) == 1


@pytest.mark.needs("recycler")
async def test_bills_alone_are_change_too_and_never_paid_twice(cash: Rig[CashHands]) -> None:
    await fill(cash, 2)
    order = PayOut(sale=1, amount_minor=BILL, pieces=((BILL, 1),))
    cash.order("cash", order)
    cash.order("cash", order)
    first = await cash.event(PaidOut)
    assert first == PaidOut(sale=1, amount_minor=BILL, pieces=((BILL, 1),))
    cash.taken()
    cash.order("cash", order)
    assert await cash.event(PaidOut) == first
    await cash.let_pass(5.0)
    assert cash.hands.out_minor == BILL


@pytest.mark.needs("recycler")
async def test_left_to_the_device_bills_are_part_of_the_change(cash: Rig[CashHands]) -> None:
    await fill(cash, 1)
    cash.order("cash", PayOut(sale=1, amount_minor=6350))
    paid = await cash.event(PaidOut)
    assert (paid.amount_minor, cash.hands.out_minor) == (6350, 6350)


@pytest.mark.needs("recycler")
async def test_a_recycler_that_runs_empty_says_how_much_it_paid(cash: Rig[CashHands]) -> None:
    await fill(cash, 1)
    cash.order("cash", PayOut(sale=1, amount_minor=3 * BILL + 500, pieces=((BILL, 3), (500, 1))))
    paid = await cash.event(PaidOut)
    assert paid == PaidOut(sale=1, amount_minor=5500, pieces=((BILL, 1), (500, 1)))
    assert cash.hands.out_minor == 5500


@pytest.mark.needs("recycler")
async def test_orders_one_after_the_other_are_each_paid(cash: Rig[CashHands]) -> None:
    await fill(cash, 3)
    for sale in (1, 2, 3):
        cash.order("cash", PayOut(sale=sale, amount_minor=5200, pieces=((BILL, 1), (200, 1))))
    paid = [await cash.event(PaidOut) for _ in range(3)]
    assert sorted((each.sale, each.amount_minor) for each in paid) == [(1, 5200), (2, 5200), (3, 5200)]
    assert cash.hands.out_minor == 15_600


@pytest.mark.needs("recycler")
@pytest.mark.needs("jams")
async def test_a_jammed_recycler_pays_the_coins_and_says_so(cash: Rig[CashHands]) -> None:
    await fill(cash, 1)
    cash.hands.jam_recycler()
    cash.order("cash", PayOut(sale=1, amount_minor=5500, pieces=((BILL, 1), (500, 1))))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=500, pieces=((500, 1),))
    assert cash.hands.out_minor == 500


@pytest.mark.needs("recycler")
@pytest.mark.needs("jams")
async def test_a_bill_that_goes_into_the_cash_box_instead_is_not_told_as_paid(cash: Rig[CashHands]) -> None:
    await fill(cash, 3)
    cash.hands.misfeed_next()
    cash.order("cash", PayOut(sale=1, amount_minor=2 * BILL, pieces=((BILL, 2),)))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=BILL, pieces=((BILL, 1),))
    assert cash.hands.out_minor == BILL
    assert await counted_bills(cash) == 1


@pytest.mark.needs("recycler")
@pytest.mark.needs("wire")
async def test_lost_answers_lose_and_double_no_bill(cash: Rig[CashHands]) -> None:
    await fill(cash, 6)
    for lost in range(1, 7):
        cash.order("cash", PayOut(sale=lost, amount_minor=BILL, pieces=((BILL, 1),)))
        await cash.let_pass(0.1 * lost)
        cash.hands.lose_validator_answers(lost)
        assert await cash.event(PaidOut) == PaidOut(sale=lost, amount_minor=BILL, pieces=((BILL, 1),))
    assert cash.hands.out_minor == 6 * BILL


@pytest.mark.needs("recycler")
@pytest.mark.needs("power")
@pytest.mark.parametrize("after_seconds", [0.05, 0.5, 1.9, 2.2, 4.5, 6.3])
async def test_a_power_failure_while_bills_go_out_is_told_as_it_was(
    cash: Rig[CashHands], after_seconds: float
) -> None:
    await fill(cash, 3)
    cash.order("cash", PayOut(sale=1, amount_minor=3 * BILL + 500, pieces=((BILL, 3), (500, 1))))
    await cash.let_pass(after_seconds)
    cash.hands.blink()
    paid = await cash.event(PaidOut)
    assert (paid.sale, paid.amount_minor) == (1, cash.hands.out_minor)


@pytest.mark.needs("recycler")
@pytest.mark.needs("power")
async def test_a_bill_on_its_way_into_the_recycler_at_a_power_failure_is_credit(cash: Rig[CashHands]) -> None:
    cash.order("cash", AcceptCash(on=True))
    await cash.until(lambda: cash.hands.is_open(BILL))
    cash.hands.feed_bill(BILL)
    await cash.event(BillHeld)
    cash.order("cash", KeepBill())
    await cash.let_pass(0.8)
    cash.hands.blink()
    assert await cash.event(CashInserted) == CashInserted(value_minor=BILL, held_in="recycler")
    assert await counted_bills(cash) == 1


@pytest.mark.needs("recycler")
async def test_after_a_restart_the_bills_are_counted_and_can_be_paid(cash: Rig[CashHands]) -> None:
    await fill(cash, 2)
    await cash.restart()
    assert await counted_bills(cash) == 2
    cash.order("cash", PayOut(sale=9, amount_minor=BILL, pieces=((BILL, 1),)))
    assert (await cash.event(PaidOut)).amount_minor == cash.hands.out_minor == BILL
