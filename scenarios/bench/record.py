"""What recording costs: hk-demo's busiest hours with every node's day recorded, and without.

The chain, its ledger and its customers are the same in both, and are made before the clock starts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from actors.ledger.writer import LedgerWriter
from scenarios import assembly
from scenarios.bench.day import prepared
from scenarios.bench.harness import Entry, Progress, Work, best_rates
from scenarios.replay.record import Recording
from scenarios.run import build_world

HOUR_US = 3_600_000_000
FROM_HOUR, HOURS = 11, 3
"""Local time: shortly before lunch to after it."""


def measure(machines: int, lanes: int, progress: Progress) -> Entry:
    """Messages a second with recording; the peer is the same world without it."""
    with ExitStack() as stack:
        works: dict[str, Work] = {
            name: partial(_work, machines, lanes, name == "hawker", stack)
            for name in ("hawker", "unrecorded")
        }
        rates = best_rates(works, progress)
    return Entry(
        name="record",
        unit="messages/s",
        hawker=round(rates["hawker"]),
        peers={"unrecorded": round(rates["unrecorded"])},
        detail={
            "machines": machines,
            "lanes": lanes,
            "hours": HOURS,
            "cost_percent": round((1 - rates["hawker"] / rates["unrecorded"]) * 100, 1),
        },
    )


def _work(machines: int, lanes: int, recorded: bool, stack: ExitStack) -> Callable[[], int]:
    """A world shortly before lunch; what is returned runs it until after lunch and counts messages."""
    made = prepared(machines, lanes)
    chain = made.chain
    from_us = assembly.midnight_us(made) + FROM_HOUR * HOUR_US
    ledger = LedgerWriter(
        None,
        currency=chain.currency,
        time_zone=chain.time_zone,
        cutoff_minute=chain.cutoff_minute,
        durable=False,
    )
    stack.callback(ledger.close)
    world, street = build_world(made, ledger, from_us, records_input=recorded)
    if recorded:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hawker-record-")))
        recording = Recording(folder, made, [site.kernel for site in world.sites.values()])
        stack.callback(recording.close)
        world.on_batch.append(recording.append)
    for stream in assembly.demand(made, street, from_us, from_us + HOURS * HOUR_US):
        street.feed(stream)

    def timed() -> int:
        world.start()
        world.run(from_us + HOURS * HOUR_US)
        return sum(member.kernel.handled for member in world.members)

    return timed
