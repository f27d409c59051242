"""The page in a browser: what an operator sees, does and is told when the feed is cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from actors.cabinet.messages import MachineLocked, MachineUnlocked
from actors.machine.messages import LaneBlocked, LaneUnblocked
from tests.console.demo import DemoHost, chain
from tests.console.office import Office, Operator

SALE_MS_MAX = 1000
STALE_MS_MAX = 3000


def at_the_desk(browser: Any, office: Office, path: str = "/", **looks: Any) -> Operator:
    """Somebody who has the page open and sees the fleet."""
    operator = Operator(office.let_in(browser, **looks), office.origin + path)
    operator.live()
    operator.sees("document.querySelector('fleet-table [aria-selected=true]')")
    operator.sees("document.querySelectorAll('.lane').length === 40")
    return operator


@pytest.fixture
def office() -> Iterator[Office]:
    host = DemoHost(chain(40))
    host.vend(0, "B3")
    with Office(host) as office:
        yield office


def test_a_sale_is_seen_within_a_second_of_its_fact(browser: Any, office: Office) -> None:
    operator = at_the_desk(browser, office)
    before = operator.text(".kpi:nth-child(2) .value")
    office.do(office.host.vend, 3, "B4")
    operator.sees(f"document.querySelectorAll('.kpi .value')[1].innerText !== {before!r}", SALE_MS_MAX)
    assert operator.complaints == []
    assert {host.partition(":")[0] for host in operator.asked} == {"127.0.0.1"}


def test_the_fleet_table_holds_every_machine_and_choosing_one_shows_its_lanes(
    browser: Any, office: Office
) -> None:
    operator = at_the_desk(browser, office)
    assert operator.page.locator("fleet-table table").get_attribute("aria-rowcount") == "41"
    operator.page.locator("fleet-table tr", has_text="hk-0007").click()
    operator.sees("document.querySelector('machine-panel h2').innerText === 'hk-0007'")
    operator.sees("document.querySelectorAll('.lane').length === 40")
    code, lane = next(iter(office.host.console.machines[6].lanes.items()))
    office.do(office.host.vend, 6, code)
    operator.sees(
        f"document.querySelector('.lane .level').innerText === '{lane.level - 1}/{lane.par}'", SALE_MS_MAX
    )


def test_a_lane_says_in_words_and_in_its_outline_why_it_does_not_sell(browser: Any, office: Office) -> None:
    operator = at_the_desk(browser, office)
    machine, code = office.host.chain.machines[8].id, office.host.chain.machines[8].lanes[0].code
    office.do(office.host.report, f"{machine}/lane/{code}", LaneBlocked(why="expired"))
    office.do(office.host.report, machine, MachineLocked(why="flood"))
    operator.sees(f"document.querySelector('fleet-table tr.s4')?.innerText.includes('{machine}')")
    operator.page.locator("fleet-table tr.s4").click()
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
    operator = at_the_desk(browser, office)
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
    operator = at_the_desk(browser, office)
    first = operator.page.evaluate("document.documentElement.dataset.theme")
    operator.page.get_by_role("button", name="Dark or light").click()
    operator.page.reload()
    operator.sees(f"document.documentElement.dataset.theme !== '{first}'")


def test_an_alarm_is_acknowledged_by_key_and_by_button(browser: Any, office: Office) -> None:
    operator = at_the_desk(browser, office)
    office.do(office.host.raise_alarm, "jam", 1, "hk-0005/lane/C2")
    office.do(office.host.raise_alarm, "sold_out", 2, "hk-0006/lane/A1")
    operator.sees("document.querySelectorAll('.alarm.waiting').length === 2")
    assert operator.text(".alarm .what") == "Lane C2 jammed"
    operator.page.keyboard.press("a")
    operator.sees("document.querySelectorAll('.alarm.waiting').length === 1")
    operator.page.locator(".alarm.waiting .button").click()
    operator.sees("document.querySelectorAll('.alarm.waiting').length === 0")
    operator.sees("document.querySelectorAll('.kpi .value')[4].innerText === '0'")
    assert [alarm.by for alarm in office.host.console.alarms.values()] == ["owner", "owner"]
    assert operator.complaints == []


def test_a_message_that_was_set_aside_is_let_in_once_its_alarm_was_seen(browser: Any, office: Office) -> None:
    operator = at_the_desk(browser, office)
    office.do(office.host.raise_alarm, "set_aside", 1, "hk-0005/lane/C2")
    operator.sees("document.querySelectorAll('.alarm.waiting').length === 1")
    assert operator.text(".alarm .button") == "Ack"
    operator.page.locator(".alarm .button").click()
    operator.sees("document.querySelector('.alarm .button').innerText === 'Let in'")
    with operator.page.expect_response("**/let-in") as answered:
        operator.page.locator(".alarm .button").click()
    assert answered.value.status == 202
    assert operator.complaints == []


def test_a_cut_feed_shows_as_stale_and_catches_up_by_itself_with_nothing_missing(
    browser: Any, office: Office
) -> None:
    operator = at_the_desk(browser, office)
    operator.page.evaluate("window.sameDocument = true")
    office.do(office.cut_feed)
    operator.sees("document.body.classList.contains('stale')", STALE_MS_MAX)
    assert operator.text(".link-state").startswith("Stale since ")
    for number in range(30):  # sold while nobody could be told
        office.do(office.host.vend, number % 40, "B4")
    operator.sees("!document.body.classList.contains('stale')", 20_000)
    operator.sees("document.querySelector('.link-state').innerText.startsWith('Live')")
    sold = sum(machine.units for machine in office.host.console.machines)
    assert sold >= 30
    shown = "import('/static/store.js').then(({ state }) => state.machines.map((one) => one.units))"
    assert sum(operator.page.evaluate(shown)) == sold
    assert operator.text(".kpi:nth-child(3) .under") == f"{sold} sold today"
    assert operator.page.evaluate("window.sameDocument")
    assert operator.complaints == []


def test_the_clock_is_paused_and_sped_up_from_the_page(browser: Any, office: Office) -> None:
    operator = at_the_desk(browser, office)
    operator.page.get_by_role("button", name="Pause").click()
    operator.sees("document.body.classList.contains('paused')")
    assert office.host.speed == 0
    operator.page.get_by_role("button", name="60×").click()
    operator.sees(
        "document.querySelector('bottom-bar [data-value=\"60\"]').getAttribute('aria-pressed') === 'true'"
    )
    assert office.host.speed == 60
