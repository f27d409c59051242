"""Coin changer and bill validator of a machine: money in, change out."""

from runtime.message import event, order

Pieces = tuple[tuple[int, int], ...]
"""Coins or bills as (value in minor units, count), greatest value first."""


@event("cash.inserted")
class CashInserted:
    """A coin or bill was accepted and is kept. ``held_in``: "tube", "cash_box", "stacker" or "recycler"."""

    value_minor: int
    held_in: str


@event("cash.bill_held")
class BillHeld:
    """A bill waits in escrow for ``KeepBill`` or ``ReturnBill``; it is nobody's money yet."""

    value_minor: int


@order("cash.keep_bill")
class KeepBill:
    """Stack the bill in escrow; answered by ``CashInserted``, or ``BillReturned`` if that failed.

    With nothing in escrow (it was pulled out meanwhile, or power failed) the answer is ``BillReturned`` of 0.
    """


@order("cash.return_bill")
class ReturnBill:
    """Give the bill in escrow back; answered by ``BillReturned``, of 0 with nothing in escrow."""


@event("cash.bill_returned")
class BillReturned:
    """The bill in escrow went back to the customer; 0: there was none to keep or to return."""

    value_minor: int


@event("cash.return_asked")
class ReturnAsked:
    """The customer pulled the return lever: wants the money back."""


@order("cash.pay_out")
class PayOut:
    """Pay this much out under this sale number; answered by ``PaidOut``. Asked again, nothing is paid twice.

    Attributes:
        pieces: which coins, and which bills of a recycler; () leaves the choice to the device.
    """

    sale: int
    amount_minor: int
    pieces: Pieces = ()


@event("cash.paid_out")
class PaidOut:
    """What was really paid, by the device's own count; less than asked if tubes ran empty.

    Attributes:
        pieces: which coins and bills; () if the device does not know.
    """

    sale: int
    amount_minor: int
    pieces: Pieces = ()


@order("cash.accept")
class AcceptCash:
    """Open or close the coin and bill entries; holds until the next one, also over a reset of the device.

    Attributes:
        values: coins and bills to take; () takes all the device knows.
    """

    on: bool
    values: tuple[int, ...] = ()


@order("cash.used")
class CashUsed:
    """This much of the customer's money has bought goods: no lever of the device's own may pay it out again.

    Not answered. A device that keeps no credit of its own has nothing to do.
    """

    amount_minor: int


@order("cash.count")
class CountCash:
    """Say what you have counted; answered by ``CashCounted``."""


@event("cash.counted")
class CashCounted:
    """What the device has counted by itself; also told unasked when someone filled or emptied tubes by hand.

    A device that is lost tells no count, as nobody knows one then; what was asked is told when it is found.

    Attributes:
        tubes: pieces that can be paid out, by value: coins in tubes and bills in a recycler; an empty tube or
            cassette stands with count 0. Of a device that has both for a value, their sum.
        values: every coin and bill it can take.
        inserted_minor, paid_minor: its own counters of all money ever kept and paid out; -1 if it has none.
    """

    tubes: Pieces
    values: tuple[int, ...]
    inserted_minor: int = -1
    paid_minor: int = -1
