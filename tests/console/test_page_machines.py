"""Machines, stores and stock in a browser: found, filtered, looked at, and moved through by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from actors.machine.messages import DeviceWentMissing, LaneFilled
from actors.payment.messages import CashTaken
from tests.console.demo import NINE_US, SECOND_US, DemoHost, MadeUpDay, chain
from tests.console.office import Office, Operator

ROWS = "Number(document.querySelector('fleet-table table')?.getAttribute('aria-rowcount')) - 1"


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    start = NINE_US - 1800 * SECOND_US
    host = DemoHost(chain(40), now_us=start)
    day = MadeUpDay(host)
    for minute in range(30):
        day.minute(start + minute * 60 * SECOND_US)
    for number in (6, 12):
        host.report(host.chain.machines[number].id, DeviceWentMissing(device="machine"))
    with Office(host) as office:
        yield office


@pytest.fixture
def desk(browser: Any, office: Office) -> Iterator[Operator]:
    operator = Operator(office.let_in(browser), office.origin + "/machines")
    operator.live()
    operator.sees(f"{ROWS} === 40")
    yield operator
    assert operator.complaints == []
    operator.page.context.close()


def test_filters_stand_in_the_address_and_a_link_with_them_shows_the_same(
    desk: Operator, office: Office
) -> None:
    offline = sum("machine" in machine.missing for machine in office.host.console.machines)
    desk.page.get_by_role("button", name="Offline").click()
    desk.sees(f"{ROWS} === {offline} && location.search === '?state=offline'")
    desk.page.locator("machine-filters input").fill("hk-0007")
    desk.sees(f"{ROWS} === 1")
    assert desk.page.evaluate("location.search") == "?state=offline&q=hk-0007"
    desk.page.reload()
    desk.sees(f"{ROWS} === 1")
    desk.page.get_by_role("button", name="Clear filters").click()
    desk.sees(f"{ROWS} === 40 && location.search === ''")


def test_a_filter_saved_by_name_is_used_again_and_deleted(desk: Operator) -> None:
    desk.page.goto(desk.page.url + "?state=offline&sort=-sales")
    desk.page.get_by_role("button", name="Save filter").click()
    desk.page.get_by_label("Name").fill("gone dark")
    desk.page.keyboard.press("Enter")
    desk.page.get_by_role("button", name="Clear filters").click()
    desk.page.get_by_label("Saved filters").select_option("gone dark")
    desk.sees("location.search.includes('state=offline') && location.search.includes('sort=-sales')")
    desk.sees("document.querySelector('th[aria-sort=descending]').innerText.startsWith('Sales')")
    desk.page.get_by_role("button", name="Delete saved").click()
    desk.sees("document.querySelector('machine-filters select[hidden]')")


def test_a_heading_sorts_by_its_column_and_the_address_says_so(desk: Operator, office: Office) -> None:
    desk.page.get_by_role("button", name="Sales HK$").click()
    desk.sees("location.search === '?sort=-sales'")
    best = max(range(40), key=lambda number: (office.host.console.machines[number].sales_minor, -number))
    plan = office.host.chain.machines[best]
    desk.sees(f"document.querySelector('fleet-table tbody tr[id] td').innerText === '{plan.id}'")


def test_keys_alone_find_a_machine_open_it_and_come_back(desk: Operator) -> None:
    desk.page.keyboard.press("j")
    desk.page.keyboard.press("j")
    desk.sees("document.querySelectorAll('fleet-table tr[aria-selected=true]').length === 1")
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("hk-0007")
    desk.sees("document.querySelector('#search-found [aria-selected=true]')?.innerText.includes('hk-0007')")
    desk.page.keyboard.press("Enter")
    desk.sees("location.pathname === '/machines/hk-0007'")
    desk.sees("document.querySelector('main h1').innerText === 'hk-0007'")
    desk.sees("document.querySelectorAll('.lane').length === 40")
    desk.page.keyboard.press("Escape")
    desk.sees("location.pathname === '/machines'")
    desk.page.keyboard.press("?")
    desk.sees("document.querySelector('dialog[open]')")


def test_search_finds_stores_vans_products_and_pages_too(desk: Operator, office: Office) -> None:
    product = office.host.chain.products[0]
    for words, path in (
        ("st-02", "/stores/st-02"),
        ("van-1", "/stock?at=van-1"),
        (product.code, f"/products?q={product.code}"),
        ("Stores", "/stores"),
    ):
        desk.page.keyboard.press("/")
        desk.page.keyboard.type(words)
        desk.sees(f"document.querySelector('#search-found a[href=\"{path}\"]')")
        desk.page.keyboard.press("Escape")


def test_a_machine_shows_devices_cash_batches_and_what_happened(desk: Operator, office: Office) -> None:
    host = office.host
    plan = host.chain.machines[3]
    lane = plan.lanes[0]
    source = f"{plan.id}/lane/{lane.code}"
    office.do(
        host.report,
        source,
        LaneFilled(visit=9, product=lane.product, added=2, level=lane.par, expires_on="2026-12-24"),
    )
    office.do(host.report, plan.id, CashTaken(sale=1, amount_minor=2000, held_in="stacker"))
    office.do(host.report, plan.id, DeviceWentMissing(device="code"))
    desk.page.goto(desk.page.url + f"/{plan.id}")
    desk.sees("document.querySelector('.lane-list')?.innerText.includes('2 until 2026-12-24')")
    desk.sees("document.querySelector('.devices')?.innerText.includes('No answer')")
    desk.sees("document.querySelector('.cash .figures')?.innerText.includes('HK$20.00')")
    desk.sees("document.querySelector('.events')?.innerText.includes('No answer from code payment')")
    desk.sees("document.querySelector('machine-commands')?.getAttribute('machine') === 'hk-0004'")


def test_a_basket_is_seen_in_the_store_as_it_is_paid(desk: Operator, office: Office) -> None:
    desk.page.goto(desk.page.url.replace("/machines", "/stores"))
    desk.sees("document.querySelectorAll('.card').length === 6")
    sold = [store.baskets for store in office.host.console.stores]
    store = office.host.chain.stores[1].id
    sale = office.host.console.books.stores[store].tickets[-1].content
    office.do(office.host.report, store, sale)
    assert office.host.console.stores[1].baskets == sold[1] + 1
    baskets = "document.querySelector('.card:nth-child(2) dd:nth-of-type(2)').innerText"
    desk.sees(f"{baskets} === '{sold[1] + 1}'", 3000)
    desk.page.locator(f".card a[href='/stores/{store}']").click()
    desk.sees("document.querySelectorAll('.tills tbody tr').length === 2")
    desk.page.locator(".tickets summary").first.click()
    desk.sees("document.querySelector('.tickets details[open] li')")


def test_a_vans_round_and_a_warehouses_stock_and_pick_lists_are_shown(desk: Operator, office: Office) -> None:
    desk.page.goto(desk.page.url.replace("/machines", "/stock?at=van-1"))
    book = office.host.console.books.vans["van-1"]
    desk.sees(f"document.querySelectorAll('.round tbody tr').length === {len(book.stops)}")
    desk.page.get_by_role("button", name="Pick lists").click()
    desk.sees("location.search.includes('part=picks')")
    desk.sees("document.querySelectorAll('.stock-body tbody tr').length > 0")
    desk.page.get_by_role("button", name="Warehouse").click()
    desk.sees("document.querySelectorAll('.stock-body tbody tr').length > 20")
    desk.page.locator("input[type=search].field").fill("zzzz")
    desk.sees("document.querySelector('.stock-body .empty:not([hidden])')")
