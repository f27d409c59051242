"""A machine whose node's disk is full finishes the open sale and begins no other."""

from __future__ import annotations

from actors.control.messages import LockMachine, RemoteRefund, SetServiceMode, UnlockMachine
from actors.machine.messages import SaleRefused, VendCompleted
from actors.machine.states import RETURNING
from actors.payment.messages import ChangePaid
from hardware.contract.cash import AcceptCash
from hardware.contract.presence import DeviceFound, DeviceLost
from runtime.health import GoOn, Hold
from tests.actors.bench import Bench
from tests.actors.machine_bench import (
    ME,
    authorise,
    check,
    choose,
    coin,
    machine,
    opened,
    pay_out,
    served,
    turn,
)
from tests.actors.remote_bench import why


def test_an_open_sale_is_finished_and_the_next_customer_is_refused_until_there_is_room() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    bench.send(ME, Hold(why="disk full"))
    turn(bench)
    assert len(bench.facts_of(VendCompleted)) == 1
    choose(bench, "A1", customer=8)
    assert [(refused.lane, refused.why) for refused in bench.facts_of(SaleRefused)] == [("A1", "other")]
    assert served(bench)[-1].vended == 0
    bench.send(ME, GoOn())
    choose(bench, "A1", customer=9)
    authorise(bench)
    turn(bench)
    assert len(bench.facts_of(VendCompleted)) == 2


def entries_open(bench: Bench) -> bool:
    return bench.told_to(f"{ME}/cash", AcceptCash)[-1].on


def test_money_before_a_choice_is_not_taken_while_it_is_held_and_is_again_afterwards() -> None:
    bench = opened(money_first=True)
    bench.send(ME, Hold(why="disk full"))
    assert not entries_open(bench)
    bench.send(ME, coin(500))
    assert machine(bench).state == RETURNING
    pay_out(bench)
    assert [paid.amount_minor for paid in bench.facts_of(ChangePaid)] == [500]
    assert not entries_open(bench)
    bench.send(ME, GoOn())
    assert entries_open(bench)
    check(bench)


def test_money_before_a_choice_is_not_taken_while_it_is_locked_or_its_board_is_lost() -> None:
    bench = opened(money_first=True)
    bench.deliver(ME, LockMachine(why="flood"))
    assert not entries_open(bench)
    bench.deliver(ME, UnlockMachine(), 2)
    assert entries_open(bench)
    bench.send(ME, DeviceLost(device="board"))
    assert not entries_open(bench)
    bench.send(ME, coin(500))
    pay_out(bench)
    bench.send(ME, DeviceFound(device="board"))
    assert entries_open(bench)
    bench.deliver(ME, SetServiceMode(on=True), 3)
    assert not entries_open(bench)
    check(bench)


def test_who_has_put_money_in_before_it_was_held_gets_it_back() -> None:
    bench = opened(money_first=True)
    bench.send(ME, coin(500))
    bench.send(ME, Hold(why="disk full"))
    assert not entries_open(bench)
    choose(bench, "A2", tender="cash")
    pay_out(bench)
    assert served(bench)[-1].vended == 0
    assert [paid.amount_minor for paid in bench.facts_of(ChangePaid)] == [500]
    check(bench)


def test_no_refund_from_afar_begins_while_it_is_held() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    turn(bench)
    bench.send(ME, Hold(why="disk full"))
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=100, reason=""))
    assert why(bench) == "machine must be able to begin a refund, its node holds it: disk full"
