"""How a machine sells, on one page: which message takes which step in which state, and where it leads.

A step looks after one thing and says by its name what it does. A message that neither the state's rows nor
those of every state name changes nothing. Coins have a row in every state: money is always taken note of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.machine import choosing, entries, paying, recovery, returning, silence, vending
from actors.machine.messages import UnitTimeout
from actors.machine.states import (
    ASKING,
    CREDIT,
    IDLE,
    PAYING,
    RECOVERING,
    RETURNING,
    SETTLING,
    VENDING,
)
from hardware.contract.cash import BillHeld, CashCounted, CashInserted, PaidOut, ReturnAsked
from hardware.contract.keypad import LanesChosen
from hardware.contract.motor_board import MotorTurned
from hardware.contract.payment import (
    Authorised,
    CodeScanned,
    Declined,
    SessionBegun,
    SessionEnded,
    Settled,
)

Step = Callable[[Any, Any], None]
"""Takes the machine and the message."""

NEXT = (PAYING, ASKING, VENDING, SETTLING, RETURNING, IDLE)
"""Where a sale may go on: the next unit is asked for or vended, or what was paid is settled and goes back."""
END = (SETTLING, RETURNING, IDLE)
STAY: tuple[str, ...] = ()

EVERY = "every state"

TABLE: dict[str, dict[type, tuple[Step, tuple[str, ...]]]] = {
    IDLE: {
        LanesChosen: (choosing.choose, (PAYING, ASKING, VENDING)),
        CashInserted: (choosing.coin_first, (CREDIT, RETURNING)),
        BillHeld: (entries.keep_or_return, STAY),
        SessionBegun: (choosing.note_card, STAY),
        SessionEnded: (choosing.forget_card, STAY),
        CodeScanned: (choosing.note_code, STAY),
    },
    CREDIT: {
        LanesChosen: (choosing.choose, (PAYING, ASKING, VENDING, RETURNING)),
        CashInserted: (choosing.more_credit, STAY),
        BillHeld: (entries.keep_or_return, STAY),
        ReturnAsked: (choosing.give_credit_back, (RETURNING,)),
        SessionBegun: (choosing.note_card, STAY),
        SessionEnded: (choosing.forget_card, STAY),
        CodeScanned: (choosing.note_code, STAY),
        UnitTimeout: (silence.look, (RETURNING,)),
    },
    PAYING: {
        CashInserted: (paying.coin_in, (VENDING, RETURNING, IDLE)),
        BillHeld: (entries.keep_or_return, STAY),
        Authorised: (paying.authorised, NEXT),
        Declined: (paying.declined, STAY),
        ReturnAsked: (paying.lever, (RETURNING, IDLE)),
        SessionEnded: (paying.card_gone, STAY),
        CodeScanned: (paying.scanned, STAY),
        UnitTimeout: (silence.look, (RETURNING, IDLE)),
    },
    ASKING: {
        Authorised: (paying.authorised, NEXT),
        Declined: (paying.declined, (RETURNING, IDLE)),
        ReturnAsked: (paying.lever, (RETURNING, IDLE)),
        SessionEnded: (paying.card_gone, (RETURNING, IDLE)),
        CodeScanned: (paying.scanned, STAY),
        UnitTimeout: (silence.look, (RETURNING, IDLE)),
    },
    VENDING: {
        MotorTurned: (vending.turned, NEXT),
        UnitTimeout: (silence.look, END),
    },
    SETTLING: {
        Settled: (returning.settled, NEXT),
        UnitTimeout: (silence.look, NEXT),
    },
    RETURNING: {
        PaidOut: (returning.paid_out, (RETURNING, IDLE)),
        CashCounted: (entries.note_values, STAY),
        UnitTimeout: (silence.look, (IDLE,)),
    },
    RECOVERING: {
        MotorTurned: (recovery.heard_turn, END),
        CashCounted: (recovery.heard_count, END),
        CashInserted: (recovery.heard_coin, STAY),
        UnitTimeout: (silence.look, END),
    },
    EVERY: {
        LanesChosen: (choosing.turn_away, STAY),
        CashInserted: (choosing.note_coin, STAY),
        BillHeld: (entries.return_bill, STAY),
        Authorised: (paying.too_late, STAY),
        Settled: (paying.keep, STAY),
        CashCounted: (recovery.metered, STAY),
        UnitTimeout: (silence.look, STAY),
    },
}
"""State to message to (step, states it may lead to; none: it stays)."""

STEPS: dict[str, dict[type, Step]] = {
    state: {message: step for message, (step, _) in {**TABLE[EVERY], **rows}.items()}
    for state, rows in TABLE.items()
    if state != EVERY
}
"""What the machine dispatches by."""

TAKES = tuple(dict.fromkeys(message for rows in TABLE.values() for message in rows))
"""Every message that a sale listens to."""


def markdown() -> str:
    """The table as it stands in the README of this room."""
    lines = ["| state | message | step | leads to |", "|---|---|---|---|"]
    for state, rows in TABLE.items():
        for message, (step, leads_to) in rows.items():
            words = step.__name__.replace("_", " ")
            lines.append(f"| {state} | {message.__name__} | {words} | {', '.join(leads_to)} |")
            state = ""
    return "\n".join(lines) + "\n"
