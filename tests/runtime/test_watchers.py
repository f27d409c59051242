"""Watchers over real tcp: each gets the latest value of each topic, and one that stalls holds up nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
import zmq

from runtime.bus.office import OfficeBus, open_office_bus
from runtime.bus.watch_desk import PREFIXES_MAX, WATCHERS_MAX, WINDOW
from runtime.bus.watcher import Watcher, open_watcher
from runtime.bus.wire import HEADER, QUEUE_MESSAGES_MAX

ADDRESSES = 500
ROUNDS = 40


@asynccontextmanager
async def office_with_watchers() -> AsyncIterator[OfficeBus]:
    with trio.fail_after(30):
        async with open_office_bus() as office, trio.open_nursery() as nursery:
            nursery.start_soon(office.serve_watchers)
            yield office
            nursery.cancel_scope.cancel()


async def read_until(watcher: Watcher, values: dict[str, bytes], wanted: int, body: bytes) -> list[str]:
    """Read until so many topics have this value; returns the topic of every value that came."""
    came: list[str] = []
    while sum(value == body for value in values.values()) < wanted:
        for topic, value in await watcher.receive():
            values[topic] = value
            came.append(topic)
    return came


async def test_a_stalled_watcher_goes_on_with_the_latest_of_each_address_and_costs_a_name_each() -> None:
    async with (
        office_with_watchers() as office,
        open_watcher(office.endpoints, "m-") as stalled,
        open_watcher(office.endpoints, "m-") as quick,
    ):
        office.publish("m-0", b"first")
        seen: dict[str, bytes] = {}
        slow: dict[str, bytes] = {}
        await read_until(quick, seen, 1, b"first")
        await read_until(stalled, slow, 1, b"first")
        for number in range(ROUNDS):
            body = b"%d" % number + bytes(1000)
            for address in range(ADDRESSES):
                office.publish(f"m-{address}", body)
            await read_until(quick, seen, ADDRESSES, body)
            assert office.watch_desk.waiting <= ADDRESSES, "however much is published"
        assert office.watch_desk.watchers == 2
        came = await read_until(stalled, slow, ADDRESSES, body)
        assert len(came) <= WINDOW + ADDRESSES, "what was on its way, then the latest of each"
        assert office.watch_desk.waiting == 0


async def test_a_watcher_that_comes_late_gets_all_values_though_they_are_more_than_a_queue_holds() -> None:
    async with office_with_watchers() as office:
        topics = 3 * QUEUE_MESSAGES_MAX
        for address in range(topics):
            office.publish(f"m-{address}", b"so")
        async with open_watcher(office.endpoints) as watcher:
            seen: dict[str, bytes] = {}
            assert len(await read_until(watcher, seen, topics, b"so")) == topics


async def test_several_prefixes_are_one_watch() -> None:
    async with office_with_watchers() as office:
        for topic in ("m-1/a", "m-2/a", "m-3/a"):
            office.publish(topic, b"so")
        async with open_watcher(office.endpoints, "m-1/", "m-3/") as watcher:
            seen: dict[str, bytes] = {}
            await read_until(watcher, seen, 2, b"so")
            assert sorted(seen) == ["m-1/a", "m-3/a"]
            assert office.watch_desk.watchers == 1


async def test_a_watcher_that_is_gone_is_forgotten() -> None:
    async with office_with_watchers() as office:
        async with open_watcher(office.endpoints) as watcher:
            office.publish("m-1", b"so")
            await watcher.receive()
        while office.watch_desk.watchers:  # its line is known to be cut once something cannot be sent
            office.publish("m-1", b"so again")
            await trio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    "parts",
    [
        [b"m-", HEADER],
        [b"m-", b"HWK0", bytes(4)],
        [b"m-", HEADER, b"many", b"more"],
        [b"m-", HEADER, bytes(5)],
        [b"m" * 1000, HEADER, bytes(4)],
        [b"\xff", HEADER, bytes(4)],
    ],
    ids=lambda parts: f"{len(parts)} parts, {parts[0][:4]!r}",
)
async def test_what_asks_for_nothing_is_counted_and_dropped(parts: list[bytes]) -> None:
    async with office_with_watchers() as office:
        with zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
            stranger.linger = 0
            stranger.connect(office.endpoints.watchers)
            stranger.send_multipart(parts)
            while not office.watch_desk.garbage:
                await trio.lowlevel.checkpoint()
        async with open_watcher(office.endpoints) as watcher:
            office.publish("m-1", b"so")
            assert await watcher.receive() == [("m-1", b"so")]


async def test_watchers_and_what_each_follows_have_a_ceiling() -> None:
    async with office_with_watchers() as office:
        with zmq.Context() as context:
            crowd = [context.socket(zmq.DEALER) for _ in range(WATCHERS_MAX + 1)]
            for stranger in crowd:
                stranger.linger = 0
                stranger.connect(office.endpoints.watchers)
                stranger.send_multipart([b"m-", HEADER, bytes(4)])
            while not office.watch_desk.garbage:
                await trio.lowlevel.checkpoint()
            assert office.watch_desk.watchers == WATCHERS_MAX
            for number in range(PREFIXES_MAX + 5):
                crowd[0].send_multipart([b"%d" % number, HEADER, bytes(4)])
            while office.watch_desk.garbage < 5:
                await trio.lowlevel.checkpoint()
            for stranger in crowd:
                stranger.close()
