"""Whole days in a world: the recordings' own figures, the same digest every time, books that balance."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from runtime.errors import ConfigError
from scenarios import run, scenario
from scenarios.run import RunResult

FIRST, LAST = date(2022, 6, 1), date(2022, 8, 31)


def ran(name: str, **chosen: object) -> RunResult:
    return run.run(scenario.prepare(scenario.load(name), **chosen))  # type: ignore[arg-type]


def test_a_summer_of_real_machines_agrees_with_its_recording_to_the_cent() -> None:
    result = ran("us-2022", first=FIRST, last=LAST).as_json()
    sales = result["sales"]
    assert (sales["units"], sales["amount_minor"]) == (3186, 641_525)
    assert (sales["by_tender"]["cash"], sales["by_tender"]["cashless"]) == (402_075, 239_450)
    assert sales["lost"]["units"] == 0
    assert result["ledger"]["balanced"]
    assert result["ledger"]["sum_minor"] == 0
    assert result["invariants"]["violations"] == []
    assert result["ok"]


def test_other_months_of_the_original_file_agree_with_it_to_the_cent(recordings: object) -> None:
    path = recordings.file("chain/us_vending_2022_sales.csv.gz")  # type: ignore[attr-defined]
    result = ran("us-2022", demand=path, first=date(2022, 2, 1), last=date(2022, 3, 31))
    attempts = result.prepared.attempts
    expected = sum(line.price_minor for attempt in attempts for line in attempt.lines)
    assert result.tally.amount_minor == expected
    assert result.ok


def test_every_order_of_a_chinese_month_is_sold_or_lost() -> None:
    result = ran("cn-2017", first=date(2017, 7, 1), last=date(2017, 7, 9))
    tried = sum(len(attempt.lines) for attempt in result.prepared.attempts)
    assert result.tally.units + sum(result.tally.lost.values()) == tried
    assert result.ok


def test_a_small_hong_kong_day_restocks_sells_at_tills_and_keeps_its_books() -> None:
    result = ran("hk-demo", changes=["machines=20", "lanes=20"])
    assert result.ok, result.invariants.violations[:3]
    assert result.tally.visits > 0
    assert result.tally.distance_m > 0
    assert result.tally.baskets > 0
    assert result.tally.lost["jam"] > 0


def test_another_seed_gives_another_day_and_the_same_seed_the_same() -> None:
    small = ["machines=5", "lanes=10", "stores=1"]
    one, again, other = (ran("hk-demo", changes=small, seed=seed).digest for seed in (1, 1, 2))
    assert one == again != other


def test_the_digest_does_not_hang_on_the_hash_seed() -> None:
    script = (
        "from scenarios import run, scenario\n"
        "p = scenario.prepare(scenario.load('hk-demo'), changes=['machines=5', 'lanes=10', 'stores=1'])\n"
        "print(run.run(p).digest)"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        ).stdout
        for seed in ("0", "4711")
    }
    assert len(digests) == 1


def test_a_ledger_kept_on_disk_can_be_checked_afterwards(tmp_path: Path) -> None:
    from actors.ledger import queries

    prepared = scenario.prepare(scenario.load("us-2022"), first=FIRST, last=date(2022, 6, 7))
    result = run.run(prepared, data=tmp_path)
    checked = queries.check(tmp_path / "ledger.sqlite3")
    assert checked.ok
    assert checked.facts == result.tally.facts


def test_days_outside_the_recording_are_refused_with_its_range() -> None:
    with pytest.raises(ConfigError, match="2022-06-01"):
        scenario.prepare(scenario.load("us-2022"), first=date(2021, 1, 1))
