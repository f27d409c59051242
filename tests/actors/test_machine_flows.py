"""A customer may pay first or choose first, in any way and in parts; change is thought of before."""

from __future__ import annotations

import pathlib

import pytest

from actors.machine import sale_table
from actors.machine.messages import SaleRefused, VendIntended
from actors.machine.states import SILENCE_SECONDS
from actors.payment.messages import (
    CashMetered,
    ChangePaid,
    PaymentFlagged,
    PaymentRefunded,
)
from hardware.contract.cash import AcceptCash, BillHeld, KeepBill, PayOut, ReturnAsked, ReturnBill
from hardware.contract.display import ShowText
from hardware.contract.keypad import Served
from hardware.contract.motor_board import NO_DROP
from hardware.contract.payment import (
    Authorise,
    CodeScanned,
    Declined,
    SessionBegun,
    SessionEnded,
    Settle,
)
from hardware.contract.presence import DeviceLost
from tests.actors.machine_bench import (
    ME,
    authorise,
    check,
    choose,
    coin,
    counted,
    machine,
    opened,
    pay_out,
    served,
    settled,
    turn,
    turns,
)

# Any way, and mixed


def test_without_a_way_named_the_entries_open_and_every_reader_is_asked() -> None:
    bench = opened()
    choose(bench, "A1", tender="")
    assert bench.told_to(f"{ME}/cash", AcceptCash) == [AcceptCash(on=True)]
    assert bench.told_to(f"{ME}/cashless", Authorise) == [
        Authorise(sale=1, amount_minor=800, ask=0, lane="A1")
    ]
    assert bench.told_to(f"{ME}/code", Authorise) == [Authorise(sale=1, amount_minor=800, ask=1, lane="A1")]
    authorise(bench, "code")
    assert bench.told_to(f"{ME}/cashless", Settle) == [Settle(sale=1, amount_minor=0, reference="", ask=0)]
    assert bench.told_to(f"{ME}/cash", AcceptCash)[-1] == AcceptCash(on=False)
    turn(bench)
    assert bench.facts_of(VendIntended)[0].tender == "code"
    check(bench)


def test_a_coin_makes_the_readers_ask_for_the_rest_and_the_unit_is_paid_by_both() -> None:
    bench = opened()
    choose(bench, "A1", tender="")
    bench.send(ME, coin(500))
    asks = [(a.ask, a.amount_minor) for a in bench.told_to(f"{ME}/cashless", Authorise)]
    assert asks == [(0, 800), (2, 300)]
    authorise(bench)
    assert bench.facts_of(VendIntended) == [
        VendIntended(sale=1, unit=0, lane="A1", price_minor=800, tender="mixed", cash_minor=500)
    ]
    turn(bench)
    assert served(bench) == [Served(customer=7, vended=1, refused=0)]
    assert bench.told_to(f"{ME}/cash", PayOut) == []
    check(bench)


def test_a_jam_gives_a_mixed_payment_back_both_ways() -> None:
    bench = opened()
    choose(bench, "A1", tender="")
    bench.send(ME, coin(500))
    authorise(bench)
    turn(bench, NO_DROP)
    pay_out(bench)
    assert bench.facts_of(PaymentRefunded) == [PaymentRefunded(sale=1, tender="cashless", amount_minor=300)]
    assert bench.facts_of(ChangePaid) == [ChangePaid(sale=1, amount_minor=500)]
    check(bench)


def test_readers_that_decline_leave_the_entries_open() -> None:
    bench = opened()
    choose(bench, "A1", tender="")
    bench.send(ME, Declined(sale=1, why="declined", ask=0), Declined(sale=1, why="timeout", ask=1))
    assert served(bench) == []
    bench.send(ME, coin(1000))
    turn(bench)
    pay_out(bench)
    assert served(bench) == [Served(customer=7, vended=1, refused=0)]
    check(bench)


def test_a_way_that_is_lost_leaves_the_others() -> None:
    bench = opened()
    bench.send(ME, DeviceLost(device="cash"), DeviceLost(device="code"))
    choose(bench, "A1", tender="")
    assert bench.told_to(f"{ME}/cash", AcceptCash) == []
    assert bench.told_to(f"{ME}/code", Authorise) == []
    authorise(bench)
    turn(bench)
    check(bench)


# Money first


