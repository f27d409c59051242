"""Reports over the API: run in a child process within a person's scope, saved, scheduled, downloaded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import msgspec
import pytest
import trio

from console.api.reports import places_of, readable
from console.people.permissions import Person, Places, permissions_of
from console.people.wrong import Missing
from console.reports.definition import STANDARD, Days, Definition
from console.reports.desk import ReportDesk
from console.reports.store import Saved, Schedule
from console.web import Served, serve
from runtime.errors import Refused
from tests.console.browserless import TOKEN, Caller
from tests.console.demo import NINE_US, DemoHost, chain
from tests.console.report_days import write_ledger

TODAY = date(2026, 11, 22)
SECONDS = 40
FIRST = TODAY - timedelta(days=9)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("ledger")
    return write_ledger(folder, chain(4), FIRST, 9).read_bytes()


@pytest.fixture
def data(ledger: bytes, tmp_path: Path) -> Path:
    (tmp_path / "ledger.sqlite3").write_bytes(ledger)
    return tmp_path


@asynccontextmanager
async def office(data: Path) -> AsyncIterator[tuple[DemoHost, Caller]]:
    host = DemoHost(chain(4))
    with trio.fail_after(SECONDS):
        async with trio.open_nursery() as nursery:
            served: Served = await nursery.start(partial(serve, host, port=0, token=TOKEN, data=data))
            yield host, await Caller(served).logged_in()
            nursery.cancel_scope.cancel()


async def asked(who: Caller, path: str, method: str = "GET", **body: Any) -> tuple[int, Any]:
    answer = await who.ask(path, method, msgspec.json.encode(body) if method != "GET" else b"")
    return answer.status, msgspec.json.decode(answer.body) if answer.body else None


async def test_what_reports_are_made_of_is_told(data: Path) -> None:
    async with office(data) as (_, owner):
        status, found = await asked(owner, "/api/reports")
    assert (status, found["today"], found["currency"]) == (200, "2026-11-22", "HKD")
    assert "sales" in found["standard"]
    assert found["ranges"]["yesterday"] == ["2026-11-21", "2026-11-21"]
    (tickets,) = [each for each in found["measures"] if each["name"] == "tickets"]
    assert "product" not in tickets["dimensions"]


async def test_a_report_runs_and_the_same_comes_as_a_file(data: Path) -> None:
    async with office(data) as (_, owner):
        ask = {"report": "sales", "range": "last-7", "compare": "week"}
        status, table = await asked(owner, "/api/reports/run", "POST", **ask)
        assert (status, len(table["rows"]), table["from"]) == (200, 7, "2026-11-15")
        assert table["compared"] == ["2026-11-08", "2026-11-14"]
        path = f"/api/reports/file?ask={quote(msgspec.json.encode(ask).decode())}&form=csv"
        file = await owner.ask(path)
        assert (file.status, file.headers["content-disposition"]) == (200, 'attachment; filename="sales.csv"')
        assert len(file.body.splitlines()) == 8


WRONG_REPORTS: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"report": "profits", "range": "today"}, "report", "must be one of sales"),
    ({"range": "today"}, "report", "must be one of report, saved and definition"),
    ({"report": "sales"}, "from", "must be a day such as"),
    ({"report": "sales", "from": "2026-11-03", "to": "2026-11-01"}, "to", "must be from 2026-11-03 on"),
    ({"report": "sales", "range": "today", "compare": "moon"}, "compare", "must be one of previous"),
    ({"definition": {"measures": ["units"], "sort": "x"}, "range": "today"}, "sort", "must be a measure"),
)


async def test_a_wrong_report_names_the_field_and_the_rule(data: Path) -> None:
    async with office(data) as (_, owner):
        for ask, field, rule in WRONG_REPORTS:
            status, problem = await asked(owner, "/api/reports/run", "POST", **ask)
            assert (status, problem["field"]) == (400, field)
            assert problem["rule"].startswith(rule)


async def test_a_chain_without_a_ledger_file_says_so(tmp_path: Path) -> None:
    async with office(tmp_path) as (_, owner):
        status, problem = await asked(owner, "/api/reports/run", "POST", report="sales", range="today")
    assert (status, problem["detail"]) == (
        409, "report: must have a ledger in a data folder, this chain keeps none"
    )  # fmt: skip


async def test_a_report_is_saved_run_changed_and_forgotten(data: Path) -> None:
    definition = {"measures": ["units"], "dimensions": ["product"]}
    async with office(data) as (_, owner):
        body = {"name": " Ours ", "definition": definition, "range": "last-7"}
        status, saved = await asked(owner, "/api/reports/saved", "POST", **body)
        assert (status, saved["name"], saved["owner"]) == (201, "Ours", "owner")
        status, table = await asked(owner, "/api/reports/run", "POST", saved=saved["id"], range="last-7")
        assert (status, table["report"]) == (200, "Ours")
        path = f"/api/reports/saved/{saved['id']}"
        assert (await asked(owner, path, "PUT", **body, shared=True))[1]["shared"]
        wrong = await asked(owner, "/api/reports/saved", "POST", **{**body, "name": ""})
        assert (wrong[0], wrong[1]["field"]) == (400, "name")
        plan = {"saved": saved["id"], "range": "yesterday", "form": "csv", "every": "day", "minute": 0}
        _, schedule = await asked(owner, "/api/reports/schedules", "POST", **plan)
        assert (await asked(owner, path, "DELETE"))[0] == 409
        assert (await asked(owner, f"/api/reports/schedules/{schedule['id']}", "DELETE"))[0] == 204
        assert (await asked(owner, path, "DELETE"))[0] == 204
        assert (await asked(owner, "/api/reports/saved"))[1] == {"items": [], "next": None}


WRONG_PLANS: tuple[dict[str, Any], ...] = (
    {"minute": 1440}, {"every": "hour"}, {"weekday": 8}, {"keep": 0}, {"form": "doc"},
    {"range": "fortnight"}, {"report": "nothing"}, {"language": "de"},
)  # fmt: skip


async def test_a_wrong_schedule_names_its_field(data: Path) -> None:
    plan = {"report": "sales", "range": "yesterday", "form": "csv", "every": "day", "minute": 360}
    async with office(data) as (_, owner):
        for change in WRONG_PLANS:
            status, problem = await asked(owner, "/api/reports/schedules", "POST", **{**plan, **change})
            assert (status, problem["field"]) == (400, *change)


async def test_a_schedule_makes_its_file_when_it_is_due_and_keeps_the_newest(data: Path) -> None:
    async with office(data) as (host, owner):
        plan = {
            "report": "products",
            "range": "yesterday",
            "form": "xlsx",
            "every": "day",
            "minute": 600,
            "keep": 2,
        }
        _, schedule = await asked(owner, "/api/reports/schedules", "POST", **plan)
        ten = round(datetime(2026, 11, 22, 2, tzinfo=UTC).timestamp()) * 1000
        assert schedule["next_ms"] == ten
        files: list[Any] = []
        for day in range(3):
            host.kernel.advance(NINE_US + (day * 24 + 2) * 3_600_000_000)
            while len(files) != min(day + 1, 2) or files[0]["last"] != f"2026-11-{21 + day}":
                await trio.sleep(0.05)
                files = (await asked(owner, "/api/reports/files"))[1]["items"]
        assert [file["wrong"] for file in files] == ["", ""]
        content = await owner.ask(f"/api/reports/files/{files[0]['id']}")
        assert (content.status, content.body[:2], len(content.body)) == (200, b"PK", files[0]["size"])
        assert (await owner.ask(f"/api/reports/files/{files[-1]['id'] - 1}")).status == 404
        assert sorted(path.suffix for path in (data / "reports").iterdir()) == [".xlsx", ".xlsx"]


async def test_a_schedule_survives_a_restart_and_is_made_once_however_long_it_was_missed(data: Path) -> None:
    now = [NINE_US]
    desk = ReportDesk(chain(4), lambda: now[0], data)
    schedule = Schedule(
        report="sales", saved=0, range="yesterday", compare="", form="csv", language="en", every="day",
        weekday=1, minute=600, keep=9,
    )  # fmt: skip
    desk.store.plan("lee", schedule, NINE_US + 1)
    desk.store.close()
    now[0] += 5 * 86_400_000_000
    again = ReportDesk(chain(4), lambda: now[0], data)
    with trio.fail_after(SECONDS):
        await again.make_due()
        await again.make_due()
    assert [(owner, made.last) for _, _, owner, _, made in again.store.files()] == [("lee", "2026-11-26")]
    assert again.store.schedules()[0][2] > now[0]
    again.store.close()


async def test_a_scheduled_report_that_cannot_be_made_says_why(data: Path) -> None:
    desk = ReportDesk(chain(4), lambda: NINE_US, data)
    schedule = Schedule(
        report="", saved=77, range="today", compare="", form="csv", language="en", every="day", weekday=1,
        minute=0, keep=9,
    )  # fmt: skip
    desk.store.plan("lee", schedule, NINE_US)
    await desk.make_due()
    ((*_, made),) = desk.store.files()
    assert made.wrong == "report 77: must still be saved"
    desk.store.close()


async def test_a_child_that_cannot_answer_is_refused_in_one_line(data: Path) -> None:
    (data / "ledger.sqlite3").write_bytes(b"not a database" * 100)
    desk = ReportDesk(chain(4), lambda: NINE_US, data)
    with trio.fail_after(SECONDS), pytest.raises(Refused, match="must be a Hawker ledger that can be read"):
        await desk.run("sales", STANDARD["sales"], Days(FIRST, TODAY), form="csv")
    desk.store.close()


def test_what_counts_for_a_person_is_what_they_see_and_shared_reports_are_theirs_to_run() -> None:
    plan = chain(4)
    desk = ReportDesk(plan, lambda: NINE_US, None)
    lee = Person(
        id="p2", name="lee", roles=frozenset({"store_manager"}), sites=frozenset({"hk-0002"}),
        permissions=permissions_of(["store_manager"]), places=Places(plan),
    )  # fmt: skip
    assert places_of(desk, lee) == ("hk-0002",)
    assert places_of(desk, attrs.evolve(lee, sites=None)) is None
    saved = Saved(name="Ours", definition=Definition(measures=("units",)), range="today")
    mine, theirs = desk.store.save("lee", saved), desk.store.save("kim", saved)
    shared = desk.store.save("kim", msgspec.structs.replace(saved, shared=True))
    assert readable(desk, lee, mine) == saved
    assert readable(desk, lee, shared).shared
    with pytest.raises(Missing, match=f"saved report {theirs}: must be one of yours, or shared"):
        readable(desk, lee, theirs)
    desk.close()
