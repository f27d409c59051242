"""A machine's coin changer and bill validator as one device: pieces in, change out of tubes and recycler."""

from __future__ import annotations

from hardware.contract.cash import (
    AcceptCash,
    BillHeld,
    BillReturned,
    CashCounted,
    CashInserted,
    CashUsed,
    CountCash,
    KeepBill,
    PaidOut,
    PayOut,
    ReturnAsked,
    ReturnBill,
)
from runtime.actor import Actor, handles
from runtime.address import Ref, head
from runtime.errors import ConfigError
from runtime.message import order
from simulator.devices.trouble import NONE, Mended, Trouble, begun, mended
from simulator.money import Money

PIECE_SECONDS = 1.0
"""Between one piece and the next (estimate)."""

TUBE_PIECES_MAX = 150
"""Pieces a coin's tubes hold; further ones fall into the cash box (estimate)."""

RECYCLER_BILLS_MAX = 30
"""Bills of one value that a recycler holds; further ones go into the stacker (estimate)."""


@order("street.entries_open")
class EntriesOpen:
    """Device to the customer at the keypad: money may go in now."""


@order("street.insert")
class Insert:
    """Customer to device: these pieces go in, one after the other."""

    pieces: tuple[int, ...]


@order("street.pull_lever")
class PullLever:
    """Customer to device: the return lever."""


_ENTRIES_OPEN = EntriesOpen()
_RETURN_ASKED = ReturnAsked()
_PULL = PullLever()
_inserted: dict[tuple[int, str], CashInserted] = {}


class CashDevice(Actor):
    """Takes pieces while it is told to accept, and pays out of its tubes what they can make.

    Attributes:
        accepting: whether the entries are open.
        taken: the pieces it was told to take; () all.
        escrow: whether bills wait for a word before they are stacked.
        tubes: pieces that can be paid out by value: coins in the tubes, bills in the recycler.
        in_minor: money that really came in; pieces put in while the entries are shut fall through.
        out_minor: money that really went out.
        counts: whether it tells its counters when asked.
        troubles: "coins stuck": tubes give nothing, and their counts do not show it.
    """

    __slots__ = (
        "_held",
        "_keypad",
        "_last_paid",
        "_machine",
        "_rest",
        "accepting",
        "counts",
        "escrow",
        "float_minor",
        "in_minor",
        "money",
        "out_minor",
        "taken",
        "troubles",
        "tubes",
    )

    def __init__(
        self,
        money: Money,
        float_minor: int = 0,
        *,
        escrow: bool = False,
        counts: bool = True,
        recycles: tuple[int, ...] = (),
    ) -> None:
        """Make a device; ``recycles``: bills that can be paid out again, none without a recycler."""
        self.money = money
        self.float_minor = float_minor
        self.escrow = escrow
        self.counts = counts
        self.troubles = NONE
        self.accepting = False
        self.taken: tuple[int, ...] = ()
        tubes = filled_tubes(money, float_minor)
        self.tubes = dict(sorted({**dict.fromkeys(recycles, 0), **tubes}.items(), reverse=True))
        self.in_minor = 0
        self.out_minor = 0
        self._held = 0  # bill in escrow
        self._rest: tuple[int, ...] = ()  # what the customer will put in once it is stacked
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
        self.accepting, self.taken = order.on, order.values
        if order.on:
            if self._keypad is None:
                self._keypad = self.reach(f"{head(self.address)}/keypad")
            self.tell(self._keypad, _ENTRIES_OPEN)

    @handles(Insert)
    def insert(self, order: Insert) -> None:
        """Take the first piece and come back for the rest; once shut, the customer keeps what is left.

        Whoever's piece comes back pulls the lever: there is nothing else in the hand to pay with.
        """
        if not self.accepting or self._held:
            return
        piece, rest = order.pieces[0], order.pieces[1:]
        if self.taken and piece not in self.taken and piece in self.money.pieces:
            self.after(PIECE_SECONDS, _PULL)
        elif self.escrow and piece in self.money.bills:
            self._held, self._rest = piece, rest
            self._to_machine(BillHeld(value_minor=piece))
        else:
            self._take(piece, rest)

    def _take(self, piece: int, rest: tuple[int, ...]) -> None:
        self.in_minor += piece
        held_in = self._hold(piece)
        event = _inserted.get((piece, held_in))
        if event is None:
            event = _inserted[piece, held_in] = CashInserted(value_minor=piece, held_in=held_in)
        self._to_machine(event)
        if rest:
            self.after(PIECE_SECONDS, Insert(pieces=rest))

    def _hold(self, piece: int) -> str:
        count = self.tubes.get(piece)
        if count is None:
            return "stacker" if piece in self.money.bills else "cash_box"
        is_bill = piece not in self.money.coins
        if count >= (RECYCLER_BILLS_MAX if is_bill else TUBE_PIECES_MAX):
            return "stacker" if is_bill else "cash_box"
        self.tubes[piece] = count + 1
        return "recycler" if is_bill else "tube"

    @handles(KeepBill)
    def keep_bill(self, _: KeepBill) -> None:
        """Stack what waits in escrow; nothing there is answered too."""
        piece, rest = self._held, self._rest
        self._held, self._rest = 0, ()
        if piece:
            self._take(piece, rest)
        else:
            self._to_machine(BillReturned(value_minor=0))

    @handles(ReturnBill)
    def return_bill(self, _: ReturnBill) -> None:
        """Give it back; the customer gives up. Nothing there is answered too."""
        piece, self._held, self._rest = self._held, 0, ()
        self._to_machine(BillReturned(value_minor=piece))
        if piece:
            self.after(PIECE_SECONDS, _PULL)

    @handles(PullLever)
    def pull_lever(self, _: PullLever) -> None:
        """Tell the machine; the device itself gives nothing back."""
        self._to_machine(_RETURN_ASKED)

    @handles(PayOut)
    def pay_out(self, order: PayOut) -> None:
        """Pay the coins named, or greatest first; asked again for the same sale, only say what was paid."""
        paid = self._last_paid
        if paid is None or paid.sale != order.sale:
            paid = self._last_paid = self._pay(order)
        self._to_machine(paid)

    def _pay(self, order: PayOut) -> PaidOut:
        tubes, left, pieces = self.tubes, order.amount_minor, []
        named = order.pieces or tuple(tubes.items())
        for coin, wanted in () if self.troubles else named:
            used = min(tubes.get(coin, 0), left // coin, wanted)
            if used > 0:
                tubes[coin] -= used
                left -= used * coin
                pieces.append((coin, used))
        paid_minor = order.amount_minor - left
        self.out_minor += paid_minor
        return PaidOut(sale=order.sale, amount_minor=paid_minor, pieces=tuple(pieces))

    @handles(Trouble)
    def fall_ill(self, trouble: Trouble) -> None:
        """Its tubes stick."""
        self.troubles = begun(self.troubles, trouble)

    @handles(Mended)
    def get_well(self, order: Mended) -> None:
        """Somebody loosened them."""
        self.troubles = mended(self.troubles, order.number)

    @handles(CashUsed)
    def note_used(self, _: CashUsed) -> None:
        """It keeps no credit: nothing to do."""

    @handles(CountCash)
    def count(self, _: CountCash) -> None:
        """Say what is in the tubes, what is taken, and the counters."""
        self._to_machine(
            CashCounted(
                tubes=tuple(self.tubes.items()),
                values=self.money.pieces,
                inserted_minor=self.in_minor if self.counts else -1,
                paid_minor=self.out_minor if self.counts else -1,
            )
        )

    @property
    def tubes_minor(self) -> int:
        """Money that can be paid out."""
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
