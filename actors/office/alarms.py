"""The alarm desk: raises what needs a person, and clears it when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from actors.cabinet.messages import ColdChainLocked, ColdChainUnlocked
from actors.machine.messages import (
    DeviceCameBack,
    DeviceWentMissing,
    LaneAssigned,
    LaneClosed,
    LaneEmptied,
    LaneFilled,
    LaneOpened,
    LaneReopened,
    MachineOpened,
    VendCompleted,
)
from actors.office.alarm_rules import (
    DAMAGE,
    DISK,
    FORK,
    HEALTH,
    JAM,
    LOW,
    OFFLINE,
    PAYMENT,
    PRIORITY,
    SET_ASIDE,
    SOLD_OUT,
    TEMPERATURE,
    alarm_key,
    is_low,
    needs_goods,
)
from actors.office.alarms_handled import HandledAlarms
from actors.office.messages import AlarmCleared, AlarmRaised
from actors.payment.messages import PaymentFlagged, PaymentKept
from actors.settings.messages import SETTINGS
from actors.store.messages import SaleCompleted, StockOpened
from hardware.contract.cooling import CabinetTemperature
from runtime.actor import Report, hears
from runtime.address import head
from runtime.health import DamageFound, DamageMended, DiskFilled, DiskFreed, EpochBegun
from runtime.quarantine import MessageLetIn, MessageSetAside

DEFAULTS = {name: setting.default for name, setting in SETTINGS.items()}


class AlarmDesk(HandledAlarms):
    """Hears every site's facts, and some of them again after a restart.

    What lanes hold is learnt anew from history, each report once and a node's in order; what was made of it
    is durable. A report is acted on only if it is newer than the newest of its node that ever caused an alarm
    to change, so history heard again changes nothing. What people do with alarms is ``alarms_handled.py``.

    A flagged payment has no condition that could end: acknowledging it ends the alarm, while the money stays
    in suspense.

    Args:
        planned: settings of the chain's file, by name; those it does not name are as ``SETTINGS`` has them.
    """

    __slots__ = ("_capacities", "_hot_since_us", "_lanes", "_low_lanes", "_store_levels", "planned")

    _capacities: dict[str, int]
    _lanes: dict[str, int]
    _low_lanes: dict[str, set[str]]
    _store_levels: dict[tuple[str, str], int]
    _hot_since_us: dict[str, int]

    def __init__(self, planned: Mapping[str, int] = MappingProxyType({})) -> None:
        super().__init__()
        self.planned = planned
        self._capacities = {}
        self._lanes = {}
        self._low_lanes = {}
        self._store_levels = {}
        self._hot_since_us = {}

    def setting(self, name: str) -> int:
        """A person's value, else the file's, else the default."""
        found = self.changed.get(name)
        return self.planned.get(name, DEFAULTS[name]) if found is None else found

    # What lanes and stores hold

    @hears(MachineOpened)
    def machine_opened(self, report: Report) -> None:
        """Learn how many lanes a machine has."""
        self._lanes[report.source] = report.content.lanes

    @hears(LaneOpened)
    def lane_opened(self, report: Report) -> None:
        """Learn a lane's capacity and level."""
        self._capacities[report.source] = report.content.capacity
        self._level(report)

    @hears(VendCompleted, LaneFilled, LaneEmptied, LaneAssigned)
    def _level(self, report: Report) -> None:
        """A lane's level is known anew."""
        lane, level = report.source, report.content.level
        machine = head(lane)
        low_lanes = self._low_lanes.setdefault(machine, set())
        if is_low(level, self._capacities.get(lane, 0), self.setting("low_lane_percent")):
            low_lanes.add(lane)
        else:
            low_lanes.discard(lane)
        if self._is_new(report):
            self._set(SOLD_OUT, lane, report, on=level == 0, value=level)
            percent = self.setting("low_machine_percent")
            on = needs_goods(len(low_lanes), self._lanes.get(machine, 0), percent)
            self._set(LOW, machine, report, on=on, value=len(low_lanes))

    @hears(StockOpened)
    def store_opened(self, report: Report) -> None:
        """Learn a store's stock."""
        key = (report.source, report.content.product)
        self._store_levels[key] = self._store_levels.get(key, 0) + report.content.quantity

    @hears(SaleCompleted)
    def store_sold(self, report: Report) -> None:
        """A store whose books say that nothing is left is low: it needs goods, or a count."""
        is_new = self._is_new(report)
        for line in report.content.lines:
            key = (report.source, line.product)
            left = self._store_levels[key] = self._store_levels.get(key, 0) - line.quantity
            if left <= 0 and is_new:
                self._set(LOW, report.source, report, on=True, value=left)

    # What is out of order

    @hears(LaneClosed)
    def lane_closed(self, report: Report) -> None:
        """A jam, or a vend whose end nobody knows: either way the lane waits for a person."""
        if self._is_new(report):
            self._set(JAM, report.source, report, on=True, value=0)

    @hears(LaneReopened)
    def lane_reopened(self, report: Report) -> None:
        """A visit put it right."""
        if self._is_new(report):
            self._set(JAM, report.source, report, on=False, value=0)

    @hears(ColdChainLocked, ColdChainUnlocked)
    def cold_chain(self, report: Report) -> None:
        """Perishable lanes are locked until they were serviced and restocked: one alarm a machine."""
        if self._is_new(report):
            fact: ColdChainLocked | ColdChainUnlocked = report.content
            locked = len(fact.lanes) if isinstance(fact, ColdChainLocked) else fact.left
            self._set(HEALTH, report.source, report, on=locked > 0, value=locked)

    @hears(DeviceWentMissing, DeviceCameBack)
    def device(self, report: Report) -> None:
        """A device, or the whole machine, is away or back."""
        if self._is_new(report):
            device = report.content.device
            place = report.source if device == "machine" else f"{report.source}/{device}"
            self._set(OFFLINE, place, report, on=isinstance(report.content, DeviceWentMissing), value=0)

    @hears(DiskFilled, DiskFreed)
    def disk(self, report: Report) -> None:
        """A node's disk is full, and all that lives on it begins nothing new."""
        if self._is_new(report):
            self._set(DISK, report.node, report, on=isinstance(report.content, DiskFilled), value=0)

    @hears(DamageFound, DamageMended)
    def damaged(self, report: Report) -> None:
        """A node's journal, or the ledger, is not as it was written."""
        if self._is_new(report):
            fact: DamageFound | DamageMended = report.content
            place = report.node if fact.of == report.node else f"{report.node}/{fact.of}"
            self._set(DAMAGE, place, report, on=isinstance(fact, DamageFound), value=0)

    @hears(EpochBegun)
    def forked(self, report: Report) -> None:
        """A node's disk was not what the office has; what both have moved since has to be compared."""
        if self._is_new(report):
            self._set(FORK, report.node, report, on=True, value=report.content.epoch)

    @hears(MessageSetAside, MessageLetIn)
    def set_aside(self, report: Report) -> None:
        """An actor is not given a message that keeps failing it: one alarm an actor."""
        if self._is_new(report):
            fact: MessageSetAside | MessageLetIn = report.content
            if isinstance(fact, MessageSetAside) or fact.left == 0:
                on = isinstance(fact, MessageSetAside)
                self._set(SET_ASIDE, fact.address, report, on=on, value=0)

    @hears(PaymentFlagged, PaymentKept)
    def payment_flagged(self, report: Report) -> None:
        """Somebody's money is in suspense."""
        if self._is_new(report):
            self._set(PAYMENT, report.source, report, on=True, value=report.content.amount_minor)

    @hears(CabinetTemperature)
    def temperature(self, report: Report) -> None:
        """Too warm for too long; a reading is no fact, so its alarms name no cause."""
        machine, temp_decicelsius = head(report.source), report.content.temp_decicelsius
        if temp_decicelsius <= self.setting("alarm_temp_decicelsius"):
            self._hot_since_us.pop(machine, None)
            self._set(TEMPERATURE, machine, None, on=False, value=temp_decicelsius)
            return
        since_us = self._hot_since_us.setdefault(machine, report.at_us)
        if report.at_us - since_us >= self.setting("alarm_hot_minutes") * 60_000_000:
            self._set(TEMPERATURE, machine, None, on=True, value=temp_decicelsius)

    def _is_new(self, report: Report) -> bool:
        return report.seq > self.newest.get(report.node, 0)

    def _set(self, kind: str, place: str, report: Report | None, *, on: bool, value: int) -> None:
        """Raise or clear, unless it is so already."""
        node, seq = (report.node, report.seq) if report is not None else ("", 0)
        alarm = self.active.get(alarm_key(kind, place, node, seq))
        if on and alarm is None:
            self.record(
                AlarmRaised(
                    alarm=self.newest_alarm + 1,
                    kind=kind,
                    priority=PRIORITY[kind],
                    place=place,
                    cause_node=node,
                    cause_seq=seq,
                    value=value,
                )
            )
        elif not on and alarm is not None:
            self.record(AlarmCleared(alarm=alarm, cause_node=node, cause_seq=seq))
