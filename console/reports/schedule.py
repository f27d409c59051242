"""When a schedule is due, by the chain's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from console.reports.store import Schedule

EVERY = ("day", "week", "month")


def next_run_us(schedule: Schedule, after_us: int, zone: ZoneInfo) -> int:
    """The first moment after another at which a schedule is due, microseconds since 1970 UTC.

    A time that the clocks jump over counts by the offset before it; one that they pass twice, the first time.
    """
    after = datetime.fromtimestamp(after_us / 1_000_000, UTC).astimezone(zone)
    day = after.date()
    while True:
        if _falls_on(schedule, day):
            local = datetime.combine(day, time(schedule.minute // 60, schedule.minute % 60), zone)
            if (at_us := int(local.timestamp()) * 1_000_000) > after_us:
                return at_us
        day += timedelta(days=1)


def _falls_on(schedule: Schedule, day: date) -> bool:
    match schedule.every:
        case "week":
            return day.isoweekday() == schedule.weekday
        case "month":
            return day.day == 1
        case _:
            return True