def test_coins_before_a_choice_are_credit_and_the_rest_of_them_is_change() -> None:
    bench = opened(money_first=True)
    assert bench.told_to(f"{ME}/cash", AcceptCash)[-1].on
    bench.send(ME, coin(500), coin(500))
    choose(bench, "A1", tender="cash")
    assert len(turns(bench)) == 1
    assert not bench.told_to(f"{ME}/cash", AcceptCash)[-1].on
    turn(bench)
    pay_out(bench)
    assert bench.facts_of(ChangePaid) == [ChangePaid(sale=1, amount_minor=200)]
    assert bench.told_to(f"{ME}/cash", AcceptCash)[-1].on
    check(bench)


def test_credit_that_is_not_enough_is_added_to() -> None:
    bench = opened(money_first=True)
    bench.send(ME, coin(500))
    choose(bench, "A1", tender="cash")
    assert turns(bench) == []
    bench.send(ME, coin(200), coin(100))
    turn(bench)
    assert served(bench) == [Served(customer=7, vended=1, refused=0)]
    check(bench)


@pytest.mark.parametrize("how", ["lever", "silence"])
def test_credit_goes_back_by_the_lever_or_after_silence(how: str) -> None:
    bench = opened(money_first=True)
    bench.send(ME, coin(500))
    if how == "lever":
        bench.send(ME, ReturnAsked())
    else:
        bench.wait(SILENCE_SECONDS)
    pay_out(bench)
    assert bench.facts_of(ChangePaid) == [ChangePaid(sale=1, amount_minor=500)]
    assert served(bench) == []
    check(bench)


def test_before_a_choice_only_bills_that_could_come_back_are_kept() -> None:
    bench = opened(money_first=True, float_minor=3_000)
    assert bench.told_to(f"{ME}/cash", AcceptCash)[-1].values == (2000, 1000, 500, 200, 100, 50)
    bench.send(ME, BillHeld(value_minor=2000))
    assert len(bench.told_to(f"{ME}/cash", KeepBill)) == 1
    bench.send(ME, BillHeld(value_minor=5000))
    assert len(bench.told_to(f"{ME}/cash", ReturnBill)) == 1


# The lever


def test_the_lever_before_the_motor_ends_the_sale_and_gives_the_money_back() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(500), ReturnAsked())
    assert bench.facts_of(SaleRefused) == [SaleRefused(sale=1, lane="A1", units=1, why="other")]
    pay_out(bench)
    assert served(bench) == [Served(customer=7, vended=0, refused=1, why="other")]
    check(bench)


def test_the_lever_is_too_late_once_the_motor_turns() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(1000), ReturnAsked())
    assert bench.told_to(f"{ME}/cash", PayOut) == []
    turn(bench)
    pay_out(bench)
    check(bench)


# Change


def test_pieces_that_cannot_be_changed_are_not_taken_and_the_customer_is_told() -> None:
    bench = opened(float_minor=200)
    choose(bench, "A1", tender="cash")
    assert bench.told_to(f"{ME}/cash", AcceptCash) == [AcceptCash(on=True, values=(1000, 500, 200, 100, 50))]
    assert bench.told_to(f"{ME}/display", ShowText) == [ShowText(text="exact change only")]
    bench.send(ME, coin(500, "cash_box"))
    assert bench.told_to(f"{ME}/cash", AcceptCash)[-1].values == (500, 200, 100, 50)
    bench.send(ME, ReturnAsked())
    assert bench.facts_of(SaleRefused) == [SaleRefused(sale=1, lane="A1", units=1, why="no_change")]
    pay_out(bench)
    check(bench)


def test_a_bill_in_escrow_is_kept_only_if_it_can_be_changed() -> None:
    bench = opened(float_minor=1_200)
    choose(bench, "A1", tender="cash")
    bench.send(ME, BillHeld(value_minor=5000))
    assert bench.told_to(f"{ME}/cash", ReturnBill) == [ReturnBill()]
    bench.send(ME, BillHeld(value_minor=2000))
    assert bench.told_to(f"{ME}/cash", KeepBill) == [KeepBill()]
    bench.send(ME, coin(2000, "stacker"))
    turn(bench)
    assert bench.told_to(f"{ME}/cash", PayOut) == [PayOut(sale=1, amount_minor=1200, pieces=((100, 12),))]
    pay_out(bench)
    assert machine(bench).books.tubes_minor == 0
    check(bench)


