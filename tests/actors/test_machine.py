"""A machine sells what was paid for once, gives back the rest, and honours every payment whatever happens."""

from __future__ import annotations

import pytest

from actors.machine.lane import turn_of
from actors.machine.messages import (
    DeviceCameBack,
    DeviceWentMissing,
    LaneClosed,
    LaneOpened,
    MachineOpened,
    SaleRefused,
    VendCompleted,
    VendFailed,
    VendIntended,
)
from actors.machine.states import SILENCE_SECONDS
from actors.payment.messages import (
    ChangePaid,
    FloatSet,
    PaymentAuthorised,
    PaymentFlagged,
    PaymentRefunded,
)
from hardware.contract.cash import AcceptCash, CashUsed, PayOut
from hardware.contract.keypad import Served
from hardware.contract.motor_board import DROPPED, NO_DROP, STUCK, UNKNOWN, TurnMotor
from hardware.contract.payment import Authorise, Authorised, Declined, ReportCashSale, Settle
from hardware.contract.presence import DeviceFound, DeviceLost
from tests.actors.machine_bench import (
    A1,
    ME,
    START_US,
    authorise,
    check,
    choose,
    coin,
    machine,
    opened,
    pay_out,
    served,
    settled,
    turn,
    turns,
)

# Opening


def test_a_new_machine_opens_once_with_its_float_and_its_lanes() -> None:
    bench = opened()
    bench.power_cut()
    bench.run(START_US)
    assert bench.facts_of(MachineOpened) == [MachineOpened(lanes=3)]
    assert [f.amount_minor for f in bench.facts_of(FloatSet)] == [10_000]
    assert [f.product for f in bench.facts_of(LaneOpened)] == ["cola", "tea", "water"]
    check(bench)


# Paying and vending


def test_a_card_payment_is_authorised_vended_and_settled() -> None:
    bench = opened()
    choose(bench, "A1")
    assert bench.told_to(f"{ME}/cashless", Authorise) == [Authorise(sale=1, amount_minor=800, lane="A1")]
    authorise(bench)
    assert bench.facts_of(VendIntended) == [
        VendIntended(sale=1, unit=0, lane="A1", price_minor=800, tender="cashless")
    ]
    assert turns(bench) == [TurnMotor(lane="A1", turn=turn_of(1, 0))]
    turn(bench)
    sold = VendCompleted(sale=1, unit=0, product="cola", price_minor=800, tender="cashless", level=4)
    assert bench.facts[-1] == (A1, sold)
    assert bench.told_to(f"{ME}/cashless", Settle) == [Settle(sale=1, amount_minor=800, reference="r1")]
    assert served(bench) == [Served(customer=7, vended=1, refused=0)]
    check(bench)


def test_cash_is_taken_until_it_is_enough_and_change_comes_back() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(500))
    assert turns(bench) == []
    bench.send(ME, coin(500))
    assert [a.on for a in bench.told_to(f"{ME}/cash", AcceptCash)] == [True, False]
    turn(bench)
    assert bench.told_to(f"{ME}/cash", PayOut) == [PayOut(sale=1, amount_minor=200, pieces=((100, 2),))]
    assert served(bench) == []
    pay_out(bench)
    assert bench.facts_of(ChangePaid) == [ChangePaid(sale=1, amount_minor=200)]
    assert served(bench) == [Served(customer=7, vended=1, refused=0)]
    assert machine(bench).cash_minor == 10_800
    check(bench)


@pytest.mark.parametrize(("tender", "told"), [("cash", 1), ("cashless", 0)])
def test_the_reader_and_the_cash_device_are_told_of_each_unit_sold_for_cash(tender: str, told: int) -> None:
    bench = opened()
    choose(bench, "A1", tender=tender)
    if tender == "cash":
        bench.send(ME, coin(500), coin(500))
    else:
        authorise(bench)
    assert bench.told_to(f"{ME}/cashless", ReportCashSale) == []
    assert bench.told_to(f"{ME}/cash", CashUsed) == []
    turn(bench)
    assert bench.told_to(f"{ME}/cash", CashUsed) == [CashUsed(amount_minor=800)] * told
    assert (
        bench.told_to(f"{ME}/cashless", ReportCashSale) == [ReportCashSale(lane="A1", price_minor=800)] * told
    )


def test_a_machine_without_a_reader_and_a_unit_that_jams_report_no_cash_sale() -> None:
    for tenders, outcome in ((("cash",), DROPPED), (("cash", "cashless"), NO_DROP)):
        bench = opened(tenders)
        choose(bench, "A1", tender="cash")
        bench.send(ME, coin(500), coin(500))
        turn(bench, outcome)
        assert [message for _, message in bench.told if isinstance(message, ReportCashSale)] == []


def test_what_the_tubes_lack_is_flagged() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(2000, "stacker"))
    turn(bench)
    pay_out(bench, 700)
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="cash", amount_minor=500, why="no_change")
    ]
    check(bench)


