"""What a report may be grouped and filtered by: each dimension is one column of the ledger, seen so or so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from console.reports.names import Names

UNKNOWN = ""
"""The group of what the chain no longer knows, and of what has no such word."""

KeyOf = Callable[[str | int], str]


@attrs.frozen
class Dimension:
    """A way to group.

    Attributes:
        name: in reports; its heading in the catalogue is ``reports.dimension.NAME``.
        column: of the ledger's sums.
        of_time: groups lie in order of time, and may be compared with earlier ones.
        filtered: values may be chosen.
    """

    name: str
    column: str
    of_time: bool = False
    filtered: bool = False


DIMENSIONS: dict[str, Dimension] = {
    each.name: each
    for each in (
        Dimension("hour", "hour", of_time=True),
        Dimension("day", "business_day", of_time=True),
        Dimension("weekday", "business_day", of_time=True),
        Dimension("week", "business_day", of_time=True),
        Dimension("month", "business_day", of_time=True),
        Dimension("quarter", "business_day", of_time=True),
        Dimension("year", "business_day", of_time=True),
        Dimension("place", "place", filtered=True),
        Dimension("kind", "place", filtered=True),
        Dimension("site", "place", filtered=True),
        Dimension("district", "place", filtered=True),
        Dimension("product", "product", filtered=True),
        Dimension("category", "product", filtered=True),
        Dimension("tender", "tender", filtered=True),
        Dimension("why", "why", filtered=True),
    )
}
"""By name, in the order in which pages list them. ``hour`` is the hour of the day at the chain's clock."""


def key_of(name: str, names: Names, zone: str, shift_days: int = 0) -> KeyOf:
    """How a value of the dimension's column becomes the key of its group.

    Args:
        name: the dimension.
        names: the chain's.
        zone: the ledger's time zone.
        shift_days: days that are seen so much later: those of the time a report is compared with.
    """
    if name == "hour":
        local = ZoneInfo(zone)
        return lambda hour: f"{datetime.fromtimestamp(int(hour) * 3600, UTC).astimezone(local):%H}"
    if name in _CALENDAR:
        calendar, shift = _CALENDAR[name], timedelta(days=shift_days)
        return lambda day: calendar(date.fromisoformat(str(day)) + shift)
    if name == "kind":
        return lambda place: names.places[str(place)].kind if place in names.places else UNKNOWN
    if name == "site":
        return lambda place: names.places[str(place)].site if place in names.places else UNKNOWN
    if name == "district":
        return lambda place: names.places[str(place)].district if place in names.places else UNKNOWN
    if name == "category":
        return lambda product: names.products[str(product)].category if product in names.products else UNKNOWN
    return str


def values_of(name: str, chosen: frozenset[str], names: Names) -> tuple[str, ...]:
    """The values of the dimension's column that lie in the groups chosen."""
    if name in ("kind", "site", "district", "category"):
        known = names.products if name == "category" else names.places
        key = key_of(name, names, "UTC")
        return tuple(value for value in known if key(value) in chosen)
    return tuple(sorted(chosen))


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


_CALENDAR: dict[str, Callable[[date], str]] = {
    "day": lambda day: day.isoformat(),
    "weekday": lambda day: str(day.isoweekday()),
    "week": _week,
    "month": lambda day: f"{day:%Y-%m}",
    "quarter": lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
    "year": lambda day: str(day.year),
}
