"""``hawker dex``: audit files of machines checked, compared and read."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli import options
from console.cli.output import complain, document, one_line, status_line, table
from runtime.errors import ConfigError

INTERRUPTED = 130

app = typer.Typer(help="Look at EVA-DTS audits of machines.", rich_markup_mode=None)

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="EVA-DTS files.")]
Source = Annotated[
    str, typer.Argument(metavar="FILE|WAY", help="An EVA-DTS file, or serial:/dev/ttyUSB0?driver=dex.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Save it here, print nothing.")]
Reset = Annotated[bool, typer.Option("--reset", help="Begin the machine's interval counters anew.")]
Old = Annotated[Path, typer.Argument(metavar="OLD", help="The earlier audit.")]
New = Annotated[Path, typer.Argument(metavar="NEW", help="The later audit of the same machine.")]


@app.command("check")
def check(files: Files, as_json: options.AsJson = False) -> None:
    """Say what every audit in the files counts, and whether it is whole."""
    from scenarios.devices import dex_tools

    found, empty = dex_tools.check(files)
    if as_json:
        document(found)
    else:
        for audit in found:
            _show_audit(audit)
    for path in empty:
        complain(f"{path}: must hold an EVA-DTS audit (a DXS or ST line and something after it)")
    raise typer.Exit(1 if empty else 0)


@app.command("read")
def read(source: Source, out: Out = None, reset: Reset = False, as_json: options.AsJson = False) -> None:
    """Read a machine's audit over its wire, or a file's, and print it as clean EVA-DTS lines."""
    from scenarios.devices import dex_tools

    if Path(source).is_file():
        if reset:
            raise ConfigError(f"--reset: must be left out for a file, {source} is one")
        text = dex_tools.normal(Path(source))
    elif source.startswith(("serial:", "tcp:", "/dev/")):
        way = f"serial:{source}?driver=dex" if source.startswith("/dev/") else source
        with status_line(f"reading {source}"):
            text = _read_device(way, reset)
    else:
        raise ConfigError(f"{source}: must be a file, or a way in such as serial:/dev/ttyUSB0?driver=dex")
    if out is not None:
        out.write_bytes(text.encode("latin-1"))
    if as_json:
        document({"source": source, "text": text, "audits": dex_tools.audits_in(text, source)})
    elif out is None:
        sys.stdout.buffer.write(text.encode("latin-1"))
        sys.stdout.buffer.flush()


def _read_device(way: str, reset: bool) -> str:
    import trio

    from console.cli.until_signal import until_signal
    from scenarios.devices.dex_tools import read_device

    text = trio.run(until_signal, partial(read_device, way, reset=reset))
    if text is None:
        raise typer.Exit(INTERRUPTED)
    return text


@app.command("reconcile")
def reconcile(old: Old, new: New, as_json: options.AsJson = False) -> None:
    """Check that two audits of one machine fit each other, and say what happened between them."""
    from scenarios.devices import dex_tools

    found = dex_tools.reconcile_files(old, new)
    if as_json:
        document(found)
    else:
        _show_reconciled(found)
    raise typer.Exit(0 if all(one["holds"] for one in found["identities"]) else 1)


def _show_audit(audit: dict[str, Any]) -> None:
    machine = audit["machine"]
    name = " ".join(part for part in (machine["serial"], machine["model"]) if part) or "unnamed machine"
    typer.echo(one_line(f"{audit['file']} #{audit['index']}: {name}, G85 {audit['g85']}"))
    decimals = audit["decimals"]
    rows = [
        (part, _said(audit[part]["units"]), _amount(audit[part]["amount_minor"], decimals))
        for part in ("paid", "cash", "cashless")
    ]
    rows += [
        (f"cash {name.removesuffix('_minor').replace('_', ' ')}", "", _amount(value, decimals))
        for name, value in audit["cash"].items()
        if name not in ("units", "amount_minor")
    ]
    table("", ("since initialisation", "units", f"amount {audit['currency'] or ''}"), rows)
    if audit["lanes"]:
        sold = [
            (
                lane["lane"],
                _amount(lane["price_minor"], decimals),
                _said(lane["sold"]),
                _amount(lane["amount_minor"], decimals),
            )
            for lane in audit["lanes"]
        ]
        table("", ("lane", "price", "sold", "amount"), sold)
    if audit["events"]:
        state = {True: "active", False: "", None: "-"}
        happened = [
            (e["code"], _said(e["count"]), state[e["active"]], e["at"] or "-") for e in audit["events"]
        ]
        table("", ("event", "count", "state", "last at"), happened)
    for warning in audit["warnings"]:
        typer.echo(one_line(f"warning: {warning}"))
    typer.echo("")


def _show_reconciled(found: dict[str, Any]) -> None:
    if found["identities"]:
        rows = [
            (one["name"], str(one["left"]), str(one["right"]), "holds" if one["holds"] else "DOES NOT HOLD")
            for one in found["identities"]
        ]
        table("Identities", ("identity", "left", "right", "verdict"), rows)
    else:
        typer.echo("Neither audit carries what can be cross-checked.")
    delta = found["delta"]
    rises = [
        (f"{part} {name}", str(value))
        for part in ("paid", "cash", "cashless")
        for name, value in delta[part].items()
        if value is not None
    ]
    table("Between the reads", ("counter", "rise"), rises)


def _said(value: int | None) -> str:
    return "-" if value is None else str(value)


def _amount(value: int | None, decimals: int | None) -> str:
    """An amount as people write it; 2 decimals are implied where ID4 does not say (EVA-DTS 6.2)."""
    if value is None:
        return "-"
    places = 2 if decimals is None else decimals
    return f"{value / 10**places:,.{places}f}"
