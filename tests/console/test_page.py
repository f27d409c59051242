"""The page in a browser: what an operator sees, does and is told when the feed is cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.cabinet.messages import MachineLocked, MachineUnlocked
from actors.machine.messages import LaneBlocked, LaneUnblocked
from console.doors import Doors
from console.guard import Guard, GuardedServer
from console.live import LiveFeed
from console.web import pages
from tests.console.demo import DemoHost, chain

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: no browser test")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}")

TOKEN = "p" * 43
SALE_MS_MAX = 1000
STALE_MS_MAX = 5000


class Office:
    """The console in a loop of its own, and its host, for a browser driven from the test's thread."""

    def __init__(self, host: DemoHost) -> None:
        self.host = host
        self.url = ""
        self._ready = threading.Event()
        self._loop: trio.lowlevel.TrioToken
        self._ticking: trio.CancelScope
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
        web, feed = [(await trio.open_tcp_listeners(0, host="127.0.0.1"))[0] for _ in range(2)]
        port, feed_port = (listener.socket.getsockname()[1] for listener in (web, feed))
        doors = Doors(TOKEN, bind="127.0.0.1", port=port)
        self.live = LiveFeed(self.host, doors)
        server = GuardedServer(
            Guard(pages(self.host, doors, feed_port=feed_port), doors, feed_port=feed_port)
        )
        self._loop = trio.lowlevel.current_trio_token()
        async with web, feed, trio.open_nursery() as self._nursery:
            self._nursery.start_soon(trio.serve_listeners, server.serve, [web])
            self._nursery.start_soon(trio.serve_listeners, self.live.serve, [feed])
            self.url = f"http://127.0.0.1:{port}/?token={TOKEN}"
            self.start_feed()
            self._ready.set()

    def start_feed(self) -> None:
        self._ticking = trio.CancelScope()
        self._nursery.start_soon(self._tick, self._ticking)

    async def _tick(self, scope: trio.CancelScope) -> None:
        with scope:
            await self.live.tick_for_ever()

    def cut_feed(self) -> None:
        """The feed falls silent, as behind a dead link: connections stay, nothing comes."""
        self._ticking.cancel()
        self.live.clients.clear()

    def do(self, deed: Callable[..., Any], *args: Any) -> Any:
        """Have the loop do something, and wait for it."""
        return trio.from_thread.run_sync(deed, *args, trio_token=self._loop)


class Operator:
    """A browser with the page open, and everything it complained of or asked elsewhere."""

    def __init__(self, browser: Any, office: Office, width: int = 1600, height: int = 1000) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
        self.complaints: list[str] = []
        self.asked: set[str] = set()
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.add(request.url.split("/")[2]))
        self.page.on("websocket", lambda socket: self.asked.add(socket.url.split("/")[2].partition(":")[0]))
        self.page.goto(office.url)
        self.sees("document.querySelector('fleet-table [aria-selected=true]')")
        self.sees("document.querySelectorAll('.lane').length === 40")

    def sees(self, expression: str, within_ms: int = 15_000) -> None:
        """Wait until this holds in the page (looked at from outside: the page's own policy forbids eval)."""
        deadline = time.monotonic() + within_ms / 1000
        while not self.page.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < deadline, f"not seen within {within_ms} ms: {expression}"
            self.page.wait_for_timeout(20)

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).first.inner_text())


@pytest.fixture(scope="module")
def browser() -> Any:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def office() -> Any:
    host = DemoHost(chain(40))
    host.vend(0, "B3")
    with Office(host) as office:
        yield office


def test_a_sale_is_seen_within_a_second_of_its_fact(browser: Any, office: Office) -> None:
    operator = Operator(browser, office)
    before = operator.text(".kpi:nth-child(2) .value")
    office.do(office.host.vend, 3, "B4")
    operator.sees(f"document.querySelectorAll('.kpi .value')[1].innerText !== {before!r}", SALE_MS_MAX)
    assert operator.complaints == []
    assert {host.partition(":")[0] for host in operator.asked} == {"127.0.0.1"}


def test_the_fleet_table_holds_every_machine_and_choosing_one_shows_its_lanes(
    browser: Any, office: Office
) -> None:
    operator = Operator(browser, office)
    assert operator.page.locator("fleet-table table").get_attribute("aria-rowcount") == "40"
    operator.page.keyboard.press("/")
    operator.page.keyboard.type("hk-0007")
    operator.sees("document.querySelector('fleet-table table').getAttribute('aria-rowcount') === '1'")
    operator.page.keyboard.press("Enter")
    operator.sees("document.querySelector('machine-panel h2').innerText === 'hk-0007'")
    operator.sees("document.querySelectorAll('.lane').length === 40")
    code, lane = next(iter(office.host.console.machines[6].lanes.items()))
    office.do(office.host.vend, 6, code)
    operator.sees(
        f"document.querySelector('.lane .level').innerText === '{lane.level - 1}/{lane.par}'", SALE_MS_MAX
    )


def test_a_lane_says_in_words_and_in_its_outline_why_it_does_not_sell(browser: Any, office: Office) -> None:
    operator = Operator(browser, office)
    machine, code = office.host.chain.machines[8].id, office.host.chain.machines[8].lanes[0].code
    office.do(office.host.report, f"{machine}/lane/{code}", LaneBlocked(why="expired"))
    office.do(office.host.report, machine, MachineLocked(why="flood"))
    operator.page.keyboard.press("/")
    operator.page.keyboard.type(machine)
    operator.page.keyboard.press("Enter")
    operator.sees("document.querySelector('.lane .level').innerText === 'DATE'")
    operator.sees("getComputedStyle(document.querySelector('.lane')).borderStyle === 'dashed'")
    assert "past their day" in str(operator.page.locator(".lane").first.get_attribute("aria-label"))
    operator.sees("document.querySelector('machine-panel .pill').innerText === 'Locked'")
    operator.sees(
        "document.querySelector('fleet-table [aria-selected=true] .state')?.innerText.trim() === 'Locked'"
    )
    operator.sees("document.querySelector('.facts').innerText.includes('flood')")
    office.do(office.host.report, machine, MachineUnlocked())
    office.do(office.host.report, f"{machine}/lane/{code}", LaneUnblocked(why="expired"))
    operator.sees("document.querySelector('.lane').className === 'lane'")
    assert operator.complaints == []


