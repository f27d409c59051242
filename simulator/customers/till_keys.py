"""Shoppers at a till: the cashier scans their baskets one after the other and presses the tender key."""

from __future__ import annotations

from hardware.contract.till import Scanned, TenderChosen
from runtime.actor import handles
from runtime.message import order
from simulator.customers.queue import Queue

SCAN_SECONDS_MIN = 1.5
SCAN_SECONDS_MAX = 4.5
"""From one line to the next, evenly spread (estimate)."""

TENDER_SECONDS = 5.0
"""From the last line to the tender key (estimate)."""


@order("street.basket")
class Basket:
    """A shopper comes to a till.

    Attributes:
        customer: the shopper's number, unique at this till.
        lines: (code, quantity) as scanned; quantity is units, or grams for weighed goods.
        tender: "cash", "cashless" or "code".
        given_minor: cash the shopper hands over; 0 for other tenders.
    """

    customer: int
    lines: tuple[tuple[str, int], ...]
    tender: str
    given_minor: int = 0


class TillKeys(Queue[Basket]):
    """Shoppers at a till, and the cashier's hands."""

    __slots__ = ()

    @handles(Basket)
    def arrive(self, basket: Basket) -> None:
        """Come to the till."""
        self.join(basket)

    def begin(self, person: Basket) -> None:
        """Scan line after line, then press the tender key."""
        kernel, till = self.kernel, self.reach(self.address.rpartition("/")[0])
        at_us = kernel.now
        for code, quantity in person.lines:
            seconds = SCAN_SECONDS_MIN + self.random.uniform() * (SCAN_SECONDS_MAX - SCAN_SECONDS_MIN)
            at_us += round(seconds * 1_000_000)
            kernel.later(at_us, till, Scanned(code=code, quantity=quantity))
        chosen = TenderChosen(customer=person.customer, tender=person.tender, given_minor=person.given_minor)
        kernel.later(at_us + round(TENDER_SECONDS * 1_000_000), till, chosen)
