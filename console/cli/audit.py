"""``hawker audit``: the log of who did what, verified."""

from __future__ import annotations

import typer

from console.cli import options
from console.cli.output import document
from console.cli.user import existing

HELD, NOT_HELD = 0, 1
app = typer.Typer(help="The log of who did what.", rich_markup_mode=None)


@app.callback()
def group() -> None:
    """The log of who did what."""


@app.command("verify")
def verify(data: options.NeededData, as_json: options.AsJson = False) -> None:
    """Check every entry against the one before; names the first that does not hold."""
    from console.people import audit
    from console.people.store import PeopleStore

    store = PeopleStore(existing(data), must_exist=True)
    try:
        found = store.read(audit.verify)
    finally:
        store.close()
    if as_json:
        document(
            {
                "ok": found.ok,
                "entries": found.entries,
                "head": found.head,
                "first_broken": found.first_broken,
                "why": found.why,
            }
        )
    elif found.ok:
        print(f"Audit: {found.entries:,} entries hold, the last is {found.head or 'none'}")
    else:
        print(f"Audit: entry {found.first_broken} does not hold: {found.why}")
    raise typer.Exit(HELD if found.ok else NOT_HELD)
