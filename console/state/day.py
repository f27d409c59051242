"""The business day of a chain: when it starts, and what was sold in each ten minutes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SLOT_US = 10 * 60 * 1_000_000
SLOTS = 144
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def business_day(at_us: int, zone: ZoneInfo, cutoff_minute: int) -> tuple[int, int]:
    """Start and end (excluded) of the business day holding this moment, microseconds since 1970 UTC.

    A day is 23 or 25 hours long where the clocks change.
    """
    local = (_EPOCH + timedelta(microseconds=at_us)).astimezone(zone)
    date = (local.replace(tzinfo=None) - timedelta(minutes=cutoff_minute)).date()
    starts = (datetime(day.year, day.month, day.day) + timedelta(minutes=cutoff_minute)
              for day in (date, date + timedelta(days=1)))  # fmt: skip
    first, following = (
        (start.replace(tzinfo=zone) - _EPOCH) // timedelta(microseconds=1) for start in starts
    )
    return first, following


class Day:
    """Today's trade by ten minutes, and yesterday's beside it.

    Attributes:
        start_us, end_us: bounds of the business day; 0 before anything was heard.
        sales: minor units by slot; ``before``: the same of the day before, all 0 if unknown.
        alarms: worst alarm priority raised in the slot, 0 for none.
    """

    __slots__ = ("_cutoff_minute", "_zone", "alarms", "before", "end_us", "sales", "start_us")

    def __init__(self, zone: ZoneInfo, cutoff_minute: int) -> None:
        self._zone, self._cutoff_minute = zone, cutoff_minute
        self.start_us = self.end_us = 0
        self.sales, self.before, self.alarms = [0] * SLOTS, [0] * SLOTS, [0] * SLOTS

    def roll(self, at_us: int) -> bool:
        """Move on if this moment lies after today; return whether a new day began."""
        if at_us < self.end_us:
            return False
        end_before = self.end_us
        self.start_us, self.end_us = business_day(at_us, self._zone, self._cutoff_minute)
        self.before = self.sales if self.start_us == end_before else [0] * SLOTS
        self.sales, self.alarms = [0] * SLOTS, [0] * SLOTS
        return True

    def slot(self, at_us: int) -> int | None:
        """Which ten minutes of today a moment is in; None for another day. A 25th hour is in the last."""
        if not self.start_us <= at_us < self.end_us:
            return None
        return min(SLOTS - 1, (at_us - self.start_us) // SLOT_US)
