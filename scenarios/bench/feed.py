"""The live feed: what a message costs among a thousand clients, and how long a sale takes to the screen.

Clients are plain sockets in a process of their own. The peer sends a message as long as ours to each of as
many clients, as often, by trio-websocket's ``send_message``. For the screen, a real browser watches the
console while it hears 2,000 sales a second; it is the ``chromium_screen`` of ``tests/peers``.
"""

from __future__ import annotations

import math
import subprocess
import sys
from bisect import bisect_left
from typing import Any

import msgspec

from runtime.errors import HawkerError
from scenarios.bench.harness import PEERS, Entry, Progress, peers

SECONDS = 6.0
ROUNDS = 3
SALES_A_SECOND = 2_000
SCREEN_SECONDS = 10.0
PEER = "trio_websocket_each"
SCREEN = "chromium_screen"
OURS = ("-m", "console.feed.bench")
CLIENTS_MODULE = ("-m", "scenarios.bench.feed_clients")


def measure(machines: int, lanes: int, progress: Progress) -> Entry:
    """Processor time a message with so many clients (``machines``); lanes do not matter here."""
    found = peers((PEER, SCREEN))
    clients, size = machines, 0
    best: dict[str, float] = {}
    for number in range(1, ROUNDS + 1):
        progress(f"feed: hawker, round {number} of {ROUNDS}")
        ours = fanned((*OURS, "fan", str(clients), str(SECONDS)), clients)
        size = round(ours["bytes"])
        best["hawker"] = min(best.get("hawker", math.inf), ours["us_a_message"])
        if PEER in found.modules:
            progress(f"feed: {PEER}, round {number} of {ROUNDS}")
            command = (str(PEERS / f"{PEER}.py"), str(clients), str(SECONDS), str(size))
            best[PEER] = min(best.get(PEER, math.inf), fanned(command, clients)["us_a_message"])
    progress("feed: sales to the screen")
    detail: dict[str, Any] = {
        "clients": clients, "messages_a_second": 10 * clients, "bytes_a_message": size,
        "missing": found.missing,
    }  # fmt: skip
    if SCREEN in found.modules:
        detail |= to_screen(found.modules[SCREEN].watched, SALES_A_SECOND, SCREEN_SECONDS)
    return Entry(
        name="feed",
        unit="microseconds of processor time a message",
        hawker=round(best["hawker"], 2),
        peers={PEER: round(best[PEER], 2) if PEER in best else None},
        better="lower",
        detail=detail,
    )


def fanned(command: tuple[str, ...], clients: int) -> dict[str, float]:
    """Run a server and its clients; returns what the server measured of itself."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        with subprocess.Popen([sys.executable, *CLIENTS_MODULE, port, str(clients)]) as readers:
            said = server.stdout.read()
            server.wait()
            readers.terminate()
    if server.returncode or not said:
        raise HawkerError(
            f"bench feed: {command[0]} {command[1]} must end by itself, not {server.returncode}"
        )
    outcome = msgspec.json.decode(said, type=dict[str, float])
    if outcome["clients"] != clients:
        raise HawkerError(f"bench feed: all {clients} clients must stay, not {outcome['clients']:g}")
    return outcome


def to_screen(watched: Any, rate: int, seconds: float) -> dict[str, float]:
    """Milliseconds from a sale's fact to its being in what the screen shows; percentiles over all sales."""
    command = [sys.executable, *OURS, "sales", str(rate), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        seen = watched(server.stdout.readline().strip(), seconds + 0.5)
        heard = msgspec.json.decode(server.stdout.read(), type=dict[str, list[list[float]]])["heard"]
    totals = [total for total, _ in seen]
    waits = []
    for total, at in heard:
        shown = bisect_left(totals, total)
        if shown < len(seen) and shown > 0:  # what came before the first look was not waited for
            waits.append((seen[shown][1] - at) * 1000)
    waits.sort()
    if not waits:
        raise HawkerError("bench feed: the screen must show a sale, it showed none")
    return {
        "sales_a_second": rate,
        "sales_seen": len(waits),
        "fact_to_screen_ms_p50": round(waits[len(waits) // 2], 1),
        "fact_to_screen_ms_p99": round(waits[len(waits) * 99 // 100], 1),
    }
