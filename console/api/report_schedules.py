"""Saved reports, schedules, and the files that schedules made."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import trio
from litestar import Response, delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath

from console.api.paging import LIMIT, Cursor, Limit, Page, page_after
from console.api.reports import FILE, READ, Asked, download, places_of, readable
from console.i18n import LANGUAGES
from console.people.permissions import Person, person_of
from console.people.wrong import Missing, Wrong
from console.reports.definition import COMPARISONS, STANDARD, Definition, ReportError
from console.reports.desk import ReportDesk
from console.reports.files import FORMATS
from console.reports.ranges import RANGES
from console.reports.schedule import EVERY, next_run_us
from console.reports.store import SAVED_MAX, SCHEDULES_MAX, Made, Saved, Schedule

in_thread = trio.to_thread.run_sync
WRITE = {"permission": "reports.write"}
NAME_MAX, KEEP_MAX, DAY_MINUTES = 80, 366, 1_440


class SaveReport(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A report to keep. ``range`` is one of the named ones; ``shared``: for all who may read reports."""

    name: str
    definition: Definition
    range: str
    compare: str = ""
    shared: bool = False


class SavedRow(msgspec.Struct, frozen=True):
    """A saved report."""

    id: int
    owner: str
    name: str
    definition: Definition
    range: str
    compare: str
    shared: bool


