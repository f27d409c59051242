"""The knee of a load: the highest rate at which latency and lag stay within their bars."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import attrs

from scenarios.load.figures import Spread, StageFigures

STEPS_MAX = 12
NARROW = 1.1
"""The search ends when the lowest rate that failed is within so many times the highest that held."""
GROWTH = 1.5
RATE_MIN = 1.0


@attrs.frozen(kw_only=True)
class Bars:
    """What must hold. Latencies are 99th percentiles in milliseconds.

    Attributes:
        reached_share: of the rate asked for.
        left_share: of shoppers who leave.
    """

    acknowledged_ms: float = 50.0
    lag_ms: float = 2_000.0
    reached_share: float = 0.97
    left_share: float = 0.001

    def hold(self, found: StageFigures) -> bool:
        """Whether a stage stayed within all of them."""
        return (
            _under(found.acknowledged, self.acknowledged_ms)
            and _under(found.lag, self.lag_ms)
            and found.reached >= self.reached_share * (found.sales + found.left) / found.seconds
            and found.left <= self.left_share * (found.sales + found.left)
        )


def _under(found: Spread, bar_ms: float) -> bool:
    return found.p99 is not None and found.p99 < bar_ms


def next_rate(steps: Sequence[tuple[float, bool]]) -> float | None:
    """The rate to try next after (rate, whether it held) so far; None when the knee is known."""
    held, failed = best(steps), min((rate for rate, ok in steps if not ok), default=None)
    if len(steps) >= STEPS_MAX:
        return None
    if failed is None:
        assert held is not None
        return held * GROWTH
    if held is None:
        return failed / 2 if failed / 2 >= RATE_MIN else None
    if failed <= held * NARROW:
        return None
    return sqrt(held * failed)


def best(steps: Sequence[tuple[float, bool]]) -> float | None:
    """The highest rate that held, below the lowest that did not."""
    failed = min((rate for rate, ok in steps if not ok), default=float("inf"))
    return max((rate for rate, ok in steps if ok and rate < failed), default=None)
