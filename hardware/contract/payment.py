"""Devices that take cashless money: card reader, code payment, a till's card terminal. One contract for all.

The address says which: ``hk-0712/cashless``, ``hk-0712/code``, ``st-01/till/1/terminal``. A sale may ask
several times (a unit at a time; the rest after a coin): (``sale``, ``ask``) names one request for ever.
"""

from runtime.message import event, order


@order("cashless.authorise")
class Authorise:
    """Ask for this amount; answered by ``Authorised`` or ``Declined``. Asked again, the same answer.

    Attributes:
        ask: number of the request within its sale, from 0.
        lane: what is bought, for the reader's display; "" for more than one lane.
        code: the customer's payment code if one was scanned; "" shows the provider's or waits for a card.
    """

    sale: int
    amount_minor: int
    ask: int = 0
    lane: str = ""
    code: str = ""


@event("cashless.authorised")
class Authorised:
    """The amount is reserved. ``reference`` is the provider's, kept for refunds and settlement."""

    sale: int
    amount_minor: int
    reference: str
    ask: int = 0


@event("cashless.declined")
class Declined:
    """Nothing was reserved. ``why`` is one word: "declined", "cancelled", "timeout", "offline"."""

    sale: int
    why: str
    ask: int = 0


@order("cashless.settle")
class Settle:
    """Take this part of what was authorised and let the rest go; answered by ``Settled``.

    0 lets go all, and withdraws a request that was not yet answered (then ``reference`` is "").
    """

    sale: int
    amount_minor: int
    reference: str
    ask: int = 0


@event("cashless.settled")
class Settled:
    """The provider has taken ``amount_minor`` and let the rest go.

    More than ``Settle`` asked means that a refund was lost: the device or provider kept the money.
    """

    sale: int
    amount_minor: int
    ask: int = 0


@event("cashless.session_begun")
class SessionBegun:
    """A customer presented a card or phone before choosing. ``funds_minor`` is what it holds; -1 unknown."""

    funds_minor: int


@event("cashless.session_ended")
class SessionEnded:
    """The customer's card or phone is gone, or they asked to end."""


@event("code.scanned")
class CodeScanned:
    """The machine's scanner read a customer's payment code."""

    code: str


@order("cashless.report_cash_sale")
class ReportCashSale:
    """A sale was paid for in cash: told to a reader that keeps the machine's audit. Not answered."""

    lane: str
    price_minor: int
