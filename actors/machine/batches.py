"""Batches in a lane: which units expire when, first expired first out. Pure rules over plain tuples.

Only units with a date stand in a batch; those without are what the lane's level has beyond them. A lane
without dated goods holds the empty tuple, which costs nothing.
"""

from __future__ import annotations

from datetime import date

Batches = tuple[tuple[str, int], ...]
"""(ISO date of the last day on which it may be sold, units), earliest first; () when nothing has a date."""


def added(batches: Batches, expires_on: str, units: int) -> Batches:
    """After units of a date came in; "" is no date."""
    if not expires_on or units <= 0:
        return batches
    found = dict(batches)
    found[expires_on] = found.get(expires_on, 0) + units
    return tuple(sorted(found.items()))


def taken(batches: Batches, units: int = 1) -> Batches:
    """After units left, those that expire first before all others."""
    left = units
    kept = []
    for expires_on, count in batches:
        gone = min(left, count)
        left -= gone
        if count > gone:
            kept.append((expires_on, count - gone))
    return tuple(kept)


def expired(batches: Batches, today: str) -> int:
    """Units that may not be sold any more: their last day is before ``today`` (ISO date)."""
    return sum(units for expires_on, units in batches if expires_on < today)


def is_date(text: str) -> bool:
    """Whether it is "" or a day of the calendar, written as an ISO date that sorts as it should."""
    if not text:
        return True
    try:
        return date.fromisoformat(text).isoformat() == text  # not 20990228 nor 2099-W09-6
    except ValueError:
        return False
