from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from actors.machine.lane import Lane
from actors.machine.machine import Machine, build
from actors.machine.messages import Load, SaleRefused, ServiceMachine, VendCompleted, VendFailed
from actors.payment.messages import PaymentFlagged
from runtime import wire
from runtime.actor import Actor, Started, handles
from runtime.address import Ref
from runtime.command import Deliver, Finish
from runtime.kernel import Kernel
from scenarios.invariants import Invariants
from simulator.customers.keypad import Arrival, Keypad
from simulator.customers.rates import MachineRates
from simulator.customers.sampled import HOUR_US, arrivals
from simulator.devices.cash import CashDevice
from simulator.devices.cooling import Climate
from simulator.devices.motor_board import Board
from simulator.devices.payment_terminal import PaymentTerminal
from simulator.street import DeviceFaults, Street
from tests.simulator.carry import carry

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
START = int(datetime(2024, 5, 6, 8, tzinfo=HONG_KONG).timestamp()) * 1_000_000
ME = "hk-1"
LANES = (("A1", "cola", 800, 60, 60, 60), ("A2", "tea", 650, 40, 40, 40), ("A3", "rice", 2350, 30, 30, 30))
FLOAT_MINOR = 50_000


class Desk(Actor):
    """Takes the machine's word that a command has ended."""

    @handles(Finish)
    def finished(self, finish: Finish) -> None:
        assert finish.outcome == "done"


class Gateway(Kernel):
    """A kernel that has every fact checked as it is recorded."""

    def __init__(self) -> None:
        super().__init__("gw", now_us=START)
        self.facts: list[tuple[str, Any]] = []
        self.rules = Invariants("HKD")

    def recorded(self, ref: Ref, fact: object) -> None:
        self.facts.append((self.addresses[ref], fact))
        self.rules.seen("gw", self.addresses[ref], fact)

    def of(self, kind: type) -> list[Any]:
        return [fact for _, fact in self.facts if type(fact) is kind]

    def check(self) -> None:
        levels = {self.addresses[a.ref]: a.level for a in self.actors if isinstance(a, Lane)}
        self.rules.full(levels, {ME: self.actors[self.reach(ME)].cash_minor})

    def power_cut(self) -> None:
        """Lose everything but the facts, and start again from them."""
        self.ready.clear()
        self._heap.clear()
        self.outbox.clear()
        for ref, old in enumerate(self.actors):
            if not isinstance(old, Actor):
                continue
            fresh = self.actors[ref] = old.made_anew()
            fresh.kernel, fresh.ref = self, old.ref
            for source, fact in self.facts:
                if source == self.addresses[ref] and (apply := fresh.appliers.get(type(fact))) is not None:
                    apply(fresh, fact)
            if isinstance(fresh, Machine):
                self.receive(Ref(ref), Started())


def opened(seed: int, faults: DeviceFaults, hours: int) -> tuple[Street, Gateway]:
    street, node = Street(seed=seed, currency="HKD", now_us=START), Gateway()
    street.add_machine(ME, float_minor=FLOAT_MINOR, faults=faults, climate=Climate())
    node.spawn("commands", Desk())
    build(node, ME, LANES, ("cash", "cashless", "code"), FLOAT_MINOR)
    rates = MachineRates(
        machine=ME,
        hourly=(40.0,) * 24,
        lanes=tuple((code, price, 1.0) for code, _, price, *_ in LANES),
        tenders=(("cash", 0.5), ("cashless", 0.3), ("code", 0.2)),
        second_item_share=0.2,
    )
    end = START + hours * HOUR_US
    street.feed(arrivals([rates], START, end, seed=seed, zone=HONG_KONG, money=street.money))
    return street, node


def service(node: Gateway, visit: int) -> None:
    loads = tuple(Load(lane=code, product=product, units=100) for code, product, *_ in LANES)
    body = wire.encode(ServiceMachine(visit=visit, loads=loads, collect_cash=True))
    node.receive(node.reach(ME), Deliver(id=f"test:{visit}", body=body))


