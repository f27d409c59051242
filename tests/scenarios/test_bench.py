from __future__ import annotations

from pathlib import Path

import pytest

from runtime.errors import ConfigError
from runtime.kernel import Kernel
from runtime.node import Node
from scenarios import assembly
from scenarios.bench import bus, day, feed, harness, journal, ledger, link, messages, simulate, startup
from scenarios.bench.harness import Entry
from scenarios.bench.suite import BENCHES, bench

KEYS = {"name", "unit", "hawker", "peers", "ratio", "better", "detail"}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round of everything, of so little that what it measures means nothing."""
    for module in (bus, feed, journal, link, startup):
        monkeypatch.setattr(module, "ROUNDS", 1)
    for module, name, value in (
        (bus, "ROUND_TRIPS", 50),
        (bus, "FRAMES", 300),
        (feed, "SECONDS", 0.5),
        (feed, "SCREEN_SECONDS", 1.0),
        (feed, "SALES_A_SECOND", 50),
        (ledger, "SALES", 300),
        (startup, "FACTS_A_MACHINE", 100),
        (messages, "MESSAGES_MAX", 20_000),
        (messages, "PEER_MESSAGES_MAX", 5_000),
    ):
        monkeypatch.setattr(module, name, value)


@pytest.mark.usefixtures("short")
def test_every_benchmark_gives_one_entry_with_the_agreed_keys() -> None:
    entries = bench(machines=5, lanes=8)
    assert [entry["name"] for entry in entries] == list(BENCHES)
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


def test_a_day_of_the_whole_chain_is_counted_a_vend_and_its_ledger_has_every_fact() -> None:
    found = day.day(day.prepared(4, 8), lambda _: None)
    assert (found["machines"], found["lanes"]) == (4, 8)
    assert found["every_fact_in_the_ledger"]
    assert found["sum_minor"] == 0
    assert found["vends"] > 100
    assert 3 < found["facts_a_vend"] < found["postings_a_vend"] < found["messages_a_vend"] < 80
    sizes = found["bytes_a_lane"]
    assert sizes["opened"] < sizes["after_the_day"] < sizes["after_the_day_with_office"]


def test_machines_and_their_lanes_take_less_than_700_bytes_a_lane_all_in() -> None:
    made = day.prepared(60, 60)
    now_us = assembly.midnight_us(made)
    nodes = [
        assembly.build_node(made.chain, name, seed=1, now_us=now_us)
        for name in sorted({plan.node for plan in made.chain.machines})
    ]
    for node in nodes:
        node.start()
        while node.ready:
            node.drain()
        node.take()
    assert day.held_bytes(nodes) / (60 * 60) <= 700


def test_what_two_nodes_share_is_held_once() -> None:
    one, other = Node("a"), Node("b")
    alone = day.held_bytes([one]) + day.held_bytes([other])
    assert day.held_bytes([one, other, one]) <= alone


def test_a_day_beyond_what_the_chain_takes_is_refused() -> None:
    with pytest.raises(ConfigError, match="lanes: must be a whole number from 8 to 80, not '81'"):
        day.measure(10, 81, lambda _: None)
    with pytest.raises(ConfigError, match="machines: must be a whole number from 1 to 20000, not '20001'"):
        day.measure(20_001, 8, lambda _: None)


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
        (["speed"], None, f"bench must be one of {', '.join(BENCHES)}, not 'speed'"),
        (["messages"], 0, "bench: machines must be >= 1, not 0"),
    ],
)
def test_a_bench_that_cannot_be_run_is_refused(names: list[str], machines: int | None, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        bench(names, machines=machines)
