"""Pictures of a sweep: each measure's mean a cell, with its interval."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from runtime.errors import ConfigError
from scenarios.sweep.sweep import SweepResult

DRAWN = {
    "units": "units sold",
    "amount_minor": "sales, minor units",
    "lost": "units lost",
    "visits": "visits",
    "km": "kilometres",
}
INCHES_A_PICTURE, HEIGHT_INCHES = 3.2, 3.6


def draw(result: SweepResult, path: Path) -> None:
    """Draw to a file; its suffix says as what. Raises ConfigError if it cannot be written."""
    figure = Figure(figsize=(INCHES_A_PICTURE * len(DRAWN), HEIGHT_INCHES), layout="constrained")
    names = [" ".join(cell.settings.values()) or "as it is" for cell in result.cells]
    places = range(len(names))
    for axes, (measure, title) in zip(
        figure.subplots(1, len(DRAWN), squeeze=False)[0], DRAWN.items(), strict=True
    ):
        for place, cell in zip(places, result.cells, strict=True):
            found = cell.measures[measure]
            axes.plot([place], [found.mean], "o", color="#1d5bb8")
            if found.low is not None and found.high is not None:
                axes.plot([place, place], [found.low, found.high], "-", color="#1d5bb8", linewidth=2)
        axes.set_title(title, fontsize=9)
        axes.set_xticks(list(places), names, rotation=45 if len(names) > 4 else 0, fontsize=8)
        axes.tick_params(axis="y", labelsize=8)
        axes.margins(x=0.15)
    settings = ", ".join(name for name, _ in result.plan.vary)
    low, high = result.plan.seeds
    figure.suptitle(
        f"{result.plan.scenario}: {settings or 'no setting'} over seeds {low} to {high}", fontsize=10
    )
    try:
        figure.savefig(path)
    except OSError as error:
        raise ConfigError(f"--plot {path}: must be writable: {error.strerror}") from None
