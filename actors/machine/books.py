"""What a machine knows of money by its facts: its cash, and the newest sale's."""

from __future__ import annotations

import attrs

from actors.machine.messages import MachineRestarted, MachineServiced, SaleRefused, VendIntended
from actors.payment.messages import (
    CashTaken,
    ChangePaid,
    FloatSet,
    PaymentAuthorised,
    PaymentFlagged,
    PaymentRefunded,
)

BookFact = (
    FloatSet
    | CashTaken
    | ChangePaid
    | PaymentAuthorised
    | PaymentRefunded
    | PaymentFlagged
    | VendIntended
    | SaleRefused
    | MachineRestarted
    | MachineServiced
)


@attrs.define(slots=True, kw_only=True)
class Books:
    """Changed by facts only.

    Attributes:
        sale: the newest number that left a fact.
        tender: of the newest sale's authorisation; "" if it has none.
        reference: the provider's, for that authorisation.
        cash_in_minor: cash taken for the newest sale and not paid back.
        reserved_minor: reserved for the newest sale and not let go.
        flagged_minor: of the newest sale, in suspense.
        intents: the newest sale's vends.
        cash_minor: cash in the machine.
        tubes_minor: that part of it that can be paid out.
    """

    sale: int = 0
    tender: str = ""
    reference: str = ""
    cash_in_minor: int = 0
    reserved_minor: int = 0
    flagged_minor: int = 0
    intents: list[VendIntended] = attrs.field(factory=list)
    cash_minor: int = 0
    tubes_minor: int = 0

    def enter(self, fact: BookFact) -> None:
        """Take a fact in."""
        if not isinstance(fact, FloatSet | MachineServiced):
            self._turn_to(fact.sale)
        match fact:
            case FloatSet():
                self.cash_minor += fact.amount_minor
                self.tubes_minor += fact.amount_minor
            case CashTaken():
                self.cash_in_minor += fact.amount_minor
                self.cash_minor += fact.amount_minor
                if fact.held_in == "tube":
                    self.tubes_minor += fact.amount_minor
            case ChangePaid():
                self.cash_in_minor -= fact.amount_minor
                self.cash_minor -= fact.amount_minor
                self.tubes_minor = max(0, self.tubes_minor - fact.amount_minor)
            case PaymentAuthorised():
                self.tender, self.reference = fact.tender, fact.reference
                self.reserved_minor += fact.amount_minor
            case PaymentRefunded():
                self.reserved_minor -= fact.amount_minor
            case PaymentFlagged():
                self.flagged_minor += fact.amount_minor
            case VendIntended():
                self.intents.append(fact)
            case MachineServiced():
                self.cash_minor -= fact.cash_minor

    def _turn_to(self, sale: int) -> None:
        """A new number: the sale before it has ended with nothing held (I3)."""
        if sale != self.sale:
            self.sale, self.tender, self.reference, self.intents = sale, "", "", []
            self.cash_in_minor = self.reserved_minor = self.flagged_minor = 0
