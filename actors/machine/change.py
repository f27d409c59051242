"""Which pieces make an amount, and which coins and bills may still be taken.

Pure rules over the tubes at hand; a recycler's bills stand in them like coins. All are asked before money is
accepted, so that nobody pays what cannot be changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from math import gcd

from hardware.contract.cash import Pieces

AMOUNT_STEPS_MAX = 20_000
"""Amounts are searched in steps of the coins' greatest common measure, up to so many (200.00 by 0.01).
It bounds the time of one search."""


def make_change(tubes: Mapping[int, int], amount_minor: int) -> Pieces | None:
    """The fewest coins of the tubes that make exactly this amount; None if no coins do.

    Args:
        tubes: coins at hand by value in minor units, 1 or more.
        amount_minor: what to pay, 0 or more.
    """
    if amount_minor <= 0:
        return () if amount_minor == 0 else None
    usable = tuple(
        sorted(
            ((value, min(count, amount_minor // value)) for value, count in tubes.items() if count > 0),
            reverse=True,
        )
    )
    return _fewest(tuple(pair for pair in usable if pair[1]), amount_minor)


def can_change(tubes: Mapping[int, int], amount_minor: int) -> bool:
    """Whether some coins of the tubes make exactly this amount."""
    left = amount_minor
    for value, count in tubes.items():
        left -= min(count, left // value) * value
    return left == 0 or make_change(tubes, amount_minor) is not None


def acceptable(tubes: Mapping[int, int], values: tuple[int, ...], due_minor: int) -> tuple[int, ...]:
    """The coins and bills that somebody who owes this may put in: the rest could not be changed."""
    return tuple(v for v in values if v <= due_minor or can_change(tubes, v - due_minor))


def returnable(tubes: Mapping[int, int], values: tuple[int, ...]) -> tuple[int, ...]:
    """What may go in before a choice: what comes back out of its tube, and what pieces make."""
    return tuple(v for v in values if v in tubes or can_change(tubes, v))


def exact_change_only(values: tuple[int, ...], taken: tuple[int, ...]) -> bool:
    """Whether the customer must be told: something that the device knows is not taken."""
    return len(taken) < len(values)


@lru_cache(maxsize=4096)
def _fewest(coins: Pieces, amount_minor: int) -> Pieces | None:
    """Search all amounts up to this one, coin by coin (the counted knapsack with sliding windows)."""
    step = gcd(*(value for value, _ in coins)) if coins else 0
    if not step or amount_minor % step or amount_minor // step > AMOUNT_STEPS_MAX:
        return None
    goal = amount_minor // step
    unreachable = goal + 1
    fewest = [0] + [unreachable] * goal
    used_by_coin = []
    for value, count in coins:
        fewest, used = _with_coin(fewest, value // step, count, unreachable)
        used_by_coin.append(used)
    if fewest[goal] >= unreachable:
        return None
    pieces = []
    for (value, _), used in zip(reversed(coins), reversed(used_by_coin), strict=True):
        if count := used[goal]:
            pieces.append((value, count))
            goal -= count * (value // step)
    return tuple(reversed(pieces))


def _with_coin(fewest: list[int], size: int, count: int, unreachable: int) -> tuple[list[int], list[int]]:
    """Fewest pieces for each amount when one more coin may be used ``count`` times, and how often it is.

    Amounts ``rest, rest + size, rest + 2 * size ...`` are one row; within it the best of the last ``count``
    entries is the front of a queue that is kept in ascending order.
    """
    better, used = fewest[:], [0] * len(fewest)
    for rest in range(min(size, len(fewest))):
        window: deque[tuple[int, int]] = deque()
        for place, amount in enumerate(range(rest, len(fewest), size)):
            cost = fewest[amount] - place
            if fewest[amount] < unreachable:
                while window and window[-1][0] >= cost:
                    window.pop()
                window.append((cost, place))
            while window and window[0][1] < place - count:
                window.popleft()
            if window and window[0][0] + place < better[amount]:
                better[amount] = window[0][0] + place
                used[amount] = place - window[0][1]
    return better, used
