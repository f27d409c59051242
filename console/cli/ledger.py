"""``hawker ledger``: the books checked, copied, put back, exported and brought up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli import options
from console.cli.output import document, status_line, table
from runtime.errors import ConfigError

HELD, NOT_HELD = 0, 1

app = typer.Typer(help="Look after the ledger.", rich_markup_mode=None)

Journals = Annotated[bool, typer.Option("--journals", help="Read every fact of the journals here as well.")]
BackUpTo = Annotated[Path | None, typer.Option("--to", metavar="FILE", help="A new file for the copy.")]
OffMachine = Annotated[
    bool,
    typer.Option("--off-machine", help="FILE is kept on another machine: nodes may archive what is in it."),
]
Confirm = Annotated[
    Path | None,
    typer.Option("--confirm", metavar="FILE", help="Say so later, of a copy that was made before."),
]
RestoreFrom = Annotated[Path, typer.Option("--from", metavar="FILE", help="A file that ledger backup made.")]
ExportTo = Annotated[Path, typer.Option("--to", metavar="FILE", help="A new file, .csv or .jsonl.")]
Rebuild = Annotated[
    bool, typer.Option("--rebuild", help="Make sale lines, tallies and sums anew from the facts.")
]
What = Annotated[str, typer.Option("--what", metavar="WHAT", help="postings, or facts.")]


@app.command("check")
def check(data: options.NeededData, journals: Journals = False, as_json: options.AsJson = False) -> None:
    """Read every fact again: do the books hold?"""
    from console.cli.summaries import show_check
    from scenarios import ledger_tools

    found = ledger_tools.check(data, journals=journals)
    (document if as_json else show_check)(found)
    raise typer.Exit(HELD if ledger_tools.held(found) else NOT_HELD)


@app.command("backup")
def backup(
    data: options.NeededData,
    to: BackUpTo = None,
    off_machine: OffMachine = False,
    confirm: Confirm = None,
    as_json: options.AsJson = False,
) -> None:
    """Copy the ledger, also while hawker up runs."""
    from scenarios import ledger_tools

    if (to is None) == (confirm is None):
        raise ConfigError("ledger backup: must be given either --to FILE or --confirm FILE")
    with status_line("backup"):
        if to is not None:
            found = ledger_tools.back_up(data, to, off_machine=off_machine)
        else:
            assert confirm is not None
            found = ledger_tools.confirm(data, confirm)
    _show(found, "Back-up", as_json)


@app.command("restore")
def restore(data: options.NeededData, source: RestoreFrom, as_json: options.AsJson = False) -> None:
    """Make a back-up the ledger again; nodes send what it does not have at the next start."""
    from scenarios import ledger_tools

    with status_line("restore"):
        found = ledger_tools.restore(data, source)
    _show(found, "Restored", as_json)


@app.command("export")
def export(
    data: options.NeededData, to: ExportTo, what: What = "postings", as_json: options.AsJson = False
) -> None:
    """Write every posting, or every fact, into a file for other programs."""
    from scenarios import ledger_tools

    with status_line("export"):
        found = ledger_tools.write_export(data, to, what)
    _show(found, "Export", as_json)


@app.command("migrate")
def migrate(data: options.NeededData, rebuild: Rebuild = False, as_json: options.AsJson = False) -> None:
    """Bring the ledger to this program's version; hawker up does so by itself."""
    from scenarios import ledger_tools

    _show(ledger_tools.migrate(data, rebuild=rebuild), "Ledger version", as_json)


def _show(found: dict[str, Any], title: str, as_json: bool) -> None:
    if as_json:
        document(found)
        return
    rows = [(name, _text(value)) for name, value in found.items() if not isinstance(value, dict)]
    rows += [
        (node, f"fact {at['seq']:,}, epoch {at['epoch']}") for node, at in found.get("nodes", {}).items()
    ]
    table(title, ("", ""), rows)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)
