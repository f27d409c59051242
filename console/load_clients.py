"""Operators under load as a process: ``python -m console.load_clients URL COUNT LOGS``.

They share a session, as the tabs of one person do. Each holds a live feed, and asks the API for something now
and then; what the first one is shown of the stores is written down, and how long each answer took.
"""

from __future__ import annotations

import http.client
import re
import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import trio
import trio_websocket

from console.feed.rows import HEAD, ROW_BYTES
from scenarios.load import witness
from scenarios.load.site import TELL_SECONDS, say, stages
from scenarios.load.witness import Writer

ASK_SECONDS = 2.0
"""How often an operator asks for something."""
QUESTIONS = ("/api/stores", "/api/session", "/health/ready")
ANSWER_SECONDS_MAX = 10.0


class _Said(msgspec.Struct):
    """What a frame says of stores: row, sales, baskets, and more."""

    stores: list[tuple[int, int, int, int, int]] = []


_said = msgspec.json.Decoder(_Said).decode


class Desk:
    """The operators' way into a console.

    Args:
        url: the printed link: it lets one person in once.
    """

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        assert where.hostname is not None
        self._host, self._port = where.hostname, where.port
        self.origin = f"http://{self._host}:{self._port}"
        self._headers = {"Origin": self.origin, "User-Agent": "Chrome/load"}
        status, head, _ = self._send("GET", f"{where.path}?{where.query}")
        cookie = re.search(r"hawker_\d+=[^;]+", head)
        if status != 303 or cookie is None:
            raise ConnectionError(f"{self.origin}: must let the owner in by the printed link, not {status}")
        self._headers["Cookie"] = cookie[0]
        self._headers["x-hawker"] = msgspec.json.decode(self._send("GET", "/api/session")[2])["csrf"]

    def _send(self, method: str, path: str) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS_MAX)
        try:
            connection.request(method, path, headers=self._headers)
            answer = connection.getresponse()
            return answer.status, str(answer.headers), answer.read()
        finally:
            connection.close()

    def ask(self, path: str) -> int:
        """Ask for something; returns the answer's status, 0 for none."""
        try:
            return self._send("GET", path)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def feed(self) -> str:
        """Address of a live feed that opens once."""
        ticket = msgspec.json.decode(self._send("POST", "/api/feed-ticket")[2])
        return f"ws://{self._host}:{ticket['port']}/feed?ticket={ticket['ticket']}"


def stores_of(message: bytes) -> Iterable[tuple[int, int]]:
    """(store's row, its baskets of the day) as a message of the feed has them."""
    _, rows, size, _ = HEAD.unpack_from(message)
    at = HEAD.size + ROW_BYTES * rows
    return [(row, baskets) for row, _, baskets, _, _ in _said(message[at : at + size]).stores]


class Operators:
    """All of them.

    Attributes:
        frames: of the feed, that all of them got.
    """

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.frames = 0
        self._desk = desk
        self._shown = Writer(folder / "shown", witness.SHOWN)
        self._asked = Writer(folder / "asked", witness.ASKED)

    async def watch(self, number: int) -> None:
        """Hold a feed open until cancelled; the first operator writes down what it shows."""
        url = await trio.to_thread.run_sync(self._desk.feed)
        origin = [(b"Origin", self._desk.origin.encode())]
        async with trio_websocket.open_websocket_url(url, extra_headers=origin) as connection:
            while True:
                message = await connection.get_message()
                self.frames += 1
                if number == 0 and isinstance(message, bytes):
                    now_us = time.time_ns() // 1000
                    for row, baskets in stores_of(message):
                        self._shown.add((now_us, baskets, row))

    async def ask(self, number: int) -> None:
        """Ask for one thing after the other, until cancelled."""
        turn = number
        while True:
            await trio.sleep(ASK_SECONDS)
            began = time.time_ns() // 1000
            status = await trio.to_thread.run_sync(self._desk.ask, QUESTIONS[turn % len(QUESTIONS)])
            self._asked.add((began, time.time_ns() // 1000 - began, status))
            turn += 1

    async def tell(self) -> None:
        """Say every second how it is, until cancelled."""
        try:
            while True:
                await trio.sleep(TELL_SECONDS)
                self._shown.flush()
                self._asked.flush()
                say(at=time.time(), frames=self.frames, cpu=time.process_time())
        finally:
            self._shown.close()
            self._asked.close()


async def run(url: str, count: int, folder: Path) -> None:
    """Be so many operators until the input ends."""
    operators = Operators(await trio.to_thread.run_sync(Desk, url), folder)
    async with trio.open_nursery() as nursery:
        for number in range(count):
            nursery.start_soon(operators.watch, number)
            nursery.start_soon(operators.ask, number)
        nursery.start_soon(operators.tell)
        say(up="operators")
        async for _ in stages():
            pass
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(partial(run, sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
