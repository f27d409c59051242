"""``hawker report cash``: what each cash bag should hold, what devices metered, what people counted."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli import options
from console.cli.output import document_bytes, money, table
from runtime.errors import ConfigError

FORMATS = ("json", "csv")

Format = Annotated[str | None, typer.Option("--format", metavar="FORMAT", help="json or csv; a table.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Save it here, print nothing.")]
FirstDay = Annotated[date, typer.Option("--from", metavar="DAY", parser=options.day("--from"), help="First.")]
LastDay = Annotated[date, typer.Option("--to", metavar="DAY", parser=options.day("--to"), help="Last.")]


def cash(
    first: FirstDay, last: LastDay, data: options.NeededData, how: Format = None, out: Out = None
) -> None:
    """Sold, metered and counted cash side by side, over and short by machine and by route."""
    if how not in (None, *FORMATS):
        raise ConfigError(f"--format: must be one of {', '.join(FORMATS)}, not {how!r}")
    if out is not None and how is None:
        raise ConfigError(f"--out {out}: must come with --format json or csv")
    from scenarios import reports

    found = reports.cash(data, first, last)
    if how is None:
        _show(found)
    else:
        deliver(document_bytes(found) if how == "json" else _csv(found["bags"]), out)


def deliver(body: bytes, out: Path | None) -> None:
    """Write a report into a file, or to standard output; raises ConfigError if the file cannot be."""
    if out is None:
        typer.echo(body, nl=False)
        return
    try:
        out.write_bytes(body)
    except OSError as error:
        raise ConfigError(f"--out {out}: must be writable: {error.strerror}") from None


def _csv(bags: list[dict[str, Any]]) -> bytes:
    """A line a bag; what nobody metered or counted is empty. UTF-8 with a mark, as spreadsheets like it."""
    columns = (
        "day", "machine", "visit", "van", "round", "sold_minor", "metered_minor", "counted_minor",
        "over_short_minor", "by",
    )  # fmt: skip
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(bags)
    return text.getvalue().encode("utf-8-sig")


def _show(found: dict[str, Any]) -> None:
    currency = found["currency"]
    days = f"{found['from']} to {found['to']}"
    for title, key in (("machine", "by_machine"), ("route", "by_route")):
        rows = [
            (
                total["key"] or "-",
                f"{total['bags']:,}",
                f"{total['counted_bags']:,}",
                *(
                    money(total[name], currency)
                    for name in ("sold_minor", "metered_minor", "counted_minor", "over_short_minor")
                ),
            )
            for total in found[key]
        ]
        headings = (title, "bags", "counted", "sold", "metered", "counted", "over/short")
        table(f"Cash by {title}, {days}", headings, rows)
