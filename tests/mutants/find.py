"""Finds for each planted bug the first seed that shows it: ``python -m tests.mutants.find [SEEDS]``."""

from __future__ import annotations

import sys

from tests.mutants.planted import PLANTED, Planted
from tests.mutants.test_mutants import table, with_bug

SEEDS_MAX = 1000


def found(bug: Planted, seeds: int) -> Planted:
    """The same with the first seed that shows it; with seed 0 if none does."""
    for seed in range(1, seeds + 1):
        if violations := with_bug(bug, seed).violations:
            return Planted(bug.plant, seed, violations[0].invariant)
    return Planted(bug.plant, 0, "nothing")


def main() -> None:
    """Search, and print the table."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS_MAX
    for place, bug in enumerate(PLANTED):
        PLANTED[place] = found(bug, seeds)
        print(f"{PLANTED[place].seed:5} {PLANTED[place].shows:8} {bug.name}", file=sys.stderr)
    print(table(), end="")


if __name__ == "__main__":
    main()
