"""``hawker node``: one node of a chain as a process of its own, until a signal or the time is over."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options

if TYPE_CHECKING:
    from console.state.actor import ConsoleActor
    from scenarios.live.process import LiveOffice
    from scenarios.scenario import Prepared

PORT = 8100
HELD, NOT_HELD = 0, 1

Chain = Annotated[str, typer.Argument(metavar="CHAIN", help="A shipped scenario's name, or a .toml file.")]
Name = Annotated[str, typer.Option("--name", metavar="NODE", help="Which node: office, or a site's name.")]
OfficeAt = Annotated[
    str | None, typer.Option("--office", metavar="HOST:PORT", help="Site: its office, if it has moved.")
]
OfficePort = Annotated[
    int,
    typer.Option(
        "--port",
        metavar="PORT",
        parser=options.whole("--port", 1, 65_531),
        help="Office: the first of the five ports it listens on.",
    ),
]
OfficeHost = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Office: address to listen on.")]
ConsolePort = Annotated[
    int | None,
    typer.Option(
        "--console-port",
        metavar="PORT",
        parser=options.whole("--console-port", 0, options.PORT_MAX),
        help="Office: its console as well, on this computer; 0 takes any free port.",
    ),
]


def node(
    chain: Chain,
    name: Name,
    data: options.NeededData,
    office: OfficeAt = None,
    port: OfficePort = PORT,
    host: OfficeHost = "127.0.0.1",
    console_port: ConsolePort = None,
    seconds: options.Seconds = None,
    changes: options.Changes = None,
) -> None:
    """Run one node of a chain, at life's speed: the office, or a site that was paired with it."""
    import trio

    from runtime import log
    from scenarios import assembly, data_directory, scenario
    from scenarios.live import process as live_process

    prepared = scenario.prepare(scenario.load(chain), changes=changes or ())
    live_process.checked_name(prepared.chain, name)
    log.configure("warning")
    at_office = name == assembly.OFFICE
    run = (
        partial(_office, host=host, port=port, console_port=console_port)
        if at_office
        else partial(_site, name=name, office=office)
    )
    try:
        with data_directory.claim(data, prepared, made_by=f"node {name}") as claimed:
            whole = trio.run(partial(run, prepared, data, math.inf if seconds is None else seconds))
            if not at_office:
                return
            from console.cli.up import verdict

            raise typer.Exit(HELD if verdict(claimed.ledger, whole=whole) else NOT_HELD)
    except BaseExceptionGroup as group:
        if group.subgroup(KeyboardInterrupt) is None:
            raise
        raise KeyboardInterrupt from None


async def _site(prepared: Prepared, data: Path, seconds: float, *, name: str, office: str | None) -> bool:
    """Run a site's node; returns whether it ran its time out."""
    from runtime.bus.key_folder import OfficeAddress
    from scenarios.live import keys as live_keys
    from scenarios.live.process import open_site

    keys, address = live_keys.paired(data, name, None if office is None else OfficeAddress.of(office))
    async with open_site(prepared, name, data=data, keys=keys, office=address):
        print(f"Node: {name} office tcp://{address}", flush=True)
        return await _lasted(seconds)


async def _office(
    prepared: Prepared, data: Path, seconds: float, *, host: str, port: int, console_port: int | None
) -> bool:
    """Run the office; returns whether it ran its time out."""
    from console.state.actor import ConsoleActor
    from runtime.bus.key_folder import KeyFolder, OfficeAddress
    from runtime.bus.keys import fingerprint
    from scenarios.assembly import OFFICE
    from scenarios.live.process import open_office

    address = OfficeAddress.of(f"{host}:{port}")
    async with open_office(prepared, data=data, address=address, console=ConsoleActor) as live:
        shown = fingerprint(KeyFolder(data).key(OFFICE).public)
        print(f"Office: tcp://{address} fingerprint {shown}", flush=True)
        return await (
            _lasted(seconds) if console_port is None else _with_console(live, console_port, seconds, data)
        )


async def _with_console(live: LiveOffice[ConsoleActor], port: int, seconds: float, data: Path) -> bool:
    """Serve the console's pages meanwhile."""
    import secrets

    import trio

    from console.cli.up import Ports
    from console.web import Served, serve

    ports = Ports.of("127.0.0.1", port, None)
    async with trio.open_nursery() as nursery:
        served: Served = await nursery.start(
            partial(
                serve,
                live,
                bind=ports.host,
                port=ports.pages,
                feed_port=ports.feed,
                token=secrets.token_urlsafe(32),
                data=data,
            )
        )
        print(f"Console: {served.url}", flush=True)
        lasted = await _lasted(seconds)
        nursery.cancel_scope.cancel()
    return lasted


async def _lasted(seconds: float) -> bool:
    """Whether the time was over before a signal came."""
    import trio

    from console.cli.until_signal import until_signal

    async def wait() -> bool:
        await trio.sleep(seconds)
        return True

    return bool(await until_signal(wait))
