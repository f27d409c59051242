"""The bus over real tcp on 127.0.0.1. The clock is real, so everything stands under ``fail_after``."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest
import trio
import trio.testing
import zmq

from runtime.bus.office import OfficeBus, open_office_bus
from runtime.bus.site import SiteBus, open_site_bus
from runtime.bus.watcher import open_watcher
from runtime.bus.wire import BODY_BYTES_MAX, HEADER, Endpoints, Wire, Wires
from runtime.errors import ConfigError

AGAIN_SECONDS = 0.2


async def echo(office: OfficeBus) -> None:
    while True:
        for node, frame in await office.receive():
            office.send(node, frame)


async def ping(site: SiteBus, frame: bytes = b"hello") -> bytes:
    assert site.send(frame)
    return (await site.receive())[0]


async def answered(site: SiteBus, frame: bytes) -> None:
    """Say it until it is answered: what is on a wire when that breaks is lost."""
    while True:
        site.send(frame)
        with trio.move_on_after(AGAIN_SECONDS):
            while frame not in await site.receive():
                pass
            return


async def test_twenty_thousand_frames_go_to_and_fro_without_a_stall() -> None:
    with trio.fail_after(60):
        async with (
            open_office_bus() as office,
            open_site_bus("gw-1", office.endpoints) as site,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(echo, office)
            for number in range(20_000):
                assert await ping(site, number.to_bytes(4, "big")) == number.to_bytes(4, "big")
            nursery.cancel_scope.cancel()
            assert (office.garbage, office.unsent, site.garbage, site.unsent) == (0, 0, 0, 0)


async def test_a_wire_closed_beside_a_message_gives_the_message_or_says_that_it_is_closed() -> None:
    ended: list[str] = []

    async def take(wire: Wire) -> None:
        try:
            [(_, parts)] = await wire.receive()
        except trio.ClosedResourceError:
            ended.append("closed")
        else:
            ended.append(parts[-1].decode())

    async def close(wire: Wire) -> None:
        wire.close()

    with trio.fail_after(30):
        for turn in range(40):
            wires = Wires()
            here, there = wires.open(zmq.ROUTER), wires.open(zmq.DEALER)
            here.listen_within("inproc://here")
            there.connect("inproc://here")
            async with trio.open_nursery() as nursery:
                if turn % 2:  # it waits already when the message comes
                    nursery.start_soon(take, here)
                    await trio.testing.wait_all_tasks_blocked()
                assert there.send([b"hello"])
                if not turn % 2:
                    nursery.start_soon(take, here)
                nursery.start_soon(close, here)
            await wires.end()
    assert set(ended) == {"hello", "closed"}
    assert len(ended) == 40


async def test_several_tasks_may_send_while_another_receives() -> None:
    tasks, each = 8, 500
    room = trio.CapacityLimiter(200)
    seen: list[bytes] = []

    async def send_many(site: SiteBus, name: int) -> None:
        for number in range(each):
            await room.acquire_on_behalf_of((name, number))
            assert site.send(b"%d %d" % (name, number))

    with trio.fail_after(60):
        async with (
            open_office_bus() as office,
            open_site_bus("gw-1", office.endpoints) as site,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(echo, office)
            for name in range(tasks):
                nursery.start_soon(send_many, site, name)
            while len(seen) < tasks * each:
                for frame in await site.receive():
                    name, number = map(int, frame.split())
                    room.release_on_behalf_of((name, number))
                    seen.append(frame)
            nursery.cancel_scope.cancel()
    for name in range(tasks):
        assert [frame for frame in seen if frame.startswith(b"%d " % name)] == [
            b"%d %d" % (name, number) for number in range(each)
        ]


async def test_each_node_gets_its_own_frames() -> None:
    with trio.fail_after(20):
        async with open_office_bus() as office, trio.open_nursery() as nursery:
            nursery.start_soon(echo, office)
            async with (
                open_site_bus("gw-1", office.endpoints) as one,
                open_site_bus("gw-2", office.endpoints) as two,
            ):
                assert await ping(one, b"from one") == b"from one"
                assert await ping(two, b"from two") == b"from two"
                assert office.send("gw-1", b"for one")
                assert await one.receive() == [b"for one"]
            nursery.cancel_scope.cancel()


async def test_a_frame_for_a_node_never_heard_is_dropped_and_counted() -> None:
    async with open_office_bus() as office:
        assert not office.send("gw-9", b"anybody?")
        assert office.unsent == 1


async def test_garbage_on_a_raw_socket_leaves_the_others_served() -> None:
    with trio.fail_after(20):
        async with (
            open_office_bus() as office,
            open_site_bus("gw-1", office.endpoints) as site,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(echo, office)
            for endpoint in (
                office.endpoints.links,
                office.endpoints.readings,
                office.endpoints.watchers,
            ):
                for garbage in (b"GET / HTTP/1.1\r\n\r\n", bytes(64), b"\xff" * 5000, b""):
                    stranger = await trio.open_tcp_stream("127.0.0.1", urlsplit(endpoint).port or 0)
                    async with stranger:
                        await stranger.send_all(garbage)
                assert await ping(site) == b"hello"
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"gw-1", b"frame"],
        [b"gw-1", b"HWK0", b"frame"],
        [b"", HEADER, b"frame"],
        [b"\xff\xfe", HEADER, b"frame"],
        [b"g" * 1000, HEADER, b"frame"],
        [b"gw-1", HEADER, b"frame", b"more"],
        [b"x"] * 5000,
    ],
    ids=lambda parts: f"{len(parts)} parts, {parts[0][:4]!r}",
)
async def test_messages_that_are_not_ours_are_counted_and_dropped(parts: list[bytes]) -> None:
    with trio.fail_after(20), zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
        async with open_office_bus() as office:
            stranger.linger = 0
            stranger.connect(office.endpoints.links)
            stranger.send_multipart(parts)
            stranger.send_multipart([b"gw-1", HEADER, b"good"])
            assert await office.receive() == [("gw-1", b"good")]
            assert office.garbage == 1


async def test_a_peer_that_sends_too_much_at_once_is_cut_off_and_others_are_served() -> None:
    with trio.fail_after(20), zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
        async with open_office_bus() as office, open_site_bus("gw-1", office.endpoints) as site:
            stranger.linger = 0
            stranger.connect(office.endpoints.links)
            stranger.send_multipart([b"gw-2", HEADER, bytes(BODY_BYTES_MAX + 1)])
            async with trio.open_nursery() as nursery:
                nursery.start_soon(echo, office)
                assert await ping(site, bytes(BODY_BYTES_MAX)) == bytes(BODY_BYTES_MAX)
                nursery.cancel_scope.cancel()
            assert not office.send("gw-2", b"never heard")


async def test_a_site_finds_the_office_again_on_the_same_ports() -> None:
    with trio.fail_after(20):
        async with open_office_bus() as office:
            endpoints = office.endpoints
            async with trio.open_nursery() as nursery:
                nursery.start_soon(echo, office)
                async with open_site_bus("gw-1", endpoints) as before:
                    assert await ping(before) == b"hello"
                nursery.cancel_scope.cancel()
        async with open_site_bus("gw-1", endpoints) as site:
            for life in range(3):
                async with open_office_bus(endpoints) as office, trio.open_nursery() as nursery:
                    assert office.endpoints == endpoints
                    nursery.start_soon(echo, office)
                    await answered(site, b"life %d" % life)
                    nursery.cancel_scope.cancel()


async def test_a_site_that_comes_back_is_answered_on_its_new_line() -> None:
    with trio.fail_after(20):
        async with open_office_bus() as office, trio.open_nursery() as nursery:
            nursery.start_soon(echo, office)
            for life in range(5):
                async with open_site_bus("gw-1", office.endpoints) as site:
                    assert await ping(site, b"life %d" % life) == b"life %d" % life
            nursery.cancel_scope.cancel()


async def test_readings_arrive_under_the_name_of_their_node() -> None:
    with trio.fail_after(20):
        async with open_office_bus() as office, open_site_bus("gw-1", office.endpoints) as site:
            with trio.move_on_after(10) as scope:
                async with trio.open_nursery() as nursery:

                    async def publish() -> None:
                        while True:  # readings sent before the wire stands are lost, as they may be
                            site.publish(b"-180 decicelsius")
                            await trio.lowlevel.checkpoint()

                    nursery.start_soon(publish)
                    assert (await office.receive_readings())[0] == ("gw-1", b"-180 decicelsius")
                    nursery.cancel_scope.cancel()
            assert not scope.cancelled_caught


async def test_a_watcher_gets_a_snapshot_and_then_the_changes() -> None:
    with trio.fail_after(20):
        async with open_office_bus() as office, trio.open_nursery() as nursery:
            nursery.start_soon(office.serve_watchers)
            office.publish("machine/1", b"old")
            office.publish("machine/1", b"ready")
            office.publish("machine/2", b"jammed")
            office.publish("store/1", b"open")
            for _ in range(2):  # a second watcher of the same topics is told as well
                async with open_watcher(office.endpoints, "machine/") as watcher:
                    seen: list[tuple[str, bytes]] = []
                    while len(seen) < 2:
                        seen += await watcher.receive()
                    assert seen == [("machine/1", b"ready"), ("machine/2", b"jammed")]
                    office.publish("store/1", b"closed")
                    office.publish("machine/2", b"mended")
                    assert await watcher.receive() == [("machine/2", b"mended")]
                    office.publish("machine/2", b"jammed")
                    assert await watcher.receive() == [("machine/2", b"jammed")]
            office.close()


async def test_closing_wakes_whoever_waits() -> None:
    async def wait(receive: Callable[[], Awaitable[object]]) -> None:
        with pytest.raises(trio.ClosedResourceError):
            await receive()

    with trio.fail_after(20):
        async with (
            open_office_bus() as office,
            open_site_bus("gw-1", office.endpoints) as site,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(office.serve_watchers)
            for receive in (office.receive, office.receive_readings, site.receive):
                nursery.start_soon(wait, receive)
            await trio.testing.wait_all_tasks_blocked()
            office.close()
            site.close()
            with pytest.raises(trio.ClosedResourceError):
                site.send(b"too late")


async def test_cancelling_and_leaving_with_frames_unsent_does_not_hang() -> None:
    with trio.fail_after(10):
        async with open_site_bus("gw-1", Endpoints(*["tcp://127.0.0.1:9"] * 3)) as site:
            while site.send(bytes(1000)):
                pass
            assert site.unsent == 1
            with trio.move_on_after(0.01):
                await site.receive()


async def test_a_port_that_is_taken_or_open_to_the_world_is_a_config_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConfigError, match="cannot be bound: Address already in use"):
            async with open_office_bus(Endpoints(readings=endpoint)):
                pass
    with pytest.raises(ConfigError, match=r"must bind to tcp://127\.0\.0\.1:PORT while links have no keys"):
        async with open_office_bus(Endpoints(links="tcp://0.0.0.0:*")):
            pass
    with pytest.raises(ConfigError, match="cannot be connected to"):
        async with open_site_bus("gw-1", Endpoints(links="no such place")):
            pass
