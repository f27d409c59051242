"""A vending machine: it opens, sells (``selling.py``), is visited, and says what its devices say.

A machine looks at and calls its own lanes directly: they are one box on one node, and facts of both that
belong together must be committed together. It finds them by address each time, since supervision may have
made one anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from actors.machine.lane import Lane, LaneOpening
from actors.machine.messages import (
    AssignLane,
    DeviceCameBack,
    DeviceWentMissing,
    Load,
    MachineOpened,
    MachineRestarted,
    MachineServiced,
    ServiceMachine,
    ServiceOutcome,
)
from actors.machine.selling import Selling
from actors.payment.messages import FloatSet, PaymentFlagged
from hardware.contract.cash import AcceptCash
from hardware.contract.cooling import CabinetTemperature
from hardware.contract.payment import Settled
from hardware.contract.power import PowerLost, PowerRestored
from hardware.contract.presence import DeviceFound, DeviceLost, DoorClosed, DoorOpened
from runtime import wire
from runtime.actor import applies, handles
from runtime.address import Ref
from runtime.command import Deliver, Finish
from runtime.errors import ProtocolError
from runtime.kernel import Kernel


class Machine(Selling):
    """Everything in one cabinet but the lanes.

    Args:
        lanes: planogram positions of its lanes, which stand at ``<machine>/lane/<position>``.
        tenders: what it takes, of "cash", "cashless" and "code".
        float_minor: coins put into the tubes at the first opening.
    """

    durable: ClassVar[tuple[str, ...]] = (*Selling.durable, "opened", "serviced")
    __slots__ = ("float_minor", "opened", "serviced")

    opened: bool
    serviced: MachineServiced | None

    def __init__(self, lanes: tuple[str, ...], tenders: tuple[str, ...], float_minor: int) -> None:
        super().__init__(lanes, tenders)
        self.float_minor = float_minor
        self.opened = False
        self.serviced = None  # the last visit

    @property
    def cash_minor(self) -> int:
        """Cash in the machine, tubes and all."""
        return self.books.cash_minor

    # Starting

    def resume(self) -> None:
        """Open, or end what a restart interrupted: no motor turns again, no money stays held."""
        again = self.opened
        if not again:
            self.record(MachineOpened(lanes=len(self.lanes)))
            if self.float_minor:
                self.record(FloatSet(amount_minor=self.float_minor))
        for code in self.lanes:
            if not (lane := self._lane(code)).product:
                lane.open()
        if again:
            self._end_interrupted()

    def _end_interrupted(self) -> None:
        if self.books.intents:
            last = self.books.intents[-1]
            if not self._lane(last.lane).has_ended(last):
                self._give_up(last)
        self._let_go_reserved(self.books.sale)
        if held := self.held_minor:
            self.record(PaymentFlagged(sale=self.books.sale, tender="cash", amount_minor=held, why="restart"))
        spent = self.books.sale + 1
        self.record(MachineRestarted(sale=spent))
        if "cash" in self.tenders:
            self.tell(self._device("cash"), AcceptCash(on=False))
        self._void(spent, "")

    # Visits and planogram changes

    @handles(Deliver)
    def deliver(self, order: Deliver) -> None:
        """Run a command from elsewhere and say how it ended."""
        outcome, answer = "done", b""
        try:
            asked = wire.decode(order.body)
        except ProtocolError:
            asked = None
        if isinstance(asked, ServiceMachine):
            answer = wire.encode(self._service(asked))
        elif isinstance(asked, AssignLane) and asked.lane in self.lanes:
            self.assign(asked)
        else:
            outcome = "failed"
        self.tell(self.reach("commands"), Finish(id=order.id, outcome=outcome, answer=answer))

    @handles(AssignLane)
    def assign(self, change: AssignLane) -> None:
        """Sell something else in a lane; who has chosen already pays the price that stood there."""
        if change.lane in self.lanes:
            self._lane(change.lane).assign(change.product, change.price_minor)

    def _service(self, visit: ServiceMachine) -> ServiceOutcome:
        """Fill to par, reopen, hand over all cash but the tubes'; the same visit again changes nothing."""
        done = self.serviced
        if done is None or done.visit != visit.visit:
            filled = []
            for load in visit.loads:
                if load.lane in self.lanes:
                    added = self._lane(load.lane).fill(visit.visit, load.product, load.units)
                    if added:
                        filled.append(Load(lane=load.lane, product=load.product, units=added))
            for code in self.lanes:
                self._lane(code).reopen(visit.visit)
            boxed_minor = max(0, self.books.cash_minor - self.books.tubes_minor)
            done = MachineServiced(
                visit=visit.visit,
                units=sum(load.units for load in filled),
                cash_minor=boxed_minor if visit.collect_cash else 0,
                filled=tuple(filled),
            )
            self.record(done)
        return ServiceOutcome(visit=done.visit, filled=done.filled, cash_minor=done.cash_minor)

    # What devices say

    @handles(DeviceLost)
    def lost(self, event: DeviceLost) -> None:
        """A device stopped answering; with the board or the whole machine, nothing is sold."""
        if event.device not in self.missing:
            self.record(DeviceWentMissing(device=event.device))

    @handles(DeviceFound)
    def found(self, event: DeviceFound) -> None:
        """It answers again."""
        if event.device in self.missing:
            self.record(DeviceCameBack(device=event.device))

    @handles(CabinetTemperature)
    def measured(self, reading: CabinetTemperature) -> None:
        """Whoever watches may know."""
        self.publish(reading)

    @handles(Settled, DoorOpened, DoorClosed, PowerLost, PowerRestored)
    def noted(self, _: object) -> None:
        """Nothing follows from it here."""

    # Facts

    @applies(MachineOpened)
    def is_open(self, _: MachineOpened) -> None:
        """Later starts are restarts."""
        self.opened = True

    @applies(DeviceWentMissing, DeviceCameBack)
    def presence_changed(self, fact: DeviceWentMissing | DeviceCameBack) -> None:
        """What answers and what does not."""
        others = [device for device in self.missing if device != fact.device]
        self.missing = [*others, fact.device] if isinstance(fact, DeviceWentMissing) else others

    @applies(MachineServiced)
    def visited(self, fact: MachineServiced) -> None:
        """Cash went with the restocker; the visit's number is spent."""
        self.booked(fact)
        self.serviced = fact


def build(
    kernel: Kernel,
    machine: str,
    lanes: Iterable[tuple[str, str, int, int, int, int]],
    tenders: tuple[str, ...],
    float_minor: int,
) -> Ref:
    """Put a machine and its lanes on a node, the lanes at ``<machine>/lane/<code>``.

    Args:
        kernel: the node.
        machine: its id.
        lanes: (code, product, price_minor, capacity, par, level) of each.
        tenders: see ``Machine``.
        float_minor: see ``Machine``.
    """
    plans = tuple(
        LaneOpening(
            code=code, product=product, price_minor=price_minor, capacity=capacity, par=par, level=level
        )
        for code, product, price_minor, capacity, par, level in lanes
    )
    codes = tuple(plan.code for plan in plans)
    ref = kernel.spawn(machine, Machine(lanes=codes, tenders=tenders, float_minor=float_minor))
    for plan in plans:
        kernel.spawn(f"{machine}/lane/{plan.code}", Lane(opening=plan))
    return ref
