"""The console's doors: who gets in, what answers carry, and what a hostile client cannot do."""

from __future__ import annotations

import msgspec
import pytest
import trio

from actors.office.messages import AcknowledgeAlarms
from console.web import serve
from runtime import wire
from runtime.command import Issue
from runtime.errors import ConfigError
from runtime.quarantine import LetIn
from tests.console.browserless import TOKEN, console, exchange
from tests.console.demo import DemoHost, chain


@pytest.fixture
def host() -> DemoHost:
    return DemoHost(chain(12))


async def test_health_answers_without_log_in_and_no_part_of_the_api_does(host: DemoHost) -> None:
    async with console(host) as stranger:
        assert (await stranger.ask("/health/live")).body == b"live\n"
        for path in (
            "/api/chain",
            "/api/map",
            "/api/session",
            "/api/schema",
        ):
            assert (await stranger.ask(path)).status == 401, path
        assert (await stranger.ask("/api/feed-ticket", "POST")).status == 401


async def test_who_is_not_logged_in_is_led_to_the_log_in_page_and_back(host: DemoHost) -> None:
    async with console(host) as stranger:
        assert (await stranger.ask("/")).headers["location"] == "/login"
        there = (await stranger.ask("/machines?state=fault")).headers["location"]
        assert there == "/login?to=%2Fmachines%3Fstate%3Dfault"
        assert (await stranger.ask("/login")).status == 200


async def test_the_printed_link_opens_one_session_and_no_second(host: DemoHost) -> None:
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        page = await operator.ask("/")
        assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        for token in (TOKEN, "guess"):
            answer = await stranger.ask(f"/?token={token}")
            assert (answer.headers["location"], "set-cookie" in answer.headers) == ("/login?link=used", False)


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(host: DemoHost) -> None:
    async with console(host) as stranger:
        answer = await stranger.ask(f"/?token={TOKEN}")
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith(f"hawker_{stranger.served.port}=")
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert len(answer.headers["set-cookie"].split("=")[1].split(";")[0]) >= 43  # 256 bits


@pytest.mark.parametrize("path", ["/health/live", "/"])
async def test_every_answer_carries_the_safe_headers(host: DemoHost, path: str) -> None:
    async with console(host) as stranger:
        headers = (await stranger.ask(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert f"ws://127.0.0.1:{stranger.served.feed_port}" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1:1", "user@127.0.0.1", "", "[bad"])
async def test_a_foreign_host_header_is_refused(host: DemoHost, name: str) -> None:
    async with console(host) as stranger:
        assert (await stranger.ask("/health/live", host=name)).status in (400, 421)


async def test_a_request_of_another_site_changes_nothing(host: DemoHost) -> None:
    alarm = host.raise_alarm("jam", 1, "hk-0001/lane/A1")
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        path = f"/api/alarms/{alarm}/acknowledge"
        for headers in ({"origin": "http://evil.example"}, {"origin": ""}, {"x_hawker": ""}):
            assert (await operator.ask(path, "POST", b"", **headers)).status == 403
    assert host.asked == []


async def test_acknowledging_asks_the_offices_command_desk(host: DemoHost) -> None:
    alarm = host.raise_alarm("jam", 1, "hk-0001/lane/A1")
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        assert (await operator.ask(f"/api/alarms/{alarm}/acknowledge", "POST")).status == 202
        assert (await operator.ask("/api/alarms/77/acknowledge", "POST")).status == 404
    ((desk, issue),) = host.asked
    assert desk == "commands"
    assert isinstance(issue, Issue)
    assert (issue.to, issue.asked_by) == ("office/alarms", "office/console/owner")
    assert wire.decode(issue.body) == AcknowledgeAlarms(alarms=(alarm,), by="owner")


async def test_letting_in_what_was_set_aside_asks_the_node_of_the_actor(host: DemoHost) -> None:
    alarm = host.raise_alarm("set_aside", 1, "hk-0001/lane/A1")
    other = host.raise_alarm("jam", 1, "hk-0001/lane/A1")
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        assert (await operator.ask(f"/api/alarms/{alarm}/let-in", "POST")).status == 202
        for wrong in (other, 77):
            assert (await operator.ask(f"/api/alarms/{wrong}/let-in", "POST")).status == 404
    ((_, issue),) = host.asked
    assert isinstance(issue, Issue)
    assert issue.to == f"{host.chain.machines[0].node}/quarantine"
    assert wire.decode(issue.body) == LetIn(address="hk-0001/lane/A1", digest="", by="owner")


async def test_only_the_clocks_speeds_are_taken(host: DemoHost) -> None:
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        assert (await operator.ask("/api/clock", "POST", b'{"speed": 30}')).status == 200
        assert host.speed == 30
        for body in (b'{"speed": 7}', b'{"speed": "x"}', b"{", b"[]", b'{"speed": 1, "more": 2}'):
            assert (await operator.ask("/api/clock", "POST", body)).status == 400
        assert host.speed == 30


async def test_oversized_requests_are_refused(host: DemoHost) -> None:
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        assert (await operator.ask("/api/clock", "POST", b" " * 20_000)).status == 413
        assert (await operator.ask("/?" + "x" * 40_000)).status == 414


@pytest.mark.parametrize(
    "path",
    ["/static/../web.py", "/static/%2e%2e/web.py", "/static//etc/passwd", "/vendor/leaflet/leaflet.js"],
)
async def test_no_path_leads_to_a_file_outside_the_page(host: DemoHost, path: str) -> None:
    async with console(host) as stranger:
        assert (await (await stranger.logged_in()).ask(path)).status == 404


async def test_the_chain_is_told_by_name(host: DemoHost) -> None:
    async with console(host) as stranger:
        operator = await stranger.logged_in()
        told = msgspec.json.decode((await operator.ask("/api/chain")).body)
        assert (told["name"], told["currency"], len(told["machines"])) == ("hk-demo", "HKD", 12)
        districts = msgspec.json.decode((await operator.ask("/api/map")).body)
        assert len(districts["features"]) == 18


async def test_a_port_in_use_is_named_in_one_line(host: DemoHost) -> None:
    async with console(host) as stranger:
        with pytest.raises(ConfigError, match=f"^port {stranger.served.port} is in use on 127.0.0.1: choose"):
            await serve(host, port=stranger.served.port, token=TOKEN)


UPGRADES = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
)


@pytest.mark.parametrize("headers", UPGRADES, ids=["h2c", "websocket"])
@pytest.mark.parametrize(
    "trailing", [b"x", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x00" * 100], ids=["byte", "preface", "zeros"]
)
async def test_an_upgrade_with_trailing_bytes_does_not_take_the_process_down(
    host: DemoHost, headers: bytes, trailing: bytes
) -> None:
    async with console(host) as stranger:
        head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{stranger.served.port}\r\n".encode()
        await _knock(stranger.served.port, head + headers + b"\r\n" + trailing)
        assert (await stranger.ask("/health/live")).status == 200


@pytest.mark.parametrize(
    "data", [b"\x00\xff\x00", b"GET / HTTP/9.9\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nrubbish"]
)
async def test_rubbish_ends_its_own_connection_only(host: DemoHost, data: bytes) -> None:
    async with console(host) as stranger:
        await _knock(stranger.served.port, data)
        assert (await stranger.ask("/health/live")).status == 200


async def _knock(port: int, data: bytes) -> None:
    """Send bytes and wait for whatever comes, be it a reset."""
    with trio.move_on_after(0.5):
        try:
            await exchange(port, data)
        except trio.BrokenResourceError:
            return
