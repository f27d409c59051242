"""Where a driver's answers go: to whoever listens, or kept until somebody does."""

from __future__ import annotations

from collections import deque

import attrs

from hardware.driver import Tell

UNTOLD_MAX = 64
"""Answers kept while nobody listens; more orders than that are not given between two runs."""


@attrs.define
class Answers:
    """Outlives the runs of its driver, so that an answer found between two runs is not lost.

    Attributes:
        serves: devices that have a voice; of others nothing is told.
    """

    serves: tuple[str, ...]
    _untold: deque[tuple[str, object]] = attrs.Factory(lambda: deque(maxlen=UNTOLD_MAX))
    _tell: Tell | None = None

    def listen(self, tell: Tell | None) -> None:
        """Tell this one from now on, first what was kept; None: keep."""
        self._tell = tell
        while tell is not None and self._untold:
            tell(*self._untold.popleft())

    def tell(self, device: str, event: object) -> None:
        """Tell a device's event, or keep it."""
        if device not in self.serves:
            return
        if self._tell is not None:
            self._tell(device, event)
        else:
            self._untold.append((device, event))
