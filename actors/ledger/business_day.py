"""Which business day a moment belongs to: local days that begin at the site's cut-off."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runtime.errors import ConfigError

DAY_MINUTES = 1440


class BusinessDays:
    """Business days of one time zone and cut-off. The day last asked for is remembered, so most are free.

    Args:
        time_zone: IANA name, e.g. ``Asia/Hong_Kong``.
        cutoff_minute: minutes after local midnight at which the next business day begins.
    """

    __slots__ = ("_day", "_from_us", "_until_us", "cutoff", "zone")

    def __init__(self, time_zone: str, cutoff_minute: int) -> None:
        if not 0 <= cutoff_minute < DAY_MINUTES:
            raise ConfigError(f"cut-off must be 0..{DAY_MINUTES - 1} minutes, not {cutoff_minute}")
        try:
            self.zone = ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ConfigError(f"time zone must be an IANA name, not {time_zone!r}") from None
        self.cutoff = time(cutoff_minute // 60, cutoff_minute % 60)
        self._from_us = self._until_us = 0
        self._day = ""

    def day(self, at_us: int) -> str:
        """The business day of a moment (microseconds since 1970 UTC), as ``2022-06-01``."""
        if not self._from_us <= at_us < self._until_us:
            self._look_up(at_us)
        return self._day

    def begin_us(self, day: date) -> int:
        """When a business day begins, microseconds since 1970 UTC."""
        return round(datetime.combine(day, self.cutoff, self.zone).timestamp()) * 1_000_000

    def _look_up(self, at_us: int) -> None:
        day = datetime.fromtimestamp(at_us // 1_000_000, self.zone).date()
        if self.begin_us(day) > at_us:
            day -= timedelta(days=1)
        self._day = day.isoformat()
        self._from_us, self._until_us = self.begin_us(day), self.begin_us(day + timedelta(days=1))
