"""A machine on a bench, and what a test does to it in its devices' place."""

from __future__ import annotations

from actors.machine.machine import Machine, build
from actors.machine.settings import MachineSettings
from actors.machine.states import SETTLING
from actors.payment.messages import CashMetered
from hardware.contract.cash import CashCounted, CashInserted, CountCash, PaidOut, PayOut
from hardware.contract.keypad import LanesChosen, Served
from hardware.contract.motor_board import DROPPED, UNKNOWN, AskTurn, MotorTurned, TurnMotor
from hardware.contract.payment import Authorise, Authorised, Settle, Settled
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


def opened(tenders: tuple[str, ...] = TENDERS, float_minor: int = 10_000, money_first: bool = False) -> Bench:
    bench = Bench(START_US)
    build(bench, ME, LANES, tenders, float_minor, settings=MachineSettings(money_first=money_first))
    bench.run(START_US)
    if "cash" in tenders:
        bench.send(ME, counted(float_minor))
    return bench


def counted(float_minor: int, inserted_minor: int = 0, paid_minor: int = 0) -> CashCounted:
    """What the cash device says of so much money in coins of 1.00."""
    return CashCounted(
        tubes=((1000, 0), (500, 0), (200, 0), (100, float_minor // 100), (50, 0)),
        values=(5000, 2000, 1000, 500, 200, 100, 50),
        inserted_minor=inserted_minor,
        paid_minor=paid_minor,
    )


def restart(bench: Bench, outcome: str = UNKNOWN, *, cash: CashCounted | None = None) -> None:
    """Cut the power; the devices then say what they are asked: how the last turn ended, what was counted."""
    bench.power_cut()
    bench.run(bench.now)
    for ask in bench.told_to(f"{ME}/board", AskTurn):
        bench.send(ME, MotorTurned(lane=ask.lane, turn=ask.turn, outcome=outcome))
    if bench.told_to(f"{ME}/cash", CountCash):
        books = machine(bench).books
        tubes = tuple(books.tubes.items())
        was = books.metered or CashMetered(inserted_minor=0, paid_minor=0, tubes=())
        honest = CashCounted(
            tubes=tubes,
            values=(5000, 2000, 1000, 500, 200, 100, 50),
            inserted_minor=was.inserted_minor + books.came_minor,
            paid_minor=was.paid_minor + books.went_minor,
        )
        bench.send(ME, cash or honest)


def settled(bench: Bench, tender: str = "cashless", amount_minor: int | None = None) -> None:
    """The provider says what it took: what it was asked to, unless told otherwise."""
    ask = bench.told_to(f"{ME}/{tender}", Settle)[-1]
    taken = ask.amount_minor if amount_minor is None else amount_minor
    bench.send(ME, Settled(sale=ask.sale, amount_minor=taken, ask=ask.ask))


def machine(bench: Bench) -> Machine:
    found = bench.actors[bench.reach(ME)]
    assert isinstance(found, Machine)
    return found


def choose(bench: Bench, *lanes: str, tender: str = "cashless", customer: int = 7) -> None:
    bench.send(ME, LanesChosen(customer=customer, lanes=lanes, tender=tender))


def authorise(bench: Bench, tender: str = "cashless") -> None:
    ask = bench.told_to(f"{ME}/{tender}", Authorise)[-1]
    bench.send(ME, Authorised(sale=ask.sale, amount_minor=ask.amount_minor, reference="r1", ask=ask.ask))


def coin(value_minor: int, held_in: str = "tube") -> CashInserted:
    return CashInserted(value_minor=value_minor, held_in=held_in)


def turn(bench: Bench, outcome: str = DROPPED, *, settles: bool = True) -> None:
    """The motor has turned; the provider then settles what it is asked to, unless told otherwise."""
    asked = bench.told_to(f"{ME}/board", TurnMotor)[-1]
    bench.send(ME, MotorTurned(lane=asked.lane, turn=asked.turn, outcome=outcome))
    if settles and machine(bench).state == SETTLING:
        settled(bench, machine(bench).books.tender)


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
