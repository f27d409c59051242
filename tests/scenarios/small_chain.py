"""A chain that starts in a moment: two machines on one gateway, a store, a warehouse, the office."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import trio

from runtime.actor import Actor, Report
from scenarios.chain import (
    Chain,
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

PLACE = Place(name_en="Here", name_zh="此處", district="d", lat_e6=22_300_000, lon_e6=114_170_000)
HOURLY = (400.0,) * 24
TENDERS = (("cash", 1.0), ("cashless", 1.0), ("code", 1.0))


def machine(number: int) -> MachinePlan:
    lanes = tuple(
        LanePlan(code=code, product="cola", price_minor=800, capacity=200, par=200, level=200)
        for code in ("A1", "A2")
    )
    return MachinePlan(id=f"m-{number}", node="gw-1", site="s", place=PLACE, lanes=lanes, float_minor=30_000)


def prepared() -> Prepared:
    machines = (machine(1), machine(2))
    chain = Chain(
        name="small",
        currency="HKD",
        time_zone="Asia/Hong_Kong",
        cutoff_minute=240,
        products=(Product(code="cola", name_en="Cola", name_zh="可樂", category="drink", price_minor=800),),
        machines=machines,
        stores=(
            StorePlan(
                id="st-1", node="st-1", place=PLACE, tills=1, stock=(("cola", 5000),), float_minor=50_000
            ),
        ),
        warehouses=(WarehousePlan(id="wh-1", node="wh-1", place=PLACE, stock=(("cola", 100_000),)),),
        vans=(VanPlan(id="van-1", warehouse="wh-1"),),
        restock=RestockRule(cutoff_minute=720, depart_minute=725),
    )
    lanes = tuple((plan.code, plan.price_minor, 1.0) for plan in machines[0].lanes)
    return Prepared(
        name="small",
        chain=chain,
        seed=7,
        first=date(2026, 3, 6),
        last=date(2026, 3, 6),
        settings={},
        machine_rates=tuple(
            MachineRates(machine=plan.id, hourly=HOURLY, lanes=lanes, tenders=TENDERS) for plan in machines
        ),
        store_rates=(
            StoreRates(
                store="st-1",
                tills=("st-1/till/1",),
                hourly=HOURLY,
                baskets=((("cola", 2),),),
                prices=(("cola", 800, False),),
                tenders=TENDERS,
            ),
        ),
    )


class Ears(Actor):
    """A console that keeps what it heard.

    Attributes:
        heard: every report.
        more: set with the next one.
    """

    __slots__ = ("chain", "heard", "more")

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.heard: list[Report] = []
        self.more = trio.Event()

    def hear(self, report: Report) -> None:
        self.heard.append(report)
        self.more.set()

    async def until(self, holds: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until what was heard makes it so."""
        with trio.fail_after(seconds):
            while not holds():
                await self.hears_more()

    async def hears_more(self) -> None:
        """Wait for the next report."""
        self.more = trio.Event()
        await self.more.wait()

    def facts(self, node: str) -> list[int]:
        """Numbers of the facts heard of a node, in the order they were heard."""
        return [report.seq for report in self.heard if report.node == node and report.seq]
