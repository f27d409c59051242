"""Simulated devices keep the whole contract: escrow, counters, sessions, withdrawals, questions."""

from __future__ import annotations

from typing import TypeVar

import pytest

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
from hardware.contract.cooling import CabinetTemperature, DefrostEnded, DefrostStarted, SetTarget, TargetSet
from hardware.contract.display import ShowText
from hardware.contract.motor_board import AskTurn, MotorTurned, TurnMotor
from hardware.contract.payment import (
    Authorise,
    Authorised,
    CodeScanned,
    Declined,
    SessionBegun,
    SessionEnded,
    Settle,
    Settled,
)
from hardware.contract.power import PowerLost, PowerRestored, Reboot, Rebooted
from hardware.contract.presence import DoorClosed, DoorOpened
from hardware.contract.pricing import AskPrice, PriceRead, SetPrice
from runtime.actor import Actor
from simulator.devices.cabinet_electronics import BOOT_SECONDS, CutMains, Display
from simulator.devices.cash import CashDevice, Insert, PullLever
from simulator.devices.cooling import DEFROST_SECONDS, DOOR_OPEN_SECONDS, Climate
from simulator.devices.payment_terminal import PaymentTerminal
from simulator.devices.session_reader import CodeScanner, PresentCard, SessionReader, ShowCode, TakeCard
from simulator.money import MONEY
from simulator.street import DeviceFaults, Street
from tests.simulator.street_fakes import Listener
from tests.simulator.test_devices import SECOND, street_with, tell

HKD = MONEY["HKD"]
A = TypeVar("A", bound=Actor)


def device(street: Street, name: str, kind: type[A]) -> A:
    found = street.kernel.actors[street.kernel.reach(f"hk-1/{name}")]
    assert isinstance(found, kind)
    return found


def street_of(name: str, actor: Actor) -> tuple[Street, Listener]:
    """One device alone, and somebody who listens in the machine's place."""
    street, machine = Street(seed=1, currency="HKD"), Listener()
    street.kernel.spawn(f"hk-1/{name}", actor)
    street.kernel.spawn("hk-1", machine)
    return street, machine


# Cash


def test_a_bill_in_escrow_waits_for_a_word_and_the_rest_of_the_money_with_it() -> None:
    street, machine = street_of("cash", CashDevice(HKD, escrow=True))
    tell(street, "hk-1/cash", AcceptCash(on=True), Insert(pieces=(2000, 500)))
    assert machine.heard == [(0, BillHeld(value_minor=2000))]
    tell(street, "hk-1/cash", KeepBill(), KeepBill())
    assert machine.of(CashInserted) == [
        CashInserted(value_minor=2000, held_in="stacker"),
        CashInserted(value_minor=500, held_in="tube"),
    ]
    assert device(street, "cash", CashDevice).in_minor == 2500


def test_a_bill_that_is_returned_is_nobodys_money_and_its_customer_gives_up() -> None:
    street, machine = street_of("cash", CashDevice(HKD, escrow=True))
    tell(street, "hk-1/cash", AcceptCash(on=True), Insert(pieces=(2000, 500)), ReturnBill(), ReturnBill())
    assert machine.of(BillReturned) == [BillReturned(value_minor=2000), BillReturned(value_minor=0)]
    assert machine.of(ReturnAsked) == [ReturnAsked()]
    assert device(street, "cash", CashDevice).in_minor == 0


def test_a_piece_that_is_not_taken_falls_through_and_its_customer_pulls_the_lever() -> None:
    street, machine = street_with()
    tell(street, "hk-1/cash", AcceptCash(on=True, values=(500, 100)), Insert(pieces=(500, 7, 1000)))
    assert [each.value_minor for each in machine.of(CashInserted)] == [500, 7]
    assert machine.heard[-1] == (3 * SECOND, ReturnAsked())
    tell(street, "hk-1/cash", PullLever())
    assert len(machine.of(ReturnAsked)) == 2


@pytest.mark.parametrize("counts", [True, False])
def test_a_count_says_what_is_in_the_tubes_and_the_counters_of_a_device_that_has_some(counts: bool) -> None:
    street, machine = street_of("cash", CashDevice(HKD, 500, counts=counts))
    tell(
        street, "hk-1/cash", AcceptCash(on=True), Insert(pieces=(2000, 100)), PayOut(sale=1, amount_minor=50)
    )
    tell(street, "hk-1/cash", CountCash())
    assert machine.of(CashCounted) == [
        CashCounted(
            tubes=((1000, 0), (500, 0), (200, 0), (100, 3), (50, 5)),
            values=(5000, 2000, 1000, 500, 200, 100, 50),
            inserted_minor=2100 if counts else -1,
            paid_minor=50 if counts else -1,
        )
    ]


def test_the_coins_named_are_the_ones_paid_as_far_as_they_go() -> None:
    street, machine = street_with(float_minor=10_000)
    tell(street, "hk-1/cash", PayOut(sale=1, amount_minor=300, pieces=((100, 3),)))
    tell(street, "hk-1/cash", PayOut(sale=2, amount_minor=90_000, pieces=((1000, 90),)))
    assert machine.of(PaidOut) == [
        PaidOut(sale=1, amount_minor=300, pieces=((100, 3),)),
        PaidOut(sale=2, amount_minor=2000, pieces=((1000, 2),)),
    ]


# Motor board


