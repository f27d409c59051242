"""``hawker device``: serial ports, who answers on them, what passes, and peripherals played on a pty."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from console.cli import options
from console.cli.output import complain, document, one_line, status_line, table
from runtime.errors import ConfigError, DeviceUnavailable

if TYPE_CHECKING:
    from scenarios.devices.tools import Seen

Result = TypeVar("Result")

SEEN_MAX = 100_000
"""Frames and events that go into one document; later ones push out the first."""
INTERRUPTED = 130
STANDARD_INPUT = 0

app = typer.Typer(help="Look at devices on wires.", rich_markup_mode=None)

WayIn = Annotated[
    str,
    typer.Argument(
        metavar="WAY", help="serial:/dev/ttyUSB0?driver=fafb, tcp:HOST:PORT?driver=mdb, or a port."
    ),
]
Chain = Annotated[
    str | None,
    typer.Argument(metavar="[SCENARIO]", help="Whose machines to name; a shipped one or a .toml file."),
]


@app.command("list")
def list_ports(name: Chain = None, as_json: options.AsJson = False) -> None:
    """Name the serial ports of this computer, and what a chain uses them for."""
    from scenarios import scenario
    from scenarios.devices import tools as device_tools

    machines = scenario.prepare(scenario.load(name)).chain.machines if name is not None else ()
    ports = device_tools.list_ports(machines)
    if as_json:
        document([port.as_json() for port in ports])
        return
    rows = [
        (port.path, port.about, port.serial_number or "-", "; ".join(" ".join(use) for use in port.used_for))
        for port in ports
    ]
    table("Serial ports", ("port", "what", "serial number", "used for"), rows)


@app.command("probe")
def probe(way: WayIn, as_json: options.AsJson = False) -> None:
    """Ask who is there, with every driver that a way can carry; no motor turns, nothing is paid."""
    from scenarios.devices import tools as device_tools

    asked = device_tools.read_way(way)
    with status_line("probe") as progress:
        heard = _run(partial(device_tools.probe, asked, progress))
    if heard is None:
        raise typer.Exit(INTERRUPTED)
    if as_json:
        document([each.as_json() for each in heard])
    else:
        rows = [
            (each.driver, ", ".join(each.devices) or "-", each.text, each.way if each.answered else "")
            for each in heard
        ]
        table(f"Probe of {way}", ("driver", "answered", "heard", "way"), rows)
    raise typer.Exit(0 if any(each.answered for each in heard) else 1)


@app.command("monitor")
def monitor(way: WayIn, seconds: options.Seconds = None, as_json: options.AsJson = False) -> None:
    """Run a way's driver and show every frame and event, until Ctrl-C or the time is over."""
    from scenarios.devices import tools as device_tools

    asked = device_tools.read_way(way)
    if not as_json:
        _run(partial(device_tools.monitor, asked, _show, seconds))
        return
    seen: deque[Seen] = deque(maxlen=SEEN_MAX)
    try:
        _run(partial(device_tools.monitor, asked, seen.append, seconds))
    except DeviceUnavailable:
        if seen:
            document([each.as_json() for each in seen])
        raise
    document([each.as_json() for each in seen])


@app.command("sim")
def sim(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="Which peripheral, e.g. fafb or mdb.")],
    pty: Annotated[bool, typer.Option("--pty", help="On a new pty; its path is the first line.")] = False,
    seconds: options.Seconds = None,
) -> None:
    """Play a peripheral's far end for any program, until Ctrl-C or the time is over.

    Lines on standard input are hands: "coin 100", "press A3"; a wrong one is answered with those there are.
    """
    from scenarios.devices import tools as device_tools

    if not pty:
        raise ConfigError(f"device sim {kind}: must be given --pty")
    _run(
        partial(
            device_tools.play,
            kind,
            _ready,
            seconds=seconds,
            hands=STANDARD_INPUT,
            complain=complain,
        )
    )


def _ready(path: str) -> None:
    print(path, flush=True)


def _show(seen: Seen) -> None:
    arrow = {"sent": ">", "received": "<", "event": "="}[seen.kind]
    what = f"{seen.device}:" if seen.device else seen.raw.hex(" ").upper()
    print(f"{seen.at_seconds:9.3f} {arrow} {f'{what}  ' if what else ''}{one_line(seen.text)}", flush=True)


def _run(work: Callable[[], Awaitable[Result]]) -> Result | None:
    """Run it under trio; None when a signal ended it before it was done."""
    import trio

    from console.cli.until_signal import until_signal

    return trio.run(until_signal, work)
