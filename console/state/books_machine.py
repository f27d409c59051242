"""One machine's book: cash by where it lies, collections, devices, and batches by their last day."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

import attrs

from actors.cabinet.messages import BagCounted, CashCollected, MachineStatus
from actors.machine.messages import (
    DeviceCameBack,
    DeviceWentMissing,
    LaneEmptied,
    LaneFilled,
    MachineServiced,
    VendCompleted,
)
from actors.payment.messages import CashMetered, CashTaken, ChangePaid, FloatSet, PaymentAuthorised
from hardware.contract.cooling import CabinetTemperature
from runtime.actor import Report
from runtime.address import tail
from scenarios.chain import MachinePlan

DEVICES = ("board", "keypad", "cash", "cashless", "code", "cooling")
COLLECTIONS_MAX = 12
PLACES = {"tube": "tubes", "recycler": "tubes", "cash_box": "box", "stacker": "stacker"}


@attrs.define(slots=True)
class Collection:
    """One cash bag: sold for cash, metered by the devices, counted by a person; None: not known."""

    visit: int
    at_us: int
    sold_minor: int
    metered_minor: int | None
    counted_minor: int | None = None
    by: str = ""


class MachineBook:
    """What one machine's page shows beside its lanes.

    Attributes:
        cash: minor units in "tubes", "box" and "stacker".
        heard: device and when it last said or did something, microseconds.
        gone: device and since when it is missing.
        batches: lane and its dated units, oldest date first: [last day, units]; undated units are not in it.
    """

    __slots__ = ("batches", "cash", "collections", "devices", "gone", "heard", "tubes")
    KEEPS: ClassVar[dict[type, Callable[[Any, Report], None]]] = {}

    def __init__(self, plan: MachinePlan) -> None:
        fitted = {"cash": "cash" in plan.tenders, "cashless": "cashless" in plan.tenders,
                  "code": "code" in plan.tenders}  # fmt: skip
        self.devices = tuple(device for device in DEVICES if fitted.get(device, True))
        self.cash = {"tubes": 0, "box": 0, "stacker": 0}
        self.tubes: tuple[tuple[int, int], ...] = ()
        self.collections: deque[Collection] = deque(maxlen=COLLECTIONS_MAX)
        self.heard: dict[str, int] = {}
        self.gone: dict[str, int] = {}
        self.batches: dict[str, list[list[Any]]] = {}

    def _money(self, report: Report) -> None:
        fact = report.content
        match fact:
            case FloatSet():
                self.cash["tubes"] += fact.amount_minor
            case CashTaken():
                self.cash[PLACES.get(fact.held_in, "box")] += fact.amount_minor
            case ChangePaid():
                self.cash["tubes"] -= fact.amount_minor
            case MachineServiced():
                self._collected(fact.cash_minor)
        if not isinstance(fact, MachineServiced):
            self.heard["cash"] = report.at_us

    def _collected(self, cash_minor: int) -> None:
        """A bag was taken: box and stacker first, what is more comes from the tubes."""
        for place in ("box", "stacker"):
            taken = min(self.cash[place], cash_minor)
            self.cash[place] -= taken
            cash_minor -= taken
        self.cash["tubes"] -= cash_minor

    def _metered(self, report: Report) -> None:
        self.tubes = tuple(report.content.tubes)
        self.heard["cash"] = report.at_us

    def _bag(self, report: Report) -> None:
        fact = report.content
        if isinstance(fact, CashCollected):
            metered = None if fact.metered_minor < 0 else fact.metered_minor
            self.collections.append(Collection(fact.visit, report.at_us, fact.sold_minor, metered))
            return
        for bag in self.collections:
            if bag.visit == fact.visit:
                bag.counted_minor, bag.by = fact.counted_minor, fact.by

    def _missing(self, report: Report) -> None:
        device = report.content.device
        if isinstance(report.content, DeviceWentMissing):
            self.gone.setdefault(device, report.at_us)
        else:
            self.gone.pop(device, None)
            self.heard[device] = report.at_us

    def _said(self, report: Report) -> None:
        fact = report.content
        match fact:
            case PaymentAuthorised():
                self.heard[fact.tender] = report.at_us
            case CabinetTemperature():
                self.heard["cooling"] = report.at_us
            case MachineStatus() if fact.temp_at_us:
                self.heard["cooling"] = max(self.heard.get("cooling", 0), fact.temp_at_us)

    def _lane(self, report: Report) -> None:
        fact, lane = report.content, tail(report.source)
        match fact:
            case LaneFilled():
                if fact.expires_on and fact.added:
                    dated = self.batches.setdefault(lane, [])
                    dated.append([fact.expires_on, fact.added])
                    dated.sort(key=lambda batch: str(batch[0]))
            case VendCompleted():
                self.heard["board"] = report.at_us
                self._first_out(lane, 1)
            case LaneEmptied():
                self._first_out(lane, fact.removed)
                if fact.level == 0:
                    self.batches.pop(lane, None)

    def _first_out(self, lane: str, units: int) -> None:
        """First expired, first out."""
        dated = self.batches.get(lane)
        while dated and units:
            taken = min(units, dated[0][1])
            dated[0][1] -= taken
            units -= taken
            if not dated[0][1]:
                dated.pop(0)

    def device_states(self, missing: set[str], machine_seen_us: int) -> list[tuple[str, bool, int, int]]:
        """Each device: name, whether it answers, when last heard, and since when it is missing (0 never)."""
        rows = []
        whole = "machine" in missing
        for device in ("machine", *self.devices):
            heard = machine_seen_us if device == "machine" else self.heard.get(device, 0)
            present = device not in missing and not whole
            rows.append((device, present, heard, self.gone.get(device, 0)))
        return rows


for _types, _keep in (
    ((FloatSet, CashTaken, ChangePaid, MachineServiced), MachineBook._money),
    ((CashMetered,), MachineBook._metered),
    ((CashCollected, BagCounted), MachineBook._bag),
    ((DeviceWentMissing, DeviceCameBack), MachineBook._missing),
    ((PaymentAuthorised, CabinetTemperature, MachineStatus), MachineBook._said),
    ((LaneFilled, LaneEmptied, VendCompleted), MachineBook._lane),
):
    MachineBook.KEEPS.update(dict.fromkeys(_types, _keep))
