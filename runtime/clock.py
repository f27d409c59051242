"""What time it is, live, paced or virtual. Every node of a process shares one clock.

Times are microseconds since 1970 UTC. No clock ever goes back. Sleeps may end late, never early.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Protocol

import trio

from runtime.errors import ConfigError

SLEW = 0.1
"""A live clock gains or loses at most this share of the time that passes while it follows the wall clock."""

_SLEEP_SECONDS_MIN = 1e-6
_SLEEP_SECONDS_MAX = 60.0


class Clock(Protocol):
    """The time of a process."""

    def now_us(self) -> int:
        """Microseconds since 1970 UTC; never less than before."""

    async def sleep_until(self, at_us: int) -> None:
        """Return once ``now_us() >= at_us``."""


def wall_us() -> int:
    """The machine's wall clock; it may be stepped either way."""
    return time.time_ns() // 1000


class LiveClock:
    """Runs on the monotonic clock and leans towards the wall clock.

    When the wall clock is stepped, this one neither jumps nor stops: a time-out of 30 s stays one of 27 to 33
    s (``SLEW``), and a step of a minute is absorbed in ten. Make and use it inside trio.

    Args:
        wall: the wall clock.
        begin_us: it begins no earlier, for example at the last fact of a journal.
    """

    def __init__(self, wall: Callable[[], int] = wall_us, begin_us: int = 0) -> None:
        self._wall = wall
        self._now = float(max(begin_us, wall()))
        self._at = trio.current_time()

    def now_us(self) -> int:
        """See ``Clock.now_us``."""
        at = trio.current_time()
        passed = (at - self._at) * 1e6
        behind = self._wall() - (self._now + passed)
        self._now += passed + max(-SLEW * passed, min(SLEW * passed, behind))
        self._at = at
        return int(self._now)

    async def sleep_until(self, at_us: int) -> None:
        """See ``Clock.sleep_until``."""
        await trio.lowlevel.checkpoint()
        while (left := (at_us - self.now_us()) / 1e6) > 0:  # noqa: ASYNC110 - nobody sets time
            await trio.sleep(min(max(left, _SLEEP_SECONDS_MIN), _SLEEP_SECONDS_MAX))


class PacedClock:
    """Runs from ``start_us`` at ``speed`` times the monotonic clock. Make and use it inside trio."""

    def __init__(self, start_us: int, speed: float = 1.0) -> None:
        self._speed = _checked_speed(speed)
        self._anchor_us = start_us
        self._anchor = trio.current_time()
        self._changed = trio.Event()

    @property
    def speed(self) -> float:
        """Seconds that pass here in one of ours; 0 is a pause. Setting it wakes every sleeper to look again.

        Raises ConfigError unless it is a finite number >= 0.
        """
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        speed = _checked_speed(speed)
        self._anchor_us = self.now_us()
        self._anchor = trio.current_time()
        self._speed = speed
        self._changed.set()
        self._changed = trio.Event()

    def now_us(self) -> int:
        """See ``Clock.now_us``."""
        return self._anchor_us + int((trio.current_time() - self._anchor) * self._speed * 1e6)

    async def sleep_until(self, at_us: int) -> None:
        """See ``Clock.sleep_until``. While paused it waits for the speed to change."""
        await trio.lowlevel.checkpoint()
        while (left_us := at_us - self.now_us()) > 0:
            seconds = max(left_us / 1e6 / self._speed, _SLEEP_SECONDS_MIN) if self._speed else math.inf
            with trio.move_on_after(seconds):
                await self._changed.wait()


class VirtualClock:
    """Stands still until it is told to move on; works with and without trio."""

    def __init__(self, now_us: int) -> None:
        self._now = now_us
        self._moved: trio.Event | None = None

    def now_us(self) -> int:
        """See ``Clock.now_us``."""
        return self._now

    def advance_to(self, at_us: int) -> None:
        """Move on; an earlier moment changes nothing."""
        if at_us > self._now:
            self._now = at_us
            if self._moved is not None:
                self._moved.set()
                self._moved = None

    async def sleep_until(self, at_us: int) -> None:
        """See ``Clock.sleep_until``."""
        await trio.lowlevel.checkpoint()
        while self._now < at_us:
            if self._moved is None:
                self._moved = trio.Event()
            await self._moved.wait()


def _checked_speed(speed: float) -> float:
    if not 0 <= speed < math.inf:
        raise ConfigError(f"clock speed must be a finite number >= 0, not {speed}")
    return speed
