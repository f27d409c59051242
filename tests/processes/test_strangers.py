"""Strangers at the ports of a real office: it never stops, and an honest node hardly notices."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random

import pytest
import trio

from runtime.bus import keys
from runtime.bus.key_folder import KeyFolder, OfficeAddress
from runtime.bus.site import SiteBus, open_site_bus
from runtime.bus.wire import Security
from runtime.journal import MemoryJournal
from runtime.link_frames import Welcome, decode_frame
from runtime.open_files import allow_many
from runtime.roster import Roster
from runtime.uplink import Uplink
from tests.processes.family import ROOT
from tests.processes.proxy import free_ports
from tests.processes.zmtp import GREETING_CURVE, GREETING_NULL, HUGE_FRAME

NODE = "gw-guttenplans"
P99_SECONDS = 0.05
ROUND_TRIPS = 200
OFFICE_MEGABYTES_MAX = 400
FEW_FILES = ("sh", "-c", 'ulimit -Sn 512; exec "$@"', "sh")
"""As a login has them: the office must allow itself more."""
COMMAND = (*FEW_FILES, sys.executable, "-m", "console.cli", "node", "us-2022", "--name", "office")


class Honest:
    """A node whose key is on the roster; it says hello again and again."""

    def __init__(self, bus: SiteBus) -> None:
        self._bus = bus
        self._facts = MemoryJournal(NODE)

    async def round_trip(self) -> float:
        """Say hello and wait for the welcome; returns the seconds it took."""
        nonce = os.urandom(16)
        (hello,) = Uplink(NODE, self._facts, lambda: nonce).open(0)
        began = trio.current_time()
        self._bus.send(hello)
        while not any(self._welcomes(frame, nonce) for frame in await self._bus.receive()):
            pass
        return trio.current_time() - began

    @staticmethod
    def _welcomes(frame: bytes, nonce: bytes) -> bool:
        told = decode_frame(frame)
        return isinstance(told, Welcome) and told.nonce == nonce

    async def comes_in(self) -> None:
        """Knock until the office has seen its roster."""
        while True:
            with trio.move_on_after(1):
                await self.round_trip()
                return

    async def p99(self) -> float:
        """Of many round trips, in seconds."""
        took = []
        for _ in range(ROUND_TRIPS):
            took.append(await self.round_trip())
            await trio.sleep(0.005)
        return sorted(took)[round(ROUND_TRIPS * 0.99) - 1]


class Target:
    """The office's ports, and its process."""

    def __init__(self, office: OfficeAddress, console: int, process: trio.Process, honest: Honest) -> None:
        self.ports = [office.port + number for number in range(5)]
        self.pages, self.feed = console, console + 1
        self.process = process
        self.honest = honest

    def connections(self) -> int:
        """Files and connections the office holds open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def megabytes(self) -> int:
        """Memory the office holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) // 1024


@asynccontextmanager
async def attacked(data: Path) -> AsyncIterator[Target]:
    """A real office with its console, and an honest node."""
    dice = Random(os.getpid())
    office = OfficeAddress("127.0.0.1", free_ports(5, dice))
    console = free_ports(2, dice)
    own = keys.make()
    command = [*COMMAND, "--data", str(data), "--port", str(office.port), "--console-port", str(console)]
    with trio.fail_after(120):
        async with trio.open_nursery() as nursery:
            process: trio.Process = await nursery.start(partial(trio.run_process, command, cwd=ROOT))
            while not (data / "keys" / "office.pub").exists():  # noqa: ASYNC110 - another process
                await trio.sleep(0.05)
            known = KeyFolder(data).office()
            assert known is not None
            Roster(data / "roster.json").admit(NODE, own.public.decode())
            async with open_site_bus(NODE, office.wires, Security(own, known.public)) as bus:
                honest = Honest(bus)
                await honest.comes_in()
                yield Target(office, console, process, honest)
            assert process.returncode is None, "the office stopped"
            process.send_signal(signal.SIGTERM)


async def say(port: int, data: bytes, *, hold: bool = False) -> None:
    """Connect, say something, and go, or stay and say nothing more until cancelled."""
    try:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
    except OSError:
        return
    async with stream:
        try:
            await stream.send_all(data)
            if hold:
                await trio.sleep_forever()
            with trio.move_on_after(0.2):
                await stream.receive_some(100)
        except (trio.BrokenResourceError, OSError):
            pass


async def garbage(target: Target) -> None:
    """Bytes of no protocol, at every port, again and again."""
    dice = Random(3)
    while True:
        for port in (*target.ports, target.pages, target.feed):
            await say(port, dice.randbytes(dice.randrange(1, 3000)))


async def announced(target: Target) -> None:
    """Greetings, then a frame of 2**30 or 2**62 bytes, with and without CURVE."""
    while True:
        for port in target.ports:
            for greeting in (GREETING_NULL, GREETING_CURVE):
                for frame in HUGE_FRAME:
                    await say(port, greeting + frame)


async def malformed(target: Target) -> None:
    """Requests that are none, upgrades with trailing bytes, headers without an end."""
    upgrade = b"GET /feed HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    key = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    requests = (
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\nx",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000,
        upgrade + b"\r\n\x81",
        upgrade + key + b"\r\n\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00",
    )
    while True:
        for request in requests:
            for port in (target.pages, target.feed):
                await say(port, request)


async def wrong_keys(target: Target) -> None:
    """Nodes with a key that is on no roster, with another office's, with none."""
    known = OfficeAddress("127.0.0.1", target.ports[0]).wires
    while True:
        for security in (Security(keys.make(), keys.make().public), None):
            async with open_site_bus(NODE, known, security) as bus:
                bus.send(b"let me in")
                await trio.sleep(0.05)


@pytest.mark.parametrize("attack", [garbage, announced, malformed, wrong_keys])
async def test_no_stranger_stops_the_office_or_slows_an_honest_node(
    tmp_path: Path, attack: Callable[[Target], Awaitable[None]]
) -> None:
    async with attacked(tmp_path) as target, trio.open_nursery() as nursery:
        nursery.start_soon(attack, target)
        took = await target.honest.p99()
        nursery.cancel_scope.cancel()
        assert target.megabytes() < OFFICE_MEGABYTES_MAX
    assert took < P99_SECONDS


async def test_two_thousand_half_open_connections_hold_up_nobody(tmp_path: Path) -> None:
    count = min(2000, allow_many() // 2 - 100)
    async with attacked(tmp_path) as target, trio.open_nursery() as nursery:
        for number in range(count):
            greeting = (b"", GREETING_NULL[:10], GREETING_CURVE)[number % 3]
            nursery.start_soon(partial(say, target.ports[number % 5], greeting, hold=True))
        took = await target.honest.p99()
        held = target.connections()
        nursery.cancel_scope.cancel()
    assert count == 2000
    assert held > count // 2
    assert took < P99_SECONDS
