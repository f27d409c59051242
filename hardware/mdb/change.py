"""Change of coins and bills, told as one: first the recycler's bills, then the changer's coins."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping

from hardware.contract.cash import PaidOut, PayOut, Pieces
from hardware.mdb.bill_recycler import BillRecycler
from hardware.mdb.changer_unit import PAYOUTS_MAX, ChangerUnit
from hardware.mdb.payout import greedy
from hardware.mdb.remembered import Remembered


class Change:
    """Orders to pay. Those without bills are the changer's alone."""

    def __init__(self, changer: ChangerUnit, recycler: BillRecycler, tell: Callable[[object], None]) -> None:
        self._changer, self._recycler, self._tell = changer, recycler, tell
        self._waiting: deque[PayOut] = deque()  # the first of them is being paid
        self._asked: Pieces = ()  # its bills
        self._bills: PaidOut | None = None  # the same, once they are paid
        self._paid: Remembered[int, PaidOut] = Remembered()

    def pay_out(self, order: PayOut, now: float) -> None:
        """Pay, and tell ``PaidOut``; a sale that was paid gets the same answer again."""
        if (paid := self._paid.get(order.sale)) is not None:
            self._tell(paid)
        elif any(waiting.sale == order.sale for waiting in self._waiting):
            return
        elif self._changer.knows(order.sale) or not self._bill_part(order):
            self._changer.pay_out(order)
        elif len(self._waiting) >= PAYOUTS_MAX:
            self._tell(PaidOut(sale=order.sale, amount_minor=0))
        else:
            self._waiting.append(order)
            if len(self._waiting) == 1:
                self._begin(now)

    def _bill_part(self, order: PayOut) -> Pieces:
        return bill_part(order, self._recycler.pieces(), dict(self._changer.pieces()))

    def _begin(self, now: float) -> None:
        order, self._bills = self._waiting[0], None
        self._asked = self._bill_part(order)
        amount_minor = worth_minor(self._asked)
        self._recycler.pay(PayOut(sale=order.sale, amount_minor=amount_minor, pieces=self._asked), now)

    def paid(self, part: PaidOut, now: float) -> None:
        """The recycler or the changer has paid."""
        if not self._waiting or part.sale != self._waiting[0].sale:
            self._tell(part)
            return
        if self._bills is not None:
            self._end(self._bills, part, now)
            return
        self._bills = part
        coins = coin_part(self._waiting[0], self._asked, part)
        if coins.amount_minor:
            self._changer.pay_out(coins)
        else:
            self._end(part, PaidOut(sale=part.sale, amount_minor=0), now)

    def _end(self, bills: PaidOut, coins: PaidOut, now: float) -> None:
        self._waiting.popleft()
        amount_minor = bills.amount_minor + coins.amount_minor
        pieces = merged(bills.pieces, coins.pieces)
        whole = PaidOut(sale=bills.sale, amount_minor=amount_minor, pieces=pieces)
        self._paid.keep(whole.sale, whole)
        if self._waiting:
            self._begin(now)
        self._tell(whole)


def bill_part(order: PayOut, bills: Pieces, coins: Mapping[int, int]) -> Pieces:
    """What the recycler is to pay of an order: of a value that is a coin too, what the tubes do not hold."""
    if not order.pieces:
        return greedy(order.amount_minor, {value: value for value, _ in bills}, dict(bills))
    held = dict(bills)
    part = ((value, min(count - coins.get(value, 0), held.get(value, 0))) for value, count in order.pieces)
    return tuple((value, count) for value, count in part if count > 0)


def coin_part(order: PayOut, asked: Pieces, bills: PaidOut) -> PayOut:
    """What is left to the changer: of named pieces the others, and nothing in place of a bill not paid."""
    if not order.pieces:
        return PayOut(sale=order.sale, amount_minor=order.amount_minor - bills.amount_minor)
    gone = dict(asked)
    left = ((value, count - gone.get(value, 0)) for value, count in order.pieces)
    coins = tuple((value, count) for value, count in left if count > 0)
    return PayOut(sale=order.sale, amount_minor=worth_minor(coins), pieces=coins)


def worth_minor(pieces: Pieces) -> int:
    """What they are worth together."""
    return sum(value * count for value, count in pieces)


def merged(*parts: Pieces) -> Pieces:
    """Pieces of all parts by value, greatest first; a value stands once, also with count 0."""
    counts: Counter[int] = Counter()
    for value, count in (piece for part in parts for piece in part):
        counts[value] += count
    return tuple(sorted(counts.items(), reverse=True))
