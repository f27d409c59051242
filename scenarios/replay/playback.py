"""Plays a recorded day to whoever hears it, at any speed, forwards and backwards.

Backwards is forwards from an earlier copy of the hearer: one is kept every so many events, and hearing is a
function of what was heard, so that every moment looks the same however it was reached.
"""

from __future__ import annotations

import bisect
import copy
import math
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from runtime.actor import Report
from runtime.errors import Refused
from scenarios.replay.recorded_day import ChainDay

SPEED_MAX = 600.0
COPY_EVENTS = 25_000
"""A copy is kept each so many events; going back hears at most so many again."""


class Hearer(Protocol):
    """What a day is played to."""

    def hear(self, report: Report) -> None:
        """Take a report."""


H = TypeVar("H", bound=Hearer)


class Playback(Generic[H]):
    """A day and where in it we are.

    Args:
        day: what is played.
        hearer: hears it; it has heard nothing yet.
        copied: gives a copy of a hearer that shares nothing that hearing changes.

    Attributes:
        hearer: as of now; another object after going back.
        speed: recorded seconds a second; 0 is paused.
    """

    def __init__(self, day: ChainDay, hearer: H, copied: Callable[[H], H]) -> None:
        self.day = day
        self.hearer = hearer
        self._copied = copied
        self._speed = 0.0
        self._place = 0
        self._now_us: float = day.from_us
        for report in day.opening:
            hearer.hear(report)
        self._copies: dict[int, H] = {0: copied(hearer)}

    @property
    def now_us(self) -> int:
        """The moment shown, microseconds since 1970 UTC."""
        return int(self._now_us)

    @property
    def place(self) -> int:
        """How many events were heard."""
        return self._place

    @property
    def ended(self) -> bool:
        """The day has no more events."""
        return self._place == len(self.day.events)

    @property
    def speed(self) -> float:
        """Recorded seconds a second; 0 is paused."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if not (math.isfinite(speed) and 0 <= speed <= SPEED_MAX):
            raise Refused(f"speed must be 0 to {SPEED_MAX:g}, not {speed:g}")
        self._speed = speed

    def pass_time(self, seconds: float) -> int:
        """Let real seconds pass; returns how many events were heard. The end of the day pauses."""
        if not self._speed:
            return 0
        self._now_us = min(self._now_us + seconds * self._speed * 1e6, self.day.to_us)
        heard = self._hear_until(
            bisect.bisect_right(self.day.events, self.now_us, key=lambda event: event[0])
        )
        if self.ended:
            self._speed = 0.0
        return heard

    def place_at(self, at_us: int) -> int:
        """How many events have been heard at a moment."""
        return bisect.bisect_right(self.day.events, at_us, key=lambda event: event[0])

    def seek(self, at_us: int) -> None:
        """Go to a moment of the day; one outside it is its beginning or end."""
        at_us = min(max(at_us, self.day.from_us), self.day.to_us)
        self._go_to(self.place_at(at_us))
        self._now_us = at_us

    def ahead(self, at_us: int) -> Playback[H]:
        """Another playback that has gone to a moment, for a thread of its own: this one stays as it is."""
        other = copy.copy(self)
        other._go_back(self.place_at(at_us))
        other.seek(at_us)
        return other

    def step(self, events: int) -> Report | None:
        """Go so many events forwards, or backwards; returns the one now heard last."""
        self._speed = 0.0
        self._go_to(min(max(self._place + events, 0), len(self.day.events)))
        if self._place == 0:
            self._now_us = self.day.from_us
            return None
        last = self.day.report(self._place - 1)
        self._now_us = last.at_us
        return last

    def _go_to(self, place: int) -> None:
        if place < self._place:
            self._go_back(place)
        self._hear_until(place)

    def _go_back(self, place: int) -> None:
        """To the last copy before a place."""
        kept = max(known for known in self._copies if known <= place)
        self.hearer, self._place = self._copied(self._copies[kept]), kept

    def _hear_until(self, place: int) -> int:
        before, hear = self._place, self.hearer.hear
        while self._place < place:
            hear(self.day.report(self._place))
            self._place += 1
            if self._place % COPY_EVENTS == 0 and self._place not in self._copies:
                self._copies[self._place] = self._copied(self.hearer)
        return self._place - before
