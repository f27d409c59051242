"""hk-demo's customers in numbers: by size of machine, hour, recorded product mix and recorded baskets."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

from runtime.dice import Dice, address_key
from scenarios.chain import Chain, LanePlan
from scenarios.days.goods import sold_in_stores, vended
from scenarios.demand import csv_file
from scenarios.demand.clock import hourly_orders
from scenarios.hk_demo.settings import HkSettings
from simulator.customers.rates import MachineRates, StoreRates

TENDERS = (("code", 0.6), ("cashless", 0.2), ("cash", 0.2))
ITEMS_A_DAY = {"large": 9.90, "small": 7.71}
"""Means of the two sizes of machine in eu_fleet_2017; only their ratio counts here."""

WEIGHED_SHARE = 0.35
"""Share of store baskets that also hold one to three weighed lines (an estimate)."""

_DAYS = Path(__file__).parents[1] / "days"

Line = tuple[str, int]


def tenders(settings: HkSettings) -> tuple[tuple[str, float], ...]:
    """How customers pay; whoever does not pay cash keeps to the usual mix."""
    if settings.cash_share == dict(TENDERS)["cash"]:
        return TENDERS
    left = 1.0 - settings.cash_share
    return (("code", 0.75 * left), ("cashless", 0.25 * left), ("cash", settings.cash_share))


def machine_rates(chain: Chain, settings: HkSettings) -> tuple[MachineRates, ...]:
    """The customers of every machine: on average ``customers_per_machine_day``, on every weekday."""
    sizes = Counter(machine.size for machine in chain.machines)
    mean = sum(ITEMS_A_DAY[size] * count for size, count in sizes.items()) / len(chain.machines)
    profile = hourly_orders()
    hourly = {
        size: tuple(
            settings.customers_per_machine_day * ITEMS_A_DAY[size] / mean * orders / sum(profile)
            for orders in profile
        )
        for size in sizes
    }
    weights: dict[tuple[str, ...], tuple[tuple[str, int, float], ...]] = {}
    found = []
    for machine in chain.machines:
        held = tuple(lane.product for lane in machine.lanes)
        if held not in weights:
            weights[held] = _lane_weights(machine.lanes)
        found.append(
            MachineRates(
                machine=machine.id,
                hourly=hourly[machine.size],
                lanes=weights[held],
                tenders=tenders(settings),
            )
        )
    return tuple(found)


def _lane_weights(lanes: tuple[LanePlan, ...]) -> tuple[tuple[str, int, float], ...]:
    """A product's recorded orders, shared among its lanes."""
    orders = {good.code: good.orders for good in vended().values()}
    count = Counter(lane.product for lane in lanes)
    return tuple((lane.code, lane.price_minor, orders[lane.product] / count[lane.product]) for lane in lanes)


def store_rates(chain: Chain, settings: HkSettings) -> tuple[StoreRates, ...]:
    """The shoppers of every store, in the recorded hours of the bakery's baskets."""
    baskets, by_hour = recorded_baskets()
    hourly = tuple(settings.baskets_per_store_day * count / len(baskets) for count in by_hour)
    prices = tuple((good.code, good.price_minor, good.weighed) for good in sold_in_stores().values())
    return tuple(
        StoreRates(
            store=store.id,
            tills=tuple(f"{store.id}/till/{number}" for number in range(1, store.tills + 1)),
            hourly=hourly,
            baskets=baskets,
            prices=prices,
            tenders=tenders(settings),
        )
        for store in chain.stores
    )


@cache
def recorded_baskets() -> tuple[tuple[tuple[Line, ...], ...], tuple[int, ...]]:
    """Every shipped basket, some with weighed lines added, and how many come in each of the 24 hours."""
    goods = sold_in_stores()
    lines: dict[int, list[Line]] = {}
    hours: dict[int, int] = {}
    needed = ("basket", "time", "item", "quantity")
    for row in csv_file.rows(_DAYS / "bakery_2016_baskets.csv.gz", needed):
        number = row.serial("basket")
        lines.setdefault(number, []).append((goods[row.text("item")].code, row.count("quantity")))
        hours[number] = int(row.text("time")[:2])
    weighed = [
        (goods[row.text("item")].code, row.serial("grams"))
        for row in csv_file.rows(_DAYS / "fresh_2023_weighed.csv.gz", ("time", "item", "grams"))
    ]
    dice = Dice(address_key(0, "hk-demo/baskets"))
    for basket in lines.values():
        if dice.uniform() < WEIGHED_SHARE:
            basket += [weighed[dice.below(len(weighed))] for _ in range(1 + dice.below(3))]
    counts = Counter(hours.values())
    return tuple(tuple(basket) for basket in lines.values()), tuple(counts[hour] for hour in range(24))
