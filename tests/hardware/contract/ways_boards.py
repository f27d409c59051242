"""Control boards on the bench: real drivers against simulated boards over a wire in memory."""

from __future__ import annotations

from typing import Any

import attrs

from hardware.adh814.driver import Adh814Driver
from hardware.easivend.driver import EasivendDriver
from hardware.fafb.driver import FafbDriver
from simulator.peripherals.adh814_board import Adh814Board
from simulator.peripherals.easivend_board import EasivendBoard
from simulator.peripherals.fafb_board import FafbBoard
from tests.hardware.contract.rig import Way, driven

LANES = {"A1": 1, "A2": 2, "A3": 3, "B1": 11}
NAMES = {number: lane for lane, number in LANES.items()}


@attrs.frozen
class Hands:
    """At any of the three boards."""

    board: Any
    lanes: tuple[str, ...] = tuple(LANES)

    def jam_next(self, lane: str) -> None:
        self.board.spirals.jam_next(LANES[lane])

    def sticks_next(self, lane: str) -> None:
        self.board.spirals.sticks_next(LANES[lane])

    def loses_power_next(self) -> None:
        self.board.spirals.loses_power_next()

    def fall_silent(self) -> None:
        self.board.faults.silent = True

    def speak_again(self) -> None:
        self.board.faults.silent = False

    def price_minor(self, lane: str) -> int:
        return int(self.board.memory.selections[LANES[lane]].price)

    @property
    def turns(self) -> list[str]:
        return [NAMES[number] for number in self.board.spirals.turns]

    @property
    def drops(self) -> int:
        return int(self.board.spirals.drops)


def fafb() -> FafbDriver:
    return FafbDriver(serves=("board",))


ALONE = frozenset({"joined motors"})
"""fafb couples its motors by a setting of its own, easivend not at all."""

BOARD: list[Way[Any]] = [
    Way("fafb-memory", driven(fafb, FafbBoard, Hands), ALONE),
    Way("adh814-memory", driven(lambda: Adh814Driver(serves=("board",)), Adh814Board, Hands)),
    Way("easivend-memory", driven(EasivendDriver, EasivendBoard, Hands), ALONE),
]
PRICING: list[Way[Any]] = [Way("fafb-memory", driven(fafb, FafbBoard, Hands))]
