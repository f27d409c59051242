"""When: days and times of day as a file writes them, into moments of a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import attrs

from runtime.errors import ConfigError
from scenarios.days.goods import HERE as DAYS
from scenarios.demand import csv_file

Window = tuple[int, int]
"""From a moment to another, exclusive; microseconds since 1970 UTC."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY, FIRST_DAY, LAST_DAY = "every day", "first day", "last day"
NAMED_DAYS = (EVERY_DAY, FIRST_DAY, LAST_DAY, "weekdays", "weekends", "holidays", "school holidays")
COUNTRIES = ("CN", "HK", "US")
DAY_MINUTES = 1440
_TIME = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_DAYS_RULE = f"one of {', '.join(NAMED_DAYS)}, a weekday such as mon, 2026-03-06 or 2026-03-06..2026-03-08"


@attrs.frozen(kw_only=True)
class Days:
    """The days of a run, and which of them are not like others."""

    first: date
    last: date
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()
    school: frozenset[date] = frozenset()

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def are(self, on: str) -> Iterator[date]:
        """Those that a text names, of the run's days."""
        return (day for day in self if self._is(day, on))

    def _is(self, day: date, on: str) -> bool:
        match on:
            case "every day":
                return True
            case "first day":
                return day == self.first
            case "last day":
                return day == self.last
            case "weekdays":
                return day.weekday() < 5
            case "weekends":
                return day.weekday() >= 5
            case "holidays":
                return day in self.holidays
            case "school holidays":
                return day in self.school
        if on in WEEKDAYS:
            return day.weekday() == WEEKDAYS.index(on)
        begin, end = date_range(on)
        return begin <= day <= end

    def windows(self, on: Iterable[str], begins: str, ends: str) -> list[Window]:
        """The windows of each day named; one that ends no later than it begins ends on the next day."""
        from_minute, to_minute = minute(begins), minute(ends)
        if to_minute <= from_minute:
            to_minute += DAY_MINUTES
        days = sorted({day for text in on for day in self.are(text)})
        return [
            (moment_us(day, from_minute, self.zone), moment_us(day, to_minute, self.zone)) for day in days
        ]


def moment_us(day: date, of_day: int, zone: ZoneInfo) -> int:
    """A local minute of a day; one past midnight is of the next day."""
    further, left = divmod(of_day, DAY_MINUTES)
    day += timedelta(days=further)
    local = datetime(day.year, day.month, day.day, left // 60, left % 60, tzinfo=zone)
    return round(local.astimezone(UTC).timestamp()) * 1_000_000


def minute(text: str) -> int:
    """Minutes after midnight of "09:30", up to "24:00"; raises ConfigError."""
    found = _TIME.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else DAY_MINUTES + 1
    if minutes > DAY_MINUTES:
        raise ConfigError(f"must be a time from 00:00 to 24:00 such as 09:30, not {text!r}")
    return minutes


def date_range(text: str) -> tuple[date, date]:
    """Both ends of "2026-03-06" or "2026-03-06..2026-03-08"; raises ConfigError."""
    first, dots, last = text.partition("..")
    try:
        begin = date.fromisoformat(first)
        end = date.fromisoformat(last) if dots else begin
        if begin <= end and len(first) == 10:
            return begin, end
    except ValueError:
        pass
    raise ConfigError(f"must be {_DAYS_RULE}, not {text!r}")


def times_rule(on: Sequence[str], begins: str, ends: str) -> str:
    """Which rule these texts break; "" none."""
    for key, text in (("from", begins), ("to", ends)):
        try:
            minute(text or "00:00")
        except ConfigError as error:
            return f"{key}: {error}"
    for text in on:
        if text not in NAMED_DAYS and text not in WEEKDAYS:
            try:
                date_range(text)
            except ConfigError as error:
                return f"on: {error}"
    return ""


def dates(texts: Iterable[str]) -> frozenset[date]:
    """All days of some dates and ranges; raises ConfigError."""
    found: set[date] = set()
    for text in texts:
        begin, end = date_range(text)
        found.update(begin + timedelta(days=n) for n in range((end - begin).days + 1))
    return frozenset(found)


@cache
def public_holidays(country: str) -> frozenset[date]:
    """Public holidays of a country, 2016 to 2026; raises ConfigError for another country."""
    if country not in COUNTRIES:
        raise ConfigError(f"country must be one of {', '.join(COUNTRIES)}, not {country!r}")
    rows = csv_file.rows(DAYS / "holidays.csv", ("date", "country", "name"))
    return frozenset(row.iso_day("date") for row in rows if row.text("country") == country)
