"""The chain's real actors: what a snapshot and the facts after it restore is what all facts restore."""

from __future__ import annotations

import pytest

from runtime import snapshot
from runtime.actor import Actor
from runtime.journal import MemoryJournal
from runtime.node import Node
from runtime.snapshot_parts import Taking, recover
from runtime.world import World
from scenarios import assembly
from scenarios.bench.startup import Forgetful
from tests.scenarios.small_chain import prepared

NOON_US = 12 * 3_600_000_000
MINUTE_US = 60_000_000


def day() -> tuple[World, dict[str, list[bytes]], dict[str, Taking]]:
    """Two hours of the small chain; every node's snapshot is begun in the first and ends in the second."""
    made = prepared()
    now_us = assembly.midnight_us(made) + NOON_US
    world, street = World(now_us), assembly.build_street(made, now_us=now_us)
    world.add_kernel(street.kernel)
    for name in made.chain.nodes:
        node = assembly.build_node(made.chain, name, seed=made.seed, now_us=now_us)
        if name == assembly.OFFICE:
            world.add_office(node, MemoryJournal(name), Forgetful(), assembly.node_of(made.chain))
        else:
            world.add_site(node, MemoryJournal(name))
    for stream in assembly.demand(made, street, now_us, now_us + 3 * NOON_US):
        street.feed(stream)
    world.start()
    bodies: dict[str, list[bytes]] = {name: [] for name in world.sites}
    takings: dict[str, Taking] = {}
    for minute in range(1, 121):
        world.run(now_us + minute * MINUTE_US)
        if minute == 30:
            takings = {name: Taking(site.kernel) for name, site in world.sites.items()}
        for name, taking in takings.items():
            if not taking.done:
                bodies[name].append(taking.part(actors_max=1))
    return world, bodies, takings


@pytest.fixture(scope="module")
def past() -> tuple[World, dict[str, list[bytes]], dict[str, Taking]]:
    return day()


def states(node: Node) -> dict[str, bytes]:
    pairs = zip(node.addresses, node.actors, strict=True)
    return {address: snapshot.state_of(actor) for address, actor in pairs if isinstance(actor, Actor)}


@pytest.mark.parametrize("name", ["gw-1", "st-1", "wh-1", "office"])
def test_a_restart_from_parts_is_a_restart_from_all_facts(
    past: tuple[World, dict[str, list[bytes]], dict[str, Taking]], name: str
) -> None:
    world, bodies, takings = past
    site, taking = world.sites[name], takings[name]
    journal, made = site.journal, prepared()
    for number, body in enumerate(bodies[name]):
        journal.save_part(taking.seq, number, body)
    journal.complete_snapshot(taking.seq, taking.parts, journal.head()[0])
    by_parts, by_facts = (assembly.build_node(made.chain, name, seed=made.seed, now_us=0) for _ in range(2))
    recovered = recover(by_parts, journal, pytest.fail)
    assert recovered.snapshot == taking.seq
    by_facts.recover(journal.read(0, 1_000_000))
    assert states(by_parts) == states(by_facts) == states(site.kernel)
    assert (by_parts.seq, by_parts.chain) == (site.kernel.seq, site.kernel.chain)
    if name == "gw-1":
        assert recovered.applied > 100
