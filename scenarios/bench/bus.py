"""Round trips and frames a second between two processes over tcp: our bus under trio beside plain pyzmq.

The other process echoes. A round trip is one small frame there and back. For the rate, a window of frames is
kept on the way, each holding one or ten messages; ten ride in one frame as facts do in a link's batch.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from types import ModuleType

import trio

from runtime.bus import keys
from runtime.bus.keys import KeyPair
from runtime.bus.office import Guard, open_office_bus
from runtime.bus.site import SiteBus, open_site_bus
from runtime.bus.wire import Endpoints, Security
from runtime.roster import Roster
from scenarios.bench.harness import Entry, Peers, Progress, another_process, peers

ROUND_TRIPS = 2_000
FRAMES = 20_000
WINDOW_FRAMES = 200
MESSAGE = bytes(100)
ROUNDS = 3
PEER_NAMES = ("zmq_blocking", "zmq_asyncio")
NODE = "gw-1"


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


async def _ours(where: str, security: Security | None) -> dict[str, float]:
    async with _site(where, security) as site:
        return {
            "round_trip_us": await _round_trip_us(site),
            "frames_of_1": await _messages_a_second(site, 1),
            "frames_of_10": await _messages_a_second(site, 10),
        }


def _theirs(peer: ModuleType, where: str) -> dict[str, float]:
    measured: dict[str, float] = peer.measure(where, MESSAGE, ROUND_TRIPS, FRAMES, WINDOW_FRAMES)
    return measured


def measure(machines: int, lanes: int, progress: Progress) -> Entry:
    """Measure; the numbers of machines and lanes do not matter here."""
    found = peers(PEER_NAMES)
    with ExitStack() as stack:
        works = _works(stack, found)
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in works}
        for number in range(1, ROUNDS + 1):
            for name, work in works.items():
                progress(f"{name}, round {number} of {ROUNDS}")
                rounds[name].append(work())
    best = {name: _best(each) for name, each in rounds.items()}
    return Entry(
        name="bus",
        unit="microseconds a round trip",
        hawker=best["plain"]["round_trip_us"],
        peers={name: best[name]["round_trip_us"] if name in best else None for name in PEER_NAMES},
        better="lower",
        detail={"messages_a_second_and_round_trips": best, "missing": found.missing},
    )


def _works(stack: ExitStack, found: Peers) -> dict[str, Callable[[], dict[str, float]]]:
    office, node = keys.make(), keys.make()
    here = Path(__file__)
    plain = stack.enter_context(another_process(str(here)))
    locked = stack.enter_context(
        another_process(str(here), office.public.decode(), office.secret.decode(), node.public.decode())
    )
    works: dict[str, Callable[[], dict[str, float]]] = {
        "plain": partial(trio.run, _ours, plain, None),
        "with keys": partial(trio.run, _ours, locked, Security(node, office.public)),
    }
    for name, module in found.modules.items():
        assert module.__file__ is not None
        where = stack.enter_context(another_process(module.__file__))
        works[name] = partial(_theirs, module, where)
    return works


def _best(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The quickest of the rounds, each figure for itself."""
    return {
        what: round((min if what == "round_trip_us" else max)(each[what] for each in rounds), 1)
        for what in rounds[0]
    }


if __name__ == "__main__":
    given = [word.encode() for word in sys.argv[1:]]
    trio.run(echo, KeyPair(given[0], given[1]) if given else None, given[2].decode() if given else "")
