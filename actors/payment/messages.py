"""Money facts that machines and tills share. ``sale`` is the actor's own sale number, from 1.

Whoever takes money records it against the sale at once, and every sale ends with nothing held: what came in
equals what was sold, paid back or flagged (I1, I3). ``tender`` is "cash", "cashless" or "code".
"""

from runtime.message import fact


@fact("payment.cash_taken")
class CashTaken:
    """Coins or bills came in for a sale. ``held_in``: "tube", "cash_box", "stacker" or "drawer"."""

    sale: int
    amount_minor: int
    held_in: str


@fact("payment.change_paid")
class ChangePaid:
    """Cash went back to the customer, as change or refund."""

    sale: int
    amount_minor: int


@fact("payment.authorised")
class PaymentAuthorised:
    """A provider reserved this amount."""

    sale: int
    tender: str
    amount_minor: int
    reference: str


@fact("payment.refunded")
class PaymentRefunded:
    """This part of a reserved amount was let go, by the way it was paid."""

    sale: int
    tender: str
    amount_minor: int


@fact("payment.flagged")
class PaymentFlagged:
    """Money whose end is not known, or that could not be paid back: in suspense until a person decides."""

    sale: int
    tender: str
    amount_minor: int
    why: str


@fact("payment.float_set")
class FloatSet:
    """Opening cash was put into tubes or drawer."""

    amount_minor: int
