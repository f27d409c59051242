"""What strangers and wrong-doers try at the doors, each of SAFETY's, and that it changes nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import trio

from console.guard import GuardedServer
from console.people import audit
from console.people.people import People
from tests.console.browserless import Caller, answer_of, console, exchange
from tests.console.demo import DemoHost, chain
from tests.console.persons import PASSWORD, add, caller, log_in, people_of, said
from tests.console.test_live import connected, refusal

INJECTIONS = [
    "' OR '1'='1",
    "x'; DROP TABLE people; --",
    '" OR ""="',
    "owner'--",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "\\x00\\r\\nSet-Cookie: a=b",
    "{{7*7}}${7*7}",
    "𝔬𝔴𝔫𝔢𝔯",
]


@pytest.fixture
def host() -> DemoHost:
    return DemoHost(chain(3))


@pytest.fixture
def people(host: DemoHost) -> People:
    return people_of(host.chain)


@pytest.mark.parametrize("text", INJECTIONS)
async def test_what_looks_like_sql_html_or_a_path_is_only_text(
    host: DemoHost, people: People, text: str
) -> None:
    number = add(people, "root", "administrator", "auditor")
    before = people.store.read(lambda db: db.execute("SELECT count(*) FROM people").fetchone()[0])
    async with console(host, people) as stranger:
        root = caller(stranger, people, number)
        assert (await log_in(stranger, text, text)).status == 401
        body = msgspec.json.encode({"name": text, "roles": ["cashier"], "sites": [text]})
        assert (await root.ask("/api/people", "POST", body)).status == 400
        quoted = "".join(f"%{byte:02x}" for byte in text.encode())
        for path in ("/api/audit?subject=", "/api/machines?q=", "/api/approvals?state="):
            answer = await root.ask(path + quoted)
            assert answer.status in (200, 400, 403)
            assert answer.headers["content-type"] == "application/json"
            assert "set-cookie" not in answer.headers
        for path in ("/static/", "/vendor/leaflet/", "/api/machines/", "/api/reports/files/"):
            assert (await root.ask(path + quoted)).status in (403, 404)
    assert people.store.read(lambda db: db.execute("SELECT count(*) FROM people").fetchone()[0]) == before
    assert people.store.read(audit.verify).ok


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "https://127.0.0.1:1"},
        {"x_hawker": ""},
        {"x_hawker": "page"},
        {"x_hawker": "0" * 40},
    ],
    ids=str,
)
async def test_a_form_of_another_site_changes_nothing(
    host: DemoHost, people: People, headers: dict[str, Any]
) -> None:
    number = add(people, "mei", "dispatcher", "administrator")
    async with console(host, people) as stranger:
        mei = caller(stranger, people, number)
        for path, body in (
            ("/api/clock", b'{"speed": 60}'),
            ("/api/people", b'{"name": "x", "roles": ["cashier"]}'),
        ):
            assert (await mei.ask(path, "POST", body, **headers)).status == 403
        assert (await mei.ask("/api/session", "DELETE", **headers)).status == 403
        assert (await mei.ask("/api/session")).status == 200
    assert host.speed == 1.0


async def test_the_csrf_token_of_one_session_is_not_good_for_another(host: DemoHost, people: People) -> None:
    mine, theirs = add(people, "mei", "dispatcher"), add(people, "lee", "dispatcher")
    async with console(host, people) as stranger:
        stolen = caller(stranger, people, theirs).csrf
        mei = caller(stranger, people, mine)
        assert (await mei.ask("/api/clock", "POST", b'{"speed": 60}', x_hawker=stolen)).status == 403


async def test_a_log_in_of_another_site_is_refused(host: DemoHost, people: People) -> None:
    add(people, "mei", "dispatcher")
    body = msgspec.json.encode({"name": "mei", "password": PASSWORD})
    async with console(host, people) as stranger:
        foreign: tuple[dict[str, Any], ...] = ({"origin": "http://evil.example"}, {"x_hawker": ""})
        for headers in foreign:
            answer = await stranger.ask("/api/session", "POST", body, **headers)
            assert (answer.status, "set-cookie" in answer.headers) == (403, False)


async def test_a_session_chosen_by_an_attacker_never_becomes_good(host: DemoHost, people: People) -> None:
    add(people, "mei", "dispatcher")
    async with console(host, people) as stranger:
        cookie = f"hawker_{stranger.served.port}=" + "a" * 43
        fixed = Caller(stranger.served, cookie=cookie)
        answer = await log_in(fixed, "mei", PASSWORD)
        assert answer.status == 201
        assert "a" * 43 not in answer.headers["set-cookie"]
        assert (await fixed.ask("/api/session")).status == 401
        first = await stranger.with_session(answer)
        again = await first.ask(
            "/api/session", "POST", msgspec.json.encode({"name": "mei", "password": PASSWORD})
        )
        assert again.status == 201
        assert (await first.ask("/api/session")).status == 401, (
            "logging in anew ends the session it came with"
        )


async def test_nobody_gives_themselves_another_role(host: DemoHost, people: People) -> None:
    roles = ("cashier", "store_manager", "dispatcher", "auditor")
    numbers = {role: add(people, f"the-{role}", role) for role in roles}
    admin = add(people, "root", "administrator")
    limited = add(people, "local", "administrator", sites=("hk-0001",))
    body = b'{"roles": ["administrator"], "disabled": false}'
    async with console(host, people) as stranger:
        for number in (*numbers.values(), limited):
            who = caller(stranger, people, number)
            assert (await who.ask(f"/api/people/{number}", "PUT", body)).status == 403
            assert (
                await who.ask("/api/people", "POST", b'{"name": "me", "roles": ["administrator"]}')
            ).status == 403
        root = caller(stranger, people, admin)
        assert (await root.ask(f"/api/people/{admin}", "PUT", b'{"roles": ["dispatcher"]}')).status == 409
        assert (await root.ask(f"/api/people/{admin}/reset", "POST", b"{}")).status == 409
        for extra in (
            b'{"roles": ["cashier"], "id": 1}',
            b'{"roles": ["cashier"], "permissions": ["audit.read"]}',
        ):
            assert (await root.ask(f"/api/people/{limited}", "PUT", extra)).status == 400


async def test_the_last_administrator_stays(host: DemoHost, people: People) -> None:
    admin = add(people, "root", "administrator")
    async with console(host, people) as stranger:
        root = caller(stranger, people, admin)
        owner = b'{"roles": ["administrator"], "disabled": true}'
        assert (await root.ask("/api/people/1", "PUT", owner)).status == 200
        other = add(people, "boss", "administrator")
        boss = caller(stranger, people, other)
        assert (await boss.ask(f"/api/people/{admin}", "PUT", b'{"roles": ["auditor"]}')).status == 200
        last = caller(stranger, people, other)
        assert (await last.ask(f"/api/people/{other}", "PUT", b'{"roles": ["auditor"]}')).status == 409


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"{" * 4_000,
        b"[" * 4_000,
        b'{"speed": 1e999}',
        b'{"speed": NaN}',
        b"\xff\xfe\x00",
        b'{"speed": 1, "speed": 60, "x": 1}',
        b'{"__proto__": {}}',
    ],
    ids=lambda body: repr(body)[:24],
)
async def test_a_malformed_body_is_refused_in_the_usual_shape(
    host: DemoHost, people: People, body: bytes
) -> None:
    number = add(people, "mei", "dispatcher")
    async with console(host, people) as stranger:
        answer = await caller(stranger, people, number).ask("/api/clock", "POST", body)
    assert answer.status == 400
    assert set(said(answer)) == {"detail", "field", "rule"}
    assert host.speed == 1.0


async def test_what_is_too_large_is_refused(host: DemoHost, people: People) -> None:
    number = add(people, "mei", "dispatcher")
    async with console(host, people) as stranger:
        mei = caller(stranger, people, number)
        assert (await mei.ask("/api/clock", "POST", b'{"speed": 1' + b" " * 9_000 + b"}")).status == 413
        assert (await log_in(stranger, "x" * 300, "y")).status == 400
        assert (await stranger.ask("/api/session", "POST", b" " * 20_000)).status == 413
        assert (await mei.ask("/api/audit?name=" + "x" * 5_000)).status == 414
        for long in (b"X-Long: " + b"x" * 40_000, b"\r\n".join(b"X-%d: y" % n for n in range(3_000))):
            host_line = f"Host: 127.0.0.1:{stranger.served.port}".encode()
            head = b"\r\n".join((b"GET /login HTTP/1.1", host_line, b"Connection: close", long, b"", b""))
            assert await _raw(stranger.served.port, head) in (400, 431)
        assert (await stranger.ask("/health/live")).status == 200


async def _raw(port: int, data: bytes) -> int:
    try:
        return answer_of(await exchange(port, data)).status
    except (trio.BrokenResourceError, IndexError):
        return 400  # it hung up in the middle


async def test_a_slow_request_is_hung_up_on_and_holds_nobody_else(
    host: DemoHost, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = GuardedServer.__init__

    def hasty(self: GuardedServer, app: object) -> None:
        made(self, app)
        self._config.read_timeout = 1
        self._config.keep_alive_timeout = 0.2

    monkeypatch.setattr(GuardedServer, "__init__", hasty)
    async with console(host, people) as stranger:
        with trio.fail_after(10):
            async with await trio.open_tcp_stream("127.0.0.1", stranger.served.port) as slow:
                await slow.send_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1")
                assert (await stranger.ask("/health/live")).status == 200
                while await slow.receive_some():
                    pass  # its end is what is waited for


async def test_the_feed_takes_no_page_of_another_site_and_no_ticket_twice(
    host: DemoHost, people: People
) -> None:
    number = add(people, "mei", "dispatcher")
    async with console(host, people) as stranger:
        mei = caller(stranger, people, number)
        ticket = str(said(await mei.ask("/api/feed-ticket", "POST"))["ticket"])
        assert await refusal(mei, ticket, "http://evil.example") == 403
        for given in ("x" * 43, ""):
            assert await refusal(mei, given, mei.origin) == 401
        async with connected(mei, ticket, mei.origin) as feed:
            assert await feed.get_message()
        assert await refusal(mei, ticket, mei.origin) == 401


SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/login",
        "/api/docs",
        "/api/session",
        "/api/schema",
        "/static/main.js",
        "/health/ready",
        "/metrics",
        "/no-such",
    ],
)
async def test_every_answer_carries_the_safe_headers_once(host: DemoHost, people: People, path: str) -> None:
    number = add(people, "root", "administrator")
    async with console(host, people) as stranger:
        for who in (stranger, caller(stranger, people, number)):
            answer = await who.ask(path)
            assert {name: answer.headers.get(name) for name in SAFE} == SAFE
            policy = dict(
                part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
            )
            assert policy["default-src"] == "'self'"
            assert (policy["object-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'",) * 3
            assert policy["form-action"] == "'self'"
            assert "unsafe" not in str(policy)
            assert "http" not in str(policy)
            assert "server" not in answer.headers


async def test_a_mistake_of_ours_tells_a_stranger_nothing(
    host: DemoHost, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = add(people, "root", "auditor")

    def broken(*_: object, **__: object) -> object:
        raise RuntimeError("secret-of-the-house")

    monkeypatch.setattr(audit, "verify", broken)
    async with console(host, people) as stranger:
        answer = await caller(stranger, people, number).ask("/api/audit/verify")
    assert answer.status == 500
    assert b"secret-of-the-house" not in answer.body
    assert b"Traceback" not in answer.body
