"""The day at a machine's site, by which goods expire."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

SECOND_US = 1_000_000


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local(now_us: int, zone: str) -> datetime:
    return datetime.fromtimestamp(now_us // SECOND_US, _zone(zone))


def today(now_us: int, zone: str) -> str:
    """The local date, ISO."""
    return _local(now_us, zone).date().isoformat()


def next_midnight_us(now_us: int, zone: str) -> int:
    """When the local date changes next."""
    following = _local(now_us, zone).date() + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day, tzinfo=_zone(zone))
    return int(midnight.timestamp()) * SECOND_US
