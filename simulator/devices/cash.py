"""A machine's coin changer and bill validator as one device: pieces in, change out of the tubes."""

from __future__ import annotations

from hardware.contract.cash import AcceptCash, CashInserted, PaidOut, PayOut
from runtime.actor import Actor, handles
from runtime.address import Ref, head
from runtime.errors import ConfigError
from runtime.message import order
from simulator.money import Money

PIECE_SECONDS = 1.0
"""Between one piece and the next (estimate)."""

TUBE_PIECES_MAX = 150
"""Pieces a coin's tubes hold; further ones fall into the cash box (estimate)."""


@order("street.entries_open")
class EntriesOpen:
    """Device to the customer at the keypad: money may go in now."""


@order("street.insert")
class Insert:
    """Customer to device: these pieces go in, one after the other."""

    pieces: tuple[int, ...]


_ENTRIES_OPEN = EntriesOpen()
_inserted: dict[tuple[int, str], CashInserted] = {}


class CashDevice(Actor):
    """Takes pieces while it is told to accept, and pays out of its tubes what they can make.

    Attributes:
        accepting: whether the entries are open.
        tubes: pieces in the tubes by coin value.
        in_minor: money that really came in; pieces put in while the entries are shut fall through.
        out_minor: money that really went out.
    """

    __slots__ = (
        "_keypad",
        "_last_paid",
        "_machine",
        "accepting",
        "float_minor",
        "in_minor",
        "money",
        "out_minor",
        "tubes",
    )

    def __init__(self, money: Money, float_minor: int = 0) -> None:
        self.money = money
        self.float_minor = float_minor
        self.accepting = False
        self.tubes = filled_tubes(money, float_minor)
        self.in_minor = 0
        self.out_minor = 0
        self._last_paid: PaidOut | None = None
        self._machine: Ref | None = None
        self._keypad: Ref | None = None

    def _to_machine(self, message: object) -> None:
        if self._machine is None:
            self._machine = self.reach(head(self.address))
        self.tell(self._machine, message)

    @handles(AcceptCash)
    def accept(self, order: AcceptCash) -> None:
        """Open or shut the entries; opening, even again, tells the customer."""
        self.accepting = order.on
        if order.on:
            if self._keypad is None:
                self._keypad = self.reach(f"{head(self.address)}/keypad")
            self.tell(self._keypad, _ENTRIES_OPEN)

    @handles(Insert)
    def insert(self, order: Insert) -> None:
        """Take the first piece and come back for the rest; once shut, the customer keeps what is left."""
        if not self.accepting:
            return
        piece = order.pieces[0]
        self.in_minor += piece
        held_in = self._hold(piece)
        event = _inserted.get((piece, held_in))
        if event is None:
            event = _inserted[piece, held_in] = CashInserted(value_minor=piece, held_in=held_in)
        self._to_machine(event)
        if len(order.pieces) > 1:
            self.after(PIECE_SECONDS, Insert(pieces=order.pieces[1:]))

    def _hold(self, piece: int) -> str:
        count = self.tubes.get(piece)
        if count is None:
            return "stacker" if piece in self.money.bills else "cash_box"
        if count >= TUBE_PIECES_MAX:
            return "cash_box"
        self.tubes[piece] = count + 1
        return "tube"

    @handles(PayOut)
    def pay_out(self, order: PayOut) -> None:
        """Pay greatest coins first; asked again for the same sale, only say what was paid."""
        paid = self._last_paid
        if paid is None or paid.sale != order.sale:
            left = order.amount_minor
            for coin, count in self.tubes.items():
                used = min(count, left // coin)
                if used:
                    self.tubes[coin] = count - used
                    left -= used * coin
            paid = self._last_paid = PaidOut(sale=order.sale, amount_minor=order.amount_minor - left)
            self.out_minor += paid.amount_minor
        self._to_machine(paid)

    @property
    def tubes_minor(self) -> int:
        """Money in the tubes."""
        return sum(coin * count for coin, count in self.tubes.items())


def filled_tubes(money: Money, float_minor: int) -> dict[int, int]:
    """Spread an opening float over the tubes, about the same value in each; raises ConfigError if odd."""
    tubes = dict.fromkeys(money.coins, 0)
    left = float_minor
    for number, coin in enumerate(money.coins):
        tubes[coin] = left // (len(money.coins) - number) // coin
        left -= tubes[coin] * coin
    if left:
        least = money.coins[-1]
        raise ConfigError(
            f"simulator: float in {money.currency} must be a multiple of {least}, not {float_minor}"
        )
    return tubes
