"""The tubes of a coin changer, and coins that fall out of them one by one."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence

import attrs

from runtime.errors import ConfigError

COIN_SECONDS = 0.25
"""From one coin of a payout to the next (estimate)."""


@attrs.define
class Tube:
    """Coins of one type that can be paid out.

    Attributes:
        coins: really in it.
        counted: what the changer believes.
        jammed: nothing comes out until it is cleared.
    """

    capacity: int
    coins: int
    counted: int
    jammed: bool = False

    def add(self, count: int) -> None:
        """Coins fall in, and are counted; a negative number are taken out."""
        self.coins += count
        self.counted += count


class Tubes:
    """All tubes by coin type, and the payout that runs.

    Attributes:
        paid: coins ever paid by order, by coin type.
        paid_of_order: the same since the last order (0F 03).
        paid_since_poll_minor: the value paid and not yet told (0F 04).
    """

    def __init__(self, values: Sequence[int], coins: Mapping[int, int], capacity: int) -> None:
        self.values = values
        self.by_kind = {
            kind: Tube(capacity, coins[value], coins[value])
            for kind, value in enumerate(values)
            if value in coins
        }
        self.paid: Counter[int] = Counter()
        self.paid_of_order: Counter[int] = Counter()
        self.paid_since_poll_minor = 0
        self._paying: deque[int] = deque()
        self._next_at = 0.0

    def of_value(self, value_minor: int) -> Tube:
        """The tube of a coin; raises ConfigError for a coin without one."""
        for kind, tube in self.by_kind.items():
            if self.values[kind] == value_minor:
                return tube
        coins = ", ".join(str(self.values[kind]) for kind in self.by_kind)
        raise ConfigError(f"must be a coin that has a tube: {coins or 'none has'}; not {value_minor}")

    @property
    def busy(self) -> bool:
        """Whether coins are still to fall."""
        return bool(self._paying)

    def counts(self) -> dict[int, int]:
        """What the changer believes, by coin type."""
        return {kind: tube.counted for kind, tube in self.by_kind.items()}

    def chosen(self, amount_minor: int) -> list[int]:
        """Coin types, greatest value first, for as much of an amount as the tubes can pay."""
        kinds: list[int] = []
        for kind in sorted(self.by_kind, key=lambda kind: -self.values[kind]):
            count = min(self.by_kind[kind].counted, amount_minor // self.values[kind])
            kinds += [kind] * count
            amount_minor -= count * self.values[kind]
        return kinds

    def begin(self, kinds: Iterable[int], now: float) -> None:
        """Pay these coins from now on."""
        self.stop()
        self._paying.extend(kinds)
        self._next_at = now + COIN_SECONDS

    def stop(self) -> None:
        """What has not fallen stays; what was not told is forgotten."""
        self._paying.clear()
        self.paid_of_order.clear()
        self.paid_since_poll_minor = 0

    def move(self, now: float) -> int:
        """Let the coins fall that are due; return how many tubes turned out to be jammed, or robbed."""
        jams = 0
        while self._paying and now >= self._next_at:
            self._next_at += COIN_SECONDS
            kind = self._paying.popleft()
            tube = self.by_kind.get(kind)
            if tube is None or tube.counted == 0:
                continue
            if tube.jammed or tube.coins == 0:
                jams += 1
                self._paying = deque(other for other in self._paying if other != kind)
                continue
            tube.add(-1)
            self.paid[kind] += 1
            self.paid_of_order[kind] += 1
            self.paid_since_poll_minor += self.values[kind]
        return jams
