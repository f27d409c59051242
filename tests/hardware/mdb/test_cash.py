"""Changer and validator behind the driver: what falls is told once, what is paid is counted."""

from __future__ import annotations

import pytest
import trio

from hardware.contract.cash import (
    AcceptCash,
    BillHeld,
    BillReturned,
    CashCounted,
    CashInserted,
    CountCash,
    KeepBill,
    PaidOut,
    PayOut,
    ReturnAsked,
    ReturnBill,
)
from hardware.contract.payment import Authorise, Declined
from hardware.contract.presence import DeviceFound, DeviceLost
from hardware.mdb.changer_unit import PAYOUTS_MAX
from simulator.peripherals.mdb_bus import MdbBus
from simulator.peripherals.mdb_changer import MdbChanger
from simulator.peripherals.mdb_validator import MdbValidator
from tests.hardware.mdb.bench import Bench, full_bus, running

PIECES = ((500, 2), (200, 3), (100, 2), (50, 1))
AMOUNT = 1850


@pytest.mark.parametrize("wire", ["parity", "ascii", "hex"])
async def test_a_coin_whose_acknowledgement_is_lost_is_told_once(wire: str, autojump_clock: object) -> None:
    async with running(full_bus(wire)) as bench:
        await bench.ask(AcceptCash(on=True))
        await trio.sleep(1)
        bench.changer.drop_coin(100)
        await bench.event(CashInserted)
        bench.bus.faults["changer"].acks_lost = 2
        bench.changer.drop_coin(100)
        await trio.sleep(3)
        assert len(bench.all(CashInserted)) == 2
        bench.changer.drop_coin(100)
        await bench.event(CashInserted)
        await trio.sleep(1)
        assert sum(coin.value_minor for coin in bench.all(CashInserted)) == bench.changer.in_minor == 300


