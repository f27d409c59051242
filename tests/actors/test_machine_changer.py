"""A changer without counters tells only what its tubes hold, if it answers at all."""

from __future__ import annotations

from actors.machine.states import IDLE
from actors.payment.messages import CashMetered, CashTaken, ChangePaid, FloatSet, PaymentFlagged
from hardware.contract.cash import CashCounted, PayOut
from tests.actors.bench import Bench
from tests.actors.machine_bench import (
    ME,
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

LOST = CashCounted(tubes=(), values=())
BILLS_ONLY = CashCounted(tubes=(), values=(5000, 2000))


def without_counters() -> Bench:
    bench = opened()
    bench.send(ME, counted(10_000, -1, -1))
    return bench


def with_change_due() -> Bench:
    """200 of change were asked for, and nothing was heard of them."""
    bench = without_counters()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000, "cash_box"))
    turn(bench)
    return bench


def pay_outs(bench: Bench) -> list[int]:
    return [order.amount_minor for order in bench.told_to(f"{ME}/cash", PayOut)]


def test_a_lost_changer_has_counted_nothing_and_its_return_brings_no_money() -> None:
    bench = without_counters()
    restart(bench, cash=LOST)
    assert machine(bench).books.tubes_minor == 10_000
    restart(bench, cash=counted(10_000, -1, -1))
    assert bench.facts_of(CashTaken) == []
    assert pay_outs(bench) == []
    check(bench)


def test_a_changer_that_is_lost_while_the_machine_runs_does_not_empty_its_tubes() -> None:
    bench = without_counters()
    bench.send(ME, LOST)
    assert machine(bench).books.tubes_minor == 10_000
    assert bench.facts_of(CashMetered)[-1].tubes


def test_change_that_a_lost_changer_may_have_paid_is_flagged_not_booked() -> None:
    for count in (LOST, BILLS_ONLY):
        bench = with_change_due()
        restart(bench, cash=count)
        assert bench.facts_of(ChangePaid) == []
        assert bench.facts_of(PaymentFlagged) == [
            PaymentFlagged(sale=1, tender="cash", amount_minor=200, why="restart")
        ]
        assert machine(bench).state == IDLE
        check(bench)


def test_tubes_that_come_back_without_their_bills_validator_are_no_customers_coin() -> None:
    bench = opened(float_minor=100)
    bench.send(ME, counted(100, -1, -1))
    restart(bench, cash=BILLS_ONLY)
    assert machine(bench).books.tubes_minor == 0, "nothing of it can be paid out"
    restart(bench, cash=counted(100, -1, -1))
    assert pay_outs(bench) == []
    assert machine(bench).books.tubes_minor == machine(bench).cash_minor == 100
    check(bench)


def test_one_coin_more_in_the_tubes_is_the_customers_and_goes_back() -> None:
    bench = without_counters()
    choose(bench, "A1", tender="cash")
    restart(bench, cash=counted(10_100, -1, -1))
    assert bench.facts_of(CashTaken) == [CashTaken(sale=1, amount_minor=100, held_in="tube")]
    assert pay_outs(bench) == [100]
    pay_out(bench)
    check(bench)


def test_tubes_filled_by_hand_while_it_was_off_are_float_and_never_paid_out() -> None:
    bench = without_counters()
    restart(bench, cash=counted(60_000, -1, -1))
    assert bench.facts_of(CashTaken) == []
    assert bench.facts_of(FloatSet)[-1] == FloatSet(amount_minor=50_000)
    assert pay_outs(bench) == []
    assert machine(bench).books.tubes_minor == machine(bench).cash_minor == 60_000
    restart(bench, cash=counted(60_000, -1, -1))
    assert len(bench.facts_of(FloatSet)) == 2
    check(bench)


def test_tubes_filled_from_the_cash_box_bring_no_new_money() -> None:
    bench = without_counters()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(500, "cash_box"), coin(500, "cash_box"))
    turn(bench)
    pay_out(bench)
    assert (machine(bench).cash_minor, machine(bench).books.tubes_minor) == (10_800, 9_800)
    restart(bench, cash=counted(10_800, -1, -1))
    assert len(bench.facts_of(FloatSet)) == 1
    assert machine(bench).cash_minor == machine(bench).books.tubes_minor == 10_800
    check(bench)


def test_a_hand_that_filled_the_tubes_hides_what_was_paid_out_so_it_is_flagged() -> None:
    bench = with_change_due()
    restart(bench, cash=counted(15_000, -1, -1))
    assert bench.facts_of(ChangePaid) == []
    assert pay_outs(bench) == []
    assert [f.amount_minor for f in bench.facts_of(PaymentFlagged)] == [200]
    check(bench)


def test_a_board_that_knows_only_a_sum_may_have_taken_one_coin_of_it() -> None:
    bench = opened()
    sums = [CashCounted(tubes=((100, held),), values=(500, 100)) for held in (100, 105, 155)]
    bench.send(ME, sums[0])
    choose(bench, "A1", tender="cash")
    restart(bench, cash=sums[1])
    assert sum(f.amount_minor for f in bench.facts_of(CashTaken)) == 500
    assert pay_outs(bench) == [500]
    pay_out(bench)
    bench.send(ME, sums[1])
    restart(bench, cash=sums[2])
    assert sum(f.amount_minor for f in bench.facts_of(CashTaken)) == 500
    check(bench)
