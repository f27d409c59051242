"""A machine whose power was cut turns no motor again and holds nobody's money."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from actors.machine.lane import turn_of
from actors.machine.machine import build
from actors.machine.messages import (
    LaneClosed,
    MachineRestarted,
    VendCompleted,
    VendFailed,
    VendIntended,
)
from actors.payment.messages import (
    PaymentFlagged,
    PaymentRefunded,
)
from hardware.contract.cash import AcceptCash, PaidOut, PayOut
from hardware.contract.keypad import LanesChosen
from hardware.contract.motor_board import DROPPED, NO_DROP, MotorTurned
from hardware.contract.payment import Authorise, Authorised, Settle
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
    machine,
    opened,
    turn,
    turns,
)


def sell(bench: Bench, tender: str, outcome: str, messages_max: int) -> bool:
    """Begin a sale of two lanes and handle so many messages; whether it came to its end within them."""
    left = messages_max

    def handled(*messages: Any) -> bool:
        nonlocal left
        for message in messages:
            bench.receive(bench.reach(ME), message)
        while bench.ready and left:
            bench.drain(1)
            left -= 1
        return not bench.ready

    if not handled(LanesChosen(customer=7, lanes=("A1", "A2"), tender=tender)):
        return False
    if tender == "cash":
        if not (handled(coin(1000)) and handled(coin(1000))):
            return False
    elif not handled(Authorised(sale=1, amount_minor=1400, reference="r1")):
        return False
    for unit, lane in enumerate(("A1", "A2")):
        if not handled(MotorTurned(lane=lane, turn=turn_of(1, unit), outcome=outcome)):
            return False
    back = bench.told_to(f"{ME}/cash", PayOut)
    return not back or handled(PaidOut(sale=1, amount_minor=back[0].amount_minor))


@pytest.mark.parametrize("outcome", [DROPPED, NO_DROP])
@pytest.mark.parametrize("tender", ["cash", "cashless", "code"])
def test_a_power_cut_after_any_message_of_a_sale_turns_no_motor_again_and_holds_no_money(
    tender: str, outcome: str
) -> None:
    for messages_max in range(30):
        bench = opened()
        ended = sell(bench, tender, outcome, messages_max)
        bench.power_cut()
        bench.run(bench.now)
        assert turns(bench) == []
        assert machine(bench).held_minor == 0
        check(bench)
        intended, completed = bench.facts_of(VendIntended), bench.facts_of(VendCompleted)
        assert len(intended) == len(completed) + len(bench.facts_of(VendFailed))
        number = bench.facts_of(MachineRestarted)[-1].sale
        bench.power_cut()  # and again: nothing is given back twice
        choose(bench, "A3", customer=8)
        turn(bench)
        assert turns(bench)[-1].turn > turn_of(number, 0)
        check(bench)
        if ended:
            return
    pytest.fail("the sale must end within 30 messages")


def test_an_uncertain_unit_is_flagged_the_rest_of_a_reservation_is_refunded_and_the_lane_is_shut() -> None:
    bench = opened()
    choose(bench, "A1", "A2")
    authorise(bench)
    bench.power_cut()
    bench.run(bench.now)
    assert bench.facts_of(VendFailed) == [VendFailed(sale=1, unit=0, why="unknown")]
    assert (A1, LaneClosed(why="uncertain")) in bench.facts
    assert bench.facts_of(PaymentFlagged) == [
        PaymentFlagged(sale=1, tender="cashless", amount_minor=800, why="unknown")
    ]
    assert bench.facts_of(PaymentRefunded) == [PaymentRefunded(sale=1, tender="cashless", amount_minor=600)]
    assert Settle(sale=1, amount_minor=800, reference="r1") in bench.told_to(f"{ME}/cashless", Settle)


def test_a_payment_asked_for_before_a_power_cut_is_let_go_and_its_number_is_spent() -> None:
    bench = opened()
    choose(bench, "A1")
    bench.power_cut()
    bench.send(ME, Authorised(sale=1, amount_minor=800, reference="r1"))
    choose(bench, "A1", customer=8)
    assert bench.told_to(f"{ME}/cashless", Settle) == [
        Settle(sale=1, amount_minor=0, reference=""),
        Settle(sale=1, amount_minor=0, reference="r1"),
    ]
    assert bench.told_to(f"{ME}/cashless", Authorise)[-1].sale == 2
    assert AcceptCash(on=False) in bench.told_to(f"{ME}/cash", AcceptCash)


def test_a_snapshot_in_the_middle_of_a_sale_goes_on_with_it() -> None:
    before = Node("gw", now_us=START_US)
    build(before, ME, LANES, TENDERS, 10_000)
    before.start()
    before.receive(before.reach(ME), LanesChosen(customer=7, lanes=("A1",), tender="code"))
    before.receive(before.reach(ME), Authorised(sale=1, amount_minor=800, reference="r1"))
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
