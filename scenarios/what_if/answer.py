"""How much is bought at another price, where that was declared: some purchases stay away, or come twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

import attrs

from runtime.dice import Dice, address_key
from simulator.customers.recorded import Attempt, RecordedLine

TWICE_FROM = 1 << 50
"""Numbers of customers who come because it is cheaper."""
WITHIN_US = 1_800_000_000
"""They come within half an hour after one who was recorded."""


def to_prices(
    was: Iterable[Attempt], now: Iterable[Attempt], elasticity: float, seed: int
) -> tuple[Attempt, ...]:
    """Purchases at new prices with the quantity that an elasticity gives: (new / old) ** elasticity.

    Args:
        was: at the recorded prices.
        now: the same at the new ones, one for one.
        elasticity: 0 keeps every purchase.
        seed: of all chance; each unit keeps its own, so that a larger change takes away more of the same.
    """
    kept = list(_answers(was, now, elasticity, seed, count(TWICE_FROM)))
    return tuple(sorted(kept, key=lambda attempt: (attempt.at_us, attempt.customer)))


def _answers(
    was: Iterable[Attempt], now: Iterable[Attempt], elasticity: float, seed: int, numbers: Iterator[int]
) -> Iterator[Attempt]:
    for before, after in zip(was, now, strict=True):
        if before == after or elasticity == 0.0:
            yield after
            continue
        dice = Dice(address_key(seed, f"what-if/{after.machine}/{after.customer}"))
        lines: list[RecordedLine] = []
        more: list[RecordedLine] = []
        for old, new in zip(before.lines, after.lines, strict=True):
            factor = (
                (new.price_minor / old.price_minor) ** elasticity
                if min(old.price_minor, new.price_minor)
                else 1.0
            )
            units = int(factor) + (dice.uniform() < factor % 1)
            lines += [new] * min(units, 1)
            more += [new] * (units - 1)
        if lines:
            yield attrs.evolve(after, lines=tuple(lines))
        for line in more:
            at_us = after.at_us + int(dice.uniform() * WITHIN_US)
            yield attrs.evolve(after, at_us=at_us, customer=next(numbers), lines=(line,))
