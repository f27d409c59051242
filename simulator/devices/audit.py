"""A machine's audit port by messages: reads and price writes answered from what really happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hardware.contract.audit import AuditFailed, AuditRead, PricesWritten, ReadAudit, WritePrices
from hardware.dex.codec import config
from runtime.actor import Actor, handles
from runtime.address import head
from runtime.errors import ProtocolError
from simulator.audit_book import AuditBook, LaneCount, TrueCounts

READ_SECONDS = 10.0
"""A whole DEX/UCS session for an audit of 9 kB at 9600 baud (measured in virtual time: 9.9 s)."""


class CountedBoard(Protocol):
    """A motor board's true counter."""

    drops: int


class CountedCash(Protocol):
    """A cash device's true counters."""

    in_minor: int
    out_minor: int
    tubes: dict[int, int]


class CountedTerminal(Protocol):
    """A payment terminal's true counter."""

    taken_minor: int


class StreetCounts:
    """A machine's true counts read off its devices on the street.

    The street's devices do not tell lanes and tenders of units apart, so lanes carry prices only; money is
    exact.
    Bills and the cash box are one.
    """

    def __init__(
        self,
        board: CountedBoard,
        cash: CountedCash | None,
        terminals: tuple[CountedTerminal, ...],
        prices: dict[str, int],
    ) -> None:
        """Look at a machine's devices, with its prices by lane as they are now."""
        self._board = board
        self._cash = cash
        self._terminals = terminals
        self._first_tubes_minor = 0 if cash is None else _held(cash.tubes)
        lanes = {lane: LaneCount(price_minor=price) for lane, price in prices.items()}
        self._counts = TrueCounts(lanes=lanes, cash_units=None, cashless_units=None)

    def __call__(self) -> TrueCounts:
        """The counts of this moment."""
        counts, cash = self._counts, self._cash
        counts.units = self._board.drops
        counts.cashless_minor = sum(terminal.taken_minor for terminal in self._terminals)
        if cash is not None:
            counts.cash_minor = cash.in_minor - cash.out_minor
            counts.dispensed_minor = cash.out_minor
            counts.to_tubes_minor = _held(cash.tubes) - self._first_tubes_minor + cash.out_minor
            counts.to_cashbox_minor = cash.in_minor - counts.to_tubes_minor
            counts.tubes = dict(cash.tubes)
        return counts


def _held(tubes: dict[int, int]) -> int:
    return sum(value * count for value, count in tubes.items())


class AuditPort(Actor):
    """Stands at ``MACHINE/audit``; one order at a time, each after the time a DEX session takes.

    Attributes:
        book: what it prints.
    """

    __slots__ = ("_free_at", "book", "make_book")

    def __init__(self, make_book: Callable[[], AuditBook]) -> None:
        self.make_book = make_book
        self.book = make_book()
        self._free_at = 0

    @handles(ReadAudit)
    def read(self, order: ReadAudit) -> None:
        """Print; the interval begins anew when told to, or at every read if the machine is set so."""
        now_us = self.kernel.now
        text = self.book.print(now_us).decode("latin-1")
        self.book.was_read(now_us, reset=order.reset or self.book.auto)
        self._answer(AuditRead(text=text))

    @handles(WritePrices)
    def write_prices(self, order: WritePrices) -> None:
        """Take the prices and say what is kept now."""
        try:
            self.book.configure(config.prices(dict(order.prices), self.book.sender))
        except ProtocolError as error:
            self._answer(AuditFailed(why=str(error)))
            return
        lanes = self.book.counts().lanes
        said = tuple((lane, lanes[lane].price_minor) for lane, _ in order.prices if lane in lanes)
        self._answer(PricesWritten(prices=said))

    def _answer(self, event: object) -> None:
        self._free_at = max(self.kernel.now, self._free_at) + round(READ_SECONDS * 1_000_000)
        self.kernel.later(self._free_at, self.reach(head(self.address)), event)
