"""``hawker sweep``: a scenario over seeds and settings, on this computer's cores or on a cluster."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from console.cli import options
from console.cli.output import document, progress_bar, table
from runtime.errors import ConfigError

HELD, NOT_HELD = 0, 1
WORKERS_MAX = 256
SHOWN = ("units", "amount_minor", "lost", "visits", "km")

Seeds = Annotated[str, typer.Option("--seeds", metavar="A..B", help="Seeds, the last one too.")]
Vary = Annotated[
    list[str] | None, typer.Option("--vary", metavar="NAME=A,B,C", help="A setting and its values.")
]
Processes = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        parser=options.whole("--workers", 1, WORKERS_MAX),
        help="Processes; one a core.",
    ),
]
Cluster = Annotated[
    str | None, typer.Option("--cluster", metavar="ADDRESS", help="A dask scheduler, instead of processes.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Keep results (Parquet); a stopped sweep goes on there."),
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw means and intervals: .png, .svg or .pdf.")
]


def sweep(
    name: options.Named,
    seeds: Seeds = "1..10",
    vary: Vary = None,
    changes: options.Changes = None,
    first: options.First = None,
    last: options.Last = None,
    workers: Processes = None,
    cluster: Cluster = None,
    out: Out = None,
    plot: Plot = None,
    as_json: options.AsJson = False,
) -> None:
    """Run a scenario with many seeds and settings; means come with their 95 % intervals."""
    from scenarios.sweep import workers as done_by
    from scenarios.sweep.plan import Plan, lasting, seeds_of, vary_of
    from scenarios.sweep.sweep import sweep as run_sweep

    if cluster is not None and workers is not None:
        raise ConfigError("--cluster: must come without --workers: the cluster has its own")
    if plot is not None and plot.suffix not in (".png", ".svg", ".pdf"):
        raise ConfigError(f"--plot: must end in .png, .svg or .pdf, not {plot.name!r}")
    plan = Plan(
        scenario=lasting(name),
        fixed=tuple(changes or ()),
        vary=vary_of(vary or ()),
        seeds=seeds_of(seeds),
        first=_iso(first),
        last=_iso(last),
    )
    where = done_by.processes(workers) if cluster is None else done_by.cluster(cluster)
    with progress_bar(f"sweep {name}") as progress:
        result = run_sweep(plan, where, out=out, progress=progress)
    found = result.as_json()
    if plot is not None:
        from console.pictures.sweep import draw

        draw(result, plot)
    if as_json:
        document(found)
    else:
        _show(found)
    raise typer.Exit(HELD if result.ok else NOT_HELD)


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _show(found: dict[str, object]) -> None:
    """A line a cell: means with their intervals."""
    cells = found["cells"]
    assert isinstance(cells, list)
    rows = [
        (
            " ".join(f"{name}={value}" for name, value in cell["settings"].items()) or "-",
            f"{cell['ok']}/{cell['seeds']}",
            *(_estimate(cell["measures"][name]) for name in SHOWN),
        )
        for cell in cells
    ]
    table(f"Sweep {found['scenario']}, {found['runs']} runs", ("cell", "held", *SHOWN), rows)


def _estimate(found: dict[str, float | None]) -> str:
    mean, low, high = found["mean"], found["low"], found["high"]
    return f"{mean:,.1f}" if low is None else f"{mean:,.1f} ({low:,.1f} to {high:,.1f})"
