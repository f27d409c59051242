"""Networks and disks that fail: what they do to what they are given, and that a seed decides it all."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.kernel import FAR_FUTURE_US
from runtime.network import LATENCY_US
from runtime.wire import CHAIN_START, FactRecord, chained, fact_bytes
from runtime.world_members import NodeKilled
from simulator.faults.disk import AFTER, BEFORE, REFUSED, FaultyDisk
from simulator.faults.network import FaultyNetwork, Weather

SECOND_US = 1_000_000
FRAMES = 200


def sent_in(weather: Weather | None, seed: int = 1) -> tuple[FaultyNetwork, list[tuple[int, bytes]]]:
    """A frame a millisecond on a link, and what arrives of them."""
    network = FaultyNetwork(seed)
    if weather is not None:
        network.weather["gw-1"] = weather
    arrived: list[tuple[int, bytes]] = []
    for number in range(FRAMES):
        frame = b"frame %03d" % number
        network.send(number * 1000, "gw-1", lambda at_us, what: arrived.append((at_us, what)), frame)
    while network.next_at() < FAR_FUTURE_US:
        network.deliver()
    return network, arrived


def test_a_calm_link_delivers_all_once_and_in_order() -> None:
    network, arrived = sent_in(None)
    assert arrived == [(number * 1000 + LATENCY_US, b"frame %03d" % number) for number in range(FRAMES)]
    assert network.counts == {"sent": FRAMES}


def test_weather_on_one_link_leaves_the_others_calm() -> None:
    network = FaultyNetwork(1)
    network.weather["gw-1"] = Weather(loss=1.0)
    arrived: list[str] = []
    for link in ("gw-1", "gw-2"):
        network.send(0, link, lambda _, what: arrived.append(what), link)
    while network.next_at() < FAR_FUTURE_US:
        network.deliver()
    assert arrived == ["gw-2"]


def test_frames_are_lost_and_counted() -> None:
    network, arrived = sent_in(Weather(loss=0.3))
    assert 0 < network.counts["lost"] < FRAMES
    assert len(arrived) == FRAMES - network.counts["lost"]


def test_frames_are_doubled_and_counted() -> None:
    network, arrived = sent_in(Weather(doubling=0.3))
    assert network.counts["doubled"] > 0
    assert len(arrived) == FRAMES + network.counts["doubled"]


def test_damage_changes_one_byte_and_is_counted() -> None:
    network, arrived = sent_in(Weather(damage=0.3))
    damaged = [
        (b"frame %03d" % number, what)
        for number, (_, what) in enumerate(arrived)
        if what != b"frame %03d" % number
    ]
    assert len(damaged) == network.counts["damaged"] > 0
    for right, wrong in damaged:
        assert len(right) == len(wrong)
        assert sum(a != b for a, b in zip(right, wrong, strict=True)) == 1


def test_damage_reaches_the_frame_that_travels_with_its_sender() -> None:
    network = FaultyNetwork(1)
    network.weather["gw-1"] = Weather(damage=1.0)
    arrived: list[Any] = []
    network.send(0, "gw-1", lambda _, what: arrived.append(what), ("site", b"frame"))
    network.deliver()
    (sender, frame), *_ = arrived
    assert sender == "site"
    assert frame != b"frame"


def test_delayed_frames_overtake_each_other_and_all_arrive() -> None:
    _, arrived = sent_in(Weather(delay_seconds_max=2.0))
    frames = [what for _, what in arrived]
    assert frames != sorted(frames)
    assert sorted(frames) == [b"frame %03d" % number for number in range(FRAMES)]
    assert [at_us for at_us, _ in arrived] == sorted(at_us for at_us, _ in arrived)


def test_a_cut_link_loses_what_is_on_its_way_and_carries_again_when_healed() -> None:
    network = FaultyNetwork(1)
    arrived: list[bytes] = []

    def take(_: int, what: bytes) -> None:
        arrived.append(what)

    network.send(0, "gw-1", take, b"before")
    network.cut.add("gw-1")
    network.deliver()
    network.send(SECOND_US, "gw-1", take, b"meanwhile")
    network.deliver()
    network.cut.discard("gw-1")
    network.send(2 * SECOND_US, "gw-1", take, b"after")
    network.deliver()
    assert arrived == [b"after"]
    assert network.counts["cut off"] == 2


def test_the_same_seed_is_the_same_weather_and_another_is_not() -> None:
    bad = Weather(loss=0.2, doubling=0.2, damage=0.2, delay_seconds_max=1.0)
    assert sent_in(bad)[1] == sent_in(bad)[1]
    assert sent_in(bad)[1] != sent_in(bad, seed=2)[1]


def records(first: int, count: int, chain: bytes = CHAIN_START) -> list[FactRecord]:
    """Facts that follow each other."""
    made = []
    for seq in range(first, first + count):
        body = b"fact %d" % seq
        chain = chained(chain, fact_bytes(seq, "m-1", seq, body))
        made.append(FactRecord(seq, "m-1", seq, body, chain))
    return made


def test_a_process_that_dies_before_the_commit_leaves_nothing() -> None:
    disk = FaultyDisk("gw-1")
    disk.next_fault = BEFORE
    with pytest.raises(NodeKilled, match="gw-1 was killed"):
        disk.commit(records(1, 3))
    assert disk.head() == (0, CHAIN_START)
    disk.commit(records(1, 3))
    assert (disk.head()[0], disk.failed) == (3, 1)


def test_a_process_that_dies_after_the_commit_leaves_all_of_it() -> None:
    disk = FaultyDisk("gw-1")
    disk.next_fault = AFTER
    with pytest.raises(NodeKilled, match="gw-1 was killed"):
        disk.commit(records(1, 3), {"covered": b"2"})
    assert disk.head()[0] == disk.verify() == 3
    assert disk.noted("covered") == b"2"


def test_a_fault_may_let_some_commits_pass() -> None:
    disk = FaultyDisk("gw-1")
    disk.next_fault, disk.passes = AFTER, 2
    facts = records(1, 3)
    disk.commit(facts[:1])
    disk.commit(facts[1:2])
    with pytest.raises(NodeKilled, match="gw-1 was killed"):
        disk.commit(facts[2:])
    assert (disk.head()[0], disk.passes) == (3, 0)


def test_what_a_disk_that_says_no_has_kept_is_not_known() -> None:
    kept: list[int] = []
    for _ in range(4):
        disk = FaultyDisk("gw-1")
        disk.failed = len(kept)
        disk.next_fault = REFUSED
        with pytest.raises(NodeKilled, match="gw-1 was killed"):
            disk.commit(records(1, 1))
        kept.append(disk.head()[0])
    assert kept == [1, 0, 1, 0]
