"""What the console remembers of machines, lanes, vans, stores and alarms, and what state follows from it.

Sums that pages show are kept as lanes change, so a vend costs the console the same in a chain of ten machines
and of ten thousand.
"""

from __future__ import annotations

from array import array
from collections import Counter

import attrs

from actors.cabinet.messages import (
    MachineLocked,
    MachineStatus,
    MachineUnlocked,
    ServiceModeBegan,
    ServiceModeEnded,
)
from actors.machine.messages import LaneBlocked, LaneUnblocked
from actors.van.messages import VanDeparted, VanPosition, VanReturned
from scenarios.chain import MachinePlan, Place

OK, LOW, SOLD_OUT, OFFLINE, FAULT = range(5)
"""A machine's state; the larger number is listed first."""

STATE_NAMES = ("ok", "low", "sold_out", "offline", "fault")
"""The same in words, as the API has them."""

SEVERAL_LANES_PERCENT = 10
"""From this share of its lanes on a machine counts as sold out (empty lanes) low (nearly empty) or faulty
(closed or blocked): one lane of forty is the lanes panel's business, four are the fleet's. One lane that
the cold chain has locked is: nobody may eat what is in it."""

BLOCKS = ("health", "expired", "operator")
"""Why a lane may be kept from selling, the worst first (``actors.machine.messages.LaneBlocked``)."""

LOW_PERCENT = 20
"""A lane is low at this part of its capacity, as the alarm desk has it."""

MACHINE_NEWS = (MachineLocked, MachineUnlocked, ServiceModeBegan, ServiceModeEnded, MachineStatus)
"""What ``MachineView.told`` takes."""

TEMP_BAND_DECICELSIUS = (20, 50)
"""Where a cabinet should be; the alarm desk calls somebody when it stays warmer."""

TEMP_STEP_US = 5 * 60 * 1_000_000
TEMP_STEPS = 288
NO_TEMP = -32768


@attrs.define(slots=True)
class LaneView:
    """One lane.

    Attributes:
        why: "" in service, else the fault that closed it.
        blocks: what else keeps it from selling, of ``BLOCKS`` and in that order.
    """

    product: str
    price_minor: int
    capacity: int
    par: int
    level: int
    why: str = ""
    blocks: tuple[str, ...] = ()

    @property
    def low(self) -> bool:
        """Whether it should be filled soon; an empty lane is low too."""
        return self.level * 100 <= self.capacity * LOW_PERCENT


