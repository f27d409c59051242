"""What a machine knows of money by its facts: its cash and tubes, and the newest sale's."""

from __future__ import annotations

import attrs

from actors.machine.change import make_change
from actors.machine.messages import MachineRestarted, MachineServiced, SaleRefused, VendIntended
from actors.payment.messages import (
    CashMetered,
    CashTaken,
    ChangePaid,
    FloatSet,
    PaymentAuthorised,
    PaymentFlagged,
    PaymentKept,
    PaymentRefunded,
    PayOutIntended,
    RefundAsked,
    RefundEnded,
    RefundOwed,
)
from hardware.contract.cash import Pieces

BookFact = (
    FloatSet
    | CashMetered
    | CashTaken
    | PayOutIntended
    | ChangePaid
    | PaymentAuthorised
    | PaymentRefunded
    | PaymentFlagged
    | PaymentKept
    | VendIntended
    | SaleRefused
    | MachineRestarted
    | MachineServiced
    | RefundOwed
    | RefundAsked
    | RefundEnded
)

PAYABLE = ("tube", "recycler")
"""Where a piece goes from which it can be paid out again."""

KEPT_KNOWN = 16
"""Requests let go whose money a provider kept that are remembered: a start lets the newest go again."""


@attrs.define(slots=True, kw_only=True)
class Books:
    """Changed by facts only.

    Attributes:
        last: the highest sale number ever used, also for a customer who got nothing.
        sale: the newest number under which money moved or a unit was intended; what follows is of that sale.
        intents: its vends.
        cash_in_minor: its cash that was not paid back or flagged.
        pay_out_minor: of that, intended to go back and not heard of since.
        reserved_minor: reserved for it by providers and not let go or flagged.
        tender, reference, ask, ask_minor: its newest authorisation, and what of that was neither let go
            nor refunded; tender is "" if it has none.
        refunding: (sale, request) of which a provider is asked to give some back; (0, 0) none.
        booked: its requests of which a fact tells what the provider did.
        kept: (sale, request) of the newest requests let go of which a provider took money all the same.
        asks: how often the sale's amount due has changed: numbers its requests.
        cash_minor: cash in the machine.
        tubes: pieces that can be paid out, by value: coins in tubes, bills in a recycler.
        loose_minor: money in the tubes of which nobody knows the coins.
        metered: when the cash device's counters were last read, what they said.
        came_minor, went_minor: cash taken and paid out since then.
    """

    last: int = 0
    sale: int = 0
    intents: list[VendIntended] = attrs.field(factory=list)
    cash_in_minor: int = 0
    pay_out_minor: int = 0
    reserved_minor: int = 0
    tender: str = ""
    reference: str = ""
    ask: int = 0
    ask_minor: int = 0
    asks: int = 0
    refunding: tuple[int, int] = (0, 0)
    booked: tuple[int, ...] = ()
    kept: tuple[tuple[int, int], ...] = ()
    cash_minor: int = 0
    tubes: dict[int, int] = attrs.field(factory=dict)
    loose_minor: int = 0
    metered: CashMetered | None = None
    came_minor: int = 0
    went_minor: int = 0

    @property
    def tubes_minor(self) -> int:
        """The part of the cash that can be paid out."""
        return self.loose_minor + sum(value * count for value, count in self.tubes.items())

    def enter(self, fact: BookFact) -> None:
        """Take a fact in."""
        match fact:
            case CashTaken():
                self._turn_to(fact.sale)
                self._take(fact)
            case VendIntended():
                self._turn_to(fact.sale)
                self.intents.append(fact)
            case PayOutIntended():
                self.pay_out_minor = fact.amount_minor
                self.last = max(self.last, fact.number)
            case ChangePaid():
                self._pay(fact)
            case PaymentAuthorised():
                self._turn_to(fact.sale)
                self.tender, self.reference, self.ask = fact.tender, fact.reference, fact.ask
                self.ask_minor = fact.amount_minor
                self.reserved_minor += fact.amount_minor
                self.asks += 1
                self.booked += (fact.ask,)
            case PaymentKept():
                if fact.sale == self.sale:
                    self.booked += (fact.ask,)
                self.kept = (*self.kept[1 - KEPT_KNOWN :], (fact.sale, fact.ask))
                self.last = max(self.last, fact.sale)
            case RefundOwed():
                self._turn_to(fact.sale)
                self.cash_in_minor += fact.amount_minor
            case RefundAsked():
                self.refunding = (fact.of, fact.ask)
                if self.refunding == (self.sale, self.ask):
                    self.ask_minor -= fact.amount_minor
            case RefundEnded():
                self.refunding = (0, 0)
            case PaymentRefunded():
                self.reserved_minor -= fact.amount_minor
                self.ask_minor -= fact.amount_minor
            case PaymentFlagged():
                self._flag(fact)
            case SaleRefused() | MachineRestarted():
                self.last = max(self.last, fact.sale)
            case FloatSet():
                self.cash_minor += fact.amount_minor
                for value, count in fact.pieces:
                    self.tubes[value] = self.tubes.get(value, 0) + count
                self.loose_minor += 0 if fact.pieces else fact.amount_minor
            case CashMetered():
                self.metered, self.came_minor, self.went_minor = fact, 0, 0
                self.tubes, self.loose_minor = dict(fact.tubes), 0
            case MachineServiced():
                self.cash_minor -= fact.cash_minor

    def _turn_to(self, sale: int) -> None:
        """A new number: the sale before it has ended with nothing held (I3)."""
        if sale != self.sale:
            self.sale, self.tender, self.reference, self.intents = sale, "", "", []
            self.cash_in_minor = self.reserved_minor = self.pay_out_minor = 0
            self.ask = self.ask_minor = self.asks = 0
            self.booked = ()
            self.last = max(self.last, sale)

    def _take(self, fact: CashTaken) -> None:
        self.cash_in_minor += fact.amount_minor
        self.cash_minor += fact.amount_minor
        self.came_minor += fact.amount_minor
        self.asks += 1
        if fact.held_in in PAYABLE:
            self.tubes[fact.amount_minor] = self.tubes.get(fact.amount_minor, 0) + 1

    def _pay(self, fact: ChangePaid) -> None:
        self.cash_in_minor -= fact.amount_minor
        self.cash_minor -= fact.amount_minor
        self.went_minor += fact.amount_minor
        self.pay_out_minor = 0
        pieces = fact.pieces
        if not pieces and not self.loose_minor:
            pieces = make_change(self.tubes, fact.amount_minor) or ()
        self._empty(pieces, fact.amount_minor)

    def _empty(self, pieces: Pieces, amount_minor: int) -> None:
        """Take coins out of the tubes; what they do not explain is of those nobody counted."""
        left = amount_minor
        for value, count in pieces:
            used = min(count, self.tubes.get(value, 0))
            if used:
                self.tubes[value] -= used
                left -= used * value
        self.loose_minor = max(0, self.loose_minor - left)

    def _flag(self, fact: PaymentFlagged) -> None:
        if fact.tender == "cash":
            self.cash_in_minor -= fact.amount_minor
            self.pay_out_minor = 0
        else:
            self.reserved_minor -= fact.amount_minor
