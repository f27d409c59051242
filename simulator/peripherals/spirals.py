"""The spirals, belts or columns of a vending machine behind any control board: motors that take their time.

Physics only: what a board says of it is the board's affair. Time passes when somebody looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import attrs
import trio

from simulator.peripherals.peripheral import Clock

TURN_SECONDS = 2.8
"""One turn of a spiral (estimate)."""

OFF_SECONDS = 1.0
"""How long ``loses_power_next`` keeps the power away."""

DROPPED, NOTHING_FELL, DID_NOT_TURN, NO_MOTOR = "dropped", "nothing fell", "did not turn", "no motor"


@attrs.frozen
class Turned:
    """How a turn really ended.

    Attributes:
        lane: the number that was driven.
        how: one of the four words above.
        seconds: how long the motor had current.
    """

    lane: int
    how: str
    seconds: float


class Spirals:
    """Motors, one turn at a time, and their power.

    Attributes:
        turns: numbers of the motors that really turned, in order.
        dropped: products that really fell, by the number that was driven.
        boots: how often the power came back; whoever keeps a memory on this power has lost it then.
    """

    def __init__(
        self,
        lanes: Iterable[int] = range(1, 61),
        *,
        turn_seconds: float = TURN_SECONDS,
        clock: Clock = trio.current_time,
    ) -> None:
        self.lanes = frozenset(lanes)
        self.turns: list[int] = []
        self.dropped: Counter[int] = Counter()
        self.boots = 0
        self._turn_seconds = turn_seconds
        self._clock = clock
        self._jams: Counter[int] = Counter()
        self._sticks: Counter[int] = Counter()
        self._cut_next = False
        self._running: tuple[int, ...] = ()
        self._ends_at = 0.0
        self._cut_at: float | None = None
        self._off_until: float | None = None
        self._turned: list[Turned] = []

    # Hands

    def jam_next(self, lane: int) -> None:
        """The next turn of this lane runs, and nothing falls."""
        self._jams[lane] += 1

    def sticks_next(self, lane: int) -> None:
        """The next turn of this lane does not get through."""
        self._sticks[lane] += 1

    def loses_power_next(self) -> None:
        """In the middle of the next turn the power fails for ``OFF_SECONDS``."""
        self._cut_next = True

    def lose_power(self, seconds: float = OFF_SECONDS) -> None:
        """The power fails now."""
        self._look()
        self._cut(self._clock(), seconds)

    @property
    def drops(self) -> int:
        """Products that really fell."""
        self._look()
        return sum(self.dropped.values())

    # For the board

    @property
    def powered(self) -> bool:
        """Whether there is power now."""
        self._look()
        return self._off_until is None

    @property
    def running(self) -> bool:
        """Whether a motor turns now."""
        self._look()
        return bool(self._running)

    def begin(self, *lanes: int) -> None:
        """Give these motors current, together; nothing else may be turning."""
        assert not self._running, f"motors {self._running} turn already"
        now = self._clock()
        if not self.lanes.issuperset(lanes):
            self._turned.append(Turned(lane=lanes[0], how=NO_MOTOR, seconds=0.0))
            return
        self._running = lanes
        self._ends_at = now + self._turn_seconds
        self.turns += lanes
        if self._cut_next:
            self._cut_next, self._cut_at = False, now + self._turn_seconds / 2

    def turned(self) -> list[Turned]:
        """Turns that have ended and were not taken yet."""
        self._look()
        ended, self._turned = self._turned, []
        return ended

    def _look(self) -> None:
        now = self._clock()
        if self._cut_at is not None and now >= self._cut_at:
            self._cut(self._cut_at, OFF_SECONDS)
        if self._off_until is not None and now >= self._off_until:
            self._off_until = None
            self.boots += 1
        if self._running and now >= self._ends_at:
            self._end()

    def _cut(self, at: float, seconds: float) -> None:
        self._running, self._cut_at = (), None
        self._turned.clear()
        self._off_until = at + seconds

    def _end(self) -> None:
        first, self._running = self._running[0], ()
        if self._sticks[first]:
            self._sticks[first] -= 1
            how = DID_NOT_TURN
        elif self._jams[first]:
            self._jams[first] -= 1
            how = NOTHING_FELL
        else:
            how = DROPPED
            self.dropped[first] += 1
        self._turned.append(Turned(lane=first, how=how, seconds=self._turn_seconds))
