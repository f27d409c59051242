"""The chain that is soaked by default: small, busy, with all that money and goods pass through."""

from __future__ import annotations

from datetime import date

from scenarios.chain import (
    Chain,
    Faults,
    LanePlan,
    MachinePlan,
    Place,
    Product,
    RestockRule,
    StorePlan,
    VanPlan,
    WarehousePlan,
)
from scenarios.scenario import Prepared
from simulator.customers.rates import MachineRates, StoreRates

DAY = date(2026, 3, 6)
PLACE = Place(name_en="Soak town", name_zh="试炼镇", district="d", lat_e6=22_300_000, lon_e6=114_170_000)
PRODUCTS = (
    Product(code="cola", name_en="Cola", name_zh="可樂", category="drink", price_minor=800),
    Product(code="tea", name_en="Tea", name_zh="茶", category="drink", price_minor=650),
)
LANES = tuple(
    LanePlan(code=code, product=product, price_minor=price_minor, capacity=12, par=12, level=10)
    for code, product, price_minor in (("A1", "cola", 800), ("A2", "tea", 650), ("A3", "cola", 800))
)
TENDERS = (("cash", 2.0), ("cashless", 1.0), ("code", 1.0))
CUSTOMERS_AN_HOUR = 50.0
BASKETS_AN_HOUR = 25.0
WAREHOUSE_STOCK = (("cola", 100), ("tea", 5_000))
"""Cola runs short after some rounds: vans then bring less than lanes hold room for."""
GATEWAYS = {"gw-1": ("m-1", "m-2"), "gw-2": ("m-3",)}


def prepared(seed: int) -> Prepared:
    """Three machines on two gateways, a store with two tills, a warehouse with a van, and the office."""
    machines = tuple(
        MachinePlan(id=machine, node=node, site="s", place=PLACE, lanes=LANES, float_minor=20_000)
        for node, ids in GATEWAYS.items()
        for machine in ids
    )
    stock = tuple((product.code, 5_000) for product in PRODUCTS)
    chain = Chain(
        name="soak",
        currency="HKD",
        time_zone="Asia/Hong_Kong",
        cutoff_minute=240,
        products=PRODUCTS,
        machines=machines,
        stores=(StorePlan(id="st-1", node="st-1", place=PLACE, tills=2, stock=stock, float_minor=50_000),),
        warehouses=(WarehousePlan(id="wh-1", node="wh-1", place=PLACE, stock=WAREHOUSE_STOCK),),
        vans=(VanPlan(id="van-1", warehouse="wh-1", service_seconds=120),),
        restock=RestockRule(cutoff_minute=660, depart_minute=665, trigger_level=3),
        faults=Faults(jam_per_vend=0.01, temperature=False),
    )
    lanes = tuple((lane.code, lane.price_minor, 1.0) for lane in LANES)
    return Prepared(
        name="soak",
        chain=chain,
        seed=seed,
        first=DAY,
        last=DAY,
        settings={},
        machine_rates=tuple(
            MachineRates(
                machine=machine.id,
                hourly=(CUSTOMERS_AN_HOUR,) * 24,
                lanes=lanes,
                tenders=TENDERS,
                second_item_share=0.3,
            )
            for machine in machines
        ),
        store_rates=(
            StoreRates(
                store="st-1",
                tills=("st-1/till/1", "st-1/till/2"),
                hourly=(BASKETS_AN_HOUR,) * 24,
                baskets=((("cola", 2),), (("tea", 1), ("cola", 1))),
                prices=tuple((product.code, product.price_minor, False) for product in PRODUCTS),
                tenders=TENDERS,
            ),
        ),
    )
