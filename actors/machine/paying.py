"""Steps of a sale: asking for the money, and taking it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.machine import choosing, entries, vending
from actors.machine.states import ASKING, PAYING
from actors.payment.messages import PaymentAuthorised, PaymentKept
from hardware.contract.cash import CashInserted, ReturnAsked
from hardware.contract.payment import (
    Authorise,
    Authorised,
    CodeScanned,
    Declined,
    SessionEnded,
    Settle,
    Settled,
)

if TYPE_CHECKING:
    from actors.machine.selling import Selling

LET_GO_KEPT = 128
"""Requests let go and not yet confirmed that are remembered: 2 readers' of a sale of some 60 coins."""


def ask(m: Selling) -> None:
    """Ask for what the next unit still needs; by code for all units at once, in cash too."""
    tender = m.sale.tender
    if tender == "cash":
        _open_entries(m)
    elif tender:
        left = m.sale.units[m.sale.unit :]
        owed = left if tender == "code" else left[:1]
        _ask_readers(m, (tender,), sum(price for _, price in owed))
        choosing.enter(m, ASKING)
    else:
        _ask_any(m)


def _open_entries(m: Selling) -> None:
    choosing.enter(m, PAYING)
    if not entries.open_for(m, m.due_minor):
        give_up(m, "no_change")


def _ask_any(m: Selling) -> None:
    """Every way at once: the first to pay; a coin makes the others ask for the rest."""
    answering = [way for way in m.tenders if way not in m.missing]
    readers = tuple(way for way in answering if way != "cash")
    if m.sale.funds_minor is not None and "cashless" in readers:
        readers = ("cashless",)
    choosing.enter(m, PAYING if "cash" in answering else ASKING)
    if readers:
        _ask_readers(m, readers, m.due_minor)
    opened = "cash" in answering and entries.open_for(m, m.due_minor)
    if not opened and not readers:
        give_up(m, "no_change")


def _ask_readers(m: Selling, readers: tuple[str, ...], amount_minor: int) -> None:
    """Numbers follow from facts, so that none comes twice in a sale; they go round the readers in turn."""
    sale, known = m.sale, m.readers
    first = m.books.asks * len(known) if m.books.sale == sale.number else 0
    sale.asked_minor = amount_minor
    sale.asks = tuple((first + known.index(way), way) for way in readers)
    lane = sale.units[sale.unit][0] if amount_minor == sale.units[sale.unit][1] else ""
    for number, way in sale.asks:
        m.tell(
            m.device(way),
            Authorise(
                sale=sale.number,
                amount_minor=amount_minor,
                ask=number,
                lane=lane,
                code=sale.code if way == "code" else "",
            ),
        )


def withdraw(m: Selling, but: str = "") -> None:
    """Let go the requests that are open, but for one reader's."""
    for number, way in m.sale.asks:
        if way != but:
            let_go(m, m.sale.number, number, "")
    m.sale.asks = ()


def coin_in(m: Selling, event: CashInserted) -> None:
    """Go on when it is enough; else ask for the rest."""
    choosing.note_coin(m, event)
    sale = m.sale
    if m.due_minor <= 0:
        withdraw(m)
        vending.go_on(m)
    elif sale.tender == "cash":
        if not entries.open_for(m, m.due_minor):
            give_up(m, "no_change")
    else:
        withdraw(m)
        _ask_any(m)


def authorised(m: Selling, answer: Authorised) -> None:
    """Go on with the sale; let go what came too late or is not the amount asked for."""
    sale = m.sale
    way = next((way for number, way in sale.asks if number == answer.ask), "")
    if answer.sale != sale.number or not way:
        too_late(m, answer)
    elif answer.amount_minor != sale.asked_minor:
        too_late(m, answer)
        _drop(m, answer.ask)
    else:
        withdraw(m, but=way)
        m.record(
            PaymentAuthorised(
                sale=answer.sale,
                tender=way,
                amount_minor=answer.amount_minor,
                reference=answer.reference,
                ask=answer.ask,
            )
        )
        sale.unsettled = True
        if not sale.tender and not m.cash_held_minor:
            sale.tender = way
        vending.go_on(m)


def declined(m: Selling, answer: Declined) -> None:
    """The customer leaves without the goods, unless another way is still open."""
    if answer.sale == m.sale.number:
        _drop(m, answer.ask)


def _drop(m: Selling, number: int) -> None:
    asks = m.sale.asks
    m.sale.asks = tuple(each for each in asks if each[0] != number)
    if asks and not m.sale.asks and m.sale.pieces_taken is None:
        choosing.refuse_rest(m, "other")


def too_late(m: Selling, answer: Authorised) -> None:
    """Let go what nobody waits for, unless it is only said twice."""
    if answer.sale == m.books.sale and answer.ask in m.books.booked:
        return
    let_go(m, answer.sale, answer.ask, answer.reference)


def let_go(m: Selling, sale: int, ask: int, reference: str) -> None:
    """Let go what a provider may hold under a number that was not booked."""
    m.let_go = (*m.let_go[1 - LET_GO_KEPT :], (sale, ask))
    m.tell(m.device(way_of(m, ask)), Settle(sale=sale, amount_minor=0, reference=reference, ask=ask))


def way_of(m: Selling, ask: int) -> str:
    """The reader that a request number belongs to."""
    readers = m.readers
    return readers[ask % len(readers)]


def keep(m: Selling, event: Settled) -> None:
    """A provider's word on a request that was let go: what it took all the same is in suspense, once."""
    request = (event.sale, event.ask)
    if request not in m.let_go:
        return
    m.let_go = tuple(each for each in m.let_go if each != request)
    if event.amount_minor and request not in m.books.kept:
        m.record(
            PaymentKept(
                sale=event.sale,
                tender=way_of(m, event.ask),
                amount_minor=event.amount_minor,
                ask=event.ask,
            )
        )


def scanned(m: Selling, event: CodeScanned) -> None:
    """The code asked for was held before the scanner: the request goes on with it."""
    m.sale.code = event.code
    for number, way in m.sale.asks:
        if way == "code":
            asked = Authorise(
                sale=m.sale.number, amount_minor=m.sale.asked_minor, ask=number, code=event.code
            )
            m.tell(m.device(way), asked)


def card_gone(m: Selling, _: SessionEnded) -> None:
    """The card was taken away before the reader answered."""
    m.sale.funds_minor = None
    if (number := next((number for number, way in m.sale.asks if way == "cashless"), None)) is not None:
        let_go(m, m.sale.number, number, "")
        _drop(m, number)


def lever(m: Selling, _: ReturnAsked) -> None:
    """The customer wants the money back. Who was told to pay exactly and leaves could not."""
    give_up(m, "no_change" if m.exact_only and m.sale.pieces_taken is not None else "other")


def give_up(m: Selling, why: str) -> None:
    """The customer does not pay."""
    withdraw(m)
    choosing.refuse_rest(m, why)
