"""Soaks one seed after the other, and looks for the shortest list of faults that shows the same violation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from scenarios import assembly, scenario
from scenarios.scenario import Prepared
from scenarios.soak import plan, town
from scenarios.soak.plan import Fault
from scenarios.soak.soak import BUSY_US, OPENS_US, SoakResult, soak

TRIES_MAX = 200
"""Runs spent on making one list of faults shorter."""
DEFAULT = "soak"
"""The name of the chain in ``town``."""


@attrs.frozen(kw_only=True)
class Found:
    """Seeds soaked, and what did not hold.

    Attributes:
        results: one a seed, in order.
        shortest: for each seed with a violation, the faults that still show it when all others are left out.
    """

    scenario: str
    results: tuple[SoakResult, ...]
    shortest: dict[int, tuple[Fault, ...]]

    @property
    def held(self) -> bool:
        """Whether nothing was violated."""
        return not any(result.violations for result in self.results)

    def as_json(self) -> dict[str, Any]:
        """The document of CLI.md, with ``what`` and ``faults`` beside each violation."""
        named = "" if self.scenario == DEFAULT else f" --scenario {self.scenario}"
        counts: Counter[str] = Counter()
        for result in self.results:
            counts += result.faults
        return {
            "seeds": len(self.results),
            "events": sum(result.events for result in self.results),
            "faults": dict(sorted(counts.items())),
            "violations": [
                {
                    "seed": result.seed,
                    "invariant": violation.invariant,
                    "what": violation.what,
                    "faults": [str(fault) for fault in self.shortest.get(result.seed, ())],
                    "replay": f"hawker soak --seeds {result.seed}..{result.seed}{named}",
                }
                for result in self.results
                for violation in result.violations
            ],
            "digests": {str(result.seed): result.digest for result in self.results},
        }


def explore(
    seeds: Iterable[int], name: str = DEFAULT, progress: Callable[[int], None] = lambda _: None
) -> Found:
    """Soak a scenario with each seed. Raises ConfigError if there is no such scenario.

    Args:
        seeds: which.
        name: the small town of ``town``, or a scenario's name or path.
        progress: called with the seed that comes next.
    """
    results = []
    shortest = {}
    for seed in seeds:
        progress(seed)
        prepared = prepare(name, seed)
        results.append(result := soak(prepared))
        if result.violations:
            shortest[seed] = shorten(prepared, result.violations[0].invariant)
    return Found(scenario=name, results=tuple(results), shortest=shortest)


def prepare(name: str, seed: int) -> Prepared:
    """The scenario as this seed has it."""
    if name == DEFAULT:
        return town.prepared(seed)
    return scenario.prepare(scenario.load(name), changes=(), seed=seed)


def shorten(prepared: Prepared, invariant: str) -> tuple[Fault, ...]:
    """The fewest faults found that still violate this invariant: halves are left out, then smaller parts."""
    from_us = assembly.midnight_us(prepared) + OPENS_US
    faults: Sequence[Fault] = plan.draw(prepared.seed, prepared.chain, from_us, from_us + BUSY_US)
    tries, parts = 0, 2
    while len(faults) > 1 and tries < TRIES_MAX:
        size = -(-len(faults) // parts)
        for start in range(0, len(faults), size):
            tries += 1
            fewer = (*faults[:start], *faults[start + size :])
            if any(violation.invariant == invariant for violation in soak(prepared, fewer).violations):
                faults, parts = fewer, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(len(faults), parts * 2)
    return tuple(faults)
