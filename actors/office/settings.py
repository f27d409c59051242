"""The settings desk: what the office itself goes by, such as how much one person may give back alone."""

from __future__ import annotations

from collections.abc import Mapping

from actors.control.messages import NotDone
from actors.settings.messages import OFFICE, SETTINGS, ChangeSetting, SettingChanged, rule_broken
from runtime import wire
from runtime.actor import Actor, applies, handles
from runtime.command import Deliver, Finish
from runtime.errors import ProtocolError


def decoded(delivery: Deliver) -> object | None:
    """The command that was delivered; None for bytes that are none."""
    try:
        found: object = wire.decode(delivery.body)
    except ProtocolError:
        return None
    return found


def finish(actor: Actor, delivery: Deliver, why: str, answer: object | None = None) -> None:
    """Say how a command ended: done where ``why`` is ""."""
    said = NotDone(why=why) if why else answer
    body = b"" if said is None else wire.encode(said)
    outcome = "failed" if why else "done"
    actor.tell(actor.reach("commands"), Finish(id=delivery.id, outcome=outcome, answer=body))


def change(actor: Actor, kept_by: str, order: ChangeSetting, old: int) -> str:
    """Record a change if there is one; returns why it cannot be made, else ""."""
    why = rule_broken(kept_by, order)
    if not why and order.value != old:
        changed = SettingChanged(name=order.name, old=old, new=order.value, by=order.by, reason=order.reason)
        actor.record(changed)
    return why


class SettingsDesk(Actor):
    """Keeps the office's own settings, for who asks them of a person's work.

    Args:
        planned: values of the chain's file, by name.
    """

    __slots__ = ("changed", "planned")
    changed: dict[str, int]
    durable = ("changed",)

    def __init__(self, planned: Mapping[str, int]) -> None:
        self.planned = planned
        self.changed = {}

    @handles(Deliver)
    def deliver(self, delivery: Deliver) -> None:
        """A person changes a value."""
        order = decoded(delivery)
        if not isinstance(order, ChangeSetting):
            finish(self, delivery, "settings desk takes changes of settings only")
            return
        setting = SETTINGS.get(order.name)
        planned = self.planned.get(order.name, setting.default if setting is not None else 0)
        finish(self, delivery, change(self, OFFICE, order, self.changed.get(order.name, planned)))

    @applies(SettingChanged)
    def setting_changed(self, fact: SettingChanged) -> None:
        """The newest holds."""
        self.changed[fact.name] = fact.new
