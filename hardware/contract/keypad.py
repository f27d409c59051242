"""Keypad or touch screen of a machine: the customer's choice."""

import attrs

from runtime.message import event, order


@event("keypad.lanes_chosen")
class LanesChosen:
    """A customer wants these lanes, one unit each, in this order, and will pay this way.

    Attributes:
        customer: the customer's own number for this attempt, 0 if the keypad counts none; comes back in
            ``Served``.
        lanes: planogram positions, e.g. ("A3",); a lane may stand twice.
        tender: "cash", "cashless" or "code"; "" any way the customer pays, also in parts.
    """

    customer: int
    lanes: tuple[str, ...]
    tender: str


@order("keypad.served")
class Served:
    """The machine has finished with a customer (thank-you or sorry on the display).

    Attributes:
        vended: units that left their lanes.
        refused: units that did not.
        why: "" or what kept the first refused unit back (see ``actors.machine.messages.SaleRefused``).
    """

    customer: int
    vended: int
    refused: int
    why: str = attrs.field(default="")
