"""Restart of a node with a million facts in its journal: how long until it sells again.

The node is one gateway with all machines of hk-demo. Its past is simulated, the process that restarts is a
real one, and the clock runs from before that process exists until a vend after the restart is on the disk.
The journal is left as a crash leaves it: the last snapshot is as old as it can be.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import attrs

from runtime.errors import HawkerError
from runtime.journal import MemoryJournal
from runtime.journal_sqlite import SqliteJournal
from runtime.link_ports import Position
from runtime.live import SNAPSHOT_FACTS
from runtime.snapshot_parts import Taking
from runtime.wire import FactRecord
from runtime.world import World
from scenarios import assembly, scenario
from scenarios.bench.harness import Entry, Progress, quiet_collector
from scenarios.scenario import Prepared

GATEWAY = "gateway"
FACTS_A_MACHINE = 5000
"""With the 200 machines of hk-demo, a million."""
ROUNDS = 3
HOUR_US = 3_600_000_000
COMMIT_FACTS = 5000


def prepared(machines: int, lanes: int) -> Prepared:
    """hk-demo with all machines on one gateway."""
    size = (f"machines={machines}", f"lanes={lanes}")
    demo = scenario.prepare(scenario.load("hk-demo"), changes=size)
    one = tuple(attrs.evolve(machine, node=GATEWAY) for machine in demo.chain.machines)
    return attrs.evolve(demo, chain=attrs.evolve(demo.chain, machines=one))


class Forgetful:
    """An office's store that keeps nothing but the places."""

    incarnation = b"bench..."

    def __init__(self) -> None:
        self._at: dict[str, Position] = {}

    def position(self, node: str) -> Position:
        """See ``InboxStore.position``."""
        return self._at.get(node, Position())

    def holds(self, node: str, seq: int, chain: bytes) -> bool:
        """See ``InboxStore.holds``."""
        return seq == 0

    def store(self, node: str, epoch: int, records: Sequence[FactRecord]) -> None:
        """See ``InboxStore.store``."""
        self._at[node] = Position(epoch, records[-1].seq, records[-1].chain)


def write_past(made: Prepared, path: Path, facts: int, progress: Progress) -> int:
    """Simulate the gateway's past until it has so many facts, and write its journal; return how many."""
    now_us = assembly.midnight_us(made)
    world, store = World(now_us), Forgetful()
    street = assembly.build_street(made, now_us=now_us)
    world.add_kernel(street.kernel)
    for name in made.chain.nodes:
        node = assembly.build_node(made.chain, name, seed=made.seed, now_us=now_us)
        if name == assembly.OFFICE:
            world.add_office(node, MemoryJournal(name), store, assembly.node_of(made.chain))
        else:
            world.add_site(node, MemoryJournal(name))
    for stream in assembly.demand(made, street, now_us, now_us + 3660 * 24 * HOUR_US):
        street.feed(stream)
    world.start()
    gateway = world.sites[GATEWAY]
    parts: list[bytes] = []
    snapshot_seq = 0
    while gateway.kernel.seq < facts:
        now_us += HOUR_US
        world.run(now_us)
        if not parts and gateway.kernel.seq >= max(0, facts - SNAPSHOT_FACTS):
            taking = Taking(gateway.kernel)
            snapshot_seq = taking.seq
            while not taking.done:
                parts.append(taking.part())
        if now_us // HOUR_US % 24 == 0:
            progress(f"startup: {gateway.kernel.seq:,} of {facts:,} facts")
    with closing(SqliteJournal(path)) as journal:
        after = 0
        while records := gateway.journal.read(after, COMMIT_FACTS):
            journal.commit(records)
            after = records[-1].seq
        for number, body in enumerate(parts):
            journal.save_part(snapshot_seq, number, body)
        journal.complete_snapshot(snapshot_seq, len(parts), snapshot_seq)
        return after


def restart_seconds(machines: int, lanes: int, path: Path) -> tuple[float, list[str]]:
    """Start the node in a process of its own; return seconds until it sold, and what it says of its steps."""
    command = [sys.executable, "-m", "scenarios.bench.startup_node", str(machines), str(lanes), str(path)]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        steps = []
        for line in process.stdout:
            steps.append(line.strip())
            if line.startswith("sold"):
                break
        seconds = time.perf_counter() - began
        process.kill()
    if not steps or not steps[-1].startswith("sold"):
        raise HawkerError(f"bench startup: the node must sell again, its last step was {steps[-1:]}")
    return seconds, steps


def measure(machines: int, lanes: int, progress: Progress) -> Entry:
    """Seconds from nothing to the first vend on the disk, the best of some restarts."""
    facts = machines * FACTS_A_MACHINE
    with tempfile.TemporaryDirectory(prefix="hawker-startup-") as folder:
        path = Path(folder) / f"{GATEWAY}.sqlite3"
        with quiet_collector():
            written = write_past(prepared(machines, lanes), path, facts, progress)
        runs = []
        for number in range(1, ROUNDS + 1):
            progress(f"startup, round {number} of {ROUNDS}")
            runs.append(restart_seconds(machines, lanes, path))
        seconds, steps = min(runs)
        return Entry(
            name="startup",
            unit="s",
            hawker=round(seconds, 3),
            peers={},
            better="lower",
            detail={
                "facts": written,
                "machines": machines,
                "lanes": lanes,
                "journal_bytes": path.stat().st_size,
                "rounds": [round(each, 3) for each, _ in runs],
                "steps": steps,
            },
        )
