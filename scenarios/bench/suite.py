"""Every benchmark by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from runtime.errors import ConfigError
from scenarios.bench import bus, day, feed, journal, ledger, link, messages, record, simulate, startup
from scenarios.bench.harness import Entry, Progress

BENCHES: dict[str, tuple[Callable[[int, int, Progress], Entry], int]] = {
    "messages": (messages.measure, 2500),
    "simulate": (simulate.measure, 1000),
    "bus": (bus.measure, 1),
    "journal": (journal.measure, 300),
    "startup": (startup.measure, 200),
    "day": (day.measure, 1000),
    "record": (record.measure, 100),
    "link": (link.measure, 300),
    "ledger": (ledger.measure, 300),
    "feed": (feed.measure, 1000),
}
"""Name: (measure(machines, lanes, progress), machines by default). The machines of journal and link
are commits, those of feed clients, those of ledger thousands of sale lines."""

LANES = 40


def bench(
    names: Iterable[str] = (),
    machines: int | None = None,
    lanes: int | None = None,
    progress: Progress = lambda _: None,
) -> list[dict[str, Any]]:
    """Run the benchmarks named, or all of them; returns one entry each, as CLI.md has it.

    Raises:
        ConfigError: no such benchmark, or no machines or lanes to run it on.
    """
    wanted = list(names) or list(BENCHES)
    for name in wanted:
        if name not in BENCHES:
            raise ConfigError(f"bench must be one of {', '.join(BENCHES)}, not {name!r}")
    for word, number in (("machines", machines), ("lanes", lanes)):
        if number is not None and number < 1:
            raise ConfigError(f"bench: {word} must be >= 1, not {number}")
    entries = []
    for name in wanted:
        measure, usual = BENCHES[name]
        entry = measure(machines or usual, lanes or LANES, progress)
        entries.append(entry.as_json())
    return entries
