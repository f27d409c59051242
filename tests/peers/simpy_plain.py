"""The vending day in SimPy the quick way: a process a machine, stock in plain lists, no messages."""

from __future__ import annotations

from collections.abc import Callable, Generator

import simpy


def vending_day(
    arrivals: list[list[tuple[int, int]]], lanes: int, stock: int, low: int, refill_us: int, day_us: int
) -> Callable[[], tuple[int, int]]:
    """Set the day up; what is returned runs it and returns (sold, lost).

    Args:
        arrivals: for each machine its customers' (at_us, lane), sorted by time.
        lanes: lanes a machine.
        stock: units a full lane holds.
        low: the level at which a refill is ordered.
        refill_us: how long a refill takes to come.
        day_us: when the day ends.
    """
    env = simpy.Environment()
    totals = [0, 0]

    def machine(customers: list[tuple[int, int]]) -> Generator[simpy.Event, None, None]:
        levels = [stock] * lanes
        for at_us, lane in customers:
            yield env.timeout(at_us - env.now)
            if levels[lane]:
                levels[lane] -= 1
                totals[0] += 1
                if levels[lane] == low:
                    env.process(refill(levels, lane))
            else:
                totals[1] += 1

    def refill(levels: list[int], lane: int) -> Generator[simpy.Event, None, None]:
        yield env.timeout(refill_us)
        levels[lane] = stock

    for customers in arrivals:
        env.process(machine(customers))

    def day() -> tuple[int, int]:
        env.run(day_us)
        return totals[0], totals[1]

    return day
