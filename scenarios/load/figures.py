"""What a load came to, from what its processes wrote down: percentiles of every stage, and a timeline."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from scenarios.load import witness
from scenarios.load.processes import Folders
from scenarios.load.shoppers import Stage

Times = NDArray[np.int64]
SECOND_US = 1_000_000


@attrs.frozen(kw_only=True)
class Spread:
    """Milliseconds of a latency; None where nothing was measured."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None
    most: float | None


@attrs.frozen(kw_only=True)
class StageFigures:
    """A stage of the load.

    Attributes:
        from_us: its first moment.
        asked: sales a second that people came for.
        reached: sales a second acknowledged within it.
        left: shoppers who found too many before them, or were turned away.
        acknowledged: from the moment meant for a shopper to their sale being on disk and said so.
        lag: from a sale's fact to its being in the ledger and heard by the console.
        shown: from a sale's fact to its being in what an operator is shown.
    """

    name: str
    from_us: int
    asked: float
    reached: float
    seconds: float
    sales: int
    left: int
    acknowledged: Spread
    lag: Spread
    shown: Spread


@attrs.frozen(kw_only=True)
class Second:
    """A second of the timeline: what was acknowledged then, and the waits of those meant to come then."""

    second: int
    sales: int
    acknowledged_p99: float | None
    lag_p99: float | None


def spread(waits_us: Times) -> Spread:
    """The percentiles of some waits."""
    if not len(waits_us):
        return Spread(count=0, p50=None, p95=None, p99=None, most=None)
    p50, p95, p99 = (round(float(at), 2) for at in np.percentile(waits_us, (50, 95, 99)) / 1000)
    return Spread(count=len(waits_us), p50=p50, p95=p95, p99=p99, most=round(int(waits_us.max()) / 1000, 2))


@attrs.frozen
class Seen:
    """Everything that was written down so far."""

    sold: NDArray[Any]
    gone: NDArray[Any]
    heard: NDArray[Any]
    shown_us: Times
    """When each row of ``heard`` was shown to the first operator; 0 for never."""
    asked: NDArray[Any]


def seen(folders: Folders, sites: list[str]) -> Seen:
    """Read what was written down."""
    logs = folders.logs
    sold = np.concatenate([witness.read(logs / f"{name}.sold", witness.SALE) for name in sites])
    gone = np.concatenate([witness.read(logs / f"{name}.gone", witness.GONE) for name in sites])
    heard = witness.read(logs / "heard", witness.HEARD)
    shown = witness.read(logs / "shown", witness.SHOWN)
    return Seen(sold, gone, heard, _shown_us(heard, shown), witness.read(logs / "asked", witness.ASKED))


def _shown_us(heard: NDArray[Any], shown: NDArray[Any]) -> Times:
    """When the page first knew of at least as many baskets of the store."""
    at = np.zeros(len(heard), dtype=np.int64)
    for store in np.unique(heard["store"]):
        here = shown[shown["store"] == store]
        of_store = heard["store"] == store
        if not len(here):
            continue
        place = np.searchsorted(np.maximum.accumulate(here["baskets"]), heard["baskets"][of_store])
        moments = np.append(here["shown_us"], 0)
        at[of_store] = moments[place]
    return at


def of_stage(stage: Stage, what: Seen) -> StageFigures:
    """The figures of one stage."""
    sold = what.sold[_within(what.sold["meant_us"], stage)]
    at_us = what.heard["at_us"]
    here = _within(at_us, stage)
    shown = here & (what.shown_us > 0)
    done = int(_within(what.sold["done_us"], stage).sum())
    return StageFigures(
        name=stage.name,
        from_us=stage.from_us,
        asked=stage.rate,
        reached=round(done / stage.seconds, 1),
        seconds=stage.seconds,
        sales=len(sold),
        left=int(_within(what.gone["meant_us"], stage).sum()),
        acknowledged=spread(sold["done_us"] - sold["meant_us"]),
        lag=spread(what.heard["heard_us"][here] - at_us[here]),
        shown=spread(what.shown_us[shown] - at_us[shown]),
    )


def _within(at_us: Times, stage: Stage) -> NDArray[np.bool_]:
    return (at_us >= stage.from_us) & (at_us < stage.until_us)


def timeline(begin_us: int, what: Seen) -> list[Second]:
    """Second by second from the first stage on."""
    done = (what.sold["done_us"] - begin_us) // SECOND_US
    meant = (what.sold["meant_us"] - begin_us) // SECOND_US
    heard = (what.heard["at_us"] - begin_us) // SECOND_US
    last = int(max(done.max(initial=-1), heard.max(initial=-1)))
    counts = np.bincount(done[done >= 0], minlength=last + 1) if len(done) else np.zeros(last + 1, dtype=int)
    waits = _by_second(meant, what.sold["done_us"] - what.sold["meant_us"])
    lags = _by_second(heard, what.heard["heard_us"] - what.heard["at_us"])
    return [
        Second(
            second=second,
            sales=int(counts[second]),
            acknowledged_p99=waits.get(second),
            lag_p99=lags.get(second),
        )
        for second in range(last + 1)
    ]


def _by_second(seconds: Times, waits_us: Times) -> dict[int, float]:
    """The 99th percentile of each second, in milliseconds."""
    order = np.argsort(seconds, kind="stable")
    numbers, starts = np.unique(seconds[order], return_index=True)
    parts = np.split(waits_us[order], starts[1:])
    return {
        int(number): round(float(np.percentile(part, 99)) / 1000, 2)
        for number, part in zip(numbers, parts, strict=True)
        if len(part)
    }
