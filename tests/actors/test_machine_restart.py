"""A machine whose power was cut turns no motor again and holds nobody's money."""

from __future__ import annotations

import tracemalloc

from actors.machine.lane import turn_of
from actors.machine.machine import build
from actors.machine.messages import LaneClosed, SaleRefused, VendCompleted, VendFailed
from actors.machine.states import RECOVERY_SECONDS
from actors.payment.messages import (
    CashMetered,
    CashTaken,
    ChangePaid,
    FloatSet,
    PaymentFlagged,
    PaymentKept,
    PaymentRefunded,
    PayOutIntended,
)
from hardware.contract.cash import AcceptCash, PayOut
from hardware.contract.keypad import LanesChosen, Served
from hardware.contract.motor_board import DROPPED, NOT_TURNED, AskTurn, MotorTurned
from hardware.contract.payment import Authorise, Authorised, Settle, Settled
from runtime.kernel import Kernel
from runtime.node import Node
from tests.actors.bench import Bench
from tests.actors.machine_bench import (
    A1,
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
    served,
    settled,
    turn,
    turns,
)


def test_a_unit_that_fell_during_the_cut_is_sold_and_the_customer_pays_it() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    restart(bench, DROPPED)
    assert bench.told_to(f"{ME}/board", AskTurn) == [AskTurn(lane="A1", turn=turn_of(1, 0))]
    assert [f.level for f in bench.facts_of(VendCompleted)] == [4]
    assert bench.told_to(f"{ME}/cashless", Settle)[-1] == Settle(sale=1, amount_minor=800, reference="r1")
    assert turns(bench) == []
    settled(bench)
    check(bench)


def test_a_motor_that_never_began_leaves_the_lane_open_and_the_payment_is_refunded() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    restart(bench, NOT_TURNED)
    settled(bench)
    assert bench.facts_of(VendFailed) == [VendFailed(sale=1, unit=0, why="not_turned")]
    assert bench.facts_of(LaneClosed) == []
    assert bench.facts_of(PaymentRefunded) == [PaymentRefunded(sale=1, tender="cashless", amount_minor=800)]
    check(bench)


def test_an_uncertain_unit_is_flagged_the_rest_of_a_reservation_is_refunded_and_the_lane_is_shut() -> None:
    bench = opened()
    choose(bench, "A1", "A2", tender="code")
    authorise(bench, "code")
    restart(bench)
    settled(bench, "code")
    assert bench.facts_of(VendFailed) == [VendFailed(sale=1, unit=0, why="unknown")]
    assert (A1, LaneClosed(why="uncertain")) in bench.facts
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="code", amount_minor=800, why="unknown")
    ]
    assert bench.facts_of(PaymentRefunded) == [PaymentRefunded(sale=1, tender="code", amount_minor=600)]
    assert bench.told_to(f"{ME}/code", Settle)[-1].amount_minor == 800
    check(bench)


def test_a_coin_that_left_no_fact_is_booked_for_the_number_spent_and_offered_back() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    restart(bench, cash=counted(10_100, inserted_minor=100))
    assert bench.facts_of(CashTaken) == [CashTaken(sale=1, amount_minor=100, held_in="tube")]
    assert bench.told_to(f"{ME}/cash", PayOut) == [PayOut(sale=1, amount_minor=100, pieces=((100, 1),))]
    pay_out(bench)
    check(bench)


def test_a_coin_that_came_in_during_the_cut_does_not_belong_to_a_sale_that_had_ended() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(800))
    turn(bench)
    restart(bench, cash=counted(10_900, inserted_minor=900))
    found = bench.facts_of(CashTaken)[-1]
    assert (found.amount_minor, found.held_in) == (100, "tube")
    assert found.sale > 1
    pay_out(bench)
    assert bench.facts_of(ChangePaid)[-1].sale == found.sale
    check(bench)