class MachineView:
    """One machine: its lanes, what is wrong with it, and today's trade.

    Attributes:
        missing: devices that do not answer; "machine" is all of it.
        hot: numbers of the alarms that say its cabinet is too warm.
        locks: why it serves no customer, by who said so.
        spoilt: lanes that the cold chain has locked.
        stopped: lanes that are closed or blocked.
        door_open, mains, unread: as it last said; unread is a cabinet whose temperature nobody knows.
        cash_minor: in tubes, stacker and cash box together.
        seen_us: when anything was last heard of it.
    """

    __slots__ = (
        "_temp_bucket", "_temps", "cash_minor", "door_open", "empty", "full", "hot", "jammed", "lanes",
        "level", "locks", "low", "mains", "missing", "refused", "sales_minor", "seen_us", "spoilt", "stopped",
        "temp", "units", "unread",
    )  # fmt: skip

    def __init__(self, lanes: dict[str, LaneView]) -> None:
        self.lanes = lanes
        self.missing: set[str] = set()
        self.hot: set[int] = set()
        self.locks: dict[str, str] = {}
        self.door_open = self.unread = False
        self.mains = True
        self.temp = NO_TEMP
        self.seen_us = self.cash_minor = self.sales_minor = self.units = self.refused = 0
        self.empty = self.low = self.jammed = self.spoilt = self.stopped = self.level = self.full = 0
        for lane in lanes.values():
            self._count(lane, 1)
        self._temps = array("h", [NO_TEMP]) * TEMP_STEPS
        self._temp_bucket = 0

    def put(self, code: str, lane: LaneView) -> None:
        """Set a lane's whole content, e.g. when it opens."""
        if (old := self.lanes.get(code)) is not None:
            self._count(old, -1)
        self.lanes[code] = lane
        self._count(lane, 1)

    def _count(self, lane: LaneView, sign: int) -> None:
        self.empty += sign * (lane.level == 0)
        self.low += sign * lane.low
        self.jammed += sign * (lane.why != "")
        self.spoilt += sign * ("health" in lane.blocks)
        self.stopped += sign * (lane.why != "" or lane.blocks != ())
        self.level += sign * lane.level
        self.full += sign * lane.par

    @property
    def stock_permille(self) -> int:
        """Units in the lanes against their par levels."""
        return min(1000, self.level * 1000 // self.full) if self.full else 0

    @property
    def state(self) -> int:
        """The worst thing that holds of it."""
        if "machine" in self.missing:
            return OFFLINE
        several = max(1, len(self.lanes) * SEVERAL_LANES_PERCENT // 100)
        if self.missing or self.hot or self.locks or self.spoilt or self.stopped >= several:
            return FAULT
        if self.empty >= several:
            return SOLD_OUT
        return LOW if self.low >= several else OK

    def told(self, said: object) -> None:
        """It was locked or unlocked, or said how it is: what no fact keeps, and whether its node holds it."""
        match said:
            case MachineLocked():
                self.locks["operator"] = said.why
            case MachineUnlocked():
                self.locks.pop("operator", None)
            case ServiceModeBegan():
                self.locks["service"] = ""
            case ServiceModeEnded():
                self.locks.pop("service", None)
            case MachineStatus():
                self.door_open, self.mains, self.unread = said.door_open, said.mains, said.temp_stale
                self.locks.pop("node", None)
                if said.locked and not self.locks:
                    self.locks["node"] = said.locked

    def measured(self, at_us: int, temp_decicelsius: int) -> None:
        """A cabinet temperature came in."""
        self.temp = max(NO_TEMP + 1, min(32767, temp_decicelsius))
        bucket = at_us // TEMP_STEP_US
        for skipped in range(max(self._temp_bucket + 1, bucket - TEMP_STEPS + 1), bucket):
            self._temps[skipped % TEMP_STEPS] = NO_TEMP
        self._temp_bucket = max(bucket, self._temp_bucket)
        self._temps[bucket % TEMP_STEPS] = self.temp

    def temperatures(self) -> tuple[int, list[int | None]]:
        """The last 24 hours: when the newest step began (microseconds); tenths of a degree, oldest first."""
        last = self._temp_bucket
        steps = (self._temps[bucket % TEMP_STEPS] for bucket in range(last - TEMP_STEPS + 1, last + 1))
        return last * TEMP_STEP_US, [None if temp == NO_TEMP else temp for temp in steps]


def blocks_after(blocks: tuple[str, ...], fact: LaneBlocked | LaneUnblocked) -> tuple[str, ...]:
    """What keeps a lane from selling after one reason more or less."""
    held = isinstance(fact, LaneBlocked)
    return tuple(why for why in BLOCKS if (held if why == fact.why else why in blocks))


@attrs.define(slots=True)
class StoreView:
    """One store's trade today."""

    sales_minor: int = 0
    baskets: int = 0
    last_us: int = 0
    last_minor: int = 0


@attrs.define(slots=True)
class VanView:
    """One van. ``to`` is "" while it stands at its warehouse; ``done`` counts this round's visits."""

    lat_e6: int
    lon_e6: int
    to: str = ""
    arrives_at_us: int = 0
    done: int = 0
    on_route: bool = False

    def told(self, said: object) -> None:
        """It set off for a machine or home, said where it is, or ended its round."""
        match said:
            case VanDeparted():
                if not self.on_route:
                    self.done = 0
                self.on_route, self.to, self.arrives_at_us = True, said.to, said.arrives_at_us
            case VanPosition():
                self.lat_e6, self.lon_e6 = said.lat_e6, said.lon_e6
            case VanReturned():
                self.on_route, self.to, self.arrives_at_us = False, "", 0


@attrs.define(slots=True)
class AlarmView:
    """One alarm that is still active or not yet acknowledged."""

    alarm: int
    kind: str
    priority: int
    place: str
    value: int
    at_us: int
    cleared_at_us: int = 0
    by: str = ""


def unacknowledged(alarms: dict[int, AlarmView]) -> Counter[int]:
    """How many alarms wait for a person, by priority."""
    return Counter(alarm.priority for alarm in alarms.values() if not alarm.by)


@attrs.define(slots=True)
class Changes:
    """What changed since the feed last looked: indices into the chain's lists, and alarm numbers."""

    machines: set[int] = attrs.Factory(set)
    stores: set[int] = attrs.Factory(set)
    vans: set[int] = attrs.Factory(set)
    alarms: set[int] = attrs.Factory(set)
    everything: bool = False

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        return not (self.machines or self.stores or self.vans or self.alarms or self.everything)


@attrs.frozen
class Kpis:
    """The seven numbers of the header row, and what stands under them."""

    online: int
    sales_minor: int
    vends_per_minute: float
    lanes_out: int
    unacknowledged: int
    vans_on_route: int
    cash_minor: int


def as_planned(plan: MachinePlan) -> MachineView:
    """A machine as its plan opens it."""
    return MachineView({
        lane.code: LaneView(lane.product, lane.price_minor, lane.capacity, lane.par, lane.level)
        for lane in plan.lanes
    })  # fmt: skip


def parked(place: Place | None) -> VanView:
    """A van at its warehouse."""
    return VanView(place.lat_e6, place.lon_e6) if place else VanView(0, 0)
