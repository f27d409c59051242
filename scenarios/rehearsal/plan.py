"""What a scenario makes happen besides its demand, and what it expects of it: rows of a file, then a plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs

from runtime.errors import ConfigError
from scenarios.chain import Chain
from scenarios.faults import plan as faults
from scenarios.faults.plan import Fault
from scenarios.faults.rows import FaultRow
from scenarios.rehearsal import expect, footfall, weather
from scenarios.rehearsal.expect import Expected, ExpectRow
from scenarios.rehearsal.footfall import CustomersRow, Swing
from scenarios.rehearsal.times import Days, dates, public_holidays
from scenarios.rehearsal.weather import Air, WeatherRow
from scenarios.scenario_file import Written

KINDS = ("faults", "customers", "weather")


@attrs.frozen(kw_only=True)
class Rehearsal:
    """What a file says. ``holidays`` and ``school`` are the days that are not like others."""

    faults: tuple[FaultRow, ...] = ()
    customers: tuple[CustomersRow, ...] = ()
    weather: tuple[WeatherRow, ...] = ()
    expect: tuple[ExpectRow, ...] = ()
    holidays: frozenset[date] = frozenset()
    school: frozenset[date] = frozenset()


@attrs.frozen(kw_only=True)
class Plan:
    """The same put upon a chain and its days."""

    faults: tuple[Fault, ...] = ()
    swings: tuple[Swing, ...] = ()
    air: tuple[Air, ...] = ()
    expected: tuple[Expected, ...] = ()

    @property
    def cuts_links(self) -> bool:
        """Whether it needs a network that can be cut."""
        return any(fault.nodes for fault in self.faults)


NOTHING = Rehearsal()
NO_PLAN = Plan()


def read(where: str, written: Written) -> Rehearsal:
    """What a file says; raises ConfigError for days that are none."""
    row = written.calendar
    try:
        holidays = dates(row.holidays) | (public_holidays(row.country) if row.country else frozenset())
        school = dates(row.school_holidays)
    except ConfigError as error:
        raise ConfigError(f"{where}: calendar: {error}") from error
    return Rehearsal(
        faults=written.faults,
        customers=written.customers,
        weather=written.weather,
        expect=written.expect,
        holidays=holidays,
        school=school,
    )


def without(where: str, rehearsal: Rehearsal, name: str) -> Rehearsal:
    """All but what has a name, or but all ``faults``, ``customers`` or ``weather``; raises ConfigError."""
    match name:
        case "faults":
            return attrs.evolve(rehearsal, faults=())
        case "customers":
            return attrs.evolve(rehearsal, customers=())
        case "weather":
            return attrs.evolve(rehearsal, weather=())
    kept = attrs.evolve(
        rehearsal,
        faults=tuple(row for row in rehearsal.faults if row.called != name),
        customers=tuple(row for row in rehearsal.customers if row.name != name),
        weather=tuple(row for row in rehearsal.weather if row.name != name),
        expect=tuple(row for row in rehearsal.expect if row.name_en != name),
    )
    if kept == rehearsal:
        there = [row.called for row in rehearsal.faults]
        there += [row.name for row in rehearsal.customers if row.name]
        there += [row.name for row in rehearsal.weather if row.name]
        among = ", ".join((*KINDS, "changes", *there))
        raise ConfigError(f"{where}: without must be one of {among}, not {name!r}")
    return kept


def planned(
    where: str, said: Rehearsal, chain: Chain, first: date, last: date, asked: Mapping[str, float]
) -> Plan:
    """Put it upon a chain and its days; raises ConfigError for places or products that there are not."""
    if said == NOTHING:
        return NO_PLAN
    days = Days(first=first, last=last, zone=chain.zone, holidays=said.holidays, school=said.school)
    swings = footfall.planned(where, said.customers, chain, days, asked)
    return Plan(
        faults=faults.planned(where, said.faults, chain, days, asked),
        swings=(*swings, *weather.thirst(where, said.weather, chain, days, len(swings) + 1)),
        air=weather.planned(where, said.weather, chain, days),
        expected=expect.planned(where, said.expect, chain, days, asked),
    )
