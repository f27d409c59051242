"""Cash: what every coin changer with bill validator does, whatever stands behind the contract."""

from __future__ import annotations

import pytest

from hardware.contract.cash import (
    AcceptCash,
    BillHeld,
    BillReturned,
    CashCounted,
    CashInserted,
    CashUsed,
    CountCash,
    KeepBill,
    PaidOut,
    PayOut,
    ReturnAsked,
    ReturnBill,
)
from hardware.contract.presence import DeviceFound, DeviceLost
from tests.hardware.contract.hands import CashHands
from tests.hardware.contract.rig import Rig

FLOAT_MINOR = 20 * (50 + 100 + 200 + 500)


async def open_entries(cash: Rig[CashHands], *values: int) -> None:
    """Open them and wait until the device has taken that in."""
    cash.order("cash", AcceptCash(on=True, values=values))
    await cash.until(lambda: all(cash.hands.is_open(value) for value in values or (500, 2000)))


async def put_in(cash: Rig[CashHands], coin: int) -> None:
    """A customer's coin."""
    await open_entries(cash)
    cash.hands.drop_coin(coin)
    assert (await cash.event(CashInserted)).value_minor == coin


def can_pay(counted: CashCounted) -> int:
    """What it can pay out in coins, minor units."""
    return sum(value * count for value, count in counted.tubes if value < 1000)


def coins(counted: CashCounted) -> dict[int, int]:
    """What stands in the tubes; a recycler's bills are in ``test_recycler.py``."""
    return {value: count for value, count in counted.tubes if value < 1000}


async def shut_entries(cash: Rig[CashHands]) -> None:
    cash.order("cash", AcceptCash(on=False))
    await cash.until(lambda: all(cash.hands.is_shut(value) for value in (100, 500, 2000)))


