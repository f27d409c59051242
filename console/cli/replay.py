"""``hawker replay``: play a recording on the console, run it again and compare, or ask what if."""

from __future__ import annotations

import math
import secrets
import signal
import webbrowser
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options, what_if
from console.cli.output import document, progress_bar, status_line
from runtime.errors import ConfigError

if TYPE_CHECKING:
    from console.cli.up import Ports
    from console.replay.host import ReplayHost

HELD, NOT_HELD = 0, 1


def replay(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A recording, or the data of a chain that ran live.")
    ],
    verify: Annotated[bool, typer.Option("--verify", help="Run it again and compare every fact.")] = False,
    asked: what_if.Asked = None,
    replicates: what_if.Replicates = 5,
    out: what_if.Out = None,
    day: Annotated[
        str | None, typer.Option("--day", metavar="DATE", help="The day shown first; the first recorded.")
    ] = None,
    speed: options.Speed = None,
    host: options.Host = "127.0.0.1",
    port: options.Port = 8080,
    feed_port: options.FeedPort = None,
    seconds: options.Seconds = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Play a recording on the console; --verify: run it again; --what-if: with something changed."""
    if not directory.is_dir():
        raise ConfigError(f"{directory}: a recording must be an existing folder")
    if verify:
        raise typer.Exit(HELD if _verified(directory, as_json=as_json) else NOT_HELD)
    if asked:
        held = what_if.what_if(directory, asked, replicates=replicates, out=out, as_json=as_json)
        raise typer.Exit(HELD if held else NOT_HELD)
    if as_json:
        raise ConfigError("--json: must come with --verify or --what-if")
    from console.cli.up import Ports

    ports = Ports.of(host, port, feed_port)
    _play(directory, day, 1.0 if speed is None else speed, ports, seconds, show=show)


def _verified(directory: Path, *, as_json: bool) -> bool:
    from scenarios.replay.verify import verify

    with progress_bar(f"replay {directory}") as progress:
        result = verify(directory, progress)
    if as_json:
        document(result.as_json())
    else:
        from console.cli.summaries import show_replay

        show_replay(result.as_json())
    return result.identical


def _play(
    directory: Path, date: str | None, speed: float, ports: Ports, seconds: float | None, *, show: bool
) -> None:
    import trio

    from console.replay.host import ReplayHost
    from runtime.errors import Refused
    from scenarios.replay.recorded_day import dates, read_chain_day

    with status_line(f"reading {directory}"):
        host = ReplayHost(directory, read_chain_day(directory, date or dates(directory)[0]))
    try:
        host.speed = speed
    except Refused as refusal:
        raise ConfigError(f"--speed: {refusal}") from None
    trio.run(partial(_serve, host, ports, seconds, show=show))


async def _serve(host: ReplayHost, ports: Ports, seconds: float | None, *, show: bool) -> None:
    import trio

    from console.web import Served, serve

    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:

            async def until_signal() -> None:
                async for _ in signals:
                    nursery.cancel_scope.cancel()

            nursery.start_soon(until_signal)
            nursery.start_soon(host.run)
            served: Served = await nursery.start(
                partial(
                    serve,
                    host,
                    bind=ports.host,
                    port=ports.pages,
                    feed_port=ports.feed,
                    token=secrets.token_urlsafe(32),
                )
            )
            print(f"Console: {served.url}", flush=True)
            if show:
                await trio.to_thread.run_sync(webbrowser.open, served.url, abandon_on_cancel=True)
            await trio.sleep(math.inf if seconds is None else seconds)
            nursery.cancel_scope.cancel()
