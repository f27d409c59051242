"""``hawker fidelity``: how far is the simulator from what was recorded, and from what can be calculated?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options
from console.cli.output import document, status_line, table
from runtime.errors import ConfigError

if TYPE_CHECKING:
    from scenarios.fidelity.fidelity import Fidelity

Recordings = Annotated[
    Path | None,
    typer.Option(
        "--recordings", metavar="DIR", help="Original recordings; HAWKER_DATA, else the shipped ones."
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write the measured part of a FIDELITY.md.")
]
Plots = Annotated[
    Path | None, typer.Option("--plots", metavar="FILE", help="Draw every comparison: .pdf, .svg or .png.")
]


def fidelity(
    recordings: Recordings = None,
    seed: options.Seed = None,
    out: Out = None,
    plots: Plots = None,
    as_json: options.AsJson = False,
) -> None:
    """Compare simulated days with recorded ones that were kept back, and simple cases with formulas."""
    from scenarios.fidelity import fidelity as comparisons
    from scenarios.fidelity import page

    if plots is not None and plots.suffix not in (".pdf", ".svg", ".png"):
        raise ConfigError(f"--plots: must end in .pdf, .svg or .png, not {str(plots)!r}")
    folder = recordings or (Path(os.environ["HAWKER_DATA"]) if os.environ.get("HAWKER_DATA") else None)
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"recordings: must be an existing folder, not {str(folder)!r}")
    with status_line("fidelity") as progress:
        chosen = comparisons.SEED if seed is None else seed
        found = comparisons.compare(folder, seed=chosen, progress=progress)
    if out is not None:
        page.write(found, out)
    if plots is not None:
        from console.pictures import fidelity as fidelity_pictures

        fidelity_pictures.draw(found, plots)
    if as_json:
        document(found.as_json())
    else:
        _show(found)
    raise typer.Exit(0 if found.ok else 1)


def _show(found: Fidelity) -> None:
    told = found.as_json()
    for title, key in (("Against recordings", "recorded"), ("Against calculation", "calculated")):
        rows = [(each["name"], _loud(each["verdict"]), each["figures"]) for each in told[key]]
        table(f"{title} ({told['data']})", ("what", "verdict", "found"), rows)


def _loud(verdict: str) -> str:
    return verdict.upper() if verdict == "departs" else verdict
