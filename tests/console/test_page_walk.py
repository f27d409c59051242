"""Every page of the router's table, in both themes and languages and on a phone: it shuts nobody out.

One console and one browser for all of them. Axe looks for what keeps people with a screen reader, a keyboard
or weak eyes from working; "critical" and "serious" findings fail.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from console.page_paths import ROUTER
from tests.console.demo import NINE_US, SECOND_US, DemoHost, MadeUpDay, chain
from tests.console.office import DESK, PHONE, Office, Operator

axe_api = pytest.importorskip("axe_playwright_python.base", reason="axe-playwright-python is not installed")

TABLE = re.compile(r'^  \{ name: "(\w+)", path: "([^"]+)"', re.MULTILINE)
IDS = {"machine": "hk-0003", "store": "st-02"}
OF_A_REPLAY = {"compare"}
"""Pages that a running chain does not have."""
NO_LEDGER = {"reports": "status of 409"}
"""What a page is told by a demo that keeps no ledger, and the browser writes to its log."""
BAD = ("critical", "serious")
AXE_OPTIONS = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
LOOKS = list(itertools.product(("light", "dark"), ("en", "zh-CN")))
NAMELESS = """
[...document.querySelectorAll("button, input, select, a, [role=img], [role=region], [role=listbox]")]
  .filter((one) => !one.closest("[hidden]")
    && !(one.getAttribute("aria-label") || one.textContent.trim() || one.labels?.length || one.title))
  .map((one) => one.outerHTML)
"""
LOOK = """async ([theme, language]) => {
  const { setLanguage } = await import("/static/i18n.js");
  const { remember, applyTheme } = await import("/static/prefs.js");
  remember("theme", theme);
  applyTheme();
  setLanguage(language);
}"""


def pages() -> dict[str, str]:
    """Every page that is there, by name, with an address of it."""
    found = TABLE.findall(ROUTER.read_text(encoding="utf-8"))
    made = {path.stem for path in (ROUTER.parent / "pages").glob("*.js")}
    here = [(name, path) for name, path in found if name in made - OF_A_REPLAY]
    return {name: path.replace(":id", IDS.get(name, "")) for name, path in here}


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    start = NINE_US - 2400 * SECOND_US
    host = DemoHost(chain(24), now_us=start)
    day = MadeUpDay(host)
    for minute in range(40):
        day.minute(start + minute * 60 * SECOND_US)
    with Office(host) as office:
        yield office


@pytest.fixture(scope="module")
def operator(browser: Any, office: Office) -> Operator:
    """One open page, which goes from one to the next as a person would."""
    operator = Operator(office.let_in(browser), office.origin)
    operator.live()
    operator.page.evaluate(axe_api.AXE_SCRIPT)
    return operator


def visit(operator: Operator, path: str) -> None:
    """Go to a page and wait until it has drawn what it was told."""
    operator.page.evaluate("(path) => import('/static/router.js').then(({ go }) => go(path))", path)
    operator.sees("document.querySelector('main h1')")
    settled(operator)


def settled(operator: Operator) -> None:
    """Wait until two more frames came and no part of the page waits for an answer."""
    frames = "import('/static/store.js').then(({ state }) => state.frames)"
    before = operator.page.evaluate(frames)
    while operator.page.evaluate(frames) < before + 2:
        operator.page.wait_for_timeout(50)
    operator.sees("![...document.querySelectorAll('main *')].some((one) => one.asking)")


def findings(operator: Operator) -> list[str]:
    """What axe says is critical or serious: the rule, and where."""
    said = operator.page.evaluate("(options) => axe.run(document, options)", AXE_OPTIONS)
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:120]} {node['any'][:1]}"
        for rule in said["violations"]
        if rule["impact"] in BAD
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("name", pages())
def test_a_page_shuts_nobody_out_complains_of_nothing_and_asks_nobody_else(
    operator: Operator, name: str
) -> None:
    operator.complaints.clear()
    operator.page.set_viewport_size(DESK)
    visit(operator, pages()[name])
    found: dict[str, list[str]] = {}
    for theme, language in LOOKS:
        operator.page.evaluate(LOOK, [theme, language])
        settled(operator)
        found[f"{theme} {language}"] = findings(operator)
    nameless = operator.page.evaluate(NAMELESS)
    operator.page.set_viewport_size(PHONE)
    settled(operator)
    wide = operator.page.evaluate("document.documentElement.scrollWidth")
    operator.page.evaluate(LOOK, ["light", "en"])
    wide = max(wide, operator.page.evaluate("document.documentElement.scrollWidth"))
    bar = operator.page.locator("bottom-bar").bounding_box()
    assert {look: each for look, each in found.items() if each} == {}
    assert nameless == []
    assert wide <= PHONE["width"]
    assert bar["y"] + bar["height"] <= PHONE["height"]
    told = NO_LEDGER.get(name)
    assert [said for said in operator.complaints if told is None or told not in said] == []
    assert {address.partition(":")[0] for address in operator.asked} == {"127.0.0.1"}


def test_each_page_is_reached_by_its_link_and_says_so(operator: Operator) -> None:
    operator.page.set_viewport_size(DESK)
    operator.complaints.clear()
    visit(operator, "/")
    operator.page.evaluate("window.sameDocument = true")
    for name, title in (("machines", "Machines"), ("stores", "Stores & tills"), ("stock", "Stock")):
        operator.page.locator(f".nav-row a[href='/{name}']").click()
        operator.sees(f"document.title.includes({title!r}) && document.querySelector('{name}-page')")
        operator.sees(f"document.activeElement.id === 'page' && location.pathname === '/{name}'")
        assert title in str(operator.page.locator("#announcer").text_content())
        assert operator.page.locator(".nav-row [aria-current=page]").inner_text() == title
    operator.page.go_back()
    operator.sees("document.querySelector('stores-page')")
    assert operator.page.evaluate("window.sameDocument")
    assert operator.complaints == []


def test_an_address_that_is_no_machine_says_so(operator: Operator) -> None:
    visit(operator, "/machines/xx-9999")
    assert operator.text("main h1") == "There is nothing by this name here."
