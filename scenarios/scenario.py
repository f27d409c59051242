"""Scenarios: a chain, the demand on it, days and settings. Shipped ones stand beside this file as TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import msgspec

from runtime.errors import ConfigError
from scenarios import machine_file, settings
from scenarios.chain import Chain, Faults
from scenarios.demand import cn_2017, us_2022
from scenarios.demand.attempts import identifier
from scenarios.device_ways import devices_of
from scenarios.hk_demo import chain as hk_chain
from scenarios.hk_demo import rates as hk_rates
from scenarios.hk_demo.settings import HkSettings
from scenarios.machine_file import MachineRows
from scenarios.settings import Setting, Value
from simulator.customers.rates import MachineRates, StoreRates
from simulator.customers.recorded import Attempt

FOLDER = Path(__file__).parent
READERS = {"us-2022": us_2022.read, "cn-2017": cn_2017.read}
SAMPLED = "hk-demo"
KNOWN: Mapping[str, Mapping[str, Setting]] = {
    **dict.fromkeys(READERS, settings.FAULTS),
    SAMPLED: settings.SIZES | settings.FAULTS,
}
DAYS_MAX = 3_660
FILE_BYTES_MAX = 1_000_000
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
        machines: planogram templates and settings of machines.
    """

    name: str
    title_en: str
    title_zh: str
    demand: str
    demand_file: Path | None
    seed: int
    first: date | None
    last: date | None
    settings: Mapping[str, Value]
    devices: Mapping[str, tuple[tuple[str, str], ...]] = attrs.field(factory=dict)
    machines: MachineRows = machine_file.NOTHING

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
        machine_rates: sampled demand of machines; empty where it is recorded.
        store_rates: sampled demand of stores; empty where it is recorded.
        warnings: what was assumed or estimated; for the report.
    """

    name: str
    chain: Chain
    seed: int
    first: date
    last: date
    settings: Mapping[str, Value]
    attempts: tuple[Attempt, ...] = ()
    machine_rates: tuple[MachineRates, ...] = ()
    store_rates: tuple[StoreRates, ...] = ()
    warnings: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class _File:
    """A scenario file as it is written."""

    name: str
    demand: str
    title_en: str = ""
    title_zh: str = ""
    demand_file: str = ""
    seed: int = 1
    first: date | None = None
    last: date | None = None
    settings: dict[str, Any] = attrs.Factory(dict)
    devices: dict[str, dict[str, str]] = attrs.Factory(dict)
    templates: dict[str, dict[str, Any]] = attrs.Factory(dict)
    machines: dict[str, dict[str, Any]] = attrs.Factory(dict)


def names() -> list[str]:
    """Names of the shipped scenarios."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name_or_path: str | Path) -> Scenario:
    """Read a shipped scenario by its name, or a scenario file by its path.

    Raises:
        ConfigError: no such scenario, or a bad file.
    """
    if str(name_or_path) in names():
        path = FOLDER / f"{name_or_path}.toml"
    else:
        path = Path(name_or_path)
        if path.suffix != ".toml":
            known = ", ".join(names())
            raise ConfigError(f"scenario must be one of {known} or a .toml file, not {str(name_or_path)!r}")
    written = _written(path)
    if written.demand not in KNOWN:
        raise ConfigError(f"{path}: demand must be one of {', '.join(sorted(KNOWN))}, not {written.demand!r}")
    if written.demand_file and written.demand == SAMPLED:
        raise ConfigError(f"{path}: demand_file must be left out, {SAMPLED} has sampled demand")
    return Scenario(
        name=written.name,
        title_en=written.title_en or written.name,
        title_zh=written.title_zh or written.title_en or written.name,
        demand=written.demand,
        demand_file=path.parent / written.demand_file if written.demand_file else None,
        seed=written.seed,
        first=written.first,
        last=written.last,
        settings=settings.checked(str(path), KNOWN[written.demand], written.settings),
        devices={machine: _ways(path, machine, ways) for machine, ways in written.devices.items()},
        machines=machine_file.read(str(path), written.templates, written.machines),
    )


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
        changes: ``NAME=VALUE`` settings of the command line.
        seed: None is the scenario's.
        demand: a recorded demand file instead of the scenario's; the chain is derived from it anew.
        first: first day; None is the scenario's.
        last: last day, inclusive; None is the scenario's.
        days: how many days from the first, instead of ``last``.

    Raises:
        ConfigError: an unknown setting, a value or day outside its range, a bad demand file.
    """
    name = scenario.name
    chosen = dict(scenario.settings) | settings.parsed(name, KNOWN[scenario.demand], changes)
    seed = scenario.seed if seed is None else seed
    if not 0 <= seed <= SEED_MAX:
        raise ConfigError(f"{name}: seed must be from 0 to {SEED_MAX}, not {seed}")
    if days is not None and last is not None:
        raise ConfigError(f"{name}: days must not be given together with a last day")
    if days is not None and not 1 <= days <= DAYS_MAX:
        raise ConfigError(f"{name}: days must be from 1 to {DAYS_MAX}, not {days}")
    if scenario.sampled:
        if demand is not None:
            raise ConfigError(f"{name}: a demand file must not be given, its demand is sampled; not {demand}")
        return _with_devices(scenario, _sampled(scenario, chosen, seed, first, last, days))
    return _with_devices(scenario, _recorded(scenario, chosen, seed, demand, first, last, days))


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
    return Prepared(
        name=scenario.name,
        chain=machine_file.applied(scenario.name, scenario.machines, chain, recorded=True),
        seed=seed,
        first=first or found.first,
        last=last or found.last,
        settings=chosen,
        attempts=tuple(found.attempts),
        warnings=tuple(found.warnings),
    )


def _sampled(
    scenario: Scenario,
    chosen: Mapping[str, Value],
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
    return Prepared(
        name=scenario.name,
        chain=chain,
        seed=seed,
        first=begin,
        last=end,
        settings=chosen,
        machine_rates=hk_rates.machine_rates(chain, size),
        store_rates=hk_rates.store_rates(chain, size),
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


def _written(path: Path) -> _File:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ConfigError(f"{path}: must have at most {FILE_BYTES_MAX} bytes")
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
        unknown = sorted(set(table) - {field.name for field in attrs.fields(_File)})
        if unknown:
            allowed = ", ".join(field.name for field in attrs.fields(_File))
            raise ConfigError(f"{path}: keys must be among {allowed}, not {unknown[0]!r}")
        written = msgspec.convert(table, _File)
    except OSError as error:
        raise ConfigError(f"{path}: must be a file that can be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: must be a scenario in TOML: {error}") from error
    if identifier(written.name) != written.name:
        rule = "lower-case letters, digits and single dashes, at most 40"
        raise ConfigError(f"{path}: name must be {rule}, not {written.name!r}")
    return written
