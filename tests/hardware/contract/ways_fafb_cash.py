"""A fafb board's entries: no escrow, no tubes that it tells apart, and only the customer's own money."""

from __future__ import annotations

from collections.abc import Callable

from hardware.fafb.driver import FafbDriver
from simulator.peripherals.fafb_board import BILLS, COINS, FafbBoard
from tests.hardware.contract.hands import CashHands
from tests.hardware.contract.rig import Way, over_wires


class Hands:
    """At the entries and the lever."""

    def __init__(self, board: FafbBoard) -> None:
        self._board = board
        self._memory, self._faults = board.memory, board.faults
        self.drop_coin, self.feed_bill = board.insert_coin, board.insert_bill
        self.pull_lever = board.pull_lever

    def is_open(self, value_minor: int) -> bool:
        return self._board.takes_piece(value_minor, coin=value_minor in COINS)

    def is_shut(self, value_minor: int) -> bool:
        return not self.is_open(value_minor)

    def empty_tube(self, value_minor: int) -> None:
        """There is one hopper."""
        self._memory.change = 0

    def fill_tube(self, value_minor: int, count: int) -> None:
        self._memory.change += value_minor * count

    def jam_tube(self, value_minor: int = 0) -> None:
        raise AssertionError("the simulated hopper does not jam")

    jam_recycler = misfeed_next = bill_comes_back_next = jam_tube

    def spoil_answers(self, count: int) -> None:
        self._faults.corrupt = count

    def lose_answers(self, count: int) -> None:
        self._faults.lost = count

    lose_validator_answers = lose_answers

    def lose_acknowledgements(self, count: int) -> None:
        self._faults.deaf = count

    def fall_silent(self) -> None:
        self._faults.silent = True

    def speak_again(self) -> None:
        self._faults.silent = False

    def blink(self) -> None:
        self._board.spirals.lose_power()

    @property
    def in_minor(self) -> int:
        return self._memory.inserted

    @property
    def out_minor(self) -> int:
        return self._memory.paid

    @property
    def bills_returned(self) -> int:
        return 0


def driver() -> FafbDriver:
    return FafbDriver(coins=COINS, bills=BILLS, serves=("cash",))


hands: Callable[[FafbBoard], CashHands] = Hands

CASH: list[Way[CashHands]] = over_wires(
    "fafb",
    driver,
    FafbBoard,
    hands,
    lacks=("escrow", "tubes", "float", "recycler", "hand counts", "memory"),
    beyond=("jams",),
)
