"""Options of the command line, checked as they are read: errors say which option, what rule, which value."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from runtime.errors import ConfigError

PORT_MAX = 65_535
SPEED_MAX = 3_600
SECONDS_MAX = 31_536_000
SEED_MAX = (1 << 63) - 1
COUNT_MAX = 1_000_000


def whole(option: str, low: int, high: int) -> Callable[[object], int]:
    """Reads a whole number from ``low`` to ``high``."""

    def read(text: object) -> int:
        try:
            value = int(str(text))
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ConfigError(f"{option}: must be a whole number from {low} to {high}, not {str(text)!r}")
        return value

    return read


def number(option: str, low: float, high: float) -> Callable[[object], float]:
    """Reads a number from ``low`` to ``high``."""

    def read(text: object) -> float:
        try:
            value = float(str(text))
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise ConfigError(f"{option}: must be a number from {low:g} to {high:g}, not {str(text)!r}")
        return value

    return read


def day(option: str) -> Callable[[object], date]:
    """Reads a day such as 2022-06-01."""

    def read(text: object) -> date:
        try:
            if len(str(text)) == 10:
                return date.fromisoformat(str(text))
        except ValueError:
            pass
        raise ConfigError(f"{option}: must be a day such as 2022-06-01, not {str(text)!r}")

    return read


def own_address(text: object) -> str:
    """Reads an address to listen on."""
    host = str(text)
    try:
        if host != "localhost":
            ip_address(host)
    except ValueError:
        raise ConfigError(
            f"--host: must be localhost or an address such as 127.0.0.1, not {host!r}"
        ) from None
    return host


def only_this_computer(host: str) -> bool:
    """Whether an address is reached by this computer alone."""
    return host == "localhost" or ip_address(host).is_loopback


def _port(option: str) -> Callable[[object], int]:
    return whole(option, 0, PORT_MAX)


Named = Annotated[str, typer.Argument(metavar="SCENARIO", help="A shipped scenario's name, or a .toml file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]
Changes = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change a setting.")]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The data directory.")]
NeededData = Annotated[Path, typer.Option("--data", metavar="DIR", help="The data directory.")]
First = Annotated[date | None, typer.Option("--from", metavar="DAY", parser=day("--from"), help="First day.")]
Last = Annotated[date | None, typer.Option("--to", metavar="DAY", parser=day("--to"), help="Last day.")]
Days = Annotated[
    int | None,
    typer.Option("--days", metavar="N", parser=whole("--days", 1, 3_660), help="Days, instead of --to."),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", parser=whole("--seed", 0, SEED_MAX), help="Seed of all chance."),
]
Demand = Annotated[
    Path | None, typer.Option("--demand", metavar="FILE", help="Recorded demand: a CSV, plain or .gz.")
]
Record = Annotated[
    Path | None, typer.Option("--record", metavar="DIR", help="Keep a recording in a new folder.")
]
Port = Annotated[
    int, typer.Option("--port", metavar="PORT", parser=_port("--port"), help="Pages; 0 takes any free port.")
]
FeedPort = Annotated[
    int | None,
    typer.Option("--feed-port", metavar="PORT", parser=_port("--feed-port"), help="Live feed; PORT + 1."),
]
Host = Annotated[
    str, typer.Option("--host", metavar="ADDRESS", parser=own_address, help="Address to listen on.")
]
Speed = Annotated[
    float | None,
    typer.Option(
        "--speed",
        metavar="N",
        parser=number("--speed", 0, SPEED_MAX),
        help="Seconds that pass in a second; 30, or 1 with devices on wires.",
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option(
        "--for", metavar="SECONDS", parser=number("--for", 0, SECONDS_MAX), help="End after so many seconds."
    ),
]
Machines = Annotated[
    int | None,
    typer.Option("--machines", metavar="N", parser=whole("--machines", 1, COUNT_MAX), help="Machines."),
]
Lanes = Annotated[
    int | None,
    typer.Option("--lanes", metavar="N", parser=whole("--lanes", 1, COUNT_MAX), help="Lanes a machine."),
]
Certificate = Annotated[
    Path | None,
    typer.Option("--certificate", metavar="FILE", help="Serve by TLS: the certificate chain, PEM."),
]
Key = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="Serve by TLS: its key, PEM.")]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="NAME", help="By TLS: a name that browsers call the console by."),
]
WebhookHosts = Annotated[
    list[str] | None,
    typer.Option("--webhook-host", metavar="HOST", help="A name or address that webhooks may call."),
]
