"""The recycler of a bill validator as the master serves it: bills counted, let in, paid out.

A bill is paid when the cassettes lack it and the validator says that it paid it: a bill that goes from a
cassette into the cash box is no change. How an order goes on is ``payout.py``, as for coins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hardware.contract.cash import PaidOut, PayOut, Pieces
from hardware.mdb import payout, timing
from hardware.mdb.codec import validator, validator_answers
from hardware.mdb.codec.fields import Identity
from hardware.mdb.codec.validator_answers import (
    BillMoved,
    PaidBills,
    Recycled,
    RecyclerSetup,
    Setup,
    Status,
)
from hardware.mdb.life import Step
from hardware.mdb.payout import Payout

BILLS_AT_ONCE = 5
"""Bills of one order to pay: so many come within 30 s (ours; a bill takes about 2 s)."""

RECYCLE_ALL = 3
"""How a bill type is recycled: bills of low and of high quality (section 6.4, 37 04)."""

STATUS_TRIES_MAX = 3
"""Questions without an answer after which the counts alone say what was paid (ours)."""

MOVED = {
    validator_answers.FILLED_BY_HAND: 1,
    validator_answers.PAID_BY_HAND: -1,
    validator_answers.TO_CASH_BOX: -1,
}
"""What a cassette has more after a bill went a way that is neither credit nor change."""


class BillRecycler:
    """Cassettes by bill type, and the one order to pay that is under way.

    Attributes:
        counts: bills by type, for the types it can hold; empty without a recycler.
        blind: see ``Unit``.
    """

    def __init__(self, now: float, paid: Callable[[PaidOut], None], counted: Callable[[], None]) -> None:
        self.counts: dict[int, int] = {}
        self.blind = False
        self._paid, self._counted = paid, counted
        self._values: Mapping[int, int] = {}
        self._count_wanted = False
        self._order: PayOut | None = None
        self._payout: Payout | None = None
        self._since = now
        self._status_asked = 0

    # Orders

    def pay(self, order: PayOut, now: float) -> None:
        """Pay these bills, one order at a time, and call ``paid`` with what really went."""
        assert self._order is None, f"sale {order.sale}: another order's bills are being paid"
        self._order, self._since = order, now

    def count(self) -> None:
        """Count the cassettes, then call ``counted``."""
        self._count_wanted = True

    def pieces(self) -> Pieces:
        """Bills that can be paid out by value, greatest first."""
        held: dict[int, int] = {}
        for kind, count in self.counts.items():
            if kind in self._values:
                held[self._values[kind]] = held.get(self._values[kind], 0) + count
        return tuple(sorted(held.items(), reverse=True))

    @property
    def busy(self) -> bool:
        """Bills are being paid: none may come in."""
        return self._payout is not None

    # Setup

    def steps(self, answer: object, values: Mapping[int, int]) -> list[Step]:
        """What comes next in the validator's setup after this answer (section 6.4)."""
        match answer:
            case Setup() if answer.level >= 2:
                return [Step(validator.AskIdentity(True), Identity, optional=True)]
            case Identity() if (answer.features or 0) & validator.RECYCLER:
                return [
                    Step(validator.EnableFeatures(validator.RECYCLER), optional=True),
                    Step(validator.AskRecyclerSetup(), RecyclerSetup, optional=True),
                ]
            case RecyclerSetup():
                self._values = {kind: value for kind, value in values.items() if answer.types >> kind & 1}
                types = range(validator.BILL_TYPES)
                how = tuple(RECYCLE_ALL if kind in self._values else 0 for kind in types)
                return [
                    Step(
                        validator.EnableRecycler(sum(1 << kind for kind in self._values), how), optional=True
                    ),
                    Step(validator.AskRecycled(), Recycled, optional=True),
                ]
        return []

    # Work

    def work(self, now: float, *, free: bool) -> validator.Command | None:
        """What to say instead of a poll; ``free``: no bill is on its way in."""
        if self._order is not None and self._payout is None:
            if not self.counts or now - self._since >= timing.LONG_ANSWER:
                self._end(PaidOut(sale=self._order.sale, amount_minor=0))
            elif free:
                quiet = timing.BLIND_QUIET if self.blind else 0.0
                self._payout = Payout(self._order, dict(self._values), quiet, at_once=BILLS_AT_ONCE)
                self._since = now
        if self._payout is not None:
            return self._pay(self._payout, now)
        return validator.AskRecycled() if self._count_wanted and self.counts else None

    def _pay(self, paying: Payout, now: float) -> validator.Command | None:
        late = now - self._since >= timing.LONG_ANSWER
        match paying.state:
            case payout.CHECKING if self._status_asked < STATUS_TRIES_MAX:
                if not late:
                    return validator.AskPayoutStatus()
                self._status_asked, self._since = STATUS_TRIES_MAX, now
                return validator.AskRecycled()
            case payout.COUNTING | payout.CHECKING:
                if not late:
                    return validator.AskRecycled()
                self._end(paying.answer())
            case payout.ORDERING:
                self._since = now
                return validator.DispenseBills(*paying.chunk)
        return None

    def overdue(self, now: float) -> bool:
        """It says for too long that it pays."""
        paying = self._payout is not None and self._payout.state == payout.PAYING
        return paying and now - self._since >= timing.LONG_ANSWER

    def answered(
        self, command: validator.Command, answer: validator_answers.Answer, now: float, *, ready: bool
    ) -> None:
        """An answer to the validator's commands or polls."""
        match command, answer:
            case validator.DispenseBills(), _:
                self._ordered(now, acked=True)
            case validator.AskPayoutStatus(), PaidBills() if self._payout is not None:
                kind = self._payout.chunk[0]
                self._payout.said(answer.counts[kind] if kind < len(answer.counts) else 0)
                self._status_asked = STATUS_TRIES_MAX
            case _, Recycled():
                self._know(answer, now, ready=ready)
            case validator.Poll(), tuple():
                self._events(answer, now)

    def unanswered(self, command: validator.Command, now: float) -> None:
        """It may have been carried out: the cassettes are counted before another order."""
        if isinstance(command, validator.DispenseBills):
            self._ordered(now, acked=False)
        if isinstance(command, validator.AskPayoutStatus):
            self._status_asked += 1

    def _ordered(self, now: float, *, acked: bool) -> None:
        if self._payout is not None:
            self._payout.ordered(now, acked=acked)
            self._status_asked = 0

    def _know(self, recycled: Recycled, now: float, *, ready: bool) -> None:
        before, told = self.counts, recycled.counts
        self.counts = {kind: told[kind] if kind < len(told) else 0 for kind in self._values}
        if not ready:
            self._count_wanted |= bool(before) and before != self.counts
            return
        if self._payout is not None:
            self._payout.counted(self.counts, now)
            if self._payout.state == payout.PAYING:  # fewer than ordered: it is asked once more
                self._status_asked = 0
            elif self._payout.state == payout.DONE:
                self._end(self._payout.answer())
        elif self._count_wanted:
            self._count_wanted = False
            self._counted()

    def _events(self, events: tuple[validator_answers.Event, ...], now: float) -> None:
        for event in events:
            if isinstance(event, BillMoved) and event.route in MOVED:
                self._count_wanted = True
                if self._payout is not None:
                    self._payout.moved(event.bill_type, MOVED[event.route])
        if self._payout is not None and self._payout.state == payout.PAYING:
            self._payout.polled(now, busy=Status(validator_answers.PAYOUT_BUSY) in events)
            if self._payout.state == payout.CHECKING:
                self._since = now

    def kept(self, kind: int) -> None:
        """A bill went into its cassette."""
        if kind in self._values:
            self.counts[kind] = self.counts.get(kind, 0) + 1

    def was_reset(self) -> None:
        """A payout has stopped where it was; what it holds is counted anew in the setup."""
        self._values = {}
        self._status_asked = STATUS_TRIES_MAX
        if self._payout is not None:
            self._payout.interrupted()

    def lost(self, now: float, since: float) -> None:
        """The validator is away since then: a count is the last one, a payout what is known of it."""
        if self._count_wanted:
            self._count_wanted = False
            self._counted()
        if self._payout is not None and now - since >= timing.LONG_ANSWER:
            self._end(self._payout.answer())
        elif self._payout is None and self._order is not None:
            self._end(PaidOut(sale=self._order.sale, amount_minor=0))

    def _end(self, paid: PaidOut) -> None:
        self._order = self._payout = None
        self._paid(paid)
