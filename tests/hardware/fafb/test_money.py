from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio
from trio.testing import MockClock

from hardware.contract.cash import (
    AcceptCash,
    BillReturned,
    CashCounted,
    CashInserted,
    CashUsed,
    CountCash,
    KeepBill,
    PaidOut,
    PayOut,
    ReturnAsked,
)
from hardware.contract.presence import DeviceFound, DeviceLost
from hardware.fafb.driver import FafbDriver
from simulator.peripherals.fafb_board import FafbBoard
from simulator.peripherals.fafb_memory import FafbMemory, Selection
from tests.hardware.boards import Bench, running

COINS, BILLS = (50, 100, 500), (1000, 5000)


def board_with_change(change: int = 3000) -> FafbBoard:
    return FafbBoard(memory=FafbMemory({1: Selection()}, coins=COINS, bills=BILLS, change=change))


@pytest.fixture
async def board() -> FafbBoard:
    return board_with_change()


@pytest.fixture
async def bench(board: FafbBoard) -> AsyncIterator[Bench]:
    bench = Bench(FafbDriver(bills=BILLS, coins=COINS))
    async with running(bench, board):
        await bench.event(DeviceFound, count=3)
        await trio.sleep(3)
        yield bench


@pytest.mark.parametrize("fault", ["deaf", "lost", "corrupt", "doubled"])
async def test_coins_and_bills_are_told_once_each(
    bench: Bench, board: FafbBoard, fault: str, autojump_clock: MockClock
) -> None:
    setattr(board.faults, fault, 2)
    board.insert_coin(500)
    board.insert_bill(1000)
    await bench.event(CashInserted, count=2)
    await trio.sleep(3)
    assert [(money.value_minor, money.held_in) for money in bench.of(CashInserted)] == [
        (500, "tube"),
        (1000, "stacker"),
    ]
    assert board.memory.inserted == 1500


