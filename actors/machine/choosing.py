"""Steps of a sale: the choice, and what comes in before it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from actors.machine import entries, vending
from actors.machine.lane import UNITS_MAX
from actors.machine.messages import SaleRefused
from actors.machine.states import CREDIT, PAYING, RECOVERING, SILENCE_SECONDS
from actors.payment.messages import CashTaken
from hardware.contract.cash import CashInserted, ReturnAsked
from hardware.contract.keypad import LanesChosen, Served
from hardware.contract.payment import CodeScanned, SessionBegun, SessionEnded

if TYPE_CHECKING:
    from actors.machine.selling import Selling


def begin(m: Selling, customer: int | None, tender: str) -> None:
    """Open a sale under the next number. What was presented before the choice counts for it."""
    was = m.sale
    sale = m.sale = type(was)()
    sale.number = sale.pay_out = m.books.last + 1
    sale.customer, sale.tender = customer, tender
    sale.pieces_taken, sale.code, sale.funds_minor = was.pieces_taken, was.code, was.funds_minor


def enter(m: Selling, state: str, seconds: float = SILENCE_SECONDS) -> None:
    """Go into a state; money is taken in two of them, and the one timer looks after all."""
    m.state, m.heard_us = state, m.now
    if state not in (CREDIT, PAYING):
        entries.shut(m)
    if not m.watched:
        m.watch(seconds)


def choose(m: Selling, choice: LanesChosen) -> None:
    """Refuse what cannot be sold, and ask for the money for the rest."""
    if m.state == CREDIT:
        m.sale.customer, m.sale.tender = choice.customer, choice.tender
    else:
        begin(m, choice.customer, choice.tender)
    sale = m.sale
    everything = m.off_why(choice.tender)
    wanted: Counter[str] = Counter()
    refusals: dict[tuple[str, str], int] = {}
    for place, code in enumerate(choice.lanes):
        wanted[code] += 1
        why = everything or ("other" if place >= UNITS_MAX or code not in m.lanes else "")
        if not why:
            lane = m.lane(code)
            if not (why := lane.refusal(wanted[code])):
                sale.units.append((code, lane.price_minor))
                continue
        refusals[code, why] = refusals.get((code, why), 0) + 1
    for (code, why), units in refusals.items():
        refuse(m, code, units, why)
    vending.go_on(m)


def refuse(m: Selling, lane: str, units: int, why: str) -> None:
    """These units will not be sold."""
    m.record(SaleRefused(sale=m.sale.number, lane=lane, units=units, why=why))
    count_refused(m, units, why)


def count_refused(m: Selling, units: int, why: str) -> None:
    """The customer will be told of them, and why of the first."""
    m.sale.refused += units
    m.sale.why = m.sale.why or why


def refuse_rest(m: Selling, why: str) -> None:
    """The units not yet begun will not be sold."""
    sale = m.sale
    for lane, units in Counter(lane for lane, _ in sale.units[sale.unit :]).items():
        refuse(m, lane, units, why)
    sale.unit = len(sale.units)
    vending.go_on(m)


def turn_away(m: Selling, choice: LanesChosen) -> None:
    """Somebody else is being served, or the machine is not ready yet: the customer may come again."""
    why = "busy"
    if m.state == RECOVERING:
        why = "offline"
        for lane, units in Counter(choice.lanes).items():
            m.record(SaleRefused(sale=m.sale.number, lane=lane, units=units, why=why))
    away = Served(customer=choice.customer, vended=0, refused=len(choice.lanes), why=why)
    m.tell(m.device("keypad"), away)


# Before a choice


def coin_first(m: Selling, event: CashInserted) -> None:
    """Credit for whoever chooses next, if the machine sells so and sells now; else it goes back."""
    begin(m, None, "cash")
    note_coin(m, event)
    if m.money_first and not m.off_why("cash"):
        enter(m, CREDIT)
        entries.open_for_credit(m)
    else:
        vending.go_on(m)


def more_credit(m: Selling, event: CashInserted) -> None:
    """Another coin before the choice."""
    note_coin(m, event)
    entries.open_for_credit(m)


def note_coin(m: Selling, event: CashInserted) -> None:
    """Take note of the money. What comes when none was asked for goes back at the end of the sale."""
    sale = m.ending or m.sale.number
    m.record(CashTaken(sale=sale, amount_minor=event.value_minor, held_in=event.held_in))
    m.heard_us = m.now


def give_credit_back(m: Selling, _: ReturnAsked) -> None:
    """The lever, before a choice."""
    vending.go_on(m)


def note_code(m: Selling, event: CodeScanned) -> None:
    """A payment code scanned before the choice counts for it."""
    m.sale.code = event.code


def note_card(m: Selling, event: SessionBegun) -> None:
    """A card presented before the choice pays for it."""
    m.sale.funds_minor = event.funds_minor


def forget_card(m: Selling, _: SessionEnded) -> None:
    """It was taken away."""
    m.sale.funds_minor = None
