"""``hawker soak``: a chain under faults, from a seed to a verdict; the same seed is the same run."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

import attrs

from actors.ledger.trial_balance import Violation
from actors.ledger.writer import LedgerWriter
from runtime.dice import Dice, address_key
from runtime.world import World
from scenarios import assembly
from scenarios.run import digest, quiet_collector
from scenarios.scenario import Prepared
from scenarios.soak import plan
from scenarios.soak.old_disk import OldDisks
from scenarios.soak.plan import MINUTE_US, Fault
from scenarios.soak.snapshots import Snapshots
from scenarios.soak.store import FaultyStore
from scenarios.soak.strikes import Strikes
from scenarios.soak.verdict import Verdict
from scenarios.soak.wires import Wires
from simulator.faults.disk import FaultyDisk
from simulator.faults.network import FaultyNetwork
from simulator.street import Street

OPENS_US = 11 * 60 * MINUTE_US
"""After the day's midnight; the run begins then."""
BUSY_US = 120 * MINUTE_US
"""Customers come for so long, and faults strike."""
CALM_US = 150 * MINUTE_US
"""Then what is broken is mended, and the chain comes to rest: longer than any command lives."""
SNAPSHOT_US = 4 * MINUTE_US
"""Between two parts of a snapshot."""
LOOK_US = 20 * MINUTE_US
"""Between two full looks at the books: longer than any sale takes, whatever strikes it."""


@attrs.frozen(kw_only=True)
class SoakResult:
    """What one seed showed.

    Attributes:
        events: messages handled by actors and devices.
        faults: how many of each kind struck.
        violations: what did not hold.
        digest: of all that the nodes journalled, with what struck them.
    """

    seed: int
    events: int
    faults: Counter[str]
    violations: tuple[Violation, ...]
    digest: str


def soak(prepared: Prepared, faults: Sequence[Fault] | None = None) -> SoakResult:
    """Run a scenario's first day from late morning under faults.

    Args:
        prepared: the scenario, with the seed that everything follows from.
        faults: what strikes; drawn from the seed when None.
    """
    from_us = assembly.midnight_us(prepared) + OPENS_US
    if faults is None:
        faults = plan.draw(prepared.seed, prepared.chain, from_us, from_us + BUSY_US)
    with quiet_collector(), in_memory(prepared) as ledger:
        seed = prepared.seed
        network = FaultyNetwork(seed)
        world, street = World(from_us, network), assembly.build_street(prepared, now_us=from_us)
        store = FaultyStore(ledger, Dice(address_key(seed, "incarnation")))
        wires = move_in(prepared, world, street, store, from_us)
        unnoticed: list[str] = []
        old_disks = OldDisks(world, network, lambda name: store.position(name).seq, unnoticed.append)
        strikes = Strikes(prepared, world, street, network, store, wires, old_disks)
        verdict = Verdict(
            prepared.chain,
            world,
            network,
            store,
            astray=old_disks.right,
            pushed=strikes.operators.pushed,
        )
        for stream in assembly.demand(prepared, street, from_us, from_us + BUSY_US):
            street.feed(stream)
        try:
            world.start()
            for name in world.sites:
                strikes.open(name)
            _play(world, strikes, verdict, faults, from_us)
            verdict.close(ledger, street, unnoticed)
        except Exception as error:  # whatever stops a chain is a finding, not the end of the search
            verdict.stopped(error)
        return SoakResult(
            seed=seed,
            events=verdict.handled
            + sum(member.kernel.handled for member in world.members)
            - strikes.remembered,
            faults=strikes.counts,
            violations=tuple(verdict.violations),
            digest=_digest(world, strikes),
        )


def move_in(prepared: Prepared, world: World, street: Street, store: FaultyStore, now_us: int) -> Wires:
    """Build every node on a disk that may fail, and the street round them."""
    chain = prepared.chain
    wires = Wires(world.add_kernel(street.kernel))
    for name in chain.nodes:
        node = assembly.build_node(chain, name, seed=prepared.seed, now_us=now_us)
        if name == assembly.OFFICE:
            world.add_office(node, FaultyDisk(name), store, assembly.node_of(chain), store.past)
        else:
            world.add_site(node, FaultyDisk(name))
    return wires


def _play(world: World, strikes: Strikes, verdict: Verdict, faults: Sequence[Fault], from_us: int) -> None:
    ends_us = from_us + BUSY_US + CALM_US
    snapshots = Snapshots(world)
    coming: list[tuple[int, Callable[[], None]]] = []
    coming += [(fault.at_us, partial(strikes.strike, fault)) for fault in faults]
    coming += [(from_us + at_us, strikes.back_up) for at_us in range(5 * MINUTE_US, BUSY_US, LOOK_US)]
    coming += [(at_us, snapshots.go_on) for at_us in range(from_us, ends_us, SNAPSHOT_US)]
    coming += [(at_us, verdict.look) for at_us in range(from_us + LOOK_US, ends_us, LOOK_US)]
    coming.sort(key=lambda each: each[0])
    for at_us, do in [*coming, (ends_us, lambda: None)]:
        while world.now < at_us:
            world.run(min(at_us, strikes.next_at()))
            strikes.mend()
        do()


@contextmanager
def in_memory(prepared: Prepared) -> Iterator[LedgerWriter]:
    """A ledger for the time of a run."""
    chain = prepared.chain
    with closing(
        LedgerWriter(
            None,
            currency=chain.currency,
            time_zone=chain.time_zone,
            cutoff_minute=chain.cutoff_minute,
            durable=False,
        )
    ) as ledger:
        yield ledger


def _digest(world: World, strikes: Strikes) -> str:
    sha = hashlib.sha256(digest(site.journal for _, site in sorted(world.sites.items())).encode())
    sha.update(repr(sorted(strikes.counts.items())).encode())
    return f"sha256:{sha.hexdigest()}"