def test_the_language_switches_everywhere_and_is_remembered(browser: Any, office: Office) -> None:
    operator = Operator(browser, office)
    operator.page.get_by_role("button", name="Switch to Chinese").click()
    operator.sees("document.documentElement.lang === 'zh-CN'")
    names = operator.page.locator(".kpi .name").all_inner_texts()
    assert names == [
        "在线机器",
        "今日销售额",
        "每分钟售出",
        "缺货货道",
        "未确认报警",
        "在途补货车",
        "机内现金",
    ]
    shown = operator.page.evaluate("document.body.innerText")
    assert "Machines online" not in shown
    assert not [word for word in ("Fleet", "Active alarms", "Stock", "Vends", "Low stock") if word in shown]
    operator.page.reload()
    operator.sees("document.querySelector('.kpi .name')?.innerText === '在线机器'")


def test_the_theme_switches_and_is_remembered(browser: Any, office: Office) -> None:
    operator = Operator(browser, office)
    first = operator.page.evaluate("document.documentElement.dataset.theme")
    operator.page.get_by_role("button", name="Dark or light").click()
    operator.page.reload()
    operator.sees(f"document.documentElement.dataset.theme !== '{first}'")


def test_an_alarm_is_acknowledged_by_key_and_by_button(browser: Any, office: Office) -> None:
    operator = Operator(browser, office)
    office.do(office.host.raise_alarm, "jam", 1, "hk-0005/lane/C2")
    office.do(office.host.raise_alarm, "sold_out", 2, "hk-0006/lane/A1")
    operator.sees("document.querySelectorAll('.alarm.waiting').length === 2")
    assert operator.text(".alarm .what") == "Lane C2 jammed"
    operator.page.keyboard.press("a")
    operator.sees("document.querySelectorAll('.alarm.waiting').length === 1")
    operator.page.locator(".alarm.waiting .button").click()
    operator.sees("document.querySelectorAll('.alarm.waiting').length === 0")
    operator.sees("document.querySelectorAll('.kpi .value')[4].innerText === '0'")
    assert [alarm.by for alarm in office.host.console.alarms.values()] == ["operator", "operator"]
    assert operator.complaints == []


def test_a_message_that_was_set_aside_is_let_in_once_its_alarm_was_seen(browser: Any, office: Office) -> None:
    operator = Operator(browser, office)
    office.do(office.host.raise_alarm, "set_aside", 1, "hk-0005/lane/C2")
    operator.sees("document.querySelectorAll('.alarm.waiting').length === 1")
    assert operator.text(".alarm .button") == "Ack"
    operator.page.locator(".alarm .button").click()
    operator.sees("document.querySelector('.alarm .button').innerText === 'Let in'")
    with operator.page.expect_response("**/let-in") as answered:
        operator.page.locator(".alarm .button").click()
    assert answered.value.status == 202
    assert operator.complaints == []


def test_a_cut_feed_shows_as_stale_and_heals_by_itself(browser: Any, office: Office) -> None:
    operator = Operator(browser, office)
    office.do(office.cut_feed)
    operator.sees("document.body.classList.contains('stale')", STALE_MS_MAX)
    assert operator.text(".link-state").startswith("Stale since ")
    before = operator.text(".kpi:nth-child(2) .value")
    office.do(office.host.vend, 3, "B4")
    office.do(office.start_feed)
    operator.sees("!document.body.classList.contains('stale')", 15_000)
    operator.sees("document.querySelector('.link-state').innerText.startsWith('Live')")
    operator.sees(f"document.querySelectorAll('.kpi .value')[1].innerText !== {before!r}")


def test_the_clock_is_paused_and_sped_up_from_the_page(browser: Any, office: Office) -> None:
    operator = Operator(browser, office)
    operator.page.get_by_role("button", name="Pause").click()
    operator.sees("document.body.classList.contains('paused')")
    assert office.host.speed == 0
    operator.page.get_by_role("button", name="60×").click()
    operator.sees(
        "document.querySelector('bottom-bar [data-value=\"60\"]').getAttribute('aria-pressed') === 'true'"
    )
    assert office.host.speed == 60


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_phone_needs_no_sideways_scrolling(browser: Any, office: Office, language: str) -> None:
    operator = Operator(browser, office, width=420, height=900)
    operator.page.evaluate(f"localStorage.setItem('hawker.language', '{language}')")
    operator.page.reload()
    operator.sees("document.querySelectorAll('.lane').length === 40")
    assert operator.page.evaluate("document.documentElement.scrollWidth") <= 420
    bar = operator.page.locator("bottom-bar").bounding_box()
    assert bar["y"] + bar["height"] <= 900


def test_every_control_has_a_name(browser: Any, office: Office) -> None:
    operator = Operator(browser, office)
    nameless = operator.page.evaluate(
        "[...document.querySelectorAll('button, input, a, [role=img], [role=region], [role=listbox]')]"
        ".filter((one) => !one.closest('[hidden]') && "
        "!(one.getAttribute('aria-label') || one.textContent.trim()))"
        ".map((one) => one.outerHTML)"
    )
    assert nameless == []
