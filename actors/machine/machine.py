"""A vending machine: the table of contents of one cabinet. Each concern stands in a file of its own.

| what                                    | where                                       |
|-----------------------------------------|---------------------------------------------|
| how it sells                            | `selling.py`, `sale_table.py` and the steps |
| a visit, planograms, cash bags          | `service.py`, `planogram.py`, `collection.py` |
| temperature, door, dates, status        | `cabinet.py`, `cold_chain.py`               |
| commands from afar, refunds             | `remote.py`, `remote_orders.py`, `refunds.py` |

A machine looks at and calls its own lanes directly: they are one box on one node, and facts of both that
belong together must be committed together. It finds them by address each time, since supervision may have
made one anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import ClassVar

from actors.cabinet.messages import (
    BagCounted,
    CabinetCooled,
    CabinetOpened,
    CabinetShut,
    CabinetUnread,
    CabinetWarmed,
    CashCollected,
    ColdChainGuarded,
    ColdChainLocked,
    ColdChainUnlocked,
    DefrostBegan,
    DefrostOver,
    LookAtCold,
    MachineLocked,
    MachineUnlocked,
    NewDay,
    PlanogramApplied,
    PlanogramPlanned,
    RemoteBegun,
    RemoteEnded,
    RemoteTimeout,
    ServiceModeBegan,
    ServiceModeEnded,
    ShowStatus,
)
from actors.machine import cabinet, collection, entries, recovery, refunds, remote, remote_orders, sale_table
from actors.machine.cabinet import Cabinet
from actors.machine.cold_chain import ColdChain, ColdFact
from actors.machine.collection import Bags
from actors.machine.lane import Lane, LaneOpening
from actors.machine.messages import (
    AssignLane,
    DeviceCameBack,
    DeviceWentMissing,
    MachineOpened,
    MachineServiced,
)
from actors.machine.refunds import PaidFact, Refunds
from actors.machine.remote import Waiting
from actors.machine.selling import Selling
from actors.machine.service import VISITS_KEPT, Visit, visited
from actors.machine.settings import DEFAULTS, Changed, MachineSettings, after_change
from actors.payment.messages import (
    CashMetered,
    CashTaken,
    ChangePaid,
    PaymentAuthorised,
    PaymentFlagged,
    PaymentRefunded,
    RefundAsked,
    RefundEnded,
    RefundOwed,
)
from actors.settings.messages import SettingChanged
from hardware.contract.cash import BillReturned, CashCounted
from hardware.contract.cooling import CabinetTemperature, DefrostEnded, DefrostStarted
from hardware.contract.payment import Settled
from hardware.contract.power import PowerLost, PowerRestored
from hardware.contract.presence import DeviceFound, DeviceLost, DoorClosed, DoorOpened
from runtime.actor import applies, handles
from runtime.address import Ref
from runtime.command import Deliver
from runtime.health import GoOn, Hold
from runtime.kernel import Kernel


class Machine(Selling):
    """Everything in one cabinet but the lanes.

    Args:
        lanes: planogram positions of its lanes, which stand at ``<machine>/lane/<position>``.
        tenders: what it takes, of "cash", "cashless" and "code".
        float_minor: coins put into the tubes before the first opening.
        settings: limits of its cold chain, who keeps its prices, its time zone.
    """

    durable: ClassVar[tuple[str, ...]] = (
        *Selling.durable, "opened", "visits", "cold", "planogram", "refunds", "bags", "begun", "changed",
    )  # fmt: skip
    __slots__ = (
        "bags", "begun", "cabinet", "changed", "cold", "opened", "planogram", "refunds", "settings",
        "visits", "waiting",
    )  # fmt: skip

    opened: bool
    visits: tuple[Visit, ...]
    cold: ColdChain
    planogram: PlanogramPlanned | None
    refunds: Refunds
    bags: Bags
    begun: dict[str, str]
    changed: Changed
    cabinet: Cabinet
    waiting: dict[str, Waiting]

    def __init__(
        self,
        lanes: tuple[str, ...],
        tenders: tuple[str, ...],
        float_minor: int,
        settings: MachineSettings = DEFAULTS,
    ) -> None:
        super().__init__(lanes, tenders, float_minor, settings.money_first)
        self.settings = settings
        self.changed = ()
        self.opened = False
        self.visits = ()  # the last ones, oldest first
        self.cold = ColdChain()
        self.planogram = None  # comes into force at the next service
        self.refunds = Refunds()
        self.bags = Bags()
        self.begun = {}  # commands that wait for a device, by id; what for is in ``waiting``
        self.cabinet = Cabinet()
        self.waiting = {}

    @property
    def cash_minor(self) -> int:
        """Cash in the machine, tubes and all."""
        return self.books.cash_minor

    @property
    def locked_why(self) -> str:
        """Why it serves no customer; "" if it does."""
        return next(iter(self.locks.values()), self.held)

    def sells_or_not(self) -> None:
        """Whether it serves customers may have changed: the entries and whoever watches are told."""
        entries.look_again(self)
        cabinet.show(self)

    # Starting

    def resume(self) -> None:
        """Open, or end what a restart interrupted (``recovery.py``)."""
        if not (again := self.opened):
            self.record(MachineOpened(lanes=len(self.lanes)))
        for code in self.lanes:
            if not (lane := self.lane(code)).product:
                lane.open()
        recovery.start(self, again=again)
        cabinet.start(self, again=again)
        if again:
            refunds.ask_again(self)
            remote.restarted(self)
            if self.text:
                entries.show(self)

    # Selling

    @handles(*sale_table.TAKES)
    def step(self, message: object) -> None:
        """A step of a sale; what waits for money or a unit may have its answer with it."""
        if isinstance(message, Settled) and refunds.answered(self, message):
            remote_orders.provider_ended(self)
            return
        super().step(message)
        if self.waiting:
            remote_orders.after_step(self)
        if isinstance(message, CashCounted):
            collection.heard(self, message)

    # Commands

    @handles(Deliver)
    def deliver(self, order: Deliver) -> None:
        """Run a command from elsewhere and say how it ended."""
        remote.deliver(self, order, remote_orders.COMMANDS)

    @handles(AssignLane)
    def assign(self, change: AssignLane) -> None:
        """Sell something else in a lane; who has chosen already pays the price that stood there."""
        if change.lane in self.lanes:
            self.lane(change.lane).assign(change.product, change.price_minor)

    @handles(*remote_orders.ANSWERS)
    def device_answered(self, event: object) -> None:
        """A device answers a command."""
        remote_orders.ANSWERS[type(event)](self, event)

    @handles(RemoteTimeout)
    def device_silent(self, timeout: RemoteTimeout) -> None:
        """A device has had its time."""
        remote_orders.silent(self, timeout)

    # The cabinet

    @handles(DeviceLost)
    def lost(self, event: DeviceLost) -> None:
        """A device stopped answering; with the board or the whole machine, nothing is sold."""
        if event.device not in self.missing:
            self.record(DeviceWentMissing(device=event.device))
            self.sells_or_not()

    @handles(DeviceFound)
    def found(self, event: DeviceFound) -> None:
        """It answers again."""
        if event.device in self.missing:
            self.record(DeviceCameBack(device=event.device))
            self.sells_or_not()

    @handles(CabinetTemperature)
    def measured(self, reading: CabinetTemperature) -> None:
        """The air in the cabinet."""
        cabinet.measured(self, reading)

    @handles(DoorOpened, DoorClosed)
    def door_moved(self, event: DoorOpened | DoorClosed) -> None:
        """Somebody opened or shut it."""
        cabinet.door_moved(self, event)

    @handles(DefrostStarted, DefrostEnded)
    def defrosted(self, event: DefrostStarted | DefrostEnded) -> None:
        """The evaporator is heated for a while."""
        cabinet.defrosted(self, event)

    @handles(PowerLost, PowerRestored)
    def mains_changed(self, event: PowerLost | PowerRestored) -> None:
        """Mains power."""
        cabinet.mains_changed(self, event)

    @handles(LookAtCold)
    def look_at_cold(self, due: LookAtCold) -> None:
        """A time of the cold chain may have run out."""
        cabinet.look(self, due)

    @handles(NewDay)
    def day_began(self, _: NewDay) -> None:
        """Goods may have expired."""
        cabinet.look_at_dates(self)

    @handles(ShowStatus)
    def show_status(self, _: ShowStatus) -> None:
        """A lane has changed."""
        cabinet.show(self)

    @handles(Hold, GoOn)
    def hold(self, order: Hold | GoOn) -> None:
        """Its node cannot keep more facts than those of the open sale, or can again."""
        self.held = order.why if isinstance(order, Hold) else ""
        self.sells_or_not()

    @handles(BillReturned)
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

    @applies(
        CashTaken,
        ChangePaid,
        PaymentAuthorised,
        PaymentRefunded,
        PaymentFlagged,
        RefundOwed,
        RefundAsked,
        RefundEnded,
    )
    def paid(self, fact: PaidFact) -> None:
        """Money of a sale, or of its refund."""
        self.books.enter(fact)
        self.refunds.enter(fact)

    @applies(CashMetered, CashCollected, BagCounted)
    def cash_counted(self, fact: CashMetered | CashCollected | BagCounted) -> None:
        """Somebody counted cash: the devices, or a person."""
        if isinstance(fact, CashMetered):
            self.books.enter(fact)
        self.bags.enter(fact)

    @applies(MachineServiced)
    def visited(self, fact: MachineServiced) -> None:
        """Cash went with the restocker; the visit's number is spent."""
        self.books.enter(fact)
        self.bags.enter(fact)
        self.cold.renew(fact.renewed)
        self.visits = (*self.visits, visited(fact))[-VISITS_KEPT:]

    @applies(
        ColdChainGuarded,
        CabinetWarmed,
        CabinetCooled,
        CabinetUnread,
        CabinetOpened,
        CabinetShut,
        DefrostBegan,
        DefrostOver,
        ColdChainLocked,
        ColdChainUnlocked,
    )
    def cold_changed(self, fact: ColdFact) -> None:
        """The cold chain moved on."""
        self.cold.enter(fact)

    @applies(PlanogramPlanned, PlanogramApplied)
    def planogram_changed(self, fact: PlanogramPlanned | PlanogramApplied) -> None:
        """One waits, or came into force; what came at once leaves the one that waits."""
        if isinstance(fact, PlanogramPlanned):
            self.planogram = fact
        elif fact.visit:
            self.planogram = None

    @applies(MachineLocked, MachineUnlocked)
    def lock_changed(self, fact: MachineLocked | MachineUnlocked) -> None:
        """An operator locked or unlocked it."""
        self.locks.pop("operator", None)
        if isinstance(fact, MachineLocked):
            self.locks["operator"] = fact.why

    @applies(ServiceModeBegan, ServiceModeEnded)
    def service_mode_changed(self, fact: ServiceModeBegan | ServiceModeEnded) -> None:
        """A technician came or went."""
        self.locks.pop("service", None)
        if isinstance(fact, ServiceModeBegan):
            self.locks["service"] = "service"

    @applies(SettingChanged)
    def setting_changed(self, fact: SettingChanged) -> None:
        """The newest holds."""
        self.changed = after_change(self.changed, fact)

    @applies(RemoteBegun, RemoteEnded)
    def command_waits(self, fact: RemoteBegun | RemoteEnded) -> None:
        """A command waits for a device, or does no longer."""
        if isinstance(fact, RemoteBegun):
            self.begun[fact.id] = fact.kind
        else:
            self.begun.pop(fact.id, None)


