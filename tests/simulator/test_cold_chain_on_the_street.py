"""A machine with perishable goods and a simulated cooling unit, before which nobody stands."""

from __future__ import annotations

import pytest

from actors.cabinet.messages import CabinetCooled, CabinetOpened, ColdChainLocked
from actors.control.messages import SetTargetTemperature, TargetTemperature
from actors.machine.lane import Lane, LaneOpening
from actors.machine.machine import build
from actors.machine.messages import Load, ServiceMachine
from runtime import wire
from runtime.actor import Actor, handles
from runtime.command import Deliver, Finish
from simulator.devices.cooling import Climate, Cooling
from simulator.street import Street
from tests.actors.bench import Bench
from tests.simulator.carry import carry

ME = "hk-1"
DAY_US = 86_400_000_000
MILK = LaneOpening(code="A1", product="milk", price_minor=900, capacity=8, par=8, level=6, perishable=True)


class Desk(Actor):
    """Hears how commands ended."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        self.heard: list[Finish] = []

    @handles(Finish)
    def finish(self, told: Finish) -> None:
        """One has ended."""
        self.heard.append(told)


def beside(climate: Climate) -> tuple[Bench, Street]:
    bench = Bench()
    bench.spawn("commands", Desk())
    build(bench, ME, [MILK], ("cashless",), 0)
    street = Street(seed=3, currency="HKD")
    street.add_machine(ME, tenders=("cashless",), climate=climate)
    return bench, street


def milk(bench: Bench) -> Lane:
    found = bench.actors[bench.reach(f"{ME}/lane/A1")]
    assert isinstance(found, Lane)
    return found


def command(bench: Bench, street: Street, order: object) -> Finish:
    """Deliver a command and carry mail until it has ended."""
    bench.receive(bench.reach(ME), Deliver(id="test:1", body=wire.encode(order)))
    carry(street.kernel, bench, bench.now + 60_000_000)
    desk = bench.actors[bench.reach("commands")]
    assert isinstance(desk, Desk)
    return desk.heard[-1]


def test_a_cabinet_that_cools_well_gets_over_its_door_openings() -> None:
    bench, street = beside(Climate(ambient_celsius=15.0, target_celsius=3.5, openings_per_day=4.0))
    carry(street.kernel, bench, DAY_US)
    assert bench.facts_of(CabinetOpened)
    assert bench.facts_of(CabinetCooled)
    assert bench.facts_of(ColdChainLocked) == []


def test_a_cabinet_that_cannot_keep_cold_is_locked_and_comes_back_after_cooling_and_new_goods() -> None:
    bench, street = beside(Climate(target_celsius=8.0, openings_per_day=0.0))
    carry(street.kernel, bench, DAY_US // 24)
    assert [f.why for f in bench.facts_of(ColdChainLocked)] == ["warm"]
    done = command(bench, street, SetTargetTemperature(temp_decicelsius=30))
    assert wire.decode(done.answer) == TargetTemperature(temp_decicelsius=30)
    load = Load(lane="A1", product="milk", units=8)
    command(bench, street, ServiceMachine(visit=1, loads=(load,), collect_cash=False))
    assert milk(bench).is_blocked("health")
    carry(street.kernel, bench, DAY_US // 6)
    cooling = street.kernel.actors[street.kernel.reach(f"{ME}/cooling")]
    assert isinstance(cooling, Cooling)
    assert cooling.cabinet.celsius == pytest.approx(3.0, abs=1.01)
    assert not milk(bench).is_blocked("health")
    assert milk(bench).level == 8
