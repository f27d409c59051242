"""``hawker user`` and ``hawker audit``, while the console runs and while it does not; TLS."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import time
from pathlib import Path

import msgspec
import pytest
import trio
import trio_websocket

from console.cli import run_command
from console.people import audit, sessions
from console.people.store import NAME, PeopleStore
from console.tls import tls_of
from scenarios import data_directory, scenario
from tests.console.browserless import TOKEN, answer_of, console
from tests.console.demo import DemoHost, chain
from tests.console.persons import Seconds, add, log_in, people_of, person_numbered, said, session_of

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory of hk-demo, as ``hawker up`` leaves it."""
    with data_directory.claim(tmp_path / "data", scenario.prepare(scenario.load("hk-demo"))):
        PeopleStore(tmp_path / "data" / NAME).close()
    return tmp_path / "data"


def hawker(capfd: Captured, data: Path, *arguments: str, code: int = 0) -> object:
    """Run a command with --json; its document, or what it complained of."""
    assert run_command([*arguments, "--data", str(data), "--json"]) == code
    said = capfd.readouterr()
    return msgspec.json.decode(said.out) if code < 2 else said.err


def test_accounts_are_added_listed_reset_and_disabled(capfd: Captured, data: Path) -> None:
    added = hawker(capfd, data, "user", "add", "mei", "--role", "dispatcher", "--site", "hk-0001")
    assert isinstance(added, dict)
    assert re.fullmatch(r"[a-z2-9]{5}(-[a-z2-9]{5}){3}", added.pop("password"))
    row = {
        "name": "mei",
        "roles": ["dispatcher"],
        "sites": ["hk-0001"],
        "disabled": False,
        "must_change": True,
        "second_factor": False,
    }
    assert added == row
    listed = hawker(capfd, data, "user", "list")
    assert isinstance(listed, list)
    assert [account["name"] for account in listed] == ["owner", "mei"]
    assert listed[1] == row
    reset = hawker(capfd, data, "user", "reset", "mei")
    assert isinstance(reset, dict)
    assert re.fullmatch(r"/login#reset=[\w-]{43}", reset["path"])
    assert hawker(capfd, data, "user", "disable", "mei") == row | {"disabled": True}
    assert hawker(capfd, data, "user", "disable", "mei", "--enable") == row
    verified = hawker(capfd, data, "audit", "verify")
    assert isinstance(verified, dict)
    assert (verified["ok"], verified["entries"]) == (True, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("user", "add", "no spaces", "--role", "cashier"), r"name: must be 1 to 40 letters.*'no spaces'"),
        (("user", "add", "owner", "--role", "cashier"), r"name: must not be taken, as 'owner' is"),
        (("user", "add", "x", "--role", "king"), r"roles: must be of cashier, .*, not 'king'"),
        (
            ("user", "add", "x", "--role", "cashier", "--site", "atlantis"),
            r"sites: must be .*, not 'atlantis'",
        ),
        (("user", "reset", "nobody"), r"person 'nobody': must be one there is"),
        (("user", "disable", "owner"), r"roles: must leave an administrator of the whole chain"),
    ],
)
def test_a_wrong_command_is_one_line_and_changes_nothing(
    capfd: Captured, data: Path, arguments: tuple[str, ...], message: str
) -> None:
    said = hawker(capfd, data, *arguments, code=2)
    assert isinstance(said, str)
    assert re.search(message, said)
    assert said.count("\n") == 1
    assert hawker(capfd, data, "audit", "verify")["entries"] == 0  # type: ignore[index]


def test_a_folder_that_is_no_data_directory_is_named(capfd: Captured, tmp_path: Path) -> None:
    for command in (("user", "list"), ("audit", "verify")):
        said = hawker(capfd, tmp_path, *command, code=2)
        assert isinstance(said, str)
        assert "must be made by hawker up" in said
    assert list(tmp_path.iterdir()) == []


async def test_the_command_changes_accounts_while_the_console_runs(capfd: Captured, data: Path) -> None:
    host = DemoHost(chain(3))
    people = people_of(host.chain, store=PeopleStore(data / NAME))
    people.now = time.time
    async with console(host, people) as stranger:

        async def command(*arguments: str) -> object:
            return await trio.to_thread.run_sync(lambda: hawker(capfd, data, *arguments))

        added = await command("user", "add", "mei", "--role", "dispatcher")
        assert isinstance(added, dict)
        answer = await log_in(stranger, "mei", added["password"])
        assert answer.status == 201
        mei = await stranger.with_session(answer)
        assert said(await mei.ask("/api/session"))["must_change"] is True
        await command("user", "disable", "mei")
        assert (await mei.ask("/api/session")).status == 401, "at once"
        assert people.store.read(audit.verify).ok
    people.store.close()