def test_a_refund_cut_half_way_pays_only_the_rest_under_another_number() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(2000, "stacker"))
    turn(bench)
    assert bench.facts_of(PayOutIntended) == [PayOutIntended(sale=1, amount_minor=1200)]
    restart(bench, cash=counted(9_300, inserted_minor=2000, paid_minor=700))
    assert bench.facts_of(ChangePaid) == [ChangePaid(sale=1, amount_minor=700)]
    assert bench.told_to(f"{ME}/cash", PayOut) == [PayOut(sale=2, amount_minor=500, pieces=((100, 5),))]
    pay_out(bench)
    assert bench.facts_of(PaymentFlagged) == []
    assert machine(bench).cash_minor == 10_800
    check(bench)


def test_a_device_without_counters_is_compared_by_its_tubes() -> None:
    bench = opened()
    bench.send(ME, counted(10_000, -1, -1))
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000, "cash_box"))
    turn(bench)
    restart(bench, cash=counted(9_900, -1, -1))
    assert bench.facts_of(ChangePaid) == [ChangePaid(sale=1, amount_minor=100)]
    assert [p.amount_minor for p in bench.told_to(f"{ME}/cash", PayOut)] == [100]
    pay_out(bench)
    check(bench)


def test_counters_that_began_anew_cannot_tell_what_was_paid_out_so_it_is_flagged() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000, "cash_box"))
    turn(bench)
    restart(bench, cash=counted(10_000))
    assert bench.told_to(f"{ME}/cash", PayOut) == []
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="cash", amount_minor=200, why="restart")
    ]
    assert bench.facts_of(CashMetered)[-1].inserted_minor == 0
    check(bench)


def test_devices_that_do_not_answer_after_a_start_are_waited_for_only_so_long() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000))
    bench.power_cut()
    bench.run(bench.now)
    choose(bench, "A3", customer=8)
    assert served(bench) == [Served(customer=8, vended=0, refused=1, why="offline")]
    bench.wait(RECOVERY_SECONDS)
    assert bench.facts_of(VendFailed) == [VendFailed(sale=1, unit=0, why="unknown")]
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="cash", amount_minor=800, why="unknown"),
        PaymentFlagged(sale=1, tender="cash", amount_minor=200, why="restart"),
    ]
    choose(bench, "A3", customer=9)
    turn(bench)
    assert served(bench)[-1] == Served(customer=9, vended=1, refused=0)
    check(bench)


def test_a_first_opening_without_a_count_takes_the_float_as_planned() -> None:
    bench = Bench(START_US)
    build(bench, ME, LANES, TENDERS, 10_000)
    bench.wait(RECOVERY_SECONDS)
    assert bench.facts_of(FloatSet) == [FloatSet(amount_minor=10_000)]
    assert machine(bench).books.tubes_minor == 10_000
    check(bench)


def test_a_first_opening_records_what_was_counted_not_what_was_planned() -> None:
    bench = Bench(START_US)
    build(bench, ME, LANES, TENDERS, 10_000)
    bench.run(START_US)
    bench.send(ME, counted(9_000))
    assert [f.amount_minor for f in bench.facts_of(FloatSet)] == [9_000]
    check(bench)


def test_a_payment_asked_for_before_a_power_cut_is_let_go_and_its_number_is_spent() -> None:
    bench = opened()
    choose(bench, "A1")
    restart(bench)
    bench.send(ME, Authorised(sale=1, amount_minor=800, reference="r1"))
    choose(bench, "A1", customer=8)
    assert bench.told_to(f"{ME}/cashless", Settle) == [
        Settle(sale=1, amount_minor=0, reference=""),
        Settle(sale=1, amount_minor=0, reference="r1"),
    ]
    assert bench.told_to(f"{ME}/cashless", Authorise)[-1].sale == 2
    assert AcceptCash(on=False) in bench.told_to(f"{ME}/cash", AcceptCash)


