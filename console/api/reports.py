"""Reports: what there is, a report run, or as a file."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import ResponseHeader
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, QueryParameter

from console.i18n import LANGUAGES
from console.people.permissions import Person, person_of
from console.people.wrong import Missing, Wrong
from console.reports.definition import COMPARISONS, STANDARD, Days, Definition, ReportError
from console.reports.desk import ReportDesk
from console.reports.dimensions import DIMENSIONS
from console.reports.files import FORMATS
from console.reports.measures import MEASURES
from console.reports.question import TABLE
from console.reports.ranges import RANGES, days_of
from console.reports.store import Saved
from console.reports.table import Table

Asked = Request[Any, Any, Any]
READ = {"permission": "reports.read"}
RUN = {"permission": "reports.read", "reads": True}
OWN = "own"
FILE = "application/octet-stream"
"""Of every file: it is to be saved, and no browser shows one as a page of ours."""


class MeasureRow(msgspec.Struct, frozen=True):
    """A measure, and the dimensions it goes with. ``unit``: count, money, share or rate."""

    name: str
    unit: str
    dimensions: list[str]


class DimensionRow(msgspec.Struct, frozen=True):
    """A dimension. ``values``: what it may be filtered by, as far as known; null where it may not."""

    name: str
    of_time: bool
    values: list[str] | None


class Definitions(msgspec.Struct, frozen=True):
    """What reports are made of: words to choose from, and the reports that everybody has."""

    measures: list[MeasureRow]
    dimensions: list[DimensionRow]
    standard: dict[str, Definition]
    ranges: dict[str, tuple[date, date]]
    comparisons: list[str]
    formats: list[str]
    currency: str
    today: date
    kept: bool


class Ask(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"first": "from", "last": "to"}):
    """A report and its days.

    One that stands (``report``), a saved one (``saved``), or one made here (``definition``); days by name
    (``range``) or from and to.
    """

    report: str = ""
    saved: int = 0
    definition: Definition | None = None
    range: str = ""
    first: date | None = None
    last: date | None = None
    compare: str = ""


def routes(desk: ReportDesk) -> list[HTTPRouteHandler]:
    """What everybody with ``reports.read`` may do."""

    @get("/api/reports", sync_to_thread=False, opt=READ)
    def definitions(request: Asked) -> Definitions:
        """Measures, dimensions, standard reports, ranges of days."""
        return _definitions(desk, person_of(request))

    @post("/api/reports/run", status_code=200, opt=RUN)
    async def run(request: Asked, data: Annotated[Ask, Body()]) -> Table:
        """Run a report; the answer has keys and figures, money in minor units."""
        found = await _run(desk, person_of(request), data, TABLE, "en")
        return msgspec.json.decode(found, type=Table)

    @get(
        "/api/reports/file",
        opt=READ,
        media_type=FILE,
        response_headers=[
            ResponseHeader(name="content-disposition", description="Its name.", documentation_only=True)
        ],
    )
    async def as_file(
        request: Asked,
        ask: Annotated[str, QueryParameter(max_length=3_000, description="As for run, JSON in one line.")],
        form: Annotated[str, QueryParameter(max_length=8, description="json, csv, xlsx, pdf, png or svg.")],
        language: Annotated[str, QueryParameter(max_length=8, description="en or zh-CN.")] = "en",
    ) -> Response[bytes]:
        """The same as a file."""
        try:
            wanted = msgspec.json.decode(ask, type=Ask)
        except msgspec.MsgspecError as error:
            raise Wrong("ask", f"must be as for run: {error}") from None
        found = await _run(desk, person_of(request), wanted, form, language)
        name = wanted.report or (f"saved-{wanted.saved}" if wanted.saved else OWN)
        return download(found, form, name)

    return [definitions, run, as_file]


def download(content: bytes, form: str, name: str) -> Response[bytes]:
    """A file that the browser saves."""
    disposition = f'attachment; filename="{name}.{form}"'
    return Response(content, media_type=FILE, headers={"content-disposition": disposition})


async def _run(desk: ReportDesk, person: Person, ask: Ask, form: str, language: str) -> bytes:
    if form != TABLE and form not in FORMATS:
        raise Wrong("form", f"must be one of {', '.join(FORMATS)}")
    if language not in LANGUAGES:
        raise Wrong("language", f"must be one of {', '.join(LANGUAGES)}")
    try:
        name, definition = _named(desk, person, ask)
        days = _days(desk, ask)
        return await desk.run(
            name, definition, days,
            compare=ask.compare, form=form, language=language, places=places_of(desk, person),
        )  # fmt: skip
    except ReportError as error:
        raise Wrong(error.field, f"must be {error.rule}") from None


def _named(desk: ReportDesk, person: Person, ask: Ask) -> tuple[str, Definition]:
    given = [bool(ask.report), bool(ask.saved), ask.definition is not None]
    if sum(given) != 1:
        raise Wrong("report", "must be one of report, saved and definition, and only one")
    if ask.definition is not None:
        return OWN, ask.definition
    if ask.saved:
        found = readable(desk, person, ask.saved)
        return found.name, found.definition
    if ask.report not in STANDARD:
        raise Wrong("report", f"must be one of {', '.join(STANDARD)}")
    return ask.report, STANDARD[ask.report]


def readable(desk: ReportDesk, person: Person, number: int) -> Saved:
    """A saved report that this person may run; raises Missing for any other."""
    for at, owner, saved in desk.store.saved():
        if at == number and (owner == person.name or saved.shared):
            return saved
    raise Missing(f"saved report {number}: must be one of yours, or shared")


def _days(desk: ReportDesk, ask: Ask) -> Days:
    return days_of(ask.range, ask.first, ask.last, desk.today())


def places_of(desk: ReportDesk, person: Person) -> tuple[str, ...] | None:
    """The places that count for a person; None: all, also those that the chain no longer has."""
    if person.sites is None:
        return None
    return tuple(place for place in desk.names.places if person.sees(place))


def _definitions(desk: ReportDesk, person: Person) -> Definitions:
    on, seen = desk.today(), places_of(desk, person)
    names = desk.names
    places = [names.places[place] for place in (names.places if seen is None else seen)]
    values = {
        "place": [*(names.places if seen is None else seen)],
        "kind": [*dict.fromkeys(place.kind for place in places)],
        "site": [*dict.fromkeys(place.site for place in places)],
        "district": [*dict.fromkeys(place.district for place in places if place.district)],
        "product": [*names.products],
        "category": [*dict.fromkeys(product.category for product in names.products.values())],
        "tender": [*TENDERS],
        "why": [],
    }
    return Definitions(
        measures=[
            MeasureRow(
                each.name, each.unit, [d for d, its in DIMENSIONS.items() if its.column in each.columns]
            )
            for each in MEASURES.values()
        ],
        dimensions=[
            DimensionRow(each.name, each.of_time, values.get(each.name, []) if each.filtered else None)
            for each in DIMENSIONS.values()
        ],
        standard=STANDARD,
        ranges={name: range(on) for name, range in RANGES.items()},
        comparisons=[*COMPARISONS],
        formats=[*FORMATS],
        currency=desk.chain.currency,
        today=on,
        kept=desk.folder is not None,
    )


TENDERS = ("cash", "cashless", "code", "mixed", "free")
"""Ways of paying that facts of sales name."""
