"""Control boards on the bench: real drivers against simulated boards over each wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from hardware.adh814.codec import SENSOR_OPEN
from hardware.adh814.driver import Adh814Driver
from hardware.easivend.driver import EasivendDriver
from hardware.fafb.driver import FafbDriver
from simulator.peripherals.adh814_board import Adh814Board
from simulator.peripherals.easivend_board import EasivendBoard
from simulator.peripherals.fafb_board import FafbBoard
from tests.hardware.contract.hands import BoardHands, CoolingHands, PricingHands
from tests.hardware.contract.rig import Way, over_wires

LANES = {"A1": 1, "A2": 2, "A3": 3, "B1": 11}
NAMES = {number: lane for lane, number in LANES.items()}


@attrs.define
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

    # At their cooling

    def blink(self) -> None:
        self.board.spirals.lose_power()

    def warm_to(self, celsius: int) -> None:
        self._set_sensor(celsius)

    def break_sensor(self) -> None:
        self._set_sensor(None)

    def _set_sensor(self, celsius: int | None) -> None:
        if isinstance(self.board, FafbBoard):
            self.board.memory.celsius = celsius
        else:
            self.board.celsius = SENSOR_OPEN if celsius is None else celsius

    @property
    def target_decicelsius(self) -> int | None:
        board = self.board.memory if isinstance(self.board, FafbBoard) else self.board
        return None if board.target is None else board.target * 10


as_board: Callable[[Any], BoardHands] = Hands
as_cooling: Callable[[Any], CoolingHands] = Hands


def fafb() -> FafbDriver:
    return FafbDriver(serves=("board",))


NOT_JOINED = ("joined motors",)
"""fafb couples its motors by a setting of its own, easivend not at all."""

WHOLE_DEGREES = ("tenths", "defrosts")

BOARD: list[Way[BoardHands]] = [
    *over_wires("fafb", fafb, FafbBoard, as_board, lacks=NOT_JOINED),
    *over_wires("adh814", lambda: Adh814Driver(serves=("board",)), Adh814Board, as_board),
    *over_wires("easivend", EasivendDriver, EasivendBoard, as_board, lacks=NOT_JOINED),
]
PRICING: list[Way[PricingHands]] = over_wires("fafb", fafb, FafbBoard, Hands)
COOLING: list[Way[CoolingHands]] = [
    *over_wires("fafb", lambda: FafbDriver(serves=("cooling",)), FafbBoard, as_cooling, lacks=WHOLE_DEGREES),
    *over_wires(
        "adh814", lambda: Adh814Driver(serves=("cooling",)), Adh814Board, as_cooling, lacks=WHOLE_DEGREES
    ),
]
