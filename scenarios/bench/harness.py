"""Measures Hawker and other people's libraries on the same work, in one run, in turn.

Machines are shared and noisy: the ratio within one run counts, an absolute does not. Peers are looked for in
``tests/peers`` of a source checkout; one that is not there, or whose library is not installed, is reported as
missing.
"""

from __future__ import annotations

import gc
import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from types import ModuleType
from typing import Any

import attrs

PEERS = Path(__file__).parents[2] / "tests" / "peers"
COLLECTOR = (200_000, 50, 1000)
"""Thresholds of the collector in long runs: the usual ones cost 15 s of a 10,000-machine day (measured)."""

ROUNDS = 3

Work = Callable[[], Callable[[], int]]
"""Sets up outside the clock and returns what is timed, which returns how many units of work it did."""

Progress = Callable[[str], None]


@attrs.frozen(kw_only=True)
class Entry:
    """One benchmark's outcome.

    Attributes:
        hawker: units a second; ``peers`` likewise, None where missing.
        better: "higher" or "lower".
        detail: sizes, bytes an actor, why a peer is missing.
    """

    name: str
    unit: str
    hawker: float
    peers: dict[str, float | None]
    better: str = "higher"
    detail: dict[str, Any] = attrs.field(factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The entry as CLI.md has it; ``ratio`` is Hawker over the best peer, None without one."""
        known = [value for value in self.peers.values() if value is not None]
        best = (max if self.better == "higher" else min)(known, default=None)
        ratio = None if best is None else round(self.hawker / best, 3)
        return attrs.asdict(self) | {"ratio": ratio}


@attrs.frozen
class Peers:
    """The peers of one benchmark: those at hand, and why the others are missing."""

    modules: dict[str, ModuleType]
    missing: dict[str, str]


def peers(names: Iterable[str]) -> Peers:
    """Load peers by file name from ``tests/peers``."""
    modules: dict[str, ModuleType] = {}
    missing: dict[str, str] = {}
    for name in names:
        path = PEERS / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"tests.peers.{name}", path)
        if not path.is_file() or spec is None or spec.loader is None:
            missing[name] = "tests/peers is not here: this is no source checkout"
            continue
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except ModuleNotFoundError as error:
            missing[name] = f"{error.name} is not installed: pip install -c constraints.txt -e '.[bench]'"
        else:
            modules[name] = module
    return Peers(modules, missing)


def best_rates(works: dict[str, Work], progress: Progress, rounds: int = ROUNDS) -> dict[str, float]:
    """Units a second of each work, the best of some rounds, all works taking turns in each round."""
    best = dict.fromkeys(works, 0.0)
    for number in range(1, rounds + 1):
        for name, work in works.items():
            progress(f"{name}, round {number} of {rounds}")
            best[name] = max(best[name], _rate(work))
    return best


def _rate(work: Work) -> float:
    with quiet_collector():
        timed = work()
        gc.collect()
        gc.freeze()
        start = time.perf_counter()
        units = timed()
        return units / (time.perf_counter() - start)


def against(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    """Ours over theirs, round by round: median and quartiles. What slows a machine slows both of a round."""
    ratios = [mine / its for mine, its in zip(ours, theirs, strict=True)]
    low, middle, high = quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return {"median": round(middle, 3), "from": round(low, 3), "to": round(high, 3)}


@contextmanager
def another_process(*command: str) -> Iterator[str]:
    """A Python process beside this one, ended at the end of the block; gives the first line it writes."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def quiet_collector() -> Iterator[None]:
    """Let the collector of garbage come seldom, as in runs."""
    before = gc.get_threshold()
    gc.set_threshold(*COLLECTOR)
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
