"""What hk-demo lets its user choose; scenario.py gives their ranges."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class HkSettings:
    """The size of the demonstration, and how busy and how faulty it is.

    Attributes:
        lanes: lanes of every machine, in rows of eight.
        machines_per_van: one van for so many machines, or part of them.
        customers_per_machine_day: on average over the chain.
        cash_share: share of customers who pay cash; of the others three in four pay by code.
        jam_per_vend: share of vends that jam (measured in eu_fleet_2017).
        losses_per_machine_day: how often a device stops answering.
        loss_seconds_mean: for how long.
        temperature: whether cabinets warm up when their doors are open.
    """

    machines: int = 200
    lanes: int = 40
    stores: int = 6
    tills_per_store: int = 2
    machines_per_van: int = 25
    customers_per_machine_day: float = 150.0
    cash_share: float = 0.2
    baskets_per_store_day: float = 120.0
    jam_per_vend: float = 0.0067
    losses_per_machine_day: float = 0.2
    loss_seconds_mean: float = 2400.0
    temperature: bool = True