def test_a_price_of_nothing_needs_no_payment() -> None:
    bench = opened()
    choose(bench, "A3")
    turn(bench)
    assert served(bench) == [Served(customer=7, vended=1, refused=0)]
    assert bench.told_to(f"{ME}/cashless", Authorise) == []
    assert bench.told_to(f"{ME}/cashless", Settle) == []
    check(bench)


def test_units_are_vended_one_after_another_each_under_its_own_turn() -> None:
    bench = opened()
    choose(bench, "A1", "A2", "A1")
    for number in range(3):
        authorise(bench)
        assert [t.turn for t in turns(bench)] == [turn_of(1, unit) for unit in range(number + 1)]
        turn(bench)
    asks = [(a.ask, a.amount_minor, a.lane) for a in bench.told_to(f"{ME}/cashless", Authorise)]
    assert asks == [(0, 800, "A1"), (2, 600, "A2"), (4, 800, "A1")]
    assert [(s.ask, s.amount_minor) for s in bench.told_to(f"{ME}/cashless", Settle)] == [
        (0, 800),
        (2, 600),
        (4, 800),
    ]
    assert served(bench) == [Served(customer=7, vended=3, refused=0)]
    check(bench)


def test_a_jammed_lane_refunds_and_leaves_the_others_selling() -> None:
    bench = opened()
    choose(bench, "A1", "A2", "A1", tender="code")
    authorise(bench, "code")
    turn(bench, NO_DROP)
    assert bench.facts_of(VendFailed) == [VendFailed(sale=1, unit=0, why="jam")]
    assert (A1, LaneClosed(why="jam")) in bench.facts
    turn(bench)
    assert bench.facts_of(SaleRefused) == [SaleRefused(sale=1, lane="A1", units=1, why="jam")]
    assert bench.facts_of(PaymentRefunded) == [PaymentRefunded(sale=1, tender="code", amount_minor=1600)]
    assert bench.told_to(f"{ME}/code", Settle) == [Settle(sale=1, amount_minor=600, reference="r1", ask=1)]
    assert served(bench) == [Served(customer=7, vended=1, refused=2, why="jam")]
    check(bench)


def test_a_stuck_motor_gives_cash_back() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000))
    turn(bench, STUCK)
    pay_out(bench)
    assert bench.facts_of(ChangePaid) == [ChangePaid(sale=1, amount_minor=1000)]
    check(bench)


# Refusing


def test_what_cannot_be_sold_is_refused_before_anything_is_paid() -> None:
    bench = opened()
    choose(bench, "A2", "A2", "Z9", "A2")
    assert bench.facts_of(SaleRefused) == [
        SaleRefused(sale=1, lane="A2", units=2, why="sold_out"),
        SaleRefused(sale=1, lane="Z9", units=1, why="other"),
    ]
    assert bench.told_to(f"{ME}/cashless", Authorise) == [Authorise(sale=1, amount_minor=600, lane="A2")]
    authorise(bench)
    turn(bench)
    assert served(bench) == [Served(customer=7, vended=1, refused=3, why="sold_out")]
    choose(bench, "A2", customer=8)
    assert served(bench)[-1] == Served(customer=8, vended=0, refused=1, why="sold_out")
    check(bench)


def test_a_declined_payment_sells_nothing() -> None:
    bench = opened()
    choose(bench, "A1", "A1")
    bench.send(ME, Declined(sale=1, why="declined"))
    assert bench.facts_of(SaleRefused) == [SaleRefused(sale=1, lane="A1", units=2, why="other")]
    assert served(bench) == [Served(customer=7, vended=0, refused=2, why="other")]
    check(bench)


def test_a_tender_the_machine_does_not_take_is_refused() -> None:
    bench = opened(tenders=("cash",))
    choose(bench, "A1")
    assert served(bench) == [Served(customer=7, vended=0, refused=1, why="other")]


@pytest.mark.parametrize("device", ["machine", "board", "cashless"])
def test_a_machine_that_lost_what_it_needs_refuses_until_it_is_found(device: str) -> None:
    bench = opened()
    bench.send(ME, DeviceLost(device=device), DeviceLost(device=device))
    choose(bench, "A1")
    assert served(bench) == [Served(customer=7, vended=0, refused=1, why="offline")]
    bench.send(ME, DeviceFound(device=device), DeviceFound(device=device))
    choose(bench, "A1")
    authorise(bench)
    assert bench.facts_of(DeviceWentMissing) == [DeviceWentMissing(device=device)]
    assert bench.facts_of(DeviceCameBack) == [DeviceCameBack(device=device)]
    assert len(turns(bench)) == 1


def test_a_second_customer_is_told_to_wait_and_leaves_no_fact() -> None:
    bench = opened()
    choose(bench, "A1")
    count = len(bench.facts)
    choose(bench, "A2", customer=8)
    assert served(bench) == [Served(customer=8, vended=0, refused=1, why="busy")]
    assert len(bench.facts) == count


# Odd money


def test_money_that_comes_by_itself_goes_back() -> None:
    bench = opened()
    bench.send(ME, coin(500))
    pay_out(bench)
    assert bench.facts_of(ChangePaid) == [ChangePaid(sale=1, amount_minor=500)]
    assert served(bench) == []
    check(bench)


