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
from scenarios.live.chain import open_live
from scenarios.live.health import kept, recordings
from scenarios.live.nightly import REST, Nightly
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


class Looks(Nightly):
    """Looks for five seconds and notes when it began."""

    began: list[float]

    async def check(self) -> None:
        self.began.append(trio.current_time())
        await trio.sleep(5)


async def test_it_looks_every_day_and_rests_between(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    clock = DayByDay(us("2026-03-06T11:30"))
    nightly = Looks(prepared().chain, clock, tmp_path, lambda _: None)
    nightly.began = []
    with trio.move_on_after(3 * (1 + REST) * 5 - 1):
        await nightly.run()
    assert nightly.began == [0, (1 + REST) * 5, 2 * (1 + REST) * 5]
    assert clock.slept == [us(f"2026-03-0{day}T04:10") for day in (7, 8, 9)]


async def test_a_journal_damaged_behind_a_selling_chain_is_an_alarm_that_night(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=60, console=Ears) as live:
        await live.console.until(lambda: len(live.console.facts("gw-1")) > 20)
        told: list[IntegrityChecked] = []
        with trio.fail_after(SECONDS_MAX):
            await Nightly(live.chain, DayByDay(0), tmp_path, told.append).check()
        nodes = ("gw-1", "office", "st-1", "wh-1", "ledger")
        assert told == [IntegrityChecked(of=of, wrong="") for of in nodes]
        assert live.checked() is None
        links = {link.node: link for link in live.links()}
        assert list(links) == list(live.chain.nodes)
        assert (links["gw-1"].linked, links["gw-1"].facts > 0, links["gw-1"].forked) == (True, True, "")
        here = kept(live.data)
        assert set(here.journals) == set(live.chain.nodes)
        assert (here.covered, here.backed_up_s, recordings(live.data)) == ({}, 0, [])
    with closing(sqlite3.connect(tmp_path / "nodes" / "gw-1.sqlite3")) as db, db:
        db.execute("UPDATE facts SET source = 'nobody' WHERE seq = 5")
    (tmp_path / "clock").write_text(str(us("2026-03-07T04:09")))
    async with open_live(prepared(), data=tmp_path, speed=60, console=Ears) as live:
        heard = live.console.heard

        def alarms() -> list[tuple[str, str]]:
            raised = [report.content for report in heard if isinstance(report.content, AlarmRaised)]
            return [(alarm.kind, alarm.place) for alarm in raised if alarm.kind == "damage"]

        await live.console.until(lambda: alarms() == [("damage", "gw-1")], SECONDS_MAX)
        (found,) = [r.content for r in heard if isinstance(r.content, DamageFound)]
        assert "fact 5: chain hash must be" in found.wrong
        checked = live.checked()
        assert checked is not None
        assert checked.wrong == (("gw-1", found.wrong),)
