"""The live feed: a snapshot, then what changed; tickets; and clients that lag, lie or vanish."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import msgspec
import pytest
import trio
import trio_websocket

from actors.machine.messages import VendCompleted
from console.doors import TICKET_SECONDS, Doors
from console.feed.circle import Circle
from console.feed.live import LAG_FRAMES_MAX, QUIET_TICKS, Client, LiveFeed
from console.feed.scope import scope_of
from console.people.permissions import OWNER_ROLES, Person, Places, permissions_of
from console.state.actor import ConsoleActor
from console.state.views import Changes
from tests.console.browserless import Caller, console
from tests.console.demo import DemoHost, chain
from tests.console.frames import Frame, Kept, decoded


@pytest.fixture
def host() -> DemoHost:
    host = DemoHost(chain(12))
    host.vend(11, "A1")  # the day has begun
    host.console.take_changes()
    return host


async def ticket(operator: Caller) -> str:
    answer = await operator.ask("/api/feed-ticket", "POST")
    return str(msgspec.json.decode(answer.body)["ticket"])


@asynccontextmanager
async def connected(
    operator: Caller, ticket: str, origin: str
) -> AsyncIterator[trio_websocket.WebSocketConnection]:
    port = operator.served.feed_port
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream, trio.open_nursery() as nursery:
        yield await trio_websocket.wrap_client_stream(
            nursery,
            stream,
            f"127.0.0.1:{port}",
            f"/feed?ticket={ticket}",
            extra_headers=[(b"Origin", origin.encode())],
        )
        nursery.cancel_scope.cancel()


async def refusal(operator: Caller, ticket: str, origin: str) -> int:
    """The status with which the feed refuses this ticket and origin; 0 if it lets them in."""
    status = 0
    try:
        async with connected(operator, ticket, origin):
            pass
    except* trio_websocket.ConnectionRejected as refused:
        (rejected,) = refused.exceptions
        assert isinstance(rejected, trio_websocket.ConnectionRejected)
        status = rejected.status_code
    return status


async def said(socket: trio_websocket.WebSocketConnection, kind: str) -> dict[str, Any]:
    """The next text message of this kind."""
    with trio.fail_after(5):
        while True:
            message = await socket.get_message()
            if isinstance(message, str) and (found := msgspec.json.decode(message))["t"] == kind:
                told: dict[str, Any] = found
                return told


async def frame_where(
    socket: trio_websocket.WebSocketConnection, fits: Callable[[Frame], object] = lambda _: True
) -> Frame:
    """The next frame for which this holds."""
    with trio.fail_after(5):
        while True:
            message = await socket.get_message()
            if isinstance(message, bytes) and fits(frame := decoded(message)):
                return frame


async def test_a_page_gets_a_snapshot_and_then_a_sale_within_a_second(host: DemoHost) -> None:
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        async with connected(operator, await ticket(operator), operator.origin) as page:
            snapshot = await frame_where(page, lambda frame: frame.snapshot)
            assert [row["row"] for row in snapshot.rows] == list(range(12))
            sold_at = trio.current_time()
            host.report(
                "hk-0003/lane/A1",
                VendCompleted(sale=1, unit=0, product="p", price_minor=900, tender="code", level=1),
            )
            delta = await frame_where(page, lambda frame: frame.rows)
            assert trio.current_time() - sold_at < 1
            (row,) = delta.rows
            assert (row["row"], row["units"], row["sales"]) == (2, 1, 900)
            assert delta.said["kpi"]["now"][1] == snapshot.said["kpi"]["now"][1] + 900


async def test_a_watched_machine_is_told_in_full_and_again_when_it_changes(host: DemoHost) -> None:
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        async with connected(operator, await ticket(operator), operator.origin) as page:
            await page.send_message('{"watch": 4}')
            assert (await said(page, "machine"))["machine"] == 4
            host.vend(4, "A1")
            again = await said(page, "machine")
            assert again["lanes"][0][5] == host.console.machines[4].lanes["A1"].level
            await page.send_message('{"ping": 5.5}')
            assert (await said(page, "pong"))["ping"] == 5.5


async def test_a_ticket_opens_the_feed_once_and_only_for_our_own_page(host: DemoHost) -> None:
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        used = await ticket(operator)
        async with connected(operator, used, operator.origin) as page:
            await frame_where(page)
        for wrong, origin, status in (
            (used, operator.origin, 401),
            ("guess", operator.origin, 401),
            (await ticket(operator), "http://evil.example", 403),
        ):
            assert await refusal(operator, wrong, origin) == status


async def test_what_is_not_a_request_closes_the_connection(host: DemoHost) -> None:
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        for text in ("{", '{"drop": "table"}', "x" * 5000):
            async with connected(operator, await ticket(operator), operator.origin) as page:
                await page.send_message(text)
                with pytest.raises(trio_websocket.ConnectionClosed):
                    await said(page, "never")
        assert (await stranger.ask("/health/live")).status == 200


async def test_a_malformed_handshake_and_a_reset_end_their_own_connection_only(host: DemoHost) -> None:
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        for start in (
            b"GET /feed HTTP/1.1\r\nUpgrade: websocket\r\n\x00",
            b"\xff\xfe rubbish\r\n\r\n",
            b"GET /feed HT",
        ):
            stream = await trio.open_tcp_stream("127.0.0.1", stranger.served.feed_port)
            await stream.send_all(start)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            await stream.aclose()  # sends a reset
        async with connected(operator, await ticket(operator), operator.origin) as page:
            await frame_where(page)
        assert (await stranger.ask("/health/live")).status == 200


def feed_with_a_client(host: DemoHost) -> tuple[LiveFeed, Kept]:
    live = LiveFeed(host, Doors("t", bind="127.0.0.1", port=1, clock=lambda: 0.0))
    return live, another(live)


def another(live: LiveFeed) -> Kept:
    kept = Kept()
    live.clients.add(Client(live.circle(None), kept))
    return kept


def tick(live: LiveFeed, host: DemoHost) -> None:
    """A tick in which something happened."""
    host.console.changes.machines.add(0)
    live.tick()


def test_a_client_that_lags_gets_a_fresh_snapshot_and_keeps_nobody_waiting(host: DemoHost) -> None:
    live, slow = feed_with_a_client(host)
    quick = another(live)
    heard = []
    for _ in range(LAG_FRAMES_MAX + 3):
        tick(live, host)
        heard += quick.take()
    assert heard == ["snapshot", *["delta"] * (LAG_FRAMES_MAX + 2)]
    assert slow.take() == ["snapshot", *["delta"] * (LAG_FRAMES_MAX - 1)]
    tick(live, host)
    tick(live, host)
    assert slow.take() == ["snapshot", "delta"]


def test_all_clients_who_see_the_same_share_one_frame(host: DemoHost) -> None:
    live, one = feed_with_a_client(host)
    other = another(live)
    live.tick()
    assert one.frames[0] is other.frames[0]


def test_a_console_actor_made_anew_is_told_as_a_snapshot(host: DemoHost) -> None:
    live, client = feed_with_a_client(host)
    live.tick()
    host.console = ConsoleActor(host.chain)
    host.console.changes.everything = True
    client.take()
    live.tick()
    assert client.take() == ["snapshot"]


def test_while_nothing_happens_a_frame_still_comes_now_and_then(host: DemoHost) -> None:
    live, client = feed_with_a_client(host)
    live.tick()
    client.take()
    for _ in range(2 * QUIET_TICKS):
        live.tick()
    assert client.take() == ["delta", "delta"]


def test_an_alarm_that_left_is_told_by_its_number_alone(host: DemoHost) -> None:
    frame = decoded(Circle(host, scope_of(host.chain, None)).delta(Changes(alarms={7})))
    assert frame.said["alarms"] == [[7]]


@attrs.define
class Seconds:
    """A clock set by hand."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_ticket_is_late_after_fifteen_seconds() -> None:
    clock = Seconds()
    doors = Doors("t", bind="127.0.0.1", port=1, clock=clock)
    owner = Person(
        id="p1", name="owner", roles=OWNER_ROLES, sites=None, permissions=permissions_of(OWNER_ROLES),
        places=Places(chain(2)),
    )  # fmt: skip
    early, late = doors.ticket(owner), doors.ticket(owner)
    assert doors.use_ticket(early) is owner
    assert doors.use_ticket(early) is None
    clock.now = TICKET_SECONDS + 0.1
    assert doors.use_ticket(late) is None


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080", True),
        ("http://[::1]:8080", True),
        ("http://127.0.0.1:8081", False),
        ("https://127.0.0.1:8080", False),
        ("null", False),
        ("", False),
        ("http://127.0.0.1.evil.example:8080", False),
        ("http://evil.example:8080", False),
    ],
)
def test_only_our_own_pages_are_our_origin(origin: str, ours: bool) -> None:
    doors = Doors("t", bind="127.0.0.1", port=8080, clock=lambda: 0.0)
    assert doors.origin_is_ours(origin) == ours
