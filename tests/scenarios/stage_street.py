"""The machine on simulated devices: messages on a street, in virtual time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from actors.machine.machine import Machine, build
from hardware.contract.cash import CountCash
from hardware.contract.keypad import LanesChosen, Served
from hardware.contract.motor_board import TurnMotor
from runtime import wire
from runtime.actor import Actor, handles
from runtime.address import Ref
from runtime.command import Deliver, Finish
from runtime.kernel import Kernel
from scenarios.invariants import Invariants
from simulator.audit_book import AuditBook
from simulator.devices.audit import AuditPort, StreetCounts
from simulator.devices.cabinet_electronics import Display
from simulator.devices.cash import CashDevice, EntriesOpen, Insert, PullLever
from simulator.devices.motor_board import Board
from simulator.devices.session_reader import PresentCard, SessionReader, TakeCard
from simulator.money import Money
from tests.scenarios.one_machine import BILLS, COINS, ME, PRICES, TUBES, plan
from tests.simulator.carry import carry

START_US = 1_767_600_000_000_000
STEP_US = 100_000
STEPS_MAX = 6000


class JammingBoard(Board):
    """A board whose next turn of a lane can be made to jam."""

    __slots__ = ("jams",)

    def __init__(self) -> None:
        super().__init__()
        self.jams: Counter[str] = Counter()

    @handles(TurnMotor)
    def turn(self, order: TurnMotor) -> None:
        """As ``Board.turn``."""
        self.jam_per_vend = 1.0 if self.jams[order.lane] else 0.0
        self.jams[order.lane] -= bool(self.jams[order.lane])
        super().turn(order)


class Doorway(Actor):
    """Where customers stand: counts those who were served."""

    __slots__ = ("served",)

    def __init__(self) -> None:
        self.served = 0

    @handles(Served)
    def leave(self, _: Served) -> None:
        self.served += 1

    @handles(EntriesOpen)
    def entries_open(self, _: EntriesOpen) -> None:
        """People look for themselves."""


class Desk(Actor):
    """Counts the commands that ended done."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done = 0

    @handles(Finish)
    def finished(self, finish: Finish) -> None:
        assert finish.outcome == "done", wire.decode(finish.answer)
        self.done += 1


class Recorder(Kernel):
    """A node's kernel that keeps what is recorded, each fact checked as it comes."""

    def __init__(self) -> None:
        super().__init__("gw-1", now_us=START_US)
        self.facts: list[tuple[str, Any]] = []
        self.rules = Invariants("HKD")

    def recorded(self, ref: Ref, fact: Any) -> None:
        """See ``Kernel.recorded``."""
        self.facts.append((self.addresses[ref], fact))
        self.rules.seen("gw-1", self.addresses[ref], fact)


class StreetStage:
    """See ``one_machine.Stage``."""

    def __init__(self) -> None:
        self.street, self.node = Kernel("street", now_us=START_US), Recorder()
        self._now_us = START_US
        money = Money("HKD", coins=COINS, bills=BILLS, handy=())
        self.board, self.reader = JammingBoard(), SessionReader()
        self.cash = CashDevice(money, escrow=True, counts=False)  # an MDB changer has no counters either
        self.cash.tubes = dict(TUBES)
        self._doorway, self._desk = Doorway(), Desk()
        spawn = self.street.spawn
        spawn(f"{ME}/keypad", self._doorway)
        spawn(f"{ME}/board", self.board)
        spawn(f"{ME}/cash", self.cash)
        spawn(f"{ME}/cashless", self.reader)
        spawn(f"{ME}/display", Display())
        spawn(f"{ME}/audit", AuditPort(self._book))
        self.node.spawn("commands", self._desk)
        it = plan()
        lanes = [(p.code, p.product, p.price_minor, p.capacity, p.par, p.level) for p in it.lanes]
        build(self.node, ME, lanes, it.tenders, it.float_minor, settings=it.settings)
        self._pass(0)

    def _book(self) -> AuditBook:
        counts = StreetCounts(self.board, self.cash, (self.reader,), PRICES)
        return AuditBook(counts=counts, currency="HKD", serial="M1")

    def _pass(self, by_us: int) -> None:
        self._now_us += by_us
        carry(self.street, self.node, self._now_us)

    def _tell(self, device: str, message: object) -> None:
        self.street.advance(self._now_us)
        self.street.receive(self.street.reach(f"{ME}/{device}"), message)
        self._pass(0)

    # Stage

    @property
    def approves(self) -> bool:
        return not self.reader.decline_share

    @approves.setter
    def approves(self, yes: bool) -> None:
        self.reader.decline_share = 0.0 if yes else 1.0

    @property
    def loses_refunds(self) -> bool:
        return bool(self.reader.lost_refund_share)

    @loses_refunds.setter
    def loses_refunds(self, yes: bool) -> None:
        self.reader.lost_refund_share = 1.0 if yes else 0.0

    @property
    def served(self) -> int:
        return self._doorway.served

    @property
    def ended(self) -> int:
        return self._desk.done

    @property
    def facts(self) -> list[tuple[str, Any]]:
        return self.node.facts

    @property
    def machine(self) -> Machine:
        found = self.node.actors[self.node.reach(ME)]
        assert isinstance(found, Machine)
        return found

    def press(self, *lanes: str) -> None:
        self.node.advance(self._now_us)
        self.node.receive(self.node.reach(ME), LanesChosen(customer=0, lanes=lanes, tender=""))
        self._pass(0)

    def takes(self, value_minor: int) -> bool:
        return self.cash.accepting and (not self.cash.taken or value_minor in self.cash.taken)

    def put_in(self, value_minor: int) -> None:
        """What is refused comes back into the hand; ``Insert`` would have its customer pull the lever."""
        if self.takes(value_minor):
            self._tell("cash", Insert(pieces=(value_minor,)))

    def lever(self) -> None:
        self._tell("cash", PullLever())

    def wants_card(self) -> bool:
        return bool(self.machine.sale.asks)

    def card(self) -> None:
        self._tell("cashless", PresentCard())

    def take_card(self) -> None:
        self._tell("cashless", TakeCard())

    def no_card(self) -> bool:
        return self.reader.funds_minor is None

    def jam_next(self, lane: str) -> None:
        self.board.jams[lane] += 1

    def empty_tubes(self) -> None:
        """A changer tells by itself that its tubes were emptied by hand."""
        self.cash.tubes = dict.fromkeys(self.cash.tubes, 0)
        self._tell("cash", CountCash())

    def command(self, command: object) -> None:
        self.node.advance(self._now_us)
        self.node.receive(self.node.reach(ME), Deliver(id=f"s:{self.ended}", body=wire.encode(command)))
        self._pass(0)

    async def until(self, true: Callable[[], bool]) -> None:
        """Let virtual time pass until it is true."""
        for _ in range(STEPS_MAX):
            if true():
                return
            self._pass(STEP_US)
        raise AssertionError(f"not true after {STEPS_MAX} steps; newest facts: {self.facts[-5:]}")
