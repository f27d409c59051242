"""The console in a loop of its own, and browsers that look at it, for tests driven from another thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import trio

from console.feed.live import LiveFeed
from console.people.people import People
from console.web import Served, serve
from tests.console.demo import DemoHost

CHROMIUM = Path("/usr/bin/chromium")
TOKEN = "p" * 43
DESK = {"width": 1600, "height": 1000}
PHONE = {"width": 420, "height": 900}


class Office:
    """The console and its host; ``do`` has its loop do something."""

    def __init__(self, host: DemoHost, people: People | None = None) -> None:
        self.host, self.people = host, people
        self.served: Served
        self._cookies: list[Any] = []
        self._ready = threading.Event()
        self._loop: trio.lowlevel.TrioToken
        self._nursery: trio.Nursery
        self._thread = threading.Thread(target=trio.run, args=(self._serve,))

    def __enter__(self) -> Office:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self.do(lambda: self._nursery.cancel_scope.cancel())
        self._thread.join(20)

    async def _serve(self) -> None:
        self._loop = trio.lowlevel.current_trio_token()
        try:
            async with trio.open_nursery() as self._nursery:
                self.served = await self._nursery.start(
                    partial(serve, self.host, port=0, token=TOKEN, persons=self.people)
                )
                self._ready.set()
                await trio.sleep_forever()
        finally:
            self._ready.set()

    @property
    def live(self) -> LiveFeed:
        """The feed that pages hear."""
        return self.served.live

    def let_in(self, browser: Any, **looks: Any) -> Any:
        """A browser context that is logged in as the owner; ``looks``: viewport, colours, language."""
        if not self._cookies:
            first = browser.new_context()
            first.new_page().goto(self.served.url)
            self._cookies = first.cookies()
            first.close()
        context = browser.new_context(**{"viewport": DESK, "locale": "en-GB"} | looks)
        context.add_cookies(self._cookies)
        return context

    @property
    def origin(self) -> str:
        """Address of the pages, without a way in."""
        return f"http://127.0.0.1:{self.served.port}"

    def cut_feed(self) -> None:
        """The feed falls silent, as behind a dead link: connections stay, nothing comes."""
        self.live.clients.clear()

    def start(self, task: Callable[..., Any], *args: Any) -> None:
        """Have the loop run a task until the console ends."""
        self.do(partial(self._nursery.start_soon, task, *args))

    def do(self, deed: Callable[..., Any], *args: Any) -> Any:
        """Have the loop do something, and wait for it."""
        return trio.from_thread.run_sync(deed, *args, trio_token=self._loop)


class Operator:
    """A browser with a page open, and everything it complained of or asked elsewhere."""

    def __init__(self, context: Any, url: str) -> None:
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.asked: set[str] = set()
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.add(request.url.split("/")[2]))
        self.page.on("websocket", lambda socket: self.asked.add(socket.url.split("/")[2].partition(":")[0]))
        self.page.goto(url)

    def sees(self, expression: str, within_ms: int = 15_000) -> None:
        """Wait until this holds in the page (looked at from outside: the page's own policy forbids eval)."""
        deadline = time.monotonic() + within_ms / 1000
        while not self.page.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < deadline, f"not seen within {within_ms} ms: {expression}"
            self.page.wait_for_timeout(20)

    def live(self) -> None:
        """Wait until the feed has told this page everything once."""
        self.sees("document.querySelector('.link-state')?.dataset.state === 'live'")

    def text(self, selector: str) -> str:
        """What stands in the first such element."""
        return str(self.page.locator(selector).first.inner_text())
