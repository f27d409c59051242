"""The coin and bill entries: open for what can be changed, shut, and the bill in escrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.machine.change import acceptable, can_change, exact_change_only, returnable
from actors.machine.states import CREDIT, IDLE
from hardware.contract.cash import AcceptCash, BillHeld, CashCounted, KeepBill, ReturnBill
from hardware.contract.display import ShowText

if TYPE_CHECKING:
    from actors.machine.selling import Selling

EXACT_CHANGE_ONLY = "exact change only"


def open_for(m: Selling, due_minor: int) -> bool:
    """Open for the pieces that somebody who owes this may put in; False if there are none."""
    if not m.values or m.books.loose_minor:
        return _open(m, ())
    taken = acceptable(m.books.tubes, m.values, due_minor)
    return bool(taken) and _open(m, taken)


def open_for_credit(m: Selling) -> None:
    """Open before a choice, for what could come back; shut while nothing is sold."""
    if m.off_why("cash"):
        shut(m)
        return
    taken = returnable(m.books.tubes, m.values)
    if taken or not m.values:
        _open(m, taken)
    else:
        shut(m)


def _open(m: Selling, taken: tuple[int, ...]) -> bool:
    exact = exact_change_only(m.values, taken) if taken else False
    if exact != m.exact_only:
        m.exact_only = exact
        m.tell(m.device("display"), ShowText(text=EXACT_CHANGE_ONLY if exact else m.text))
    if taken != m.sale.pieces_taken:
        m.sale.pieces_taken = taken
        m.tell(m.device("cash"), AcceptCash(on=True, values=taken if exact else ()))
    return True


def look_again(m: Selling) -> None:
    """Whether anything is sold may have changed: money before a choice is taken only if it is."""
    if m.money_first and m.state in (IDLE, CREDIT):
        open_for_credit(m)


def show(m: Selling) -> None:
    """Put the operator's text on the display; who pays just now is told of change first."""
    if m.exact_only and m.sale.pieces_taken is not None:
        return
    m.exact_only = False
    m.tell(m.device("display"), ShowText(text=m.text))


def shut(m: Selling) -> None:
    """Take no more money."""
    if m.sale.pieces_taken is not None:
        m.sale.pieces_taken = None
        m.tell(m.device("cash"), AcceptCash(on=False))


def keep_or_return(m: Selling, event: BillHeld) -> None:
    """A bill in escrow is kept if the entries are open and what is too much of it can be changed."""
    over = event.value_minor - m.due_minor
    sure = bool(m.books.loose_minor) or over <= 0 or can_change(m.books.tubes, over)
    is_open = m.sale.pieces_taken is not None
    m.tell(m.device("cash"), KeepBill() if is_open and sure else ReturnBill())


def return_bill(m: Selling, _: BillHeld) -> None:
    """Nobody is paying: the bill goes back."""
    m.tell(m.device("cash"), ReturnBill())


def note_values(m: Selling, event: CashCounted) -> None:
    """A count while money goes out is of no use but for what the device takes."""
    m.values = event.values
