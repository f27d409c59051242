"""One store's book: its last tickets, its tills, and what stands on its shelves."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

import attrs

from actors.payment.messages import CashTaken, ChangePaid, FloatSet, PaymentFlagged
from actors.store.messages import (
    BasketLost,
    PaymentRequested,
    ReceiptIssued,
    ReceiptPrinted,
    SaleCompleted,
    StockOpened,
)
from runtime.actor import Report
from scenarios.chain import StorePlan

TICKETS_MAX = 40


@attrs.define(slots=True)
class Till:
    """One till since its drawer was opened.

    Attributes:
        drawer_minor: cash by its facts.
        paying: sale for which a terminal was asked and has not answered; 0 none.
        unprinted: receipts that the printer has not put out.
        flagged_minor: money whose end nobody knows yet.
    """

    drawer_minor: int = 0
    float_minor: int = 0
    opened_us: int = 0
    sales: int = 0
    sales_minor: int = 0
    lost: int = 0
    last_us: int = 0
    last_minor: int = 0
    paying: int = 0
    unprinted: int = 0
    flagged_minor: int = 0

    @property
    def state(self) -> str:
        """The worst that holds: "closed" (it has no float), "flagged", "printer", "paying" or "open"."""
        if not self.opened_us:
            return "closed"
        if self.flagged_minor:
            return "flagged"
        if self.unprinted > 1:
            return "printer"
        return "paying" if self.paying else "open"


class StoreBook:
    """What one store's page shows. ``stock`` is units, or grams for weighed goods, by product."""

    __slots__ = ("stock", "tickets", "tills")
    KEEPS: ClassVar[dict[type, Callable[[Any, Report], None]]] = {}

    def __init__(self, plan: StorePlan) -> None:
        self.tickets: deque[Report] = deque(maxlen=TICKETS_MAX)
        self.tills = {f"{plan.id}/till/{number}": Till() for number in range(1, plan.tills + 1)}
        self.stock: dict[str, int] = {}

    def _stock(self, report: Report) -> None:
        fact = report.content
        self.stock[fact.product] = self.stock.get(fact.product, 0) + fact.quantity

    def _sold(self, report: Report) -> None:
        sale: SaleCompleted = report.content
        self.tickets.append(report)
        for line in sale.lines:
            self.stock[line.product] = self.stock.get(line.product, 0) - line.quantity
        if (till := self.tills.get(sale.till)) is not None:
            till.sales += 1
            till.sales_minor += sale.total_minor
            till.last_us, till.last_minor, till.paying = report.at_us, sale.total_minor, 0

    def _till(self, report: Report) -> None:
        till, fact = self.tills.get(report.source), report.content
        if till is None:
            return
        match fact:
            case FloatSet():
                till.drawer_minor += fact.amount_minor
                till.float_minor, till.opened_us = fact.amount_minor, report.at_us
            case CashTaken():
                till.drawer_minor += fact.amount_minor
            case ChangePaid():
                till.drawer_minor -= fact.amount_minor
            case BasketLost():
                till.lost += 1
                till.paying = 0
            case PaymentRequested():
                till.paying = fact.sale
            case PaymentFlagged():
                till.flagged_minor += fact.amount_minor
            case ReceiptIssued():
                till.unprinted += 1
            case ReceiptPrinted():
                till.unprinted = max(0, till.unprinted - 1)


StoreBook.KEEPS.update({StockOpened: StoreBook._stock, SaleCompleted: StoreBook._sold})
StoreBook.KEEPS.update(
    dict.fromkeys(
        (FloatSet, CashTaken, ChangePaid, BasketLost, PaymentRequested, PaymentFlagged, ReceiptIssued,
         ReceiptPrinted),
        StoreBook._till,
    )
)  # fmt: skip
