"""A recorded day, run again on its input: identical, or the first fact that is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from actors.machine.lane import Lane
from runtime.errors import ConfigError
from runtime.recording import read_day, recorded_days
from scenarios import run, scenario
from scenarios.replay import verify as replay


@pytest.fixture
def recording(tmp_path: Path) -> tuple[Path, str]:
    prepared = scenario.prepare(scenario.load("us-2022"), first=date(2022, 6, 1), last=date(2022, 6, 4))
    return tmp_path, run.run(prepared, record=tmp_path).digest


def test_a_recording_verifies_to_the_runs_digest(recording: tuple[Path, str]) -> None:
    directory, digest = recording
    result = replay.verify(directory)
    assert result.identical
    assert result.digest == digest
    assert result.facts > 500


def test_every_node_has_a_file_for_every_business_day(recording: tuple[Path, str]) -> None:
    directory, _ = recording
    days = {node.name: sorted(path.stem for path in node.iterdir()) for node in directory.iterdir()}
    assert "office" in days
    assert all("2022-06-01" in dates for dates in days.values())
    assert any("2022-06-04" in dates for dates in days.values())


def one_unit_less(fill: Callable[..., int]) -> Callable[..., int]:
    def changed(self: Lane, visit: int, product: str, units: int, *rest: Any) -> int:
        return fill(self, visit, product, units - 1, *rest)

    return changed


def test_a_changed_behaviour_is_found_at_the_right_fact(
    recording: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, _ = recording
    monkeypatch.setattr(Lane, "fill", one_unit_less(Lane.fill))
    difference = replay.verify(directory).first_difference
    assert difference is not None
    assert difference.recorded is not None
    assert "LaneFilled" in difference.recorded
    assert "ServiceMachine" in difference.input or "Mail" in difference.input


def test_a_recording_with_faults_temperature_and_tills_verifies_too(tmp_path: Path) -> None:
    prepared = scenario.prepare(
        scenario.load("hk-demo"), changes=["machines=5", "lanes=10", "stores=1", "jam_per_vend=0.05"]
    )
    digest = run.run(prepared, record=tmp_path).digest
    result = replay.verify(tmp_path)
    assert result.identical
    assert result.digest == digest


def test_a_days_file_is_enough_to_replay_that_day_alone(tmp_path: Path) -> None:
    prepared = scenario.prepare(scenario.load("hk-demo"), changes=["machines=5", "lanes=10", "stores=1"])
    run.run(prepared, record=tmp_path)
    for node, files in recorded_days(tmp_path).items():
        day = read_day(files[-1])
        facts, difference = replay.Replayer().play(day)
        assert difference is None, node
        assert len(facts) == len(day.records)
        assert day.start.handled > 0


def test_a_recording_with_a_day_missing_in_the_middle_is_refused_not_called_identical(
    recording: tuple[Path, str],
) -> None:
    directory, _ = recording
    days = next(files for files in recorded_days(directory).values() if len(files) >= 3)
    days[1].unlink()
    with pytest.raises(ConfigError, match=r"must go on from fact \d+, not \d+: a file is missing"):
        replay.verify(directory)


def test_a_folder_without_recordings_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"NODE/DATE\.mcap"):
        replay.verify(tmp_path)


def test_the_first_difference_tells_the_actor_what_it_knew_and_what_came_in(
    recording: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, _ = recording
    monkeypatch.setattr(Lane, "fill", one_unit_less(Lane.fill))
    difference = replay.verify(directory).first_difference
    assert difference is not None
    first = next(
        record
        for path in recorded_days(directory)[difference.node]
        for record in read_day(path).records
        if "LaneFilled" in str(record.fact())
    )
    assert (difference.seq, difference.actor) == (first.seq, first.source)
    assert difference.recorded == str(first.fact())
    assert difference.replayed is not None
    assert first.source.split("/")[0] in difference.message, difference.message
    assert int(difference.state["level"]) >= 0


def test_a_recording_says_which_nodes_days_and_ends_it_lacks(recording: tuple[Path, str]) -> None:
    directory, _ = recording
    days = recorded_days(directory)
    lost, cut, short, late = sorted(name for name, files in days.items() if len(files) >= 4)[:4]
    assert not replay.verify(directory).warnings
    for path in days[lost]:
        path.unlink()
    path = days[cut][-1]
    path.write_bytes(path.read_bytes()[:-200])
    days[short][-1].unlink()
    days[late][0].unlink()
    result = replay.verify(directory)
    assert result.identical
    assert [warning.split(":")[0].split("/")[0] for warning in result.warnings] == [
        cut,
        late,
        short,
        lost,
    ]


def test_a_recording_cut_at_any_byte_opens_to_its_last_whole_chunk(recording: tuple[Path, str]) -> None:
    directory, _ = recording
    path = max(
        (p for files in recorded_days(directory).values() for p in files), key=lambda p: p.stat().st_size
    )
    whole, body = read_day(path), path.read_bytes()
    before = -1
    for cut in range(2_000, len(body) - 1, max(1, len(body) // 60)):
        path.write_bytes(body[:cut])
        try:
            day = read_day(path)
        except ConfigError:
            assert before == -1, "only a file cut within its head may be refused"
            continue
        assert not day.whole
        assert day.records == whole.records[: len(day.records)]
        assert len(day.records) >= before
        before = len(day.records)
    assert before > 0
