"""Orders given while no run serves the wire: how long they may wait for one."""

from __future__ import annotations

import attrs
import trio

WAIT_SECONDS_MAX = 5.0
"""What moves a motor or money is carried out no later than this after it was ordered: a customer who waits
longer has gone, and the machine has ended the sale its own way (estimate; a start takes about a second)."""


@attrs.define
class Unserved:
    """Since when orders wait for a run; lives as long as its driver."""

    _runs: bool = False
    _since: float | None = None

    def ordered(self) -> None:
        """An order was given."""
        if not self._runs and self._since is None:
            self._since = trio.current_time()

    def begin(self) -> bool:
        """A run begins; say whether what waits for it has waited too long."""
        since, self._since, self._runs = self._since, None, True
        return since is not None and trio.current_time() - since > WAIT_SECONDS_MAX

    def end(self) -> None:
        """The run is over."""
        self._runs = False
