"""Receipts as text, and the arithmetic of a basket's lines.

A line is at most ``COLUMNS`` wide: 80 mm paper in the printer's font A has 48 columns, 58 mm paper 32; 42
fits the former with a margin. Chinese characters take two columns each.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import attrs

from actors.store.messages import Price, ReceiptLine, SaleLine

COLUMNS = 42
GRAMS_PER_KG = 1000


@attrs.frozen(kw_only=True)
class ReceiptWords:
    """The fixed words of a receipt in one language, or in two side by side."""

    sale: str
    total: str
    change: str
    thanks: str
    tenders: dict[str, str]


ENGLISH = ReceiptWords(
    sale="Sale",
    total="Total",
    change="Change",
    thanks="Thank you",
    tenders={"cash": "Cash", "cashless": "Card", "code": "Scan to pay"},
)
CHINESE = ReceiptWords(
    sale="单号",
    total="合计",
    change="找零",
    thanks="谢谢惠顾",
    tenders={"cash": "现金", "cashless": "银行卡", "code": "扫码支付"},
)
BILINGUAL = ReceiptWords(
    sale="Sale 单号",
    total="Total 合计",
    change="Change 找零",
    thanks="Thank you 谢谢惠顾",
    tenders={word: f"{ENGLISH.tenders[word]} {CHINESE.tenders[word]}" for word in ENGLISH.tenders},
)
WORDS = {"en": ENGLISH, "zh-CN": CHINESE, "en+zh-CN": BILINGUAL}
"""The languages a receipt can have, by the name a till is given."""


def amount_of(price_minor: int, quantity: int, *, weighed: bool) -> int:
    """A line's amount: weighed goods are priced by the kilogram, rounded half up to the minor unit."""
    if not weighed:
        return price_minor * quantity
    return (price_minor * quantity * 2 + GRAMS_PER_KG) // (2 * GRAMS_PER_KG)


def priced(price: Price) -> ReceiptLine:
    """The basket's line for a known code."""
    return ReceiptLine(
        product=price.product,
        name=price.name,
        weighed=price.weighed,
        quantity=price.quantity,
        price_minor=price.price_minor,
        amount_minor=amount_of(price.price_minor, price.quantity, weighed=price.weighed),
    )


def sale_lines(lines: Iterable[ReceiptLine]) -> tuple[SaleLine, ...]:
    """A basket as the store commits it."""
    return tuple(
        SaleLine(
            product=line.product,
            quantity=line.quantity,
            price_minor=line.price_minor,
            amount_minor=line.amount_minor,
        )
        for line in lines
    )


@lru_cache(maxsize=4096)  # names and words come back on every receipt, and a character takes a microsecond
def width(text: str) -> int:
    """Printer columns: wide and full-width characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def fitted(text: str, columns: int) -> str:
    """As much of a text as fits in so many columns."""
    while width(text) > columns:
        text = text[:-1]
    return text


def spread(left: str, right: str) -> str:
    """A line with one text at each edge; the left one is cut if both do not fit."""
    left = fitted(left, COLUMNS - width(right) - 1)
    return left + " " * (COLUMNS - width(left) - width(right)) + right


@lru_cache(maxsize=64)
def centred(text: str) -> str:
    """A line with the text in the middle."""
    text = fitted(text, COLUMNS)
    return " " * ((COLUMNS - width(text)) // 2) + text


def money(amount_minor: int) -> str:
    """Hundredths as people write them: 1250 is ``12.50``."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{abs(amount_minor) // 100}.{abs(amount_minor) % 100:02d}"


def receipt(
    lines: Iterable[ReceiptLine],
    *,
    shop: str,
    till: str,
    sale: int,
    at_us: int,
    zone: ZoneInfo,
    currency: str,
    tender: str,
    given_minor: int,
    words: ReceiptWords,
) -> str:
    """The receipt of a finished sale.

    Args:
        lines: the basket.
        shop: the store's name as its customers know it.
        till: the till's address.
        sale: the till's sale number.
        at_us: when it was finished.
        zone: the store's time zone.
        currency: ISO 4217 code, printed with the total.
        tender: "cash", "cashless" or "code".
        given_minor: what the customer paid with; more than the total only in cash.
        words: the language.
    """
    lines = tuple(lines)
    total_minor = sum(line.amount_minor for line in lines)
    when = datetime.fromtimestamp(at_us // 1_000_000, zone)
    text = [centred(shop), spread(f"{words.sale} {till} {sale}", f"{when:%Y-%m-%d %H:%M}"), "-" * COLUMNS]
    for line in lines:
        text.append(spread(line.name, money(line.amount_minor)))
        if line.weighed:
            text.append(f"  {line.quantity / GRAMS_PER_KG:.3f} kg x {money(line.price_minor)}/kg")
        elif line.quantity != 1:
            text.append(f"  {line.quantity} x {money(line.price_minor)}")
    text += ["-" * COLUMNS, spread(words.total, f"{currency} {money(total_minor)}")]
    text.append(spread(words.tenders[tender], money(given_minor)))
    if given_minor > total_minor:
        text.append(spread(words.change, money(given_minor - total_minor)))
    text += ["", centred(words.thanks)]
    return "\n".join(text) + "\n"
