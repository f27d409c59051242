"""A planogram changes at once where nothing is in the way, else at the next service."""

from __future__ import annotations

from typing import Any

import pytest

from actors.cabinet.messages import ColdChainGuarded, PlannedLane, PlanogramApplied
from actors.control.messages import ApplyPlanogram, NotDone, PlanogramAnswer
from actors.ledger.trial_balance import TrialBalance
from actors.machine.lane import Lane, LaneOpening, turn_of
from actors.machine.machine import build
from actors.machine.messages import (
    LaneAssigned,
    LaneEmptied,
    LanePlanned,
    Load,
    ServiceMachine,
    ServiceOutcome,
)
from actors.machine.planogram import Template, planned_of, swapped, template_of
from actors.machine.settings import MachineSettings
from hardware.contract.cooling import CabinetTemperature
from hardware.contract.motor_board import TurnMotor
from runtime import wire
from tests.actors.bench import Bench
from tests.actors.machine_bench import (
    A1,
    A2,
    A3,
    LANES,
    ME,
    START_US,
    authorise,
    check,
    choose,
    opened,
    restart,
    turn,
)


def planned(lane: str = "A1", product: str = "cola", **changes: Any) -> PlannedLane:
    values = {"price_minor": 800, "capacity": 10, "par": 8} | changes
    return PlannedLane(lane=lane, product=product, **values)


def order(bench: Bench, *lanes: PlannedLane, when: str = "now", number: int = 1) -> Any:
    done = bench.deliver(ME, ApplyPlanogram(name="spring", lanes=lanes, when=when), number)
    assert done is not None
    answer = wire.decode(done.answer)
    assert (done.outcome == "failed") == isinstance(answer, NotDone)
    return answer


def lane(bench: Bench, address: str) -> Lane:
    found = bench.actors[bench.reach(address)]
    assert isinstance(found, Lane)
    return found


def visit(bench: Bench, number: int, *loads: Load, takes_out: bool = True) -> ServiceOutcome:
    done = bench.deliver(
        ME, ServiceMachine(visit=number, loads=loads, collect_cash=False, takes_out=takes_out), 100 + number
    )
    assert done is not None
    answer = wire.decode(done.answer)
    assert isinstance(answer, ServiceOutcome)
    return answer


# At once


def test_prices_pars_and_capacities_change_at_once() -> None:
    bench = opened()
    assert order(bench, planned(price_minor=900, capacity=12, par=6, safety=2)) == PlanogramAnswer(
        changed=1, waiting=0
    )
    assert [f.price_minor for f in bench.facts_of(LaneAssigned)] == [900]
    assert bench.facts_of(LanePlanned) == [LanePlanned(capacity=12, par=6, safety=2, perishable=False)]
    assert planned_of(lane(bench, A1)) == planned(price_minor=900, capacity=12, par=6, safety=2)
    order(bench, planned(price_minor=900, capacity=12, par=6, safety=2), number=2)
    assert len(bench.facts_of(LanePlanned)) == 1
    check(bench)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (planned(product="soup"), "lane A1: holds 5 of cola; its product changes at a service"),
        (planned(capacity=4, par=4), "lane A1: capacity must be >= level 5, not 4"),
        (planned(par=12), "lane A1: par level must be from 0 to capacity 10, not 12"),
        (planned(safety=9), "lane A1: safety level must be from 0 to par 8, not 9"),
        (planned(price_minor=-1), "lane A1: price must be >= 0, not -1"),
        (planned(product=""), "lane A1: product must be named"),
        (planned(capacity=0, par=0), "lane A1: capacity must be >= 1, not 0"),
        (planned(lane="Z9"), "lane must be one of this machine's, not 'Z9'"),
    ],
)
def test_a_planogram_that_breaks_a_rule_is_refused_whole(line: PlannedLane, reason: str) -> None:
    bench = opened()
    count = len(bench.facts)
    answer = order(bench, planned(lane="A3", product="water", price_minor=100), line)
    assert answer == NotDone(why=reason)
    assert len(bench.facts) == count


def test_a_planogram_names_each_lane_once_some_lane_and_a_time() -> None:
    bench = opened()
    assert order(bench, planned(), planned()).why == "planogram must name each lane once"
    assert order(bench, number=2).why == "planogram must name at least one lane"
    assert order(bench, planned(), when="soon", number=3).why == (
        "when must be now or next_service, not 'soon'"
    )


def test_prices_that_a_device_keeps_are_not_changed_by_a_planogram() -> None:
    bench = Bench(START_US)
    build(bench, ME, LANES, ("cashless",), 0, settings=MachineSettings(prices_at="board"))
    bench.run(START_US)
    assert order(bench, planned(price_minor=900)).why == "lane A1: price must stay 800, board keeps it"
    assert order(bench, planned(par=5), number=2) == PlanogramAnswer(changed=1, waiting=0)


# At the next service


def test_at_the_next_service_goods_of_another_product_go_back_with_the_van() -> None:
    bench = opened()
    lines = (planned(product="soup", price_minor=1200), planned("A3", "water", capacity=2, par=2))
    assert order(bench, *lines, when="next_service") == PlanogramAnswer(changed=0, waiting=2)
    assert lane(bench, A1).product == "cola"
    restart(bench)
    assert visit(bench, 1, takes_out=False).taken_out == ()
    assert lane(bench, A1).product == "cola"
    done = visit(bench, 2, Load(lane="A1", product="soup", units=9))
    assert done.taken_out == (
        Load(lane="A1", product="cola", units=5),
        Load(lane="A3", product="water", units=1),
    )
    assert done.filled == (Load(lane="A1", product="soup", units=8),)
    assert [f.why for f in bench.facts_of(LaneEmptied)] == ["planogram", "planogram"]
    assert bench.facts_of(PlanogramApplied) == [PlanogramApplied(name="spring", visit=2)]
    visit(bench, 3)
    assert len(bench.facts_of(PlanogramApplied)) == 1
    check(bench)
    book = TrialBalance("HKD")
    for source, fact in bench.facts:
        book.post(source, fact)
    assert book.balances["goods_in_transit", "product:cola"] == 5
    assert book.balances["goods_in_transit", "product:soup"] == -8


