"""Dates and times of audits: YYMMDD or YYYYMMDD, HHMM or HHMMSS, by the machine's own clock."""

from __future__ import annotations

from datetime import datetime

from hardware.dex.codec.lines import Line


def moment(line: Line, date_at: int, time_at: int, seconds_at: int = 0) -> str | None:
    """ISO 8601 without a zone from two elements (a third for seconds); None if there is no such moment."""
    day, clock = line.text(date_at) or "", line.text(time_at) or "0000"
    if len(clock) == 4:
        seconds = (line.text(seconds_at) if seconds_at else None) or "00"
        clock += seconds.zfill(2)
    if len(day) == 6:
        day = "20" + day
    if len(day) != 8 or len(clock) != 6 or not (day + clock).isascii() or not (day + clock).isdigit():
        return None
    try:
        return datetime.strptime(day + clock, "%Y%m%d%H%M%S").isoformat()
    except ValueError:
        return None


def printed(at: str) -> tuple[str, str]:
    """A moment as (YYYYMMDD, HHMMSS)."""
    when = datetime.fromisoformat(at)
    return when.strftime("%Y%m%d"), when.strftime("%H%M%S")
