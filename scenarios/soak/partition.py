"""A chain whose office cannot be reached for days: it sells on, and afterwards nothing is missing."""

from __future__ import annotations

import attrs

from actors.ledger.trial_balance import Violation
from runtime.dice import Dice, address_key
from runtime.world import World
from scenarios import assembly
from scenarios.run import quiet_collector
from scenarios.scenario import Prepared
from scenarios.soak.soak import in_memory, move_in
from scenarios.soak.store import FaultyStore
from scenarios.soak.verdict import Verdict
from simulator.faults.network import FaultyNetwork

HOUR_US = 3_600_000_000
BEFORE_US = HOUR_US
"""The links are good for an hour, while customers come already."""
CALM_US = 3 * HOUR_US
"""After it heals: no more customers, and every command has come to its end."""
HOME_US = 24 * HOUR_US
"""By then every van has come home at least once, and none is needed when nobody has bought since."""
LOOK_US = HOUR_US
SECOND_US = 1_000_000


@attrs.frozen(kw_only=True)
class PartitionResult:
    """What a partition showed.

    Attributes:
        facts: that the nodes journalled in all.
        backlog: of them, those the office had not when it healed.
        drained_seconds: simulated, until it had every fact of before; -1 if it never had.
        violations: what did not hold.
    """

    facts: int
    backlog: int
    drained_seconds: int
    violations: tuple[Violation, ...]


def partition(prepared: Prepared, hours: int) -> PartitionResult:
    """Run a scenario from its first midnight with every link cut for so long, an hour in.

    Args:
        prepared: with demand for all of it.
        hours: of the partition.
    """
    from_us = assembly.midnight_us(prepared)
    heals_us = from_us + BEFORE_US + hours * HOUR_US
    with quiet_collector(), in_memory(prepared) as ledger:
        network = FaultyNetwork(prepared.seed)
        world, street = World(from_us, network), assembly.build_street(prepared, now_us=from_us)
        store = FaultyStore(ledger, Dice(address_key(prepared.seed, "incarnation")))
        move_in(prepared, world, street, store, from_us)
        verdict = Verdict(prepared.chain, world, network, store)
        for stream in assembly.demand(prepared, street, from_us, heals_us):
            street.feed(stream)
        world.start()
        world.run(from_us + BEFORE_US)
        network.cut.update(name for name in world.sites if name != assembly.OFFICE)
        for at_us in range(from_us + BEFORE_US + LOOK_US, heals_us + 1, LOOK_US):
            world.run(at_us)
            verdict.look()
        network.cut.clear()
        heads = {name: site.journal.head()[0] for name, site in world.sites.items()}
        backlog = sum(seq - store.position(name).seq for name, seq in heads.items())
        drained_seconds = _drain(world, store, heads)
        world.run(heals_us + CALM_US)
        while verdict.vans_out() and world.now < heals_us + HOME_US:
            world.run(world.now + LOOK_US)
        verdict.close(ledger, street)
        return PartitionResult(
            facts=sum(site.journal.head()[0] for site in world.sites.values()),
            backlog=backlog,
            drained_seconds=drained_seconds,
            violations=tuple(verdict.violations),
        )


def _drain(world: World, store: FaultyStore, heads: dict[str, int]) -> int:
    healed_us = world.now
    while world.now < healed_us + CALM_US:
        world.run(world.now + SECOND_US)
        if all(store.position(name).seq >= seq for name, seq in heads.items()):
            return (world.now - healed_us) // SECOND_US
    return -1
