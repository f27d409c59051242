"""Five real machines in New Jersey, 2022: a line per lane and transaction, with prices and tenders.

The recording has no time of day (clock.py estimates it), no stock levels and no refills: lanes hold their
busiest day and are filled every night, so every recorded unit sells. Columns: days/SOURCES.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs

from runtime.errors import ConfigError
from scenarios.chain import Chain, MachinePlan, Place, Product
from scenarios.demand import attempts, clock, csv_file
from scenarios.demand.attempts import Recorded
from simulator.customers.recorded import Attempt, RecordedLine

SHIPPED = Path(__file__).parents[1] / "days" / "us-2022-jun-aug.csv.gz"
ZONE = ZoneInfo("America/New_York")
TENDERS = {"Cash": "cash", "Credit": "cashless"}
_NEEDED = (
    *("Device ID", "Location", "Machine", "Product", "Category"),
    *("Transaction", "Type", "RPrice", "RQty", "MCoil"),
)


@attrs.frozen(kw_only=True)
class _Line:
    """One row, checked."""

    day: date
    transaction: int
    machine: str
    device: str
    site: str
    lane: str
    product: str
    category: str
    price_minor: int
    units: int
    tender: str

    @property
    def sale(self) -> tuple[date, int, str, str]:
        """What lines of one sale have in common."""
        return self.day, self.transaction, self.machine, self.tender


@attrs.define
class _Lane:
    """A lane over the whole file: what it sold last before the first day asked for, and its busiest day."""

    opening: _Line
    daily: Counter[date] = attrs.Factory(Counter)


def read(path: Path | None = None, first: date | None = None, last: date | None = None) -> Recorded:
    """Read a demand file with the columns of us_vending_2022_sales.

    Args:
        path: None is the shipped extract, June to August 2022.
        first: first day to run; None is the file's own.
        last: last day to run, inclusive; None is the file's own.

    Raises:
        ConfigError: a bad file, or days outside it.
    """
    file = path or SHIPPED
    lines = sorted(_lines(file), key=lambda line: (line.day, line.transaction))  # stable: then by file order
    if not lines:
        raise ConfigError(f"{file}: must hold at least one sale")
    held = lines[0].day, lines[-1].day
    begin, end = attempts.days_asked(str(file), held, first, last)
    ids = _machine_ids(lines)
    asked = [line for line in lines if begin <= line.day <= end]
    before = sum(1 for _ in groupby((line for line in lines if line.day < begin), key=lambda line: line.sale))
    return Recorded(
        chain=_chain(lines, begin, ids),
        attempts=_attempts(asked, ids, before),
        first=held[0],
        last=held[1],
        warnings=_warnings(asked),
    )


def _lines(file: Path) -> Iterable[_Line]:
    for row in csv_file.rows(file, _NEEDED):
        if not (row.has("date") or row.has("TransDate")):
            raise ConfigError(f"{file} line 1: must have the column date or TransDate")
        tender = row.text("Type")
        if tender not in TENDERS:
            row.fail("Type", "Cash or Credit")
        lane = row.text("MCoil")
        if not (lane.isascii() and lane.isalnum() and len(lane) <= 12):
            row.fail("MCoil", "a lane code of at most 12 letters or digits")
        yield _Line(
            day=row.iso_day("date") if row.has("date") else row.american_day("TransDate"),
            transaction=row.serial("Transaction"),
            machine=row.text("Machine"),
            device=row.text("Device ID"),
            site=row.text("Location"),
            lane=lane,
            product=row.text("Product", blank=attempts.UNKNOWN_PRODUCT),
            category=row.text("Category", blank="unknown"),
            price_minor=row.money("RPrice"),
            units=row.count("RQty"),
            tender=TENDERS[tender],
        )


def _machine_ids(lines: list[_Line]) -> dict[str, str]:
    """A machine's id is its first device's; a device that moved to another gets a number behind it."""
    devices: dict[str, str] = {}
    for line in lines:
        devices.setdefault(line.machine, line.device)
    return attempts.identifiers(devices)


def _attempts(asked: list[_Line], ids: dict[str, str], before: int) -> list[Attempt]:
    found: list[Attempt] = []
    for day, of_day in groupby(asked, key=lambda line: line.day):
        sales = [list(sale) for _, sale in groupby(of_day, key=lambda line: line.sale)]
        taken = [(sale[0].machine, sum(line.units for line in sale)) for sale in sales]
        times = clock.spread(day, taken, ZONE)
        for at_us, sale in zip(times, sales, strict=True):
            before += 1
            units = tuple(
                RecordedLine(
                    lane=line.lane,
                    product=attempts.product_code(line.product),
                    price_minor=line.price_minor,
                )
                for line in sale
                for _ in range(line.units)
            )
            machine, tender = ids[sale[0].machine], sale[0].tender
            found.append(Attempt(at_us=at_us, machine=machine, customer=before, tender=tender, lines=units))
    return found


def _chain(lines: list[_Line], begin: date, ids: dict[str, str]) -> Chain:
    lanes: dict[str, dict[str, _Lane]] = {machine: {} for machine in ids}
    sites: dict[str, str] = {}
    goods: dict[str, _Line] = {}
    for line in lines:
        sites.setdefault(line.machine, line.site)
        if line.product not in goods or goods[line.product].category == "unknown":
            goods[line.product] = line
        lane = lanes[line.machine].setdefault(line.lane, _Lane(line))
        lane.daily[line.day] += line.units
        if line.day < begin:
            lane.opening = line
    products = tuple(_product(name, goods[name]) for name in sorted(goods))
    machines = (
        _machine(ids[name], name, sites[name], lanes[name]) for name in sorted(ids, key=ids.__getitem__)
    )
    return Chain(
        name="us-2022",
        currency="USD",
        time_zone=ZONE.key,
        cutoff_minute=0,
        products=products,
        machines=tuple(machines),
        warehouses=(attempts.ample_warehouse(product.code for product in products),),
        vans=(attempts.only_van(),),
        restock=attempts.nightly(),
    )


def _product(name: str, line: _Line) -> Product:
    return Product(
        code=attempts.product_code(name),
        name_en=name,
        name_zh="未知商品" if name == attempts.UNKNOWN_PRODUCT else name,
        category=line.category,
        price_minor=line.price_minor,
    )


def _machine(machine: str, name: str, site: str, lanes: dict[str, _Lane]) -> MachinePlan:
    plans = (
        attempts.full_lane(
            code,
            attempts.product_code(lanes[code].opening.product),
            lanes[code].opening.price_minor,
            max(lanes[code].daily.values()),
        )
        for code in sorted(lanes, key=lambda code: (len(code), code))
    )
    return MachinePlan(
        id=machine,
        node=f"gw-{attempts.identifier(site)}",
        site=attempts.identifier(site),
        place=Place(name_en=name, name_zh=name),
        lanes=tuple(plans),
        tenders=("cash", "cashless"),
    )


def _warnings(asked: list[_Line]) -> list[str]:
    found = ["times of day are estimated: the recording has none"]
    unknown = sum(line.units for line in asked if line.product == attempts.UNKNOWN_PRODUCT)
    if unknown:
        found.append(f"units of lanes without a label, sold as {attempts.UNKNOWN_PRODUCT!r}: {unknown}")
    moved, back = _relabelled(asked)
    if moved:
        found.append(f"lane days whose product or price changes: {moved}, of them back and forth: {back}")
    split = len({line.sale for line in asked}) - len({line.sale[:2] for line in asked})
    if split:
        found.append(
            f"transactions that name a second machine or tender, taken as sales of their own: {split}"
        )
    return found


def _relabelled(asked: list[_Line]) -> tuple[int, int]:
    """Lane days with more than one product or price, and those of them that return to a former one."""
    labels: defaultdict[tuple[str, str, date], list[tuple[str, int]]] = defaultdict(list)
    for line in asked:
        seen = labels[line.machine, line.lane, line.day]
        if not seen or seen[-1] != (line.product, line.price_minor):
            seen.append((line.product, line.price_minor))
    moved = [seen for seen in labels.values() if len(seen) > 1]
    return len(moved), sum(len(seen) > len(set(seen)) for seen in moved)