async def test_a_coin_is_told_once_with_its_value(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.drop_coin(500)
    assert (await cash.event(CashInserted)).value_minor == 500
    await cash.quiet(CashInserted)
    assert cash.hands.in_minor == 500


@pytest.mark.needs("tubes")
async def test_a_coin_is_told_with_where_it_went(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.drop_coin(500)
    assert await cash.event(CashInserted) == CashInserted(value_minor=500, held_in="tube")
    cash.hands.drop_coin(1000)
    assert await cash.event(CashInserted) == CashInserted(value_minor=1000, held_in="cash_box")
    await cash.quiet(CashInserted)
    assert cash.hands.in_minor == 1500


async def test_two_coins_one_after_the_other_are_both_told(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.drop_coin(500)
    cash.hands.drop_coin(500)
    told = [await cash.event(CashInserted), await cash.event(CashInserted)]
    assert [coin.value_minor for coin in told] == [500, 500]
    await cash.quiet(CashInserted)
    assert cash.hands.in_minor == 1000


async def test_closed_entries_take_nothing(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    await shut_entries(cash)
    cash.hands.drop_coin(500)
    cash.hands.feed_bill(2000)
    await cash.quiet(CashInserted, BillHeld)
    assert cash.hands.in_minor == 0


async def test_only_named_values_are_taken(cash: Rig[CashHands]) -> None:
    await open_entries(cash, 500)
    await cash.until(lambda: cash.hands.is_shut(100))
    cash.hands.drop_coin(100)
    cash.hands.feed_bill(2000)
    cash.hands.drop_coin(500)
    assert (await cash.event(CashInserted)).value_minor == 500
    await cash.quiet(CashInserted, BillHeld)
    assert cash.hands.in_minor == 500


@pytest.mark.needs("wire")
async def test_entries_shut_again_although_the_answer_to_opening_was_lost(cash: Rig[CashHands]) -> None:
    for wait in (0.0, 0.03, 0.06, 0.09, 0.12, 0.3):
        cash.hands.lose_answers(2)
        cash.order("cash", AcceptCash(on=True))
        await cash.let_pass(wait)
        await shut_entries(cash)
        await cash.let_pass(2.0)
        assert cash.hands.is_shut(500), f"shut {wait} s after opening"


@pytest.mark.needs("wire")
async def test_a_damaged_answer_neither_loses_nor_doubles_a_coin(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.spoil_answers(2)
    cash.hands.drop_coin(500)
    assert (await cash.event(CashInserted)).value_minor == 500
    await cash.quiet(CashInserted)
    assert cash.hands.in_minor == 500


@pytest.mark.needs("escrow")
async def test_a_bill_waits_in_escrow_until_it_is_kept(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.feed_bill(2000)
    assert await cash.event(BillHeld) == BillHeld(value_minor=2000)
    await cash.quiet(CashInserted, BillReturned)
    assert cash.hands.in_minor == 0
    cash.order("cash", KeepBill())
    assert await cash.event(CashInserted) == CashInserted(value_minor=2000, held_in="stacker")
    assert cash.hands.in_minor == 2000


@pytest.mark.needs("escrow")
async def test_a_bill_in_escrow_is_returned(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.feed_bill(2000)
    await cash.event(BillHeld)
    cash.order("cash", ReturnBill())
    assert await cash.event(BillReturned) == BillReturned(value_minor=2000)
    await cash.quiet(CashInserted)
    assert (cash.hands.in_minor, cash.hands.bills_returned) == (0, 1)


@pytest.mark.parametrize("order", [KeepBill(), ReturnBill()], ids=["keep", "return"])
async def test_a_word_about_a_bill_that_is_not_there_is_answered(
    cash: Rig[CashHands], order: KeepBill | ReturnBill
) -> None:
    cash.order("cash", order)
    assert await cash.event(BillReturned) == BillReturned(value_minor=0)
    await cash.quiet(BillReturned, CashInserted)
    assert cash.hands.in_minor == 0


@pytest.mark.needs("escrow")
@pytest.mark.needs("jams")
async def test_a_bill_that_does_not_go_in_is_returned_and_never_told_as_kept(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.bill_comes_back_next()
    cash.hands.feed_bill(2000)
    await cash.event(BillHeld)
    cash.order("cash", KeepBill())
    assert await cash.event(BillReturned) == BillReturned(value_minor=2000)
    await cash.quiet(CashInserted)
    assert cash.hands.in_minor == 0


@pytest.mark.on_a_wall_clock_too
async def test_money_that_was_put_in_is_paid_back(cash: Rig[CashHands]) -> None:
    await put_in(cash, 500)
    cash.order("cash", PayOut(sale=1, amount_minor=350))
    paid = await cash.event(PaidOut)
    assert (paid.sale, paid.amount_minor, cash.hands.out_minor) == (1, 350, 350)
    assert not paid.pieces or sum(value * count for value, count in paid.pieces) == 350


@pytest.mark.needs("tubes")
async def test_a_payout_pays_the_named_pieces_and_says_so(cash: Rig[CashHands]) -> None:
    cash.order("cash", PayOut(sale=1, amount_minor=350, pieces=((200, 1), (50, 3))))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=350, pieces=((200, 1), (50, 3)))
    assert cash.hands.out_minor == 350


@pytest.mark.needs("float")
async def test_a_payout_without_pieces_is_made_by_the_device(cash: Rig[CashHands]) -> None:
    cash.order("cash", PayOut(sale=1, amount_minor=850))
    paid = await cash.event(PaidOut)
    assert (paid.sale, paid.amount_minor, cash.hands.out_minor) == (1, 850, 850)
    assert not paid.pieces or sum(value * count for value, count in paid.pieces) == 850


@pytest.mark.needs("tubes")
async def test_a_payout_of_many_pieces_is_paid_in_full(cash: Rig[CashHands]) -> None:
    cash.order("cash", PayOut(sale=1, amount_minor=900, pieces=((50, 18),)))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=900, pieces=((50, 18),))
    assert cash.hands.out_minor == 900


async def test_a_payout_asked_twice_pays_once(cash: Rig[CashHands]) -> None:
    await put_in(cash, 500)
    order = PayOut(sale=1, amount_minor=350, pieces=((200, 1), (50, 3)))
    cash.order("cash", order)
    cash.order("cash", order)
    first = await cash.event(PaidOut)
    await cash.let_pass(2.0)
    cash.order("cash", order)
    assert await cash.event(PaidOut) == first
    assert first.amount_minor == cash.hands.out_minor == 350


@pytest.mark.needs("float")
async def test_payouts_of_two_sales_are_both_paid(cash: Rig[CashHands]) -> None:
    for sale in (1, 2):
        cash.order("cash", PayOut(sale=sale, amount_minor=200, pieces=((200, 1),)))
    told = [await cash.event(PaidOut), await cash.event(PaidOut)]
    assert [(paid.sale, paid.amount_minor) for paid in told] == [(1, 200), (2, 200)]
    assert cash.hands.out_minor == 400


@pytest.mark.needs("tubes")
async def test_an_empty_tube_pays_less_and_says_so(cash: Rig[CashHands]) -> None:
    cash.hands.empty_tube(200)
    cash.order("cash", PayOut(sale=1, amount_minor=350, pieces=((200, 1), (50, 3))))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=150, pieces=((50, 3),))
    assert cash.hands.out_minor == 150


@pytest.mark.needs("jams")
async def test_a_jammed_tube_pays_less_and_says_so(cash: Rig[CashHands]) -> None:
    cash.hands.jam_tube(200)
    cash.order("cash", PayOut(sale=1, amount_minor=350, pieces=((200, 1), (50, 3))))
    assert await cash.event(PaidOut) == PaidOut(sale=1, amount_minor=150, pieces=((50, 3),))
    assert cash.hands.out_minor == 150


@pytest.mark.needs("wire")
async def test_a_coin_told_again_because_nobody_acknowledged_it_counts_once(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.drop_coin(500)
    assert (await cash.event(CashInserted)).value_minor == 500
    cash.hands.lose_acknowledgements(1)
    cash.hands.drop_coin(500)
    assert (await cash.event(CashInserted)).value_minor == 500
    await cash.quiet(CashInserted)
    assert cash.hands.in_minor == 1000


@pytest.mark.needs("wire")
@pytest.mark.parametrize("lost", [1, 2, 3, 5])
async def test_a_payout_whose_answers_are_lost_is_paid_once(cash: Rig[CashHands], lost: int) -> None:
    await put_in(cash, 500)
    cash.hands.lose_answers(lost)
    cash.order("cash", PayOut(sale=1, amount_minor=350, pieces=((200, 1), (50, 3))))
    assert (await cash.event(PaidOut)).amount_minor == 350
    assert cash.hands.out_minor == 350


@pytest.mark.needs("wire")
async def test_a_payout_on_a_line_that_fails_now_and_then_is_told_as_it_was(cash: Rig[CashHands]) -> None:
    await put_in(cash, 500)
    cash.order("cash", PayOut(sale=1, amount_minor=400, pieces=((50, 8),)))
    for _ in range(20):
        await cash.let_pass(0.3)
        cash.hands.lose_answers(1)
    assert (await cash.event(PaidOut)).amount_minor == cash.hands.out_minor


async def test_the_return_lever_is_told(cash: Rig[CashHands]) -> None:
    await put_in(cash, 500)
    cash.hands.pull_lever()
    assert await cash.event(ReturnAsked) == ReturnAsked()


async def test_the_device_says_what_it_can_pay_and_take(cash: Rig[CashHands]) -> None:
    cash.order("cash", CountCash())
    counted = await cash.event(CashCounted)
    assert can_pay(counted) == FLOAT_MINOR
    assert {50, 100, 200, 500, 2000, 5000} <= set(counted.values)
    assert counted.inserted_minor in (-1, 0)


@pytest.mark.needs("tubes")
async def test_the_device_says_which_coins_it_holds(cash: Rig[CashHands]) -> None:
    cash.order("cash", CountCash())
    assert coins(await cash.event(CashCounted)) == {50: 20, 100: 20, 200: 20, 500: 20}


@pytest.mark.needs("hand counts")
async def test_a_tube_emptied_by_hand_is_told_unasked(cash: Rig[CashHands]) -> None:
    await cash.let_pass(2.0)
    cash.hands.empty_tube(500)
    counted = {500: 20}
    while counted[500]:
        counted = coins(await cash.event(CashCounted))
    assert counted == {50: 20, 100: 20, 200: 20, 500: 0}


@pytest.mark.needs("hand counts")
async def test_a_tube_filled_by_hand_is_told_unasked(cash: Rig[CashHands]) -> None:
    await cash.let_pass(2.0)
    cash.hands.fill_tube(100, 7)
    counted = {100: 20}
    while counted[100] == 20:
        counted = coins(await cash.event(CashCounted))
    assert counted[100] == 27


@pytest.mark.needs("presence")
async def test_a_device_that_falls_silent_is_lost_and_found(cash: Rig[CashHands]) -> None:
    cash.hands.fall_silent()
    assert (await cash.event(DeviceLost)).device == "cash"
    cash.hands.speak_again()
    assert (await cash.event(DeviceFound)).device == "cash"
    await cash.quiet(DeviceLost, DeviceFound)


@pytest.mark.needs("presence")
async def test_a_payout_from_a_silent_device_says_what_was_paid(cash: Rig[CashHands]) -> None:
    cash.hands.fall_silent()
    await cash.event(DeviceLost)
    cash.order("cash", PayOut(sale=1, amount_minor=200, pieces=((200, 1),)))
    await cash.let_pass(2.0)
    cash.hands.speak_again()
    assert (await cash.event(PaidOut)).amount_minor == cash.hands.out_minor


@pytest.mark.needs("presence")
async def test_a_lost_device_tells_no_count(cash: Rig[CashHands]) -> None:
    cash.hands.fall_silent()
    await cash.event(DeviceLost)
    cash.order("cash", CountCash())
    await cash.quiet(CashCounted, seconds=5.0)
    cash.hands.speak_again()
    assert can_pay(await cash.event(CashCounted)) == FLOAT_MINOR


@pytest.mark.needs("presence")
async def test_entries_shut_while_the_device_is_lost_are_shut_when_it_is_found(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.fall_silent()
    await cash.event(DeviceLost)
    cash.order("cash", AcceptCash(on=False))
    await cash.let_pass(2.0)
    cash.hands.speak_again()
    await cash.event(DeviceFound)
    await cash.until(lambda: all(cash.hands.is_shut(value) for value in (100, 500, 2000)))


async def test_money_that_bought_goods_is_noted_and_not_answered(cash: Rig[CashHands]) -> None:
    await put_in(cash, 500)
    cash.order("cash", CashUsed(amount_minor=150))
    await cash.quiet(PaidOut, BillReturned)
    cash.order("cash", PayOut(sale=1, amount_minor=350, pieces=((200, 1), (50, 3))))
    assert (await cash.event(PaidOut)).amount_minor == cash.hands.out_minor == 350


@pytest.mark.needs("power")
async def test_entries_open_before_a_power_failure_are_open_after_it(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    cash.hands.blink()
    await cash.until(lambda: cash.hands.is_open(500))
    cash.hands.drop_coin(500)
    assert (await cash.event(CashInserted)).value_minor == 500


@pytest.mark.needs("power")
async def test_entries_shut_before_a_power_failure_are_shut_after_it(cash: Rig[CashHands]) -> None:
    await open_entries(cash)
    await shut_entries(cash)
    cash.hands.blink()
    await cash.let_pass(15.0)
    await cash.until(lambda: all(cash.hands.is_shut(value) for value in (100, 500, 2000)))
    cash.hands.drop_coin(500)
    await cash.quiet(CashInserted)
    assert cash.hands.in_minor == 0


@pytest.mark.needs("power")
@pytest.mark.needs("memory")
async def test_a_power_failure_in_a_payout_is_told_as_it_was(cash: Rig[CashHands]) -> None:
    cash.order("cash", PayOut(sale=1, amount_minor=900, pieces=((50, 18),)))
    await cash.until(lambda: cash.hands.out_minor >= 100)
    cash.hands.blink()
    paid = await cash.event(PaidOut)
    assert (paid.sale, paid.amount_minor) == (1, cash.hands.out_minor)


async def test_after_a_restart_the_device_is_counted_and_takes_money(cash: Rig[CashHands]) -> None:
    await cash.restart()
    cash.order("cash", CountCash())
    assert can_pay(await cash.event(CashCounted)) == FLOAT_MINOR
    await open_entries(cash)
    cash.hands.drop_coin(500)
    assert (await cash.event(CashInserted)).value_minor == 500
