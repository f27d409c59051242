"""Planogram templates and machines' own settings in a scenario file.

    [[templates.dairy.lanes]]
    lane = "A1"
    product = "milk"
    price_minor = 900
    capacity = 8
    perishable = true
    joined = "A2"

    [machines.hk-0001]
    template = "dairy"
    limit_decicelsius = 40

A template gives a machine all its lanes. A lane may be coupled: ``joined`` names the position of a second
motor that turns with it, which then has no lane of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import msgspec

from actors.cabinet.messages import PlannedLane
from actors.machine.cold_chain import ColdRule
from actors.machine.planogram import rule_broken
from actors.machine.settings import PRICE_KEEPERS, MachineSettings
from runtime.errors import ConfigError
from scenarios.chain import Chain, LanePlan, MachinePlan

LANES_MAX = 200
LANE_CHARACTERS_MAX = 8


@attrs.frozen(kw_only=True)
class LaneRow:
    """A lane as it is written. ``par`` and ``level`` are the capacity when they are left out."""

    lane: str
    product: str
    price_minor: int
    capacity: int
    par: int = -1
    level: int = -1
    safety: int = 0
    perishable: bool = False
    joined: str = ""

    def plan(self) -> LanePlan:
        """The lane as the chain knows it."""
        return LanePlan(
            code=self.lane,
            product=self.product,
            price_minor=self.price_minor,
            capacity=self.capacity,
            par=self.capacity if self.par < 0 else self.par,
            level=self.capacity if self.level < 0 else self.level,
            safety=self.safety,
            perishable=self.perishable,
            joined=self.joined,
        )


@attrs.frozen(kw_only=True)
class MachineRow:
    """What a file says of one machine; what it leaves out stays as it is."""

    template: str = ""
    prices_at: str = ""
    money_first: bool = False
    limit_decicelsius: int = 50
    warm_minutes: int = 15
    recover_minutes: int = 30
    defrost_minutes: int = 45
    stale_minutes: int = 15

    def settings(self) -> MachineSettings:
        """Its settings."""
        return MachineSettings(
            prices_at=self.prices_at,
            money_first=self.money_first,
            cold=ColdRule(
                limit_decicelsius=self.limit_decicelsius,
                warm_seconds=self.warm_minutes * 60,
                recover_seconds=self.recover_minutes * 60,
                defrost_seconds=self.defrost_minutes * 60,
                stale_seconds=self.stale_minutes * 60,
            ),
        )


@attrs.frozen(kw_only=True)
class MachineRows:
    """Both tables of a file, checked."""

    templates: Mapping[str, tuple[LanePlan, ...]] = attrs.field(factory=dict)
    machines: Mapping[str, MachineRow] = attrs.field(factory=dict)


NOTHING = MachineRows()


def read(where: str, templates: Mapping[str, Any], machines: Mapping[str, Any]) -> MachineRows:
    """Check both tables; raises ConfigError naming the file, the key, the rule and the value."""
    found = {}
    for name, table in templates.items():
        at = f"{where}: templates.{name}"
        _known(at, table, ("lanes",))
        rows = [_row(f"{at}.lanes", row, LaneRow) for row in table.get("lanes", ())]
        found[name] = tuple(row.plan() for row in rows)
        check_lanes(at, found[name])
    known = {}
    for machine, table in machines.items():
        at = f"{where}: machines.{machine}"
        row = known[machine] = _row(at, table, MachineRow)
        if row.template and row.template not in found:
            raise ConfigError(f"{at}: template must be one of {_list(found)}, not {row.template!r}")
        if row.prices_at not in PRICE_KEEPERS:
            raise ConfigError(f"{at}: prices_at must be one of {_list(PRICE_KEEPERS)}, not {row.prices_at!r}")
        for field in ("warm_minutes", "recover_minutes", "defrost_minutes", "stale_minutes"):
            if not 1 <= (minutes := getattr(row, field)) <= 24 * 60:
                raise ConfigError(f"{at}: {field} must be from 1 to 1440, not {minutes}")
    return MachineRows(templates=found, machines=known)


def check_lanes(where: str, lanes: tuple[LanePlan, ...]) -> None:
    """Check the lanes of one machine; raises ConfigError."""
    if not 0 < len(lanes) <= LANES_MAX:
        raise ConfigError(f"{where}: lanes must be 1 to {LANES_MAX}, not {len(lanes)}")
    motors: dict[str, str] = {}
    for lane in lanes:
        if not 0 < len(lane.code) <= LANE_CHARACTERS_MAX or not lane.code.isalnum():
            rule = f"1 to {LANE_CHARACTERS_MAX} letters and digits"
            raise ConfigError(f"{where}: lane must be {rule}, not {lane.code!r}")
        if why := rule_broken(_planned(lane)):
            raise ConfigError(f"{where}: {why}")
        at = f"{where}: lane {lane.code}"
        if not 0 <= lane.level <= lane.capacity:
            raise ConfigError(f"{at}: level must be from 0 to capacity {lane.capacity}, not {lane.level}")
        for motor in (lane.code, lane.joined):
            if motor and motor in motors:
                owner = motors[motor]
                raise ConfigError(f"{at}: motor {motor} must belong to one lane, it is lane {owner}'s")
            if motor:
                motors[motor] = lane.code


def _planned(lane: LanePlan) -> PlannedLane:
    return PlannedLane(
        lane=lane.code,
        product=lane.product,
        price_minor=lane.price_minor,
        capacity=lane.capacity,
        par=lane.par,
        safety=lane.safety,
        perishable=lane.perishable,
    )


def applied(name: str, rows: MachineRows, chain: Chain, *, recorded: bool) -> Chain:
    """The chain with what the file says of its machines.

    Args:
        name: the scenario's, for messages.
        rows: from :func:`read`.
        chain: with every machine the file may name.
        recorded: its planograms come from a recording, so no template may replace them.
    """
    if not rows.machines:
        return chain
    products = {product.code for product in chain.products}
    known = {plan.id for plan in chain.machines}
    for machine, row in rows.machines.items():
        if machine not in known:
            raise ConfigError(f"{name}: machines.{machine}: must be a machine of the chain, it is not")
        if row.template and recorded:
            raise ConfigError(
                f"{name}: machines.{machine}: template must be left out, the recording has its planogram"
            )
        for lane in rows.templates.get(row.template, ()):
            if lane.product not in products:
                raise ConfigError(
                    f"{name}: templates.{row.template}: lane {lane.code}: product must be of the chain, "
                    f"not {lane.product!r}"
                )
    return attrs.evolve(chain, machines=tuple(_machine(plan, rows) for plan in chain.machines))


def _machine(plan: MachinePlan, rows: MachineRows) -> MachinePlan:
    if (row := rows.machines.get(plan.id)) is None:
        return plan
    return attrs.evolve(plan, lanes=rows.templates.get(row.template, plan.lanes), settings=row.settings())


def _row(where: str, table: Any, kind: type[Any]) -> Any:
    _known(where, table, tuple(field.name for field in attrs.fields(kind)))
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}") from error


def _known(where: str, table: Any, names: tuple[str, ...]) -> None:
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: must be a table, not {table!r}")
    if unknown := sorted(set(table) - set(names)):
        raise ConfigError(f"{where}: keys must be among {_list(names)}, not {unknown[0]!r}")


def _list(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names) or "none"
