"""The console's book of settings: every change that actors recorded, and what holds where."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import attrs

from actors.settings.messages import MACHINE, SETTINGS, SettingChanged
from runtime.actor import Report
from scenarios.chain import Chain, MachinePlan

CHANGES_MAX = 5_000


@attrs.frozen
class Change:
    """One change. ``at``: the desk, or the machine."""

    number: int
    at_us: int
    at: str
    name: str
    old: int
    new: int
    by: str
    reason: str


class SettingBook:
    """What was changed, newest last, and the latest change of each setting and place."""

    __slots__ = ("changes", "count", "latest")

    def __init__(self) -> None:
        self.changes: deque[Change] = deque(maxlen=CHANGES_MAX)
        self.latest: dict[tuple[str, str], Change] = {}
        self.count = 0

    def hear(self, report: Report) -> None:
        """Take a ``SettingChanged``."""
        fact: SettingChanged = report.content
        self.count += 1
        change = Change(
            self.count, report.at_us, report.source, fact.name, fact.old, fact.new, fact.by, fact.reason
        )
        self.changes.append(change)
        self.latest[report.source, fact.name] = change

    def find(self, number: int) -> Change | None:
        """A change by its number."""
        return next((change for change in self.changes if change.number == number), None)

    def value(self, chain: Chain, name: str, at: str = "") -> int:
        """What holds: a person's value, else the file's, else the default."""
        setting = SETTINGS[name]
        change = self.latest.get((at or setting.kept_by, name))
        return change.new if change is not None else planned(chain, name, at)


def planned(chain: Chain, name: str, at: str = "") -> int:
    """What the chain's file says, else the default."""
    setting = SETTINGS[name]
    if setting.kept_by == MACHINE:
        plan = next((plan for plan in chain.machines if plan.id == at), None)
        return setting.default if plan is None else of_machine(plan)[name]
    return of_office(chain).get(name, setting.default)


def said_by_file(chain: Chain, name: str, at: str = "") -> int | None:
    """What the chain's file says of a setting; None where it is silent, or says what holds anyway."""
    setting, value = SETTINGS[name], planned(chain, name, at)
    named = setting.kept_by != MACHINE and name in of_office(chain)
    return value if named or value != setting.default else None


def of_office(chain: Chain) -> Mapping[str, int]:
    """The office's values in the chain's file; of restocking in the chain's own rule."""
    values = dict(chain.office)
    if (rule := chain.restock) is not None:
        values |= {
            "restock_cutoff_minute": rule.cutoff_minute,
            "restock_depart_minute": rule.depart_minute,
            "restock_trigger_level": rule.trigger_level,
        }
    return values


def of_machine(plan: MachinePlan) -> Mapping[str, int]:
    """A machine's values in the chain's file, defaults where it is silent."""
    cold = plan.settings.cold
    return {
        "limit_decicelsius": cold.limit_decicelsius,
        "warm_minutes": cold.warm_seconds // 60,
        "recover_minutes": cold.recover_seconds // 60,
        "defrost_minutes": cold.defrost_seconds // 60,
        "stale_minutes": cold.stale_seconds // 60,
    }
