"""People at work at the console in a browser: coming in by a first password, and filling forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from actors.machine.messages import LaneClosed
from console.page_paths import page_paths
from console.people.people import People
from console.people.permissions import PERMISSIONS
from tests.console.demo import chain
from tests.console.desks import DesksHost
from tests.console.kept import office_folder
from tests.console.office import Office, Operator
from tests.console.persons import PASSWORD, add, people_of

NEW = "ferry-mango-17-umbrella"
REFUSED = re.compile(r"status of 4\d\d")
"""A refused form is answered so, and Chromium says it aloud."""
OFF_MENU = {"/machines/{id:str}", "/stores/{id:str}", "/compare"}


class Work:
    """The console, its accounts, and people who work at it."""

    def __init__(self, office: Office, host: DesksHost, people: People, browser: Any) -> None:
        self.office, self.host, self.people, self.browser = office, host, people, browser
        self.there: list[Operator] = []

    def comes(self, name: str, role: str, *, sites: tuple[str, ...] | None = None) -> Operator:
        """Somebody's first log-in: the password is changed before a page opens."""
        self.office.do(lambda: add(self.people, name, role, sites=sites, must_change=True))
        context = self.browser.new_context(viewport={"width": 1600, "height": 1000}, locale="en-GB")
        operator = Operator(context, self.office.origin + "/")
        self.there.append(operator)
        page = operator.page
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_selector("#new_password")
        page.fill("#password", PASSWORD)
        page.fill("#new_password", NEW)
        page.fill("#again", NEW + "x")
        if len(self.there) == 1:
            page.click("button[type=submit]")
            page.wait_for_selector("#again[aria-invalid=true]")
            assert page.input_value("#password") == PASSWORD
        page.fill("#again", NEW)
        page.click("button[type=submit]")
        page.wait_for_url(f"{self.office.origin}/")
        operator.live()
        return operator


@contextmanager
def at_work(browser: Any, root: Path) -> Iterator[Work]:
    """A console with the real desks behind it, an office's keys, and two alarms."""
    plan = attrs.evolve(chain(6), office=(("price_push_alone_machines", 2),))
    host = DesksHost(plan)
    host.data = office_folder(root, plan.nodes[0])
    for seq, lane in enumerate(("hk-0001/lane/A1", "hk-0002/lane/A1"), start=1):
        host.hear(lane, seq, LaneClosed(why="jam"))
    people = people_of(plan)
    with Office(host, people) as office:
        yield Work(office, host, people, browser)


def go_home(work: Work) -> None:
    """Everybody leaves; nothing but refused forms was complained of, and nobody else was asked."""
    for operator in work.there:
        assert [said for said in operator.complaints if not REFUSED.search(said)] == []
        assert {address.partition(":")[0] for address in operator.asked} == {"127.0.0.1"}
        operator.page.context.close()
    work.there.clear()


def go(operator: Operator, path: str) -> None:
    """To a page, as a link would lead there."""
    operator.page.evaluate("(path) => import('/static/router.js').then(({ go }) => go(path))", path)


def offered(operator: Operator) -> set[str]:
    """The pages that the menu leads to."""
    operator.sees("document.querySelectorAll('.nav-menu a').length > 1")
    found = operator.page.evaluate(
        "[...document.querySelectorAll('.nav-menu a')].map((link) => link.getAttribute('href'))"
    )
    return set(found)


def sees_only_its_own(operator: Operator, role: str) -> None:
    """The menu has what the role may, no more and no less; another page's address says that it may not."""
    every = {path: permission for path, permission in page_paths().items() if path not in OFF_MENU}
    mine = {path for path, permission in every.items() if role in PERMISSIONS[permission]}
    assert offered(operator) == mine
    if others := sorted(set(every) - mine):
        go(operator, others[0])
        operator.sees("document.querySelector('.page-notice')?.innerText.includes('does not include')")


def dialog(operator: Operator) -> Any:
    """The form that is open."""
    operator.page.wait_for_selector("dialog[open]")
    return operator.page.locator("dialog[open]").last


def send(operator: Operator) -> None:
    """Press the form's main button."""
    dialog(operator).locator(".buttons .main").click()


def is_wrong(operator: Operator, field: str, said: str) -> None:
    """The form stays open, and says at a field what its rule is."""
    wrong = operator.page.locator(
        f"dialog[open] [name={field}][aria-invalid=true], dialog[open] [id$='-{field}'][aria-invalid=true]"
    )
    wrong.wait_for()
    text = operator.page.locator("dialog[open] .wrong:not([hidden])").inner_text()
    assert said in text, text


def closed(operator: Operator) -> None:
    operator.sees("!document.querySelector('dialog[open]')")
