"""Everything at once on a bad line: what was told must be what happened, to the last coin."""

from __future__ import annotations

import random

import pytest

from hardware.contract.cash import (
    AcceptCash,
    BillHeld,
    CashInserted,
    CountCash,
    KeepBill,
    PaidOut,
    PayOut,
    ReturnBill,
)
from hardware.contract.payment import Authorise, Authorised, Declined, Settle, Settled
from hardware.contract.presence import DeviceLost
from tests.hardware.contract.hands import CashHands, CashlessHands
from tests.hardware.contract.rig import Rig

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 40))]
DEEDS = 60


def trouble(dice: random.Random, hands: CashHands | CashlessHands) -> None:
    """Now and then one or two answers are lost."""
    if dice.random() < 0.1:
        hands.lose_answers(dice.randint(1, 2))


@pytest.mark.needs("wire")
@pytest.mark.parametrize("seed", SEEDS)
async def test_cash_told_is_cash_moved(cash: Rig[CashHands], seed: int) -> None:
    dice = random.Random(seed)
    inserted = paid = asked = answered = 0
    cash.order("cash", AcceptCash(on=True))
    for number in range(DEEDS):
        match dice.randrange(8):
            case 0 | 1 | 2:
                cash.hands.drop_coin(dice.choice((50, 100, 200, 500, 1000)))
            case 3:
                cash.hands.feed_bill(dice.choice((2000, 5000)))
            case 4:
                asked += 1
                cash.order("cash", PayOut(sale=number, amount_minor=dice.randrange(50, 1000, 50)))
            case 5:
                cash.order("cash", AcceptCash(on=dice.random() < 0.8))
            case 6:
                cash.hands.spoil_answers(1)
            case 7:
                cash.order("cash", CountCash())
        trouble(dice, cash.hands)
        await cash.let_pass(dice.choice((0.01, 0.1, 0.5, 3.0)))
        if number == DEEDS - 1:
            await cash.let_pass(60.0)
        for event in cash.taken():
            match event:
                case BillHeld():
                    cash.order("cash", KeepBill() if dice.random() < 0.7 else ReturnBill())
                case CashInserted():
                    inserted += event.value_minor
                case PaidOut():
                    paid, answered = paid + event.amount_minor, answered + 1
                case DeviceLost():
                    raise AssertionError("two answers lost are not a lost device")
    await cash.let_pass(10.0)
    inserted += sum(event.value_minor for event in cash.taken() if type(event) is CashInserted)
    assert (inserted, paid, answered) == (cash.hands.in_minor, cash.hands.out_minor, asked)


@pytest.mark.needs("wire")
@pytest.mark.parametrize("seed", SEEDS)
async def test_money_settled_is_money_taken(cashless: Rig[CashlessHands], seed: int) -> None:
    dice = random.Random(seed)
    settled = 0
    for sale in range(1, 25):
        cashless.hands.approves = dice.random() < 0.8
        cashless.hands.loses_refunds = dice.random() < 0.3
        if dice.random() < 0.3:
            cashless.hands.present_card(dice.choice((-1, 300, 5000)))
        cashless.order("cashless", Authorise(sale=sale, amount_minor=dice.randrange(100, 1000, 10)))
        await cashless.let_pass(dice.choice((0.05, 1.0)))
        trouble(dice, cashless.hands)
        cashless.hands.present_card()
        await cashless.let_pass(dice.choice((0.05, 1.0)))
        trouble(dice, cashless.hands)
        if dice.random() < 0.2:
            cashless.hands.remove_card()
        await cashless.let_pass(3.0)
        answers = [told for told in cashless.taken() if type(told) in (Authorised, Declined)]
        reference = answers[0].reference if answers and type(answers[0]) is Authorised else ""
        wanted = answers[0].amount_minor if reference and dice.random() < 0.6 else 0
        cashless.order("cashless", Settle(sale=sale, amount_minor=wanted, reference=reference))
        trouble(dice, cashless.hands)
        settled += (await cashless.event(Settled, within=90.0)).amount_minor
        if dice.random() < 0.5:
            cashless.hands.remove_card()
        await cashless.let_pass(dice.choice((0.1, 3.0)))
    assert settled == cashless.hands.taken_minor
