"""``hawker up``: a live chain and its console, until a signal or the time is over."""

from __future__ import annotations

import math
import secrets
import signal
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import attrs
import trio

from actors.ledger import queries
from console.cli.options import PORT_MAX, only_this_computer
from console.state.actor import ConsoleActor
from console.tls import Tls, tls_of
from console.web import Served, serve
from runtime import log
from runtime.errors import ConfigError, Refused
from scenarios import data_directory
from scenarios.live import devices as live_devices
from scenarios.live.chain import open_live
from scenarios.scenario import Prepared

SPEED = 30.0
"""Seconds that pass in a second, unless told otherwise."""


@attrs.frozen(kw_only=True)
class Ports:
    """Where the console will listen; 0 is any free port."""

    host: str
    pages: int
    feed: int

    @classmethod
    def of(cls, host: str, pages: int, feed: int | None) -> Ports:
        """The ports asked for, all free now; raises ConfigError for one that is not."""
        if feed is None:
            feed = pages + 1 if pages else 0
        if feed > PORT_MAX:
            raise ConfigError(f"feed port: must be at most {PORT_MAX}, not {feed}: choose with --feed-port")
        if feed == pages != 0:
            raise ConfigError(f"--feed-port: must be another port than --port {pages}, not {feed}")
        for port in (pages, feed):
            _must_be_free(host, port)
        return cls(host=host, pages=pages, feed=feed)


@attrs.frozen(kw_only=True)
class Outside:
    """What the console has to do with the world outside this computer.

    Attributes:
        tls: serve by TLS.
        webhook_hosts: who may be told of events.
    """

    tls: Tls | None = None
    webhook_hosts: tuple[str, ...] = ()


def tls_from(certificate: Path | None, key: Path | None, names: Sequence[str], *, host: str) -> Tls | None:
    """How to serve by TLS, None for not at all; raises ConfigError for files or options that do not fit."""
    if (certificate is None) != (key is None):
        missing, given = ("--key", "--certificate") if key is None else ("--certificate", "--key")
        raise ConfigError(f"{missing}: must be given with {given}")
    if certificate is None or key is None:
        if names:
            raise ConfigError(f"--name: must be given with --certificate, not alone: {names[0]!r}")
        if not only_this_computer(host):
            rule = "127.0.0.1, ::1 or localhost without --certificate and --key"
            raise Refused(f"--host: must be {rule}, not {host!r}")
        return None
    return tls_of(certificate, key, tuple(names))


def _must_be_free(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        why = error.strerror or error
        raise ConfigError(f"port {port}: must be free on {host}, choose another with --port: {why}") from None


def run(
    prepared: Prepared,
    ports: Ports,
    outside: Outside,
    *,
    data: Path | None,
    speed: float | None,
    seconds: float | None,
    show: bool,
) -> bool:
    """Run the chain live; returns whether its books balance at the end. A second Ctrl-C is raised.

    Args:
        prepared: the scenario.
        ports: where the console listens.
        outside: TLS, and who is told of events.
        data: the data directory; None is the chain's own under the person's home.
        speed: simulated seconds per second; None is 30, or 1 where devices are on wires.
        seconds: how long; None is until SIGINT or SIGTERM.
        show: open the page in a browser.
    """
    log.configure("warning")
    speed = _speed(prepared, speed)
    path = data or data_directory.default(prepared.name)
    try:
        with data_directory.claim(path, prepared) as claimed:
            whole = trio.run(
                partial(
                    _live, prepared, ports, outside, claimed.path, speed=speed, seconds=seconds, show=show
                )
            )
            return verdict(claimed.ledger, whole=whole)
    except BaseExceptionGroup as group:
        if group.subgroup(KeyboardInterrupt) is None:
            raise
        raise KeyboardInterrupt from None


def _speed(prepared: Prepared, asked: float | None) -> float:
    """The speed asked for or the usual one; raises ConfigError for one that real devices cannot keep."""
    if not any(map(live_devices.is_wired, prepared.chain.machines)):
        return SPEED if asked is None else asked
    if asked not in (None, 1.0):
        raise ConfigError(f"--speed: must be 1 for a chain with devices on wires, not {asked:g}")
    return 1.0


async def _live(
    prepared: Prepared,
    ports: Ports,
    outside: Outside,
    data: Path,
    *,
    speed: float,
    seconds: float | None,
    show: bool,
) -> bool:
    """Open the chain, serve it, close it; returns whether it ran its time out.

    Signals are received only while the chain runs: Ctrl-C while it opens, or a second one while it closes,
    stops at once, as a crash would, and loses nothing.
    """
    ended_by: list[int] = []
    async with open_live(prepared, data=data, speed=speed, console=ConsoleActor) as live:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_until_signal, signals, nursery.cancel_scope, ended_by)
                served: Served = await nursery.start(
                    partial(
                        serve,
                        live,
                        bind=ports.host,
                        port=ports.pages,
                        feed_port=ports.feed,
                        token=secrets.token_urlsafe(32),
                        data=data,
                        tls=outside.tls,
                        webhook_hosts=outside.webhook_hosts,
                    )
                )
                print(f"Console: {served.url}", flush=True)
                if show:
                    await trio.to_thread.run_sync(webbrowser.open, served.url, abandon_on_cancel=True)
                await trio.sleep(math.inf if seconds is None else seconds)
                nursery.cancel_scope.cancel()
    return not ended_by


async def _until_signal(signals: AsyncIterator[int], running: trio.CancelScope, ended_by: list[int]) -> None:
    async for number in signals:
        ended_by.append(number)
        running.cancel()
        return


def verdict(ledger: Path, *, whole: bool) -> bool:
    """Say on standard error whether the books balance: every fact, or after a signal the sum, to be quick."""
    if whole:
        check = queries.check(ledger)
        held, facts, postings = check.ok, check.facts, check.postings
    else:
        totals = queries.posting_totals(ledger)
        held, facts, postings = totals.sum_minor == 0, queries.fact_count(ledger), totals.postings
    said = "balanced" if held else "NOT balanced: hawker ledger check --data says where"
    sys.stderr.write(f"Ledger: {facts:,} facts, {postings:,} postings, {said}\n")
    return held
