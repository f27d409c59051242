"""A store: what it sells, at what price, how much is left, and where a basket becomes a sale."""

from __future__ import annotations

import attrs

from actors.store.messages import (
    CommitSale,
    LastSale,
    LastSaleOf,
    Price,
    PriceOf,
    ReceiptLine,
    SaleCommitted,
    SaleCompleted,
    StockOpened,
)
from runtime.actor import Actor, applies, handles


@attrs.frozen(kw_only=True)
class Article:
    """A product as this store sells it.

    Attributes:
        name: as tills show and print it, in any script.
        price_minor: of a unit, or of a kilogram for weighed goods.
    """

    code: str
    name: str
    price_minor: int
    weighed: bool = False


class Store(Actor):
    """Answers prices and commits sales, each (till, sale number) once.

    A till sells what the customer holds in hand, whatever the books say: stock may go below zero. The books
    were wrong then, the sale was not; the office's alarm desk flags the store and a count puts it right.

    Args:
        articles: everything the store can sell.
        stock: opening stock, (product code, units or grams).
    """

    __slots__ = ("_by_code", "articles", "levels", "opened", "sold", "stock")

    opened: bool
    levels: dict[str, int]
    sold: dict[str, SaleCompleted]
    durable = ("opened", "levels", "sold")

    def __init__(self, articles: tuple[Article, ...], stock: tuple[tuple[str, int], ...]) -> None:
        self.articles = articles
        self.stock = stock
        self.opened = False
        self.levels = {}
        self.sold = {}
        self._by_code = {article.code: article for article in articles}

    def resume(self) -> None:
        """Open with the opening stock the first time."""
        if not self.opened:
            for product, quantity in self.stock:
                self.record(StockOpened(product=product, quantity=quantity))

    @handles(PriceOf)
    def price(self, query: PriceOf) -> None:
        """Say what a code is; ``product`` stays "" for a code this store does not sell."""
        article = self._by_code.get(query.code)
        answer = Price(
            code=query.code,
            product=article.code if article else "",
            name=article.name if article else "",
            price_minor=article.price_minor if article else 0,
            quantity=query.quantity,
            weighed=article.weighed if article else False,
        )
        self.tell(self.reach(query.till), answer)

    @handles(CommitSale)
    def commit(self, order: CommitSale) -> None:
        """Make a paid basket a sale; asked again for the same number, only say so (I4)."""
        last = self.sold.get(order.till)
        if last is None or order.sale > last.sale:
            assert order.total_minor == sum(line.amount_minor for line in order.lines)
            fact = SaleCompleted(
                till=order.till,
                sale=order.sale,
                tender=order.tender,
                lines=order.lines,
                total_minor=order.total_minor,
            )
            self.record(fact)
        self.tell(self.reach(order.till), SaleCommitted(sale=order.sale))

    @handles(LastSaleOf)
    def last_sale(self, query: LastSaleOf) -> None:
        """Tell a restarted till how far it got."""
        last = self.sold.get(query.till)
        answer = LastSale(
            sale=last.sale if last else 0,
            tender=last.tender if last else "",
            lines=self._receipt_lines(last) if last else (),
            total_minor=last.total_minor if last else 0,
        )
        self.tell(self.reach(query.till), answer)

    def _receipt_lines(self, sale: SaleCompleted) -> tuple[ReceiptLine, ...]:
        lines = []
        for line in sale.lines:
            article = self._by_code.get(line.product)  # master data may have changed since the sale
            lines.append(
                ReceiptLine(
                    product=line.product,
                    name=article.name if article else line.product,
                    weighed=article.weighed if article else False,
                    quantity=line.quantity,
                    price_minor=line.price_minor,
                    amount_minor=line.amount_minor,
                )
            )
        return tuple(lines)

    @applies(StockOpened)
    def stock_opened(self, fact: StockOpened) -> None:
        """The store has opened: later restarts do not open it again."""
        self.opened = True
        self.levels[fact.product] = self.levels.get(fact.product, 0) + fact.quantity

    @applies(SaleCompleted)
    def sale_completed(self, fact: SaleCompleted) -> None:
        """Stock goes down, below zero if the books were wrong."""
        self.sold[fact.till] = fact
        for line in fact.lines:
            self.levels[line.product] = self.levels.get(line.product, 0) - line.quantity
