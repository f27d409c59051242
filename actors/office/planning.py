"""Pure rules of restocking: when, which van, in which order, with what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from sys import intern
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


@attrs.frozen(kw_only=True)
class RoundAway:
    """A round that is planned and not yet over; what it brings is the warehouse's to know."""

    van: str
    depart_at_us: int
    expires_at_us: int
    machines: tuple[str, ...]


@attrs.define(slots=True)
class Needs:
    """What the office knows of a machine's lanes, in columns: there may be 600,000 lanes, mostly full ones.

    Attributes:
        codes, products, pars, levels: one entry a lane.
        safeties: units at which each should be filled.
        closed: lanes out of service, or kept from selling.
        spoilt: those whose goods will be thrown away at the next visit.
        coming: what a planogram makes of some at the next visit.
    """

    codes: list[str] = attrs.field(factory=list)
    products: list[str] = attrs.field(factory=list)
    pars: list[int] = attrs.field(factory=list)
    levels: list[int] = attrs.field(factory=list)
    safeties: list[int] = attrs.field(factory=list)
    closed: tuple[str, ...] = ()
    spoilt: tuple[str, ...] = ()
    coming: tuple[PlannedLane, ...] = ()

    def put(self, code: str, product: str, par: int, level: int, safety: int = 0) -> int:
        """A lane has gone into service; return its place in the columns."""
        place = self.codes.index(code) if code in self.codes else len(self.codes)
        self.codes[place : place + 1] = [intern(code)]  # codes and products are a few hundred words
        self.products[place : place + 1] = [intern(product)]
        self.pars[place : place + 1] = [par]
        self.levels[place : place + 1] = [level]
        self.safeties[place : place + 1] = [safety]
        self.mark(code, closed=False)
        return place

    def mark(self, code: str, *, closed: bool, spoilt: bool = False) -> None:
        """A lane is kept from selling, its goods perhaps spoilt; or it sells again."""
        self.closed = tuple(c for c in self.closed if c != code) + ((code,) if closed else ())
        self.spoilt = tuple(c for c in self.spoilt if c != code) + ((code,) if spoilt else ())

    def calls(self, place: int, trigger_level: int) -> bool:
        """Whether a lane is so low that a van is called at once; -1 never, nor does a safety level of 0."""
        return self.levels[place] <= max(trigger_level, self.safeties[place] or -1)

    def call(self, trigger_level: int) -> bool:
        """Whether any lane does."""
        return any(self.calls(place, trigger_level) for place in range(len(self.codes)))

    def need_visit(self) -> bool:
        """Whether a lane is under par or waits for a hand, or for another planogram."""
        under_par = any(level < par for level, par in zip(self.levels, self.pars, strict=True))
        return under_par or bool(self.closed or self.coming)

    def loads_to_par(self) -> tuple[Load, ...]:
        """What fills every lane to its par level at the next visit."""
        coming = {planned.lane: planned for planned in self.coming}
        loads = []
        for code, product, par, level in zip(self.codes, self.products, self.pars, self.levels, strict=True):
            held = 0 if code in self.spoilt else level
            if (planned := coming.get(code)) is not None:
                held = held if planned.product == product else 0
                product, par = planned.product, planned.par
            if par > held:
                loads.append(Load(lane=code, product=product, units=par - held))
        return tuple(loads)


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
