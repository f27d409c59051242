"""Which faults strike in a run, when and where: drawn from its seed, so that a list can be told and cut."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from runtime.dice import Dice, address_key
from scenarios.assembly import OFFICE
from scenarios.chain import Chain

MINUTE_US = 60_000_000
FAULTS_A_RUN = 40
KINDS_SITE = ("kill", "die before commit", "die after commit", "disk error", "die starting")
KINDS_LINK = ("loss", "doubling", "damage", "delay", "partition")
KINDS_OFFICE = ("office killed", "office dies committing", "ledger dies before", "ledger dies after")
KINDS_MACHINE = (
    "jam",
    "stuck motor",
    "coins stuck",
    "refunds lost",
    "cards declined",
    "silent machine",
    "board unheard",
    "reader unheard",
    "answers doubled",
    "power cut",
)
KINDS_DISK = ("old disk",)
KINDS = (
    *KINDS_SITE, *KINDS_LINK, *KINDS_OFFICE, *KINDS_MACHINE, *KINDS_DISK, "office restored", "clock skewed",
    "clock stepped",
)  # fmt: skip
KINDS_WIRE = ("cash heard late", "reader misread")
KINDS_ORDER = ("prices pushed", "machine locked", "refund ordered", "devices rebooted")
"""What people do at the office; it goes wrong by what happens meanwhile."""
MORE_A_RUN = 14
MORE_KINDS = (*KINDS_WIRE, *KINDS_ORDER, "clock put back", "disk full")
"""Drawn apart, so that another of these leaves the others as they were."""
LONG_SHARE = 0.2
"""Of partitions: they outlast a visit's hour."""


HASTY_SHARE = 0.5
"""Of orders: they expire before they are carried out if anything is in the way."""


@attrs.frozen(kw_only=True, order=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        at_us: when it begins.
        kind: one of ``KINDS`` or ``MORE_KINDS``.
        target: a node's name, or a machine's id.
        seconds: how long it lasts, or the process stays down; how far a clock is off; how long an order
            lives.
    """

    at_us: int
    kind: str
    target: str
    seconds: int

    def __str__(self) -> str:
        return f"{self.kind} {self.target} {self.seconds} s"


def draw(seed: int, chain: Chain, from_us: int, to_us: int) -> tuple[Fault, ...]:
    """The faults of a seed, in order of time; all begin before ``to_us``."""
    faults = _drawn(Dice(address_key(seed, "faults")), FAULTS_A_RUN, KINDS, chain, from_us, to_us)
    faults += _drawn(Dice(address_key(seed, "more faults")), MORE_A_RUN, MORE_KINDS, chain, from_us, to_us)
    return tuple(sorted(faults))


def _drawn(
    dice: Dice, count: int, kinds: tuple[str, ...], chain: Chain, from_us: int, to_us: int
) -> list[Fault]:
    def one_of(names: tuple[str, ...]) -> str:
        return names[dice.below(len(names))]

    faults = []
    for _ in range(count):
        at_us = from_us + dice.below(to_us - from_us)
        kind = one_of(kinds)
        faults.append(Fault(at_us=at_us, kind=kind, target=_target(kind, chain, one_of), seconds=0))
        faults[-1] = attrs.evolve(faults[-1], seconds=_seconds(kind, dice))
    return faults


def _target(kind: str, chain: Chain, one_of: Callable[[tuple[str, ...]], str]) -> str:
    sites = tuple(node for node in chain.nodes if node != OFFICE)
    machines = tuple(machine.id for machine in chain.machines)
    if kind in (*KINDS_MACHINE, *KINDS_WIRE, *KINDS_ORDER):
        return one_of(machines)
    if kind in KINDS_OFFICE or kind == "office restored":
        return OFFICE
    if kind in KINDS_DISK:  # no machine's or till's: what it lets go at providers meanwhile is gone
        sites = tuple(warehouse.node for warehouse in chain.warehouses)
    return one_of(sites or (OFFICE,))


def _seconds(kind: str, dice: Dice) -> int:
    if kind == "partition":
        return 30 + dice.below(5400 if dice.uniform() < LONG_SHARE else 1500)
    if kind in KINDS_LINK:
        return 60 + dice.below(900)
    if kind == "office restored":  # back while what it said before is still on its way
        return dice.below(12)
    if kind == "clock skewed":
        return dice.below(7200) - 3600
    if kind in ("clock stepped", "disk full"):
        return 1 + dice.below(600)
    if kind == "clock put back":
        return 1 + dice.below(300)
    if kind in KINDS_WIRE:
        return 60 + dice.below(600)
    if kind in KINDS_ORDER:
        return 1 + dice.below(60 if dice.uniform() < HASTY_SHARE else 3600)
    return 1 + dice.below(120)