class PlanReport(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A report to make again and again: a standard one (``report``) or a saved one (``saved``).

    ``every``: day, week (on ``weekday``, 1 is Monday) or month (on its first day), at ``minute`` of the day
    by the chain's clock. ``keep``: how many files.
    """

    range: str
    form: str
    every: str
    minute: int
    report: str = ""
    saved: int = 0
    compare: str = ""
    language: str = "en"
    weekday: int = 1
    keep: int = 30


class ScheduleRow(msgspec.Struct, frozen=True):
    """A schedule, and when it is due next (milliseconds since 1970 UTC)."""

    id: int
    owner: str
    next_ms: int
    report: str
    saved: int
    range: str
    compare: str
    form: str
    language: str
    every: str
    weekday: int
    minute: int
    keep: int


class FileRow(msgspec.Struct, frozen=True):
    """A file that a schedule made. ``wrong`` says why there is none."""

    id: int
    schedule: int
    owner: str
    made_ms: int
    report: str
    first: str
    last: str
    form: str
    size: int
    wrong: str


def routes(desk: ReportDesk) -> list[HTTPRouteHandler]:
    """Every route of saved reports, schedules and files."""
    return [*_saved_routes(desk), *_schedule_routes(desk), *_file_routes(desk)]


def _saved_routes(desk: ReportDesk) -> list[HTTPRouteHandler]:
    store = desk.store

    @get("/api/reports/saved", sync_to_thread=False, opt=READ)
    def saved_reports(request: Asked, limit: Limit = LIMIT, cursor: Cursor = None) -> Page[SavedRow]:
        """Your saved reports, and those that others share."""
        person = person_of(request)
        rows = [_saved(*each) for each in store.saved() if each[1] == person.name or each[2].shared]
        return _page(rows, cursor, limit)

    @post("/api/reports/saved", opt=WRITE)
    async def save_report(request: Asked, data: Annotated[SaveReport, Body()]) -> SavedRow:
        """Keep a report."""
        person = person_of(request)
        if len(store.saved()) >= SAVED_MAX:
            raise Wrong("name", f"must be one of at most {SAVED_MAX} saved reports", clash=True)
        saved = _checked(data)
        return _saved(await in_thread(store.save, person.name, saved), person.name, saved)

    @put("/api/reports/saved/{report:int}", opt=WRITE)
    async def change_report(
        request: Asked, report: FromPath[int], data: Annotated[SaveReport, Body()]
    ) -> SavedRow:
        """Change one of your saved reports."""
        person = person_of(request)
        _own_saved(desk, person, report)
        saved = _checked(data)
        return _saved(await in_thread(store.save, person.name, saved, report), person.name, saved)

    @delete("/api/reports/saved/{report:int}", opt=WRITE)
    async def forget_report(request: Asked, report: FromPath[int]) -> None:
        """Forget one of your saved reports; no schedule may need it."""
        _own_saved(desk, person_of(request), report)
        if any(schedule.saved == report for *_, schedule in store.schedules()):
            raise Wrong("report", "must have no schedule", clash=True)
        await in_thread(store.drop_saved, report)

    return [saved_reports, save_report, change_report, forget_report]


def _schedule_routes(desk: ReportDesk) -> list[HTTPRouteHandler]:
    store = desk.store

    @get("/api/reports/schedules", sync_to_thread=False, opt=READ)
    def schedules(request: Asked, limit: Limit = LIMIT, cursor: Cursor = None) -> Page[ScheduleRow]:
        """Your schedules."""
        name = person_of(request).name
        return _page([_schedule(*each) for each in store.schedules() if each[1] == name], cursor, limit)

    @post("/api/reports/schedules", opt=WRITE)
    async def plan_report(request: Asked, data: Annotated[PlanReport, Body()]) -> ScheduleRow:
        """Have a report made again and again; its files are kept here."""
        person = person_of(request)
        schedule = _planned(desk, person, data)
        if len(store.schedules()) >= SCHEDULES_MAX:
            raise Wrong("report", f"must be in one of at most {SCHEDULES_MAX} schedules", clash=True)
        next_us = next_run_us(schedule, desk.now_us(), desk.chain.zone)
        number = await in_thread(store.plan, person.name, schedule, next_us)
        return _schedule(number, person.name, next_us, schedule)

    @delete("/api/reports/schedules/{schedule:int}", opt=WRITE)
    async def end_schedule(request: Asked, schedule: FromPath[int]) -> None:
        """End one of your schedules; what it made stays."""
        name = person_of(request).name
        if not any(number == schedule and owner == name for number, owner, *_ in store.schedules()):
            raise Missing(f"schedule {schedule}: must be one of yours")
        await in_thread(store.drop_schedule, schedule)

    return [schedules, plan_report, end_schedule]


def _file_routes(desk: ReportDesk) -> list[HTTPRouteHandler]:
    store = desk.store

    @get("/api/reports/files", sync_to_thread=False, opt=READ)
    def report_files(request: Asked, limit: Limit = LIMIT, cursor: Cursor = None) -> Page[FileRow]:
        """What your schedules made, newest first."""
        name = person_of(request).name
        return _page([_file(*each) for each in store.files() if each[2] == name], cursor, limit)

    @get("/api/reports/files/{file:int}", opt=READ, media_type=FILE)
    async def report_file(request: Asked, file: FromPath[int]) -> Response[bytes]:
        """One of these files."""
        name = person_of(request).name
        for number, _, owner, _, made in store.files():
            if number == file and owner == name:
                content = await in_thread(store.content, number, made)
                if content is not None:
                    return download(content, made.form, f"report-{number}-{made.last}")
        raise Missing(f"file {file}: must be one that your schedules made")

    return [report_files, report_file]


def _page(rows: list[Any], cursor: str | None, limit: int) -> Page[Any]:
    items, following = page_after(rows, lambda row: str(row.id), cursor, limit)
    return Page([*items], following)


def _own_saved(desk: ReportDesk, person: Person, number: int) -> None:
    if not any(at == number and owner == person.name for at, owner, _ in desk.store.saved()):
        raise Missing(f"saved report {number}: must be one of yours")


def _checked(data: SaveReport) -> Saved:
    name = data.name.strip()
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise Wrong("name", f"must have 1 to {NAME_MAX} printable characters")
    _choice("range", data.range, RANGES)
    _choice("compare", data.compare, COMPARISONS)
    try:
        data.definition.checked()
    except ReportError as error:
        raise Wrong(error.field, f"must be {error.rule}") from None
    return Saved(
        name=name, definition=data.definition, range=data.range, compare=data.compare, shared=data.shared
    )


def _planned(desk: ReportDesk, person: Person, data: PlanReport) -> Schedule:
    if bool(data.report) == bool(data.saved):
        raise Wrong("report", "must be one of report and saved, and only one")
    if data.saved:
        readable(desk, person, data.saved)
    else:
        _choice("report", data.report, STANDARD)
    _choice("range", data.range, RANGES)
    _choice("compare", data.compare, COMPARISONS)
    _choice("form", data.form, FORMATS)
    _choice("language", data.language, LANGUAGES)
    _choice("every", data.every, EVERY)
    for field, value, low, high in (
        ("weekday", data.weekday, 1, 7),
        ("minute", data.minute, 0, DAY_MINUTES - 1),
        ("keep", data.keep, 1, KEEP_MAX),
    ):
        if not low <= value <= high:
            raise Wrong(field, f"must be {low} to {high}")
    places = places_of(desk, person)
    return Schedule(
        report=data.report, saved=data.saved, range=data.range, compare=data.compare, form=data.form,
        language=data.language, every=data.every, weekday=data.weekday, minute=data.minute, keep=data.keep,
        places=places,
    )  # fmt: skip


def _choice(field: str, value: str, able: Any) -> None:
    if value not in able:
        raise Wrong(field, f"must be one of {', '.join(each for each in able if each)}")


def _saved(number: int, owner: str, saved: Saved) -> SavedRow:
    return SavedRow(number, owner, saved.name, saved.definition, saved.range, saved.compare, saved.shared)


def _schedule(number: int, owner: str, next_us: int, of: Schedule) -> ScheduleRow:
    return ScheduleRow(
        number, owner, next_us // 1000, of.report, of.saved, of.range, of.compare, of.form, of.language,
        of.every, of.weekday, of.minute, of.keep,
    )  # fmt: skip


def _file(number: int, schedule: int, owner: str, made_us: int, made: Made) -> FileRow:
    return FileRow(
        number, schedule, owner, made_us // 1000, made.report, made.first, made.last, made.form, made.size,
        made.wrong,
    )  # fmt: skip
