"""Alarms at the API: states, filters, bulk, shelf, journal, rate, groups; each in one's own scope."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from actors.cabinet.messages import ServiceModeBegan, ServiceModeEnded
from actors.machine.messages import DeviceCameBack, DeviceWentMissing, LaneClosed, LaneReopened
from console.people.people import People
from console.state.alarm_rate import chattering, in_flood, measured
from tests.console.browserless import Answer, Caller, console
from tests.console.demo import chain
from tests.console.desks import DesksHost
from tests.console.persons import add, caller, people_of, said

A1, A2, B1 = "hk-0001/lane/A1", "hk-0001/lane/A2", "hk-0002/lane/A1"
MINUTE_US = 60_000_000


@pytest.fixture
def host() -> DesksHost:
    return DesksHost(chain(3))


@pytest.fixture
def people(host: DesksHost) -> People:
    return people_of(host.chain)


def jam(host: DesksHost, *lanes: str, first: int = 1) -> None:
    for seq, lane in enumerate(lanes, start=first):
        host.hear(lane, seq, LaneClosed(why="jam"))


async def post(who: Caller, path: str, **body: Any) -> Answer:
    return await who.ask(path, "POST", msgspec.json.encode(body))


async def states(who: Caller, query: str = "") -> list[tuple[int, str]]:
    rows: Any = said(await who.ask(f"/api/alarms{query}"))["items"]
    return [(row["alarm"], row["state"]) for row in rows]


async def test_a_mixed_selection_is_acknowledged_as_far_as_it_can_be(host: DesksHost, people: People) -> None:
    jam(host, A1, A2, B1)
    host.hear(B1, 9, LaneReopened(visit=1))
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        await post(mei, "/api/alarms/2/acknowledge")
        answer = await post(mei, "/api/alarms/acknowledge", alarms=[1, 2, 3, 77])
        assert answer.status == 202
        assert said(answer) == {
            "asked": 2,
            "refused": [
                {"what": "2", "rule": "was acknowledged already, by mei"},
                {"what": "77", "rule": "must be active, or over and not seen"},
            ],
        }
        assert await states(mei) == [(2, "acknowledged"), (1, "acknowledged")]


async def test_a_shelved_alarm_leaves_those_that_count_and_comes_back_by_itself(
    host: DesksHost, people: People
) -> None:
    jam(host, A1, A2)
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "technician"))
        await post(mei, "/api/alarms/shelve", alarms=[1], minutes=30, reason="motor ordered")
        assert set(await states(mei)) == {(1, "shelved"), (2, "unacknowledged")}
        assert list(host.console.alarms) == [2]
        aside: Any = msgspec.json.decode((await mei.ask("/api/alarms/aside")).body)
        assert [(row["place"], row["by"], row["reason"]) for row in aside] == [(A1, "mei", "motor ordered")]
        host.wait(31 * 60)
        assert set(await states(mei)) == {(1, "unacknowledged"), (2, "unacknowledged")}
        assert sorted(host.console.alarms) == [1, 2]
        lines: Any = said(await mei.ask("/api/alarms/journal?limit=3"))["items"]
        assert [(line["what"], line["by"]) for line in lines] == [
            ("unshelved", ""), ("shelved", "mei"), ("raised", ""),
        ]  # fmt: skip


async def test_an_alarm_out_of_service_stays_so_until_a_person_puts_it_back(
    host: DesksHost, people: People
) -> None:
    jam(host, A1)
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "technician"))
        await post(mei, "/api/alarms/service", alarms=[1], in_service=False, reason="lane removed")
        host.wait(30 * 86_400)
        assert await states(mei) == [(1, "out_of_service")]
        again = await post(mei, "/api/alarms/service", alarms=[1], in_service=False, reason="lane removed")
        assert said(again)["asked"] == 0
        await post(mei, "/api/alarms/service", tags=[["jam", A1]], in_service=True, reason="lane is back")
        assert await states(mei) == [(1, "unacknowledged")]


def test_a_machine_in_service_explains_its_alarms_but_not_money(host: DesksHost) -> None:
    jam(host, A1, B1)
    host.raise_alarm("payment", 1, "hk-0001", 500)
    host.report("hk-0001", ServiceModeBegan())
    book = host.console.alarm_book
    assert {alarm.kind + alarm.place: book.state(alarm) for alarm in book.alarms.values()}[f"jam{B1}"] == (
        "unacknowledged"
    )
    host.report("hk-0001", ServiceModeEnded())
    assert not book.hidden


def test_what_a_silent_machine_says_of_its_devices_is_suppressed_under_its_silence(host: DesksHost) -> None:
    host.hear("hk-0001", 1, DeviceWentMissing(device="cashless"))
    host.hear("hk-0001", 2, DeviceWentMissing(device="machine"))
    book = host.console.alarm_book
    assert [book.state(alarm) for alarm in book.alarms.values()] == ["suppressed", "unacknowledged"]
    assert book.explained(book.alarms[1]) == "alarm 2"
    assert list(host.console.alarms) == [2]
    host.hear("hk-0001", 3, DeviceCameBack(device="machine"))
    assert [book.state(alarm) for alarm in book.alarms.values()] == ["unacknowledged", "returned"]
    assert sorted(host.console.alarms) == [1, 2]


async def test_filters_and_scope_decide_what_is_listed(host: DesksHost, people: People) -> None:
    jam(host, A1, B1)
    host.hear("hk-0001", 5, DeviceWentMissing(device="cash"))
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "technician"))
        scoped = caller(stranger, people, add(people, "li", "technician", sites=("hk-0002",)))
        await post(mei, "/api/alarms/assign", alarms=[2], to="mei")
        assert await states(mei, "?assigned=me") == [(2, "unacknowledged")]
        assert await states(mei, "?kind=offline") == [(3, "unacknowledged")]
        assert await states(mei, "?place=hk-0001&priority=1") == [(1, "unacknowledged")]
        assert await states(mei, "?state=acknowledged") == []
        assert await states(scoped) == [(2, "unacknowledged")]
        assert said(await post(scoped, "/api/alarms/acknowledge", alarms=[1]))["asked"] == 0
        wrong = said(await mei.ask("/api/alarms?state=asleep"))
        assert (wrong["field"], str(wrong["rule"]).startswith("must be of unack")) == ("state", True)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("shelve", {"alarms": [1], "minutes": 0, "reason": "why not"}, "minutes"),
        ("shelve", {"alarms": [1], "minutes": 5, "reason": " "}, "reason"),
        ("service", {"alarms": [1], "in_service": False, "reason": ""}, "reason"),
        ("assign", {"alarms": [1], "to": "nobody-here"}, "to"),
        ("1/note", {"text": "  "}, "text"),
    ],
)
async def test_wrong_input_names_the_field_and_the_rule(
    host: DesksHost, people: People, path: str, body: dict[str, Any], field: str
) -> None:
    jam(host, A1)
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "technician"))
        answer = await post(mei, f"/api/alarms/{path}", **body)
        assert answer.status == 400
        assert (said(answer)["field"], bool(said(answer)["rule"])) == (field, True)


async def test_groups_name_the_alarm_that_came_first(host: DesksHost, people: People) -> None:
    jam(host, A2, A1, B1)
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "technician"))
        groups: Any = msgspec.json.decode((await mei.ask("/api/alarms/groups?by=place")).body)
        assert [(g["name"], g["count"], g["first_out"]) for g in groups] == [
            ("hk-0001", 2, 1), ("hk-0002", 1, 3),
        ]  # fmt: skip
        rate: Any = said(await mei.ask("/api/alarms/rate"))
        assert (rate["now"], rate["flood"], rate["operators"]) == (3.0, False, 1)


def test_a_flood_begins_over_ten_in_ten_minutes_and_ends_under_five() -> None:
    times = [second * 1_000_000 for second in range(11)]
    assert in_flood(times[:10], times[9], 1) is False
    assert in_flood(times, times[10], 1) is True
    assert in_flood(times, times[10], 2) is False
    assert in_flood(times, times[5] + 10 * MINUTE_US, 1) is True
    assert in_flood(times, times[6] + 10 * MINUTE_US, 1) is False


def test_three_times_in_ten_minutes_chatters_and_two_do_not() -> None:
    often, seldom = ("jam", A1), ("jam", A2)
    raised = [(minute * MINUTE_US, often) for minute in (0, 4, 9)]
    raised += [(minute * MINUTE_US, seldom) for minute in (0, 9, 19)]
    assert chattering(sorted(raised)) == [(often, 3)]


def test_the_average_is_of_the_ten_minutes_that_are_known() -> None:
    raised = [(minute * MINUTE_US, ("jam", A1)) for minute in (0, 1, 25)]
    found = measured(raised, 29 * MINUTE_US, 1)
    assert (found.average, found.now) == (1.0, 1.0)
    assert [count for _, count in found.steps] == [2, 0, 1]
