"""What a fact sold, in the columns that reports group by."""

from __future__ import annotations

from actors.machine.messages import UNPAID, VendCompleted
from actors.store.messages import SaleCompleted
from actors.store.messages import SaleLine as ReceiptLine
from runtime.address import head

Sold = tuple[str, str, str, int, int]
"""Place (machine or store), product, tender, units, amount in minor units."""


def sale_lines(source: str, fact: object) -> tuple[Sold, ...]:
    """A vend is one line of one unit; a basket has the lines of its receipt; other facts have none.

    Units vended for nothing, by a technician or from afar, are no sale.
    """
    if type(fact) is VendCompleted:
        if fact.tender in UNPAID:
            return ()
        return ((head(source), fact.product, fact.tender, 1, fact.price_minor),)
    if type(fact) is SaleCompleted:
        tender = fact.tender
        return tuple((source, line.product, tender, _units(line), line.amount_minor) for line in fact.lines)
    return ()


def _units(line: ReceiptLine) -> int:
    """Goods sold by the piece count by quantity. Weighed goods, priced by the kilogram, count as one."""
    return line.quantity if line.quantity * line.price_minor == line.amount_minor else 1
