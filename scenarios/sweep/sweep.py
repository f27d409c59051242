"""``hawker sweep``: a scenario over seeds and settings, and what each cell came to with its interval."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from scenarios.sweep.kept import Kept
from scenarios.sweep.plan import MEASURES, Plan, Row, checked
from scenarios.sweep.workers import Workers

RESAMPLES = 2_000
LEVEL = 0.95
SEEDS_FOR_INTERVAL = 5


@attrs.frozen(kw_only=True)
class Estimate:
    """A mean over seeds, and its 95 % interval by bootstrap; None with fewer than five seeds."""

    mean: float
    low: float | None
    high: float | None


@attrs.frozen(kw_only=True)
class Cell:
    """What one mix of settings came to. ``ok``: runs in which everything held."""

    settings: dict[str, str]
    seeds: int
    ok: int
    failed: tuple[str, ...]
    measures: dict[str, Estimate]


@attrs.frozen(kw_only=True)
class SweepResult:
    """A sweep, cell by cell; ``as_json`` is what ``hawker sweep --json`` prints.

    Attributes:
        before: runs that had ended in an earlier start.
        digest: SHA-256 over each run's key and digest, in order: the same wherever they ran.
    """

    plan: Plan
    cells: tuple[Cell, ...]
    rows: tuple[Row, ...]
    before: int
    wall_seconds: float
    digest: str

    @property
    def ok(self) -> bool:
        """Whether everything held in every run."""
        return all(row.ok for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """The document."""
        return {
            "scenario": self.plan.scenario,
            "seeds": list(self.plan.seeds),
            "runs": len(self.rows),
            "runs_before": self.before,
            "ok": self.ok,
            "wall_seconds": round(self.wall_seconds, 3),
            "digest": self.digest,
            "cells": [attrs.asdict(cell) for cell in self.cells],
            "digests": {row.key: row.digest for row in self.rows},
        }


def sweep(
    plan: Plan,
    workers: Workers,
    *,
    out: Path | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> SweepResult:
    """Run what is not done yet of a plan.

    Args:
        plan: what to run; checked before anything is.
        workers: where (``workers.processes`` or ``workers.cluster``).
        out: folder that keeps what has ended, so that a stopped sweep goes on; the Parquet file at the end.
        progress: called with the share done, 0 to 1.

    Raises:
        ConfigError: a cell that cannot run, or a folder of another sweep.
    """
    began = time.perf_counter()
    checked(plan)
    kept = None if out is None else Kept(out, plan)
    wanted = {job.key: job for job in plan.jobs()}
    done: dict[str, Row] = {row.key: row for row in (kept.rows if kept else ()) if row.key in wanted}
    before = len(done)
    try:
        for row in workers([job for key, job in wanted.items() if key not in done]):
            done[row.key] = row
            if kept is not None:
                kept.add(row)
            progress(len(done) / len(wanted))
        if kept is not None:
            kept.finish()
    finally:
        if kept is not None:
            kept.close()
    rows = tuple(done[key] for key in wanted)
    return SweepResult(
        plan=plan,
        cells=tuple(_cell(cell, [row for row in rows if row.cell == cell]) for cell in plan.cells()),
        rows=rows,
        before=before,
        wall_seconds=time.perf_counter() - began,
        digest=_digest(rows),
    )


def _cell(cell: tuple[str, ...], rows: list[Row]) -> Cell:
    return Cell(
        settings=dict(text.split("=", 1) for text in cell),
        seeds=len(rows),
        ok=sum(row.ok for row in rows),
        failed=tuple(dict.fromkeys(row.failed for row in rows if row.failed)),
        measures={name: estimate([getattr(row, name) for row in rows]) for name in MEASURES},
    )


def estimate(values: list[float]) -> Estimate:
    """Mean and percentile bootstrap interval; the same values always give the same interval."""
    sample = np.asarray(values, dtype=float)
    mean = float(sample.mean())
    if len(sample) < SEEDS_FOR_INTERVAL:
        return Estimate(mean=mean, low=None, high=None)
    picks = np.random.default_rng(0).integers(0, len(sample), size=(RESAMPLES, len(sample)))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(sample[picks].mean(axis=1), [tail, 1 - tail])
    return Estimate(mean=mean, low=float(low), high=float(high))


def _digest(rows: tuple[Row, ...]) -> str:
    sha = hashlib.sha256()
    for row in sorted(rows, key=lambda row: row.key):
        sha.update(f"{row.key} {row.digest}\n".encode())
    return f"sha256:{sha.hexdigest()}"
