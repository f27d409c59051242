"""One comparison and its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

AGREES, DEPARTS, NOT_COMPARED = "agrees", "departs", "not compared"
LEAST_P = 0.01
"""Under this chance a difference is taken for more than chance."""


@attrs.frozen(kw_only=True)
class Check:
    """A comparison of the simulator with a recording or a formula.

    Attributes:
        name: what is compared.
        against: the recording or the formula.
        figures: what came out, in a line.
        verdict: "agrees", "departs" or "not compared".
        why: what follows from it.
        x: places of the series; a text or number each.
        series: what is drawn, by name.
    """

    name: str
    against: str
    figures: str
    verdict: str
    why: str = ""
    x: Sequence[Any] = ()
    series: Mapping[str, Sequence[float]] = attrs.field(factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For ``fidelity --json``."""
        return {
            "name": self.name,
            "against": self.against,
            "figures": self.figures,
            "verdict": self.verdict,
            "why": self.why,
        }


def verdict(distance: float, tolerance: float, p: float) -> str:
    """It agrees where chance explains the difference, or where that is within what is declared harmless."""
    return AGREES if p >= LEAST_P or distance <= tolerance else DEPARTS
