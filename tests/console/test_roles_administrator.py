"""The administrator's daily work in a browser: people, tokens, webhooks, nodes and their keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from console.people import accounts
from scenarios.live.keys import at_office
from tests.console.work import Work, at_work, closed, dialog, go, go_home, is_wrong, sees_only_its_own, send


@pytest.fixture(scope="module")
def work(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with at_work(browser, tmp_path_factory.mktemp("office") / "data") as found:
        yield found


@pytest.fixture(autouse=True)
def home(work: Work) -> Iterator[None]:
    yield
    go_home(work)


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
