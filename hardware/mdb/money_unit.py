"""What changer and validator have in common for their master: pieces by type, and which of them to take."""

from __future__ import annotations

from collections.abc import Callable

from hardware.mdb.life import Trouble, Unit

UNKNOWN = -1
"""The types that it accepts, when nobody knows."""


class MoneyUnit(Unit):
    """Takes coins or bills.

    Attributes:
        values: minor units by coin or bill type; tokens and unused types are left out.
    """

    def __init__(
        self,
        silent_seconds: float,
        now: float,
        trouble: Trouble,
        tell: Callable[[object], None],
        minor_digits: int,
    ) -> None:
        super().__init__(silent_seconds, now, trouble)
        self.values: dict[int, int] = {}
        self._tell, self._minor_digits = tell, minor_digits
        self._wanted: frozenset[int] | None = frozenset()
        self._told_types = UNKNOWN
        self._lost_at = now

    def accept(self, values: frozenset[int] | None) -> None:
        """Take pieces of these values, minor units; None: all, empty: none."""
        self._wanted = values

    def _types(self) -> int:
        """The types to take, a bit each."""
        chosen = (
            piece_type
            for piece_type, value in self.values.items()
            if self._wanted is None or value in self._wanted
        )
        return sum(1 << piece_type for piece_type in chosen)
