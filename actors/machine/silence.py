"""The end of a sale of which nothing is heard any more: no customer, no provider, no motor, no changer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.machine import choosing, paying, recovery, returning, vending
from actors.machine.messages import UnitTimeout
from actors.machine.states import (
    ASKING,
    CREDIT,
    IDLE,
    PAYING,
    RECOVERING,
    RECOVERY_SECONDS,
    RETURNING,
    SETTLING,
    SILENCE_SECONDS,
    VENDING,
)

if TYPE_CHECKING:
    from actors.machine.selling import Selling


def look(m: Selling, timeout: UnitTimeout) -> None:
    """End a sale of which nothing was heard for too long."""
    if timeout.sale != m.watched:
        return  # set before a restart
    m.watched = 0
    if m.state == IDLE:
        return
    limit = RECOVERY_SECONDS if m.state == RECOVERING else SILENCE_SECONDS
    left_us = m.heard_us + limit * 1_000_000 - m.now
    if left_us > 0:
        m.watch(left_us / 1_000_000)
        return
    _GIVE_UP[m.state](m)


def _no_payment(m: Selling) -> None:
    paying.give_up(m, "no_change" if m.exact_only and m.sale.pieces_taken is not None else "other")


def _no_word_of_motor(m: Selling) -> None:
    vending.flag_unknown(m, m.books.intents[-1])
    choosing.count_refused(m, 1, "other")
    m.sale.unit += 1
    choosing.refuse_rest(m, "other")


def _no_word_of_provider(m: Selling) -> None:
    if held_minor := m.card_held_minor:
        returning.flag(m, m.books.tender, held_minor, "no_answer")
    m.sale.unsettled = False
    vending.go_on(m)


def _no_word_of_changer(m: Selling) -> None:
    returning.flag_cash(m, "no_answer")
    returning.serve(m)


_GIVE_UP = {
    CREDIT: _no_payment,
    PAYING: _no_payment,
    ASKING: _no_payment,
    VENDING: _no_word_of_motor,
    SETTLING: _no_word_of_provider,
    RETURNING: _no_word_of_changer,
    RECOVERING: recovery.go_on_without,
}
