"""A machine on a bench, and what a test does to it in its devices' place."""

from __future__ import annotations

from actors.machine.machine import Machine, build
from hardware.contract.cash import CashInserted, PaidOut, PayOut
from hardware.contract.keypad import LanesChosen, Served
from hardware.contract.motor_board import DROPPED, MotorTurned, TurnMotor
from hardware.contract.payment import Authorise, Authorised
from scenarios.invariants import Invariants
from tests.actors.bench import Bench

ME = "hk-1"
A1, A2, A3 = (f"{ME}/lane/{code}" for code in ("A1", "A2", "A3"))
LANES = (
    ("A1", "cola", 800, 10, 8, 5),
    ("A2", "tea", 600, 10, 8, 1),
    ("A3", "water", 0, 10, 8, 3),
)
TENDERS = ("cash", "cashless", "code")
START_US = 1_700_000_000_000_000


def opened(tenders: tuple[str, ...] = TENDERS, float_minor: int = 10_000) -> Bench:
    bench = Bench(START_US)
    build(bench, ME, LANES, tenders, float_minor)
    bench.run(START_US)
    return bench


def machine(bench: Bench) -> Machine:
    found = bench.actors[bench.reach(ME)]
    assert isinstance(found, Machine)
    return found


def choose(bench: Bench, *lanes: str, tender: str = "cashless", customer: int = 7) -> None:
    bench.send(ME, LanesChosen(customer=customer, lanes=lanes, tender=tender))


def authorise(bench: Bench, tender: str = "cashless") -> None:
    ask = bench.told_to(f"{ME}/{tender}", Authorise)[-1]
    bench.send(ME, Authorised(sale=ask.sale, amount_minor=ask.amount_minor, reference="r1"))


def coin(value_minor: int, held_in: str = "tube") -> CashInserted:
    return CashInserted(value_minor=value_minor, held_in=held_in)


def turn(bench: Bench, outcome: str = DROPPED) -> None:
    asked = bench.told_to(f"{ME}/board", TurnMotor)[-1]
    bench.send(ME, MotorTurned(lane=asked.lane, turn=asked.turn, outcome=outcome))


def pay_out(bench: Bench, amount_minor: int | None = None) -> None:
    ask = bench.told_to(f"{ME}/cash", PayOut)[-1]
    paid = ask.amount_minor if amount_minor is None else amount_minor
    bench.send(ME, PaidOut(sale=ask.sale, amount_minor=paid))


def served(bench: Bench) -> list[Served]:
    return bench.told_to(f"{ME}/keypad", Served)


def turns(bench: Bench) -> list[TurnMotor]:
    return bench.told_to(f"{ME}/board", TurnMotor)


def check(bench: Bench) -> None:
    """Every rule of SAFETY.md that facts can show, and what the actors themselves believe."""
    rules = Invariants("HKD")
    for source, fact in bench.facts:
        rules.seen("gw", source, fact)
    levels = {f"{ME}/lane/{code}": bench.actors[bench.reach(f"{ME}/lane/{code}")].level for code, *_ in LANES}
    rules.full(levels, {ME: machine(bench).cash_minor})
    rules.full(levels, {ME: machine(bench).cash_minor})
    rules.closing()
    assert rules.violations == []
    assert rules.book.credits == {}
