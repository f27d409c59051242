"""The network of a world: the port, and one that never fails.

Link frames and readings travel between a site and the office; a network with faults keeps the same port
and may lose, double, delay or damage them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from runtime.kernel import FAR_FUTURE_US

LATENCY_US = 20_000

Receiver = Callable[[int, Any], None]
"""Called with the moment of arrival, microseconds since 1970 UTC, and what was sent."""


class Network(Protocol):
    """What a world asks of its network.

    Attributes:
        reliable: nothing is ever lost on it, nor at its ends; idle links then need not say hello.
    """

    reliable: bool

    def send(self, now_us: int, link: str, receiver: Receiver, what: Any) -> None:
        """Send something either way on a site's link; the receiver is called when it arrives."""

    def next_at(self) -> int:
        """When something arrives next; FAR_FUTURE_US when nothing is on its way."""

    def deliver(self) -> int:
        """Deliver the next thing; return the moment."""


class PerfectNetwork:
    """Delivers everything, once and in order, after the same delay."""

    reliable = True

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Receiver, Any]] = deque()

    def send(self, now_us: int, link: str, receiver: Receiver, what: Any) -> None:
        """Send; it arrives ``LATENCY_US`` later."""
        self._waiting.append((now_us + LATENCY_US, receiver, what))

    def next_at(self) -> int:
        """When something arrives next."""
        return self._waiting[0][0] if self._waiting else FAR_FUTURE_US

    def deliver(self) -> int:
        """Deliver the next thing; return the moment."""
        at_us, receiver, what = self._waiting.popleft()
        receiver(at_us, what)
        return at_us
