"""The vending day in SimPy as actors: a process with a Store a machine and a lane, three puts a customer."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

Steps = Generator[simpy.Event, Any, None]

CHOSEN, RELEASED = 0, 1


def vending_day(
    arrivals: list[list[tuple[int, int]]], lanes: int, stock: int, low: int, refill_us: int, day_us: int
) -> Callable[[], tuple[int, int]]:
    """Set the day up; what is returned runs it and returns (sold, lost). Arguments as in ``simpy_plain``."""
    env = simpy.Environment()
    totals = [0, 0]

    def street(customers: list[tuple[int, int]], machine: simpy.Store) -> Steps:
        for at_us, lane in customers:
            yield env.timeout(at_us - env.now)
            machine.put((CHOSEN, lane))

    def run_machine(inbox: simpy.Store, own_lanes: list[simpy.Store]) -> Steps:
        while True:
            kind, value = yield inbox.get()
            if kind == CHOSEN:
                own_lanes[value].put("release")
            elif value:
                totals[0] += 1
            else:
                totals[1] += 1

    def run_lane(inbox: simpy.Store, machine: simpy.Store) -> Steps:
        level = stock
        while True:
            message = yield inbox.get()
            if message == "refill":
                level = stock
            elif level:
                level -= 1
                if level == low:
                    env.process(refill(inbox))
                machine.put((RELEASED, True))
            else:
                machine.put((RELEASED, False))

    def refill(lane: simpy.Store) -> Steps:
        yield env.timeout(refill_us)
        lane.put("refill")

    for customers in arrivals:
        machine, own_lanes = simpy.Store(env), [simpy.Store(env) for _ in range(lanes)]
        env.process(street(customers, machine))
        env.process(run_machine(machine, own_lanes))
        for lane in own_lanes:
            env.process(run_lane(lane, machine))

    def day() -> tuple[int, int]:
        env.run(day_us)
        return totals[0], totals[1]

    return day