def test_a_coin_during_a_card_sale_goes_back_as_a_coin() -> None:
    bench = opened()
    choose(bench, "A1")
    bench.send(ME, coin(500))
    authorise(bench)
    turn(bench, NO_DROP)
    pay_out(bench)
    assert bench.facts_of(ChangePaid) == [ChangePaid(sale=1, amount_minor=500)]
    assert bench.facts_of(PaymentRefunded) == [PaymentRefunded(sale=1, tender="cashless", amount_minor=800)]
    check(bench)


def test_another_amount_than_asked_for_is_let_go() -> None:
    bench = opened()
    choose(bench, "A1")
    bench.send(ME, Authorised(sale=1, amount_minor=1, reference="r1"))
    assert Settle(sale=1, amount_minor=0, reference="r1") in bench.told_to(f"{ME}/cashless", Settle)
    assert bench.facts_of(PaymentAuthorised) == []
    assert served(bench) == [Served(customer=7, vended=0, refused=1, why="other")]


def test_an_approval_said_twice_counts_once() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    authorise(bench)
    turn(bench)
    turn(bench)
    assert len(bench.facts_of(PaymentAuthorised)) == len(bench.facts_of(VendCompleted)) == 1
    assert len(bench.told_to(f"{ME}/cashless", Settle)) == 1
    check(bench)


# Silence


def test_a_customer_who_pays_too_little_gets_it_back() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.wait(SILENCE_SECONDS - 1)
    bench.send(ME, coin(500))
    bench.wait(SILENCE_SECONDS - 1)
    assert bench.told_to(f"{ME}/cash", PayOut) == []
    bench.wait(1)
    pay_out(bench)
    assert bench.facts_of(SaleRefused) == [SaleRefused(sale=1, lane="A1", units=1, why="other")]
    assert served(bench) == [Served(customer=7, vended=0, refused=1, why="other")]
    check(bench)


def test_a_silent_reader_loses_the_sale_and_a_late_approval_is_let_go() -> None:
    bench = opened()
    choose(bench, "A1")
    bench.wait(SILENCE_SECONDS)
    authorise(bench)
    assert bench.told_to(f"{ME}/cashless", Settle) == [
        Settle(sale=1, amount_minor=0, reference=""),
        Settle(sale=1, amount_minor=0, reference="r1"),
    ]
    assert bench.facts_of(PaymentAuthorised) == []
    choose(bench, "A1", customer=8)
    assert bench.told_to(f"{ME}/cashless", Authorise)[-1].sale == 2


def test_a_silent_motor_closes_the_lane_flags_the_unit_and_refunds_the_rest() -> None:
    bench = opened()
    choose(bench, "A1", "A2", tender="code")
    authorise(bench, "code")
    bench.wait(SILENCE_SECONDS)
    settled(bench, "code")
    turn(bench)  # too late
    assert bench.facts_of(VendFailed) == [VendFailed(sale=1, unit=0, why="unknown")]
    assert (A1, LaneClosed(why="uncertain")) in bench.facts
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="code", amount_minor=800, why="unknown")
    ]
    assert bench.facts_of(PaymentRefunded) == [PaymentRefunded(sale=1, tender="code", amount_minor=600)]
    assert bench.told_to(f"{ME}/code", Settle) == [Settle(sale=1, amount_minor=800, reference="r1", ask=1)]
    assert served(bench) == [Served(customer=7, vended=0, refused=2, why="other")]
    assert bench.facts_of(VendCompleted) == []
    check(bench)


def test_a_silent_changer_leaves_the_change_flagged() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000))
    turn(bench)
    bench.wait(SILENCE_SECONDS)
    pay_out(bench)  # too late
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="cash", amount_minor=200, why="no_answer")
    ]
    assert served(bench) == [Served(customer=7, vended=1, refused=0)]
    check(bench)


def test_a_sale_soon_after_another_has_its_full_time() -> None:
    bench = opened()
    choose(bench, "A3")
    turn(bench)
    bench.wait(SILENCE_SECONDS - 1)
    choose(bench, "A1", customer=8)
    bench.wait(SILENCE_SECONDS - 1)
    authorise(bench)
    assert len(bench.facts_of(PaymentAuthorised)) == 1


@pytest.mark.parametrize("tender", ["cash", "cashless"])
def test_a_board_that_does_not_know_how_a_turn_ended_leaves_the_payment_flagged(tender: str) -> None:
    bench = opened()
    choose(bench, "A1", tender=tender)
    if tender == "cash":
        bench.send(ME, coin(500), coin(200), coin(100))
    else:
        authorise(bench)
    turn(bench, UNKNOWN)
    assert bench.facts_of(VendFailed) == [VendFailed(sale=1, unit=0, why="unknown")]
    assert (A1, LaneClosed(why="uncertain")) in bench.facts
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender=tender, amount_minor=800, why="unknown")
    ]
    assert not bench.facts_of(PaymentRefunded)
    assert not bench.facts_of(ChangePaid)
    assert served(bench) == [Served(customer=7, vended=0, refused=1, why="other")]
    check(bench)