LanePlain = tuple[str, str, int, int, int, int]
"""(code, product, price_minor, capacity, par, level) of a lane without anything special."""


def build(
    kernel: Kernel,
    machine: str,
    lanes: Iterable[LanePlain | LaneOpening],
    tenders: tuple[str, ...],
    float_minor: int,
    *,
    settings: MachineSettings = DEFAULTS,
) -> Ref:
    """Put a machine and its lanes on a node, the lanes at ``<machine>/lane/<code>``.

    Args:
        kernel: the node.
        machine: its id.
        lanes: as they are on the first day.
        tenders: see ``Machine``.
        float_minor: see ``Machine``.
        settings: see ``Machine``.
    """
    plans = tuple(lane if isinstance(lane, LaneOpening) else _plain(*lane) for lane in lanes)
    codes = tuple(plan.code for plan in plans)
    actor = Machine(lanes=codes, tenders=tenders, float_minor=float_minor, settings=settings)
    ref = kernel.spawn(machine, actor)
    for plan in plans:
        kernel.spawn(f"{machine}/lane/{plan.code}", Lane(opening=plan))
    return ref


@lru_cache(maxsize=4096)  # machines with the same planogram share their lanes' openings
def _plain(code: str, product: str, price_minor: int, capacity: int, par: int, level: int) -> LaneOpening:
    return LaneOpening(
        code=code, product=product, price_minor=price_minor, capacity=capacity, par=par, level=level
    )
