"""Pure rules of restocking: when, which van, in which order, with what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs

from actors.cabinet.messages import PlannedLane
from actors.machine.messages import Load
from runtime.errors import ConfigError

ROUND_STOPS_MAX = 100
"""Stops of one round; more become a second round of the same van, so that no message outgrows its limit."""


@attrs.frozen(kw_only=True)
class Depot:
    """A warehouse's address and where it stands."""

    id: str
    lat_e6: int
    lon_e6: int


@attrs.frozen(kw_only=True)
class VanDuty:
    """A van, its warehouse, and the districts it may be sent to; none named means all."""

    id: str
    warehouse: str
    districts: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class MachineSite:
    """A machine and where it stands; lat/lon 0 when nobody recorded it."""

    id: str
    district: str
    lat_e6: int
    lon_e6: int


@attrs.define(slots=True)
class LaneNeed:
    """What the office knows of a lane.

    Attributes:
        safety: units at which it should be filled.
        closed: out of service, or kept from selling.
        spoilt: its goods will be thrown away at the next visit.
        coming: what a planogram makes of it at the next visit; None no change.
    """

    product: str
    par: int
    level: int
    closed: bool = False
    safety: int = 0
    spoilt: bool = False
    coming: PlannedLane | None = None

    def calls(self, trigger_level: int) -> bool:
        """Whether it is so low that a van is called at once; -1 never calls, nor does a safety level of 0."""
        return self.level <= max(trigger_level, self.safety or -1)

    def load(self, code: str) -> Load:
        """What fills it at the next visit."""
        product, par, level = self.product, self.par, 0 if self.spoilt else self.level
        if self.coming is not None:
            level = level if self.coming.product == product else 0
            product, par = self.coming.product, self.coming.par
        return Load(lane=code, product=product, units=max(0, par - level))


def loads_to_par(lanes: Mapping[str, LaneNeed]) -> tuple[Load, ...]:
    """What fills every lane of a machine to its par level."""
    loads = (lane.load(code) for code, lane in lanes.items())
    return tuple(load for load in loads if load.units)


def needs_visit(lanes: Mapping[str, LaneNeed]) -> bool:
    """Whether a lane is under par or waits for a hand, or for another planogram."""
    return any(lane.level < lane.par or lane.closed or lane.coming is not None for lane in lanes.values())


def vans_of(district: str, vans: Sequence[VanDuty]) -> list[VanDuty]:
    """The vans that may be sent to a district, in chain order; raises ConfigError if there is none."""
    serving = [van for van in vans if not van.districts or district in van.districts]
    if not serving:
        raise ConfigError(f"district {district!r}: at least one van must serve it, not 0 of {len(vans)}")
    return serving


def duties(machines: Iterable[MachineSite], vans: Sequence[VanDuty]) -> dict[str, VanDuty]:
    """Which van each district belongs to, day after day: districts go round the vans that may serve them.

    Districts count in the order of their first machine in the chain.
    """
    assigned: dict[str, VanDuty] = {}
    for machine in machines:
        if machine.district not in assigned:
            serving = vans_of(machine.district, vans)
            assigned[machine.district] = serving[len(assigned) % len(serving)]
    return assigned


def nearest_first(lat_e6: int, lon_e6: int, sites: Iterable[MachineSite]) -> list[MachineSite]:
    """Driving order: always on to the nearest that is left, the first in chain order among equals.

    Distances are on a plane, with meridians as close as they are at the start: right within a city.
    """
    left, order = list(sites), []
    narrowing = math.cos(math.radians(lat_e6 / 1_000_000))
    while left:
        apart = [(site.lat_e6 - lat_e6) ** 2 + ((site.lon_e6 - lon_e6) * narrowing) ** 2 for site in left]
        nearest = left.pop(apart.index(min(apart)))
        order.append(nearest)
        lat_e6, lon_e6 = nearest.lat_e6, nearest.lon_e6
    return order


def local_at(day_of_us: int, days: int, minute: int, zone: ZoneInfo) -> int:
    """A local time of day, so many days after the local day of a moment, in microseconds since 1970 UTC."""
    day = datetime.fromtimestamp(day_of_us // 1_000_000, zone).date() + timedelta(days=days)
    moment = datetime.combine(day, time(minute // 60, minute % 60), zone)
    return round(moment.timestamp()) * 1_000_000


def next_local(at_us: int, minute: int, zone: ZoneInfo) -> int:
    """The first moment at or after ``at_us`` with this local time of day."""
    return next(moment for days in range(3) if (moment := local_at(at_us, days, minute, zone)) >= at_us)


def latest_local(at_us: int, minute: int, zone: ZoneInfo) -> int:
    """The last moment at or before ``at_us`` with this local time of day."""
    return next(moment for days in range(3) if (moment := local_at(at_us, -days, minute, zone)) <= at_us)
