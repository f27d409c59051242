"""How warm the air round the machines is, and what that makes people drink: ``[[weather]]`` of a file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import attrs

from scenarios.chain import Chain
from scenarios.rehearsal import places
from scenarios.rehearsal.footfall import Swing, Timed
from scenarios.rehearsal.places import places_rule
from scenarios.rehearsal.times import EVERY_DAY, Days, moment_us, times_rule
from simulator.devices.cooling import Ambient

WARMEST_HOUR, COLDEST_HOUR = 15, 5
"""When a fair day is warmest and coldest (common experience; between them the air follows two half waves)."""

CELSIUS_MAX = 60.0


@attrs.frozen(kw_only=True)
class WeatherRow:
    """One table of ``[[weather]]``.

    Attributes:
        high, low: warmest and coldest air of the day round the machines, degrees Celsius.
        drinks_per_degree: share by which each degree of the day's mean over ``comfort`` raises the demand for
            drinks; no recording says how much, so it is 0 unless the file declares it.
        comfort: degrees Celsius.
        name, where, on: as a fault has them.
    """

    high: float
    low: float
    drinks_per_degree: float = 0.0
    comfort: float = 24.0
    name: str = ""
    where: tuple[str, ...] = ("all",)
    on: tuple[str, ...] = (EVERY_DAY,)

    def checked(self) -> str:
        """Which rule it breaks by itself; "" none."""
        if not -CELSIUS_MAX <= self.low <= self.high <= CELSIUS_MAX:
            bounds = f"-{CELSIUS_MAX:g} to {CELSIUS_MAX:g}"
            return f"low, high: must be from {bounds} in order, not {self.low} and {self.high}"
        if not 0.0 <= self.drinks_per_degree <= 1.0:
            return f"drinks_per_degree: must be from 0 to 1, not {self.drinks_per_degree}"
        return places_rule(self.where) or times_rule(self.on, "", "")

    def celsius(self, hour: int) -> float:
        """The air in this hour of the day."""
        middle, swing = (self.high + self.low) / 2, (self.high - self.low) / 2
        if COLDEST_HOUR <= hour < WARMEST_HOUR:
            part = (hour - COLDEST_HOUR) / (WARMEST_HOUR - COLDEST_HOUR)
        else:
            part = 1.0 + ((hour - WARMEST_HOUR) % 24) / (24 - WARMEST_HOUR + COLDEST_HOUR)
        return middle - swing * math.cos(math.pi * part)

    @property
    def mean(self) -> float:
        """The day's mean."""
        return sum(self.celsius(hour) for hour in range(24)) / 24


@attrs.frozen(kw_only=True)
class Air:
    """Air round some machines from a moment on."""

    at_us: int
    celsius: float
    machines: tuple[str, ...]


def planned(where: str, rows: Iterable[WeatherRow], chain: Chain, days: Days) -> tuple[Air, ...]:
    """The air of every hour; raises ConfigError for places that the chain does not have."""
    found = []
    for row in rows:
        machines = tuple(plan.id for plan in places.machines(row.where, chain))
        places.must_have(f"{where}: weather", row.where, machines, chain)
        for day in sorted({day for text in row.on for day in days.are(text)}):
            for hour in range(24):
                at_us = moment_us(day, hour * 60, days.zone)
                found.append(Air(at_us=at_us, celsius=round(row.celsius(hour), 2), machines=machines))
    return tuple(sorted(found, key=lambda air: air.at_us))


def thirst(
    where: str, rows: Iterable[WeatherRow], chain: Chain, days: Days, first_number: int
) -> tuple[Swing, ...]:
    """The demand for drinks that the file says the weather makes."""
    found: list[Swing] = []
    for row in rows:
        warmth = max(0.0, row.mean - row.comfort)
        if row.drinks_per_degree * warmth <= 0.0:
            continue
        found.append(
            Swing(
                number=first_number + len(found),
                times=1.0 + row.drinks_per_degree * warmth,
                windows=tuple(days.windows(row.on, "00:00", "24:00")),
                machines=frozenset(plan.id for plan in places.machines(row.where, chain)),
                stores=frozenset(),
                products=places.products(f"{where}: weather", ("drinks",), chain, {}),
            )
        )
    return tuple(found)


def stream(air: Iterable[Air], chain: Chain, to_us: int) -> Iterator[Timed]:
    """What the cabinets of this chain feel before a moment, in order of time."""
    if not chain.faults.temperature:
        return
    here = {plan.id for plan in chain.machines}
    for each in air:
        if each.at_us < to_us:
            felt = Ambient(celsius=each.celsius)
            yield from (
                (each.at_us, f"{machine}/cooling", felt) for machine in each.machines if machine in here
            )
