"""Money facts that machines and tills share. ``sale`` is the actor's own sale number, from 1.

Whoever takes money records it against the sale at once, and every sale ends with nothing held: what came in
equals what was sold, paid back or flagged (I1, I3). ``tender`` is "cash", "cashless" or "code".
"""

from hardware.contract.cash import Pieces
from runtime.message import fact


@fact("payment.cash_taken")
class CashTaken:
    """Coins or bills came in for a sale.

    Attributes:
        held_in: "tube" or "recycler" (one piece, which can be paid out again), "cash_box", "stacker" or
            "drawer".
    """

    sale: int
    amount_minor: int
    held_in: str


@fact("payment.pay_out_intended")
class PayOutIntended:
    """Journalled before the device is told: this much is about to go back in cash. Nothing has moved yet.

    Attributes:
        number: a number spent for this pay-out alone, where the sale's own had one before; else 0.
    """

    sale: int
    amount_minor: int
    number: int = 0


@fact("payment.change_paid")
class ChangePaid:
    """Cash went back to the customer, as change or refund. ``pieces``: which coins; () if nobody knows."""

    sale: int
    amount_minor: int
    pieces: Pieces = ()


@fact("payment.authorised")
class PaymentAuthorised:
    """A provider reserved this amount.

    Attributes:
        reference: the provider's, for settling and refunds.
        ask: number of the request within its sale.
    """

    sale: int
    tender: str
    amount_minor: int
    reference: str
    ask: int = 0


@fact("payment.refunded")
class PaymentRefunded:
    """The provider said that it let this part of a reserved amount go, by the way it was paid."""

    sale: int
    tender: str
    amount_minor: int


@fact("payment.flagged")
class PaymentFlagged:
    """Money whose end is not known, or that could not be paid back: in suspense until a person decides.

    Attributes:
        why: "no_change" (the tubes lacked it), "no_answer" (a device or provider kept silent), "unknown"
            (nobody knows whether the unit fell), "refund_lost" (the provider kept it), "restart" (a power cut
            left no way to know whether it was paid out).
    """

    sale: int
    tender: str
    amount_minor: int
    why: str


@fact("payment.kept")
class PaymentKept:
    """A provider took money of a request that was let go: in suspense until a person decides.

    Attributes:
        ask: number of the request within its sale; it was never booked as authorised.
    """

    sale: int
    tender: str
    amount_minor: int
    ask: int


@fact("payment.float_set")
class FloatSet:
    """Opening cash was put into tubes or drawer. ``pieces``: which coins; () if they were not counted."""

    amount_minor: int
    pieces: Pieces = ()


@fact("payment.cash_metered")
class CashMetered:
    """A machine's cash device said what it has counted; moves nothing.

    From here on its counters are compared with what the machine recorded. Recorded at the first opening, at
    every count asked for, and when what is in the tubes is not what the books say.

    Attributes:
        inserted_minor, paid_minor: the device's own counters; -1 if it has none.
        tubes: coins and recycled bills that can be paid out, by value.
    """

    inserted_minor: int
    paid_minor: int
    tubes: Pieces


# Refunds of sales that had ended


@fact("payment.refund_owed")
class RefundOwed:
    """Cash of an earlier sale is owed back; it is paid out under a number of its own.

    Attributes:
        sale: that number; ``ChangePaid`` or ``PaymentFlagged`` under it end the refund.
        of: the sale that was paid.
    """

    sale: int
    of: int
    amount_minor: int
    reason: str


@fact("payment.refund_asked")
class RefundAsked:
    """Journalled before the provider is told: this much of an earlier sale is to be given back."""

    of: int
    tender: str
    ask: int
    amount_minor: int
    reason: str


@fact("payment.refund_ended")
class RefundEnded:
    """What the provider gave back of it; the rest is in suspense, for the customer was promised it."""

    of: int
    tender: str
    refunded_minor: int
    flagged_minor: int
