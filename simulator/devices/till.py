"""A till's printer and cash drawer.

The scanner needs no actor: nothing is ever told to it, and a shopper's ``Scanned`` goes straight to the till.
A card terminal is a ``PaymentTerminal``.
"""

from __future__ import annotations

from hardware.contract.till import DrawerOpened, OpenDrawer, Printed, PrintReceipt
from runtime.actor import Actor, handles

PRINT_SECONDS = 1.5
"""A receipt's time on a thermal printer (estimate)."""

DRAWER_SECONDS = 0.3
"""From pulse to the drawer's switch (estimate)."""


class Printer(Actor):
    """Prints whatever it is given; the same job again is a copy.

    Attributes:
        receipts: jobs printed for the first time in a row.
        copies: the last job printed again.
    """

    __slots__ = ("_last_job", "copies", "receipts")

    def __init__(self) -> None:
        self.receipts = 0
        self.copies = 0
        self._last_job: int | None = None

    @handles(PrintReceipt)
    def print(self, order: PrintReceipt) -> None:
        """Print, and say so when it is out."""
        if order.job == self._last_job:
            self.copies += 1
        else:
            self._last_job = order.job
            self.receipts += 1
        till = self.reach(self.address.rpartition("/")[0])
        self.kernel.later(self.now + round(PRINT_SECONDS * 1_000_000), till, Printed(job=order.job))


class Drawer(Actor):
    """Opens when told."""

    __slots__ = ("openings",)

    def __init__(self) -> None:
        self.openings = 0

    @handles(OpenDrawer)
    def open(self, order: OpenDrawer) -> None:
        """Open, and say so."""
        self.openings += 1
        till = self.reach(self.address.rpartition("/")[0])
        self.kernel.later(self.now + round(DRAWER_SECONDS * 1_000_000), till, DrawerOpened(sale=order.sale))
