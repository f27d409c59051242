"""The demonstration chain in Hong Kong: machines, stores, one warehouse and its vans.

Addresses, districts, product mix, names, size classes and fault rates are recorded (days/SOURCES.md); prices,
capacities, opening levels, the warehouse and the vans are invented.
"""

from __future__ import annotations

from collections import Counter
from math import ceil

from runtime.dice import Dice, address_key
from scenarios.chain import (
    Chain,
    Faults,
    MachinePlan,
    Place,
    Product,
    RestockRule,
    StorePlan,
    VanPlan,
    WarehousePlan,
)
from scenarios.days.goods import Good, sold_in_stores, vended
from scenarios.hk_demo import places, planogram
from scenarios.hk_demo.settings import HkSettings

SMALL_SHARE = 959 / 2495
"""Share of small machines in eu_fleet_2017."""

MACHINE_FLOAT_MINOR = 30_000
TILL_FLOAT_MINOR = 100_000
STORE_UNITS, STORE_GRAMS = 5_000, 500_000
WAREHOUSE_UNITS_A_MACHINE = 200
WAREHOUSE = Place(
    name_en="Kwai Chung warehouse",
    name_zh="葵涌仓库",
    district="kwai-tsing",
    lat_e6=22_364_000,
    lon_e6=114_129_000,
)


def build(settings: HkSettings, seed: int) -> Chain:
    """The chain. Places and planograms are always the same; the seed decides how full each lane opens."""
    shops = places.for_stores(settings.stores)
    machines = tuple(
        _machine(number, place, settings, seed)
        for number, place in enumerate(places.for_machines(settings.machines, shops), 1)
    )
    goods = [*vended().values(), *sold_in_stores().values()]
    return Chain(
        name="hk-demo",
        currency="HKD",
        time_zone="Asia/Hong_Kong",
        cutoff_minute=4 * 60,
        products=tuple(_product(good) for good in goods),
        machines=machines,
        stores=tuple(_store(number, shop, settings) for number, shop in enumerate(shops, 1)),
        warehouses=(_warehouse(settings),),
        vans=_vans(machines, settings),
        restock=RestockRule(cutoff_minute=20 * 60, depart_minute=6 * 60),
        faults=Faults(
            jam_per_vend=settings.jam_per_vend,
            losses_per_machine_day=settings.losses_per_machine_day,
            loss_seconds_mean=settings.loss_seconds_mean,
            temperature=settings.temperature,
        ),
    )


def _product(good: Good) -> Product:
    return Product(
        code=good.code,
        name_en=good.name_en,
        name_zh=good.name_zh,
        category=good.category,
        price_minor=good.price_minor,
        weighed=good.weighed,
    )


def _machine(number: int, place: Place, settings: HkSettings, seed: int) -> MachinePlan:
    name = f"hk-{number:04}"
    fixed = Dice(address_key(0, name))
    size = "small" if fixed.uniform() < SMALL_SHARE else "large"
    choices = planogram.planograms(size, settings.lanes)
    return MachinePlan(
        id=name,
        node=f"gw-{place.district}",
        site=name,
        place=place,
        lanes=planogram.opening(
            choices[fixed.below(len(choices))], Dice(address_key(seed, f"{name}/opening"))
        ),
        size=size,
        float_minor=MACHINE_FLOAT_MINOR,
    )


def _store(number: int, shop: places.Address, settings: HkSettings) -> StorePlan:
    name = f"st-{number:02}"
    return StorePlan(
        id=name,
        node=name,
        place=places.place(shop, f"store {number}"),
        tills=settings.tills_per_store,
        stock=tuple(
            (good.code, STORE_GRAMS if good.weighed else STORE_UNITS) for good in sold_in_stores().values()
        ),
        float_minor=TILL_FLOAT_MINOR,
    )


def _warehouse(settings: HkSettings) -> WarehousePlan:
    units = WAREHOUSE_UNITS_A_MACHINE * settings.machines
    return WarehousePlan(
        id="wh-1", node="wh-1", place=WAREHOUSE, stock=tuple((good.code, units) for good in vended().values())
    )


def _vans(machines: tuple[MachinePlan, ...], settings: HkSettings) -> tuple[VanPlan, ...]:
    here = Counter(machine.place.district for machine in machines)
    vans = ceil(len(machines) / settings.machines_per_van)
    return tuple(
        VanPlan(id=f"van-{number}", warehouse="wh-1", districts=districts, speed_kmh=25)
        for number, districts in enumerate(places.districts_of_vans(here, vans), 1)
    )
