"""When each product of one machine could be bought, by the machine's own facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from actors.cabinet.messages import MachineLocked, MachineUnlocked, ServiceModeBegan, ServiceModeEnded
from actors.machine.messages import (
    DeviceCameBack,
    DeviceWentMissing,
    LaneAssigned,
    LaneBlocked,
    LaneClosed,
    LaneEmptied,
    LaneFilled,
    LaneOpened,
    LaneReopened,
    LaneUnblocked,
    VendCompleted,
)
from runtime.address import tail
from scenarios.chain import MachinePlan

STOPS_ALL = ("machine", "board")
"""Devices without which nothing is sold."""


@attrs.define
class ShelfLane:
    """A lane as its facts tell it."""

    product: str
    price_minor: int
    level: int
    shut: set[str] = attrs.Factory(set)

    @property
    def sells(self) -> bool:
        """Whether a unit could be bought from it."""
        return self.level > 0 and not self.shut


@attrs.define
class Spell:
    """How long a product was to be had, and was not, in (from, to) of microseconds since 1970 UTC.

    Attributes:
        sold_out: how often a sale ended it.
    """

    sold_out: int = 0
    had: list[tuple[int, int]] = attrs.Factory(list)
    hidden: list[tuple[int, int]] = attrs.Factory(list)


class Shelf:
    """One machine's lanes through the time recorded.

    Attributes:
        lanes: as they stand after the facts heard so far.
        spells: by product.
    """

    def __init__(self, plan: MachinePlan) -> None:
        self.lanes = {lane.code: ShelfLane(lane.product, lane.price_minor, lane.level) for lane in plan.lanes}
        self.spells: dict[str, Spell] = {}
        self._off: set[str] = set()
        self._since: dict[str, tuple[int, bool]] = {}

    def has_goods_of(self, code: str) -> bool:
        """Whether what a lane holds is to be had now, be it of another lane."""
        if self._off or code not in self.lanes:
            return False
        product = self.lanes[code].product
        return any(lane.sells and lane.product == product for lane in self.lanes.values())

    def hear(self, at_us: int, source: str, fact: Any) -> None:
        """Take one of the machine's facts."""
        lane = self.lanes.get(tail(source))
        changed = False
        match fact:
            case MachineLocked() | MachineUnlocked():
                changed = self._switch("locked", off=isinstance(fact, MachineLocked))
            case ServiceModeBegan() | ServiceModeEnded():
                changed = self._switch("service", off=isinstance(fact, ServiceModeBegan))
            case DeviceWentMissing() | DeviceCameBack() if fact.device in STOPS_ALL:
                changed = self._switch(fact.device, off=isinstance(fact, DeviceWentMissing))
            case _ if lane is not None:
                changed = _lane(lane, fact)
        if changed or not self._since:
            self._look(at_us, by_sale=isinstance(fact, VendCompleted))

    def _switch(self, why: str, *, off: bool) -> bool:
        (self._off.add if off else self._off.discard)(why)
        return True

    def _look(self, at_us: int, *, by_sale: bool) -> None:
        """Note what can be bought from now on."""
        now: dict[str, bool] = {}
        for lane in self.lanes.values():
            now[lane.product] = now.get(lane.product, False) or (lane.sells and not self._off)
        for product in [*self._since]:
            since, had = self._since[product]
            if now.get(product) is not had:
                self._close(product, since, at_us, had)
                self.spells.setdefault(product, Spell()).sold_out += by_sale and had
                del self._since[product]
        for product, has in now.items():
            self._since.setdefault(product, (at_us, has))

    def _close(self, product: str, since: int, at_us: int, had: bool) -> None:
        if at_us > since:
            spell = self.spells.setdefault(product, Spell())
            (spell.had if had else spell.hidden).append((since, at_us))

    def end(self, at_us: int) -> Mapping[str, Spell]:
        """The spells up to a moment, the last ones closed."""
        for product, (since, had) in self._since.items():
            self._close(product, since, at_us, had)
        self._since = {}
        return self.spells


def _lane(lane: ShelfLane, fact: Any) -> bool:
    """Apply a lane's fact; return whether it may change what can be bought."""
    sold = lane.sells, lane.product
    match fact:
        case VendCompleted() | LaneFilled() | LaneEmptied():
            lane.level = fact.level
        case LaneOpened() | LaneAssigned():
            lane.product, lane.price_minor, lane.level = fact.product, fact.price_minor, fact.level
        case LaneClosed():
            lane.shut.add("fault")
        case LaneReopened():
            lane.shut.discard("fault")
        case LaneBlocked():
            lane.shut.add(fact.why)
        case LaneUnblocked():
            lane.shut.discard(fact.why)
    return (lane.sells, lane.product) != sold