def test_a_board_asked_about_a_turn_says_how_it_ended_and_turns_nothing() -> None:
    street, machine = street_with()
    ask = AskTurn(lane="A1", turn=5)
    tell(street, "hk-1/board", ask)
    tell(street, "hk-1/board", TurnMotor(lane="A1", turn=5), ask, seconds=1)
    assert [each.outcome for each in machine.of(MotorTurned)] == ["unknown"], "nothing is known before"
    tell(street, "hk-1/board", seconds=5)
    tell(street, "hk-1/board", ask, AskTurn(lane="A1", turn=6), AskTurn(lane="A1", turn=4))
    said = [(each.turn, each.outcome) for each in machine.of(MotorTurned)]
    assert said[1:] == [(5, "dropped"), (5, "dropped"), (6, "not_turned"), (4, "unknown")]


def test_a_motor_may_be_stuck_and_a_board_keeps_prices() -> None:
    street, machine = street_with(faults=DeviceFaults(stuck_per_vend=1.0))
    tell(street, "hk-1/board", TurnMotor(lane="A1", turn=1, joined="A2"))
    assert [each.outcome for each in machine.of(MotorTurned)] == ["stuck"]
    tell(street, "hk-1/board", SetPrice(lane="A1", price_minor=900), AskPrice(lane="A2"))
    assert machine.of(PriceRead) == [
        PriceRead(lane="A1", price_minor=900),
        PriceRead(lane="A2", price_minor=0),
    ]


# Payment


def test_a_request_withdrawn_is_never_answered_and_reserves_nothing() -> None:
    street, machine = street_with()
    withdrawn = Settle(sale=1, amount_minor=0, reference="")
    tell(street, "hk-1/cashless", Authorise(sale=1, amount_minor=800), withdrawn)
    assert [each for _, each in machine.heard] == [Settled(sale=1, amount_minor=0)]
    tell(street, "hk-1/cashless", Authorise(sale=1, amount_minor=300, ask=2))
    assert machine.of(Authorised) == [
        Authorised(sale=1, amount_minor=300, reference="hk-1/cashless:1.2", ask=2)
    ]


def test_settling_again_for_less_gives_the_rest_back_and_a_lost_refund_gives_nothing() -> None:
    for share, taken in ((0.0, 300), (1.0, 800)):
        street, machine = street_with(faults=DeviceFaults(lost_refund_share=share))
        tell(street, "hk-1/code", Authorise(sale=1, amount_minor=800))
        tell(street, "hk-1/code", Settle(sale=1, amount_minor=800, reference="r"))
        tell(street, "hk-1/code", Settle(sale=1, amount_minor=300, reference="r"))
        assert [each.amount_minor for each in machine.of(Settled)] == [800, taken]
        assert device(street, "code", PaymentTerminal).taken_minor == taken


def test_a_session_reader_waits_for_a_card_and_cancels_when_it_is_taken_away() -> None:
    street, machine = street_of("cashless", SessionReader())
    tell(street, "hk-1/cashless", Authorise(sale=1, amount_minor=800))
    assert machine.heard == []
    tell(street, "hk-1/cashless", PresentCard(funds_minor=1000))
    assert [type(each) for _, each in machine.heard] == [SessionBegun, Authorised]
    tell(street, "hk-1/cashless", Settle(sale=1, amount_minor=800, reference="r"))
    tell(street, "hk-1/cashless", Authorise(sale=2, amount_minor=800))
    assert machine.of(Declined) == [Declined(sale=2, why="declined")], "it holds 200 now"
    tell(street, "hk-1/cashless", Authorise(sale=3, amount_minor=100), TakeCard(), TakeCard())
    assert machine.of(Declined)[-1] == Declined(sale=3, why="cancelled")
    assert len(machine.of(SessionEnded)) == 1


def test_a_scanner_tells_the_code_it_read() -> None:
    street, machine = street_of("scanner", CodeScanner())
    tell(street, "hk-1/scanner", ShowCode(code="28123"))
    assert machine.of(CodeScanned) == [CodeScanned(code="28123")]


# The cabinet


def test_a_new_target_is_confirmed_and_the_door_and_defrosts_are_told() -> None:
    street, machine = street_with(climate=Climate(openings_per_day=4.0, defrost_hours=6.0))
    tell(street, "hk-1/cooling", SetTarget(temp_decicelsius=20))
    assert machine.of(TargetSet) == [TargetSet(temp_decicelsius=20)]
    street.kernel.run(86_400 * SECOND)
    opened_at = [at for at, each in machine.heard if isinstance(each, DoorOpened)]
    closed_at = [at for at, each in machine.heard if isinstance(each, DoorClosed)]
    assert len(opened_at) >= 1
    assert [at + round(DOOR_OPEN_SECONDS * SECOND) for at in opened_at][: len(closed_at)] == closed_at
    began = [at for at, each in machine.heard if isinstance(each, DefrostStarted)]
    ended = [at for at, each in machine.heard if isinstance(each, DefrostEnded)]
    assert [at // (3600 * SECOND) for at in began] == [6, 12, 18, 24]
    assert [at + round(DEFROST_SECONDS * SECOND) for at in began[:3]] == ended
    warm = [
        each.temp_decicelsius
        for at, each in machine.heard
        if isinstance(each, CabinetTemperature) and began[0] < at <= ended[0]
    ]
    assert warm == sorted(warm)
    assert warm[-1] > warm[0]


def test_the_display_shows_the_last_text_and_the_supply_tells_of_the_mains_and_of_a_reboot() -> None:
    street, machine = street_with()
    tell(street, "hk-1/display", ShowText(text="exact change only"))
    assert device(street, "display", Display).text == "exact change only"
    tell(street, "hk-1/power", Reboot(), CutMains(seconds=5.0))
    assert [(at - 60 * SECOND, type(each)) for at, each in machine.heard] == [
        (0, PowerLost),
        (5 * SECOND, PowerRestored),
        (round(BOOT_SECONDS * SECOND), Rebooted),
    ]
