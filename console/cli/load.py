"""``hawker load``: a live office, sites and operators at a rate, and the books afterwards."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli import options
from console.cli.output import document, status_line, table
from runtime.errors import ConfigError

if TYPE_CHECKING:
    from scenarios.load.load import LoadResult

EXACT, NOT_EXACT = 0, 1
RATE_MAX, SITES_MAX, OPERATORS_MAX, BURST_MAX = 100_000, 16, 50, 100

Rate = Annotated[
    float,
    typer.Option(
        "--rate",
        metavar="N",
        parser=options.number("--rate", 1, RATE_MAX),
        help="Sales a second; with --find-knee the first one tried.",
    ),
]
Seconds = Annotated[
    float,
    typer.Option(
        "--for",
        metavar="SECONDS",
        parser=options.number("--for", 1, options.SECONDS_MAX),
        help="How long; with --find-knee each step.",
    ),
]
Burst = Annotated[
    float,
    typer.Option(
        "--burst",
        metavar="FACTOR",
        parser=options.number("--burst", 1, BURST_MAX),
        help="In the middle, so many times the rate.",
    ),
]
BurstSeconds = Annotated[
    float,
    typer.Option(
        "--burst-for",
        metavar="SECONDS",
        parser=options.number("--burst-for", 0, options.SECONDS_MAX),
        help="How long the burst lasts.",
    ),
]
Sites = Annotated[
    int,
    typer.Option(
        "--sites", metavar="N", parser=options.whole("--sites", 1, SITES_MAX), help="Stores; a process each."
    ),
]
Operators = Annotated[
    int,
    typer.Option(
        "--operators",
        metavar="N",
        parser=options.whole("--operators", 0, OPERATORS_MAX),
        help="Web clients with a live feed open.",
    ),
]


def load(
    chain: Annotated[
        str, typer.Argument(metavar="CHAIN", help="A scenario with stores: a shipped one, or a .toml file.")
    ] = "hk-demo",
    rate: Rate = 100.0,
    seconds: Seconds = 10.0,
    burst: Burst = 1.0,
    burst_seconds: BurstSeconds = 0.0,
    sites: Sites = 2,
    operators: Operators = 3,
    find_knee: Annotated[
        bool, typer.Option("--find-knee", help="Search for the highest rate within the bars.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Keep all data in this empty folder.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw it: .png, .svg or .pdf.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Load a live office by simulated sites and operators, then check that its books are exact."""
    from scenarios.load.load import Wanted
    from scenarios.load.load import load as run_load

    if (burst > 1) != (burst_seconds > 0):
        missing, given = ("--burst-for", "--burst") if burst > 1 else ("--burst", "--burst-for")
        raise ConfigError(f"{missing}: must be given with {given}")
    if find_knee and burst > 1:
        raise ConfigError("--find-knee: must come without --burst: its steps are steady")
    if plot is not None and plot.suffix not in (".png", ".svg", ".pdf"):
        raise ConfigError(f"--plot: must end in .png, .svg or .pdf, not {plot.name!r}")
    wanted = Wanted(
        chain=chain,
        rate=rate,
        seconds=seconds,
        burst=burst,
        burst_seconds=burst_seconds,
        sites=sites,
        operators=operators,
        find_knee=find_knee,
    )
    kept = tempfile.TemporaryDirectory(prefix="hawker-load-") if data is None else nullcontext(str(data))
    with kept as folder, status_line(f"load {chain}") as progress:
        result = run_load(wanted, Path(folder), progress)
    if plot is not None:
        from console.pictures.load import draw

        draw(result, plot)
    if as_json:
        document(result.as_json())
    else:
        _show(result)
    raise typer.Exit(EXACT if result.ok else NOT_EXACT)


def _show(result: LoadResult) -> None:
    """A line a stage, and what became of the books."""
    rows = [
        (
            f"{stage.name} {stage.asked:,.0f}/s",
            f"{stage.reached:,.0f}/s",
            f"{stage.left:,}",
            *(_waits(spread) for spread in (stage.acknowledged, stage.lag, stage.shown)),
        )
        for stage in result.stages
    ]
    columns = ("load", "reached", "left", "acknowledged ms", "office lag ms", "shown ms")
    table(f"Load {result.wanted.chain}: p50, p95, p99, most", columns, rows)
    print("Cores: " + ", ".join(f"{name} {cores:.2f}" for name, cores in result.cores.items()))
    print("Most that waited: " + ", ".join(f"{what} {most:,}" for what, most in result.deepest.items()))
    if result.wanted.find_knee:
        found = "none" if result.knee is None else f"{result.knee:,.0f} sales a second"
        print(f"Knee: {found}")
    books = result.books
    verdict = "exact" if books.ok else "NOT exact: " + "; ".join(books.wrong)
    print(f"Books: {books.acknowledged:,} sales acknowledged, {books.facts:,} facts, {verdict}")


def _waits(found: Any) -> str:
    if not found.count:
        return "-"
    return " ".join(f"{wait:,.1f}" for wait in (found.p50, found.p95, found.p99, found.most))
