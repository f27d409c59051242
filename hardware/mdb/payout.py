"""Paying change out of tubes so that what is told is what fell: tubes counted before and after, type by type.

A DISPENSE whose answer is lost may have been carried out. So nothing is ordered again before the tubes have
been counted, and what they lack is what was paid. A recycler's bills are paid the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import attrs

from hardware.contract.cash import PaidOut, PayOut, Pieces

COUNTING, ORDERING, PAYING, CHECKING, DONE = "counting", "ordering", "paying", "checking", "done"
TUBES, ORDERED, QUIET, SHORT, INTERRUPTED, NOTHING_LEFT = (
    "tubes counted",
    "DISPENSE sent",
    "no longer busy",
    "fewer than ordered, the first time",
    "reset or lost",
    "nothing left to pay",
)

PAYOUT = {
    (COUNTING, TUBES): ORDERING,
    (ORDERING, ORDERED): PAYING,
    (ORDERING, NOTHING_LEFT): DONE,
    (PAYING, QUIET): CHECKING,
    (PAYING, INTERRUPTED): CHECKING,
    (CHECKING, TUBES): ORDERING,
    (CHECKING, SHORT): PAYING,
}
"""(state, what happens) to the next state. What is not here changes nothing."""

COINS_MAX = 15
"""Coins of one DISPENSE (section 5.3, 0D)."""

COUNT_MAX = 255
"""A tube count stops here: of more coins the changer cannot tell (section 5.3, 0A)."""

TRIES_MAX = 3
"""Orders that came to nothing without an answer before a coin type is given up (ours)."""

QUIET_POLLS = 2
"""Polls without "payout busy" before the tubes are counted: the first may be too early (ours)."""

SLOW_SECONDS = 2.0
"""Without "payout busy" for so long before coins that did not come are given up or ordered again: a changer
may be silent for so long while it pays (section 5.3, 0D)."""


@attrs.define
class Payout:
    """One order to pay, from the first count to the last.

    Attributes:
        order: what is to be paid.
        values: minor units by coin type.
        paid: coins by type that the counts say were paid.
        quiet_seconds: without "payout busy" for so long before the tubes are counted.
        at_once: most pieces of one DISPENSE.
        chunk: (coin type, count) ordered now.
    """

    order: PayOut
    values: Mapping[int, int]
    quiet_seconds: float = 0.0
    at_once: int = COINS_MAX
    state: str = COUNTING
    paid: Counter[int] = attrs.field(factory=Counter)
    chunk: tuple[int, int] = (0, 0)
    _left: list[tuple[int, int]] = attrs.field(factory=list)
    _before: int = 0
    _said: int | None = None
    _acked: bool = False
    _interrupted: bool = False
    _tries: int = 0
    _quiet: int = 0
    _busy_at: float = 0.0
    _patient: bool = False

    def counted(self, tubes: Mapping[int, int], now: float) -> None:
        """The tubes hold this now, by coin type."""
        if self.state == COUNTING:
            self._left = plan(self.order, self.values, tubes)
        elif self.state == CHECKING:
            after = tubes.get(self.chunk[0], 0)
            if self._fell(after) < self.chunk[1] and not (self._patient or self._interrupted):
                self._patient, self._quiet, self._busy_at = True, 0, now
                self._go(SHORT)
                return
            self._settle_chunk(after)
        else:
            return
        self._go(TUBES)
        if self._left:
            coin_type, count = self._left[0]
            self.chunk = (coin_type, min(count, self.at_once))
            self._before = tubes.get(coin_type, 0)
        else:
            self._go(NOTHING_LEFT)

    def ordered(self, now: float, *, acked: bool) -> None:
        """DISPENSE was sent; without an answer nobody knows yet whether it was heard."""
        self._go(ORDERED)
        self._acked, self._interrupted, self._patient = acked, False, False
        self._quiet, self._busy_at, self._said = 0, now, None

    def polled(self, now: float, *, busy: bool) -> None:
        """A poll was answered."""
        if busy:
            self._quiet, self._busy_at = 0, now
            return
        self._quiet += 1
        wait = SLOW_SECONDS if self._patient else self.quiet_seconds
        if self._quiet >= QUIET_POLLS and now - self._busy_at >= wait:
            self._go(QUIET)

    def moved(self, coin_type: int, coins: int) -> None:
        """Coins came into a tube or were taken out by hand while we pay."""
        if coin_type == self.chunk[0]:
            self._before += coins

    def said(self, pieces: int) -> None:
        """The device itself says that it has paid so many of the chunk since it was last asked.

        What a count lacks beyond that went elsewhere, as a bill from the recycler into the cash box.
        """
        self._said = (self._said or 0) + pieces

    def interrupted(self) -> None:
        """The device was reset: it pays no more of this chunk, and what it said of it is not all."""
        self._interrupted, self._said = True, None
        self._go(INTERRUPTED)

    def answer(self) -> PaidOut:
        """What was really paid."""
        pieces: Counter[int] = Counter()
        for coin_type, count in self.paid.items():
            pieces[self.values[coin_type]] += count
        listed = tuple((value, pieces[value]) for value in sorted(pieces, reverse=True) if pieces[value])
        amount = sum(value * count for value, count in listed)
        return PaidOut(sale=self.order.sale, amount_minor=amount, pieces=listed)

    def _fell(self, after: int) -> int:
        """Coins of the chunk that fell, by the count after it."""
        count = self.chunk[1]
        if self._before >= COUNT_MAX and after >= COUNT_MAX and self._acked and not self._interrupted:
            fell = count
        else:
            fell = max(0, min(self._before - after, count))
        return fell if self._said is None else min(fell, self._said)

    def _settle_chunk(self, after: int) -> None:
        coin_type, count = self.chunk
        paid = self._fell(after)
        self.paid[coin_type] += paid
        _, left = self._left.pop(0)
        heard = self._acked and not self._interrupted
        self._tries = 0 if paid or heard else self._tries + 1
        if left > paid and self._tries < TRIES_MAX and (paid == count or not heard):
            self._left.insert(0, (coin_type, left - paid))

    def _go(self, event: str) -> None:
        self.state = PAYOUT.get((self.state, event), self.state)


def plan(order: PayOut, values: Mapping[int, int], tubes: Mapping[int, int]) -> list[tuple[int, int]]:
    """Coin types and counts for an order; of equal values the higher type first (section 5.3, 0D).

    What the tubes do not hold is left out: nothing is paid in place of it.
    """
    left = {coin_type: count for coin_type, count in tubes.items() if coin_type in values}
    chosen: list[tuple[int, int]] = []
    for value, count in order.pieces or greedy(order.amount_minor, values, tubes):
        wanted = count
        for coin_type in sorted((kind for kind in left if values[kind] == value), reverse=True):
            taken = min(wanted, left[coin_type])
            left[coin_type] -= taken
            wanted -= taken
            if taken:
                chosen.append((coin_type, taken))
    return chosen


def greedy(amount_minor: int, values: Mapping[int, int], tubes: Mapping[int, int]) -> Pieces:
    """The greatest coins first, as far as the tubes go; pays no more than the amount."""
    stock: Counter[int] = Counter()
    for coin_type, count in tubes.items():
        if coin_type in values:
            stock[values[coin_type]] += count
    pieces: list[tuple[int, int]] = []
    for value in sorted(stock, reverse=True):
        count = min(stock[value], amount_minor // value)
        amount_minor -= count * value
        if count:
            pieces.append((value, count))
    return tuple(pieces)
