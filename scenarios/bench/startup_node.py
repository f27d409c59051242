"""What ``bench startup`` restarts: ``python -m scenarios.bench.startup_node MACHINES LANES JOURNAL``.

It sells on a simulated street and says on standard output how long each step took, and when it has sold.
"""

from __future__ import annotations

import sys
import time
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import trio

from actors.machine.messages import VendCompleted
from runtime.actor import Actor
from runtime.address import Ref
from runtime.ballast import Ballast
from runtime.clock import PacedClock
from runtime.edge import LiveKernel
from runtime.journal_sqlite import SqliteJournal, open_reader
from runtime.live import LiveNode
from runtime.node import Batch
from scenarios import assembly
from scenarios.bench.startup import GATEWAY, HOUR_US, prepared

SPEED = 60.0
"""A minute a second, so that a motor's seconds do not count."""
CUSTOMERS = 500
"""Of a midday, one every two seconds of the clock: machines may still ask their devices, or be sold out."""
APART_US = 2_000_000
SECONDS_MAX = 60
"""A node that has not sold by then never will."""


async def run(machines: int, lanes: int, path: Path) -> None:
    """Restart and sell until killed."""
    began = time.perf_counter()

    def step(name: str) -> None:
        print(f"{name} {time.perf_counter() - began:.3f} s", flush=True)

    made = prepared(machines, lanes)
    step("chain read")
    with closing(SqliteJournal(path)) as journal, closing(open_reader(path)) as reader:
        step("journal opened")
        last_us = journal.read(journal.head()[0] - 1, 1)[0].at_us
        clock = PacedClock(last_us, SPEED)
        node = assembly.build_node(made.chain, GATEWAY, seed=made.seed, now_us=last_us)
        step("actors built")
        street = assembly.build_street(made, now_us=last_us)
        noon_us = assembly.midnight_us(made) + 12 * HOUR_US
        midday = assembly.demand(made, street, noon_us, noon_us + HOUR_US)[0]
        waiting = enumerate(islice(midday, CUSTOMERS))
        street.feed([(last_us + n * APART_US, to, order) for n, (_, to, order) in waiting])
        step("street built")

        def released(batch: Batch) -> None:
            if any(isinstance(fact, VendCompleted) for _, fact in batch.facts):
                step("sold")
            for ref, message in batch.outbox:
                there = street.kernel.refs.get(node.addresses[ref])
                if there is not None and isinstance(street.kernel.actors[there], Actor):
                    customers_side.put(there, message)

        def from_street(ref: Ref, message: Any) -> None:
            if street.kernel.addresses[ref] in node.refs:
                live.put(street.kernel.addresses[ref], message)

        ballast = Ballast(path.with_name(path.name + ".ballast"))
        live = LiveNode(node, journal, clock, released, past=reader, ballast=ballast)
        customers_side = LiveKernel(street.kernel, clock, from_street)
        applied = live.recover()
        step(f"recovered with {applied} facts")
        live.start()
        with trio.fail_after(SECONDS_MAX):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(live.run)
                nursery.start_soon(customers_side.run)


if __name__ == "__main__":
    trio.run(run, int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
