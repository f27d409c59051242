"""Scenarios: a chain, the demand on it, days and settings. Shipped ones stand beside this file as TOML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs

from runtime.errors import ConfigError
from scenarios import machine_file, scenario_file, settings
from scenarios.chain import Chain, Faults
from scenarios.demand import cn_2017, us_2022
from scenarios.devices.ways import devices_of
from scenarios.hk_demo import chain as hk_chain
from scenarios.hk_demo import rates as hk_rates
from scenarios.hk_demo.settings import HkSettings
from scenarios.machine_file import MachineRows
from scenarios.rehearsal import changes, recorded_changes
from scenarios.rehearsal import plan as rehearsal
from scenarios.rehearsal.changes import Change
from scenarios.rehearsal.footfall import asked_for
from scenarios.rehearsal.plan import Plan, Rehearsal
from scenarios.settings import Setting, Value
from simulator.customers.rates import MachineRates, StoreRates
from simulator.customers.recorded import Attempt
from simulator.customers.till_keys import Basket

READERS = {"us-2022": us_2022.read, "cn-2017": cn_2017.read}
SAMPLED = "hk-demo"
KNOWN: Mapping[str, Mapping[str, Setting]] = {
    **dict.fromkeys(READERS, settings.FAULTS),
    SAMPLED: settings.SIZES | settings.FAULTS,
}
DAYS_MAX = 3_660
SEED_MAX = (1 << 63) - 1


@attrs.frozen(kw_only=True)
class Scenario:
    """A scenario file.

    Attributes:
        demand: "us-2022" or "cn-2017" for recorded demand in that file's format, or "hk-demo" for sampled.
        demand_file: recorded demand; None is the shipped extract.
        first: first day; None is the demand file's own.
        last: last day, inclusive; None is the demand file's own, or for sampled demand ``first``.
        settings: every setting the demand knows, with this scenario's value.
        devices: by machine, (device, way in) of those that are not simulated when it runs live.
        changes: what is otherwise than the demand has it.
        machines: planogram templates and settings of machines.
        rehearsal: what happens on these days besides, and what is expected of them.
        office: settings of the office (``actors.settings.messages``) that the file names.
    """

    name: str
    title_en: str
    title_zh: str
    about_en: str = ""
    about_zh: str = ""
    demand: str
    demand_file: Path | None
    seed: int
    first: date | None
    last: date | None
    settings: Mapping[str, Value]
    changes: tuple[Change, ...] = ()
    devices: Mapping[str, tuple[tuple[str, str], ...]] = attrs.field(factory=dict)
    machines: MachineRows = machine_file.NOTHING
    rehearsal: Rehearsal = rehearsal.NOTHING
    office: tuple[tuple[str, int], ...] = ()

    @property
    def sampled(self) -> bool:
        """Whether customers are drawn from rates; otherwise they are recorded."""
        return self.demand == SAMPLED


@attrs.frozen(kw_only=True)
class Prepared:
    """A scenario ready to be assembled: everything decided, nothing running.

    Attributes:
        first: first day to run.
        last: last day to run, inclusive.
        settings: every setting with its value.
        attempts: recorded demand; empty where it is sampled.
        baskets: recorded shoppers of tills, (microseconds since 1970 UTC, the till's keys, basket).
        machine_rates: sampled demand of machines; empty where it is recorded.
        store_rates: sampled demand of stores; empty where it is recorded.
        warnings: what was assumed or estimated; for the report.
        changes: what is otherwise than the demand has it.
        plan: what happens on these days besides, and what is expected of them.
    """

    name: str
    chain: Chain
    seed: int
    first: date
    last: date
    settings: Mapping[str, Value]
    attempts: tuple[Attempt, ...] = ()
    baskets: tuple[tuple[int, str, Basket], ...] = ()
    machine_rates: tuple[MachineRates, ...] = ()
    store_rates: tuple[StoreRates, ...] = ()
    warnings: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    plan: Plan = rehearsal.NO_PLAN


def names() -> list[str]:
    """Names of the shipped chains with demand, which other scenarios extend."""
    return scenario_file.chains()


def library() -> list[str]:
    """Names of the shipped rehearsals, each upon one of those."""
    return scenario_file.library()


def load(name_or_path: str | Path) -> Scenario:
    """Read a shipped scenario by its name, or a scenario file by its path.

    Raises:
        ConfigError: no such scenario, or a bad file.
    """
    path = scenario_file.path_of(name_or_path)
    written = scenario_file.read(path)
    if written.demand not in KNOWN:
        raise ConfigError(f"{path}: demand must be one of {', '.join(sorted(KNOWN))}, not {written.demand!r}")
    if written.demand_file and written.demand == SAMPLED:
        raise ConfigError(f"{path}: demand_file must be left out, {SAMPLED} has sampled demand")
    return Scenario(
        name=written.name,
        title_en=written.title_en or written.name,
        title_zh=written.title_zh or written.title_en or written.name,
        about_en=written.about_en,
        about_zh=written.about_zh or written.about_en,
        demand=written.demand,
        demand_file=written.demand_file,
        seed=written.seed,
        first=written.first,
        last=written.last,
        settings=settings.checked(str(path), KNOWN[written.demand], _of_demand(written.settings)),
        office=settings.of_office(str(path), written.settings),
        changes=changes.parsed(str(path), written.changes),
        devices={machine: _ways(path, machine, ways) for machine, ways in written.devices.items()},
        machines=machine_file.read(str(path), written.templates, written.machines),
        rehearsal=rehearsal.read(str(path), written),
    )


def _of_demand(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in settings.OFFICE_NAMES}


def prepare(
    scenario: Scenario,
    *,
    changes: Iterable[str] = (),
    seed: int | None = None,
    demand: Path | None = None,
    first: date | None = None,
    last: date | None = None,
    days: int | None = None,
) -> Prepared:
    """Decide everything a run needs.

    Args:
        scenario: from :func:`load`.
        changes: ``NAME=VALUE`` of the command line: settings, paths of ``scenarios.rehearsal.changes``, or
            ``without=NAME``, which leaves out what the file has under a name, or all its ``faults``,
            ``customers``, ``weather`` or ``changes``.
        seed: None is the scenario's.
        demand: a recorded demand file instead of the scenario's; the chain is derived from it anew.
        first: first day; None is the scenario's.
        last: last day, inclusive; None is the scenario's.
        days: how many days from the first, instead of ``last``.

    Raises:
        ConfigError: an unknown setting, a value or day outside its range, a bad demand file.
    """
    name = scenario.name
    chosen, otherwise, scenario = _told(scenario, changes)
    seed = scenario.seed if seed is None else seed
    if not 0 <= seed <= SEED_MAX:
        raise ConfigError(f"{name}: seed must be from 0 to {SEED_MAX}, not {seed}")
    if days is not None and last is not None:
        raise ConfigError(f"{name}: days must not be given together with a last day")
    if days is not None and not 1 <= days <= DAYS_MAX:
        raise ConfigError(f"{name}: days must be from 1 to {DAYS_MAX}, not {days}")
    if not scenario.sampled:
        prepared = _recorded(scenario, chosen, otherwise, seed, demand, first, last, days)
    elif demand is not None:
        raise ConfigError(f"{name}: a demand file must not be given, its demand is sampled; not {demand}")
    else:
        prepared = _sampled(scenario, chosen, otherwise, seed, first, last, days)
    prepared = _with_devices(scenario, prepared)
    if scenario.office:
        prepared = attrs.evolve(prepared, chain=attrs.evolve(prepared.chain, office=scenario.office))
    if scenario.rehearsal == rehearsal.NOTHING:
        return prepared
    asked = asked_for(prepared.chain, prepared.attempts, prepared.machine_rates)
    planned = rehearsal.planned(
        name, scenario.rehearsal, prepared.chain, prepared.first, prepared.last, asked
    )
    return attrs.evolve(prepared, plan=planned)


def _told(scenario: Scenario, told: Iterable[str]) -> tuple[dict[str, Value], tuple[Change, ...], Scenario]:
    """Settings and changes with those of the command line, and the scenario without what that leaves out."""
    known = KNOWN[scenario.demand]
    plain: list[str] = []
    further: list[Change] = []
    for text in told:
        path, equals, value = (part.strip() for part in text.partition("="))
        if path == "without" and equals:
            scenario = _without(scenario, value)
        elif path not in known and equals and changes.known(path):
            further.append(changes.read(scenario.name, text))
        else:
            plain.append(text)
    chosen = dict(scenario.settings) | settings.parsed(scenario.name, known, plain)
    return chosen, (*scenario.changes, *further), scenario


def _without(scenario: Scenario, name: str) -> Scenario:
    if name == "changes":
        return attrs.evolve(scenario, changes=())
    less = rehearsal.without(scenario.name, scenario.rehearsal, name)
    return attrs.evolve(scenario, rehearsal=less)


def _with_devices(scenario: Scenario, prepared: Prepared) -> Prepared:
    """The chain with its devices' ways in; raises ConfigError for a machine that it does not have."""
    known = {plan.id for plan in prepared.chain.machines}
    for machine in scenario.devices:
        if machine not in known:
            some = ", ".join(sorted(known)[:5])
            raise ConfigError(
                f"{scenario.name}: devices: machine must be of the chain ({some}…), not {machine!r}"
            )
    machines = tuple(
        attrs.evolve(plan, devices=scenario.devices.get(plan.id, ())) for plan in prepared.chain.machines
    )
    warnings = tuple(
        f"machine {plan.id}: what is on wires when it runs live is simulated in a run"
        for plan in machines
        if devices_of(plan.id, plan.devices)
    )
    return attrs.evolve(
        prepared,
        chain=attrs.evolve(prepared.chain, machines=machines),
        warnings=(*prepared.warnings, *warnings),
    )


def _recorded(
    scenario: Scenario,
    chosen: Mapping[str, Value],
    otherwise: tuple[Change, ...],
    seed: int,
    demand: Path | None,
    first: date | None,
    last: date | None,
    days: int | None,
) -> Prepared:
    if demand is None:
        demand = scenario.demand_file
        first = first or scenario.first
        last = last or (scenario.last if days is None else None)
    read = READERS[scenario.demand]
    if days is not None:
        first = first or read(demand).first
        last = _after(scenario.name, first, days)
    found = read(demand, first, last)
    chain = attrs.evolve(found.chain, name=scenario.name, faults=_faults(chosen))
    chain = machine_file.applied(scenario.name, scenario.machines, chain, recorded=True)
    attempts = tuple(found.attempts)
    if otherwise:
        asked = asked_for(chain, attempts, ())
        attempts = recorded_changes.applied(scenario.name, otherwise, chain, attempts, asked)
        chain = changes.applied(scenario.name, otherwise, chain, asked)
    return Prepared(
        name=scenario.name,
        chain=chain,
        seed=seed,
        first=first or found.first,
        last=last or found.last,
        settings=chosen,
        attempts=attempts,
        warnings=tuple(found.warnings),
        changes=otherwise,
    )


def _sampled(
    scenario: Scenario,
    chosen: Mapping[str, Value],
    otherwise: tuple[Change, ...],
    seed: int,
    first: date | None,
    last: date | None,
    days: int | None,
) -> Prepared:
    begin = first or scenario.first
    if begin is None:
        raise ConfigError(f"{scenario.name}: sampled demand must have a first day")
    end = last or (scenario.last if first is None else begin) or begin
    if days is not None:
        end = _after(scenario.name, begin, days)
    if not 0 <= (end - begin).days < DAYS_MAX:
        raise ConfigError(f"{scenario.name}: days must be 1 to {DAYS_MAX} in order, not {begin} to {end}")
    size = HkSettings(**chosen)  # type: ignore[arg-type]  # types and ranges are checked by settings.py
    chain = attrs.evolve(hk_chain.build(size, seed), name=scenario.name)
    chain = machine_file.applied(scenario.name, scenario.machines, chain, recorded=False)
    if otherwise:
        asked = asked_for(chain, (), hk_rates.machine_rates(chain, size))
        chain = changes.applied(scenario.name, otherwise, chain, asked)
    return Prepared(
        name=scenario.name,
        chain=chain,
        seed=seed,
        first=begin,
        last=end,
        settings=chosen,
        machine_rates=hk_rates.machine_rates(chain, size),
        store_rates=hk_rates.store_rates(chain, size),
        changes=otherwise,
    )


def _after(name: str, first: date, days: int) -> date:
    try:
        return first + timedelta(days=days - 1)
    except OverflowError:
        raise ConfigError(f"{name}: days must end before the year 10000, not {days} from {first}") from None


def _faults(chosen: Mapping[str, Value]) -> Faults:
    return Faults(
        jam_per_vend=float(chosen["jam_per_vend"]),
        losses_per_machine_day=float(chosen["losses_per_machine_day"]),
        loss_seconds_mean=float(chosen["loss_seconds_mean"]),
        temperature=bool(chosen["temperature"]),
    )


def _ways(path: Path, machine: str, devices: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A machine's ways in as the file has them, checked."""
    ways = tuple(sorted(devices.items()))
    try:
        devices_of(machine, ways)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return ways
