"""All comparisons, with the original recordings where they are, else with the shipped extracts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import attrs

from runtime.errors import ConfigError
from scenarios.fidelity import analytic, fleet, machines
from scenarios.fidelity.check import AGREES, DEPARTS, Check

SEED = 1
NEEDED = {
    "china": "cn_vending_2017_orderclock.csv.gz",
    "america": "us_vending_2022_sales.csv.gz",
    "bakery": "bakery_2016_baskets.csv.gz",
    "failures": "eu_fleet_2017_failures.csv.gz",
}


@attrs.frozen(kw_only=True)
class Fidelity:
    """What was compared, in groups.

    Attributes:
        short: only the shipped extracts were there.
        recorded: against recordings, on days kept back.
        calculated: against formulas.
    """

    short: bool
    seed: int
    recorded: tuple[Check, ...]
    calculated: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether all that can be calculated came out as calculated."""
        return all(check.verdict == AGREES for check in self.calculated)

    def as_json(self) -> dict[str, Any]:
        """The document of ``fidelity --json``."""
        everything = (*self.recorded, *self.calculated)
        return {
            "data": "shipped extracts" if self.short else "original recordings",
            "seed": self.seed,
            "ok": self.ok,
            "agrees": sum(check.verdict == AGREES for check in everything),
            "departs": sum(check.verdict == DEPARTS for check in everything),
            "recorded": [check.as_json() for check in self.recorded],
            "calculated": [check.as_json() for check in self.calculated],
        }


def compare(
    data: Path | None, *, seed: int = SEED, progress: Callable[[str], None] = lambda _: None
) -> Fidelity:
    """Compare the simulator with recordings and with formulas.

    Args:
        data: folder of original recordings (it holds ``chain/``); the shipped extracts when None.
        seed: of all chance.
        progress: called with what is compared next.

    Raises:
        ConfigError: a folder that lacks what it should hold.
    """
    files = _files(data)
    return Fidelity(
        short=data is None,
        seed=seed,
        recorded=tuple(_recorded(files, seed, progress)),
        calculated=tuple(_calculated(seed, progress)),
    )


def _files(data: Path | None) -> dict[str, Path]:
    if data is None:
        return {}
    files = {name: data / "chain" / file for name, file in NEEDED.items()}
    for path in files.values():
        if not path.is_file():
            raise ConfigError(f"HAWKER_DATA: {data} must hold the file chain/{path.name}")
    return files


def _recorded(files: dict[str, Path], seed: int, progress: Callable[[str], None]) -> Iterator[Check]:
    progress("orders of five sites in China")
    kept_from = date(2017, 7, 1) if files else date(2017, 7, 22)
    yield from machines.china(files.get("china"), kept_from, seed)
    progress("purchases at five machines in New Jersey")
    yield machines.america(files.get("america"), date(2022, 8, 1))
    progress("baskets of a bakery")
    yield fleet.baskets(files.get("bakery"), seed)
    progress("jams of a fleet")
    yield from fleet.jams(files.get("failures"), 100 if files else 20, 2, seed)


def _calculated(seed: int, progress: Callable[[str], None]) -> Iterator[Check]:
    progress("cases that can be calculated")
    yield from analytic.all_of(seed)
