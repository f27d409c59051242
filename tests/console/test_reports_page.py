"""The page of reports in a browser: chosen, built, compared, kept, scheduled; its address says it all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from console.web import serve
from tests.console import office
from tests.console.demo import DemoHost, chain
from tests.console.office import CHROMIUM, TOKEN, Office, Operator
from tests.console.report_days import write_ledger

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: no browser test")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}")
EXPECTED = re.compile(r"status of 400|/feed\?ticket")
"""What a browser logs of an answer that refuses, and of a feed that is let go with its page."""
ROWS = "table.report tbody tr"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    data = tmp_path_factory.mktemp("page") / "data"
    write_ledger(data, chain(4), date(2026, 10, 20), 33)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office, "serve", partial(serve, data=data))
        with Office(DemoHost(chain(4))) as running:
            yield running


@pytest.fixture(scope="module")
def context(served: Office) -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        context = browser.new_context(
            locale="en-GB", viewport={"width": 1600, "height": 1000}, accept_downloads=True
        )
        page = context.new_page()
        page.goto(f"{served.origin}/?token={TOKEN}")
        page.close()
        yield context
        browser.close()


@pytest.fixture
def at(served: Office, context: Any) -> Iterator[Any]:
    opened: list[Operator] = []

    def open_page(path: str) -> Operator:
        opened.append(Operator(context, served.origin + path))
        return opened[-1]

    yield open_page
    for operator in opened:
        assert [said for said in operator.complaints if not EXPECTED.search(said)] == []
        operator.page.close()


def test_a_report_is_chosen_compared_and_downloaded(at: Any) -> None:
    operator = at("/reports")
    page = operator.page
    page.locator(ROWS).nth(27).wait_for()
    page.get_by_label("Report", exact=True).select_option("products")
    operator.sees(
        "document.querySelector('report-chart canvas').getAttribute('aria-label') === 'Turnover by Product'"
    )
    page.get_by_label("Compare").select_option("week")
    page.locator(".delta").first.wait_for()
    assert "report=products" in page.url
    assert "compare=week" in page.url
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download as CSV").click()
    assert downloading.value.suggested_filename == "products.csv"
    assert "amount_minor_before" in Path(downloading.value.path()).read_text(encoding="utf-8-sig")


def test_an_address_shows_the_same_report_again(at: Any) -> None:
    address = "/reports?measures=units,lost_share&by=district&only=kind:machine&from=2026-11-01&to=2026-11-07"
    operator = at(address)
    operator.page.locator(ROWS).first.wait_for()
    assert operator.page.get_by_label("From", exact=True).input_value() == "2026-11-01"
    assert operator.page.get_by_role("checkbox", name="Share lost").is_checked()
    assert operator.text(".chip") == "Machines ×"


def test_a_report_is_built_and_kept_under_a_name(at: Any) -> None:
    operator = at("/reports?report=places")
    page = operator.page
    page.locator(ROWS).first.wait_for()
    page.get_by_role("checkbox", name="Visits").check()
    assert not page.get_by_role("checkbox", name="Product", exact=True).is_enabled()
    page.get_by_role("checkbox", name="Weekday").check()
    page.get_by_role("button", name="Show", exact=True).click()
    operator.sees("document.querySelectorAll('table.report thead th').length === 9")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("name: must have 1 to 80 printable characters").wait_for()
    assert page.get_by_label("Name", exact=True).get_attribute("aria-invalid") == "true"
    page.get_by_label("Name", exact=True).fill("Visits by weekday")
    page.get_by_role("button", name="Save", exact=True).click()
    operator.sees("new URLSearchParams(location.search).get('saved')")
    operator.sees("document.querySelectorAll('table.report thead th').length === 9")
    page.get_by_role("button", name="Saved").click()
    page.get_by_role("button", name="Delete Visits by weekday").click()
    page.get_by_text("No report is saved yet").wait_for()


def test_a_wrong_schedule_says_so_at_its_field_and_keeps_what_was_typed(at: Any) -> None:
    operator = at("/reports?side=files")
    page = operator.page
    keep = page.get_by_label("Files kept")
    keep.fill("999")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Files kept: must be 1 to 366").wait_for()
    assert (keep.get_attribute("aria-invalid"), keep.input_value()) == ("true", "999")
    keep.fill("5")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("every day at 06:00").wait_for()
    page.get_by_role("button", name="End the schedule of Sales").click()
    page.get_by_text("every day at 06:00").wait_for(state="detached")


def test_the_page_speaks_chinese_and_fits_a_phone(at: Any) -> None:
    operator = at("/reports?report=payments")
    page = operator.page
    page.set_viewport_size({"width": 420, "height": 900})
    page.evaluate("localStorage.setItem('hawker.language', 'zh-CN')")
    page.reload()
    page.get_by_text("扫码支付").first.wait_for()
    assert operator.text("table.report tfoot th") == "合计"
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.evaluate("localStorage.setItem('hawker.language', 'en')")
    assert wide <= 420
