"""A recorded day on the console: the API that the replay bar talks to, and what a replay refuses."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from console.cli import run_command
from console.replay.host import ReplayHost
from scenarios import run, scenario
from scenarios.replay.recorded_day import read_chain_day
from tests.console.browserless import Caller, console


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("days")
    prepared = scenario.prepare(scenario.load("us-2022"), first=date(2022, 6, 1), last=date(2022, 6, 3))
    run.run(prepared, record=directory)
    return directory


@pytest.fixture
def host(recording: Path) -> ReplayHost:
    return ReplayHost(recording, read_chain_day(recording, "2022-06-02"))


@pytest.fixture
async def caller(host: ReplayHost) -> AsyncIterator[Caller]:
    async with console(host) as stranger, trio.open_nursery() as nursery:
        nursery.start_soon(host.run)
        yield await stranger.logged_in()
        nursery.cancel_scope.cancel()


async def said(caller: Caller, what: str, **body: Any) -> dict[str, Any]:
    answer = await caller.ask(f"/api/replay/{what}", "POST", msgspec.json.encode(body))
    assert answer.status == 200, answer.body
    found: dict[str, Any] = msgspec.json.decode(answer.body)
    return found


async def test_the_day_shown_its_span_and_its_density_are_told(caller: Caller, host: ReplayHost) -> None:
    shown = msgspec.json.decode((await caller.ask("/api/replay")).body)
    assert shown["dates"] == ["2022-06-01", "2022-06-02", "2022-06-03"]
    assert (shown["date"], shown["speed"], shown["place"]) == ("2022-06-02", 0, 0)
    assert sum(shown["density"]) == shown["events"] == len(host.playback.day.events)
    assert msgspec.json.decode((await caller.ask("/api/chain")).body)["replay"] is True


async def test_a_moment_that_is_sought_is_the_one_shown_forwards_and_backwards(caller: Caller) -> None:
    shown = msgspec.json.decode((await caller.ask("/api/replay")).body)
    end = await said(caller, "seek", at_ms=shown["to_ms"])
    assert end["place"] == shown["events"]
    middle = (shown["from_ms"] + shown["to_ms"]) // 2
    back = await said(caller, "seek", at_ms=middle)
    assert back["at_ms"] == middle
    assert 0 < back["place"] < shown["events"]


async def test_steps_tell_the_event_and_pause(caller: Caller) -> None:
    await said(caller, "speed", speed=10)
    one = await said(caller, "step", events=1)
    assert one["speed"] == 0
    assert one["last"]
    two = await said(caller, "step", events=1)
    assert (await said(caller, "step", events=-1))["last"] == one["last"] != two["last"]


async def test_playing_moves_the_moment_at_its_speed(caller: Caller, host: ReplayHost) -> None:
    await said(caller, "speed", speed=600)
    begin = host.now_us()
    with trio.fail_after(10):
        while host.now_us() < begin + 300_000_000:
            await trio.testing.wait_all_tasks_blocked()
    assert (await said(caller, "speed", speed=0))["speed"] == 0


async def test_another_day_is_chosen_and_begins_paused(caller: Caller) -> None:
    shown = await said(caller, "day", date="2022-06-03")
    assert (shown["date"], shown["place"], shown["speed"]) == ("2022-06-03", 0, 0)


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("day", {"date": "2022-07-01"}, 404),
        ("day", {"date": "../../etc"}, 400),
        ("speed", {"speed": 7}, 400),
        ("step", {"events": 100_000}, 400),
        ("seek", {"at_ms": -1}, 400),
        ("seek", {"at_ms": 1, "more": 1}, 400),
    ],
)
async def test_what_cannot_be_shown_is_refused(
    caller: Caller, what: str, body: dict[str, Any], status: int
) -> None:
    answer = await caller.ask(f"/api/replay/{what}", "POST", msgspec.json.encode(body))
    assert answer.status == status
    assert msgspec.json.decode(answer.body)["detail"]


async def test_a_replay_takes_no_commands(caller: Caller, host: ReplayHost) -> None:
    host.playback.seek(host.playback.day.to_us)
    clock = await caller.ask("/api/clock", "POST", b'{"speed": 1}')
    assert clock.status in (404, 405)


async def test_two_days_are_counted_alike(caller: Caller) -> None:
    days = [
        msgspec.json.decode((await caller.ask(f"/api/replay/figures/{day}")).body)
        for day in ("2022-06-01", "2022-06-02")
    ]
    for day in days:
        assert day["sales_minor"] == sorted(day["sales_minor"])
        assert day["sales_minor"][-1] == sum(day["by_tender"].values()) == sum(day["by_place"].values()) > 0
        assert day["units"][-1] == sum(day["by_product"].values())


def test_replay_prints_the_consoles_address_and_ends_in_time(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["replay", str(recording), "--port", "0", "--for", "0.2"]) == 0
    assert re.match(r"Console: http://127\.0\.0\.1:\d+/\?token=\S+\n$", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--speed", "601"], "speed must be 0 to 600, not 601"),
        (["--day", "2023-01-01"], "day must be one of 2022-06-01 to 2022-06-03"),
        (["--json"], "--json: must come with --verify"),
    ],
)
def test_a_replay_that_cannot_be_is_refused_in_one_line(
    recording: Path, options: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["replay", str(recording), "--port", "0", "--for", "0.1", *options]) == 2
    error = capsys.readouterr().err
    assert text in error
    assert error.count("\n") == 1
