"""Steps of a sale: unit by unit, the motor and the drop sensor's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.machine import choosing, paying, returning
from actors.machine.lane import UNKNOWN, turn_of
from actors.machine.messages import TEST, UNPAID, Release, VendIntended
from actors.machine.states import VENDING
from actors.payment.messages import PaymentFlagged
from hardware.contract.cash import CashUsed
from hardware.contract.motor_board import DROPPED, MotorTurned
from hardware.contract.payment import ReportCashSale

if TYPE_CHECKING:
    from actors.machine.selling import Selling


def begin_unpaid(m: Selling, code: str, tender: str) -> None:
    """Vend one unit of a lane for nothing, as a sale of its own."""
    choosing.begin(m, None, tender)
    m.sale.units = [(code, 0)]
    go_on(m)


def go_on(m: Selling) -> None:
    """Vend the next unit if it is paid, else ask for it; settle before that; end when there is none."""
    sale = m.sale
    while sale.unit < len(sale.units):
        code, price_minor = sale.units[sale.unit]
        if why := m.lane(code).refusal(test=sale.tender == TEST):
            choosing.refuse(m, code, 1, why)
            sale.unit += 1
        elif _paid(m, price_minor):
            _vend(m, code, price_minor)
            return
        elif sale.unsettled:
            returning.settle(m)
            return
        else:
            paying.ask(m)
            return
    returning.end(m)


def _paid(m: Selling, price_minor: int) -> bool:
    if not price_minor:
        return True
    if m.books.sale != m.sale.number:
        return False
    match m.sale.tender:
        case "cash":
            return m.due_minor <= 0
        case "":
            return m.held_minor >= price_minor
        case _:
            return m.card_held_minor >= price_minor


def _vend(m: Selling, code: str, price_minor: int) -> None:
    """Intend the unit, and have its lane release it."""
    sale, tender, cash_minor = m.sale, m.sale.tender, 0
    if not price_minor:
        tender = tender if tender in UNPAID else "free"
    elif not tender:
        cash_minor = max(0, price_minor - m.card_held_minor)
        tender = "cash" if cash_minor == price_minor else "mixed" if cash_minor else m.books.tender
    m.record(
        VendIntended(
            sale=sale.number,
            unit=sale.unit,
            lane=code,
            price_minor=price_minor,
            tender=tender,
            cash_minor=cash_minor if tender == "mixed" else 0,
        )
    )
    choosing.enter(m, VENDING)
    m.tell(m.device(f"lane/{code}"), Release(sale=sale.number, unit=sale.unit))


def turned(m: Selling, event: MotorTurned) -> None:
    """Note how this unit ended and go on; the word of a turn given up is too late.

    A reader that keeps the machine's audit is told of a unit paid in cash (MDB CASH SALE).
    """
    sale = m.sale
    if event.turn != turn_of(sale.number, sale.unit):
        return
    vend = m.books.intents[-1]
    if event.outcome == UNKNOWN:
        flag_unknown(m, vend)
        unit_ended(m, "other")
        return
    m.lane(vend.lane).turned(vend, event.outcome)
    if event.outcome == DROPPED:
        sale.vended += 1
        if used_minor := vend.price_minor if vend.tender == "cash" else vend.cash_minor:
            m.tell(m.device("cash"), CashUsed(amount_minor=used_minor))
        if vend.tender == "cash" and "cashless" in m.tenders:
            m.tell(m.device("cashless"), ReportCashSale(lane=vend.lane, price_minor=vend.price_minor))
        unit_ended(m)
    else:
        unit_ended(m, "jam")


def unit_ended(m: Selling, why: str = "") -> None:
    """Go on with the next unit. A reader settles each for itself, a code once for all."""
    sale = m.sale
    sale.unit += 1
    if why:
        choosing.count_refused(m, 1, why)
    if sale.unsettled and m.books.tender != "code":
        returning.settle(m)
    else:
        go_on(m)


def flag_unknown(m: Selling, vend: VendIntended) -> None:
    """Nobody knows whether it fell: close the lane, and let a person decide about the money."""
    m.lane(vend.lane).turned(vend, UNKNOWN)
    cash_minor = vend.price_minor if vend.tender == "cash" else vend.cash_minor
    shares = (
        ("cash", cash_minor, m.cash_held_minor),
        (m.books.tender, vend.price_minor - cash_minor, m.card_held_minor),
    )
    for tender, share_minor, held_minor in shares:
        if amount_minor := min(share_minor, held_minor):
            m.record(PaymentFlagged(sale=vend.sale, tender=tender, amount_minor=amount_minor, why=UNKNOWN))
