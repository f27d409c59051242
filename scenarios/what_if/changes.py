"""What ``--what-if`` may change: the chain, chance, faults, customers, and how demand answers a price.

| path | is |
|---|---|
| those of `rehearsal.changes` | par levels, prices, vans, the restocking rule, stock, floats, machines |
| `jam_per_vend`, `losses_per_machine_day`, `loss_seconds_mean`, `temperature` | chance of the devices |
| `without` | leaves out a recorded fault by its name, or all `faults` |
| `fault` | a fault more: `mains off; where=district:north; from=10:00; to=12:30` |
| `customers` | so many times as many: `1.5; where=...; from=...` |
| `demand.elasticity` | how quantity answers a price: `-1.2` or `-1.2±0.4`; left out, quantities are kept |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from runtime.errors import ConfigError
from scenarios import settings
from scenarios.chain import Faults
from scenarios.faults import plan as faults
from scenarios.faults.rows import FaultRow
from scenarios.rehearsal import changes, footfall, recorded_changes
from scenarios.rehearsal.changes import Change
from scenarios.rehearsal.footfall import CustomersRow, asked_for
from scenarios.rehearsal.plan import Plan
from scenarios.rehearsal.rows import row_of
from scenarios.rehearsal.times import Days
from scenarios.scenario import Prepared
from scenarios.settings import Value

ELASTICITY = "demand.elasticity"
_ELASTICITY = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(?:(?:±|\+-)([0-9]+(?:\.[0-9]+)?))?")
LOWEST = -10.0
NOTHING = "nothing"
"""Asked alone: both runs are the same, and so must be what comes out."""


@attrs.frozen(kw_only=True)
class Elasticity:
    """Per cent of quantity for each per cent of price, and its standard error; 0: quantities are kept."""

    mean: float = 0.0
    error: float = 0.0


@attrs.frozen(kw_only=True)
class Asked:
    """What is asked, sorted out.

    Attributes:
        texts: as they were given.
        chain: changes of the chain.
        chance: settings of devices' faults.
        without: names of faults left out.
        faults, customers: further rows.
    """

    texts: tuple[str, ...]
    chain: tuple[Change, ...]
    chance: Mapping[str, Value]
    without: tuple[str, ...]
    faults: tuple[FaultRow, ...]
    customers: tuple[CustomersRow, ...]
    elasticity: Elasticity

    @property
    def prices(self) -> bool:
        """Whether a price changes."""
        return any(change.path.partition(".")[0] == "price" for change in self.chain)


def read(texts: Iterable[str]) -> Asked:
    """Sort out ``PATH=VALUE`` texts; raises ConfigError for one not known, or not as its rule says."""
    told = tuple(text for text in texts if text.strip() != NOTHING)
    chain, without, rows, more, plain = [], [], [], [], []
    elasticity = Elasticity()
    for text in told:
        path, equals, value = (part.strip() for part in text.partition("="))
        at = f"--what-if {path}"
        if path == "without" and equals:
            without.append(value)
        elif path == "fault" and equals:
            rows.append(row_of(at, _table("what", value), FaultRow))
        elif path == "customers" and equals:
            more.append(row_of(at, _times(at, _table("times", value)), CustomersRow))
        elif path == ELASTICITY and equals:
            elasticity = _elasticity(at, value)
        elif equals and changes.known(path):
            chain.append(changes.read("--what-if", text))
        else:
            plain.append(text)
    try:
        chance = settings.parsed("--what-if", settings.FAULTS, plain)
    except ConfigError:
        if any("=" in text and text.partition("=")[0].strip() in settings.FAULTS for text in plain):
            raise
        known = (*changes.paths(), *settings.FAULTS, "without", "fault", "customers", ELASTICITY)
        rule = f"PATH=VALUE with a path among {', '.join(known)}"
        raise ConfigError(f"--what-if: must be {rule}, not {plain[0]!r}") from None
    return Asked(
        texts=told,
        chain=tuple(chain),
        chance=chance,
        without=tuple(without),
        faults=tuple(rows),
        customers=tuple(more),
        elasticity=elasticity,
    )


def _table(first: str, value: str) -> dict[str, Any]:
    """A row in a line: its first value, then ``key=value`` after semicolons; commas part several values."""
    head, *rest = (part.strip() for part in value.split(";"))
    table: dict[str, Any] = {first: head}
    for part in rest:
        key, _, text = (piece.strip() for piece in part.partition("="))
        table[key] = text.split(",") if "," in text else text
    if "share" in table:
        table["share"] = _number("share", str(table["share"]))
    return table


def _times(at: str, table: dict[str, Any]) -> dict[str, Any]:
    return {**table, "times": _number(at, str(table["times"]))}


def _number(at: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{at}: must be a number, not {text!r}") from None


def _elasticity(at: str, value: str) -> Elasticity:
    found = _ELASTICITY.fullmatch(value)
    if found is None or not LOWEST <= float(found[1]) <= 0.0:
        raise ConfigError(f"{at}: must be from {LOWEST:g} to 0, such as -1.2 or -1.2±0.4, not {value!r}")
    return Elasticity(mean=float(found[1]), error=float(found[2] or 0.0))


def changed(base: Prepared, asked: Asked) -> Prepared:
    """The recorded days with what is asked; raises ConfigError for places or products they do not have."""
    chain, name = base.chain, "--what-if"
    demand = asked_for(chain, base.attempts, ())
    attempts = recorded_changes.applied(name, asked.chain, chain, base.attempts, demand)
    chain = changes.applied(name, asked.chain, chain, demand)
    chain = attrs.evolve(chain, faults=attrs.evolve(chain.faults, **_chance(asked)))
    return attrs.evolve(
        base,
        chain=chain,
        attempts=attempts,
        settings={**base.settings, **asked.chance},
        changes=asked.chain,
        plan=_plan(base, asked, demand),
    )


def _chance(asked: Asked) -> dict[str, Any]:
    names = {field.name for field in attrs.fields(Faults)}
    return {name: value for name, value in asked.chance.items() if name in names}


def _plan(base: Prepared, asked: Asked, demand: Mapping[str, float]) -> Plan:
    kept = base.plan.faults
    for name in asked.without:
        left = () if name == "faults" else tuple(fault for fault in kept if fault.name != name)
        if left == kept:
            there = ", ".join(dict.fromkeys(fault.name for fault in kept)) or "there is none"
            raise ConfigError(f"--what-if without: must name a recorded fault ({there}), not {name!r}")
        kept = left
    days = Days(first=base.first, last=base.last, zone=base.chain.zone)
    more = faults.planned("--what-if", asked.faults, base.chain, days, demand)
    first = max((fault.number for fault in kept), default=0)
    return Plan(
        faults=(*kept, *(attrs.evolve(fault, number=first + fault.number) for fault in more)),
        swings=footfall.planned("--what-if", asked.customers, base.chain, days, demand),
    )
