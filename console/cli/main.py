"""The ``hawker`` command. What it prints and returns is a contract.

Exit code 0: all held. 1: it finished and something did not hold. 2: the input was wrong; one line on standard
error says what. Imports that take time stand inside the commands, so that each loads only what it needs.
"""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli import (
    audit,
    device,
    dex,
    fidelity,
    ledger,
    load,
    node,
    options,
    pair,
    replay,
    report,
    scenario,
    schema,
    soak,
    sweep,
    user,
)
from console.cli.output import complain, document, drop_standard_output, progress_bar, status_line, table
from runtime.errors import ConfigError, DeviceUnavailable, HawkerError, LedgerError, ProtocolError, Refused

if TYPE_CHECKING:
    from scenarios.scenario import Prepared

HELD, NOT_HELD, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
_THEIRS = (ConfigError, Refused, LedgerError, ProtocolError, DeviceUnavailable)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

app = typer.Typer(
    name="hawker",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Runs a chain of vending machines and shops live, simulates it, records it and replays it.",
)
app.add_typer(ledger.app, name="ledger")
app.add_typer(scenario.app, name="scenario")
app.add_typer(device.app, name="device")
app.add_typer(dex.app, name="dex")
app.add_typer(user.app, name="user")
app.add_typer(audit.app, name="audit")
app.add_typer(report.app, name="report")
app.command("node")(node.node)
app.command("pair")(pair.pair)
app.command("replay")(replay.replay)
app.command("soak")(soak.soak)
app.command("sweep")(sweep.sweep)
app.command("load")(load.load)
app.command("schema")(schema.schema)
app.command("fidelity")(fidelity.fidelity)


def main() -> None:
    """Run the command that the process was given, and end the process."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run a command; returns its exit code."""
    try:
        code = app(args=arguments, prog_name="hawker", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        complain(f"command line: {error.format_message()}")
        return BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        drop_standard_output()
        return NOT_HELD
    except (Exception, BaseExceptionGroup) as error:
        told = _told(error)
        if told is None:
            raise
        code, text = told
        complain(text)
    return code if isinstance(code, int) else HELD


def _told(error: BaseException) -> tuple[int, str] | None:
    """Exit code and text for an error raised on purpose; None if it is a mistake of ours."""
    if isinstance(error, BaseExceptionGroup):
        found = [_told(inner) for inner in error.exceptions]
        return None if None in found else found[0]
    if isinstance(error, _THEIRS):
        return BAD_INPUT, str(error)
    if isinstance(error, HawkerError):
        return NOT_HELD, str(error)
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _NO_ROOM):
        return BAD_INPUT, f"{error.filename or 'disk'}: must be usable: {error.strerror}"
    return None


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"hawker {version('hawker')}")
        except PackageNotFoundError:
            typer.echo("hawker, not installed")
        raise typer.Exit


@app.callback()
def every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Run a chain of vending machines and shops live, simulate it, record it and replay it."""
    from runtime import log

    log.configure("warning")


@app.command()
def up(
    name: options.Named = "hk-demo",
    port: options.Port = 8080,
    feed_port: options.FeedPort = None,
    host: options.Host = "127.0.0.1",
    data: options.Data = None,
    speed: options.Speed = None,
    seconds: options.Seconds = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    changes: options.Changes = None,
    certificate: options.Certificate = None,
    key: options.Key = None,
    names: options.Names = None,
    webhook_hosts: options.WebhookHosts = None,
) -> None:
    """Run a chain live, with its console, until Ctrl-C."""
    try:
        from console.cli import up

        tls = up.tls_from(certificate, key, names or (), host=host)
        ports = up.Ports.of(host, port, feed_port)
        prepared = _prepare(name, changes=changes or ())
        outside = up.Outside(tls=tls, webhook_hosts=tuple(webhook_hosts or ()))
        held = up.run(prepared, ports, outside, data=data, speed=speed, seconds=seconds, show=show)
    except KeyboardInterrupt:
        held = True  # before it ran: what is on disk is whole
    raise typer.Exit(HELD if held else NOT_HELD)


@app.command()
def run(
    name: options.Named,
    first: options.First = None,
    last: options.Last = None,
    days: options.Days = None,
    seed: options.Seed = None,
    demand: options.Demand = None,
    changes: options.Changes = None,
    record: options.Record = None,
    data: options.Data = None,
    as_json: options.AsJson = False,
) -> None:
    """Run a scenario as fast as the processor allows, and say what came out."""
    import contextlib

    if record is not None and record.exists() and (not record.is_dir() or any(record.iterdir())):
        raise ConfigError(f"--record {record}: must be an empty or a new folder")
    prepared = _prepare(name, changes or (), seed=seed, demand=demand, first=first, last=last, days=days)
    with contextlib.ExitStack() as stack:
        if data is not None:
            from scenarios.data_directory import claim

            stack.enter_context(claim(data, prepared, made_by="run"))
        from scenarios.run import run as run_scenario

        progress = stack.enter_context(progress_bar(f"{prepared.name} {prepared.first} to {prepared.last}"))
        result = run_scenario(prepared, record=record, data=data, progress=progress)
    found = result.as_json()
    if as_json:
        document(found)
    else:
        from console.cli.summaries import show_run

        show_run(found)
    raise typer.Exit(HELD if found["ok"] else NOT_HELD)


def _prepare(name: str, changes: Any, **chosen: Any) -> Prepared:
    from scenarios.scenario import load, prepare

    return prepare(load(name), changes=changes, **chosen)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Which; all.")] = None,
    machines: options.Machines = None,
    lanes: options.Lanes = None,
    as_json: options.AsJson = False,
) -> None:
    """Measure Hawker beside other libraries on the same work, in one run."""
    from scenarios.bench.suite import bench as measure

    with status_line("bench") as progress:
        entries = measure(names or (), machines=machines, lanes=lanes, progress=progress)
    if as_json:
        document(entries)
        return
    rows = [
        (e["name"], f"{e['hawker']:,.0f}", e["unit"], peer, "" if rate is None else f"{rate:,.0f}")
        for e in entries
        for peer, rate in (e["peers"] or {"": None}).items()
    ]
    table("Bench", ("name", "hawker", "unit", "peer", "peer's"), rows)


@app.command()
def doctor(data: options.Data = None, as_json: options.AsJson = False) -> None:
    """Say what this computer has and lacks."""
    from console.cli import doctor as surgery

    findings = surgery.examine(data)
    if as_json:
        document(surgery.as_json(findings))
    else:
        rows = [(f.name, f.verdict, f.value or "-", f.note) for f in findings]
        table("Doctor", ("what", "verdict", "found", "note"), rows)
    raise typer.Exit(HELD if surgery.healthy(findings) else NOT_HELD)
