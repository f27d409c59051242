"""A recorded day played: every moment looks the same however it was reached."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path

import attrs
import pytest

from actors.machine.messages import LaneAssigned, VendCompleted
from console.state.actor import ConsoleActor
from runtime.actor import Report
from runtime.errors import ConfigError, Refused
from scenarios import run, scenario
from scenarios.replay.playback import Playback
from scenarios.replay.recorded_day import ChainDay, dates, read_chain_day

Shown = tuple[object, ...]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("days")
    prepared = scenario.prepare(scenario.load("us-2022"), first=date(2022, 6, 1), last=date(2022, 6, 4))
    run.run(prepared, record=directory)
    return directory


@pytest.fixture(scope="module")
def day(recording: Path) -> ChainDay:
    return read_chain_day(recording, "2022-06-03")


def copied(actor: ConsoleActor) -> ConsoleActor:
    return copy.deepcopy(actor, {id(actor.chain): actor.chain})


def playback(day: ChainDay) -> Playback[ConsoleActor]:
    return Playback(day, ConsoleActor(day.chain), copied)


def shown(played: Playback[ConsoleActor]) -> Shown:
    actor = played.hearer
    lanes = [[(lane.product, lane.level) for lane in view.lanes.values()] for view in actor.machines]
    return (*attrs.astuple(actor.kpis()), actor.units_today, lanes, sorted(actor.alarms))


def test_the_days_are_named_in_order(recording: Path) -> None:
    assert dates(recording) == ["2022-06-01", "2022-06-02", "2022-06-03", "2022-06-04"]


def test_a_day_begins_with_the_lanes_as_they_stood(recording: Path, day: ChainDay) -> None:
    before = read_chain_day(recording, "2022-06-02")
    levels: dict[str, int] = {}
    for place in range(len(before.events)):
        report = before.report(place)
        if (level := getattr(report.content, "level", None)) is not None and "/lane/" in report.source:
            levels[report.source] = level
    opening = {r.source: r.content.level for r in day.opening if isinstance(r.content, LaneAssigned)}
    assert levels
    assert {lane: opening[lane] for lane in levels} == levels


def test_events_come_in_the_order_of_their_moments_and_a_nodes_in_its_own(day: ChainDay) -> None:
    moments = [event[0] for event in day.events]
    assert moments == sorted(moments)
    numbers: dict[str, int] = {}
    for place in range(len(day.events)):
        report = day.report(place)
        if report.seq:
            assert report.seq > numbers.get(report.node, 0)
            numbers[report.node] = report.seq


def test_a_moment_looks_the_same_played_sought_or_stepped_to(day: ChainDay) -> None:
    played, sought, stepped = playback(day), playback(day), playback(day)
    played.speed = 600
    while not played.ended and played.place < 60:
        played.pass_time(1)
    place, moment = played.place, shown(played)
    sought.seek(day.to_us)
    sought.seek(played.now_us)
    stepped.seek(day.to_us)
    assert shown(stepped) != moment
    stepped.step(place - stepped.place)
    assert shown(sought) == shown(stepped) == moment


def test_a_step_tells_the_event_it_came_to(day: ChainDay) -> None:
    played = playback(day)
    last: Report | None = None
    while last is None or not isinstance(last.content, VendCompleted):
        last = played.step(1)
    assert played.now_us == last.at_us
    assert played.speed == 0
    before = played.step(-1)
    assert before != last
    assert played.step(1) == last


def test_the_end_of_the_day_pauses(day: ChainDay) -> None:
    played = playback(day)
    played.speed = 600
    played.pass_time(86_400)
    assert (played.ended, played.speed, played.now_us) == (True, 0, day.to_us)


@pytest.mark.parametrize("speed", [-1.0, 601.0, float("nan")])
def test_a_speed_beyond_the_limits_is_refused(day: ChainDay, speed: float) -> None:
    played = playback(day)
    with pytest.raises(Refused, match="speed must be 0 to 600, not"):
        played.speed = speed
    assert played.speed == 0


def test_a_day_that_nobody_recorded_is_refused_with_those_that_are(recording: Path) -> None:
    with pytest.raises(ConfigError, match="2022-06-01 to 2022-06-04 recorded here, not 2022-07-01"):
        read_chain_day(recording, "2022-07-01")
