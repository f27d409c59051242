"""A machine with one perishable lane on a bench, and what a test does to its cabinet."""

from __future__ import annotations

from actors.cabinet.messages import (
    ColdChainLocked,
    MachineStatus,
)
from actors.machine.cold_chain import ColdRule
from actors.machine.lane import Lane, LaneOpening
from actors.machine.machine import Machine, build
from actors.machine.messages import (
    Load,
    ServiceMachine,
)
from actors.machine.settings import MachineSettings
from hardware.contract.cooling import CabinetTemperature
from scenarios.invariants import Invariants
from tests.actors.bench import Bench
from tests.actors.machine_bench import A1, A2, ME, START_US, counted

MINUTE_US = 60_000_000
COLD, WARM = 40, 51
LANES = (
    LaneOpening(code="A1", product="milk", price_minor=800, capacity=10, par=8, level=5, perishable=True),
    LaneOpening(code="A2", product="tea", price_minor=600, capacity=10, par=8, level=4),
)


def opened(rule: ColdRule | None = None) -> Bench:
    """A machine with one perishable lane, read cold at its start."""
    bench = Bench(START_US)
    settings = MachineSettings() if rule is None else MachineSettings(cold=rule)
    build(bench, ME, LANES, ("cash", "cashless"), 10_000, settings=settings)
    bench.run(START_US)
    bench.send(ME, counted(10_000))
    read(bench, COLD)
    return bench


def read(bench: Bench, temp: int) -> None:
    bench.send(ME, CabinetTemperature(temp_decicelsius=temp))


def pass_minutes(bench: Bench, minutes: float, temp: int) -> None:
    """Let time pass with a reading every minute, the last one just before the end."""
    end_us = bench.now + round(minutes * MINUTE_US)
    while bench.now + MINUTE_US < end_us:
        bench.run(bench.now + MINUTE_US)
        read(bench, temp)
    bench.run(end_us)


def locks(bench: Bench) -> list[tuple[str, float]]:
    """Why each lock came, and how many minutes after the start."""
    return [(f.why, (f.at_us - START_US) / MINUTE_US) for f in bench.facts_of(ColdChainLocked)]


def lane(bench: Bench, address: str = A1) -> Lane:
    found = bench.actors[bench.reach(address)]
    assert isinstance(found, Lane)
    return found


def machine(bench: Bench) -> Machine:
    found = bench.actors[bench.reach(ME)]
    assert isinstance(found, Machine)
    return found


def check(bench: Bench) -> None:
    rules = Invariants("HKD")
    for source, fact in bench.facts:
        rules.seen("gw", source, fact)
    rules.full({A1: lane(bench).level, A2: lane(bench, A2).level}, {ME: machine(bench).cash_minor})
    assert rules.violations == []


def status(bench: Bench) -> MachineStatus:
    return [reading for _, reading in bench.readings if isinstance(reading, MachineStatus)][-1]


def visit(bench: Bench, number: int, units: int = 8, *, takes_out: bool = True) -> None:
    loads = (Load(lane="A1", product="milk", units=units),) if units else ()
    order = ServiceMachine(visit=number, loads=loads, collect_cash=False, takes_out=takes_out)
    done = bench.deliver(ME, order, number)
    assert done is not None
    assert done.outcome == "done"
