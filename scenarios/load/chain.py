"""The chain a load runs on: stores of a scenario, with as many tills as the rate needs, and their office."""

from __future__ import annotations

import attrs

from runtime.errors import ConfigError
from scenarios import scenario
from scenarios.chain import Faults, StorePlan
from scenarios.scenario import Prepared

SALES_A_TILL = 5.0
"""Sales a second for which one till is put up: it serves one shopper at a time, until the sale is on disk."""
TILLS_MIN, TILLS_MAX = 10, 500
STOCK = 1_000_000_000
"""Units or grams of each product: nothing runs out."""


def prepared(name: str, sites: int, rate: float) -> Prepared:
    """The chain of a scenario, cut down to so many stores.

    Args:
        name: a shipped scenario's name, or a file.
        sites: stores, each a node of its own.
        rate: sales a second that all of them are asked for.

    Raises:
        ConfigError: the scenario has too few stores.
    """
    made = scenario.prepare(scenario.load(name))
    chain = made.chain
    if len(chain.stores) < sites:
        raise ConfigError(f"--sites: must be at most {len(chain.stores)}, the stores of {name}, not {sites}")
    tills = round(min(TILLS_MAX, max(TILLS_MIN, rate / sites / SALES_A_TILL)))
    stores = tuple(_store(plan, tills) for plan in chain.stores[:sites])
    return attrs.evolve(
        made,
        name=f"{made.name}-load",
        chain=attrs.evolve(
            chain,
            name=f"{chain.name}-load",
            machines=(),
            stores=stores,
            warehouses=(),
            vans=(),
            restock=None,
            faults=Faults(),
        ),
        attempts=(),
        baskets=(),
        machine_rates=(),
        store_rates=(),
    )


def _store(plan: StorePlan, tills: int) -> StorePlan:
    stock = tuple((product, STOCK) for product, _ in plan.stock)
    return attrs.evolve(plan, tills=tills, stock=stock)
