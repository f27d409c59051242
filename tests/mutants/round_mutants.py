"""Bugs in rounds, visits and tills."""

from __future__ import annotations

import pytest

from actors.machine import service
from actors.machine.lane import Lane
from actors.machine.machine import Machine
from actors.machine.messages import MachineServiced, ServiceMachine
from actors.payment.messages import FloatSet, PaymentAuthorised
from actors.store.messages import ReceiptIssued
from actors.store.till import Till
from actors.van.messages import VanVisited
from actors.van.van import Van
from actors.warehouse.messages import GoodsIssued, GoodsReturned, PickListMade, SendRound, TakeBack
from actors.warehouse.picking import issued
from actors.warehouse.warehouse import Warehouse
from hardware.contract.payment import Settle
from runtime.actor import Actor
from runtime.address import Ref
from tests.mutants.planted import planted


@planted(seed=2, shows="I2")
def a_lane_takes_more_than_was_brought(patch: pytest.MonkeyPatch) -> None:
    fill = Lane.fill

    def full(lane: Lane, visit: int, product: str, units: int, expires_on: str = "") -> int:
        return min(units, fill(lane, visit, product, lane.par, expires_on))

    patch.setattr(Lane, "fill", full)


@planted(seed=1, shows="I1")
def a_visit_takes_the_tubes_too(patch: pytest.MonkeyPatch) -> None:
    visit = service._visit

    def emptied(machine: Machine, asked: ServiceMachine) -> MachineServiced:
        done = visit(machine, asked)
        return MachineServiced(
            visit=done.visit, units=done.units, cash_minor=done.cash_minor + 100, filled=done.filled
        )

    patch.setattr(service, "_visit", emptied)


@planted(seed=1, shows="I4")
def a_round_leaves_twice(patch: pytest.MonkeyPatch) -> None:
    def send(warehouse: Warehouse, due: SendRound) -> None:
        if (picked := warehouse.rounds.get(due.round)) is not None:
            goods = issued(picked.goods, warehouse.levels)
            fact = GoodsIssued(round=picked.round, van=picked.van, goods=goods)
            warehouse.record(fact)
            warehouse._drive(fact)

    patch.setitem(Warehouse.handlers, SendRound, send)
    patch.setattr(Warehouse, "send", send)


@planted(seed=3, shows="I4")
def a_bag_is_counted_twice(patch: pytest.MonkeyPatch) -> None:
    def came_back(warehouse: Warehouse, fact: GoodsReturned) -> None:
        warehouse.out.pop(fact.van, None)
        warehouse.rounds.pop(fact.round, None)
        warehouse._add(fact.goods, 1)

    def take_back(warehouse: Warehouse, back: TakeBack) -> None:
        warehouse.record(
            GoodsReturned(round=back.round, van=back.van, goods=back.goods, cash_minor=back.cash_minor)
        )

    patch.setitem(Warehouse.appliers, GoodsReturned, came_back)
    patch.setitem(Warehouse.handlers, TakeBack, take_back)


@planted(seed=1, shows="I2")
def goods_leave_the_stock_when_picked_and_again_when_loaded(patch: pytest.MonkeyPatch) -> None:
    keep = Warehouse.appliers[PickListMade]

    def picked(warehouse: Warehouse, fact: PickListMade) -> None:
        keep(warehouse, fact)
        warehouse._add(fact.goods, -1)

    patch.setitem(Warehouse.appliers, PickListMade, picked)


@planted(seed=1, shows="I2")
def a_van_forgets_after_a_restart_where_it_was(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Van, "resume", lambda van: None)


@planted(seed=1, shows="I2")
def a_van_does_not_hand_over_again(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(Warehouse.handlers, TakeBack, lambda warehouse, back: None)


@planted(seed=1, shows="I2")
def a_van_does_not_count_what_it_left(patch: pytest.MonkeyPatch) -> None:
    was_at = Van.appliers[VanVisited]

    def kept(van: Van, fact: VanVisited) -> None:
        content = dict(van.content)
        was_at(van, fact)
        van.content = content

    patch.setitem(Van.appliers, VanVisited, kept)


@planted(seed=1, shows="I4")
def visits_of_different_rounds_have_the_same_number(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Van, "visit", property(lambda van: van.index + 1))


@planted(seed=1, shows="I4")
def a_drawer_gets_its_float_at_every_start(patch: pytest.MonkeyPatch) -> None:
    def set_float(till: Till, fact: FloatSet) -> None:
        till.cash_minor += fact.amount_minor

    patch.setitem(Till.appliers, FloatSet, set_float)


@planted(seed=6, shows="I3")
def a_till_does_not_settle_again_after_a_restart(patch: pytest.MonkeyPatch) -> None:
    ended = Till.appliers[ReceiptIssued]

    def told_once(till: Till, fact: ReceiptIssued) -> None:
        ended(till, fact)
        if till.state != "committing":
            till.settles.clear()

    patch.setitem(Till.appliers, ReceiptIssued, told_once)


@planted(seed=50, shows="I3")
def a_till_does_not_let_go_what_it_gave_up(patch: pytest.MonkeyPatch) -> None:
    def tell(till: Till, to: Ref, message: object) -> None:
        if not isinstance(message, Settle) or message.amount_minor:
            Actor.tell(till, to, message)

    patch.setattr(Till, "tell", tell)


@planted(seed=1, shows="I3")
def a_till_books_an_approval_twice(patch: pytest.MonkeyPatch) -> None:
    def record(till: Till, fact: object) -> None:
        for _ in range(1 + isinstance(fact, PaymentAuthorised)):
            Actor.record(till, fact)

    patch.setattr(Till, "record", record)
