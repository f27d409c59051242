"""What may be set for each machine."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import attrs

from actors.machine.cold_chain import ColdRule
from actors.settings.messages import MACHINE, SETTINGS, ChangeSetting, SettingChanged, rule_broken
from runtime.errors import Refused

if TYPE_CHECKING:
    from actors.machine.machine import Machine

PRICE_KEEPERS = ("", "board", "audit")


def _keeper(_: object, __: object, value: str) -> None:
    if value not in PRICE_KEEPERS:
        raise ValueError(f"prices_at must be one of {', '.join(map(repr, PRICE_KEEPERS))}, not {value!r}")


@attrs.frozen(kw_only=True)
class MachineSettings:
    """Settings of one machine.

    Attributes:
        cold: limits of its cold chain.
        prices_at: device that keeps the prices and charges by them: "board", or "audit" (its own controller,
            written through the audit port); "" Hawker does.
        money_first: coins and bills may go in before a choice.
        zone: time zone of its site, which decides when goods expire, e.g. ``Asia/Hong_Kong``.
    """

    cold: ColdRule = attrs.field(factory=ColdRule)
    prices_at: str = attrs.field(default="", validator=_keeper)
    money_first: bool = False
    zone: str = "UTC"


DEFAULTS = MachineSettings()

Changed = tuple[tuple[str, int], ...]
"""Settings that a person changed, by name; machines without any share one."""


def rule_of(machine: Machine) -> ColdRule:
    """The limits that a machine goes by now."""
    return _rule(machine.settings.cold, machine.changed) if machine.changed else machine.settings.cold


@lru_cache(maxsize=4096)  # machines with the same limits share them
def _rule(planned: ColdRule, changed: Changed) -> ColdRule:
    return attrs.evolve(planned, **{field_of(name): _kept(name, value) for name, value in changed})


def field_of(name: str) -> str:
    """Where ``ColdRule`` keeps a setting."""
    return name.replace("_minutes", "_seconds")


def _kept(name: str, value: int) -> int:
    return value * 60 if SETTINGS[name].unit == "minutes" else value


def value_of(rule: ColdRule, name: str) -> int:
    """What a setting is by these limits, in its own unit."""
    kept: int = getattr(rule, field_of(name))
    return kept // 60 if SETTINGS[name].unit == "minutes" else kept


def change(machine: Machine, asked: ChangeSetting) -> None:
    """Go by another limit from the next reading or door on."""
    if why := rule_broken(MACHINE, asked):
        raise Refused(why)
    if (old := value_of(rule_of(machine), asked.name)) != asked.value:
        machine.record(
            SettingChanged(name=asked.name, old=old, new=asked.value, by=asked.by, reason=asked.reason)
        )


def after_change(changed: Changed, fact: SettingChanged) -> Changed:
    """What is changed from here on."""
    return tuple(sorted({**dict(changed), fact.name: fact.new}.items()))
