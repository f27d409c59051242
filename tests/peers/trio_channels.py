"""Ping-pong and fan-in with a trio task and a memory channel for each lane; nothing is recorded."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Sequence

import trio
import trio.testing

Send = trio.MemorySendChannel[tuple[str, int]]
Receive = trio.MemoryReceiveChannel[tuple[str, int]]


class Done:
    """Counts messages handled, and says when they were enough."""

    def __init__(self, expected: int) -> None:
        self.left = expected
        self.event = trio.Event()

    def one(self) -> None:
        """One more message was handled."""
        self.left -= 1
        if self.left == 0:
            self.event.set()


async def lane(inbox: Receive, neighbour: Send, next_lane: Send, counter: Send, done: Done) -> None:
    """Handle messages until cancelled."""
    async for kind, left in inbox:
        if kind == "ball":
            if left:
                neighbour.send_nowait(("ball", left - 1))
        else:
            counter.send_nowait(("count", 0))
            if left:
                next_lane.send_nowait(("walk", left - 1))
        done.one()


async def count_all(inbox: Receive, done: Done) -> None:
    """The counter that all lanes tell."""
    total = 0
    async for _ in inbox:
        total += 1
        done.one()


def start(nursery: trio.Nursery, count: int, done: Done) -> list[Send]:
    """Start so many lanes and their counter; return the lanes' channels."""
    counter, counter_inbox = trio.open_memory_channel[tuple[str, int]](float("inf"))
    nursery.start_soon(count_all, counter_inbox, done)
    pairs = [trio.open_memory_channel[tuple[str, int]](float("inf")) for _ in range(count)]
    sends = [send for send, _ in pairs]
    for number, (_, inbox) in enumerate(pairs):
        neighbour = sends[min(number ^ 1, count - 1)]
        nursery.start_soon(lane, inbox, neighbour, sends[(number + 1) % count], counter, done)
    return sends


def messages_a_second(pattern: str, count: int, targets: Sequence[int], messages_an_input: int) -> float:
    """Messages a second between so many tasks, once they all run.

    Args:
        pattern: "ping_pong" or "fan_in".
        count: lanes.
        targets: which lane each input goes to.
        messages_an_input: messages that an input makes, itself among them.
    """
    if pattern == "ping_pong":
        kind, left = "ball", messages_an_input - 1
    else:
        kind, left = "walk", messages_an_input // 2 - 1
    turn = 250

    async def run() -> float:
        done = Done(len(targets) * messages_an_input)
        async with trio.open_nursery() as nursery:
            sends = start(nursery, count, done)
            await trio.testing.wait_all_tasks_blocked()
            begin = time.perf_counter()
            for first in range(0, len(targets), turn):
                for number in targets[first : first + turn]:
                    sends[number].send_nowait((kind, left))
                await trio.lowlevel.checkpoint()
            await done.event.wait()
            seconds = time.perf_counter() - begin
            nursery.cancel_scope.cancel()
        return len(targets) * messages_an_input / seconds

    return trio.run(run)


def bytes_a_task(count: int) -> int:
    """Bytes a lane: task, coroutine and channel."""

    async def run() -> int:
        async with trio.open_nursery() as nursery:
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            start(nursery, count, Done(1))
            await trio.testing.wait_all_tasks_blocked()
            gc.collect()
            used = tracemalloc.get_traced_memory()[0] - before
            nursery.cancel_scope.cancel()
        return round(used / count)

    tracemalloc.start()
    try:
        return trio.run(run)
    finally:
        tracemalloc.stop()
