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
LONG_SHARE = 0.2
"""Of partitions: they outlast a visit's hour."""


@attrs.frozen(kw_only=True, order=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        at_us: when it begins.
        kind: one of ``KINDS``.
        target: a node's name, or a machine's id.
        seconds: how long it lasts, or the process stays down; for "clock skewed", how far the clock is off.
    """

    at_us: int
    kind: str
    target: str
    seconds: int

    def __str__(self) -> str:
        return f"{self.kind} {self.target} {self.seconds} s"


def draw(seed: int, chain: Chain, from_us: int, to_us: int) -> tuple[Fault, ...]:
    """The faults of a seed, in order of time; all begin before ``to_us``."""
    dice = Dice(address_key(seed, "faults"))

    def one_of(names: tuple[str, ...]) -> str:
        return names[dice.below(len(names))]

    faults = []
    for _ in range(FAULTS_A_RUN):
        at_us = from_us + dice.below(to_us - from_us)
        kind = one_of(KINDS)
        faults.append(Fault(at_us=at_us, kind=kind, target=_target(kind, chain, one_of), seconds=0))
        faults[-1] = attrs.evolve(faults[-1], seconds=_seconds(kind, dice))
    return tuple(sorted(faults))


def _target(kind: str, chain: Chain, one_of: Callable[[tuple[str, ...]], str]) -> str:
    sites = tuple(node for node in chain.nodes if node != OFFICE)
    machines = tuple(machine.id for machine in chain.machines)
    if kind in KINDS_MACHINE:
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
    if kind == "clock stepped":
        return 1 + dice.below(600)
    return 1 + dice.below(120)
