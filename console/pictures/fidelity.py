"""Pictures of the comparisons of ``hawker fidelity``: recorded or calculated beside simulated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from console.reports.pictures import FAMILY, GREY, INK, PALE, shown
from runtime.errors import ConfigError

if TYPE_CHECKING:
    from scenarios.fidelity.check import Check
    from scenarios.fidelity.fidelity import Fidelity

ACROSS = 2
CELL_INCHES = (5.2, 2.9)
COLOURS = ("#7d8991", "#1d5bb8")
TICKS_MAX = 13
_LOOK: Any = {
    "font.family": [FAMILY, "DejaVu Sans"],
    "font.size": 8,
    "text.color": INK,
    "axes.edgecolor": PALE,
    "axes.labelcolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "svg.hashsalt": "hawker",
    "svg.fonttype": "path",
    "text.parse_math": False,
}


def draw(found: Fidelity, path: Path) -> None:
    """Draw every comparison that has a series; raises ConfigError if the file cannot be written."""
    checks = [check for check in (*found.recorded, *found.calculated) if check.series]
    down = -(-len(checks) // ACROSS)
    with matplotlib.rc_context(_LOOK):
        figure = Figure(figsize=(CELL_INCHES[0] * ACROSS, CELL_INCHES[1] * down), layout="constrained")
        cells = figure.subplots(down, ACROSS, squeeze=False).ravel()
        for axes, check in zip(cells, checks, strict=False):
            _cell(axes, check)
        for axes in cells[len(checks) :]:
            axes.set_axis_off()
        metadata = {"CreationDate": None} if path.suffix == ".pdf" else {"Date": None}
        try:
            figure.savefig(path, dpi=140, metadata=None if path.suffix == ".png" else metadata)
        except OSError as error:
            raise ConfigError(f"--plots {path}: must be writable: {error.strerror}") from None


def _cell(axes: Axes, check: Check) -> None:
    places = range(len(check.x))
    for colour, (name, values) in zip(COLOURS, check.series.items(), strict=False):
        axes.plot(
            places, list(values), color=colour, marker="o", markersize=2.5, linewidth=1.2, label=shown(name)
        )
    step = -(-len(check.x) // TICKS_MAX)
    ticks = [*places][::step]
    axes.set_xticks(ticks, [shown(str(check.x[tick])) for tick in ticks])
    if any(len(str(each)) > 3 for each in check.x):
        axes.tick_params(axis="x", labelrotation=40)
    axes.set_title(shown(f"{check.name}: {check.verdict}"), loc="left", fontsize=9, color=INK)
    axes.legend(frameon=False, fontsize=7)
    axes.spines[["top", "right"]].set_visible(False)
