"""Refunds from afar: what the last sales really took, and giving some of it back once.

Cash is owed (``RefundOwed``) under a number of its own and goes the way of any change: the same steps, the
same recovery. With a provider the reservation is settled anew for less, which the contract allows again and
again with the same answer; so a restart asks again. What does not come back is flagged: the customer was
promised it, and a person has to pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from actors.machine import choosing, returning
from actors.machine.states import IDLE
from actors.payment.messages import (
    CashTaken,
    ChangePaid,
    PaymentAuthorised,
    PaymentFlagged,
    PaymentRefunded,
    RefundAsked,
    RefundEnded,
    RefundOwed,
)
from hardware.contract.payment import Settle, Settled
from runtime.errors import Refused

if TYPE_CHECKING:
    from actors.machine.machine import Machine

SALES_KEPT = 5
"""Sales that a machine can refund; older ones are for the office to repay."""

PaidFact = (
    CashTaken
    | ChangePaid
    | PaymentAuthorised
    | PaymentRefunded
    | PaymentFlagged
    | RefundOwed
    | RefundAsked
    | RefundEnded
)


@attrs.define(slots=True, kw_only=True)
class Part:
    """Money of one sale that came one way, less what went back or into suspense."""

    tender: str
    reference: str = ""
    ask: int = 0
    left_minor: int = 0


@attrs.define(slots=True, kw_only=True)
class Paid:
    """What one sale was paid with."""

    sale: int
    parts: list[Part]


@attrs.define(slots=True, kw_only=True)
class Refunds:
    """Changed by facts only.

    Attributes:
        paid: the newest sales that took money.
        owed: the cash refund under way or the last one; how it ended is in the next two.
        cash_paid_minor, cash_flagged_minor: of it.
        asked: the refund that a provider was asked for; None when it has ended.
        ended: how the last one ended.
    """

    paid: list[Paid] = attrs.field(factory=list)
    owed: RefundOwed | None = None
    cash_paid_minor: int = 0
    cash_flagged_minor: int = 0
    asked: RefundAsked | None = None
    ended: RefundEnded | None = None

    def parts(self, sale: int) -> list[Part]:
        """What is left of a sale's money, by the way it came; [] if the sale is not known (any more)."""
        found = next((paid.parts for paid in self.paid if paid.sale == sale), [])
        return [part for part in found if part.left_minor > 0]

    def enter(self, fact: PaidFact) -> None:
        """Take a fact in."""
        match fact:
            case CashTaken():
                if self.owed is not None and fact.sale == self.owed.sale:
                    return  # came while the refund went out, and goes back with it
                self._part(fact.sale, "cash").left_minor += fact.amount_minor
            case PaymentAuthorised():
                self._begun(fact.sale).append(
                    Part(
                        tender=fact.tender,
                        reference=fact.reference,
                        ask=fact.ask,
                        left_minor=fact.amount_minor,
                    )
                )
            case ChangePaid() | PaymentFlagged() | PaymentRefunded():
                self._back(fact)
            case RefundOwed():
                self.owed, self.cash_paid_minor, self.cash_flagged_minor = fact, 0, 0
                self._part(fact.of, "cash").left_minor -= fact.amount_minor
            case RefundAsked():
                self.asked = fact
                for part in self.parts(fact.of):
                    if (part.tender, part.ask) == (fact.tender, fact.ask):
                        part.left_minor -= fact.amount_minor
            case RefundEnded():
                self.asked, self.ended = None, fact

    def _back(self, fact: ChangePaid | PaymentFlagged | PaymentRefunded) -> None:
        amount_minor = fact.amount_minor
        if self.owed is not None and fact.sale == self.owed.sale:
            if isinstance(fact, ChangePaid):
                self.cash_paid_minor = min(self.cash_paid_minor + amount_minor, self.owed.amount_minor)
            else:
                self.cash_flagged_minor += amount_minor
            return
        tender = "cash" if isinstance(fact, ChangePaid) else fact.tender
        for part in reversed(self.parts(fact.sale)):  # the newest reservation is the one that is let go
            if part.tender == tender:
                gone_minor = min(part.left_minor, amount_minor)
                part.left_minor -= gone_minor
                amount_minor -= gone_minor

    def _begun(self, sale: int) -> list[Part]:
        for paid in reversed(self.paid):
            if paid.sale == sale:
                return paid.parts
        self.paid.append(Paid(sale=sale, parts=[]))
        del self.paid[:-SALES_KEPT]
        return self.paid[-1].parts

    def _part(self, sale: int, tender: str) -> Part:
        parts = self._begun(sale)
        for part in parts:
            if part.tender == tender:
                return part
        parts.append(Part(tender=tender))
        return parts[-1]


