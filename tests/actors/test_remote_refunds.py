"""A refund from afar gives back what a sale took, once, the way it was paid."""

from __future__ import annotations

from actors.control.messages import (
    LockMachine,
    RefundAnswer,
    RemoteRefund,
)
from actors.machine.lane import turn_of
from actors.machine.machine import build
from actors.machine.states import IDLE
from actors.payment.messages import ChangePaid, PaymentFlagged, RefundAsked, RefundEnded, RefundOwed
from hardware.contract.cash import PayOut
from hardware.contract.keypad import LanesChosen
from hardware.contract.motor_board import DROPPED, NO_DROP, AskTurn, MotorTurned
from hardware.contract.payment import Authorised, Settle, Settled
from runtime import wire
from runtime.command import Deliver, Finish
from runtime.node import Node
from tests.actors.bench import Bench
from tests.actors.machine_bench import (
    LANES,
    ME,
    START_US,
    TENDERS,
    authorise,
    check,
    choose,
    coin,
    counted,
    machine,
    opened,
    pay_out,
    restart,
    turn,
)
from tests.actors.remote_bench import finished, settled, why

# Refunds


def paid_in_cash(bench: Bench) -> None:
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(500), coin(500))
    turn(bench)
    pay_out(bench)


def paid_by_card(bench: Bench) -> None:
    choose(bench, "A1")
    authorise(bench)
    turn(bench)
    settled(bench)


def test_a_cash_sale_is_refunded_out_of_the_tubes_and_never_beyond_what_it_took() -> None:
    bench = opened()
    paid_in_cash(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=500, reason="stale"))
    assert bench.facts_of(RefundOwed) == [RefundOwed(sale=2, of=1, amount_minor=500, reason="stale")]
    assert bench.told_to(f"{ME}/cash", PayOut)[-1].amount_minor == 500
    pay_out(bench)
    assert finished(bench) == ("done", RefundAnswer(tender="cash", paid_minor=500, flagged_minor=0))
    assert bench.facts_of(ChangePaid)[-1].sale == 2
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=400, reason=""), 2)
    assert why(bench, 2) == "refund of sale 1 must be at most what it took, 300 by cash, not 400"
    restart(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=300, reason=""), 3)
    pay_out(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=1, reason=""), 4)
    assert why(bench, 4) == "sale must be one of the last 5 that still holds money, not 1"
    check(bench)


def test_what_the_tubes_do_not_pay_of_a_refund_is_flagged() -> None:
    bench = opened()
    paid_in_cash(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=800, reason=""))
    pay_out(bench, 500)
    assert why(bench) == "500 of 800 was paid back by cash, 300 is in suspense"
    assert bench.facts_of(PaymentFlagged)[-1].amount_minor == 300
    check(bench)


def test_a_power_cut_in_a_cash_refund_pays_nothing_twice() -> None:
    bench = opened()
    paid_in_cash(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=500, reason=""))
    restart(bench)
    assert why(bench) == "machine restarted while RemoteRefund waited; the refund goes on"
    if bench.told_to(f"{ME}/cash", PayOut):
        pay_out(bench)
    paid = sum(f.amount_minor for f in bench.facts_of(ChangePaid))
    flagged = sum(f.amount_minor for f in bench.facts_of(PaymentFlagged))
    assert paid + flagged == 200 + 500
    check(bench)


def test_a_card_sale_is_refunded_by_settling_for_less() -> None:
    bench = opened()
    paid_by_card(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=300, reason="stale"))
    assert bench.told_to(f"{ME}/cashless", Settle)[-1].amount_minor == 500
    settled(bench)
    assert finished(bench) == ("done", RefundAnswer(tender="cashless", paid_minor=300, flagged_minor=0))
    assert bench.facts_of(RefundEnded) == [
        RefundEnded(of=1, tender="cashless", refunded_minor=300, flagged_minor=0)
    ]
    check(bench)


def test_customers_are_served_while_a_provider_thinks_about_a_refund() -> None:
    bench = opened()
    paid_by_card(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=300, reason=""))
    choose(bench, "A3")
    turn(bench)
    bench.send(ME, Settled(sale=1, amount_minor=500))
    assert finished(bench)[0] == "done"
    check(bench)


def test_a_provider_that_keeps_the_money_or_keeps_silent_leaves_it_in_suspense() -> None:
    bench = opened()
    paid_by_card(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=300, reason=""))
    bench.send(ME, Settled(sale=1, amount_minor=800))
    assert why(bench) == "0 of 300 was paid back by cashless, 300 is in suspense"
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=100, reason=""), 2)
    bench.wait(301)
    assert why(bench, 2) == "0 of 100 was paid back by cashless, 100 is in suspense"
    check(bench)