@pytest.mark.parametrize("seed", [1, 2])
def test_every_customer_of_a_day_is_served_by_the_real_machine_and_the_devices_agree_with_its_facts(
    seed: int,
) -> None:
    faults = DeviceFaults(jam_per_vend=0.02, decline_share=0.05, losses_per_day=6.0, loss_seconds_mean=900.0)
    street, node = opened(seed, faults, hours=12)
    for hour in range(1, 14):
        carry(street.kernel, node, START + hour * HOUR_US)
        node.check()
        service(node, hour)
    node.check()
    node.rules.closing()
    assert node.rules.violations == []
    assert node.rules.book.credits == {}

    devices = street.kernel.actors
    (keypad,) = (each for each in devices if isinstance(each, Keypad))
    (board,) = (each for each in devices if isinstance(each, Board))
    (cash,) = (each for each in devices if isinstance(each, CashDevice))
    terminals = [each for each in devices if isinstance(each, PaymentTerminal)]
    sold, failed = node.of(VendCompleted), node.of(VendFailed)
    assert keypad.arrived == keypad.served > 400
    assert keypad.vended == len(sold) == board.drops
    assert board.turns == len(sold) + len(failed)
    assert keypad.refused == len(failed) + sum(each.units for each in node.of(SaleRefused))
    assert {each.why for each in node.of(SaleRefused)} >= {"jam", "offline", "other"}
    paid = sum(each.taken_minor for each in terminals) + cash.in_minor - cash.out_minor
    flagged = sum(each.amount_minor for each in node.of(PaymentFlagged))
    assert paid == sum(each.price_minor for each in sold) + flagged
    assert not any(each.reserved for each in terminals)


def test_power_cuts_at_any_moment_of_a_morning_break_no_rule() -> None:
    street, node = opened(3, DeviceFaults(jam_per_vend=0.02), hours=6)
    for cut in range(1, 6 * 60 * 60 // 37):
        carry(street.kernel, node, START + cut * 37_000_000)
        if cut % 5 == 0:
            node.power_cut()
        if cut % 100 == 0:
            service(node, cut)
    carry(street.kernel, node, START + 8 * HOUR_US)
    node.check()
    node.rules.closing()
    assert node.rules.violations == []
    assert node.rules.book.credits == {}
    (board,) = (each for each in street.kernel.actors if isinstance(each, Board))
    assert len(node.of(VendCompleted)) > 50
    unknown = sum(each.why == "unknown" for each in node.of(VendFailed))
    assert 0 < board.turns <= len(node.of(VendCompleted)) + len(node.of(VendFailed))
    assert board.drops <= len(node.of(VendCompleted)) + unknown


def test_whoever_cannot_be_given_change_leaves_with_the_money_and_the_exact_payer_is_served() -> None:
    street, node = Street(seed=1, currency="HKD", now_us=START), Gateway()
    street.add_machine(ME, tenders=("cash",))
    build(node, ME, LANES, ("cash",), 0)
    people = (
        Arrival(customer=1, lanes=("A1",), tender="cash", cash=(2000,)),
        Arrival(customer=2, lanes=("A1",), tender="cash", cash=(500, 500)),
        Arrival(customer=3, lanes=("A1",), tender="cash", cash=(500, 200, 100)),
        Arrival(customer=4, lanes=("A1",), tender="cash", cash=(1000,)),
    )
    street.feed((START + (n + 1) * 60_000_000, f"{ME}/keypad", each) for n, each in enumerate(people))
    carry(street.kernel, node, START + HOUR_US)
    node.check()
    assert [each.why for each in node.of(SaleRefused)] == ["no_change", "no_change"]
    assert len(node.of(VendCompleted)) == 2
    (cash,) = (each for each in street.kernel.actors if isinstance(each, CashDevice))
    assert (cash.in_minor, cash.out_minor) == (500 + 800 + 1000, 500 + 200)
    assert node.of(PaymentFlagged) == []
