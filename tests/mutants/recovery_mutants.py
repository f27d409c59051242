"""Bugs in what a machine does after a power cut."""

from __future__ import annotations

import pytest

from actors.machine import recovery
from actors.machine.machine import Machine
from actors.machine.messages import MachineRestarted
from actors.machine.recovery import CASH
from actors.payment.messages import PaymentAuthorised
from hardware.contract.cash import CashCounted, Pieces
from hardware.contract.motor_board import DROPPED, NOT_TURNED, AskTurn, TurnMotor
from runtime.address import Ref
from tests.mutants.planted import exchange, planted


@planted(seed=8, shows="I2")
def a_start_turns_the_motor_again(patch: pytest.MonkeyPatch) -> None:
    tell = Machine.tell

    def turned(machine: Machine, to: Ref, message: object) -> None:
        if isinstance(message, AskTurn):
            message = TurnMotor(lane=message.lane, turn=message.turn + 50)
        tell(machine, to, message)

    patch.setattr(Machine, "tell", turned)


def _assumed(patch: pytest.MonkeyPatch, outcome: str) -> None:
    go_on = recovery.go_on_without

    def without_asking(machine: Machine) -> None:
        machine.sale.outcome = outcome
        go_on(machine)

    patch.setattr(recovery, "go_on_without", without_asking)


@planted(seed=4, shows="I2")
def a_start_takes_the_last_unit_for_sold(patch: pytest.MonkeyPatch) -> None:
    _assumed(patch, DROPPED)


@planted(seed=8, shows="I2")
def a_start_takes_the_last_unit_for_not_turned(patch: pytest.MonkeyPatch) -> None:
    _assumed(patch, NOT_TURNED)


@planted(seed=4, shows="I1")
def a_start_does_not_ask_the_coin_counters(patch: pytest.MonkeyPatch) -> None:
    heard = recovery._heard

    def start(machine: Machine, *, again: bool) -> None:
        begin(machine, again=again)
        if again and CASH in machine.sale.awaits:
            heard(machine, CASH)

    begin = recovery.start

    def counted(machine: Machine, event: CashCounted) -> None:
        machine.values = event.values
        if not machine.sale.again:
            recovery.heard_count(machine, event)

    patch.setattr(recovery, "start", start)
    exchange(patch, recovery.heard_count, counted)


@planted(seed=4, shows="I1")
def a_start_does_not_book_coins_that_came_in_unnoticed(patch: pytest.MonkeyPatch) -> None:
    book = recovery._book
    patch.setattr(recovery, "_book", lambda machine, came, went, tubes: book(machine, 0, went, tubes))


@planted(seed=3, shows="I1")
def a_start_pays_change_again_that_was_paid(patch: pytest.MonkeyPatch) -> None:
    book = recovery._book
    patch.setattr(recovery, "_book", lambda machine, came, went, tubes: book(machine, came, 0, tubes))


@planted(seed=29, shows="I3")
def a_start_spends_no_number(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(Machine.appliers, MachineRestarted, lambda machine, fact: None)


@planted(seed=3, shows="I3")
def a_start_forgets_what_was_asked_of_providers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(recovery, "_forget_requests", lambda machine: None)


@planted(seed=5, shows="I3")
def a_start_does_not_settle_what_was_reserved(patch: pytest.MonkeyPatch) -> None:
    booked = Machine.appliers[PaymentAuthorised]

    def unreserved(machine: Machine, fact: PaymentAuthorised) -> None:
        booked(machine, fact)
        machine.books.tender = fact.tender if machine.sale.number == fact.sale else ""

    patch.setitem(Machine.appliers, PaymentAuthorised, unreserved)


@planted(seed=8, shows="I2")
def a_start_keeps_a_lane_open_of_which_it_knows_nothing(patch: pytest.MonkeyPatch) -> None:
    open_vend = recovery._open_vend
    patch.setattr(recovery, "_open_vend", lambda machine: None if machine.sale.again else open_vend(machine))


@planted(seed=4, shows="I1")
def a_start_believes_that_its_tubes_are_as_they_were(patch: pytest.MonkeyPatch) -> None:
    compare = recovery._compare

    def same(machine: Machine, inserted_minor: int, paid_minor: int, tubes: Pieces) -> None:
        was = machine.books.metered
        if was is None:
            compare(machine, inserted_minor, paid_minor, tubes)

    patch.setattr(recovery, "_compare", same)


@planted(seed=8, shows="I1")
def a_start_pays_change_under_the_number_of_the_sale_it_interrupted(patch: pytest.MonkeyPatch) -> None:
    go_on = recovery.go_on_without

    def by_the_old_number(machine: Machine) -> None:
        if machine.sale.again and machine.books.sale:
            machine.sale.pay_out = machine.books.sale
        go_on(machine)

    patch.setattr(recovery, "go_on_without", by_the_old_number)
