"""Each role's daily work in a browser: comes in by a first password, sees its own pages, does one real thing.

What is typed wrong is answered at its field with the rule, and stays as it was typed. One console with the
real desks behind it and one browser for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from actors.machine.messages import LaneClosed
from actors.store.messages import SaleCompleted, SaleLine
from console.page_paths import page_paths
from console.people import accounts
from console.people.people import People
from console.people.permissions import PERMISSIONS, ROLES
from scenarios.live_keys import at_office
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


@pytest.fixture(scope="module")
def work(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    plan = attrs.evolve(chain(6), office=(("price_push_alone_machines", 2),))
    host = DesksHost(plan)
    root: Path = tmp_path_factory.mktemp("office")
    host.data = office_folder(root / "data", plan.nodes[0])
    for seq, lane in enumerate(("hk-0001/lane/A1", "hk-0002/lane/A1"), start=1):
        host.hear(lane, seq, LaneClosed(why="jam"))
    people = people_of(plan)
    with Office(host, people) as office:
        yield Work(office, host, people, browser)


@pytest.fixture(autouse=True)
def nothing_else_is_complained_of(work: Work) -> Iterator[None]:
    yield
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


def test_a_cashier_looks_up_a_price_and_sees_the_tickets_of_their_store(work: Work) -> None:
    operator = work.comes("kim", "cashier", sites=("st-01",))
    sees_only_its_own(operator, "cashier")
    product = work.host.chain.products[1]
    go(operator, f"/products?q={product.code}")
    operator.sees("document.querySelector('products-page .aside h2')")
    assert operator.text("products-page .aside h2") == product.name_en
    go(operator, "/stores")
    operator.sees("document.querySelectorAll('.card').length === 1")
    price = product.price_minor
    line = SaleLine(product=product.code, quantity=1, price_minor=price, amount_minor=price)
    sale = SaleCompleted(till="st-01/till/1", sale=1, tender="code", lines=(line,), total_minor=price)
    work.office.do(work.host.report, "st-01", sale)
    operator.page.locator(".tickets summary").first.click()
    operator.sees(
        f"document.querySelector('.tickets details[open] li').innerText.includes('{product.name_en}')"
    )
    go(operator, "/stores/st-02")
    operator.sees("document.querySelector('main').innerText.includes('nothing by this name')")


def test_a_store_manager_changes_the_price_of_a_lane_in_their_places_only(work: Work) -> None:
    plan = work.host.chain.machines[0]
    operator = work.comes("sam", "store_manager", sites=(plan.id,))
    sees_only_its_own(operator, "store_manager")
    go(operator, "/planograms")
    operator.sees(f"document.querySelectorAll('.slot').length === {len(plan.lanes)}")
    lane = plan.lanes[2].code
    operator.page.locator(f".slot[data-lane='{lane}']").click()
    price = dialog(operator).locator("[name=price_minor]")
    price.fill("nine")
    send(operator)
    is_wrong(operator, "price_minor", "Price: must be a number")
    assert price.input_value() == "nine"
    price.fill("9.50")
    send(operator)
    closed(operator)
    operator.sees("document.querySelectorAll('.slot.changed').length === 1")
    operator.page.get_by_role("button", name="Preview and order").click()
    send(operator)
    operator.sees("document.querySelector('planograms-page .verdict:not([hidden])')")
    view = work.host.console.machines[0].lanes[lane]
    assert view.price_minor == 950
    go(operator, f"/machines/{work.host.chain.machines[1].id}")
    operator.sees("document.querySelector('main').innerText.includes('nothing by this name')")


def test_a_restocker_finds_what_is_short_and_their_van(work: Work) -> None:
    operator = work.comes("ron", "restocker")
    sees_only_its_own(operator, "restocker")
    lane = work.host.chain.machines[3].lanes[0]
    for level in range(lane.level):
        work.office.do(work.host.vend, 3, lane.code, None)
    assert level == lane.level - 1
    go(operator, f"/products?id={lane.product}")
    operator.sees("document.querySelector('products-page .aside table tbody tr')")
    machine = work.host.chain.machines[3].id
    row = operator.page.locator("products-page .aside tbody tr", has_text=machine).filter(has_text=lane.code)
    assert f"0 / {lane.par}" in row.first.inner_text()
    assert operator.page.get_by_role("button", name="Change its price").count() == 0
    go(operator, "/stock?at=van-1")
    operator.sees("document.querySelector('stock-page table')")


def test_a_technician_shelves_an_alarm_and_puts_a_machine_into_service_mode(work: Work) -> None:
    operator = work.comes("tim", "technician")
    sees_only_its_own(operator, "technician")
    go(operator, "/alarms")
    operator.sees("document.querySelectorAll('alarm-desk .alarm.waiting').length === 2")
    operator.page.locator(".alarm-rows").focus()
    operator.page.keyboard.press("s")
    send(operator)
    is_wrong(operator, "reason", "Reason: must have 3")
    dialog(operator).locator("[name=reason]").fill("the spare motor comes at noon")
    send(operator)
    operator.sees("document.querySelectorAll('alarm-desk .alarm.waiting').length === 1")
    work.office.do(work.host.wait, 120)
    go(operator, "/machines/hk-0002")
    operator.page.locator("[data-kind=service_mode]").click()
    dialog(operator).locator("[name=on]").select_option("on")
    send(operator)
    operator.sees("document.querySelector('.commands .command-state.done')")
    assert "service" in work.host.console.machines[1].locks
    go(operator, "/nodes")
    operator.sees(f"document.querySelectorAll('nodes-page tbody tr').length === {len(work.host.chain.nodes)}")
    assert operator.page.get_by_role("button", name="Change the office key").count() == 0


def test_two_dispatchers_change_a_price_everywhere(work: Work) -> None:
    product = max(
        work.host.chain.products,
        key=lambda each: sum(
            any(lane.product == each.code for lane in plan.lanes) for plan in work.host.chain.machines
        ),
    )
    first, second = work.comes("dee", "dispatcher"), work.comes("dan", "dispatcher")
    sees_only_its_own(first, "dispatcher")
    go(first, f"/products?id={product.code}")
    first.page.get_by_role("button", name="Change its price").click()
    dialog(first).locator("[name=price_minor]").fill("6,6,6")
    send(first)
    is_wrong(first, "price_minor", "Price: must be a number")
    dialog(first).locator("[name=price_minor]").fill("6.60")
    send(first)
    dialog(first).locator("[name=reason]").fill("no")
    send(first)
    is_wrong(first, "reason", "must have 3")
    dialog(first).locator("[name=reason]").fill("supplier's new price")
    send(first)
    closed(first)
    first.sees("document.querySelector('products-page .told').innerText.includes('approv')")
    go(first, "/approvals")
    first.sees("document.querySelector('approvals-page tbody')?.innerText.includes('another decides')")
    go(second, "/approvals")
    second.page.get_by_role("button", name=re.compile("^Approve #")).click()
    send(second)
    is_wrong(second, "reason", "Why: must have 3")
    dialog(second).locator("[name=reason]").fill("seen the invoice")
    send(second)
    second.sees("document.querySelector('approvals-page .empty:not([hidden])')")
    go(first, "/machines/hk-0001")
    first.page.locator("machine-commands .approved button").click()
    first.sees("document.querySelector('machine-commands .told:not([hidden])')")
    prices = {
        lane.price_minor
        for machine in work.host.console.machines
        for lane in machine.lanes.values()
        if lane.product == product.code
    }
    assert prices == {660}
    go(second, "/approvals?state=used")
    second.sees("document.querySelector('approvals-page tbody')?.innerText.includes('seen the invoice')")


def test_an_analyst_reads_reports_and_orders_nothing(work: Work) -> None:
    operator = work.comes("ana", "analyst")
    sees_only_its_own(operator, "analyst")
    go(operator, "/reports")
    operator.sees("document.querySelector('reports-page h1')")
    go(operator, "/planograms")
    operator.sees("document.querySelectorAll('.slot:disabled').length > 0")
    assert operator.page.get_by_role("button", name="Preview and order").count() == 0
    go(operator, "/machines/hk-0001")
    operator.sees("document.querySelector('machine-page h1')")
    assert operator.page.locator("machine-commands button").count() == 0


def test_an_auditor_follows_what_was_done_and_verifies_the_chain(work: Work) -> None:
    operator = work.comes("ali", "auditor")
    sees_only_its_own(operator, "auditor")
    go(operator, "/audit?action=session")
    operator.sees("document.querySelector('audit-page tbody')?.innerText.includes('session.open')")
    operator.page.get_by_label("Who", exact=True).fill("ali")
    operator.page.get_by_label("Who", exact=True).press("Enter")
    operator.sees(
        "[...document.querySelectorAll('audit-page tbody tr')].every((row) => row.innerText.includes('ali'))"
    )
    operator.page.get_by_role("button", name="Verify the chain").click()
    operator.sees("document.querySelector('.verdict')?.innerText.includes('The chain holds')")
    go(operator, "/people")
    operator.sees("document.querySelectorAll('people-page tbody tr').length >= 1")
    assert operator.page.get_by_role("button", name="Add a person").count() == 0
    operator.page.locator("people-page tbody button").first.click()
    operator.sees("document.querySelector('people-page .aside .figures')")
    assert operator.page.locator("people-page .aside .deeds button").count() == 0


def test_an_administrator_adds_changes_resets_and_disables_somebody(work: Work) -> None:
    operator = work.comes("ada", "administrator")
    page = operator.page
    sees_only_its_own(operator, "administrator")
    go(operator, "/people")
    page.get_by_role("button", name="Add a person").click()
    dialog(operator).locator("[name=name]").fill("not a name!")
    dialog(operator).get_by_label("Cashier").check()
    send(operator)
    is_wrong(operator, "name", "Name: must")
    assert dialog(operator).locator("[name=name]").input_value() == "not a name!"
    assert dialog(operator).get_by_label("Cashier").is_checked()
    dialog(operator).locator("[name=name]").fill("zoe")
    dialog(operator).locator("[name=sites]").fill("st-01, st-99")
    send(operator)
    is_wrong(operator, "sites", "must be sites, districts, nodes or vans of the chain, not 'st-99'")
    dialog(operator).locator("[name=sites]").fill("st-01, st-02")
    send(operator)
    page.wait_for_selector("dialog.once")
    assert len(page.locator("dialog.once .secret").nth(1).inner_text()) > 12
    page.get_by_role("button", name="I have noted it").click()
    operator.sees("document.querySelector('people-page .aside h2')?.innerText === 'zoe'")
    page.get_by_role("button", name="Edit").click()
    dialog(operator).get_by_label("Cashier").uncheck()
    send(operator)
    is_wrong(operator, "roles", "Roles: must be at least one")
    dialog(operator).get_by_label("Store manager").check()
    send(operator)
    operator.sees("document.querySelector('people-page .aside .figures').innerText.includes('Store manager')")
    page.get_by_role("button", name="Reset password").click()
    send(operator)
    page.wait_for_selector("dialog.once img")
    assert page.evaluate("document.querySelector('dialog.once img').naturalWidth") > 100
    link = page.locator("dialog.once .secret").inner_text()
    assert link.startswith(f"{work.office.origin}/login#reset=")
    page.get_by_role("button", name="I have noted it").click()
    page.get_by_role("button", name="Disable").click()
    dialog(operator).locator(".danger").click()
    operator.sees("document.querySelector('people-page .aside').innerText.includes('Disabled')")
    account = work.people.store.read(
        lambda db: next(each for each in accounts.listed(db, after=0, limit=99) if each.name == "zoe")
    )
    assert (account.disabled, account.roles, account.sites) == (True, ("store_manager",), ("st-01", "st-02"))


def test_an_administrator_makes_and_revokes_a_token_and_is_told_of_a_wrong_webhook(work: Work) -> None:
    operator = work.comes("abe", "administrator")
    page = operator.page
    go(operator, "/people?part=tokens")
    page.get_by_role("button", name="Make a token").click()
    dialog(operator).locator("[name=name]").fill("bookkeeping")
    dialog(operator).locator("[name=days]").fill("soon")
    dialog(operator).get_by_label("audit.read").check()
    send(operator)
    is_wrong(operator, "days", "Days it is good: must be a whole number")
    dialog(operator).locator("[name=days]").fill("30")
    send(operator)
    page.wait_for_selector("dialog.once")
    assert page.locator("dialog.once .secret").inner_text().startswith("Bearer ")
    page.get_by_role("button", name="I have noted it").click()
    page.get_by_role("button", name="Revoke bookkeeping").click()
    dialog(operator).locator(".danger").click()
    operator.sees("document.querySelector('token-list tbody').innerText.includes('Revoked')")
    go(operator, "/people?part=webhooks")
    page.get_by_role("button", name="Add a webhook").click()
    dialog(operator).locator("[name=url]").fill("https://example.test/hook")
    dialog(operator).get_by_label("alarm.raised").check()
    send(operator)
    is_wrong(operator, "url", "Address: must")
    assert dialog(operator).locator("[name=url]").input_value() == "https://example.test/hook"


def test_two_administrators_pair_a_node_and_take_anothers_key(work: Work) -> None:
    assert work.host.data is not None
    first, second = work.comes("amy", "administrator"), work.comes("art", "administrator")
    page, node = first.page, work.host.chain.nodes[0]
    go(first, "/nodes?id=st-01")
    page.get_by_role("button", name="Issue a code").click()
    send(first)
    page.wait_for_selector("dialog.once img")
    code = page.locator("dialog.once .secret").first.inner_text()
    page.get_by_role("button", name="I have noted it").click()
    desk, roster = at_office(work.host.data)
    assert desk.knock("st-01", "SN-1", code, "k" * 40) == "waiting"
    page.get_by_role("button", name="Confirm serial").click()
    dialog(first).locator("[name=serial]").fill("SN-2")
    send(first)
    is_wrong(first, "serial", "Serial number: must be that of the computer")
    assert dialog(first).locator("[name=serial]").input_value() == "SN-2"
    dialog(first).locator("[name=serial]").fill("SN-1")
    send(first)
    first.sees("document.querySelector('nodes-page .aside')?.innerText.includes('On the roster')")
    go(first, f"/nodes?id={node}")
    first.sees(f"document.querySelector('nodes-page .aside h2')?.innerText === '{node}'")
    page.get_by_role("button", name="Revoke key").click()
    dialog(first).locator("[name=reason]").fill("the computer was stolen")
    dialog(first).locator(".danger").click()
    first.sees("document.querySelector('nodes-page .aside').innerText.includes('waits for another')")
    go(second, "/approvals")
    second.page.get_by_role("button", name=re.compile("^Approve #")).click()
    dialog(second).locator("[name=reason]").fill("police report seen")
    send(second)
    closed(second)
    go(first, "/nodes?id=st-01")
    first.sees("document.querySelector('nodes-page .aside h2')?.innerText === 'st-01'")
    go(first, f"/nodes?id={node}")
    page.locator("nodes-page .deeds .danger").click()
    dialog(first).locator(".danger").click()
    first.sees("document.querySelector('nodes-page .aside').innerText.includes('Revoked')")
    roster.refresh()
    assert roster.revoked == (node,)


def test_every_role_has_its_test(work: Work) -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [role for role in ROLES if f'"{role}"' not in source] == []