def grant(machine: Machine, sale: int, amount_minor: int, reason: str) -> str:
    """Begin to give back; return the way it was paid. Raises Refused, and nothing changed."""
    refunds = machine.refunds
    if machine.held:
        raise Refused(f"machine must be able to begin a refund, its node holds it: {machine.held}")
    if amount_minor <= 0:
        raise Refused(f"refund must be more than 0, not {amount_minor}")
    parts = refunds.parts(sale)
    if machine.state != IDLE and sale in (machine.sale.number, machine.ending):
        raise Refused(f"sale {sale} must have ended, it is open")
    if not parts:
        raise Refused(f"sale must be one of the last {SALES_KEPT} that still holds money, not {sale}")
    part = next((part for part in parts if part.left_minor >= amount_minor), None)
    if part is None:
        left = ", ".join(f"{part.left_minor} by {part.tender}" for part in parts)
        raise Refused(f"refund of sale {sale} must be at most what it took, {left}, not {amount_minor}")
    if part.tender == "cash":
        _owe(machine, sale, amount_minor, reason)
    else:
        if refunds.asked is not None:
            raise Refused(f"refund of sale {refunds.asked.of} must end first")
        machine.record(
            RefundAsked(of=sale, tender=part.tender, ask=part.ask, amount_minor=amount_minor, reason=reason)
        )
        ask_again(machine)
    return part.tender


def _owe(machine: Machine, sale: int, amount_minor: int, reason: str) -> None:
    if machine.state != IDLE:
        raise Refused("machine must be idle, it serves a customer")
    if amount_minor > machine.books.tubes_minor:
        raise Refused(
            f"tubes must hold the refund, they hold {machine.books.tubes_minor}, not {amount_minor}"
        )
    choosing.begin(machine, None, "cash")
    machine.record(RefundOwed(sale=machine.sale.number, of=sale, amount_minor=amount_minor, reason=reason))
    returning.end(machine)


def ask_again(machine: Machine) -> None:
    """Have the provider settle for less; asked again, the answer is the same."""
    if (asked := machine.refunds.asked) is None:
        return
    part = _asked_part(machine.refunds, asked)
    machine.tell(
        machine.device(asked.tender),
        Settle(sale=asked.of, amount_minor=part.left_minor, reference=part.reference, ask=asked.ask),
    )


def _asked_part(refunds: Refunds, asked: RefundAsked) -> Part:
    for paid in refunds.paid:
        for part in paid.parts:
            if (paid.sale, part.tender, part.ask) == (asked.of, asked.tender, asked.ask):
                return part
    return Part(tender=asked.tender, ask=asked.ask)


def answered(machine: Machine, event: Settled) -> bool:
    """Take a provider's word if it is about the refund; whether it was.

    A sale that was settled whole does not wait for the word on it: that may come after the refund was asked.
    """
    asked = machine.refunds.asked
    late = (event.sale, event.ask) == machine.unheard
    if late:
        machine.unheard = (0, 0)
    if asked is None or (event.sale, event.ask) != (asked.of, asked.ask):
        return False
    part = _asked_part(machine.refunds, asked)
    if late and event.amount_minor > part.left_minor:
        return False
    kept_minor = min(max(event.amount_minor - part.left_minor, 0), asked.amount_minor)
    _end(machine, asked, kept_minor)
    return True


def give_up(machine: Machine) -> None:
    """The provider kept silent: whether it paid is not known."""
    if (asked := machine.refunds.asked) is not None:
        _end(machine, asked, asked.amount_minor)


def _end(machine: Machine, asked: RefundAsked, flagged_minor: int) -> None:
    machine.record(
        RefundEnded(
            of=asked.of,
            tender=asked.tender,
            refunded_minor=asked.amount_minor - flagged_minor,
            flagged_minor=flagged_minor,
        )
    )
