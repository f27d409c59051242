"""Five sites of vending machines in China, 2017: orders to the second, with Chinese product names.

Several real machines stand behind each site letter, so a site is a bank of machines with a lane per product.
The recording says nothing of tenders (scan-to-pay is assumed) or refills (lanes are filled nightly and when
down to one). Columns: days/SOURCES.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs

from runtime.errors import ConfigError
from scenarios.chain import Chain, LanePlan, MachinePlan, Place, Product
from scenarios.days import goods
from scenarios.demand import attempts, clock, csv_file
from scenarios.demand.attempts import Recorded
from simulator.customers.recorded import Attempt, RecordedLine

SHIPPED = Path(__file__).parents[1] / "days" / "cn-2017-jul.csv.gz"
ZONE = ZoneInfo("Asia/Shanghai")
LANES_A_MACHINE = 60
TRIGGER_LEVEL = 1
_NEEDED = ("site", "product", "amount_paid", "ordered_at")


@attrs.frozen(kw_only=True)
class _Order:
    """One row, checked."""

    at: datetime
    site: str
    product: str
    price_minor: int


@attrs.define
class _Use:
    """What one site sold of one product: the lane it gives."""

    orders: int
    price_minor: int
    daily: Counter[date]


def read(path: Path | None = None, first: date | None = None, last: date | None = None) -> Recorded:
    """Read a demand file with the columns of cn_vending_2017_orderclock.

    Args:
        path: None is the shipped extract, July 2017.
        first: first day to run; None is the file's own.
        last: last day to run, inclusive; None is the file's own.

    Raises:
        ConfigError: a bad file, or days outside it.
    """
    file = path or SHIPPED
    orders = sorted(_orders(file), key=lambda order: order.at)  # stable: within a second by file order
    if not orders:
        raise ConfigError(f"{file}: must hold at least one order")
    held = orders[0].at.date(), orders[-1].at.date()
    begin, end = attempts.days_asked(str(file), held, first, last)
    asked = [order for order in orders if begin <= order.at.date() <= end]
    before = sum(order.at.date() < begin for order in orders)
    sites = _sites(orders, asked)
    machines, homes = _machines(sites)
    return Recorded(
        chain=_chain(asked, machines),
        attempts=[
            Attempt(
                at_us=clock.microseconds(order.at, ZONE),
                machine=homes[order.site, order.product][0],
                customer=number,
                tender="code",
                lines=(
                    RecordedLine(
                        lane=homes[order.site, order.product][1],
                        product=attempts.product_code(order.product),
                        price_minor=order.price_minor,
                    ),
                ),
            )
            for number, order in enumerate(asked, before + 1)
        ],
        first=held[0],
        last=held[1],
        warnings=[
            "the tender is assumed to be scan-to-pay: the recording has none",
            f"refills are unknown: lanes are filled nightly and whenever one is down to {TRIGGER_LEVEL}",
        ],
    )


def _orders(file: Path) -> Iterator[_Order]:
    for row in csv_file.rows(file, _NEEDED):
        yield _Order(
            at=row.local_time("ordered_at"),
            site=row.text("site"),
            product=row.text("product", blank=attempts.UNKNOWN_PRODUCT),
            price_minor=row.money("amount_paid"),
        )


def _sites(orders: list[_Order], asked: list[_Order]) -> dict[str, dict[str, _Use]]:
    """By site and product: what was sold in the days asked for, with the busiest day of the whole file."""
    sites: dict[str, dict[str, _Use]] = {}
    for order in asked:
        use = sites.setdefault(order.site, {}).setdefault(
            order.product, _Use(0, order.price_minor, Counter())
        )
        use.orders += 1
    for order in orders:
        if use_here := sites.get(order.site, {}).get(order.product):
            use_here.daily[order.at.date()] += 1
    return sites


def _machines(
    sites: dict[str, dict[str, _Use]],
) -> tuple[list[MachinePlan], dict[tuple[str, str], tuple[str, str]]]:
    """The banks of machines, and which machine and lane sells a site's product. Best sellers come first."""
    machines: list[MachinePlan] = []
    homes: dict[tuple[str, str], tuple[str, str]] = {}
    names = attempts.identifiers({site: site for site in sorted(sites)})
    for site, name in names.items():
        uses = sites[site]
        ranked = sorted(uses, key=lambda product: (-uses[product].orders, product))
        for start in range(0, len(ranked), LANES_A_MACHINE):
            number = start // LANES_A_MACHINE + 1
            machine = f"cn-{name}-{number}"
            here = {f"{at:02}": product for at, product in enumerate(ranked[start:][:LANES_A_MACHINE], 1)}
            homes |= {(site, product): (machine, code) for code, product in here.items()}
            machines.append(
                MachinePlan(
                    id=machine,
                    node=f"gw-{name}",
                    site=name,
                    place=Place(name_en=f"Site {site}, machine {number}", name_zh=f"{site} 点 {number} 号机"),
                    lanes=tuple(_lane(code, product, uses[product]) for code, product in here.items()),
                    tenders=("code",),
                )
            )
    return machines, homes


def _lane(code: str, product: str, use: _Use) -> LanePlan:
    busiest = max(use.daily.values())
    return attempts.full_lane(code, attempts.product_code(product), use.price_minor, busiest)


def _chain(asked: list[_Order], machines: list[MachinePlan]) -> Chain:
    prices: dict[str, int] = {}
    for order in asked:
        prices.setdefault(order.product, order.price_minor)
    known = goods.vended()
    products = tuple(
        Product(
            code=attempts.product_code(name),
            name_en=known[name].name_en if name in known else name,
            name_zh="未知商品" if name == attempts.UNKNOWN_PRODUCT else name,
            category=known[name].category if name in known else "unknown",
            price_minor=prices[name],
        )
        for name in sorted(prices)
    )
    return Chain(
        name="cn-2017",
        currency="CNY",
        time_zone=ZONE.key,
        cutoff_minute=0,
        products=products,
        machines=tuple(machines),
        warehouses=(attempts.ample_warehouse(product.code for product in products),),
        vans=(attempts.only_van(),),
        restock=attempts.nightly(TRIGGER_LEVEL),
    )
