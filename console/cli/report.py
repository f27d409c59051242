"""``hawker report``: the books in figures, as a table, a file for programs, or a printed page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from console.cli import options, report_cash
from console.cli.output import table
from console.cli.report_cash import FirstDay, LastDay, Out, deliver
from console.reports.definition import COMPARISONS, STANDARD, Days, Definition
from console.reports.files import FORMATS, written
from console.reports.words import Words
from runtime.errors import ConfigError

BINARY = FORMATS[2:]
ROWS_SHOWN = 60

Format = Annotated[
    str | None, typer.Option("--format", metavar="FORMAT", help="json, csv, xlsx, pdf, png or svg; a table.")
]
Compare = Annotated[
    str, typer.Option("--compare", metavar="WITH", help="previous (as many days before), week or year.")
]
Language = Annotated[str, typer.Option("--language", metavar="CODE", help="en or zh-CN.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="DIMENSION=VALUE", help="Count only this; may be given again."),
]
Sort = Annotated[str | None, typer.Option("--sort", metavar="NAME", help="A column; -NAME: large to small.")]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", parser=options.whole("--limit", 1, 100_000), help="Rows at most."),
]
By = Annotated[str, typer.Option("--by", metavar="NAMES", help="Dimensions with commas: day,product.")]
Measures = Annotated[str, typer.Option("--measures", metavar="NAMES", help="Measures with commas.")]

app = typer.Typer(help="Reports from a data folder.", rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def report() -> None:
    """Reports from a data folder."""


app.command("cash")(report_cash.cash)


@app.command("own")
def own(
    first: FirstDay,
    last: LastDay,
    data: options.NeededData,
    measures: Measures,
    by: By = "",
    how: Format = None,
    out: Out = None,
    compare: Compare = "",
    only: Only = None,
    sort: Sort = None,
    limit: Limit = None,
    language: Language = "en",
) -> None:
    """Any measures by any dimensions; hawker report measures names them."""
    made = Definition(measures=_split(measures), dimensions=_split(by))
    _report("own", _changed(made, only, sort, limit), Days(first, last), data, how, out, compare, language)


@app.command("measures")
def names() -> None:
    """Name the measures and dimensions that hawker report own takes."""
    from console.i18n import catalogue
    from console.reports.dimensions import DIMENSIONS
    from console.reports.measures import MEASURES

    texts = catalogue("en")
    able = {
        name: ", ".join(each for each, its in DIMENSIONS.items() if its.column in measure.columns)
        for name, measure in MEASURES.items()
    }
    rows = [(name, texts[f"reports.measure.{name}"], able[name]) for name in MEASURES]
    table("Measures", ("name", "is", "by"), rows)


def _command(name: str) -> Callable[..., None]:
    def standard(
        first: FirstDay,
        last: LastDay,
        data: options.NeededData,
        how: Format = None,
        out: Out = None,
        compare: Compare = "",
        only: Only = None,
        sort: Sort = None,
        limit: Limit = None,
        language: Language = "en",
    ) -> None:
        changed = _changed(STANDARD[name], only, sort, limit)
        _report(name, changed, Days(first, last), data, how, out, compare, language)

    measures, by = STANDARD[name].measures, STANDARD[name].dimensions
    standard.__doc__ = f"{', '.join(measures)} by {', '.join(by)}."
    return standard


for _name in STANDARD:
    app.command(_name)(_command(_name))


def _report(
    name: str,
    definition: Definition,
    days: Days,
    data: Path,
    how: str | None,
    out: Path | None,
    compare: str,
    language: str,
) -> None:
    if how not in (None, *FORMATS):
        raise ConfigError(f"--format: must be one of {', '.join(FORMATS)}, not {how!r}")
    if compare not in COMPARISONS:
        raise ConfigError(f"--compare: must be one of {', '.join(COMPARISONS[1:])}, not {compare!r}")
    if out is not None and how is None:
        raise ConfigError(f"--out {out}: must come with --format {', '.join(FORMATS)}")
    if out is None and how in BINARY:
        raise ConfigError(f"--format {how}: must come with --out FILE")
    definition.checked()
    from console.reports.folder import runner

    with runner(data) as running:
        found = running.run(name, definition, days, compare)
    words = Words(found, language)
    if how is None:
        rows = [words.row(number) for number in range(min(ROWS_SHOWN, len(found.rows)))]
        table(f"{words.title()}, {words.days()}", words.headings(), [*rows, words.total()])
        return
    deliver(written(found, how, language), out)


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _changed(made: Definition, only: list[str] | None, sort: str | None, limit: int | None) -> Definition:
    filters: dict[str, tuple[str, ...]] = {}
    for text in only or ():
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise ConfigError(f"--only: must be DIMENSION=VALUE, not {text!r}")
        filters[name] = (*filters.get(name, ()), value)
    return Definition(
        measures=made.measures,
        dimensions=made.dimensions,
        filters=filters,
        sort=made.sort if sort is None else sort,
        limit=made.limit if limit is None else limit,
    )
