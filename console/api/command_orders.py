"""A command as it is asked for at the API, and what it would change."""

from __future__ import annotations

from typing import Annotated

import msgspec

Name = Annotated[str, msgspec.Meta(max_length=64)]
Words = Annotated[str, msgspec.Meta(max_length=200)]


class Filter(msgspec.Struct, forbid_unknown_fields=True):
    """Machines of a state, site or district, or with words in id or name; all must hold."""

    state: Name = ""
    site: Name = ""
    district: Name = ""
    q: Words = ""


class LanePlan(msgspec.Struct, forbid_unknown_fields=True):
    """A lane of a planogram."""

    lane: Name
    product: Name
    price_minor: int
    capacity: int
    par: int
    safety: int = 0
    perishable: bool = False


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """A command to machines: which kind, to which machines, and what the kind needs.

    Attributes:
        kind: "prices", "target", "reboot", "lock", "unlock", "lane", "text", "vend", "refund", "planogram",
            "service_mode", "test_vend" or "read_audit".
        machines: ids; or ``filter`` instead.
        prices: lane and minor units, for "prices"; or ``product`` and ``price_minor`` for all lanes with it.
        lane: for "lane", "vend" and "test_vend"; ``on`` for "lane" and "service_mode".
        decicelsius: for "target".
        text: for "text"; "" shows the machine's own.
        sale, amount_minor: for "refund".
        lanes: for "planogram"; or ``like``, a machine whose lanes are copied. ``when``: "now" or
            "next_service".
        reason: for "lock", "vend" and "refund".
        minutes: how long the command stays good, by the chain's clock.
        approval: number of the approval, where another person has to agree.
    """

    kind: Name
    machines: Annotated[list[Name], msgspec.Meta(max_length=500)] = []
    filter: Filter | None = None
    prices: Annotated[dict[Name, int], msgspec.Meta(max_length=200)] = {}
    product: Name = ""
    price_minor: int | None = None
    lane: Name = ""
    on: bool | None = None
    decicelsius: int | None = None
    text: Words = ""
    sale: int = 0
    amount_minor: int = 0
    lanes: Annotated[list[LanePlan], msgspec.Meta(max_length=80)] = []
    like: Name = ""
    when: Name = "now"
    reason: Words = ""
    minutes: int = 10
    approval: int | None = None


class Change(msgspec.Struct, frozen=True):
    """What a command would change: of a machine, from what to what; null: not known, or none.

    ``unit`` says how to read both: "money", "temp", "units", "word" or "text".
    """

    machine: str
    of: str
    before: int | str | None
    after: int | str | None
    unit: str
