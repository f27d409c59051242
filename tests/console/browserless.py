"""A plain HTTP client for the console's tests: one request per connection, bytes as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import attrs
import msgspec
import trio

from console.host import Host
from console.people.people import People
from console.web import Served, serve

TOKEN = "k" * 43


@attrs.frozen
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@attrs.frozen
class Caller:
    """Someone who talks to the console, with a cookie or without."""

    served: Served
    cookie: str = ""
    csrf: str = "page"
    bearer: str = ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.served.port}"

    async def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        """One request; keyword headers replace the usual ones (``_`` stands for ``-``)."""
        usual = {"host": f"127.0.0.1:{self.served.port}", "connection": "close", "cookie": self.cookie}
        if self.bearer:
            usual["authorization"] = f"Bearer {self.bearer}"
        if method not in ("GET", "HEAD"):
            usual |= {
                "origin": self.origin,
                "x-hawker": self.csrf,
                "content-type": "application/json",
                "content-length": str(len(body)),
            }
        sent = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items() if value)]
        return answer_of(await exchange(self.served.port, "\r\n".join(lines).encode() + b"\r\n\r\n" + body))

    async def logged_in(self) -> Caller:
        """The same caller after following the printed link."""
        answer = await self.ask(f"/?token={TOKEN}")
        assert (answer.status, answer.headers["location"]) == (303, "/")
        return await self.with_session(answer)

    async def with_session(self, answer: Answer) -> Caller:
        """The same caller with the session that an answer gave."""
        came = attrs.evolve(self, cookie=answer.headers["set-cookie"].partition(";")[0])
        me = msgspec.json.decode((await came.ask("/api/session")).body)
        return attrs.evolve(came, csrf=me["csrf"])


async def exchange(port: int, data: bytes) -> bytes:
    """Send bytes, return everything that comes back until the other side closes."""
    with trio.fail_after(10):
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(data)
            return b"".join([chunk async for chunk in stream])


def answer_of(data: bytes) -> Answer:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split()[1]), headers, body)


@asynccontextmanager
async def console(host: Host, people: People | None = None, **served: Any) -> AsyncIterator[Caller]:
    """The console on free ports; a stranger who knows where it is."""
    async with trio.open_nursery() as nursery:
        found: Served = await nursery.start(
            partial(serve, host, port=0, token=TOKEN, persons=people, **served)
        )
        yield Caller(found)
        nursery.cancel_scope.cancel()
