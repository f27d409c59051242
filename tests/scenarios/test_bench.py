from __future__ import annotations

from pathlib import Path

import pytest

from runtime.errors import ConfigError
from runtime.kernel import Kernel
from runtime.node import Node
from scenarios.bench import harness, messages, simulate
from scenarios.bench.harness import Entry
from scenarios.bench.suite import bench

KEYS = {"name", "unit", "hawker", "peers", "ratio", "better", "detail"}


def test_every_benchmark_gives_one_entry_with_the_agreed_keys() -> None:
    entries = bench(machines=5, lanes=8)
    assert [entry["name"] for entry in entries] == ["messages", "simulate", "bus", "journal", "startup"]
    for entry in entries:
        assert set(entry) == KEYS
        assert entry["hawker"] > 0
        assert all(value > 0 for value in entry["peers"].values())
        if entry["peers"]:
            best = (max if entry["better"] == "higher" else min)(entry["peers"].values())
            assert entry["ratio"] == pytest.approx(entry["hawker"] / best, abs=1e-3)


def test_the_vending_day_ends_alike_in_hawker_and_in_simpy() -> None:
    entry = simulate.measure(20, 4, lambda _: None)
    assert entry.detail["same_outcome"]
    assert entry.detail["sold"] + entry.detail["lost"] == entry.detail["customers"]
    assert entry.detail["lost"] > 0


def test_a_lane_low_at_three_is_full_again_four_hours_later() -> None:
    kernel = Kernel("k")
    machine = simulate.fleet(kernel, 1, 1)[0]
    choice = simulate.LaneChosen(lane=0)
    kernel.merge((second * 1_000_000, machine.ref, choice) for second in range(13))
    refilled_us = (8 + simulate.REFILL_SECONDS) * 1_000_000
    kernel.run(refilled_us - 1)
    assert (machine.sold, machine.lost) == (12, 1)
    kernel.run(refilled_us)
    kernel.receive(machine.ref, choice)
    kernel.drain()
    assert (machine.sold, machine.lost) == (13, 1)


def test_one_message_in_eight_is_a_recorded_input() -> None:
    kernel = Node("bench", records_input=True)
    refs = messages.populate(kernel, 10)
    for message in (messages.BALLS[-1], messages.WALKS[-1]):
        before = kernel.handled
        kernel.receive(refs[3], message)
        kernel.drain()
        assert kernel.handled - before == messages.MESSAGES_AN_INPUT
    batch = kernel.take()
    assert batch is not None
    assert [entry.handled for entry in batch.inputs] == [0, 8]
    assert {entry.to for entry in batch.inputs} == {"m-00000/lane/03"}


def test_a_lane_actor_is_small_all_in() -> None:
    assert messages.bytes_an_actor(5_000) <= 600


def test_peers_that_are_not_there_are_reported_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "simpy_actors.py").write_text("import a_library_that_is_not_installed")
    monkeypatch.setattr(harness, "PEERS", tmp_path)
    entry = simulate.measure(2, 4, lambda _: None).as_json()
    assert entry["peers"] == {"simpy_plain": None, "simpy_actors": None}
    assert entry["ratio"] is None
    assert "no source checkout" in entry["detail"]["missing"]["simpy_plain"]
    assert "a_library_that_is_not_installed is not installed" in entry["detail"]["missing"]["simpy_actors"]


@pytest.mark.parametrize(("better", "ratio"), [("higher", 0.5), ("lower", 2.0)])
def test_the_ratio_is_to_the_best_peer(better: str, ratio: float) -> None:
    entry = Entry(name="x", unit="u", hawker=10.0, peers={"a": 5.0, "b": 20.0, "c": None}, better=better)
    assert entry.as_json()["ratio"] == ratio


def test_the_same_arrivals_are_drawn_again_from_the_same_seed() -> None:
    assert simulate.Arrivals.drawn(3, 4) == simulate.Arrivals.drawn(3, 4)
    assert simulate.Arrivals.drawn(3, 4) != simulate.Arrivals.drawn(3, 4, seed=2)


@pytest.mark.parametrize(
    ("names", "machines", "text"),
    [
        (["speed"], None, "bench must be one of messages, simulate, bus, journal, startup, not 'speed'"),
        (["messages"], 0, "bench: machines must be >= 1, not 0"),
    ],
)
def test_a_bench_that_cannot_be_run_is_refused(names: list[str], machines: int | None, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        bench(names, machines=machines)
