"""Each driver with every device it can serve: all are lost and found together, or each for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from hardware.adh814.driver import Adh814Driver
from hardware.dex.driver import DexDriver
from hardware.easivend.driver import EasivendDriver
from hardware.fafb.driver import FafbDriver
from hardware.keys.driver import KeysDriver
from hardware.mdb.driver import MdbDriver
from simulator.peripherals.adh814_board import Adh814Board
from simulator.peripherals.dex_port import DexPort
from simulator.peripherals.easivend_board import EasivendBoard
from simulator.peripherals.fafb_board import FafbBoard
from simulator.peripherals.keypad import KeypadPeripheral
from simulator.peripherals.mdb_bus import MdbBus
from tests.hardware.contract import ways_dex, ways_mdb
from tests.hardware.contract.hands import PresenceHands
from tests.hardware.contract.rig import Way, over_wires


@attrs.define
class Silencing:
    """Whatever stands there falls silent as a whole."""

    devices: tuple[str, ...]
    silence: Callable[[bool], None]

    def fall_silent(self) -> None:
        self.silence(True)

    def speak_again(self) -> None:
        self.silence(False)


def at_board(board: FafbBoard | Adh814Board | EasivendBoard, *devices: str) -> PresenceHands:
    """All behind a board's wire."""

    def silence(silent: bool) -> None:
        board.faults.silent = silent

    return Silencing(devices, silence)


def at_bus(bus: MdbBus) -> PresenceHands:
    """Every slave of a bus."""

    def silence(silent: bool) -> None:
        for faults in bus.faults.values():
            faults.silent = silent

    return Silencing(("cash", "cashless"), silence)


def at_port(port: DexPort) -> PresenceHands:
    """An audit port."""
    return Silencing(("audit",), lambda silent: port.fall_silent() if silent else port.speak_again())


def at_keypad(keypad: KeypadPeripheral) -> PresenceHands:
    """A keypad: it is silent while nobody types."""
    return Silencing(("keypad",), lambda silent: None)


def _mdb(way: str) -> list[Way[Any]]:
    return over_wires(
        f"mdb-{way}", lambda: MdbDriver(way), lambda: ways_mdb.bus(way), at_bus, port=ways_mdb.WIRED[way]
    )


def _dex(way: str) -> list[Way[Any]]:
    def port() -> DexPort:
        return DexPort(ways_dex.book(ways_dex.counts()), way=way)

    return over_wires(f"dex-{way}", lambda: DexDriver(way), port, at_port, lacks=("heartbeat",))


PRESENCE: list[Way[PresenceHands]] = [
    *(each for way in ways_mdb.WIRED for each in _mdb(way)),
    *over_wires("fafb", FafbDriver, FafbBoard, lambda board: at_board(board, "board", "cash", "cooling")),
    *over_wires("adh814", Adh814Driver, Adh814Board, lambda board: at_board(board, "board", "cooling")),
    *over_wires("easivend", EasivendDriver, EasivendBoard, lambda board: at_board(board, "board")),
    *(each for way in ("dcs", "ddcmp") for each in _dex(way)),
    *over_wires("keys", KeysDriver, KeypadPeripheral, at_keypad, lacks=("silence",)),
]
