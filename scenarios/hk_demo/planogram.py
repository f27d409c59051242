"""What hk-demo's machines hold: a few planograms for each size, made from the recorded product mix."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import attrs

from runtime.dice import Dice, address_key
from scenarios.chain import LanePlan
from scenarios.days.goods import Good, vended
from scenarios.hk_demo.places import shares

COLUMNS = 8
PLANOGRAMS_A_SIZE = 6
PRODUCTS_A_LANE = 0.65
"""Distinct products for each lane; the rest are second and third lanes of best sellers."""

LOW_SHARE = 0.04
"""Share of lanes that open with one or two units, so that the first round has something urgent to do."""

CAPACITY = {
    ("large", "drink"): 10,
    ("large", "snack"): 14,
    ("small", "drink"): 7,
    ("small", "snack"): 10,
}
"""Units a lane holds (estimates: usual spirals and drop lanes)."""

PERISHABLE = "dairy"
"""Category whose goods must be kept cold: milk and yogurt. The recording does not say which of them keep
unchilled; all are taken for fresh, so that the cold chain has something to guard."""


@attrs.frozen
class PlannedLane:
    """A lane of a planogram. ``at_level`` holds its plan for every opening level from 0 to capacity."""

    at_level: tuple[LanePlan, ...]


Planogram = tuple[PlannedLane, ...]


@cache
def planograms(size: str, lanes: int) -> tuple[Planogram, ...]:
    """The planograms of one size of machine; the same in every run."""
    return tuple(_planogram(size, lanes, number) for number in range(PLANOGRAMS_A_SIZE))


def opening(planogram: Planogram, dice: Dice) -> tuple[LanePlan, ...]:
    """A machine's lanes as they stand on the first morning: most at least half full, a few nearly empty."""
    return tuple(lane.at_level[_level(len(lane.at_level) - 1, dice)] for lane in planogram)


def _level(capacity: int, dice: Dice) -> int:
    if dice.uniform() < LOW_SHARE:
        return 1 + dice.below(2)
    return capacity - dice.below(capacity // 2 + 1)


def _planogram(size: str, lanes: int, number: int) -> Planogram:
    goods = list(vended().values())
    dice = Dice(address_key(0, f"hk-demo/planogram/{size}/{number}"))
    wanted = min(len(goods), max(1, round(lanes * PRODUCTS_A_LANE)))
    chosen = sorted(goods, key=lambda good: dice.exponential(1.0) / good.orders)[:wanted]
    given = shares({good.name: float(good.orders) for good in chosen}, lanes)
    chosen.sort(key=lambda good: (good.kind == "drink", good.category, good.name))
    filled = [good for good in chosen for _ in range(given[good.name])]
    return tuple(_lane(size, code, good) for code, good in zip(lane_codes(lanes), filled, strict=True))


def _lane(size: str, code: str, good: Good) -> PlannedLane:
    room = CAPACITY[size, good.kind]
    return PlannedLane(
        tuple(
            LanePlan(
                code=code,
                product=good.code,
                price_minor=good.price_minor,
                capacity=room,
                par=room,
                level=level,
                perishable=good.category == PERISHABLE,
            )
            for level in range(room + 1)
        )
    )


def lane_codes(lanes: int) -> Sequence[str]:
    """A1 to A8, B1 to B8 and so on, snacks in the upper rows; at most 26 rows."""
    return [f"{chr(ord('A') + at // COLUMNS)}{at % COLUMNS + 1}" for at in range(lanes)]