async def test_the_same_coin_twice_is_two_coins(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    board.insert_coin(500)
    board.insert_coin(500)
    await bench.event(CashInserted, count=2)


async def test_change_is_what_the_house_owes_and_the_rest_is_kept(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    board.insert_bill(1000)
    await bench.event(CashInserted)
    bench.driver.order("cash", PayOut(sale=1, amount_minor=650))
    assert await bench.event(PaidOut) == PaidOut(sale=1, amount_minor=650)
    assert (board.memory.paid, board.memory.credit) == (650, 0)


async def test_a_payout_asked_twice_pays_once(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    board.insert_bill(1000)
    await bench.event(CashInserted)
    for _ in range(2):
        bench.driver.order("cash", PayOut(sale=1, amount_minor=1000))
    await bench.event(PaidOut)
    bench.driver.order("cash", PayOut(sale=1, amount_minor=1000))
    assert await bench.event(PaidOut, count=2) == PaidOut(sale=1, amount_minor=1000)
    await trio.sleep(3)
    assert board.memory.paid == 1000


async def test_an_empty_hopper_pays_less_and_says_so(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    board.memory.change = 200
    board.insert_bill(1000)
    await bench.event(CashInserted)
    bench.driver.order("cash", PayOut(sale=1, amount_minor=1000))
    assert (await bench.event(PaidOut)).amount_minor == board.memory.paid == 200


async def test_more_than_the_boards_credit_cannot_be_paid(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    bench.driver.order("cash", PayOut(sale=1, amount_minor=500))
    assert await bench.event(PaidOut) == PaidOut(sale=1, amount_minor=0)
    assert board.memory.paid == 0


async def test_money_the_board_gave_back_by_itself_is_not_paid_again(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    board.insert_bill(1000)
    await bench.event(CashInserted)
    board.pull_lever()
    await bench.event(ReturnAsked)
    bench.driver.order("cash", PayOut(sale=1, amount_minor=1000))
    assert await bench.event(PaidOut) == PaidOut(sale=1, amount_minor=1000)
    await trio.sleep(3)
    assert board.memory.paid == 1000


@pytest.mark.parametrize("fault", ["deaf", "lost", "corrupt", "doubled"])
async def test_a_spoiled_line_pays_what_is_owed_once(
    bench: Bench, board: FafbBoard, fault: str, autojump_clock: MockClock
) -> None:
    board.insert_bill(1000)
    await bench.event(CashInserted)
    setattr(board.faults, fault, 3)
    bench.driver.order("cash", PayOut(sale=1, amount_minor=650))
    assert (await bench.event(PaidOut)).amount_minor == board.memory.paid == 650


async def test_a_silent_board_pays_nothing_and_says_so(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    board.insert_bill(1000)
    await bench.event(CashInserted)
    board.faults.silent = True
    await bench.event(DeviceLost)
    bench.driver.order("cash", PayOut(sale=1, amount_minor=650))
    assert (await bench.event(PaidOut)).amount_minor == board.memory.paid == 0


async def test_entries_open_for_named_values_and_shut(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    bench.driver.order("cash", AcceptCash(on=True, values=(100, 1000)))
    await bench.until(lambda: board.memory.accepts == {0: 0b01, 1: 0b010})
    board.insert_coin(500)
    board.insert_coin(100)
    assert (await bench.event(CashInserted)).value_minor == 100
    bench.driver.order("cash", AcceptCash(on=False))
    await bench.until(lambda: board.memory.accepts == {0: 0, 1: 0})
    bench.driver.order("cash", AcceptCash(on=True))
    await bench.until(lambda: board.memory.accepts == {0: 0xFFFF, 1: 0xFFFF})


async def test_it_counts_its_change_in_the_least_coin(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    bench.driver.order("cash", CountCash())
    counted = await bench.event(CashCounted)
    assert counted == CashCounted(tubes=((50, 60),), values=(50, 100, 500, 1000, 5000))


async def test_a_board_that_is_lost_tells_no_count_until_it_is_found(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    board.faults.silent = True
    await bench.event(DeviceLost)
    bench.driver.order("cash", CountCash())
    await trio.sleep(60)
    assert bench.of(CashCounted) == []
    board.faults.silent = False
    assert (await bench.event(CashCounted)).tubes == ((50, 60),)
    await trio.sleep(60)
    assert len(bench.of(CashCounted)) == 1


async def test_money_that_bought_goods_is_off_the_credit_and_no_lever_pays_it(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    board.insert_coin(500)
    await bench.event(CashInserted)
    bench.driver.order("cash", CashUsed(amount_minor=500))
    await bench.until(lambda: board.memory.credit == 0)
    board.pull_lever()
    await trio.sleep(3)
    assert (bench.of(ReturnAsked), board.memory.paid) == ([], 0)


async def test_change_asked_right_after_goods_were_bought_is_paid_whole(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    board.insert_bill(1000)
    await bench.event(CashInserted)
    bench.driver.order("cash", CashUsed(amount_minor=200))
    bench.driver.order("cash", CashUsed(amount_minor=150))
    bench.driver.order("cash", PayOut(sale=1, amount_minor=650))
    assert await bench.event(PaidOut) == PaidOut(sale=1, amount_minor=650)
    await trio.sleep(3)
    assert (board.memory.paid, board.memory.credit) == (650, 0)


async def test_what_the_lever_paid_one_customer_is_not_taken_for_the_next_one_s_change(
    bench: Bench, board: FafbBoard, autojump_clock: MockClock
) -> None:
    board.insert_coin(500)
    await bench.event(CashInserted)
    board.pull_lever()
    await bench.event(ReturnAsked)
    bench.driver.order("cash", AcceptCash(on=True))
    board.insert_bill(1000)
    await bench.event(CashInserted, count=2)
    bench.driver.order("cash", PayOut(sale=2, amount_minor=300))
    assert await bench.event(PaidOut) == PaidOut(sale=2, amount_minor=300)
    assert board.memory.paid == 800


async def test_a_payout_on_a_wire_that_broke_is_not_paid_later(
    board: FafbBoard, autojump_clock: MockClock
) -> None:
    bench = Bench(FafbDriver(bills=BILLS, coins=COINS))
    async with running(bench, board):
        await bench.event(DeviceFound, count=3)
        board.insert_bill(1000)
        await bench.event(CashInserted)
        bench.driver.order("cash", PayOut(sale=1, amount_minor=650))
    assert bench.of(PaidOut) == [PaidOut(sale=1, amount_minor=0)]
    bench.driver.order("cash", PayOut(sale=2, amount_minor=1000))
    await trio.sleep(600)
    async with running(bench, board):
        assert await bench.event(PaidOut, count=2) == PaidOut(sale=2, amount_minor=0)
        await trio.sleep(20)
    assert board.memory.paid == 0


async def test_shut_entries_that_a_broken_wire_never_heard_of_are_shut_later(
    board: FafbBoard, autojump_clock: MockClock
) -> None:
    bench = Bench(FafbDriver(bills=BILLS, coins=COINS))
    bench.driver.order("cash", AcceptCash(on=False))
    await trio.sleep(600)
    async with running(bench, board):
        await bench.until(lambda: board.memory.accepts == {0: 0, 1: 0})


async def test_there_is_no_escrow(bench: Bench, autojump_clock: MockClock) -> None:
    bench.driver.order("cash", KeepBill())
    assert await bench.event(BillReturned) == BillReturned(value_minor=0)
