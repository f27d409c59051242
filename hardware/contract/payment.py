"""Devices that take cashless money: card reader, code payment, a till's card terminal. One contract for all.

The address says which: ``hk-0712/cashless``, ``hk-0712/code``, ``st-01/till/1/terminal``.
"""

from runtime.message import event, order


@order("cashless.authorise")
class Authorise:
    """Ask for this amount under this sale number; answered by ``Authorised`` or ``Declined``."""

    sale: int
    amount_minor: int


@event("cashless.authorised")
class Authorised:
    """The amount is reserved. ``reference`` is the provider's, kept for refunds and settlement."""

    sale: int
    amount_minor: int
    reference: str


@event("cashless.declined")
class Declined:
    """Nothing was reserved. ``why`` is one word: "declined", "cancelled", "timeout", "offline"."""

    sale: int
    why: str


@order("cashless.settle")
class Settle:
    """Take this part of what was authorised; the rest is let go. 0 lets go all."""

    sale: int
    amount_minor: int
    reference: str


@event("cashless.settled")
class Settled:
    """The provider has taken ``amount_minor`` and let the rest go."""

    sale: int
    amount_minor: int
