"""Coins and bills by currency: what machines take, and how customers pay with them."""

from __future__ import annotations

from functools import cache

import attrs

from runtime.errors import ConfigError


@attrs.frozen
class Money:
    """The pieces a machine takes, minor units, greatest first.

    Attributes:
        coins: pieces that go into tubes and come back as change.
        bills: pieces that go into the stacker and never come back.
        handy: pieces that somebody pays with who does not count out the exact sum.
    """

    currency: str
    coins: tuple[int, ...]
    bills: tuple[int, ...]
    handy: tuple[int, ...]

    @property
    def pieces(self) -> tuple[int, ...]:
        """Coins and bills, greatest first."""
        return _pieces(self)

    def exact(self, amount_minor: int) -> tuple[int, ...]:
        """The exact sum, greatest pieces first; a remainder under the least coin comes as one piece."""
        return _exact(self, amount_minor)

    def with_one_kind(self, amount_minor: int, piece_minor: int) -> tuple[int, ...]:
        """As many pieces of one kind as cover the amount; more than the amount means change is due."""
        return _with_one_kind(amount_minor, piece_minor)


@cache
def _pieces(money: Money) -> tuple[int, ...]:
    return tuple(sorted((*money.coins, *money.bills), reverse=True))


@cache
def _exact(money: Money, amount_minor: int) -> tuple[int, ...]:
    pieces: list[int] = []
    for piece in money.pieces:
        count, amount_minor = divmod(amount_minor, piece)
        pieces += [piece] * count
    return tuple(pieces) if amount_minor == 0 else (*pieces, amount_minor)


@cache
def _with_one_kind(amount_minor: int, piece_minor: int) -> tuple[int, ...]:
    return (piece_minor,) * -(-amount_minor // piece_minor)


MONEY = {
    "CNY": Money("CNY", coins=(100, 50, 10), bills=(2000, 1000, 500), handy=(500, 1000, 2000)),
    "HKD": Money("HKD", coins=(1000, 500, 200, 100, 50), bills=(5000, 2000), handy=(1000, 2000, 5000)),
    "USD": Money("USD", coins=(25, 10, 5), bills=(500, 100), handy=(100, 500)),
}
"""Pieces commonly taken by machines there (estimates: FIDELITY.md); HKD 10 is the coin, not the note."""


def money_of(currency: str) -> Money:
    """The pieces of a currency; raises ConfigError for one not known."""
    try:
        return MONEY[currency]
    except KeyError:
        known = ", ".join(MONEY)
        raise ConfigError(f"simulator: currency must be one of {known}, not {currency!r}") from None
