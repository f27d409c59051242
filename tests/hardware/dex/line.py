"""Two sides of a DEX line in virtual time, with hands on the wire between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs


class End(Protocol):
    ended: str | None

    @property
    def due_us(self) -> int | None: ...

    def feed(self, data: bytes, now_us: int) -> None: ...

    def wake(self, now_us: int) -> bytes: ...


Spoil = Callable[[bytes, int], bytes]
"""Takes bytes and how many sendings came before; returns what arrives."""


def untouched(wire: bytes, number: int) -> bytes:
    return wire


@attrs.define
class Line:
    """Carries bytes between ``left`` and ``right`` at once, and keeps what was said."""

    left: End
    right: End
    spoil: Spoil = untouched
    now_us: int = 0
    said: list[tuple[str, bytes]] = attrs.field(factory=list)

    def run(self, until_us: int = 120_000_000) -> None:
        """Go from due time to due time until both have ended and are silent."""
        for _ in range(20_000):
            times = [end.due_us for end in (self.left, self.right) if end.due_us is not None]
            if not times:
                return
            self.step()
            assert self.now_us < until_us, f"still going after {until_us} us: {self.said[-10:]}"
        raise AssertionError(f"turns round and round: {self.said[-10:]}")

    def step(self) -> None:
        """Go to the next due time."""
        times = [end.due_us for end in (self.left, self.right) if end.due_us is not None]
        self.now_us = max(self.now_us, min(times))
        self._step("left", self.left, self.right)
        self._step("right", self.right, self.left)

    def _step(self, name: str, end: End, other: End) -> None:
        if wire := end.wake(self.now_us):
            arrives = self.spoil(wire, len(self.said))
            self.said.append((name, wire))
            if arrives:
                other.feed(arrives, self.now_us)
