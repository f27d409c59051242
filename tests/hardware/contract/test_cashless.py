"""Cashless payment: what every card reader, code payment and terminal does."""

from __future__ import annotations

import pytest

from hardware.contract.payment import (
    Authorise,
    Authorised,
    Declined,
    ReportCashSale,
    SessionBegun,
    SessionEnded,
    Settle,
    Settled,
)
from hardware.contract.presence import DeviceFound, DeviceLost
from tests.hardware.contract.hands import CashlessHands
from tests.hardware.contract.rig import Rig


async def authorised(
    cashless: Rig[CashlessHands], sale: int = 1, amount_minor: int = 500, ask: int = 0
) -> Authorised:
    """Ask for an amount and pay it."""
    cashless.order("cashless", Authorise(sale=sale, amount_minor=amount_minor, ask=ask, lane="A1"))
    await cashless.let_pass(0.5)
    cashless.hands.present_card()
    answer = await cashless.event(Authorised)
    assert (answer.sale, answer.amount_minor, answer.ask) == (sale, amount_minor, ask)
    return answer


async def settled(cashless: Rig[CashlessHands], answer: Authorised, amount_minor: int) -> Settled:
    """Settle what was authorised."""
    order = Settle(sale=answer.sale, amount_minor=amount_minor, reference=answer.reference, ask=answer.ask)
    cashless.order("cashless", order)
    return await cashless.event(Settled)


@pytest.mark.on_a_wall_clock_too
async def test_an_authorised_amount_is_settled_for_itself(cashless: Rig[CashlessHands]) -> None:
    answer = await authorised(cashless)
    assert await settled(cashless, answer, 500) == Settled(sale=1, amount_minor=500)
    assert cashless.hands.taken_minor == 500


@pytest.mark.on_a_wall_clock_too
async def test_what_is_not_sold_is_given_back(cashless: Rig[CashlessHands]) -> None:
    answer = await authorised(cashless)
    assert await settled(cashless, answer, 0) == Settled(sale=1, amount_minor=0)
    assert cashless.hands.taken_minor == 0


@pytest.mark.needs("settling in part")
async def test_part_of_an_authorised_amount_is_settled(cashless: Rig[CashlessHands]) -> None:
    answer = await authorised(cashless, amount_minor=800)
    assert (await settled(cashless, answer, 300)).amount_minor == 300
    assert cashless.hands.taken_minor == 300


@pytest.mark.without("settling in part")
async def test_a_device_that_settles_all_or_nothing_says_which(cashless: Rig[CashlessHands]) -> None:
    answer = await authorised(cashless, amount_minor=800)
    told = await settled(cashless, answer, 300)
    assert told.amount_minor in (0, 800)
    assert told.amount_minor == cashless.hands.taken_minor


async def test_a_lost_refund_tells_the_truth(cashless: Rig[CashlessHands]) -> None:
    answer = await authorised(cashless)
    cashless.hands.loses_refunds = True
    assert await settled(cashless, answer, 0) == Settled(sale=1, amount_minor=500)
    assert cashless.hands.taken_minor == 500


async def test_settling_asked_again_takes_nothing_more(cashless: Rig[CashlessHands]) -> None:
    answer = await authorised(cashless)
    first = await settled(cashless, answer, 500)
    assert await settled(cashless, answer, 500) == first
    assert cashless.hands.taken_minor == 500


async def test_a_request_made_twice_is_one_request(cashless: Rig[CashlessHands]) -> None:
    answer = await authorised(cashless)
    cashless.order("cashless", Authorise(sale=1, amount_minor=500, lane="A1"))
    assert await cashless.event(Authorised) == answer
    await settled(cashless, answer, 500)
    assert cashless.hands.taken_minor == 500


