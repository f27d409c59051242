"""What may be set while a chain runs: one table, and the facts that say what was changed.

A value comes from the table's default, from the chain's file, or from a person (``ChangeSetting``). A
person's holds over the file's until a person sets it back; every actor keeps its own, so that what was
recorded runs again exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from runtime.message import command, fact

OFFICE, ALARMS, RESTOCK, MACHINE = "office/settings", "office/alarms", "office/restock", ""
"""Which actor a setting is kept by; "" each machine its own."""

REASON_CHARACTERS_MAX = 200


@attrs.frozen(kw_only=True)
class Setting:
    """One thing that may be set: a whole number within a range.

    Attributes:
        name: in files, facts and the API.
        kept_by: address of the actor that goes by it; "" each machine.
        default: what holds where nobody set anything.
        low, high: the range, inclusive.
        unit: "decicelsius", "minutes", "percent", "minor", "machines", "operators", "minute_of_day", "units".
    """

    name: str
    kept_by: str
    default: int
    low: int
    high: int
    unit: str

    def rule(self) -> str:
        """What a value must be, for error messages."""
        return f"must be a whole number from {self.low} to {self.high}"

    def allows(self, value: object) -> bool:
        """Whether this is a value of it."""
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high


def _s(name: str, kept_by: str, default: int, low: int, high: int, unit: str) -> Setting:
    return Setting(name=name, kept_by=kept_by, default=default, low=low, high=high, unit=unit)


SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        _s("alarm_temp_decicelsius", ALARMS, 50, -300, 700, "decicelsius"),
        _s("alarm_hot_minutes", ALARMS, 15, 1, 1440, "minutes"),
        _s("low_lane_percent", ALARMS, 20, 0, 99, "percent"),
        _s("low_machine_percent", ALARMS, 10, 1, 100, "percent"),
        _s("restock_cutoff_minute", RESTOCK, 1200, 0, 1439, "minute_of_day"),
        _s("restock_depart_minute", RESTOCK, 360, 0, 1439, "minute_of_day"),
        _s("restock_trigger_level", RESTOCK, -1, -1, 1000, "units"),
        _s("refund_alone_minor", OFFICE, 5_000, 0, 10_000_000, "minor"),
        _s("price_push_alone_machines", OFFICE, 20, 0, 20_000, "machines"),
        _s("alarm_operators", OFFICE, 1, 1, 500, "operators"),
        _s("limit_decicelsius", MACHINE, 50, -300, 700, "decicelsius"),
        _s("warm_minutes", MACHINE, 15, 1, 1440, "minutes"),
        _s("recover_minutes", MACHINE, 30, 1, 1440, "minutes"),
        _s("defrost_minutes", MACHINE, 45, 1, 1440, "minutes"),
        _s("stale_minutes", MACHINE, 15, 1, 1440, "minutes"),
    )
}
"""By name, in the order in which pages list them.

What one person may refund (50.00) and how many machines one person may give new prices (20) are choices to
begin with, to be set by each chain; one operator is the case EEMUA 191 counts alarms for.
"""


@command("setting.change")
class ChangeSetting:
    """Go by this value from now on; the same value again changes nothing."""

    name: str
    value: int
    by: str
    reason: str


@fact("setting.changed")
class SettingChanged:
    """The actor that recorded this goes by another value from here on.

    Attributes:
        old: what it went by until now.
    """

    name: str
    old: int
    new: int
    by: str
    reason: str


def rule_broken(kept_by: str, order: ChangeSetting) -> str:
    """Why an actor cannot take this change; "" if it can."""
    setting = SETTINGS.get(order.name)
    if setting is None or setting.kept_by != kept_by:
        mine = ", ".join(each.name for each in SETTINGS.values() if each.kept_by == kept_by)
        return f"setting must be one of {mine}, not {order.name!r}"
    if not setting.allows(order.value):
        return f"{order.name}: {setting.rule()}, not {order.value}"
    if len(order.reason) > REASON_CHARACTERS_MAX:
        return f"reason must have at most {REASON_CHARACTERS_MAX} characters, not {len(order.reason)}"
    return ""
