"""Webhooks: only to allowed hosts, signed, sent again until taken or given up."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import h11
import msgspec
import pytest
import trio

from actors.office.messages import AlarmAcknowledged, AlarmCleared
from console.people.people import People
from console.people.wrong import Wrong
from console.webhooks import delivery
from console.webhooks.delivery import Webhooks, wait_seconds
from console.webhooks.post import Allowed, NotDelivered, post
from tests.console.browserless import console
from tests.console.demo import DemoHost, chain
from tests.console.persons import Seconds, add, caller, people_of, said

ALLOWED = Allowed.of(("127.0.0.1",))


@attrs.define
class Receiver:
    """Another system: what it got, and how it answers."""

    port: int = 0
    status: int = 200
    got: list[tuple[dict[str, str], bytes]] = attrs.Factory(list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=hawker"

    async def serve(self, stream: trio.SocketStream) -> None:
        """One request."""
        connection, body, headers = h11.Connection(h11.SERVER), b"", {}
        async with stream:
            while True:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    connection.receive_data(await stream.receive_some(4096))
                elif isinstance(event, h11.Request):
                    headers = {name.decode(): value.decode() for name, value in event.headers}
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    break
            self.got.append((headers, body))
            answer = h11.Response(status_code=self.status, headers=[("location", "http://127.0.0.1:1/")])
            await stream.send_all(
                (connection.send(answer) or b"") + (connection.send(h11.EndOfMessage()) or b"")
            )


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        found.port = listeners[0].socket.getsockname()[1]
        nursery.start_soon(trio.serve_listeners, found.serve, listeners)
        with trio.fail_after(10):
            yield found
        nursery.cancel_scope.cancel()


class Rig:
    """A chain, its accounts, and one subscription to all kinds."""

    def __init__(self, url: str, allowed: Allowed = ALLOWED) -> None:
        self.clock = Seconds()
        self.host = DemoHost(chain(3))
        self.people: People = people_of(self.host.chain, self.clock)
        self.number, self.secret = self.people.store.write(
            lambda db: delivery.subscribe(db, self.clock.now, url=url, kinds=delivery.KINDS, made_by="root")
        )
        self.webhooks = Webhooks(self.host, self.people, allowed)

    async def turn(self) -> None:
        await self.webhooks.note()
        await self.webhooks.deliver()

    def states(self) -> list[tuple[str, int, str]]:
        rows = self.people.store.read(
            lambda db: db.execute("SELECT * FROM deliveries ORDER BY id").fetchall()
        )
        return [(row["state"], row["attempts"], row["kind"]) for row in rows]


async def test_what_happens_is_told_once_and_signed() -> None:
    async with receiver() as system:
        rig = Rig(system.url)
        alarm = rig.host.raise_alarm("jam", 1, "hk-0001/lane/A1")
        await rig.turn()
        await rig.turn()
        rig.host.report("office/alarms", AlarmAcknowledged(alarm=alarm, by="mei"))
        await rig.turn()
        rig.host.report("office/alarms", AlarmCleared(alarm=alarm, cause_node="", cause_seq=0))
        rig.host.vend(0, "A1")
        rig.clock.now += 60
        await rig.turn()
        kinds = [msgspec.json.decode(body)["event"] for _, body in system.got]
    assert kinds == ["alarm.raised", "alarm.acknowledged", "alarm.cleared", "sales.minute"]
    for headers, body in system.got:
        at, _, digest = headers["x-hawker-signature"].removeprefix("t=").partition(",v1=")
        expected = hmac.new(rig.secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        assert digest == expected
        assert headers["x-hawker-event"] == msgspec.json.decode(body)["event"]
    first = msgspec.json.decode(system.got[0][1])
    assert (first["chain"], first["said"]["place"]) == ("hk-demo", "hk-0001/lane/A1")
    assert rig.states() == [("done", 1, kind) for kind in kinds]


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_what_is_not_taken_is_sent_again_ever_later_and_then_given_up(status: int) -> None:
    async with receiver() as system:
        system.status = status
        rig = Rig(system.url)
        rig.host.raise_alarm("jam", 1, "hk-0001/lane/A1")
        await rig.turn()
        assert rig.states() == [("waiting", 1, "alarm.raised")]
        for attempt in range(1, delivery.ATTEMPTS_MAX):
            rig.clock.now += wait_seconds(attempt) - 1
            await rig.turn()
            assert len(system.got) == attempt, "not before its time"
            rig.clock.now += 1
            await rig.turn()
        assert rig.states() == [("dead", 10, "alarm.raised")]
        assert len({headers["x-hawker-delivery"] for headers, _ in system.got}) == 1
        system.status = 204
        rig.people.store.write(lambda db: delivery.try_again(db, 1, rig.clock.now))
        await rig.turn()
        assert rig.states() == [("done", 1, "alarm.raised")]


async def test_a_system_that_is_away_is_tried_again() -> None:
    rig = Rig("http://127.0.0.1:1/")
    rig.host.raise_alarm("jam", 1, "hk-0001/lane/A1")
    with trio.fail_after(10):
        await rig.turn()
    assert rig.states() == [("waiting", 1, "alarm.raised")]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.2/",
        "http://localhost:80/",
        "http://[::1]/",
        "http://evil.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://127.0.0.1@evil.example/",
        "http://user:word@127.0.0.1/",
        "http://127.0.0.1/#x",
        "http://127.0.0.1/ HTTP/1.1\r\nx: y",
        "http://127.0.0.1:99999/",
        "",
        "http://[",
    ],
)
def test_only_allowed_hosts_may_be_called(url: str) -> None:
    with pytest.raises(Wrong, match="url: must"):
        ALLOWED.checked(url)


@pytest.mark.parametrize("host", ["localhost", "0x7f000001", "127.1"])
async def test_an_allowed_name_must_not_lead_into_this_network(host: str) -> None:
    with pytest.raises(NotDelivered, match=r"must (lead to public addresses|have an address)"):
        await Allowed.of((host,)).addresses(host, 80)


async def test_a_host_no_longer_allowed_is_not_called() -> None:
    async with receiver() as system:
        with pytest.raises(Wrong, match="url: must be at an allowed host"):
            await post(system.url, b"{}", {}, Allowed.of(()))
        assert system.got == []


async def test_subscriptions_are_managed_by_the_api_and_dead_letters_shown() -> None:
    rig = Rig("http://127.0.0.1:1/")
    number = add(rig.people, "root", "administrator")
    async with console(rig.host, rig.people, webhook_hosts=("127.0.0.1",)) as stranger:
        boss = caller(stranger, rig.people, number)
        for asked, field in (
            ({"url": "http://169.254.169.254/", "kinds": ["alarm.raised"]}, "url"),
            ({"url": "http://127.0.0.1:1/", "kinds": ["everything"]}, "kinds"),
            ({"url": "http://127.0.0.1:1/", "kinds": []}, "kinds"),
        ):
            answer = await boss.ask("/api/webhooks", "POST", msgspec.json.encode(asked))
            assert (answer.status, said(answer)["field"]) == (400, field)
        body = msgspec.json.encode({"url": "http://127.0.0.1:1/x", "kinds": ["alarm.raised"]})
        made = said(await boss.ask("/api/webhooks", "POST", body))
        listed = said(await boss.ask("/api/webhooks"))["items"]
        assert [row["url"] for row in listed] == ["http://127.0.0.1:1/", "http://127.0.0.1:1/x"]  # type: ignore[attr-defined]
        assert str(made["secret"]) not in str(listed)
        assert (await boss.ask(f"/api/webhooks/{made['id']}", "DELETE")).status == 204
        assert (await boss.ask(f"/api/webhooks/{made['id']}", "DELETE")).status == 404
        rig.people.store.write(
            lambda db: db.execute(
                "INSERT INTO deliveries (webhook, kind, body, at, next_at, state, error)"
                " VALUES (1, 'alarm.raised', x'', 0, 1e12, 'dead', 'answered 500')"
            )
        )
        dead = said(await boss.ask("/api/deliveries?state=dead"))["items"]
        assert [row["error"] for row in dead] == ["answered 500"]  # type: ignore[attr-defined]
        assert (await boss.ask("/api/deliveries/1/again", "POST")).status == 202
        assert (await boss.ask("/api/deliveries/1/again", "POST")).status == 404
