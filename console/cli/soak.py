"""``hawker soak``: what do faults do to a chain?"""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from console.cli import options
from console.cli.output import document, status_line, table
from runtime.errors import ConfigError

SEEDS_MAX = 1_000_000


def _seeds(text: object) -> range:
    found = re.fullmatch(r"([0-9]{1,18})\.\.([0-9]{1,18})", str(text))
    if found is None:
        raise ConfigError(f"--seeds: must be two numbers such as 1..200, not {str(text)!r}")
    first, last = int(found[1]), int(found[2])
    if not first <= last < first + SEEDS_MAX:
        raise ConfigError(f"--seeds: must name 1 to {SEEDS_MAX} seeds, not {text}")
    return range(first, last + 1)


Seeds = Annotated[
    Any, typer.Option("--seeds", metavar="A..B", parser=_seeds, help="Seeds; each is a run of its own.")
]
Scenario = Annotated[
    str, typer.Option("--scenario", metavar="SCENARIO", help="Instead of the small town that is soaked.")
]


def soak(seeds: Seeds, scenario: Scenario = "soak", as_json: options.AsJson = False) -> None:
    """Run a chain under faults drawn from each seed: nothing may be lost and nothing doubled."""
    from scenarios.soak.explore import explore

    with status_line("soak") as progress:
        found = explore(seeds, scenario, lambda seed: progress(f"seed {seed} of {seeds[0]}..{seeds[-1]}"))
    told = found.as_json()
    if as_json:
        document(told)
    else:
        _show(told)
    raise typer.Exit(0 if found.held else 1)


def _show(told: dict[str, Any]) -> None:
    table("Faults that struck", ("fault", "times"), [(kind, f"{n:,}") for kind, n in told["faults"].items()])
    print(f"{told['seeds']:,} seeds, {told['events']:,} events, {len(told['violations']):,} violations")
    for violation in told["violations"]:
        print(f"{violation['invariant']}  {violation['what']}")
        print(f"    faults: {'; '.join(violation['faults'])}")
        print(f"    again:  {violation['replay']}")
