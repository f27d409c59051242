"""What stores and tills record and say.

A store's address is its id, e.g. ``st-03``; its tills are ``st-03/till/1``. A till's devices are under its
address: ``/scanner``, ``/keys`` (the cashier's), ``/terminal``, ``/code``, ``/printer``, ``/drawer``.
"""

from __future__ import annotations

import attrs

from runtime.message import answer, fact, order, query


@attrs.frozen(kw_only=True)
class SaleLine:
    """One line of a receipt.

    Attributes:
        quantity: units, or grams for weighed goods.
        price_minor: a unit's price, or a kilogram's for weighed goods.
        amount_minor: the line's amount after rounding half up.
    """

    product: str
    quantity: int
    price_minor: int
    amount_minor: int


@attrs.frozen(kw_only=True)
class ReceiptLine:
    """A basket's line as the till shows and prints it: a ``SaleLine`` with the product's name."""

    product: str
    name: str
    weighed: bool
    quantity: int
    price_minor: int
    amount_minor: int


@fact("store.stock_opened")
class StockOpened:
    """Opening stock of one product at a store (or warehouse): units, or grams for weighed goods."""

    product: str
    quantity: int


@fact("store.sale_completed")
class SaleCompleted:
    """The store sold a paid basket: stock goes down, the till's held money becomes turnover.

    Attributes:
        till: the till's address.
        sale: the till's sale number.
        total_minor: sum of the lines.
    """

    till: str
    sale: int
    tender: str
    lines: tuple[SaleLine, ...]
    total_minor: int


@fact("till.basket_lost")
class BasketLost:
    """A customer left without paying. ``why``: "declined", "unknown_code" or "other"."""

    sale: int
    lines: int
    why: str


@fact("till.payment_requested")
class PaymentRequested:
    """Journalled before a terminal is asked: an answer after a power cut is then known for what it is."""

    sale: int
    tender: str
    amount_minor: int
    lines: int


@fact("till.receipt_issued")
class ReceiptIssued:
    """The sale is finished for the till; this is its receipt, kept until the printer has it."""

    sale: int
    text: str


@fact("till.receipt_printed")
class ReceiptPrinted:
    """The printer put the sale's receipt out."""

    sale: int


@query("store.price_of")
class PriceOf:
    """Till to store: what is this code, and what does it cost?"""

    till: str
    code: str
    quantity: int


@answer("store.price")
class Price:
    """Store to till. ``product`` is "" when the code is unknown."""

    code: str
    product: str
    name: str
    price_minor: int
    quantity: int
    weighed: bool


@order("store.commit_sale")
class CommitSale:
    """Till to store: this basket is paid; make it a sale."""

    till: str
    sale: int
    tender: str
    lines: tuple[SaleLine, ...]
    total_minor: int


@order("store.sale_committed")
class SaleCommitted:
    """Store to till: it is a sale; print the receipt."""

    sale: int


@query("store.last_sale_of")
class LastSaleOf:
    """Till to store, after a restart: which was the newest sale you committed for me?"""

    till: str


@answer("store.last_sale")
class LastSale:
    """Store to till: its newest committed sale; ``sale`` is 0 when there is none."""

    sale: int
    tender: str
    lines: tuple[ReceiptLine, ...]
    total_minor: int


@order("till.tender_timeout")
class TenderTimeout:
    """Till to itself: the terminal has not answered for this sale."""

    sale: int


@order("till.retry_print")
class RetryPrint:
    """Till to itself: ask the printer for this sale's receipt again."""

    sale: int
