"""Pictures of a load: sales and waits second by second, and the waits of each step of a search."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runtime.errors import ConfigError
from scenarios.load.load import LoadResult

INCHES = (9.0, 8.0)
BLUE, ORANGE, GREY = "#1d5bb8", "#c2570c", "#6b7280"


def draw(result: LoadResult, path: Path) -> None:
    """Draw to a file; its suffix says as what. Raises ConfigError if it cannot be written."""
    figure = Figure(figsize=INCHES, layout="constrained")
    sales, waits = figure.subplots(2, 1)
    _sales(result, sales)
    if result.wanted.find_knee:
        _by_rate(result, waits)
    else:
        _by_second(result, waits)
    for axes in (sales, waits):
        axes.grid(color="#e5e7eb")
        axes.legend(fontsize=8)
    books = "books exact" if result.ok else "books NOT exact"
    figure.suptitle(f"{result.wanted.chain}: {result.books.acknowledged:,} sales, {books}", fontsize=11)
    try:
        figure.savefig(path)
    except OSError as error:
        raise ConfigError(f"--plot {path}: must be writable: {error.strerror}") from None


def _sales(result: LoadResult, axes: Axes) -> None:
    axes.plot(
        [each.second for each in result.timeline],
        [each.sales for each in result.timeline],
        color=BLUE,
        label="acknowledged",
    )
    begin = result.began_us
    for number, stage in enumerate(result.stages):
        from_s = (stage.from_us - begin) / 1e6
        axes.hlines(
            stage.asked,
            from_s,
            from_s + stage.seconds,
            color=GREY,
            linestyle="--",
            label="" if number else "asked",
        )
    axes.set_xlabel("seconds")
    axes.set_ylabel("sales a second")
    axes.set_ylim(bottom=0)


def _by_second(result: LoadResult, axes: Axes) -> None:
    bars = result.wanted.bars
    for name, colour, bar in (
        ("acknowledged", BLUE, bars.acknowledged_ms),
        ("lag", ORANGE, bars.lag_ms),
    ):
        found = [(each.second, getattr(each, f"{name}_p99")) for each in result.timeline]
        points = [(second, wait) for second, wait in found if wait is not None]
        axes.plot([at for at, _ in points], [wait for _, wait in points], color=colour, label=f"{name}, p99")
        axes.axhline(bar, color=colour, linestyle=":", linewidth=1)
    axes.set_yscale("log")
    axes.set_xlabel("seconds; dotted: the bars")
    axes.set_ylabel("milliseconds")


def _by_rate(result: LoadResult, axes: Axes) -> None:
    bars = result.wanted.bars
    steps = sorted(result.stages, key=lambda stage: stage.asked)
    for name, colour, bar in (
        ("acknowledged", BLUE, bars.acknowledged_ms),
        ("lag", ORANGE, bars.lag_ms),
    ):
        points = [(step.asked, getattr(step, name).p99) for step in steps if getattr(step, name).count]
        axes.plot(
            [at for at, _ in points], [wait for _, wait in points], "o-", color=colour, label=f"{name}, p99"
        )
        axes.axhline(bar, color=colour, linestyle=":", linewidth=1)
    if result.knee is not None:
        axes.axvline(result.knee, color=GREY, linestyle="--", label=f"knee {result.knee:,.0f}")
    axes.set_yscale("log")
    axes.set_xlabel("sales a second asked for; dotted: the bars")
    axes.set_ylabel("milliseconds")