def test_a_visit_while_a_motor_turns_leaves_the_planogram_to_the_next_one() -> None:
    bench = opened()
    order(bench, planned(product="soup"), when="next_service")
    choose(bench, "A1")
    authorise(bench)
    visit(bench, 1)
    assert lane(bench, A1).product == "cola"
    turn(bench)
    visit(bench, 2)
    assert lane(bench, A1).product == "soup"
    assert lane(bench, A1).level == 0
    check(bench)


def test_perishable_goods_put_their_lane_under_the_cold_chain() -> None:
    bench = opened()
    order(bench, planned(perishable=True))
    order(bench, planned("A2", "tea", price_minor=600, perishable=True), number=2)
    order(bench, planned(), number=3)
    assert [f.lanes for f in bench.facts_of(ColdChainGuarded)] == [("A1",), ("A1", "A2"), ("A2",)]


# Templates, copies, swaps


def test_a_machine_is_copied_by_a_template_of_its_lanes() -> None:
    bench = opened()
    template = template_of("hk-1", (lane(bench, A1), lane(bench, A3)))
    assert template == Template(name="hk-1", lanes=(planned(), planned("A3", "water", price_minor=0)))
    assert template.command("next_service") == ApplyPlanogram(
        name="hk-1", lanes=template.lanes, when="next_service"
    )


def test_two_lanes_swap_what_they_sell_and_keep_what_fits() -> None:
    bench = opened()
    order(bench, planned("A2", "tea", price_minor=600, capacity=6, par=6))
    change = swapped(planned_of(lane(bench, A1)), planned_of(lane(bench, A2)), "next_service")
    assert change.lanes == (
        planned("A1", "tea", price_minor=600, capacity=10, par=6),
        planned("A2", "cola", capacity=6, par=6),
    )
    bench.deliver(ME, change, 2)
    done = visit(bench, 1, Load(lane="A1", product="tea", units=6), Load(lane="A2", product="cola", units=6))
    assert [load.lane for load in done.taken_out] == ["A1", "A2"]
    assert (lane(bench, A1).product, lane(bench, A2).product) == ("tea", "cola")
    check(bench)
    assert lane(bench, A2).level == 6


def test_a_coupled_lane_turns_both_motors_under_one_number() -> None:
    bench = Bench(START_US)
    wide = LaneOpening(code="A1", product="wide", price_minor=0, capacity=4, par=4, level=2, joined="A2")
    build(bench, ME, [wide], ("cashless",), 0)
    bench.run(START_US)
    choose(bench, "A1")
    assert bench.told_to(f"{ME}/board", TurnMotor) == [TurnMotor(lane="A1", turn=turn_of(1, 0), joined="A2")]
    turn(bench)
    assert lane(bench, A1).level == 1


# Goods that the cold chain has locked


def warmed() -> Bench:
    """A machine whose perishable lane is locked with five units in it."""
    bench = Bench(START_US)
    milk = LaneOpening(
        code="A1", product="cola", price_minor=800, capacity=10, par=8, level=5, perishable=True
    )
    build(bench, ME, (milk, *LANES[1:]), ("cashless",), 0)
    bench.run(START_US)
    bench.send(ME, CabinetTemperature(temp_decicelsius=120))
    bench.wait(901)
    assert lane(bench, A1).is_blocked("health")
    return bench


def test_locked_goods_cannot_be_declared_to_keep_unchilled() -> None:
    bench = warmed()
    answer = order(bench, planned("A1"))
    assert answer.why == "lane A1: must stay perishable, the cold chain has locked the 5 in it"
    assert lane(bench, A1).is_blocked("health")
    assert isinstance(
        order(bench, planned("A1", price_minor=900, perishable=True), number=2), PlanogramAnswer
    )
    assert lane(bench, A1).is_blocked("health")
    assert lane(bench, A1).price_minor == 900


def test_once_locked_goods_are_out_the_lane_may_have_goods_that_keep() -> None:
    bench = warmed()
    assert order(bench, planned("A1"), when="next_service").waiting == 1
    visit = ServiceMachine(visit=1, loads=(Load(lane="A1", product="cola", units=8),), collect_cash=False)
    bench.deliver(ME, visit, 2)
    assert [(f.removed, f.why) for f in bench.facts_of(LaneEmptied)] == [(5, "health")]
    assert lane(bench, A1).refusal() == ""
    assert lane(bench, A1).level == 8


def test_new_goods_that_still_wait_for_a_cold_cabinet_come_out_before_the_lane_is_for_goods_that_keep() -> (
    None
):
    bench = warmed()
    load = Load(lane="A1", product="cola", units=8)
    bench.deliver(ME, ServiceMachine(visit=1, loads=(load,), collect_cash=False), 1)
    assert lane(bench, A1).is_blocked("health")
    order(bench, planned("A1"), when="next_service", number=2)
    bench.deliver(ME, ServiceMachine(visit=2, loads=(load,), collect_cash=False), 3)
    assert [(f.visit, f.removed, f.why) for f in bench.facts_of(LaneEmptied)] == [
        (1, 5, "health"),
        (2, 8, "health"),
    ]
    assert lane(bench, A1).refusal() == ""
