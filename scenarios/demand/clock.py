"""Times of day for a recording that has none, estimated from how orders spread over the day elsewhere.

The hours are those of 24,973 orders of five Chinese vending sites (days/hourly_profile.csv), cut to opening
hours, which are taken to be 07:00 to 23:00.
Every day's transactions keep their order and stand at the quantiles of that profile.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

from scenarios.demand import csv_file

PROFILE = Path(__file__).parents[1] / "days" / "hourly_profile.csv"
OPENS_HOUR, CLOSES_HOUR = 7, 23
SALE_SECONDS = 60
"""Least time between two transactions at one machine, and as much again for every further unit."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def hourly_orders() -> tuple[int, ...]:
    """Orders in each of the 24 hours of the day, as recorded."""
    return tuple(row.serial("orders") for row in csv_file.rows(PROFILE, ("hour", "orders")))


def microseconds(local: datetime, zone: ZoneInfo) -> int:
    """Microseconds since 1970 UTC of a local time; of an hour that comes twice in autumn, the first."""
    return (local.replace(tzinfo=zone).astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def spread(day: date, sales: Sequence[tuple[str, int]], zone: ZoneInfo) -> list[int]:
    """Estimated times of a day's transactions.

    Args:
        day: the local day.
        zone: where it is that day.
        sales: (machine, units) of each transaction in the order they happened.

    Returns:
        Microseconds since 1970 UTC, strictly ascending, inside opening hours; at one machine far enough
        apart for each sale to end before the next begins, unless the day holds too many: then evenly spaced.
    """
    opens, closes = OPENS_HOUR * 3600_000, CLOSES_HOUR * 3600_000
    wanted = [_quantile((i + 0.5) / len(sales)) for i in range(len(sales))]
    latest = [closes - room for room in reversed(_rooms(sales))]
    times: list[int] = []
    free: dict[str, int] = {}
    for (machine, units), want, late in zip(sales, wanted, latest, strict=True):
        earliest = max(free.get(machine, opens), times[-1] + 1 if times else opens)
        if earliest > late:
            step = (closes - opens) * 1000 // (len(sales) + 1)
            start = microseconds(datetime(day.year, day.month, day.day, OPENS_HOUR), zone)
            return [start + step * (i + 1) for i in range(len(sales))]
        times.append(min(max(want, earliest), late))
        free[machine] = times[-1] + units * SALE_SECONDS * 1000
    midnight = datetime(day.year, day.month, day.day)
    return [microseconds(midnight + timedelta(milliseconds=t), zone) for t in times]


def _rooms(sales: Sequence[tuple[str, int]]) -> list[int]:
    """How long before closing each sale must begin at the latest, in milliseconds, the last sale first."""
    found: list[int] = []
    held: dict[str, int] = {}
    for machine, units in reversed(sales):
        held[machine] = max(held.get(machine, 0) + units * SALE_SECONDS * 1000, found[-1] + 1 if found else 0)
        found.append(held[machine])
    return found


def _quantile(share: float) -> int:
    """The time of day, in milliseconds after midnight, by which this share of a day's orders has come."""
    hours = hourly_orders()[OPENS_HOUR:CLOSES_HOUR]
    sums = [0, *accumulate(hours)]
    target = share * sums[-1]
    hour = min(bisect_right(sums, target) - 1, len(hours) - 1)
    return int((OPENS_HOUR + hour + (target - sums[hour]) / hours[hour]) * 3600_000)
