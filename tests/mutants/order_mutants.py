"""Bugs in orders from afar, in what a restored office does, and on full disks."""

from __future__ import annotations

import pytest

from actors.machine.machine import Machine
from actors.warehouse.messages import GoodsReturned
from actors.warehouse.warehouse import Warehouse
from runtime.command_desk import CommandDesk, OpenDesk
from runtime.health import Hold
from tests.mutants.planted import planted


@planted(seed=1, shows="I5")
def a_restored_office_uses_numbers_of_orders_again(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(CommandDesk.handlers, OpenDesk, lambda desk, order: None)


@planted(seed=10, shows="I4")
def a_round_that_is_over_is_driven_again(patch: pytest.MonkeyPatch) -> None:
    came_back = Warehouse.appliers[GoodsReturned]

    def forgotten(warehouse: Warehouse, fact: GoodsReturned) -> None:
        came_back(warehouse, fact)
        warehouse.over = []

    patch.setitem(Warehouse.appliers, GoodsReturned, forgotten)


@planted(seed=1, shows="I10")
def a_machine_sells_on_while_its_disk_is_full(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(Machine.handlers, Hold, lambda machine, order: None)
