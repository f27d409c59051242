"""Chains under faults: nothing lost, nothing doubled, and the same seed is the same run."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from actors.machine.lane import Lane
from actors.machine.messages import LaneFilled
from console.cli import run_command
from runtime.world_members import Site
from scenarios import assembly
from scenarios.soak import plan, town
from scenarios.soak.explore import explore
from scenarios.soak.soak import BUSY_US, OPENS_US, soak

SEEDS = range(1, 21)


def test_twenty_seeds_of_faults_lose_nothing_and_double_nothing() -> None:
    found = explore(SEEDS).as_json()
    assert found["violations"] == []
    assert found["seeds"] == len(SEEDS)
    assert found["events"] >= 3_000 * len(SEEDS)
    assert sum(found["faults"].values()) >= 20 * len(SEEDS)
    assert len(found["faults"]) >= 8


def test_a_seed_run_twice_is_the_same_run_and_another_seed_is_not() -> None:
    first, again, other = soak(town.prepared(5)), soak(town.prepared(5)), soak(town.prepared(6))
    assert (first.digest, first.events) == (again.digest, again.events)
    assert first.digest != other.digest


def test_faults_are_drawn_from_the_seed_alone() -> None:
    prepared = town.prepared(3)
    from_us = assembly.midnight_us(prepared) + OPENS_US
    drawn = plan.draw(3, prepared.chain, from_us, from_us + BUSY_US)
    assert drawn == plan.draw(3, prepared.chain, from_us, from_us + BUSY_US)
    assert len(drawn) == plan.FAULTS_A_RUN + plan.MORE_A_RUN
    assert all(from_us <= fault.at_us < from_us + BUSY_US for fault in drawn)
    assert list(drawn) == sorted(drawn)


def test_a_calm_run_has_no_faults_and_nothing_to_complain_of() -> None:
    result = soak(town.prepared(1), faults=())
    assert not result.faults
    assert result.violations == ()


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A planted bug: facts are said to be committed, and are not written, by a process that dies often."""

    def plant() -> None:
        begun = Site.take_over

        def shortened(site: Site, *given: object) -> None:
            records = site.journal._records  # type: ignore[attr-defined]
            if len(records) > 1:
                records.pop()
            begun(site, *given)  # type: ignore[arg-type]

        monkeypatch.setattr(Site, "take_over", shortened)

    return plant


def test_a_planted_bug_is_found_and_its_list_of_faults_made_short(forgetful: Callable[[], None]) -> None:
    forgetful()
    found = explore(range(1, 3))
    assert not found.held
    assert all(len(faults) <= 3 for faults in found.shortest.values())
    told = found.as_json()["violations"][0]
    assert told["replay"] == f"hawker soak --seeds {told['seed']}..{told['seed']}"
    assert told["faults"]


def test_the_command_prints_one_document_and_returns_whether_all_held(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["soak", "--seeds", "1..2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"seeds", "events", "faults", "violations", "digests"}
    assert (told["seeds"], list(told["digests"])) == (2, ["1", "2"])
    assert run_command(["soak", "--seeds", "1..1"]) == 0
    assert "1 seeds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seeds", "rule"),
    [
        ("1", "must be two numbers such as 1..200, not '1'"),
        ("3..1", "must name 1 to 1000000 seeds, not 3..1"),
        ("0..1000000", "must name 1 to 1000000 seeds"),
        ("a..b", "must be two numbers"),
    ],
)
def test_seeds_that_are_none_are_refused_in_one_line(
    seeds: str, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["soak", "--seeds", seeds]) == 2
    said = capsys.readouterr().err
    assert rule in said
    assert said.count("\n") == 1


def test_a_lane_that_sells_what_it_has_not_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Lane.appliers, LaneFilled, lambda lane, fact: None)
    assert "I2" in {violation.invariant for violation in soak(town.prepared(1), faults=()).violations}
