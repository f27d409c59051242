"""Steps of a sale: giving back what was not sold, the way it was paid, and thanking the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.machine import choosing, entries, paying, vending
from actors.machine.change import make_change
from actors.machine.states import IDLE, RETURNING, SETTLING
from actors.payment.messages import ChangePaid, PaymentFlagged, PaymentRefunded, PayOutIntended
from hardware.contract.cash import PaidOut, PayOut
from hardware.contract.keypad import Served
from hardware.contract.payment import Settle, Settled

if TYPE_CHECKING:
    from actors.machine.selling import Selling


def settle(m: Selling) -> None:
    """Have the provider take what was sold of its reservation and let the rest go.

    Its word is waited for where something comes of it: a refund, or the next unit's request.
    """
    books, sale, back_minor = m.books, m.sale, m.card_held_minor
    sold_minor = books.ask_minor - back_minor
    m.tell(
        m.device(books.tender),
        Settle(sale=books.sale, amount_minor=sold_minor, reference=books.reference, ask=books.ask),
    )
    if back_minor or sale.unit < len(sale.units):
        choosing.enter(m, SETTLING)
    else:
        m.unheard = (books.sale, books.ask)
        sale.unsettled = False
        vending.go_on(m)


def settled(m: Selling, event: Settled) -> None:
    """What the provider let go is refunded; what it kept beyond what was sold is flagged."""
    books = m.books
    if (event.sale, event.ask) != (books.sale, books.ask):
        paying.keep(m, event)
        return
    if back_minor := m.card_held_minor:
        kept_minor = event.amount_minor - (books.ask_minor - back_minor)
        kept_minor = min(max(kept_minor, 0), back_minor)
        if kept_minor < back_minor:
            m.record(
                PaymentRefunded(sale=books.sale, tender=books.tender, amount_minor=back_minor - kept_minor)
            )
        if kept_minor:
            flag(m, books.tender, kept_minor, "refund_lost")
    m.sale.unsettled = False
    vending.go_on(m)


def end(m: Selling) -> None:
    """Give back what was not sold: first what providers reserved, then cash."""
    entries.shut(m)
    if m.sale.unsettled:
        settle(m)
    elif held_minor := m.cash_held_minor:
        number = m.sale.pay_out if m.sale.pay_out > m.books.last else 0
        m.record(PayOutIntended(sale=m.books.sale, amount_minor=held_minor, number=number))
        choosing.enter(m, RETURNING)
        pieces = () if m.books.loose_minor else make_change(m.books.tubes, held_minor) or ()
        m.tell(m.device("cash"), PayOut(sale=m.sale.pay_out, amount_minor=held_minor, pieces=pieces))
    else:
        serve(m)


def paid_out(m: Selling, event: PaidOut) -> None:
    """Note what the tubes gave; what they lacked is flagged. What came in meanwhile goes back next."""
    if event.sale != m.sale.pay_out:
        return
    came_minor = m.cash_held_minor - m.books.pay_out_minor
    if paid_minor := min(event.amount_minor, m.cash_held_minor):
        pieces = event.pieces if paid_minor == event.amount_minor else ()
        m.record(ChangePaid(sale=m.books.sale, amount_minor=paid_minor, pieces=pieces))
    flag_cash(m, "no_change", but_minor=came_minor)
    if m.cash_held_minor:
        m.sale.pay_out = m.books.last + 1
        end(m)
    else:
        serve(m)


def flag_cash(m: Selling, why: str, but_minor: int = 0) -> None:
    """Cash that does not go back is in suspense, but for this much."""
    if (lost_minor := m.cash_held_minor - but_minor) > 0:
        flag(m, "cash", lost_minor, why)


def flag(m: Selling, tender: str, amount_minor: int, why: str) -> None:
    """This part of the sale's money is in suspense."""
    m.record(PaymentFlagged(sale=m.books.sale, tender=tender, amount_minor=amount_minor, why=why))


def serve(m: Selling) -> None:
    """Tell the customer how it went, and wait for the next."""
    sale = m.sale
    m.state = IDLE
    sale.code, sale.funds_minor = "", None
    if sale.customer is not None:
        served = Served(customer=sale.customer, vended=sale.vended, refused=sale.refused, why=sale.why)
        m.tell(m.device("keypad"), served)
    if m.money_first:
        entries.open_for_credit(m)
