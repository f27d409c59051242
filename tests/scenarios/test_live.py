"""A small chain live: real files, real ZeroMQ on 127.0.0.1, the clock paced fast."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from actors.ledger import queries
from actors.office.messages import AcknowledgeAlarm
from runtime import wire
from runtime.command import CommandEnded, Issue
from runtime.errors import ConfigError, LedgerError
from runtime.health import EpochBegun
from runtime.journal_sqlite import SqliteJournal, open_reader
from runtime.roster import Roster
from runtime.wire import CHAIN_START, FactRecord, chained
from scenarios.data_directory import LEDGER
from scenarios.live.chain import LiveChain, open_live
from scenarios.live.data import start_us
from tests.scenarios.small_chain import Ears, prepared

ROOT = Path(__file__).parents[2]
NODES = ("gw-1", "st-1", "wh-1", "office")
FAST = 60.0


def journal_of(data: Path, node: str) -> list[FactRecord]:
    reader = open_reader(data / "nodes" / f"{node}.sqlite3")
    try:
        return reader.read(0, 1_000_000)
    finally:
        reader.close()


def assert_the_ledger_holds_every_journal_exactly_once(data: Path) -> None:
    ledger = data / LEDGER
    for node in NODES:
        assert list(queries.facts_after(ledger, node, epoch=0)) == journal_of(data, node), node
    check = queries.check(ledger)
    assert (check.balanced, check.chain_ok, check.violations) == (True, True, [])


def in_epoch(data: Path, node: str, epoch: int) -> list[tuple[int, bytes]]:
    with queries.asked(data / LEDGER) as db:
        sql = "SELECT seq, chain FROM fact WHERE node = ? AND epoch = ? ORDER BY seq"
        rows: list[tuple[int, bytes]] = db.get_connection().execute(sql, (node, epoch)).fetchall()
    return rows


def kinds(live: LiveChain[Ears]) -> set[str]:
    return {type(report.content).__name__ for report in live.console.heard}


async def test_facts_of_every_node_reach_ledger_and_console(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        assert live.now_us() >= start_us(prepared())
        await live.console.until(lambda: {"VendCompleted", "SaleCompleted", "GoodsReceived"} <= kinds(live))
        assert {name: linked for name, linked, _ in live.nodes()} == dict.fromkeys(NODES, True)
    assert_the_ledger_holds_every_journal_exactly_once(tmp_path)
    for node in NODES:
        heard = live.console.facts(node)
        assert heard == list(range(1, len(heard) + 1))
        assert len(heard) == len(journal_of(tmp_path, node))


async def test_rounds_go_from_the_office_to_the_van_and_back(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=1200, console=Ears) as live:
        await live.console.until(lambda: {"RoundPlanned", "PickListMade", "VanDeparted"} <= kinds(live))
        ended = [r for r in live.console.heard if isinstance(r.content, CommandEnded)]
        assert {report.content.outcome for report in ended} == {"done"}
    assert_the_ledger_holds_every_journal_exactly_once(tmp_path)


async def test_a_restart_goes_on_where_the_chain_stopped(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as first:
        await first.console.until(lambda: "VendCompleted" in kinds(first))
    stopped_us = first.now_us()
    facts = {node: len(journal_of(tmp_path, node)) for node in NODES}
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as second:
        assert stopped_us - 300_000_000 <= second.now_us() <= stopped_us + 300_000_000
        assert len(second.console.heard) >= sum(facts.values())
        before = len(second.console.heard)
        await second.console.until(lambda: len(second.console.heard) > before + 20)
    for node in NODES:
        assert [record.seq for record in journal_of(tmp_path, node)][: facts[node]] == list(
            range(1, facts[node] + 1)
        )
    assert_the_ledger_holds_every_journal_exactly_once(tmp_path)


async def test_an_operators_command_runs_at_the_office_and_ends(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=1, console=Ears) as live:
        body = wire.encode(AcknowledgeAlarm(alarm=99, by="operator"))
        later_us = live.now_us() + 600_000_000
        order = Issue(to="office/alarms", body=body, expires_at_us=later_us, asked_by="office/console")
        live.tell("commands", order)
        await live.console.until(lambda: "CommandEnded" in kinds(live))
        ended = next(r.content for r in live.console.heard if isinstance(r.content, CommandEnded))
        assert re.fullmatch("office:[0-9a-f]{10}:1", ended.id)
        assert ended.outcome == "failed"


async def test_a_pause_stops_the_clock(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=0, console=Ears) as live:
        assert (live.speed, live.now_us()) == (0, start_us(prepared()))
        live.speed = FAST
        await live.console.until(lambda: live.now_us() > start_us(prepared()))


async def test_closing_takes_less_than_two_seconds(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: "VendCompleted" in kinds(live))
        began = trio.current_time()
    assert trio.current_time() - began < 2


async def test_a_node_that_was_revoked_stays_out_after_a_restart(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: "VendCompleted" in kinds(live))
        assert (tmp_path / "keys" / "gw-1.key").stat().st_mode & 0o777 == 0o600
    roster = Roster(tmp_path / "roster.json")
    assert roster.nodes == ("gw-1", "st-1", "wh-1")
    roster.revoke("gw-1")
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        heard = len(live.console.facts("gw-1"))
        await live.console.until(lambda: live.sites["gw-1"].facts.head()[0] > heard + 20)
        assert len(live.console.facts("gw-1")) == heard
        assert dict((name, linked) for name, linked, _ in live.nodes())["gw-1"] is False


async def test_an_error_within_the_block_comes_out_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="as told"):
        async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears):
            raise RuntimeError("as told")


async def test_a_node_whose_facts_are_not_those_of_the_office_stops_the_chain_with_one_error(
    tmp_path: Path,
) -> None:
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: "VendCompleted" in kinds(live))
    path = tmp_path / "nodes" / "gw-1.sqlite3"
    records = journal_of(tmp_path, "gw-1")
    path.unlink()
    other, chain = SqliteJournal(path), CHAIN_START
    for record in records:
        record.at_us -= 1
        chain = record.chain = chained(chain, record.wire_bytes())
    other.commit(records)
    other.close()
    with pytest.raises(LedgerError, match="gw-1 epoch 1"), trio.fail_after(10):
        async with open_live(prepared(), data=tmp_path, speed=0, console=Ears):
            await trio.sleep_forever()
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: "EpochBegun" in kinds(live))
    epochs = [r.content for r in live.console.heard if isinstance(r.content, EpochBegun)]
    assert [(begun.epoch, begun.after_seq >= len(records)) for begun in epochs] == [(2, True)]
    assert in_epoch(tmp_path, "gw-1", 2) == [(r.seq, r.chain) for r in journal_of(tmp_path, "gw-1")]
    assert len(in_epoch(tmp_path, "gw-1", 1)) == len(records), "what only the office has stays there"
    assert queries.check(tmp_path / LEDGER).chain_ok


async def test_a_disk_restored_from_a_copy_tells_only_what_is_new_under_a_new_epoch(tmp_path: Path) -> None:
    path, copy = tmp_path / "nodes" / "gw-1.sqlite3", tmp_path / "copy"
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: "VendCompleted" in kinds(live))
    shutil.copyfile(path, copy)
    before = journal_of(tmp_path, "gw-1")
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: live.sites["gw-1"].uplink.acknowledged > len(before) + 5)
    lost = journal_of(tmp_path, "gw-1")[len(before) :]
    shutil.copyfile(copy, path)
    with pytest.raises(LedgerError, match="gw-1 epoch 1"), trio.fail_after(10):
        async with open_live(prepared(), data=tmp_path, speed=0, console=Ears):
            await trio.sleep_forever()
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: "EpochBegun" in kinds(live))
    assert [chain for _, chain in in_epoch(tmp_path, "gw-1", 1)] == [r.chain for r in (*before, *lost)]
    after = journal_of(tmp_path, "gw-1")[len(before) :]
    assert in_epoch(tmp_path, "gw-1", 2) == [(r.seq, r.chain) for r in after]
    check = queries.check(tmp_path / LEDGER)
    assert (check.balanced, check.chain_ok) == (True, True)


async def test_an_office_whose_journal_is_lost_goes_on_in_a_new_epoch(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=1200, console=Ears) as live:
        await live.console.until(lambda: "RoundPlanned" in kinds(live))
    for path in (tmp_path / "nodes").glob("office.sqlite3*"):
        path.unlink()
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: "EpochBegun" in kinds(live))
    assert in_epoch(tmp_path, "office", 2) == [(r.seq, r.chain) for r in journal_of(tmp_path, "office")]


async def test_an_office_that_lost_its_ledger_gets_every_fact_again(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: {"VendCompleted", "SaleCompleted"} <= kinds(live))
    facts = sum(len(journal_of(tmp_path, node)) for node in NODES)
    (tmp_path / LEDGER).unlink()
    async with open_live(prepared(), data=tmp_path, speed=0, console=Ears) as live:
        await live.console.until(lambda: len(live.console.heard) >= facts)
    assert_the_ledger_holds_every_journal_exactly_once(tmp_path)


async def test_a_journal_that_fails_stops_the_chain_with_one_error(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
            await live.console.until(lambda: "VendCompleted" in kinds(live))
            live.sites["gw-1"].live.journal.close()
            await trio.sleep_forever()

    with pytest.raises(LedgerError, match=r"journal .*gw-1\.sqlite3"), trio.fail_after(10):
        await run()


async def test_a_ledger_without_room_acknowledges_nothing_until_there_is_some(tmp_path: Path) -> None:
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
        await live.console.until(lambda: "VendCompleted" in kinds(live))
        execute = live.office._ledger._connection.execute
        (pages,) = execute("PRAGMA page_count").fetchone()
        execute(f"PRAGMA max_page_count = {pages}")
        site = live.sites["gw-1"]
        with trio.fail_after(20):
            while site.facts.head()[0] < site.uplink.acknowledged + 300:
                await site.live.room()
        execute("PRAGMA max_page_count = 1000000")
        heard = len(live.console.heard)
        await live.console.until(lambda: len(live.console.heard) > heard + 300)
    assert_the_ledger_holds_every_journal_exactly_once(tmp_path)


async def test_a_spoilt_clock_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("noon")
    with pytest.raises(ConfigError, match="clock: must hold a number of microseconds"):
        async with open_live(prepared(), data=tmp_path, speed=1, console=Ears):
            pass


def killed_chain(data: Path, facts: int) -> None:
    """Run a chain in a process of its own and kill it without warning once it has heard so many facts."""
    command = [sys.executable, "-m", "tests.scenarios.dying_chain", str(data), str(FAST)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        heard = 0
        for line in process.stdout:
            heard = int(line)
            if heard >= facts:
                break
        os.kill(process.pid, signal.SIGKILL)
    assert heard >= facts


async def test_a_chain_killed_without_warning_sends_what_was_not_acknowledged_exactly_once(
    tmp_path: Path,
) -> None:
    heard = 0
    for _ in range(3):
        heard += 60
        with trio.fail_after(30):
            await trio.to_thread.run_sync(killed_chain, tmp_path, heard)
        check = queries.check(tmp_path / LEDGER)
        assert (check.balanced, check.chain_ok, check.violations) == (True, True, [])
        for node in NODES:
            stored = list(queries.facts_after(tmp_path / LEDGER, node, epoch=0))
            assert stored == journal_of(tmp_path, node)[: len(stored)]
    async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears):
        pass
    assert_the_ledger_holds_every_journal_exactly_once(tmp_path)
