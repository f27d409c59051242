"""The reader behind the driver: what is settled is what was truly taken."""

from __future__ import annotations

import pytest
import trio

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
from hardware.contract.presence import DeviceLost
from hardware.mdb.reader_unit import REQUESTS_MAX
from simulator.peripherals.mdb_reader import MULTIVEND, MdbReader
from tests.hardware.mdb.bench import Bench, full_bus, running

WIRES = ["parity", "ascii", "hex"]
LEVELS = [1, 2, 3]


async def authorised(bench: Bench, sale: int = 1, ask: int = 0, amount_minor: int = 150) -> Authorised:
    """Ask; the card is there, or comes after a second."""
    order = Authorise(sale=sale, ask=ask, amount_minor=amount_minor, lane="A3")
    await bench.ask(order, "cashless")
    await trio.sleep(1)
    bench.reader.present_card()
    return await bench.event(Authorised)


async def settled(bench: Bench, yes: Authorised, amount_minor: int) -> Settled:
    order = Settle(sale=yes.sale, ask=yes.ask, amount_minor=amount_minor, reference=yes.reference)
    await bench.ask(order, "cashless")
    return await bench.event(Settled)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("level", LEVELS)
async def test_a_session_reader_sells_several_units_in_one_session(
    level: int, wire: str, autojump_clock: object
) -> None:
    async with running(full_bus(wire, level=level, always_idle=False)) as bench:
        await trio.sleep(1)
        bench.reader.present_card(1000)
        assert await bench.event(SessionBegun) == SessionBegun(funds_minor=1000)
        for ask in range(3):
            yes = await authorised(bench, ask=ask)
            assert await settled(bench, yes, 150) == Settled(sale=1, ask=ask, amount_minor=150)
        assert bench.all(SessionEnded) == []
        await bench.event(SessionEnded)
        assert bench.reader.charges == [150, 150, 150]
        assert bench.reader.vended == [103, 103, 103]
        assert refusals(bench) == []


async def test_without_multivend_each_unit_has_a_session_of_its_own(autojump_clock: object) -> None:
    async with running(full_bus(always_idle=False)) as bench:
        reader = bench.reader
        reader.misc &= ~MULTIVEND
        reader.reset()
        await trio.sleep(3)
        for ask in range(2):
            await settled(bench, await authorised(bench, ask=ask), 150)
            await bench.event(SessionEnded)
        assert len(bench.all(SessionBegun)) == 2
        assert reader.charges == [150, 150]


@pytest.mark.parametrize("always_idle", [True, False])
async def test_a_customer_without_a_card_is_waited_for_and_then_declined(
    always_idle: bool, autojump_clock: object
) -> None:
    async with running(full_bus(always_idle=always_idle)) as bench:
        began = trio.current_time()
        await bench.ask(Authorise(sale=1, amount_minor=150), "cashless")
        assert await bench.event(Declined) == Declined(sale=1, why="timeout")
        assert 60 <= trio.current_time() - began < 62
        assert (await authorised(bench, sale=2)).sale == 2


@pytest.mark.parametrize("always_idle", [True, False])
async def test_a_request_is_withdrawn_before_a_card_comes(always_idle: bool, autojump_clock: object) -> None:
    async with running(full_bus(always_idle=always_idle)) as bench:
        await bench.ask(Authorise(sale=1, amount_minor=150), "cashless")
        await trio.sleep(2)
        await bench.ask(Settle(sale=1, amount_minor=0, reference=""), "cashless")
        assert await bench.event(Settled) == Settled(sale=1, amount_minor=0)
        await trio.sleep(3)
        bench.reader.present_card(1000)
        await trio.sleep(3)
        assert bench.reader.charges == []
        assert bench.all(Declined) == []
        await bench.ask(Authorise(sale=1, amount_minor=150), "cashless")
        assert await bench.event(Declined) == Declined(sale=1, why="cancelled")


