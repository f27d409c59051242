"""What a sweep runs: every seed with every mix of the settings that vary, and what a run of it came to."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import attrs

from runtime.errors import ConfigError
from scenarios import run, scenario

CELLS_MAX = 1_000
SEEDS_MAX = 100_000
VALUES_MAX = 100

_SEEDS = re.compile(r"(\d+)(?:\.\.(\d+))?")


@attrs.frozen(kw_only=True)
class Job:
    """One run: a seed of a cell. Plain values, so that it may travel to any process.

    Attributes:
        scenario: a shipped scenario's name, or the path of a file that is there wherever it runs.
        changes: NAME=VALUE texts of this cell, those that are the same in all cells first.
        cell: those that vary only.
        first, last: ISO dates, "" for the scenario's own.
    """

    scenario: str
    changes: tuple[str, ...]
    cell: tuple[str, ...]
    seed: int
    first: str
    last: str

    @property
    def key(self) -> str:
        """Names the run within its sweep."""
        return f"{' '.join(self.cell)} #{self.seed}"


@attrs.frozen(kw_only=True)
class Row:
    """What a run came to. ``amount_minor`` is in the chain's currency; ``digest`` as of ``hawker run``.

    Attributes:
        ok: books, invariants and expectations held.
        failed: the expectations and invariants that did not, as text.
    """

    key: str
    cell: tuple[str, ...]
    seed: int
    ok: bool
    failed: str
    digest: str
    facts: int
    units: int
    amount_minor: int
    lost: int
    visits: int
    restocked: int
    km: float
    seconds: float


MEASURES = ("units", "amount_minor", "lost", "visits", "restocked", "km", "facts")


@attrs.frozen(kw_only=True)
class Plan:
    """A sweep.

    Attributes:
        scenario: as in ``Job``.
        fixed: NAME=VALUE texts that hold in every run.
        vary: setting and its values, each a cell with each of the others.
        seeds: first and last.
    """

    scenario: str
    fixed: tuple[str, ...] = ()
    vary: tuple[tuple[str, tuple[str, ...]], ...] = ()
    seeds: tuple[int, int]
    first: str = ""
    last: str = ""

    def cells(self) -> list[tuple[str, ...]]:
        """Every mix of the settings that vary; one empty cell if none does."""
        values = [[f"{name}={value}" for value in given] for name, given in self.vary]
        return [tuple(mix) for mix in itertools.product(*values)]

    def jobs(self) -> Iterator[Job]:
        """Every run, seed by seed, so that a sweep that is cut short has all cells alike."""
        low, high = self.seeds
        for seed in range(low, high + 1):
            for cell in self.cells():
                yield Job(
                    scenario=self.scenario,
                    changes=(*self.fixed, *cell),
                    cell=cell,
                    seed=seed,
                    first=self.first,
                    last=self.last,
                )


def seeds_of(text: str) -> tuple[int, int]:
    """Seeds written as ``A..B`` or ``A``; raises ConfigError for others."""
    found = _SEEDS.fullmatch(text)
    low, high = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if not 0 <= low <= high <= scenario.SEED_MAX or high - low >= SEEDS_MAX:
        raise ConfigError(f"--seeds: must be A..B, at most {SEEDS_MAX:,} of them, not {text!r}")
    return low, high


def vary_of(texts: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Settings that vary, written as ``NAME=A,B,C``; raises ConfigError for others."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, equals, given = text.partition("=")
        values = tuple(value.strip() for value in given.split(","))
        if not equals or not name or not all(values) or len(set(values)) != len(values):
            raise ConfigError(f"--vary: must be NAME=A,B,C with values that differ, not {text!r}")
        if name in found or len(values) > VALUES_MAX:
            raise ConfigError(f"--vary {name}: must be given once, with at most {VALUES_MAX} values")
        found[name] = values
    return tuple(found.items())


def checked(plan: Plan) -> Plan:
    """The plan, if every cell of it can run; raises ConfigError for the first that cannot."""
    if len(cells := plan.cells()) > CELLS_MAX:
        raise ConfigError(f"--vary: must give at most {CELLS_MAX} cells, not {len(cells)}")
    known = scenario.load(plan.scenario)
    for cell in cells:
        _prepared(known, (*plan.fixed, *cell), plan.seeds[0], plan.first, plan.last)
    return plan


def do(job: Job) -> Row:
    """Run one job here."""
    known = scenario.load(job.scenario)
    result = run.run(_prepared(known, job.changes, job.seed, job.first, job.last))
    found = result.as_json()
    sales, restock = found["sales"], found["restock"]
    broken = [each["name"] for each in found["expectations"] if not each["ok"]]
    broken += [violation["invariant"] for violation in found["invariants"]["violations"]]
    return Row(
        key=job.key,
        cell=job.cell,
        seed=job.seed,
        ok=result.ok,
        failed="; ".join(broken[:5]),
        digest=found["digest"],
        facts=found["facts"],
        units=sales["units"],
        amount_minor=sales["amount_minor"],
        lost=sales["lost"]["units"],
        visits=restock["visits"],
        restocked=restock["units"],
        km=restock["km"],
        seconds=found["wall_seconds"],
    )


def _prepared(
    known: scenario.Scenario, changes: Sequence[str], seed: int, first: str, last: str
) -> scenario.Prepared:
    return scenario.prepare(
        known,
        changes=changes,
        seed=seed,
        first=date.fromisoformat(first) if first else None,
        last=date.fromisoformat(last) if last else None,
    )


def lasting(name_or_path: str) -> str:
    """A scenario's name, or its file's path from the root: workers stand in folders of their own."""
    return str(Path(name_or_path).resolve()) if Path(name_or_path).suffix == ".toml" else name_or_path