def test_a_bill_that_comes_when_nobody_pays_goes_back() -> None:
    bench = opened()
    bench.send(ME, BillHeld(value_minor=2000))
    choose(bench, "A1")
    bench.send(ME, BillHeld(value_minor=2000))
    assert bench.told_to(f"{ME}/cash", ReturnBill) == [ReturnBill()] * 2


def test_coins_that_somebody_put_in_by_hand_are_known_from_the_next_count() -> None:
    bench = opened(float_minor=200)
    bench.send(ME, counted(9_000))
    assert machine(bench).books.tubes_minor == 9_000
    assert bench.facts_of(CashMetered)[-1].tubes == counted(9_000).tubes
    assert machine(bench).cash_minor == 200, "whose money that is, the next count of the bag will tell"


# Readers and providers


def test_each_unit_of_a_card_sale_is_asked_for_and_settled_for_itself() -> None:
    bench = opened()
    choose(bench, "A1", "A3", "A2")
    authorise(bench)
    turn(bench, NO_DROP, settles=False)
    assert len(turns(bench)) == 1, "the next unit waits for the refund of the first"
    settled(bench)
    turn(bench)  # A3 costs nothing
    authorise(bench)
    turn(bench)
    assert [(i.lane, i.tender) for i in bench.facts_of(VendIntended)] == [
        ("A1", "cashless"),
        ("A3", "free"),
        ("A2", "cashless"),
    ]
    settles = [(s.ask, s.amount_minor) for s in bench.told_to(f"{ME}/cashless", Settle)]
    assert settles == [(0, 0), (2, 600)]
    assert served(bench) == [Served(customer=7, vended=2, refused=1, why="jam")]
    check(bench)


def test_a_refund_that_the_provider_lost_is_flagged() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    turn(bench, NO_DROP, settles=False)
    settled(bench, "cashless", 800)
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="cashless", amount_minor=800, why="refund_lost")
    ]
    check(bench)


def test_a_refund_that_nobody_confirms_is_flagged() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    turn(bench, NO_DROP, settles=False)
    bench.wait(SILENCE_SECONDS)
    settled(bench)  # too late
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="cashless", amount_minor=800, why="no_answer")
    ]
    assert served(bench) == [Served(customer=7, vended=0, refused=1, why="jam")]
    check(bench)


def test_a_card_presented_before_the_choice_is_asked_alone_unless_it_is_taken_away() -> None:
    bench = opened()
    bench.send(ME, SessionBegun(funds_minor=-1))
    choose(bench, "A1", tender="")
    assert bench.told_to(f"{ME}/code", Authorise) == []
    bench.send(ME, SessionEnded())
    assert bench.told_to(f"{ME}/cashless", Settle) == [Settle(sale=1, amount_minor=0, reference="")]
    bench.send(ME, coin(1000))
    turn(bench)
    pay_out(bench)
    check(bench)


def test_a_code_scanned_before_or_after_the_choice_goes_with_the_request() -> None:
    bench = opened()
    bench.send(ME, CodeScanned(code="28123"))
    choose(bench, "A1", tender="code")
    assert [a.code for a in bench.told_to(f"{ME}/code", Authorise)] == ["28123"]
    bench.send(ME, Declined(sale=1, why="declined", ask=1))
    choose(bench, "A1", tender="code", customer=8)
    assert bench.told_to(f"{ME}/code", Authorise)[-1].code == ""
    bench.send(ME, CodeScanned(code="28999"))
    asked = [(a.sale, a.ask, a.code) for a in bench.told_to(f"{ME}/code", Authorise)]
    assert asked[-2:] == [(2, 1, ""), (2, 1, "28999")]
    authorise(bench, "code")
    turn(bench)
    check(bench)


# The table


def test_the_readme_shows_the_table_that_the_machine_goes_by() -> None:
    readme = pathlib.Path(sale_table.__file__).parents[1] / "README.md"
    assert sale_table.markdown() in readme.read_text(encoding="utf-8")


def test_every_state_takes_note_of_coins_and_answers_whoever_chooses() -> None:
    for state, steps in sale_table.STEPS.items():
        names = {message.__name__ for message in steps}
        assert {"CashInserted", "LanesChosen", "BillHeld", "UnitTimeout"} <= names, state
