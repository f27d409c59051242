"""A machine is filled, relabelled and emptied by visits and planogram changes, also in mid-sale."""

from __future__ import annotations

from actors.machine.messages import (
    AssignLane,
    LaneAssigned,
    LaneFilled,
    LaneReopened,
    Load,
    MachineServiced,
    ServiceMachine,
    ServiceOutcome,
    VendCompleted,
)
from actors.machine.service import VISITS_KEPT
from hardware.contract.cooling import CabinetTemperature
from hardware.contract.keypad import LanesChosen
from hardware.contract.motor_board import NO_DROP
from hardware.contract.payment import Authorise, Declined, Settled
from hardware.contract.presence import DoorOpened
from runtime import wire
from runtime.command import Finish
from tests.actors.machine_bench import (
    A1,
    ME,
    authorise,
    check,
    choose,
    coin,
    machine,
    opened,
    pay_out,
    restart,
    turn,
)

# Planogram and visits


def test_a_planogram_change_counts_for_the_choice_right_behind_it() -> None:
    bench = opened()
    change = AssignLane(lane="A1", product="soup", price_minor=1200)
    bench.send(ME, change, LanesChosen(customer=7, lanes=("A1",), tender="code"))
    assert bench.facts_of(LaneAssigned) == [
        LaneAssigned(product="soup", price_minor=1200, was="cola", level=5)
    ]
    assert bench.told_to(f"{ME}/code", Authorise) == [Authorise(sale=1, amount_minor=1200, ask=1, lane="A1")]
    bench.send(ME, change, AssignLane(lane="Z9", product="soup", price_minor=1))
    assert len(bench.facts_of(LaneAssigned)) == 1
    check(bench)


def test_a_price_that_changes_after_the_choice_does_not_touch_the_sale() -> None:
    bench = opened()
    choose(bench, "A1")
    authorise(bench)
    bench.send(ME, AssignLane(lane="A1", product="cola", price_minor=5000))
    turn(bench)
    assert bench.facts_of(VendCompleted)[0].price_minor == 800
    check(bench)


def test_a_planogram_change_by_command_is_answered() -> None:
    bench = opened()
    done = bench.deliver(ME, AssignLane(lane="A1", product="cola", price_minor=900))
    assert done == Finish(id="test:1", outcome="done", answer=b"")
    lost = bench.deliver(ME, AssignLane(lane="Z9", product="cola", price_minor=900), 2)
    assert lost is not None
    assert lost.outcome == "failed"


def visit(number: int = 1) -> ServiceMachine:
    loads = (
        Load(lane="A1", product="cola", units=20),
        Load(lane="A2", product="cola", units=4),
        Load(lane="A3", product="water", units=2),
        Load(lane="Z9", product="water", units=2),
    )
    return ServiceMachine(visit=number, loads=loads, collect_cash=True)


def test_a_visit_fills_to_par_reopens_and_hands_over_all_but_the_tubes() -> None:
    bench = opened()
    choose(bench, "A1", tender="cash")
    bench.send(ME, coin(500, "cash_box"), coin(2000, "stacker"))
    turn(bench, NO_DROP)
    pay_out(bench)
    done = bench.deliver(ME, visit())
    assert done is not None
    filled = (Load(lane="A1", product="cola", units=3), Load(lane="A3", product="water", units=2))
    assert wire.decode(done.answer) == ServiceOutcome(visit=1, filled=filled, cash_minor=2500)
    assert bench.facts_of(LaneFilled) == [
        LaneFilled(visit=1, product="cola", added=3, level=8),
        LaneFilled(visit=1, product="water", added=2, level=5),
    ]
    assert (A1, LaneReopened(visit=1)) in bench.facts
    assert bench.facts_of(MachineServiced) == [
        MachineServiced(visit=1, units=5, cash_minor=2500, filled=filled)
    ]
    check(bench)


def test_the_same_visit_again_changes_nothing_even_after_a_restart() -> None:
    bench = opened()
    first = bench.deliver(ME, visit())
    bench.power_cut()
    again = bench.deliver(ME, visit(), 2)
    assert first is not None
    assert again is not None
    assert first.answer == again.answer
    assert len(bench.facts_of(MachineServiced)) == 1
    assert len(bench.facts_of(LaneFilled)) == 2


def test_a_visit_in_the_middle_of_a_sale_leaves_the_books_right() -> None:
    bench = opened()
    choose(bench, "A1", "A1", tender="cash")
    bench.send(ME, coin(2000, "stacker"))
    bench.deliver(ME, visit())
    turn(bench)
    turn(bench, NO_DROP)
    pay_out(bench)
    assert [f.level for f in bench.facts_of(VendCompleted)] == [7]
    check(bench)


# Devices


def test_temperatures_are_published_and_other_words_of_devices_change_nothing() -> None:
    bench = opened()
    count = len(bench.facts)
    reading = CabinetTemperature(temp_decicelsius=41)
    bench.send(ME, reading, DoorOpened(), Settled(sale=1, amount_minor=0), Declined(sale=9, why="declined"))
    assert (ME, reading) in bench.readings
    assert len(bench.facts) == count


def test_a_visit_repeated_after_others_changes_nothing_also_after_a_restart() -> None:
    bench = opened()
    first = bench.deliver(ME, visit(7), 1)
    assert first is not None
    for number in range(8, 8 + VISITS_KEPT - 1):
        bench.deliver(ME, visit(number), number)
    restart(bench)
    done = len(bench.facts_of(MachineServiced))
    again = bench.deliver(ME, visit(7), 100)
    assert again is not None
    assert again.answer == first.answer
    assert len(bench.facts_of(MachineServiced)) == done
    assert len(machine(bench).visits) == VISITS_KEPT
    bench.deliver(ME, visit(99), 101)
    assert len(machine(bench).visits) == VISITS_KEPT
    check(bench)
