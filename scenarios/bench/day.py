"""A business day of hk-demo at any size: true actors, simulated devices, ledger on, every input recorded.

Each size runs in a process of its own (``python -m scenarios.bench.day MACHINES LANES``), so that its peak of
memory is its own: the size asked for, and a tenth of its machines to compare the time of a vend with. The
ledger is a file that is not flushed; its writer is a second process, and its time counts too. The
journals are in memory. Building the chain is not timed; drawing customers, ledger and recording are.

Bytes a lane are those of every object that can be reached from the nodes of the machines (machines, lanes,
registries, timers, command desks), over the number of lanes: as opened, and at the end of the day; and at
the end of the day with office, warehouse and vans, which know of every lane too. Devices, journals and ledger
are not among them; the peak of the process has everything.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter, process_time
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from runtime.node import Batch, Node
from runtime.world import World
from scenarios import assembly, scenario, settings
from scenarios.bench.harness import Entry, Progress
from scenarios.bench.ledger_beside import LedgerBeside
from scenarios.replay.record import Recording
from scenarios.run import DRAIN_US, build_world
from scenarios.scenario import Prepared
from scenarios.tally import Tally

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
LINGER_US = 10_000_000
"""Each gateway tells the office of its hundreds of machines every ten simulated seconds."""
SMALLER = 10
"""The smaller size has this part of the machines."""

CODE = (type, ModuleType, FunctionType, BuiltinFunctionType)


def prepared(machines: int, lanes: int) -> Prepared:
    """hk-demo with so many machines of so many lanes, and no stores: all that is counted is of vends."""
    size = (f"machines={machines}", f"lanes={lanes}", "stores=0")
    return scenario.prepare(scenario.load("hk-demo"), changes=size)


def day(made: Prepared, progress: Progress) -> dict[str, Any]:
    """Run the day and say what was counted."""
    chain, tally = made.chain, Tally()
    lanes = sum(len(machine.lanes) for machine in chain.machines)
    from_us, to_us = assembly.midnight_us(made), assembly.midnight_us(made, after_last=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hawker-day-")))
        ledger = LedgerBeside(folder / "ledger.sqlite3", chain)
        stack.callback(ledger.close)
        gc.disable()  # facts are kept, not garbage; looking at them again took a tenth of a large day
        stack.callback(gc.enable)

        def watch(node: Node, batch: Batch) -> None:
            for _, fact in batch.facts:
                tally.seen(fact)

        world, street = build_world(made, ledger, from_us, records_input=True, linger_us=LINGER_US)
        nodes: list[Node] = [site.kernel for site in world.sites.values()]
        gateways = {plan.node for plan in chain.machines}
        with_machines = [node for node in nodes if node.name in gateways]
        began, began_cpu = perf_counter(), process_time()
        recording = Recording(folder / "recording", made, nodes)
        stack.callback(recording.close)
        world.on_batch += (recording.append, watch)
        for stream in assembly.demand(made, street, from_us, to_us):
            street.feed(stream)
        world.start()
        world.run(from_us)
        paused, paused_cpu = perf_counter(), process_time()
        opened = held_bytes(with_machines)
        began += perf_counter() - paused
        began_cpu += process_time() - paused_cpu

        _play(world, from_us, to_us, progress, lambda: ledger.facts >= tally.facts)
        recording.close()
        written = ledger.finish()
        seconds, world_seconds = perf_counter() - began, process_time() - began_cpu
        cpu_seconds = world_seconds + written["processor_seconds"]
        peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "machines": len(chain.machines),
            "lanes": len(chain.machines[0].lanes),
            "wall_seconds": round(seconds, 1),
            "processor_seconds": round(cpu_seconds, 1),
            "of_it_the_ledger_writer": round(written["processor_seconds"], 1),
            "vends": tally.vended,
            "us_a_vend": round(cpu_seconds * 1e6 / max(1, tally.vended), 1),
            "messages_a_vend": _each(sum(member.kernel.handled for member in world.members), tally),
            "facts_a_vend": _each(tally.facts, tally),
            "postings_a_vend": _each(written["postings"], tally),
            "peak_mib": peak_kib // 1024,
            "every_fact_in_the_ledger": written["facts"] == tally.facts,
            "sum_minor": written["sum_minor"],
            "bytes_a_lane": {
                "opened": round(opened / lanes, 1),
                "after_the_day": round(held_bytes(with_machines) / lanes, 1),
                "after_the_day_with_office": round(held_bytes(nodes) / lanes, 1),
            },
        }


def _play(world: World, from_us: int, to_us: int, progress: Progress, arrived: Callable[[], bool]) -> None:
    """Let the day pass, and then as much time as it takes until nothing is on its way."""
    began = perf_counter()
    for hour in range(1, (to_us - from_us) // HOUR_US + 1):
        world.run(from_us + hour * HOUR_US)
        progress(f"hour {hour}, {perf_counter() - began:.0f} s")
    world.run(to_us + DRAIN_US)
    while not arrived() and world.now < to_us + 2 * DRAIN_US:
        world.run(world.now + SECOND_US)


def _each(count: int, tally: Tally) -> float:
    return round(count / max(1, tally.vended), 2)


def held_bytes(nodes: Iterable[Node]) -> int:
    """What these nodes hold: every object that can be reached from them, once, but code."""
    seen: set[int] = set()
    total, waiting = 0, list[object](nodes)
    while waiting:
        one = waiting.pop()
        if id(one) not in seen and not isinstance(one, CODE):
            seen.add(id(one))
            total += sys.getsizeof(one)
            waiting += gc.get_referents(one)
    return total


def _in_a_process(machines: int, lanes: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "scenarios.bench.day", str(machines), str(lanes)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(machines: int, lanes: int, progress: Progress) -> Entry:
    """Vends a second of a day; how it was counted and what it held stand in the detail.

    Raises:
        ConfigError: machines or lanes beyond what hk-demo takes (``scenarios.settings``).
    """
    prepared(1, lanes)
    settings.parsed("day", settings.SIZES, [f"machines={machines}"])
    sizes = sorted({max(1, machines // SMALLER), machines})
    runs = []
    for size in sizes:
        progress(f"day, {size:,} machines of {lanes} lanes")
        runs.append(_in_a_process(size, lanes))
    found = runs[-1]
    return Entry(
        name="day",
        unit="vends/s",
        hawker=round(1e6 / found["us_a_vend"]),
        peers={},
        detail={
            **found,
            "smaller": runs[0],
            "us_a_vend_against_smaller": round(found["us_a_vend"] / runs[0]["us_a_vend"], 3),
        },
    )


def main(machines: int, lanes: int) -> None:
    """Run one size and print what was found as JSON."""
    counted = day(prepared(machines, lanes), lambda text: print(text, file=sys.stderr, flush=True))
    print(json.dumps(counted))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
