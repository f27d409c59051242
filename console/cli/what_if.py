"""``hawker replay DIR --what-if PATH=VALUE``: recorded demand with something changed, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli import options
from console.cli.output import document, money, progress_bar, table
from runtime.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

REPORTS = (".html", ".pdf")

Asked = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if", metavar="PATH=VALUE", help="Run it again with this changed; several may be given."
    ),
]
Replicates = Annotated[
    int,
    typer.Option(
        "--replicates",
        metavar="N",
        parser=options.whole("--replicates", 1, 1_000),
        help="Runs of each where demand had to be estimated; 5.",
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write the comparison as .html or .pdf too.")
]

LABELS = {
    "units": "units sold",
    "amount_minor": "sales",
    "lost_units": "units lost",
    "lost_sold_out": "of them sold out",
    "visits": "visits",
    "filled_units": "units filled in",
    "km": "kilometres",
}


def what_if(
    directory: Path, asked: Sequence[str], *, replicates: int, out: Path | None, as_json: bool
) -> bool:
    """Run both, say how they differ, and write the report that is asked for; whether their books held."""
    from scenarios.what_if import changes, compare

    if out is not None and out.suffix not in REPORTS:
        raise ConfigError(f"--out: must end in {' or '.join(REPORTS)}, not {str(out)!r}")
    wanted = changes.read(asked)
    with progress_bar(f"what if {', '.join(asked)}") as progress:
        result = compare.compare(directory, wanted, replicates=replicates, progress=progress)
    found = result.as_json()
    if out is not None:
        from console.pictures import what_if_report

        what_if_report.write(found, out)
    if as_json:
        document(found)
    else:
        _show(found)
    return bool(found["ok"])


def _show(found: dict[str, Any]) -> None:
    recording = found["recording"]
    days = f"{recording['from']} to {recording['to']}"
    currency = recording["currency"]
    rows = [
        (
            LABELS[each["name"]],
            shown(each, "base", currency),
            shown(each, "changed", currency),
            shown(each, "difference", currency, signed=True),
            interval(each, currency),
        )
        for each in found["measures"]
    ]
    asked = ", ".join(found["changes"]) or "nothing"
    table(
        f"What if {asked}: {recording['scenario']} {days}",
        ("", "as it was", "changed", "difference", "95 % interval"),
        rows,
    )
    for sentence in found["said"]:
        print(f"- {sentence}")
    if not found["ok"]:
        print("SOMETHING DID NOT HOLD: the books of one of the runs are wrong.")


def shown(each: dict[str, Any], key: str, currency: str, *, signed: bool = False) -> str:
    """A figure of a measure, for people."""
    value = each[key]
    if each["name"] == "amount_minor":
        text = money(round(value), currency)
    else:
        text = f"{value:,.1f}".removesuffix(".0")
    return f"+{text}" if signed and value > 0 else text


def interval(each: dict[str, Any], currency: str) -> str:
    """The interval of a difference, for people."""
    low, high = shown(each, "low", currency, signed=True), shown(each, "high", currency, signed=True)
    return low if low == high else f"{low} to {high}"
