"""Settings by page and by file: the same checked values, whose word holds, history, taking back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from console.people.people import People
from runtime.errors import ConfigError
from scenarios import scenario
from tests.console.browserless import Answer, Caller, console
from tests.console.demo import chain
from tests.console.desks import DesksHost
from tests.console.persons import add, caller, people_of, said


@pytest.fixture
def host() -> DesksHost:
    return DesksHost(attrs.evolve(chain(3), office=(("alarm_hot_minutes", 20),)))


@pytest.fixture
def people(host: DesksHost) -> People:
    return people_of(host.chain)


async def post(who: Caller, path: str, **body: Any) -> Answer:
    return await who.ask(path, "POST", msgspec.json.encode(body))


async def rows(who: Caller, place: str = "") -> dict[str, dict[str, Any]]:
    found: Any = msgspec.json.decode((await who.ask(f"/api/settings?place={place}")).body)
    return {row["name"]: row for row in found}


async def test_a_value_is_the_default_the_files_or_a_persons_in_this_order(
    host: DesksHost, people: People
) -> None:
    async with console(host, people) as stranger:
        ada = caller(stranger, people, add(people, "ada", "administrator"))
        before = await rows(ada)
        assert (before["alarm_hot_minutes"]["value"], before["alarm_hot_minutes"]["source"]) == (20, "file")
        assert before["low_lane_percent"]["source"] == "default"
        answer = await post(ada, "/api/settings/change", values={"alarm_hot_minutes": 30}, reason="heat wave")
        assert (answer.status, said(answer)) == (202, {"asked": 1})
        row = (await rows(ada))["alarm_hot_minutes"]
        assert (row["value"], row["source"], row["file"], row["changed"]["by"]) == (30, "page", 20, "ada")


async def test_a_change_is_taken_back_by_a_new_change_and_only_the_newest_can_be(
    host: DesksHost, people: People
) -> None:
    async with console(host, people) as stranger:
        ada = caller(stranger, people, add(people, "ada", "administrator"))
        for minutes in (30, 40):
            await post(ada, "/api/settings/change", values={"alarm_hot_minutes": minutes}, reason="a try")
        late = await post(ada, "/api/settings/undo", number=1, reason="was wrong")
        assert (late.status, said(late)["field"]) == (409, "number")
        assert (await post(ada, "/api/settings/undo", number=2, reason="was wrong")).status == 202
        history: Any = said(await ada.ask("/api/settings/history"))["items"]
        assert [(h["old"], h["new"], h["reason"]) for h in history] == [
            (40, 30, "was wrong"), (30, 40, "a try"), (20, 30, "a try"),
        ]  # fmt: skip


async def test_a_machines_limit_reaches_the_machine(host: DesksHost, people: People) -> None:
    async with console(host, people) as stranger:
        ada = caller(stranger, people, add(people, "ada", "administrator"))
        change = {"place": "hk-0002", "values": {"limit_decicelsius": 40}, "reason": "milk"}
        assert (await post(ada, "/api/settings/change", **change)).status == 202
        assert (await rows(ada, "hk-0002"))["limit_decicelsius"]["value"] == 40
        assert (await rows(ada, "hk-0001"))["limit_decicelsius"]["value"] == 50
        again = await post(ada, "/api/settings/change", **change)
        assert (again.status, said(again)["field"]) == (409, "values")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"values": {"alarm_hot_minutes": 0}, "reason": "a try"}, "values.alarm_hot_minutes"),
        ({"values": {"limit_decicelsius": 40}, "reason": "a try"}, "values.limit_decicelsius"),
        ({"values": {"colour": 1}, "reason": "a try"}, "values.colour"),
        ({"values": {}, "reason": "a try"}, "values"),
        ({"values": {"alarm_hot_minutes": 30}, "reason": ""}, "reason"),
        ({"values": {"limit_decicelsius": 40}, "reason": "a try", "place": "hk-9999"}, "place"),
    ],
)
async def test_wrong_input_names_the_field_and_the_rule(
    host: DesksHost, people: People, body: dict[str, Any], field: str
) -> None:
    async with console(host, people) as stranger:
        ada = caller(stranger, people, add(people, "ada", "administrator"))
        answer = await post(ada, "/api/settings/change", **body)
        assert (answer.status, said(answer)["field"], bool(said(answer)["rule"])) == (400, field, True)
        assert not host.console.settings.changes


async def test_who_is_in_charge_of_some_places_changes_those_and_not_the_office(
    host: DesksHost, people: People
) -> None:
    async with console(host, people) as stranger:
        ada = caller(stranger, people, add(people, "ada", "administrator", sites=("hk-0002",)))
        office = await post(ada, "/api/settings/change", values={"alarm_hot_minutes": 30}, reason="a try")
        assert office.status == 403
        machine = await post(
            ada, "/api/settings/change", place="hk-0002", values={"warm_minutes": 5}, reason="milk"
        )
        assert machine.status == 202


def test_the_file_is_held_to_the_same_rule(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    text = 'name = "mine"\nextends = "hk-demo"\n[settings]\nmachines = 3\nalarm_hot_minutes = {}\n'
    file.write_text(text.format(25), "utf-8")
    prepared = scenario.prepare(scenario.load(file))
    assert prepared.chain.office == (("alarm_hot_minutes", 25),)
    file.write_text(text.format(0), "utf-8")
    with pytest.raises(ConfigError, match="alarm_hot_minutes: must be a whole number from 1 to 1440, not 0"):
        scenario.load(file)