async def test_a_withdrawal_that_crosses_with_the_approval_is_refunded(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(Authorise(sale=1, amount_minor=150), "cashless")
        await trio.sleep(1)
        bench.reader.present_card(1000)
        await trio.sleep(0.49)
        await bench.ask(Settle(sale=1, amount_minor=0, reference=""), "cashless")
        told = await bench.event(Settled)
        assert told.amount_minor == bench.reader.taken_minor == 0


@pytest.mark.parametrize("wire", WIRES)
async def test_a_lost_refund_is_told_as_money_taken(wire: str, autojump_clock: object) -> None:
    async with running(full_bus(wire)) as bench:
        bench.reader.loses_refunds = True
        yes = await authorised(bench)
        assert await settled(bench, yes, 0) == Settled(sale=1, amount_minor=150)
        assert bench.reader.taken_minor == 150


@pytest.mark.parametrize("amount_minor", [0, 150])
@pytest.mark.parametrize("lost", range(1, 6))
async def test_lost_answers_do_not_change_what_is_taken(
    lost: int, amount_minor: int, autojump_clock: object
) -> None:
    async with running(full_bus()) as bench:
        yes = await authorised(bench)
        bench.bus.faults["reader"].answers_lost = lost
        told = await settled(bench, yes, amount_minor)
        await trio.sleep(5)
        assert told.amount_minor == bench.reader.taken_minor == amount_minor


@pytest.mark.parametrize("amount_minor", [0, 150])
async def test_a_reset_between_approval_and_success_counts_as_success(
    amount_minor: int, autojump_clock: object
) -> None:
    async with running(full_bus()) as bench:
        yes = await authorised(bench)
        bench.reader.reset()
        await trio.sleep(2)
        assert await settled(bench, yes, amount_minor) == Settled(sale=1, amount_minor=150)
        assert bench.reader.taken_minor == 150
        assert await settled(bench, yes, amount_minor) == Settled(sale=1, amount_minor=150)


@pytest.mark.parametrize("amount_minor", [0, 150])
async def test_a_reader_that_dies_before_the_end_has_taken_the_money(
    amount_minor: int, autojump_clock: object
) -> None:
    async with running(full_bus()) as bench:
        yes = await authorised(bench)
        bench.reader.cut_power()
        assert (await settled(bench, yes, amount_minor)).amount_minor == bench.reader.taken_minor == 150
        await bench.ask(Authorise(sale=2, amount_minor=150), "cashless")
        assert await bench.event(Declined) == Declined(sale=2, why="offline")


async def test_another_driver_settles_what_an_earlier_one_was_told(autojump_clock: object) -> None:
    bus = full_bus()
    async with running(bus) as bench:
        yes = await authorised(bench)
    async with running(bus) as bench:
        assert await settled(bench, yes, 0) == Settled(sale=1, amount_minor=150)
        assert bench.reader.taken_minor == 150


async def test_a_part_cannot_be_taken_and_is_not_claimed(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        yes = await authorised(bench)
        assert await settled(bench, yes, 50) == Settled(sale=1, amount_minor=150)


async def test_the_same_question_gets_the_same_answer(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        order = Authorise(sale=1, amount_minor=150, lane="A3")
        await bench.ask(order, "cashless")
        yes = await authorised(bench)
        await bench.ask(order, "cashless")
        assert await bench.event(Authorised) == yes
        assert bench.reader.charges == [150]


async def test_an_amount_the_reader_cannot_say_is_declined(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        for sale, amount_minor in ((1, 155), (2, 10 * 0xFFFF)):
            await bench.ask(Authorise(sale=sale, amount_minor=amount_minor), "cashless")
            assert await bench.event(Declined) == Declined(sale=sale, why="declined")


async def test_requests_beyond_the_ceiling_are_declined_at_once(autojump_clock: object) -> None:
    async with running(full_bus(always_idle=False)) as bench:
        for sale in range(REQUESTS_MAX + 2):
            await bench.ask(Authorise(sale=sale, amount_minor=150), "cashless")
        assert [no.sale for no in bench.all(Declined)] == [REQUESTS_MAX, REQUESTS_MAX + 1]


@pytest.mark.parametrize("when", [0.0, 0.3, 0.7, 1.1])
async def test_a_card_taken_away_ends_the_session(when: float, autojump_clock: object) -> None:
    async with running(full_bus(always_idle=False)) as bench:
        await trio.sleep(1)
        bench.reader.present_card(1000)
        await bench.event(SessionBegun)
        await trio.sleep(when)
        bench.reader.remove_card()
        await bench.event(SessionEnded)
        assert (await authorised(bench)).sale == 1


async def test_cash_sales_are_reported_to_a_reader_that_wants_them(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(ReportCashSale(lane="B12", price_minor=250), "cashless")
        await bench.until(lambda: bench.reader.cash_sales == [(250, 212)])
        await trio.sleep(2)
        assert bench.reader.cash_sales == [(250, 212)]


async def test_a_silent_reader_is_lost_on_the_way_that_polls_by_itself(autojump_clock: object) -> None:
    async with running(full_bus("hex")) as bench:
        bench.bus.faults["reader"].silent = True
        assert await bench.event(DeviceLost) == DeviceLost(device="cashless")


async def test_a_reader_that_dies_while_it_is_reset_is_answered_for(autojump_clock: object) -> None:
    async with running(full_bus()) as bench:
        await bench.ask(Authorise(sale=1, amount_minor=150), "cashless")
        await trio.sleep(1)
        bench.reader.events.append(b"\x0b\x04")
        await trio.sleep(0.15)
        bench.bus.faults["reader"].silent = True
        assert await bench.event(Declined) == Declined(sale=1, why="offline")


def refusals(bench: Bench) -> list[str]:
    """Rules we have broken; that it was silent while it refunded is no rule of ours."""
    assert isinstance(bench.reader, MdbReader)
    return [line for line in bench.reader.complaints if "no answer to 12" not in line]
