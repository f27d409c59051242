"""Cash devices that can do less: what they answer instead, so that the machine knows where the money is."""

from __future__ import annotations

import pytest

from hardware.contract.cash import (
    BillHeld,
    BillReturned,
    CashCounted,
    CashInserted,
    CountCash,
    KeepBill,
    PaidOut,
    PayOut,
    ReturnBill,
)
from tests.hardware.contract.hands import CashHands
from tests.hardware.contract.rig import Rig
from tests.hardware.contract.test_cash import FLOAT_MINOR, can_pay, open_entries, put_in


@pytest.mark.without("escrow")
async def test_without_escrow_a_bill_is_kept_at_once_and_cannot_be_returned(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.feed_bill(2000)
    assert await cash.event(CashInserted) == CashInserted(value_minor=2000, held_in="stacker")
    for order in (KeepBill(), ReturnBill()):
        cash.order("cash", order)
        assert await cash.event(BillReturned) == BillReturned(value_minor=0)
    await cash.quiet(BillHeld, CashInserted)
    assert (cash.hands.in_minor, cash.hands.bills_returned) == (2000, 0)


@pytest.mark.without("tubes")
async def test_without_tubes_change_is_counted_as_pieces_of_the_least_coin(cash: Rig[CashHands]) -> None:
    cash.order("cash", CountCash())
    assert (await cash.event(CashCounted)).tubes == ((50, FLOAT_MINOR // 50),)


@pytest.mark.without("tubes")
async def test_without_tubes_every_coin_is_change_and_the_device_chooses_the_pieces(
    cash: Rig[CashHands],
) -> None:
    await open_entries(cash)
    cash.hands.drop_coin(1000)
    assert await cash.event(CashInserted) == CashInserted(value_minor=1000, held_in="tube")
    cash.order("cash", PayOut(sale=1, amount_minor=350, pieces=((200, 1), (50, 3))))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=350, pieces=())


@pytest.mark.without("tubes")
async def test_without_tubes_an_empty_hopper_pays_less_and_says_so(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.feed_bill(2000)
    await cash.event(CashInserted)
    cash.hands.empty_tube(50)
    cash.hands.fill_tube(50, 3)
    cash.order("cash", PayOut(sale=1, amount_minor=350))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=150)
    assert cash.hands.out_minor == 150


@pytest.mark.without("float")
async def test_without_a_float_no_more_is_paid_than_the_customer_has_put_in(cash: Rig[CashHands]) -> None:
    cash.order("cash", PayOut(sale=1, amount_minor=350))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=0)
    await put_in(cash, 200)
    cash.order("cash", PayOut(sale=2, amount_minor=350))
    assert (await cash.event(PaidOut)).amount_minor == cash.hands.out_minor == 200


@pytest.mark.without("recycler")
async def test_without_a_recycler_no_bill_is_change(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.feed_bill(5000)
    await cash.let_pass(1.0)
    cash.order("cash", KeepBill())
    assert await cash.event(CashInserted) == CashInserted(value_minor=5000, held_in="stacker")
    cash.taken()
    cash.order("cash", CountCash())
    assert all(value < 1000 for value, _ in (await cash.event(CashCounted)).tubes)


@pytest.mark.without("hand counts")
async def test_a_device_that_does_not_tell_of_its_tubes_by_itself_is_asked(cash: Rig[CashHands]) -> None:
    await cash.let_pass(2.0)
    cash.hands.fill_tube(100, 7)
    cash.order("cash", CountCash())
    assert can_pay(await cash.event(CashCounted)) == FLOAT_MINOR + 700


@pytest.mark.without("memory")
async def test_a_payout_whose_end_was_lost_with_the_power_is_told_as_nothing_and_never_paid_again(
    cash: Rig[CashHands],
) -> None:
    await put_in(cash, 500)
    order = PayOut(sale=1, amount_minor=500)
    cash.order("cash", order)
    await cash.until(lambda: cash.hands.out_minor == 500)
    cash.hands.blink()
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=0)
    cash.order("cash", order)
    await cash.event(PaidOut)
    await cash.let_pass(5.0)
    assert cash.hands.out_minor == 500


@pytest.mark.without("memory")
async def test_money_of_before_a_restart_is_told_as_not_paid_and_is_not_the_next_customer_s(
    cash: Rig[CashHands],
) -> None:
    await put_in(cash, 500)
    await cash.let_pass(2.0)
    await cash.restart()
    cash.order("cash", PayOut(sale=1, amount_minor=500))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=0)
    await put_in(cash, 200)
    cash.order("cash", PayOut(sale=2, amount_minor=200))
    assert await cash.event(PaidOut) == PaidOut(sale=2, amount_minor=200)
    assert cash.hands.out_minor == 200
