"""What a fact sold, in the columns that reports group by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.machine.messages import UNPAID, VendCompleted
from actors.store.messages import SaleCompleted
from actors.store.messages import SaleLine as ReceiptLine
from runtime.address import head

Sold = tuple[str, str, str, int, int, int]
"""Place (machine or store), product, tender, units, amount in minor units, quantity.

Quantity is what left the stock: units, or grams of weighed goods, which are one unit a line.
"""


def sale_lines(source: str, fact: object) -> tuple[Sold, ...]:
    """A vend is one line of one unit; a basket has the lines of its receipt; other facts have none.

    Units vended for nothing, by a technician or from afar, are no sale.
    """
    rule = RULES.get(type(fact))
    return () if rule is None else rule(source, fact)


def _vended(source: str, fact: VendCompleted) -> tuple[Sold, ...]:
    if fact.tender in UNPAID:
        return ()
    return ((head(source), fact.product, fact.tender, 1, fact.price_minor, 1),)


def _sold(source: str, fact: SaleCompleted) -> tuple[Sold, ...]:
    tender = fact.tender
    return tuple(
        (source, line.product, tender, _units(line), line.amount_minor, line.quantity) for line in fact.lines
    )


def _units(line: ReceiptLine) -> int:
    """Goods sold by the piece count by quantity. Weighed goods, priced by the kilogram, count as one."""
    return line.quantity if line.quantity * line.price_minor == line.amount_minor else 1


RULES: dict[type, Callable[[str, Any], tuple[Sold, ...]]] = {VendCompleted: _vended, SaleCompleted: _sold}
"""Fact class to its rule; a fact that is not here sells nothing."""
