"""Money that a fafb board takes and gives by itself: what came in, change out, entries open or shut.

The board keeps one credit and pays all of it or nothing (4.1.4). The house decides how much is owed, so what
it keeps is taken off the credit first (4.1.5, ``SWALLOWED``), and the rest is paid.
"""

from __future__ import annotations

import math
from collections import deque

import attrs

from hardware.contract.cash import (
    AcceptCash,
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
from hardware.driver import Tell
from hardware.fafb.codec.messages import (
    BILL,
    COIN,
    SWALLOWED,
    Accept,
    AskStatus,
    ChangeGiven,
    Credit,
    GiveChange,
    HostMoney,
    Message,
    MoneyIn,
    Status,
)
from hardware.fafb.outgoing import Command, Outgoing

PAY_SECONDS_MAX = 30.0
"""For the board to say what it paid, once it was asked (as MDB gives a bill; estimate)."""

CREDIT_SECONDS_MAX = 2.5
"""After money came in, for the board to say what its whole credit is (4.1.2); its slowest poll takes 2 s.
Until then nothing is paid: there may be money of before our start in it, which 25 would pay too."""

PAYMENTS_KEPT = 512
WAITING_MAX = 32
ALL_CHANNELS = 0xFFFF


@attrs.define
class Money:
    """The cash side of a board.

    Attributes:
        outgoing, tell: where commands and answers go.
        unit_minor: minor units of currency in the board's unit of money.
        bills, coins: values by channel, minor units, from channel 0; () where nobody knows them.
        credit: what the board holds of the customer's, in its units.
    """

    outgoing: Outgoing
    tell: Tell
    unit_minor: int
    bills: tuple[int, ...]
    coins: tuple[int, ...]
    credit: int = 0
    _kept: int = 0
    _swallowing: int = 0
    _pulled: int = 0
    _open: bool = False
    _entries: AcceptCash | None = None
    _used: int = 0
    _taking: int = 0
    _waiting: deque[PayOut] = attrs.Factory(deque)
    _paying: PayOut | None = None
    _paying_until: float = math.inf
    _paid: dict[int, PaidOut] = attrs.Factory(dict)
    _credit_until: float = -math.inf
    _asked_count: bool = False
    _now: float = 0.0

    def order(self, order: object) -> None:
        """Take one order; what the board has no words for is answered at once."""
        match order:
            case AcceptCash():
                if order.on and not self._open:  # another customer: what the lever paid was not for this one
                    self._pulled = 0
                self._open = order.on
                self._entries = order
                for accept in self._accepts(order):
                    self.outgoing.put(accept)
            case PayOut():
                self._pay_out(order)
            case CountCash():
                self._asked_count = True
                self.outgoing.put(AskStatus())
            case CashUsed():
                self._used += order.amount_minor // self.unit_minor
            case KeepBill() | ReturnBill():
                self.tell("cash", BillReturned(value_minor=0))  # no escrow: there is no bill to return
            case _:
                return

    def told(self, news: Message) -> None:
        """The board spoke of money."""
        match news:
            case MoneyIn(mode=mode, amount=amount) if mode in (BILL, COIN):
                self.credit += amount
                self._credit_until = self._now + CREDIT_SECONDS_MAX
                held_in = "stacker" if mode == BILL else "tube"
                self.tell("cash", CashInserted(value_minor=amount * self.unit_minor, held_in=held_in))
            case MoneyIn(mode=mode, amount=amount) if mode == SWALLOWED:
                own, self._swallowing = self._swallowing == amount, 0
                self.credit = self.credit if own else max(0, self.credit - amount)
            case Credit(amount=amount):
                self.credit, self._credit_until = amount, -math.inf
            case ChangeGiven(bills=bills, coins=coins):
                self._given(bills + coins)
            case Status() if self._asked_count:
                self._asked_count = False
                self._counted(news.coin_change)
            case _:
                return

    def say_entries(self) -> None:
        """The board may have forgotten or never heard which entries shall be open: say it again."""
        for accept in self._accepts(self._entries) if self._entries is not None else ():
            if not self.outgoing.waits(accept):
                self.outgoing.put(accept)

    def _accepts(self, order: AcceptCash) -> tuple[Accept, ...]:
        sides = (0, self.bills), (1, self.coins)
        return tuple(Accept(coins=coins, channels=channels_of(order, values)) for coins, values in sides)

    def step(self, answers: bool | None, now: float) -> None:
        """Time has passed: give up what took too long, pay what waits."""
        self._now = now
        if now >= self._paying_until:
            self._end_paying(0)
        if self._used and self._paying is None and not self._taking and answers is not None:
            self._take_off(answers)
        while answers is not None and self._waiting and self._may_pay(answers):
            self._begin(self._waiting.popleft(), answers)

    def _may_pay(self, answers: bool) -> bool:
        """Whether a payout can begin: none runs, and the board has said what it holds."""
        if self._paying is not None or self._taking:
            return False
        return not answers or self._now >= self._credit_until

    def end_waiting(self) -> None:
        """End what was never begun: it will not be paid, nor taken off."""
        self._used = 0
        while self._waiting:
            self.tell("cash", PaidOut(sale=self._waiting.popleft().sale, amount_minor=0))

    def _take_off(self, answers: bool) -> None:
        """Take what bought goods off the credit, which the board's own lever would still pay out."""
        used, self._used = min(self._used, self.credit), 0
        if used and answers:
            self._taking = used
            self.outgoing.put(HostMoney(mode=SWALLOWED, amount=used), self._taken_off)

    def _taken_off(self, _: Command, taken: bool) -> None:
        used, self._taking = self._taking, 0
        if taken:
            self.credit -= used
            self._swallowing = used

    def _pay_out(self, order: PayOut) -> None:
        if (known := self._paid.get(order.sale)) is not None:
            self.tell("cash", known)
        elif order.sale in {begun.sale for begun in (*self._waiting, self._paying) if begun}:
            return
        elif len(self._waiting) >= WAITING_MAX:
            self.tell("cash", PaidOut(sale=order.sale, amount_minor=0))
        else:
            self._waiting.append(order)

    def _begin(self, order: PayOut, answers: bool) -> None:
        self._paying, self._paying_until = order, math.inf
        if self._pulled:  # the board has paid on its own lever: that was this money
            pulled, self._pulled = self._pulled, 0
            self._end_paying(pulled)
            return
        owed = min(order.amount_minor // self.unit_minor, self.credit)
        if not answers or owed == 0:
            self._end_paying(0)
            return
        self._kept = self.credit - owed
        if self._kept > 0:
            self.outgoing.put(HostMoney(mode=SWALLOWED, amount=self._kept), self._rest_kept)
        else:
            self.outgoing.put(GiveChange(), self._change_asked)

    def _rest_kept(self, _: Command, taken: bool) -> None:
        if not taken:  # paying now would pay the whole credit
            self._end_paying(0)
            return
        self.credit -= self._kept
        self._swallowing = self._kept
        self.outgoing.put(GiveChange(), self._change_asked)

    def _change_asked(self, command: Command, taken: bool) -> None:
        if not taken and not command.tries:
            self._end_paying(0)
        else:
            self._paying_until = self._now + PAY_SECONDS_MAX

    def _given(self, units: int) -> None:
        self.credit = max(0, self.credit - units)
        if self._paying is not None:
            self._end_paying(units)
        elif units:
            self._pulled += units
            self.tell("cash", ReturnAsked())

    def _end_paying(self, units: int) -> None:
        order, self._paying, self._paying_until = self._paying, None, math.inf
        if order is None:
            return
        paid = PaidOut(sale=order.sale, amount_minor=units * self.unit_minor)
        self._paid[order.sale] = paid
        if len(self._paid) > PAYMENTS_KEPT:
            del self._paid[next(iter(self._paid))]
        self.tell("cash", paid)

    def _counted(self, coin_change: int) -> None:
        # The board knows the sum of its change, not the pieces: it is told as pieces of the least coin.
        least = min((coin for coin in self.coins if coin), default=0)
        pieces = ((least, coin_change * self.unit_minor // least),) if least else ()
        values = tuple(sorted({value for value in (*self.bills, *self.coins) if value}))
        self.tell("cash", CashCounted(tubes=pieces, values=values))


def channels_of(order: AcceptCash, values: tuple[int, ...]) -> int:
    """The channels to open, a bit each; all of them where nobody knows which value is which."""
    if not order.on:
        return 0
    if not order.values or not values:
        return ALL_CHANNELS
    return sum(1 << channel for channel, value in enumerate(values[:16]) if value in order.values)
