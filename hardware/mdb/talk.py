"""What master and cashless reader say about one amount, as a table (MDB/ICP 4.2 section 7.2; notes A4)."""

from __future__ import annotations

import attrs

from hardware.contract.payment import Authorised, Declined
from hardware.mdb.codec import reader

IDLE, SESSION, ASKED, CANCELLING, APPROVED, SUCCEEDING, FAILING, COMPLETING = (
    "idle",
    "session",
    "asked",
    "cancelling",
    "approved",
    "succeeding",
    "failing",
    "completing",
)
BEGUN, ASK, YES, NO, WITHDRAW, YES_TOO_LATE = (
    "03 session begun",
    "VEND REQUEST",
    "05 approved",
    "06 denied",
    "VEND CANCEL",
    "05 approved after a withdrawal",
)
TAKE, LET_GO, TAKEN, REFUNDED, REFUND_LOST, COMPLETE, ENDED, BEGAN_ANEW = (
    "VEND SUCCESS",
    "VEND FAILURE",
    "success acknowledged",
    "POLL answered after failure",
    "0A Cx refund lost",
    "SESSION COMPLETE",
    "07 session ended",
    "reset or lost",
)

TALK = {
    (IDLE, BEGUN): SESSION,
    (IDLE, ASK): ASKED,
    (SESSION, ASK): ASKED,
    (ASKED, YES): APPROVED,
    (ASKED, NO): SESSION,
    (ASKED, ENDED): IDLE,
    (ASKED, WITHDRAW): CANCELLING,
    (CANCELLING, NO): SESSION,
    (CANCELLING, ENDED): IDLE,
    (CANCELLING, YES): APPROVED,
    (CANCELLING, YES_TOO_LATE): FAILING,
    (APPROVED, TAKE): SUCCEEDING,
    (APPROVED, LET_GO): FAILING,
    (SUCCEEDING, TAKEN): SESSION,
    (FAILING, REFUNDED): SESSION,
    (FAILING, REFUND_LOST): SESSION,
    (SESSION, COMPLETE): COMPLETING,
    (SESSION, ENDED): IDLE,
    (COMPLETING, ENDED): IDLE,
    (SESSION, BEGAN_ANEW): IDLE,
    (ASKED, BEGAN_ANEW): IDLE,
    (CANCELLING, BEGAN_ANEW): IDLE,
    (APPROVED, BEGAN_ANEW): IDLE,
    (SUCCEEDING, BEGAN_ANEW): IDLE,
    (FAILING, BEGAN_ANEW): IDLE,
    (COMPLETING, BEGAN_ANEW): IDLE,
}
"""(state, what happens) to the next state. What is not here changes nothing.

Idle to asked without a session is for readers with the option always idle. From asked until approved and
taken, failed or denied nothing else is sent (the vend is not interruptible).
"""

ACKED_IN: dict[type, str] = {
    reader.RequestVend: ASKED,
    reader.CancelVend: CANCELLING,
    reader.VendFailed: FAILING,
    reader.CompleteSession: COMPLETING,
}
"""The state that a command belongs to: orders may have changed it while the command was on the wire."""

REFERENCE = "mdb:"

Key = tuple[int, int]
"""(sale, ask): one request for ever."""


@attrs.define
class Request:
    """One amount asked for.

    Attributes:
        units: the amount in the reader's units.
        item: number for the reader's records, FFFF none.
        until: when we withdraw it; None until it is the first in line.
        withdrawn: "" or the word that ``Declined`` will say.
        let_go: ``Settle`` of 0 has been ordered and waits for its answer.
        taken_minor: what the reader approved, minor units.
    """

    sale: int
    ask: int
    amount_minor: int
    units: int
    item: int
    until: float | None = None
    withdrawn: str = ""
    let_go: bool = False
    taken_minor: int = 0

    @property
    def key(self) -> Key:
        """See ``Key``."""
        return self.sale, self.ask

    def authorised(self) -> Authorised:
        """The answer yes. MDB has no reference: ours carries the amount over a restart of the driver."""
        reference = f"{REFERENCE}{self.taken_minor}"
        return Authorised(sale=self.sale, ask=self.ask, amount_minor=self.taken_minor, reference=reference)

    def declined(self, why: str) -> Declined:
        """The answer no."""
        return Declined(sale=self.sale, ask=self.ask, why=why)


def item_number(lane: str, unknown: int = 0xFFFF) -> int:
    """A lane as the reader's 16-bit item: digits as they are, "B12" as row 2 x 100 + 12; else unknown."""
    row, place = (lane[:1], lane[1:]) if lane[:1].isalpha() else ("", lane)
    if not (place.isascii() and place.isdigit() and len(place) <= (2 if row else 4)):
        return unknown
    if not row:
        return int(place)
    return (ord(row.upper()) - ord("A") + 1) * 100 + int(place) if "A" <= row.upper() <= "Z" else unknown


def referred_minor(text: str, otherwise: int) -> int:
    """The amount in a reference."""
    digits = text.removeprefix(REFERENCE)
    return int(digits) if text.startswith(REFERENCE) and digits.isdigit() else otherwise