async def test_only_the_values_asked_for_are_accepted(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(AcceptCash(on=True, values=(100, 2000)))
        await trio.sleep(1)
        assert [bench.changer.drop_coin(value) for value in (50, 100)] == ["returned", "tube"]
        assert [bench.validator.feed_bill(value) for value in (5000, 2000)] == ["returned", "escrow"]
        await bench.ask(AcceptCash(on=False))
        await trio.sleep(1)
        assert bench.changer.drop_coin(100) == "returned"


@pytest.mark.parametrize("lost", range(1, 9))
async def test_lost_answers_never_make_a_payout_pay_twice(lost: int, autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(PayOut(sale=7, amount_minor=AMOUNT, pieces=PIECES))
        await trio.sleep(0.05 * lost)
        bench.bus.faults["changer"].answers_lost = lost
        paid = await bench.event(PaidOut)
        assert paid == PaidOut(sale=7, amount_minor=AMOUNT, pieces=PIECES)
        assert dict(PIECES) == bench.changer.paid


@pytest.mark.parametrize("after_seconds", [0.1, 0.4, 0.9, 1.6, 2.5])
async def test_a_changer_that_loses_power_pays_the_rest_when_it_is_back(
    after_seconds: float, autojump_clock: object
) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(PayOut(sale=7, amount_minor=AMOUNT, pieces=PIECES))
        await trio.sleep(after_seconds)
        bench.changer.cut_power()
        await trio.sleep(0.5)
        bench.changer.restore_power()
        paid = await bench.event(PaidOut)
        assert paid == PaidOut(sale=7, amount_minor=AMOUNT, pieces=PIECES)
        assert dict(PIECES) == bench.changer.paid


async def test_a_changer_that_stays_away_is_answered_for_by_its_counts(
    autojump_clock: object,
) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(PayOut(sale=7, amount_minor=1000, pieces=((500, 1), (100, 5))))
        await bench.ask(PayOut(sale=8, amount_minor=100, pieces=((100, 1),)))
        await trio.sleep(1.2)
        bench.changer.cut_power()
        second, first = await bench.event(PaidOut), await bench.event(PaidOut)
        assert (first.sale, second) == (7, PaidOut(sale=8, amount_minor=0))
        assert first.pieces == ((500, 1),)
        await bench.ask(PayOut(sale=9, amount_minor=100))
        assert await bench.event(PaidOut) == PaidOut(sale=9, amount_minor=0)


async def test_a_sale_is_paid_once_however_often_it_is_asked(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        order = PayOut(sale=7, amount_minor=300, pieces=((100, 3),))
        await bench.ask(order)
        await bench.ask(order)
        first = await bench.event(PaidOut)
        await bench.ask(order)
        assert await bench.event(PaidOut) == first
        await trio.sleep(3)
        assert bench.changer.paid == {100: 3}


async def test_without_pieces_the_greatest_coins_are_paid(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(PayOut(sale=7, amount_minor=880))
        paid = await bench.event(PaidOut)
        assert paid == PaidOut(sale=7, amount_minor=850, pieces=((500, 1), (200, 1), (100, 1), (50, 1)))


async def test_more_than_fifteen_coins_and_more_than_there_are(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(PayOut(sale=7, amount_minor=2500, pieces=((100, 25),)))
        assert await bench.event(PaidOut) == PaidOut(sale=7, amount_minor=2000, pieces=((100, 20),))
        assert bench.changer.paid == {100: 20}
        assert not bench.changer.complaints


async def test_orders_beyond_the_ceiling_are_answered_at_once(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        for sale in range(PAYOUTS_MAX + 3):
            await bench.ask(PayOut(sale=sale, amount_minor=50, pieces=((50, 1),)))
        refused = [paid.sale for paid in bench.all(PaidOut) if not paid.amount_minor]
        assert refused == [PAYOUTS_MAX, PAYOUTS_MAX + 1, PAYOUTS_MAX + 2]
        await bench.until(lambda: len(bench.all(PaidOut)) == PAYOUTS_MAX + 3)
        assert bench.changer.paid == {50: PAYOUTS_MAX}


async def test_a_bill_on_its_way_when_power_fails_is_credit_if_it_is_stacked(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(AcceptCash(on=True))
        await trio.sleep(1)
        bench.validator.feed_bill(2000)
        await bench.event(BillHeld)
        await bench.ask(KeepBill())
        await trio.sleep(0.8)
        bench.validator.cut_power()
        bench.validator.restore_power()
        assert await bench.event(CashInserted) == CashInserted(value_minor=2000, held_in="stacker")
        assert bench.all(BillReturned) == []


async def test_a_bill_in_escrow_comes_back_after_a_power_failure(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(AcceptCash(on=True))
        await trio.sleep(1)
        bench.validator.feed_bill(2000)
        await bench.event(BillHeld)
        bench.validator.cut_power()
        bench.validator.restore_power()
        assert await bench.event(BillReturned) == BillReturned(value_minor=2000)
        await trio.sleep(2)
        assert bench.validator.feed_bill(5000) == "escrow"


async def test_a_jammed_bill_is_given_up_after_thirty_seconds(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(AcceptCash(on=True))
        await trio.sleep(1)
        bench.validator.feed_bill(2000)
        bench.validator.jam_next()
        await bench.event(BillHeld)
        began = trio.current_time()
        await bench.ask(KeepBill())
        assert await bench.event(BillReturned) == BillReturned(value_minor=2000)
        assert 30 <= trio.current_time() - began < 35


async def test_a_decision_without_a_bill_is_answered(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(ReturnBill())
        assert await bench.event(BillReturned) == BillReturned(value_minor=0)


async def test_lost_answers_do_not_lose_or_double_a_bill(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(AcceptCash(on=True))
        await trio.sleep(1)
        for lost in range(1, 5):
            bench.validator.feed_bill(2000)
            await bench.event(BillHeld)
            await bench.ask(KeepBill())
            bench.bus.faults["validator"].answers_lost = lost
            bench.bus.faults["validator"].acks_lost = 1
            await bench.event(CashInserted)
            await trio.sleep(2)
            assert len(bench.all(CashInserted)) == lost
        assert bench.validator.in_minor == 8000


async def test_the_lever_asks_for_money_back_and_withdraws_a_card_payment(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(Authorise(sale=1, amount_minor=100), "cashless")
        await trio.sleep(1)
        bench.changer.pull_lever()
        await bench.event(ReturnAsked)
        assert await bench.event(Declined) == Declined(sale=1, why="cancelled")


async def test_tubes_filled_by_hand_are_told_unasked(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        bench.changer.fill_tube(500, 7)
        counted = await bench.event(CashCounted)
        assert counted.tubes == ((500, 27), (200, 20), (100, 20), (50, 20))
        assert (counted.inserted_minor, counted.paid_minor) == (-1, -1)
        bench.changer.press_dispense(100)
        assert dict((await bench.event(CashCounted)).tubes)[100] == 19


async def test_a_bus_without_a_validator_takes_coins_only(autojump_clock: object) -> None:
    bus = MdbBus(MdbChanger(values=(5, 10, 20), tubes={5: 3}, scaling_minor=5), wire="parity")
    async with running(bus, found=("cash",)) as bench:
        await bench.ask(CountCash())
        assert await bench.event(CashCounted) == CashCounted(tubes=((5, 3),), values=(20, 10, 5))
        assert [event.device for event in bench.all(DeviceLost)] in ([], ["cashless"])
        await bench.until(lambda: any(event.device == "cashless" for event in bench.all(DeviceLost)))


async def test_a_bus_with_a_validator_only_is_cash_too(autojump_clock: object) -> None:
    async with running(MdbBus(validator=MdbValidator()), found=("cash",)) as bench:
        await bench.ask(CountCash())
        assert await bench.event(CashCounted) == CashCounted(tubes=(), values=(10000, 5000, 2000))


async def test_bills_that_can_no_longer_be_taken_are_told(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await trio.sleep(3)
        bench.bus.faults["validator"].silent = True
        assert (await bench.event(CashCounted)).values == (1000, 500, 200, 100, 50)
        bench.bus.faults["validator"].silent = False
        assert 10000 in (await bench.event(CashCounted)).values
        assert bench.all(DeviceLost) == []


@pytest.mark.parametrize("wire", ["parity", "ascii", "hex"])
async def test_a_silent_changer_is_lost_and_found_on_every_way(wire: str, autojump_clock: object) -> None:
    async with running(full_bus(wire)) as bench:
        bench.bus.faults["changer"].silent = True
        assert await bench.event(DeviceLost) == DeviceLost(device="cash")
        bench.bus.faults["changer"].silent = False
        assert await bench.event(DeviceFound) == DeviceFound(device="cash")
        await bench.ask(AcceptCash(on=True))
        await trio.sleep(1)
        assert bench.changer.drop_coin(100) == "tube"
        assert (await bench.event(CashInserted)).value_minor == 100


async def test_what_was_accepted_is_accepted_again_after_a_changer_s_reset(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(AcceptCash(on=True))
        await trio.sleep(1)
        bench.changer.cut_power()
        bench.changer.restore_power()
        await trio.sleep(3)
        assert bench.changer.drop_coin(100) == "tube"
        assert no_complaints(bench)


async def test_coins_that_fell_while_nobody_could_count_are_told_later(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(CountCash())
        await bench.event(CashCounted)
        await bench.ask(PayOut(sale=7, amount_minor=1000, pieces=((100, 10),)))
        await trio.sleep(0.4)
        bench.bus.faults["changer"].silent = True
        told = await bench.event(PaidOut)
        assert told == PaidOut(sale=7, amount_minor=0)
        bench.bus.faults["changer"].silent = False
        counted = await bench.event(CashCounted)
        assert dict(counted.tubes)[100] == 20 - bench.changer.paid[100]


def no_complaints(bench: Bench) -> bool:
    return not bench.changer.complaints and not bench.validator.complaints
