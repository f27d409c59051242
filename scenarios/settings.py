"""What ``--set NAME=VALUE`` and a scenario file may change: names, types and ranges."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import attrs

from actors.settings.messages import ALARMS, OFFICE, SETTINGS
from runtime.errors import ConfigError

Value = bool | int | float


@attrs.frozen
class Setting:
    """One thing that may be set. The type of ``default`` is its type; the range is inclusive."""

    default: Value
    low: float = 0
    high: float = 1

    def rule(self) -> str:
        """What a value must be, for error messages."""
        if isinstance(self.default, bool):
            return "true or false"
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}"

    def allows(self, value: object) -> bool:
        """Whether the value has the right type and range."""
        if isinstance(self.default, bool) or isinstance(value, bool):
            return isinstance(self.default, bool) and isinstance(value, bool)
        if isinstance(self.default, int) and not isinstance(value, int):
            return False
        return isinstance(value, int | float) and math.isfinite(value) and self.low <= value <= self.high

    def read(self, text: str) -> Value | None:
        """The value a text stands for; None where it stands for none of this type."""
        try:
            if isinstance(self.default, bool):
                return {"true": True, "false": False}.get(text.lower())
            return int(text) if isinstance(self.default, int) else float(text)
        except ValueError:
            return None


FAULTS = {
    "jam_per_vend": Setting(0.0, 0, 1),
    "losses_per_machine_day": Setting(0.0, 0, 100),
    "loss_seconds_mean": Setting(2400.0, 1, 86_400),
    "temperature": Setting(False),
}
SIZES = {
    "machines": Setting(200, 1, 20_000),
    "lanes": Setting(40, 8, 80),
    "stores": Setting(6, 0, 400),
    "tills_per_store": Setting(2, 1, 20),
    "machines_per_van": Setting(25, 1, 20_000),
    "customers_per_machine_day": Setting(150.0, 0, 3_000),
    "baskets_per_store_day": Setting(120.0, 0, 3_000),
    "cash_share": Setting(0.2, 0, 1),
}


def checked(where: str, known: Mapping[str, Setting], values: Mapping[str, object]) -> dict[str, Value]:
    """Defaults overlaid by the values given; raises ConfigError naming setting, rule and value."""
    found = {name: setting.default for name, setting in known.items()}
    for name, value in values.items():
        setting = _known(where, known, name)
        if not setting.allows(value):
            raise ConfigError(f"{where}: setting {name}: must be {setting.rule()}, not {value!r}")
        found[name] = float(value) if isinstance(setting.default, float) else value  # type: ignore[arg-type,assignment]
    return found


OFFICE_NAMES = tuple(name for name, setting in SETTINGS.items() if setting.kept_by in (ALARMS, OFFICE))
"""What ``[settings]`` of a file may say of the office, besides what its demand knows."""


def of_office(where: str, values: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    """The office's settings among the values of a file; raises ConfigError naming setting, rule and value."""
    found: list[tuple[str, int]] = []
    for name in OFFICE_NAMES:
        value = values.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or not SETTINGS[name].allows(value):
            raise ConfigError(f"{where}: setting {name}: {SETTINGS[name].rule()}, not {value!r}")
        found.append((name, value))
    return tuple(found)


def parsed(where: str, known: Mapping[str, Setting], changes: Iterable[str]) -> dict[str, Value]:
    """The values of ``NAME=VALUE`` texts; of a name given twice the last counts. Raises ConfigError."""
    found: dict[str, Value] = {}
    for change in changes:
        name, equals, text = change.partition("=")
        name, text = name.strip(), text.strip()
        if not equals:
            raise ConfigError(f"{where}: a setting must be NAME=VALUE, not {change!r}")
        setting = _known(where, known, name)
        value = setting.read(text)
        if value is None or not setting.allows(value):
            raise ConfigError(f"{where}: setting {name}: must be {setting.rule()}, not {text!r}")
        found[name] = value
    return found


def _known(where: str, known: Mapping[str, Setting], name: str) -> Setting:
    if name not in known:
        among = ", ".join(sorted(known))
        raise ConfigError(
            f"{where}: setting must be one of {among}, a path of `hawker scenario list --paths`, not {name!r}"
        )
    return known[name]