def test_a_payment_asked_for_after_a_unit_was_refused_is_let_go_too() -> None:
    bench = opened()
    choose(bench, "A1", "nowhere")
    restart(bench)
    assert [refused.sale for refused in bench.facts_of(SaleRefused)] == [1]
    assert Settle(sale=1, amount_minor=0, reference="") in bench.told_to(f"{ME}/cashless", Settle)


def test_money_that_a_provider_took_for_a_request_let_go_is_in_suspense_once() -> None:
    bench = opened()
    choose(bench, "A1")
    restart(bench)
    settled(bench, "cashless", 800)
    settled(bench, "cashless", 800)
    assert bench.facts_of(PaymentKept) == [PaymentKept(sale=1, tender="cashless", amount_minor=800, ask=0)]
    check(bench)


def test_a_snapshot_in_the_middle_of_a_sale_goes_on_with_it() -> None:
    before = Node("gw", now_us=START_US)
    build(before, ME, LANES, TENDERS, 10_000)
    before.start()
    before.receive(before.reach(ME), counted(10_000))
    before.receive(before.reach(ME), LanesChosen(customer=7, lanes=("A1",), tender="code"))
    before.receive(before.reach(ME), Authorised(sale=1, amount_minor=800, reference="r1", ask=1))
    before.drain()
    after = Node("gw", now_us=START_US)
    build(after, ME, LANES, TENDERS, 10_000)
    after.load(before.save(whole=True))
    after.receive(after.reach(ME), MotorTurned(lane="A1", turn=turn_of(1, 0), outcome=DROPPED))
    after.drain()
    batch = after.take()
    assert batch is not None
    assert [source for source, _ in batch.facts] == [A1]


def test_a_lane_costs_at_most_600_bytes() -> None:
    lanes = tuple((f"B{number}", "cola", 800 + number, 10, 8, 5) for number in range(50))
    kernel = Kernel("gw", now_us=START_US)
    build(kernel, "hk-0", lanes, TENDERS, 0)
    kernel.run(START_US)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(1, 41):
            build(kernel, f"hk-{number}", lanes, TENDERS, 0)
        kernel.run(START_US)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / (40 * 50) <= 600


def test_a_coin_that_comes_while_a_restart_gives_money_back_goes_back_too() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(500))
    restart(bench)
    bench.send(ME, coin(200))
    assert bench.facts_of(CashTaken)[-1] == CashTaken(sale=1, amount_minor=200, held_in="tube")
    pay_out(bench)
    pay_out(bench)
    assert [paid.amount_minor for paid in bench.facts_of(ChangePaid)] == [500, 200]
    check(bench)


def test_a_coin_that_comes_while_a_restart_settles_goes_back_after_it() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    restart(bench, NOT_TURNED)
    bench.send(ME, coin(200))
    settled(bench)
    pay_out(bench)
    assert [f.amount_minor for f in bench.facts_of(PaymentRefunded)] == [800]
    assert [paid.amount_minor for paid in bench.facts_of(ChangePaid)] == [200]
    check(bench)


def test_requests_of_many_coins_in_a_sale_are_all_remembered_when_a_restart_lets_them_go() -> None:
    bench = opened()
    choose(bench, "A1", tender="")
    for _ in range(15):
        bench.send(ME, coin(50))
    restart(bench)
    bench.send(ME, Settled(sale=1, amount_minor=800, ask=0))
    assert bench.facts_of(PaymentKept) == [PaymentKept(sale=1, tender="cashless", amount_minor=800, ask=0)]


def test_money_kept_of_a_request_that_a_second_start_lets_go_again_is_in_suspense_once() -> None:
    bench = opened()
    choose(bench, "A3")
    turn(bench)
    choose(bench, "A1")
    for _ in range(2):
        bench.power_cut()
        bench.run(bench.now)
        assert Settle(sale=2, amount_minor=0, reference="") in bench.told_to(f"{ME}/cashless", Settle)
        bench.send(ME, Settled(sale=2, amount_minor=800))
    assert bench.facts_of(PaymentKept) == [PaymentKept(sale=2, tender="cashless", amount_minor=800, ask=0)]
