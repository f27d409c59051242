"""Business days by name, so that a saved report means other days each time: yesterday, last week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from console.reports.definition import Days, ReportError

DAY = timedelta(days=1)


def today(now_us: int, zone: ZoneInfo, cutoff_minute: int) -> date:
    """The business day of a moment, microseconds since 1970 UTC."""
    local = datetime.fromtimestamp(now_us // 1_000_000, UTC).astimezone(zone).replace(tzinfo=None)
    return (local - timedelta(minutes=cutoff_minute)).date()


def _last(count: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: (today - count * DAY, today - DAY)


def _month_before(today: date) -> tuple[date, date]:
    end = today.replace(day=1) - DAY
    return end.replace(day=1), end


def _week_before(today: date) -> tuple[date, date]:
    monday = today - (today.isoweekday() - 1) * DAY
    return monday - 7 * DAY, monday - DAY


RANGES: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: (today, today),
    "yesterday": _last(1),
    "last-7": _last(7),
    "last-28": _last(28),
    "last-week": _week_before,
    "this-month": lambda today: (today.replace(day=1), today),
    "last-month": _month_before,
    "this-year": lambda today: (today.replace(month=1, day=1), today),
}
"""Name and the first and last day it means on a day; the ``last-`` ones end the day before."""


def days_of(range: str, first: date | None, last: date | None, on: date) -> Days:
    """The days of a name, or those given; raises ReportError for neither, or for both."""
    if range:
        if first is not None or last is not None:
            raise ReportError("range", "left out where from and to are given", range)
        if range not in RANGES:
            raise ReportError("range", f"one of {', '.join(RANGES)}", range[:80])
        return Days(*RANGES[range](on))
    for name, day in (("from", first), ("to", last)):
        if day is None:
            raise ReportError(name, "a day such as 2026-03-06, or a range must be named", None)
    assert first is not None
    assert last is not None
    return Days(first, last)
