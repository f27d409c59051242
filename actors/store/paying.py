"""Steps of a till: taking the money for a basket, or letting the customer go without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.payment.messages import CashTaken, ChangePaid, PaymentAuthorised
from actors.store.limits import DEVICES, TENDER_SECONDS
from actors.store.messages import BasketLost, CommitSale, PaymentRequested, TenderTimeout
from actors.store.receipt import sale_lines
from actors.store.states import ASKING, COMMITTING, SCANNING
from hardware.contract.keypad import Served
from hardware.contract.payment import Authorise, Authorised, Settle
from hardware.contract.till import OpenDrawer

if TYPE_CHECKING:
    from actors.store.till import Till


def pay_if_ready(till: Till) -> None:
    """Begin to pay once the cashier has chosen how and the store owes no answer."""
    choice = till.tender_chosen
    if choice is None or till.awaiting:
        return
    number = till.sale + 1
    if not till.basket:
        why = "other" if till.turned_away else "unknown_code" if till.refused else ""
        if why:
            till.record(BasketLost(sale=number, lines=till.refused, why=why))
        serve(till, why)
    elif choice.tender == "cash" and choice.given_minor >= till.total_minor:
        _take_cash(till, number, choice.given_minor)
    elif choice.tender in DEVICES:
        _ask(till, number, choice.tender)
    else:
        lose(till, number, "other")


def _take_cash(till: Till, sale: int, given_minor: int) -> None:
    change_minor = given_minor - till.total_minor
    till.record(CashTaken(sale=sale, amount_minor=given_minor, held_in="drawer"))
    if change_minor:
        till.record(ChangePaid(sale=sale, amount_minor=change_minor))
    till.tell(till.device("drawer"), OpenDrawer(sale=sale))
    _commit(till)


def _ask(till: Till, sale: int, tender: str) -> None:
    till.record(
        PaymentRequested(sale=sale, tender=tender, amount_minor=till.total_minor, lines=len(till.basket))
    )
    till.state = ASKING
    till.tell(till.device(DEVICES[tender]), Authorise(sale=sale, amount_minor=till.total_minor))
    till.after(TENDER_SECONDS, TenderTimeout(sale=sale))


def authorised(till: Till, answer: Authorised) -> None:
    """Go on with the sale, or let go what came too late or was not the amount asked for."""
    if till.waits_for(answer.sale):
        if answer.amount_minor != till.total_minor:
            lose(till, till.sale, "declined")
            let_go(till, answer.sale, till.tender, answer.reference)
            return
        till.record(
            PaymentAuthorised(
                sale=answer.sale,
                tender=till.tender,
                amount_minor=answer.amount_minor,
                reference=answer.reference,
            )
        )
        _commit(till)
    elif tender := till.given_up.get(answer.sale):
        let_go(till, answer.sale, tender, answer.reference)


def let_go(till: Till, sale: int, tender: str, reference: str) -> None:
    """Tell a terminal to take none of what it may have reserved."""
    till.tell(till.device(DEVICES[tender]), Settle(sale=sale, amount_minor=0, reference=reference))


def _commit(till: Till) -> None:
    till.state = COMMITTING
    order = CommitSale(
        till=till.address,
        sale=till.sale,
        tender=till.tender,
        lines=sale_lines(till.basket),
        total_minor=till.total_minor,
    )
    till.tell(till.reach(till.store), order)


def lose(till: Till, sale: int, why: str) -> None:
    """The customer leaves the basket behind."""
    till.record(BasketLost(sale=sale, lines=len(till.basket), why=why))
    till.refused += len(till.basket)
    till.basket = []
    serve(till, why)


def serve(till: Till, why: str) -> None:
    """Tell the cashier that this customer is done with, and clear the till for the next."""
    assert till.tender_chosen is not None
    customer = till.tender_chosen.customer
    served = Served(customer=customer, vended=len(till.basket), refused=till.refused, why=why)
    till.tell(till.device("keys"), served)
    till.state, till.basket, till.refused, till.tender_chosen = SCANNING, [], 0, None
    till.turned_away = False