def test_accounts_are_the_owners_file_alone(data: Path) -> None:
    assert (data / NAME).stat().st_mode & 0o777 == 0o600


def test_a_file_of_another_program_is_refused(capfd: Captured, data: Path) -> None:
    (data / NAME).write_bytes(b"not a database at all" * 100)
    said = hawker(capfd, data, "user", "list", code=2)
    assert isinstance(said, str)
    assert "must be a people.db of hawker" in said


def test_sessions_outlive_the_process(data: Path) -> None:

    host, clock = DemoHost(chain(3)), Seconds()
    first = people_of(host.chain, clock, PeopleStore(data / NAME))
    secret = session_of(first, add(first, "mei", "dispatcher"))
    first.store.close()
    again = people_of(host.chain, clock, PeopleStore(data / NAME))
    person = trio.run(again.of_session, secret)
    assert person is not None
    assert person.name == "mei"
    again.store.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of this test")
    folder = tmp_path_factory.mktemp("tls")
    chain_file, key = folder / "chain.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=console.example", "-addext", "subjectAltName=DNS:console.example,IP:127.0.0.1",
         "-keyout", key, "-out", chain_file],
        check=True, capture_output=True,
    )  # fmt: skip
    return chain_file, key


async def test_by_tls_the_cookie_is_secure_and_bound_to_the_host(certificate: tuple[Path, Path]) -> None:
    host = DemoHost(chain(3))
    context = ssl.create_default_context(cafile=certificate[0])
    async with console(
        host, people_of(host.chain), tls=tls_of(*certificate, ("console.example",))
    ) as stranger:
        assert stranger.served.url.startswith("https://console.example:")
        name = f"console.example:{stranger.served.port}"
        with trio.fail_after(20):
            stream = await trio.open_ssl_over_tcp_stream(
                "127.0.0.1", stranger.served.port, ssl_context=context, https_compatible=True
            )
            async with stream:
                head = f"GET /?token={TOKEN} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
                await stream.send_all(head.encode())
                answer = answer_of(b"".join([part async for part in stream]))
    assert answer.status == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-hawker_{stranger.served.port}=")
    assert {"httponly", "secure", "samesite=strict", "path=/"} <= {
        part.strip().lower() for part in cookie.split(";")
    }
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert f"wss://console.example:{stranger.served.feed_port}" in answer.headers["content-security-policy"]


async def _hear_out(feed: trio_websocket.WebSocketConnection) -> None:
    while True:
        await feed.get_message()


async def test_the_feed_comes_by_tls_and_ends_with_the_session(certificate: tuple[Path, Path]) -> None:
    host = DemoHost(chain(3))
    context = ssl.create_default_context(cafile=certificate[0])
    people = people_of(host.chain)
    number = add(people, "mei", "dispatcher")
    tls = tls_of(*certificate, ("console.example",))
    async with console(host, people, tls=tls) as stranger:
        port = stranger.served.feed_port
        person = person_numbered(people, number)
        ticket = stranger.served.live.doors.ticket(person)  # type: ignore[attr-defined]
        with trio.fail_after(20):
            stream = await trio.open_ssl_over_tcp_stream("127.0.0.1", port, ssl_context=context)
            async with stream, trio.open_nursery() as nursery:
                feed = await trio_websocket.wrap_client_stream(
                    nursery,
                    stream,
                    f"console.example:{port}",
                    f"/feed?ticket={ticket}",
                    extra_headers=[(b"Origin", f"https://console.example:{stranger.served.port}".encode())],
                )
                assert await feed.get_message()
                people.store.write(lambda db: sessions.end_all(db, number))
                with pytest.raises(trio_websocket.ConnectionClosed):
                    await _hear_out(feed)
                nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--certificate", "{chain}"), "--key: must be given with --certificate"),
        (("--key", "{key}"), "--certificate: must be given with --key"),
        (("--certificate", "{chain}", "--key", "{chain}"), r"--certificate .*: must be PEM and fit --key"),
        (("--certificate", "/nowhere", "--key", "{key}"), "--certificate /nowhere: must be a file"),
        (("--name", "console.example"), "--name: must be given with --certificate"),
        (("--host", "0.0.0.0"), r"--host: must be 127\.0\.0\.1, ::1 or localhost without --certificate"),
        (
            ("--host", "example"),
            r"--host: must be localhost or an address such as 127\.0\.0\.1, not 'example'",
        ),
    ],
)
def test_wrong_options_of_tls_are_named_before_anything_starts(
    certificate: tuple[Path, Path], capfd: Captured, arguments: tuple[str, ...], message: str
) -> None:
    given = [part.format(chain=certificate[0], key=certificate[1]) for part in arguments]
    assert run_command(["up", "--port", "0", *given]) == 2
    assert re.search(message, capfd.readouterr().err)
