"""Bugs in how a machine sells: motor, money, lanes."""

from __future__ import annotations

import pytest

from actors.machine import choosing, paying, returning, silence, vending
from actors.machine.lane import Lane, turn_of
from actors.machine.machine import Machine
from actors.machine.messages import LaneClosed, UnitTimeout, VendCompleted, VendIntended
from actors.machine.states import IDLE, VENDING
from actors.payment.messages import ChangePaid, PaymentRefunded
from hardware.contract.cash import PaidOut, PayOut
from hardware.contract.motor_board import DROPPED, NO_DROP, MotorTurned, TurnMotor
from hardware.contract.payment import Settled
from tests.mutants.planted import exchange, planted


@planted(seed=2, shows="I8")
def the_motor_turns_and_its_intent_is_noted_afterwards(patch: pytest.MonkeyPatch) -> None:
    def vend(machine: Machine, code: str, price_minor: int) -> None:
        sale = machine.sale
        choosing.enter(machine, VENDING)
        turn = TurnMotor(lane=code, turn=turn_of(sale.number, sale.unit))
        machine.tell(machine.device("board"), turn)

    def turned(machine: Machine, event: MotorTurned) -> None:
        sale = machine.sale
        if event.turn == turn_of(sale.number, sale.unit):
            code, price_minor = sale.units[sale.unit]
            tender = sale.tender or machine.books.tender or "cash"
            machine.record(
                VendIntended(
                    sale=sale.number, unit=sale.unit, lane=code, price_minor=price_minor, tender=tender
                )
            )
            vending.turned(machine, event)

    patch.setattr(vending, "_vend", vend)
    exchange(patch, vending.turned, turned)


@planted(seed=1, shows="I8")
def a_unit_is_tried_again_when_nothing_fell(patch: pytest.MonkeyPatch) -> None:
    def again(machine: Machine, event: MotorTurned) -> None:
        sale = machine.sale
        if event.outcome == NO_DROP and event.turn == turn_of(sale.number, sale.unit):
            lane = sale.units[sale.unit][0]
            machine.tell(machine.device("board"), TurnMotor(lane=lane, turn=event.turn + 50))
        vending.turned(machine, event)

    exchange(patch, vending.turned, again)


@planted(seed=1, shows="I2")
def a_jam_counts_as_sold(patch: pytest.MonkeyPatch) -> None:
    turned = Lane.turned

    def sold(lane: Lane, vend: VendIntended, outcome: str) -> None:
        turned(lane, vend, DROPPED if outcome == NO_DROP else outcome)

    patch.setattr(Lane, "turned", sold)


@planted(seed=1, shows="I2")
def a_sold_unit_stays_in_the_level(patch: pytest.MonkeyPatch) -> None:
    unit_ended = Lane.appliers[VendCompleted]

    def kept(lane: Lane, fact: VendCompleted) -> None:
        level = lane.level
        unit_ended(lane, fact)
        lane.level = level

    patch.setitem(Lane.appliers, VendCompleted, kept)


@planted(seed=2, shows="I2")
def a_unit_of_which_nothing_was_heard_counts_as_sold(patch: pytest.MonkeyPatch) -> None:
    def sold(machine: Machine) -> None:
        vend = machine.books.intents[-1]
        machine.lane(vend.lane).turned(vend, DROPPED)
        machine.sale.vended += 1
        vending.unit_ended(machine)

    patch.setitem(silence._GIVE_UP, VENDING, sold)


@planted(seed=3, shows="I1")
def change_is_noted_as_asked_for_and_not_as_paid(patch: pytest.MonkeyPatch) -> None:
    def paid_out(machine: Machine, event: PaidOut) -> None:
        if event.sale == machine.sale.pay_out:
            if held_minor := machine.cash_held_minor:
                machine.record(ChangePaid(sale=machine.books.sale, amount_minor=held_minor))
            returning.serve(machine)

    exchange(patch, returning.paid_out, paid_out)


@planted(seed=3, shows="I3")
def change_that_was_short_is_not_flagged(patch: pytest.MonkeyPatch) -> None:
    def paid_out(machine: Machine, event: PaidOut) -> None:
        if event.sale == machine.sale.pay_out:
            if paid_minor := min(event.amount_minor, machine.cash_held_minor):
                machine.record(ChangePaid(sale=machine.books.sale, amount_minor=paid_minor))
            returning.serve(machine)

    exchange(patch, returning.paid_out, paid_out)


@planted(seed=1, shows="I1")
def change_is_paid_twice(patch: pytest.MonkeyPatch) -> None:
    def paid_out(machine: Machine, event: PaidOut) -> None:
        if event.sale == machine.sale.pay_out and event.pieces:
            again = PayOut(sale=event.sale + 1_000_000, amount_minor=event.amount_minor, pieces=event.pieces)
            machine.tell(machine.device("cash"), again)
        returning.paid_out(machine, event)

    exchange(patch, returning.paid_out, paid_out)


@planted(seed=4, shows="I3")
def a_refund_is_noted_before_the_provider_has_said_so(patch: pytest.MonkeyPatch) -> None:
    settle = returning.settle

    def hasty(machine: Machine) -> None:
        back_minor = machine.card_held_minor
        settle(machine)
        if back_minor:
            books = machine.books
            machine.record(PaymentRefunded(sale=books.sale, tender=books.tender, amount_minor=back_minor))

    patch.setattr(returning, "settle", hasty)


@planted(seed=4, shows="I3")
def a_refund_that_got_lost_is_not_flagged(patch: pytest.MonkeyPatch) -> None:
    def settled(machine: Machine, event: Settled) -> None:
        books = machine.books
        if (event.sale, event.ask) == (books.sale, books.ask) and (back_minor := machine.card_held_minor):
            machine.record(PaymentRefunded(sale=books.sale, tender=books.tender, amount_minor=back_minor))
        returning.settled(machine, event)

    exchange(patch, returning.settled, settled)


@planted(seed=1, shows="I3")
def the_whole_reservation_is_taken_although_a_unit_failed(patch: pytest.MonkeyPatch) -> None:
    def settle(machine: Machine) -> None:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Machine, "card_held_minor", 0)
            whole(machine)

    whole = returning.settle
    patch.setattr(returning, "settle", settle)


@planted(seed=8, shows="I3")
def an_approval_that_came_too_late_is_not_let_go(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(paying, "let_go", lambda machine, sale, ask, reference: None)


@planted(seed=8, shows="I3")
def a_sale_of_which_nothing_is_heard_stays_open(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(Machine.handlers, UnitTimeout, lambda machine, timeout: None)


@planted(seed=2, shows="I3")
def a_sale_given_up_keeps_its_money(patch: pytest.MonkeyPatch) -> None:
    def forgotten(machine: Machine) -> None:
        machine.state = IDLE

    for state in silence._GIVE_UP:
        patch.setitem(silence._GIVE_UP, state, forgotten)


@planted(seed=1, shows="I8")
def a_second_unit_is_vended_on_the_money_of_the_first(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(vending, "_paid", lambda machine, _: bool(machine.books.sale == machine.sale.number))


@planted(seed=1, shows="I3")
def a_shut_lane_goes_on_selling(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(Lane.appliers, LaneClosed, lambda lane, fact: None)


@planted(seed=9, shows="I1")
def a_coin_that_nobody_expected_is_not_noted(patch: pytest.MonkeyPatch) -> None:
    exchange(patch, choosing.note_coin, lambda machine, event: None)
