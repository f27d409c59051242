"""Coin changer and bill validator of a machine: money in, change out."""

from runtime.message import event, order


@event("cash.inserted")
class CashInserted:
    """A coin or bill was accepted. ``held_in`` is "tube", "cash_box" or "stacker"."""

    value_minor: int
    held_in: str


@order("cash.pay_out")
class PayOut:
    """Pay this much from the tubes under this sale number; answered by ``PaidOut``."""

    sale: int
    amount_minor: int


@event("cash.paid_out")
class PaidOut:
    """What the tubes really paid, by the changer's own counter; less than asked if they ran empty."""

    sale: int
    amount_minor: int


@order("cash.accept")
class AcceptCash:
    """Open or close the coin and bill entries."""

    on: bool
