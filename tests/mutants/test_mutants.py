"""Every planted bug is caught by a soak: else the soak looks away somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.soak import town
from scenarios.soak.soak import SoakResult, soak
from tests.mutants import (
    link_mutants,
    order_mutants,
    recovery_mutants,
    round_mutants,
    runtime_mutants,
    sale_mutants,
    store_mutants,
)
from tests.mutants.planted import PLANTED, Planted

FILES = (
    runtime_mutants,
    link_mutants,
    store_mutants,
    sale_mutants,
    recovery_mutants,
    round_mutants,
    order_mutants,
)
BUGS_MIN = 20
SEEDS = range(1, 1001)
"""Within so many a bug must be found by whoever does not know its seed."""


def with_bug(bug: Planted, seed: int) -> SoakResult:
    """What a soak shows of it."""
    with pytest.MonkeyPatch.context() as patch:
        bug.plant(patch)
        return soak(town.prepared(seed))


def table() -> str:
    """The table in README.md."""
    lines = ["| bug | seed | shows |", "|---|---|---|"]
    for file in FILES:
        assert file.__doc__ is not None
        lines.append(f"| **{file.__doc__.partition(':')[0].removesuffix('.')}** | | |")
        lines += [
            f"| {bug.name} | {bug.seed} | {bug.shows} |"
            for bug in PLANTED
            if bug.plant.__module__ == file.__name__
        ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("bug", [pytest.param(bug, id=bug.plant.__name__) for bug in PLANTED])
def test_a_planted_bug_is_caught_by_its_seed(bug: Planted) -> None:
    shown = {violation.invariant for violation in with_bug(bug, bug.seed).violations}
    assert bug.shows in shown, f"seed {bug.seed} no longer shows {bug.name!r}: look for another with -m soak"


@pytest.mark.soak
@pytest.mark.parametrize("bug", [pytest.param(bug, id=bug.plant.__name__) for bug in PLANTED])
def test_a_planted_bug_is_caught_within_a_thousand_seeds(bug: Planted) -> None:
    assert any(with_bug(bug, seed).violations for seed in SEEDS), f"no seed of {SEEDS} shows {bug.name!r}"


def test_the_list_is_long_enough_and_is_the_one_in_the_readme() -> None:
    assert len(PLANTED) >= BUGS_MIN
    assert table() in (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
