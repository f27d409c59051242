"""A machine with its simulated devices whose power can be cut at any step, and every step after it tried.

A step is one message handled by the machine: the batch that came of it is committed, then its orders reach
the devices. Cut, a step's batch may be lost, or committed and its orders lost, or both done; what the devices
say after that may still arrive, or not; and a device in the middle of its work may stop half way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import attrs

from actors.machine import sale_table
from actors.machine.machine import Machine, build
from actors.machine.settings import MachineSettings
from actors.machine.states import IDLE
from hardware.contract.cash import PayOut
from hardware.contract.motor_board import DROPPED, NO_DROP, UNKNOWN, MotorTurned, TurnMotor
from runtime.actor import Actor, Started, handles
from runtime.journal import MemoryJournal
from runtime.kernel import Kernel
from runtime.node import Node
from runtime.wire import FactRecord
from simulator.devices.cash import CashDevice
from simulator.devices.motor_board import Board
from simulator.devices.payment_terminal import PaymentTerminal
from simulator.money import MONEY
from tests.actors.machine_bench import LANES, ME, START_US, TENDERS

FLOAT_MINOR = 10_000
DOWN_SECONDS = 10
QUIET_SECONDS = 5
STEPS_MAX = 200

LOST, UNRELEASED, RELEASED, BROKEN = "lost", "unreleased", "released", "broken"
WAYS = (
    (LOST, True),
    (LOST, False),
    (UNRELEASED, True),
    (UNRELEASED, False),
    (RELEASED, True),
    (RELEASED, False),
    (BROKEN, False),
)
"""What became of the step's batch and orders, and whether what devices say at that time still arrives."""


class Silent(Actor):
    """Stands where customers stand and hears whatever it is told."""

    __slots__ = ()


def _hears_all(_: Silent, __: object) -> None:
    return None


class _Everything(dict[type, Any]):
    def __missing__(self, _: type) -> Any:
        return _hears_all


Silent.handlers = _Everything()

Action = tuple[str, object]
"""Address and message; an address of the machine itself means that it comes from the keypad."""


class JammingBoard(Board):
    """A motor board on which the turns named drop nothing; counts the orders for each turn."""

    __slots__ = ("jams", "ordered")

    def __init__(self, jams: tuple[int, ...]) -> None:
        super().__init__()
        self.jams = jams
        self.ordered: dict[int, int] = {}

    @handles(TurnMotor)
    def turn(self, order: TurnMotor) -> None:
        self.ordered[order.turn] = self.ordered.get(order.turn, 0) + 1
        super().turn(order)

    def knows(self, turn: int) -> str:
        """How the turn ended, as far as it knows; "" if it never began."""
        return self._turned[turn][1].outcome if turn in self._turned else ""

    def _outcome(self, turn: int) -> str:
        return NO_DROP if turn in self.jams else DROPPED


