"""Once a day a live chain reads what its disk holds, and damage is a fact and an alarm."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
import trio

from actors.office.messages import AlarmRaised
from runtime.health import DamageFound, IntegrityChecked
from scenarios.live import open_live
from scenarios.nightly import REST, Nightly
from tests.scenarios.small_chain import Ears, prepared

SECONDS_MAX = 60


class DayByDay:
    """A clock that is always where it was asked to sleep until."""

    def __init__(self, now_us: int) -> None:
        self.now = now_us
        self.slept: list[int] = []

    def now_us(self) -> int:
        return self.now

    async def sleep_until(self, at_us: int) -> None:
        await trio.lowlevel.checkpoint()
        self.slept.append(at_us)
        self.now = at_us


def us(text: str) -> int:
    return round(datetime.fromisoformat(f"{text}+08:00").timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-06T11:30", "2026-03-07T04:10"),
        ("2026-03-07T03:59", "2026-03-07T04:10"),
        ("2026-03-07T04:05", "2026-03-07T04:10"),
        ("2026-03-07T04:10", "2026-03-08T04:10"),
    ],
)
def test_it_is_due_ten_minutes_after_the_cut_off(tmp_path: Path, now: str, due: str) -> None:
    nightly = Nightly(prepared().chain, DayByDay(us(now)), tmp_path, lambda _: None)
    assert nightly.next_us(us(now)) == us(due)


async def test_it_looks_every_day_and_rests_between(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    clock = DayByDay(us("2026-03-06T11:30"))
    nightly = Nightly(prepared().chain, clock, tmp_path, lambda _: None)
    looks: list[float] = []

    async def look() -> None:
        looks.append(trio.current_time())
        await trio.sleep(5)

    nightly.check = look  # type: ignore[method-assign]
    with trio.move_on_after(3 * (1 + REST) * 5 - 1):
        await nightly.run()
    assert looks == [0, (1 + REST) * 5, 2 * (1 + REST) * 5]
    assert clock.slept[:3] == [us(f"2026-03-0{day}T04:10") for day in (7, 8, 9)]


async def test_a_damaged_journal_of_a_selling_chain_is_an_alarm_and_a_whole_one_is_not(
    tmp_path: Path,
) -> None:
    async with open_live(prepared(), data=tmp_path, speed=60, console=Ears) as live:
        await live.console.until(lambda: len(live.console.facts("gw-1")) > 20)
        told: list[IntegrityChecked] = []

        def tell(found: IntegrityChecked) -> None:
            told.append(found)
            live.sites.get(found.of, live.office).take_in("health", found)

        nightly = Nightly(live.chain, DayByDay(0), tmp_path, tell)
        with trio.fail_after(SECONDS_MAX):
            await nightly.check()
        assert told == [
            IntegrityChecked(of=of, wrong="") for of in ("gw-1", "office", "st-1", "wh-1", "ledger")
        ]
        with closing(sqlite3.connect(tmp_path / "nodes" / "gw-1.sqlite3", timeout=30)) as db, db:
            db.execute("UPDATE facts SET source = 'nobody' WHERE seq = 5")
        with trio.fail_after(SECONDS_MAX):
            await nightly.check()
        assert [found.of for found in told[5:] if found.wrong] == ["gw-1"]

        def alarms() -> list[tuple[str, str]]:
            contents = [report.content for report in live.console.heard]
            return [(c.kind, c.place) for c in contents if isinstance(c, AlarmRaised) and c.kind == "damage"]

        await live.console.until(lambda: alarms() == [("damage", "gw-1")], SECONDS_MAX)
        (found,) = [r.content for r in live.console.heard if isinstance(r.content, DamageFound)]
        assert "fact 5: chain hash must be" in found.wrong
