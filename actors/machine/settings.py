"""What may be set for each machine."""

from __future__ import annotations

import attrs

from actors.machine.cold_chain import ColdRule

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
