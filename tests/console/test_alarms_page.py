"""Alarms, commands and settings on their pages, by mouse and keys, with the real desks behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from actors.machine.messages import LaneClosed
from tests.console.demo import chain
from tests.console.desks import DesksHost
from tests.console.office import Office, Operator

LANES = ("hk-0001/lane/A1", "hk-0001/lane/A2", "hk-0002/lane/A1", "hk-0003/lane/B2")
REFUSED = "status of 400"


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    host = DesksHost(attrs.evolve(chain(3), office=(("price_push_alone_machines", 2),)))
    for seq, lane in enumerate(LANES, start=1):
        host.hear(lane, seq, LaneClosed(why="jam"))
    with Office(host) as office:
        yield office


@pytest.fixture(scope="module")
def operator(browser: Any, office: Office) -> Operator:
    operator = Operator(office.let_in(browser), office.origin)
    operator.live()
    return operator


def go(operator: Operator, path: str) -> None:
    operator.page.evaluate("(path) => import('/static/router.js').then(({ go }) => go(path))", path)


def waiting(operator: Operator, number: int) -> None:
    operator.sees(f"document.querySelectorAll('alarm-desk .alarm.waiting').length === {number}")


def test_alarms_are_chosen_by_keys_shelved_and_what_was_typed_stays(
    operator: Operator, office: Office
) -> None:
    go(operator, "/alarms")
    waiting(operator, 4)
    page = operator.page
    page.locator(".alarm-rows").focus()
    for key in ("Shift+ArrowDown", "s"):
        page.keyboard.press(key)
    page.locator("dialog select[name=minutes]").select_option("240")
    page.locator("dialog button.main").click()
    operator.sees("document.querySelector('dialog [aria-invalid=true]')?.name === 'reason'")
    assert operator.text("dialog .wrong:not([hidden])").startswith("Reason: must have 3")
    assert page.locator("dialog select[name=minutes]").input_value() == "240"
    page.locator("dialog input[name=reason]").fill("van is on its way")
    page.locator("dialog button.main").click()
    waiting(operator, 2)
    assert len(office.host.console.alarm_book.shelved) == 2
    assert [said for said in operator.complaints if REFUSED not in said] == []


def test_all_are_acknowledged_at_once_and_the_rest_says_why(operator: Operator) -> None:
    page = operator.page
    page.locator(".alarm-rows").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("a")
    waiting(operator, 0)
    assert operator.text("alarm-desk .told > span") == "Asked for 2; 2 not."
    page.locator("alarm-desk .told summary").click()
    assert "must count, it is shelved" in operator.text("alarm-desk .told ul")


def test_filters_stand_in_the_address_and_the_journal_names_who_did_what(operator: Operator) -> None:
    page = operator.page
    page.locator("main .filters select").first.select_option("shelved")
    operator.sees("document.querySelectorAll('alarm-desk .alarm').length === 2")
    assert page.url.endswith("/alarms?state=shelved")
    go(operator, "/alarms?view=journal")
    operator.sees("document.querySelectorAll('alarm-journal tbody tr').length === 8")
    assert "owner" in operator.text("alarm-journal tbody tr")
    go(operator, "/alarms?view=aside")
    operator.sees("document.querySelectorAll('alarm-aside tbody tr').length === 2")
    page.locator("alarm-aside .button").first.click()
    operator.sees("document.querySelectorAll('alarm-aside tbody tr').length === 1")


def test_a_price_is_set_from_the_machines_page_and_followed_to_its_end(
    operator: Operator, office: Office
) -> None:
    go(operator, "/machines/hk-0002")
    page = operator.page
    operator.sees("document.querySelectorAll('machine-commands .button').length > 5")
    page.locator("machine-commands button[data-kind=prices]").click()
    page.locator("dialog [name=lane]").wait_for()
    page.locator("dialog [name=price_minor]").fill("12.x")
    page.locator("dialog button.main").click()
    operator.sees("document.querySelector('dialog [aria-invalid=true]')?.name === 'price_minor'")
    assert page.locator("dialog [name=price_minor]").input_value() == "12.x"
    page.locator("dialog [name=price_minor]").fill("43.20")
    page.locator("dialog button.main").click()
    operator.sees("document.querySelector('machine-commands .command-state.done')")
    assert "owner" in operator.text("machine-commands .commands li")
    assert 4320 in {lane.price_minor for lane in office.host.console.machines[1].lanes.values()}


def test_what_costs_something_is_shown_before_it_is_done(operator: Operator) -> None:
    page = operator.page
    page.locator("machine-commands button[data-kind=reboot]").click()
    operator.sees("document.querySelector('dialog .preview td')?.textContent === 'Devices'")
    page.keyboard.press("Escape")
    operator.sees("!document.querySelector('dialog')")


def test_prices_of_many_machines_are_asked_of_another_person(operator: Operator, office: Office) -> None:
    sold = [{lane.product for lane in plan.lanes} for plan in office.host.chain.machines]
    everywhere = sorted(set.intersection(*sold))[0]
    go(operator, "/machines")
    page = operator.page
    page.locator(".fleet-orders summary").click()
    page.locator("fleet-commands button[data-kind=prices]").click()
    page.locator("dialog [name=product]").select_option(everywhere)
    page.locator("dialog [name=price_minor]").fill("43.21")
    page.locator("dialog button.main").click()
    page.locator("dialog .preview").wait_for()
    assert operator.text("dialog button.main") == "Ask for approval"
    page.locator("dialog input[name=reason]").fill("new price list")
    page.locator("dialog button.main").click()
    operator.sees("document.querySelector('fleet-commands .told')?.textContent.startsWith('Approval 1')")


def test_a_setting_is_changed_with_a_reason_and_taken_back(operator: Operator, office: Office) -> None:
    go(operator, "/settings")
    page = operator.page
    field = page.locator("#setting-alarm_temp_decicelsius")
    field.wait_for()
    field.fill("900")
    page.locator(".setting-save .main").click()
    operator.sees("document.querySelector('#setting-alarm_temp_decicelsius').ariaInvalid === 'true'")
    assert field.input_value() == "900"
    field.fill("6.5")
    page.locator("#setting-reason").fill("summer")
    page.locator(".setting-save .main").click()
    operator.sees("document.querySelector('.source.page')")
    page.locator(".setting-history tbody .button").click()
    page.locator("dialog input[name=reason]").fill("autumn")
    page.locator("dialog button.main").click()
    operator.sees("document.querySelectorAll('.setting-history tbody tr').length === 2")
    assert [change.new for change in office.host.console.settings.changes] == [65, 50]