async def test_a_refusal_is_told_and_nothing_is_taken(cashless: Rig[CashlessHands]) -> None:
    cashless.hands.approves = False
    cashless.order("cashless", Authorise(sale=1, amount_minor=500, lane="A1"))
    await cashless.let_pass(0.5)
    cashless.hands.present_card()
    assert await cashless.event(Declined) == Declined(sale=1, why="declined")
    assert cashless.hands.taken_minor == 0


async def test_after_a_refusal_the_next_sale_is_paid(cashless: Rig[CashlessHands]) -> None:
    cashless.hands.approves = False
    cashless.order("cashless", Authorise(sale=1, amount_minor=500, lane="A1"))
    await cashless.let_pass(0.5)
    cashless.hands.present_card()
    await cashless.event(Declined)
    cashless.hands.approves = True
    cashless.hands.remove_card()
    await cashless.let_pass(2.0)
    answer = await authorised(cashless, sale=2)
    assert (await settled(cashless, answer, 500)).amount_minor == 500
    assert cashless.hands.taken_minor == 500


@pytest.mark.needs("waiting for a card")
async def test_a_withdrawn_request_takes_nothing(cashless: Rig[CashlessHands]) -> None:
    cashless.order("cashless", Authorise(sale=1, amount_minor=500, lane="A1"))
    await cashless.let_pass(1.0)
    cashless.order("cashless", Settle(sale=1, amount_minor=0, reference=""))
    assert await cashless.event(Settled) == Settled(sale=1, amount_minor=0)
    await cashless.let_pass(1.0)
    cashless.hands.present_card()
    await cashless.quiet(Authorised, seconds=2.0)
    assert cashless.hands.taken_minor == 0


@pytest.mark.without("waiting for a card")
async def test_a_device_that_waits_for_no_card_asks_its_provider_at_once(
    cashless: Rig[CashlessHands],
) -> None:
    cashless.order("cashless", Authorise(sale=1, amount_minor=500, lane="A1"))
    answer = await cashless.event(Authorised)
    assert (await settled(cashless, answer, 500)).amount_minor == cashless.hands.taken_minor == 500


async def test_two_asks_of_one_sale_are_settled_each_for_itself(cashless: Rig[CashlessHands]) -> None:
    first = await authorised(cashless, amount_minor=500, ask=0)
    assert await settled(cashless, first, 500) == Settled(sale=1, amount_minor=500, ask=0)
    cashless.hands.remove_card()
    await cashless.let_pass(2.0)
    second = await authorised(cashless, amount_minor=300, ask=1)
    assert await settled(cashless, second, 0) == Settled(sale=1, amount_minor=0, ask=1)
    assert cashless.hands.taken_minor == 500


async def test_the_next_unit_is_asked_for_while_the_card_is_still_there(cashless: Rig[CashlessHands]) -> None:
    first = await authorised(cashless, amount_minor=500, ask=0)
    await settled(cashless, first, 500)
    second = await authorised(cashless, amount_minor=300, ask=1)
    await settled(cashless, second, 300)
    assert cashless.hands.taken_minor == 800


@pytest.mark.needs("sessions")
async def test_a_card_shown_before_choosing_is_told_and_its_end_too(cashless: Rig[CashlessHands]) -> None:
    await cashless.until(lambda: cashless.hands.looks_for_card)
    cashless.hands.present_card(1500)
    assert await cashless.event(SessionBegun) == SessionBegun(funds_minor=1500)
    cashless.hands.remove_card()
    assert await cashless.event(SessionEnded) == SessionEnded()
    await cashless.quiet(SessionBegun, SessionEnded)


@pytest.mark.needs("sessions")
async def test_a_card_shown_before_choosing_pays(cashless: Rig[CashlessHands]) -> None:
    await cashless.until(lambda: cashless.hands.looks_for_card)
    cashless.hands.present_card(1500)
    await cashless.event(SessionBegun)
    cashless.order("cashless", Authorise(sale=1, amount_minor=500, lane="A1"))
    answer = await cashless.event(Authorised)
    assert (await settled(cashless, answer, 500)).amount_minor == 500
    assert cashless.hands.taken_minor == 500


