"""Who comes when, to which till, with what: made beforehand, so that the load is not what is slow."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from actors.store.receipt import amount_of
from hardware.contract.till import Scanned
from runtime.dice import address_key
from scenarios.chain import Chain, StorePlan

TENDERS = ("cash", "cashless", "code")
TENDER_SHARES = (0.5, 0.25, 0.25)
LINES_SHARES = (0.6, 0.3, 0.1)
"""Shares of baskets with one line, two and three."""
BASKETS = 512
NOTE_MINOR = 1_000
"""Cash is given in these, and change comes back."""
GRAMS = 250


@attrs.frozen
class Stage:
    """A stretch of steady load.

    Attributes:
        name: "steady", "burst" or "step".
        rate: sales a second over all sites.
        from_us: its first moment, microseconds since 1970 UTC.
    """

    name: str
    rate: float
    seconds: float
    from_us: int

    @property
    def until_us(self) -> int:
        """Its end."""
        return self.from_us + round(self.seconds * 1_000_000)


@attrs.frozen
class Shoppers:
    """Arrivals of one site in one stage, in order: parallel arrays."""

    at_us: NDArray[np.int64]
    till: NDArray[np.int64]
    basket: NDArray[np.int64]
    tender: NDArray[np.int64]


@attrs.frozen
class Basket:
    """What somebody buys, as the scanner says it, and what it comes to in minor units."""

    lines: tuple[Scanned, ...]
    total_minor: int

    @property
    def given_minor(self) -> int:
        """What somebody with notes hands over."""
        return -(-self.total_minor // NOTE_MINOR) * NOTE_MINOR


def dice(seed: int, what: str) -> np.random.Generator:
    """Chance that is the same for the same seed."""
    return np.random.default_rng(address_key(seed, what))


def baskets(chain: Chain, store: StorePlan, seed: int) -> list[Basket]:
    """Some baskets of a store's goods; every one costs something."""
    by_code = {product.code: product for product in chain.products}
    goods = [by_code[code] for code, _ in store.stock if by_code[code].price_minor]
    chance = dice(seed, f"{store.id}/baskets")
    made = []
    for _ in range(BASKETS):
        count = 1 + int(chance.choice(len(LINES_SHARES), p=LINES_SHARES))
        lines, total = [], 0
        for number in chance.choice(len(goods), size=count):
            good = goods[int(number)]
            quantity = GRAMS if good.weighed else 1
            lines.append(Scanned(code=good.code, quantity=quantity))
            total += amount_of(good.price_minor, quantity, weighed=good.weighed)
        made.append(Basket(tuple(lines), total))
    return made


def shoppers(stage: Stage, sites: int, store: StorePlan, seed: int) -> Shoppers:
    """Independent people: exponential gaps, any till, any basket."""
    chance = dice(seed, f"{store.id}/{stage.from_us}")
    rate = stage.rate / sites
    count = int(rate * stage.seconds + 6 * (rate * stage.seconds) ** 0.5) + 10
    at = np.cumsum(chance.exponential(1e6 / rate, size=count))
    at = at[at < stage.seconds * 1e6]
    return Shoppers(
        at_us=stage.from_us + at.astype(np.int64),
        till=chance.integers(0, store.tills, size=len(at)),
        basket=chance.integers(0, BASKETS, size=len(at)),
        tender=chance.choice(len(TENDERS), size=len(at), p=TENDER_SHARES),
    )
