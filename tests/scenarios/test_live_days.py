"""A live chain keeps its days: what its actors decided can be run again from what came in."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from actors.ledger import day_index
from runtime.recording import files_of, read_day, recorded_days
from scenarios.data_directory import DAYS, LEDGER
from scenarios.live.chain import open_live
from scenarios.replay import record
from scenarios.replay import verify as replay
from tests.scenarios.small_chain import Ears, prepared
from tests.scenarios.test_live import (
    FAST,
    NODES,
    assert_the_ledger_holds_every_journal_exactly_once,
    journal_of,
    killed_chain,
    kinds,
)


def journalled(data: Path) -> int:
    return sum(len(journal_of(data, node)) for node in NODES)


async def test_a_live_day_runs_again_to_the_same_facts(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: {"VendCompleted", "SaleCompleted", "GoodsReceived"} <= kinds(live))
    result = replay.verify(tmp_path)
    assert result.identical, result.first_difference
    assert result.facts == journalled(tmp_path) > 20
    assert not result.warnings


async def test_a_new_business_day_and_a_new_start_begin_files_that_go_on(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=7200, console=Ears) as live:
        folder = tmp_path / DAYS / "gw-1"
        with trio.fail_after(60):
            while not (folder / "2026-03-07.mcap").exists():
                await live.console.hears_more()
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        heard = len(live.console.heard)
        await live.console.until(lambda: len(live.console.heard) > heard + 20)
    assert [path.name for path in recorded_days(tmp_path / DAYS)["gw-1"]] == [
        "2026-03-06.mcap",
        "2026-03-07.mcap",
        "2026-03-07.2.mcap",
    ]
    result = replay.verify(tmp_path)
    assert result.identical, result.first_difference
    assert result.facts == journalled(tmp_path)
    told = [
        (each.day.file, each.day.date, each.day.whole)
        for each in day_index.recorded(tmp_path / LEDGER)
        if each.node == "gw-1"
    ]
    assert told == [("2026-03-06.mcap", "2026-03-06", True), ("2026-03-07.mcap", "2026-03-07", True)]


def test_only_the_last_days_are_kept(tmp_path: Path) -> None:
    keeper = record.day_keeper(tmp_path, prepared(), "gw-1")
    (tmp_path / "gw-1").mkdir()
    for name in ("2026-03-01.mcap", "2026-03-01.2.mcap", "2026-03-02.mcap", "2026-03-03.mcap"):
        (tmp_path / "gw-1" / name).touch()
    keeper.forget(2)
    assert [path.name for path in files_of(tmp_path / "gw-1")] == ["2026-03-02.mcap", "2026-03-03.mcap"]


async def test_days_of_a_killed_chain_verify_as_far_as_they_were_written(tmp_path: Path) -> None:
    with trio.fail_after(30):
        await trio.to_thread.run_sync(killed_chain, tmp_path, 60)
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        heard = len(live.console.heard)
        await live.console.until(lambda: len(live.console.heard) > heard + 20)
    result = replay.verify(tmp_path)
    assert result.identical, result.first_difference
    assert any("cut off" in warning for warning in result.warnings)
    assert not read_day(recorded_days(tmp_path / DAYS)["gw-1"][0]).whole
    assert result.facts <= journalled(tmp_path)


async def test_a_chain_that_cannot_record_sells_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / DAYS).write_text("in the way")
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: {"VendCompleted", "SaleCompleted"} <= kinds(live))
    assert (tmp_path / LEDGER).exists()
    assert_the_ledger_holds_every_journal_exactly_once(tmp_path)
    assert "recording must be writable" in "".join(capfd.readouterr())