@pytest.mark.without("sessions")
async def test_a_device_without_sessions_tells_of_none(cashless: Rig[CashlessHands]) -> None:
    cashless.hands.present_card(1500)
    cashless.hands.remove_card()
    await cashless.quiet(SessionBegun, SessionEnded, seconds=5.0)


@pytest.mark.needs("patience")
async def test_a_provider_that_never_answers_declines_in_the_end(cashless: Rig[CashlessHands]) -> None:
    cashless.hands.answers = False
    cashless.order("cashless", Authorise(sale=1, amount_minor=500, lane="A1"))
    await cashless.let_pass(0.5)
    cashless.hands.present_card()
    declined = await cashless.event(Declined, within=300.0)
    assert (declined.sale, declined.why) == (1, "timeout")
    assert cashless.hands.taken_minor == 0


@pytest.mark.needs("presence")
async def test_a_device_that_falls_silent_is_lost_and_found(cashless: Rig[CashlessHands]) -> None:
    cashless.hands.fall_silent()
    assert (await cashless.event(DeviceLost)).device == "cashless"
    cashless.order("cashless", Authorise(sale=1, amount_minor=500, lane="A1"))
    assert await cashless.event(Declined) == Declined(sale=1, why="offline")
    cashless.hands.speak_again()
    assert (await cashless.event(DeviceFound)).device == "cashless"
    await cashless.quiet(DeviceLost, DeviceFound)


@pytest.mark.needs("power")
async def test_a_power_failure_before_settling_tells_what_was_taken(cashless: Rig[CashlessHands]) -> None:
    answer = await authorised(cashless)
    cashless.hands.blink()
    told = await settled(cashless, answer, 0)
    assert told.amount_minor == cashless.hands.taken_minor


@pytest.mark.needs("power")
async def test_a_power_failure_long_before_settling_tells_what_was_taken(
    cashless: Rig[CashlessHands],
) -> None:
    answer = await authorised(cashless)
    cashless.hands.blink()
    await cashless.let_pass(5.0)
    told = await settled(cashless, answer, 0)
    assert told.amount_minor == cashless.hands.taken_minor


@pytest.mark.parametrize("amount_minor", [0, 500])
async def test_after_a_restart_a_settlement_tells_what_was_taken(
    cashless: Rig[CashlessHands], amount_minor: int
) -> None:
    answer = await authorised(cashless)
    await cashless.restart()
    told = await settled(cashless, answer, amount_minor)
    assert told.amount_minor == cashless.hands.taken_minor


@pytest.mark.needs("wire")
@pytest.mark.parametrize("lost", [1, 2, 4])
@pytest.mark.parametrize("amount_minor", [0, 500])
async def test_a_settlement_whose_answers_are_lost_tells_what_was_taken(
    cashless: Rig[CashlessHands], amount_minor: int, lost: int
) -> None:
    answer = await authorised(cashless)
    cashless.hands.lose_answers(lost)
    told = await settled(cashless, answer, amount_minor)
    assert told.amount_minor == cashless.hands.taken_minor


@pytest.mark.needs("cash sales")
async def test_a_sale_in_cash_is_reported_once(cashless: Rig[CashlessHands]) -> None:
    cashless.order("cashless", ReportCashSale(lane="A1", price_minor=800))
    await cashless.let_pass(5.0)
    assert cashless.hands.cash_sales == [800]


@pytest.mark.without("cash sales")
async def test_a_device_that_keeps_no_audit_leaves_a_sale_in_cash(cashless: Rig[CashlessHands]) -> None:
    cashless.order("cashless", ReportCashSale(lane="A1", price_minor=800))
    await cashless.let_pass(5.0)
    assert cashless.taken() == []
    assert (cashless.hands.cash_sales, cashless.hands.taken_minor) == ([], 0)