def test_a_provider_is_asked_again_after_a_restart_and_the_refund_is_booked_once() -> None:
    bench = opened()
    paid_by_card(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=300, reason=""))
    restart(bench)
    assert why(bench) == "machine restarted while RemoteRefund waited; the refund goes on"
    assert bench.facts_of(RefundAsked)[0].amount_minor == 300
    bench.send(ME, Settled(sale=1, amount_minor=500))
    bench.send(ME, Settled(sale=1, amount_minor=500))
    assert [f.refunded_minor for f in bench.facts_of(RefundEnded)] == [300]
    check(bench)


def test_a_whole_snapshot_keeps_what_waits_and_what_was_paid() -> None:
    before = Node("gw", now_us=START_US)
    build(before, ME, LANES, TENDERS, 10_000)
    before.start()
    before.drain()
    machine_at = before.reach(ME)
    for message in (
        counted(10_000),
        LanesChosen(customer=7, lanes=("A1",), tender="cashless"),
        Authorised(sale=1, amount_minor=800, reference="r1"),
        MotorTurned(lane="A1", turn=turn_of(1, 0), outcome=DROPPED),
        Settled(sale=1, amount_minor=800),
        Deliver(id="x:1", body=wire.encode(RemoteRefund(sale=1, amount_minor=300, reason=""))),
        Deliver(id="x:2", body=wire.encode(LockMachine(why="flood"))),
    ):
        before.receive(machine_at, message)
        before.drain()
    after = Node("gw", now_us=START_US)
    build(after, ME, LANES, TENDERS, 10_000)
    after.load(before.save(whole=True))
    after.receive(after.reach(ME), Settled(sale=1, amount_minor=500))
    after.drain()
    batch = after.take()
    assert batch is not None
    assert RefundEnded(of=1, tender="cashless", refunded_minor=300, flagged_minor=0) in [
        fact for _, fact in batch.facts
    ]
    ends = [message for _, message in batch.outbox if isinstance(message, Finish)]
    assert [(end.id, end.outcome) for end in ends] == [("x:1", "done")]


# Refunds and settling


def test_a_refund_may_be_asked_before_the_provider_has_said_that_the_sale_is_settled() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    turn(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=300, reason=""))
    bench.send(ME, Settled(sale=1, amount_minor=800), Settled(sale=1, amount_minor=500))
    assert finished(bench) == ("done", RefundAnswer(tender="cashless", paid_minor=300, flagged_minor=0))
    check(bench)


def test_a_restart_with_a_refund_open_settles_only_for_less() -> None:
    bench = opened()
    paid_by_card(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=300, reason=""))
    restart(bench)
    settles = [(ask.sale, ask.amount_minor) for ask in bench.told_to(f"{ME}/cashless", Settle)]
    assert (1, 800) not in settles
    assert settles[-1] == (1, 500)
    bench.send(ME, Settled(sale=1, amount_minor=500))
    assert [end.refunded_minor for end in bench.facts_of(RefundEnded)] == [300]
    check(bench)


def test_a_sale_that_a_restart_interrupted_must_end_before_it_is_refunded() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    bench.power_cut()
    bench.run(bench.now)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=300, reason=""))
    assert why(bench) == "sale 1 must have ended, it is open"
    asked = bench.told_to(f"{ME}/board", AskTurn)[-1]
    bench.send(ME, MotorTurned(lane="A1", turn=asked.turn, outcome=NO_DROP), counted(10_000))
    settled(bench)
    assert machine(bench).state == IDLE, "it has not waited for silence"
    assert bench.facts_of(RefundAsked) == []
    check(bench)


def test_a_coin_that_comes_while_a_refund_goes_out_is_not_part_of_it() -> None:
    bench = opened()
    paid_in_cash(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=500, reason=""))
    bench.send(ME, coin(200))
    pay_out(bench)
    pay_out(bench)
    assert finished(bench) == ("done", RefundAnswer(tender="cash", paid_minor=500, flagged_minor=0))
    assert [paid.amount_minor for paid in bench.facts_of(ChangePaid)] == [200, 500, 200]
    bench.deliver(ME, RemoteRefund(sale=2, amount_minor=200, reason=""), 2)
    assert why(bench, 2) == "sale must be one of the last 5 that still holds money, not 2"
    check(bench)


def test_a_restart_after_a_refund_has_ended_does_not_settle_the_whole_sale_anew() -> None:
    bench = opened()
    paid_by_card(bench)
    bench.deliver(ME, RemoteRefund(sale=1, amount_minor=300, reason=""))
    settled(bench)
    restart(bench)
    assert [s.amount_minor for s in bench.told_to(f"{ME}/cashless", Settle) if s.reference] == [500]
    check(bench)
