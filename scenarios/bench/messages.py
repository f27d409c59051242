"""Messages a second between many lane actors, every turn's inputs recorded, a fault costing only its actor.

All through a real node and a journal in memory. Two patterns, one message in eight a recorded input from the
edge, and one input in a hundred a fact that is numbered, chained and committed:

- ping-pong: an input makes a lane and its neighbour hand a ball to and fro, eight messages in all;
- fan-in: an input walks along four lanes, each of which tells one counter that all lanes share.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

from runtime.actor import Actor, applies, handles
from runtime.address import Ref
from runtime.journal import MemoryJournal
from runtime.kernel import TURN_MESSAGES_MAX, Kernel
from runtime.message import event, fact, order
from runtime.node import Node
from runtime.recorded import encode_inputs
from scenarios.bench.harness import Entry, Progress, Work, best_rates, peers, quiet_collector

PEER_NAMES = ("trio_channels",)
MESSAGES_MAX = 800_000
PEER_MESSAGES_MAX = 200_000
PEER_BYTES_TASKS_MAX = 10_000
MESSAGES_AN_INPUT = 8
INPUTS_A_TURN = TURN_MESSAGES_MAX // MESSAGES_AN_INPUT
PATTERNS = ("ping_pong", "fan_in")


@event("bench.ball")
class Ball:
    """Handed to and fro between two neighbours."""

    left: int


@event("bench.walk")
class Walk:
    """Handed along the lanes."""

    left: int


@event("bench.sell")
class Sell:
    """A lane sells one."""


@fact("bench.sold")
class Sold:
    """A lane sold one."""

    level: int


@order("bench.count")
class Count:
    """A lane tells the counter that it was passed."""


BALLS = tuple(Ball(left=left) for left in range(MESSAGES_AN_INPUT))
WALKS = tuple(Walk(left=left) for left in range(MESSAGES_AN_INPUT // 2))
COUNT = Count()
SELL = Sell()
SALES_A_TURN = INPUTS_A_TURN // 100 + 1


class Lane(Actor):
    """A lane that knows its neighbour on each side and the counter."""

    __slots__ = ("counter", "level", "neighbour", "next_lane")

    def __init__(self, counter: Ref) -> None:
        self.counter = counter
        self.level = 12
        self.neighbour = self.next_lane = counter

    @handles(Ball)
    def ball(self, ball: Ball) -> None:
        """Hand it back until it has been handed often enough."""
        if ball.left:
            self.tell(self.neighbour, BALLS[ball.left - 1])

    @handles(Sell)
    def sell(self, _: Sell) -> None:
        """Remember it."""
        self.record(Sold(level=self.level - 1))

    @applies(Sold)
    def sold(self, fact: Sold) -> None:
        """One less."""
        self.level = fact.level

    @handles(Walk)
    def walk(self, walk: Walk) -> None:
        """Tell the counter, and send it on."""
        self.tell(self.counter, COUNT)
        if walk.left:
            self.tell(self.next_lane, WALKS[walk.left - 1])


class Counter(Actor):
    """Counts what all lanes tell it."""

    __slots__ = ("total",)

    def __init__(self) -> None:
        self.total = 0

    @handles(Count)
    def count(self, _: Count) -> None:
        """One more."""
        self.total += 1


def populate(kernel: Kernel, count: int) -> list[Ref]:
    """Spawn so many lanes in a ring, and their counter; return the lanes."""
    counter = kernel.spawn("counter", Counter())
    lanes = [Lane(counter) for _ in range(count)]
    refs = [kernel.spawn(f"m-{n // 40:05}/lane/{n % 40:02}", lane) for n, lane in enumerate(lanes)]
    for number, lane in enumerate(lanes):
        lane.next_lane = refs[(number + 1) % count]
        lane.neighbour = refs[min(number ^ 1, count - 1)]
    return refs


def inputs_of(count: int, messages_max: int) -> list[int]:
    """Which lane each input goes to: strides over all lanes, so that none is in the cache from the last."""
    inputs = min(max(count, INPUTS_A_TURN), messages_max // MESSAGES_AN_INPUT)
    return [number * 7919 % count for number in range(inputs)]


def _hawker(pattern: str, count: int) -> Work:
    def set_up() -> Callable[[], int]:
        node, journal = Node("bench", records_input=True), MemoryJournal()
        refs = populate(node, count)
        message = BALLS[-1] if pattern == "ping_pong" else WALKS[-1]
        targets = [refs[lane] for lane in inputs_of(count, MESSAGES_MAX)]

        def run() -> int:
            for start in range(0, len(targets), INPUTS_A_TURN):
                turn = targets[start : start + INPUTS_A_TURN]
                for ref in turn:
                    node.receive(ref, message)
                for ref in turn[:SALES_A_TURN]:
                    node.receive(ref, SELL)
                while node.ready:
                    node.drain()
                if (batch := node.take()) is not None:
                    journal.commit(batch.records)
                    encode_inputs(batch.inputs)
            return node.handled

        return run

    return set_up


def bytes_an_actor(count: int) -> int:
    """Bytes a lane actor all in: object, address, registry."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        node = Node("bench", records_input=True)
        lanes = populate(node, count)
        gc.collect()
        return round((tracemalloc.get_traced_memory()[0] - before) / len(lanes))
    finally:
        tracemalloc.stop()


def measure(machines: int, lanes: int, progress: Progress) -> Entry:
    """Messages a second, the slower of the two patterns, between ``machines * lanes`` actors."""
    count = machines * lanes
    rates = best_rates({pattern: _hawker(pattern, count) for pattern in PATTERNS}, progress)
    progress("bytes an actor")
    sizes = {"hawker": bytes_an_actor(count)}
    found = peers(PEER_NAMES)
    peer_inputs = inputs_of(count, PEER_MESSAGES_MAX)
    peer_rates: dict[str, dict[str, float]] = {}
    for name, module in found.modules.items():
        progress(name)
        with quiet_collector():
            peer_rates[name] = {
                pattern: module.messages_a_second(pattern, count, peer_inputs, MESSAGES_AN_INPUT)
                for pattern in PATTERNS
            }
        sizes[name] = module.bytes_a_task(min(count, PEER_BYTES_TASKS_MAX))
    return Entry(
        name="messages",
        unit="messages/s",
        hawker=round(min(rates.values())),
        peers={
            name: round(min(peer_rates[name].values())) if name in peer_rates else None for name in PEER_NAMES
        },
        detail={
            "actors": count,
            "recorded_inputs": f"1 message in {MESSAGES_AN_INPUT}",
            "facts": f"{SALES_A_TURN} in {INPUTS_A_TURN} inputs",
            "bytes_an_actor": sizes["hawker"],
            "bytes_an_actor_of": sizes,
            "patterns": {
                who: {pattern: round(rate) for pattern, rate in its.items()}
                for who, its in ({"hawker": rates} | peer_rates).items()
            },
            "missing": found.missing,
        },
    )
