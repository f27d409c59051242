"""Keypads: one that types lines, over each wire, and the street's with its queue."""

from __future__ import annotations

from collections.abc import Callable

from hardware.keys.driver import KeysDriver
from simulator.customers.keypad import Arrival, Keypad
from simulator.peripherals.keypad import KeypadPeripheral
from tests.hardware.contract.hands import KeypadHands
from tests.hardware.contract.rig import KernelBench, Way, over_wires
from tests.hardware.contract.ways_street import street


class Typing:
    """Hands at the keys."""

    def __init__(self, keypad: KeypadPeripheral) -> None:
        self._keypad = keypad

    def choose(self, *lanes: str) -> None:
        self._keypad.press(" ".join(lanes))

    @property
    def customers_served(self) -> int:
        return len(self._keypad.shown)


class Queueing:
    """Customers of the street walk up to it, numbered from 1."""

    def __init__(self, keypad: Keypad, bench: KernelBench) -> None:
        self._keypad, self._bench = keypad, bench

    def choose(self, *lanes: str) -> None:
        number = self._keypad.arrived + 1
        self._bench.order("keypad", Arrival(customer=number, lanes=lanes, tender="cash"))

    @property
    def customers_served(self) -> int:
        return self._keypad.served


typing: Callable[[KeypadPeripheral], KeypadHands] = Typing
queueing: Callable[[Keypad, KernelBench], KeypadHands] = Queueing

KEYPAD: list[Way[KeypadHands]] = [
    street(Keypad, "keypad", queueing),
    *over_wires("keys", KeysDriver, KeypadPeripheral, typing, lacks=("customers",)),
]
