"""Each role's daily work in a browser: comes in by a first password, sees its own pages, does one real thing.

What is typed wrong is answered at its field with the rule, and stays as it was typed. One console with the
real desks behind it and one browser for all. The administrator's is in ``test_roles_administrator.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.store.messages import SaleCompleted, SaleLine
from console.people.permissions import ROLES
from tests.console.work import Work, at_work, closed, dialog, go, go_home, is_wrong, sees_only_its_own, send


@pytest.fixture(scope="module")
def work(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with at_work(browser, tmp_path_factory.mktemp("office") / "data") as found:
        yield found


@pytest.fixture(autouse=True)
def home(work: Work) -> Iterator[None]:
    yield
    go_home(work)


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
    for _ in range(lane.level):
        work.office.do(work.host.vend, 3, lane.code)
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


def test_every_role_has_its_test() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_roles*.py"))
    assert [role for role in ROLES if f'"{role}"' not in source] == []