@attrs.frozen
class Saved:
    """Everything that outlasts a power cut, and what is on its way to the machine."""

    records: tuple[FactRecord, ...]
    now: int
    devices: tuple[tuple[Any, ...], ...]
    heap: tuple[Any, ...]
    flying: tuple[Action, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for two that cannot go on differently."""
        chain = self.records[-1].chain if self.records else b""
        heap = tuple((at, ref, repr(message)) for at, _, ref, message in self.heap)
        return chain, self.now, repr(self.devices), heap, repr(self.flying)


@attrs.frozen
class Step:
    """One step of a run: what was there before its batch was committed, and the batch."""

    before: Saved
    records: tuple[FactRecord, ...]
    orders: tuple[Action, ...]


class Cabinet:
    """One machine's node and devices.

    Args:
        counts: whether the cash device has counters.
        escrow: whether bills wait for a word.
        recycles: bills that its cash device can pay out again.
        money_first: see ``MachineSettings``.
        jams: turn numbers after which nothing falls.
        declines: share of requests that providers decline.
        loses: share of refunds that providers lose.
    """

    def __init__(
        self,
        *,
        counts: bool = True,
        escrow: bool = False,
        recycles: tuple[int, ...] = (),
        money_first: bool = False,
        jams: tuple[int, ...] = (),
        declines: float = 0.0,
        loses: float = 0.0,
    ) -> None:
        self.settings = MachineSettings(money_first=money_first)
        self.street = Kernel("street", seed=1, now_us=START_US)
        self.cash = CashDevice(MONEY["HKD"], FLOAT_MINOR, escrow=escrow, counts=counts, recycles=recycles)
        self.board = JammingBoard(jams)
        self.terminals = {name: PaymentTerminal(declines, loses) for name in ("cashless", "code")}
        for name, device in (("board", self.board), ("cash", self.cash), *self.terminals.items()):
            self.street.spawn(f"{ME}/{name}", device)
        for name in ("keypad", "display", "power", "cooling", "pricing"):
            self.street.spawn(f"{ME}/{name}", Silent())
        self._devices = [
            (device, [n for base in type(device).__mro__ for n in getattr(base, "__slots__", ())])
            for device in (self.board, self.cash, *self.terminals.values())
        ]
        self.journal = MemoryJournal()
        self.flying: deque[Action] = deque()
        self.boot()

    # What outlasts a cut

    def save(self) -> Saved:
        """Remember it."""
        devices = tuple(
            tuple(_copied(getattr(device, name)) for name in names) for device, names in self._devices
        )
        heap = tuple(self.street._heap)
        return Saved(tuple(self.records), self.street.now, devices, heap, tuple(self.flying))

    def go_back(self, saved: Saved) -> None:
        """Have everything as it was then; the machine is off."""
        self.street.now = saved.now
        self.street._heap[:] = saved.heap
        for (device, names), values in zip(self._devices, saved.devices, strict=True):
            for name, value in zip(names, values, strict=True):
                setattr(device, name, _copied(value))
        self.journal = MemoryJournal()
        self.journal.commit(saved.records)
        self.flying = deque(saved.flying)

    def boot(self) -> None:
        """Make the machine anew from its journal."""
        self.node = Node("gw", now_us=self.street.now)
        build(self.node, ME, LANES, TENDERS, FLOAT_MINOR, settings=self.settings)
        self.node.recover(self.records)
        self.node.start()

    @property
    def records(self) -> list[FactRecord]:
        """Every fact committed."""
        return self.journal.read(0, 1_000_000)

    @property
    def machine(self) -> Machine:
        """The machine as it is now."""
        found = self.node.actors[self.node.reach(ME)]
        assert isinstance(found, Machine)
        return found

    # Running

    def run(self, script: tuple[Action, ...] = ()) -> list[Step]:
        """Play a script to its end, each action once all is quiet; return the steps."""
        actions, steps = deque(script), []
        while self.node.ready or self._something_happens(actions):
            self._one_message()
            if (batch := self.node.take()) is not None:
                orders = tuple((self.node.addresses[ref], message) for ref, message in batch.outbox)
                steps.append(Step(self.save(), tuple(batch.records), orders))
                self.journal.commit(batch.records)
                self.release(orders)
            assert len(steps) < STEPS_MAX, f"{ME} must come to rest within {STEPS_MAX} steps"
        return steps

    def _one_message(self) -> None:
        """Handle it; the machine may go only where its table says."""
        to, message = self.node.ready[0]
        machine, rows = self.machine, sale_table.TABLE
        before = machine.state
        self.node.drain(1)
        if to == machine.ref and machine.state != before and not isinstance(message, Started):
            step = rows[before].get(type(message)) or rows[sale_table.EVERY].get(type(message))
            assert step is not None, f"{before}: {message} must be in the table to lead to {machine.state}"
            assert machine.state in step[1], f"{before}: {message} must not lead to {machine.state}"

    def _something_happens(self, actions: deque[Action]) -> bool:
        """Give the machine the next message; False when none will ever come."""
        node, street = self.node, self.street
        while not self.flying:
            at, alarm = street.next_at(), node.next_at()
            if at <= street.now + QUIET_SECONDS * 1_000_000:
                street.fire()
            elif actions:
                address, message = actions.popleft()
                if address == ME:
                    self.flying.append((address, message))
                else:
                    street.receive(street.reach(address), message)
            elif self.machine.state == IDLE:
                return False
            else:
                street.advance(alarm)
                node.advance(alarm)
                node.fire_due()
                return True
            self._hear_devices()
        node.advance(street.now)
        address, message = self.flying.popleft()
        node.receive(node.reach(address), message)
        return True

    def _hear_devices(self) -> None:
        street = self.street
        street.drain()
        self.flying.extend((street.addresses[ref], message) for ref, message in street.outbox)
        street.outbox.clear()

    def release(self, orders: tuple[Action, ...], *, broken: bool = False) -> None:
        """Let the devices have their orders; ``broken``, their power fails as they begin."""
        for address, message in orders:
            told = message
            if broken and isinstance(message, PayOut) and message.pieces:
                value = message.pieces[0][0]
                told = PayOut(sale=message.sale, amount_minor=value, pieces=((value, 1),))
            self.street.receive(self.street.reach(address), told)
            self._hear_devices()
            if broken and isinstance(message, TurnMotor):
                unknown = MotorTurned(lane=message.lane, turn=message.turn, outcome=UNKNOWN)
                self.board._turned[message.turn] = (self.street.now, unknown)

    def cuts(self, step: Step) -> Iterator[Saved]:
        """Everything that can be left when the power is cut at this step."""
        for way, arrives in WAYS:
            self.go_back(step.before)
            if way != LOST:
                self.journal.commit(step.records)
            if way in (RELEASED, BROKEN):
                self.release(step.orders, broken=way == BROKEN)
            if not arrives:
                self.street.run(self.street.now + DOWN_SECONDS * 1_000_000)
                self.street.outbox.clear()
                self.flying.clear()
            yield self.save()


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value
