"""Round trips and frames a second between two processes over tcp: our bus under trio beside plain pyzmq.

The other process echoes. A round trip is one small frame there and back. For the rate, a window of frames is
kept on the way, each holding one or ten messages; ten ride in one frame as facts do in a link's batch. Each
end is one process with one thread of Python and one of ZeroMQ, ours and theirs, with CURVE and without.

All take turns in many short rounds, and a round's figures are compared with those of the same round.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from statistics import median
from time import perf_counter
from types import ModuleType
from typing import Any

import trio

from runtime.bus import keys
from runtime.bus.keys import KeyPair
from runtime.bus.office import Guard, open_office_bus
from runtime.bus.site import SiteBus, open_site_bus
from runtime.bus.wire import Endpoints, Security
from runtime.roster import Roster
from scenarios.bench.harness import Entry, Peers, Progress, against, another_process, peers

ROUND_TRIPS = 300
FRAMES = 2_000
WINDOW_FRAMES = 200
MESSAGE = bytes(100)
ROUNDS = 15
PEER_NAMES = ("zmq_blocking", "zmq_trio", "zmq_asyncio", "zmq_on_anyio")
SLOW = {"zmq_on_anyio": 10}
"""Peers that are given that much less to do, so that a run is not spent on them."""
NODE = "gw-1"

Figures = dict[str, float]
"""``round_trip_us``; messages a second with one and ten in a frame: ``frames_of_1``, ``frames_of_10``."""


async def echo(office_key: KeyPair | None, node_key: str) -> None:
    """Be the office: print where, then echo every frame; with a key, for the node of that public key."""
    guard = None
    if office_key is not None:
        roster = Roster()
        roster.admit(NODE, node_key)
        guard = Guard(office_key, roster)
    async with open_office_bus(guard=guard) as office:
        print(office.endpoints.links, office.endpoints.readings, flush=True)
        while True:
            for node, frame in await office.receive():
                office.send(node, frame)


async def _round_trip_us(site: SiteBus) -> float:
    times = []
    for _ in range(ROUND_TRIPS):
        began = perf_counter()
        site.send(MESSAGE)
        await site.receive()
        times.append(perf_counter() - began)
    return median(times) * 1e6


async def _messages_a_second(site: SiteBus, messages: int) -> float:
    frame = MESSAGE * messages
    sent = back = 0
    began = perf_counter()
    while back < FRAMES:
        while sent < FRAMES and sent - back < WINDOW_FRAMES:
            site.send(frame)
            sent += 1
        back += len(await site.receive())
    return FRAMES * messages / (perf_counter() - began)


@asynccontextmanager
async def _site(where: str, security: Security | None) -> AsyncIterator[SiteBus]:
    links, readings = where.split()
    async with open_site_bus(NODE, Endpoints(links=links, readings=readings), security) as site:
        site.send(MESSAGE)
        await site.receive()
        yield site


async def _ours(where: str, security: Security | None) -> Figures:
    async with _site(where, security) as site:
        return {
            "round_trip_us": await _round_trip_us(site),
            "frames_of_1": await _messages_a_second(site, 1),
            "frames_of_10": await _messages_a_second(site, 10),
        }


def _theirs(name: str, peer: ModuleType, where: str, curve: tuple[bytes, bytes, bytes] | None) -> Figures:
    less = SLOW.get(name, 1)
    trips, frames = max(1, ROUND_TRIPS // less), max(1, FRAMES // less)
    measured: Figures = peer.measure(where, curve, MESSAGE, trips, frames, WINDOW_FRAMES)
    return measured


def measure(machines: int, lanes: int, progress: Progress) -> Entry:
    """Measure; the numbers of machines and lanes do not matter here."""
    found = peers(PEER_NAMES)
    wires = {wire: _rounds(wire, found, progress) for wire in ("plain", "with keys")}
    round_trips = {name: its["round_trip_us"] for name, its in wires["plain"]["figures"].items()}
    return Entry(
        name="bus",
        unit="microseconds a round trip",
        hawker=round_trips["hawker"],
        peers={name: round_trips.get(name) for name in PEER_NAMES},
        better="lower",
        detail={**wires, "rounds": ROUNDS, "missing": found.missing},
    )


def _rounds(wire: str, found: Peers, progress: Progress) -> dict[str, Any]:
    """Median figures of all, and ours over each peer's of the same round."""
    with ExitStack() as stack:
        works = _works(stack, found, with_keys=wire == "with keys")
        rounds: dict[str, list[Figures]] = {name: [] for name in works}
        for number in range(1, ROUNDS + 1):
            for name, work in works.items():
                progress(f"bus {wire}, {name}, round {number} of {ROUNDS}")
                rounds[name].append(work())
    ours = rounds.pop("hawker")
    return {
        "figures": {name: _medians(its) for name, its in (("hawker", ours), *rounds.items())},
        "hawker_over": {name: _over(ours, its) for name, its in rounds.items()},
    }


def _medians(rounds: list[Figures]) -> Figures:
    return {what: round(median(each[what] for each in rounds), 1) for what in rounds[0]}


def _over(ours: list[Figures], theirs: list[Figures]) -> dict[str, dict[str, float]]:
    return {what: against([each[what] for each in ours], [each[what] for each in theirs]) for what in ours[0]}


def _works(stack: ExitStack, found: Peers, *, with_keys: bool) -> dict[str, Callable[[], Figures]]:
    """Start every echo; what measures each, by name."""
    office, node = keys.make(), keys.make()
    words = (office.public.decode(), office.secret.decode()) if with_keys else ()
    told = (*words, node.public.decode()) if with_keys else ()
    where = stack.enter_context(another_process(__file__, *told))
    works: dict[str, Callable[[], Figures]] = {
        "hawker": partial(trio.run, _ours, where, Security(node, office.public) if with_keys else None)
    }
    curve = (office.public, node.public, node.secret) if with_keys else None
    for name, module in found.modules.items():
        assert module.__file__ is not None
        where = stack.enter_context(another_process(module.__file__, *words))
        works[name] = partial(_theirs, name, module, where, curve)
    return works


if __name__ == "__main__":
    given = [word.encode() for word in sys.argv[1:]]
    trio.run(echo, KeyPair(given[0], given[1]) if given else None, given[2].decode() if given else "")
