"""Every driver there is, by the name behind ``driver=``, and every peripheral that plays a far end.

Modules are imported when one is made, so that a command loads only what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import attrs

from hardware.contract.motor_board import AskTurn
from hardware.driver import Driver
from hardware.serial_port import Line
from runtime.errors import ConfigError
from simulator.peripherals.peripheral import Peripheral

Read = Callable[[str, str], Any]
"""Takes an option's name and text; returns its value or raises ConfigError with rule and value."""

LANES_MAX = 999
VALUES_MAX = 16
MINOR_MAX = 10_000_000


def whole(low: int, high: int) -> Read:
    """Reads a whole number from ``low`` to ``high``."""

    def read(name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high):
            raise ConfigError(f"option {name}: must be a whole number from {low} to {high}, not {text!r}")
        return int(text)

    return read


def one_of(*words: str) -> Read:
    """Reads one of these words."""

    def read(name: str, text: str) -> str:
        if text not in words:
            raise ConfigError(f"option {name}: must be one of {', '.join(words)}, not {text!r}")
        return text

    return read


def word(length: int) -> Read:
    """Reads so many letters and digits."""

    def read(name: str, text: str) -> str:
        if not (len(text) == length and text.isascii() and text.isalnum()):
            raise ConfigError(f"option {name}: must be {length} letters and digits, not {text!r}")
        return text

    return read


def yes(name: str, text: str) -> bool:
    """Reads ``yes`` or ``no``."""
    return bool(one_of("yes", "no")(name, text) == "yes")


def values(name: str, text: str) -> tuple[int, ...]:
    """Reads amounts in minor units, ``10,20,50``."""
    parts = text.split(",")
    if len(parts) > VALUES_MAX:
        raise ConfigError(f"option {name}: must have at most {VALUES_MAX} values, not {len(parts)}")
    return tuple(whole(0, MINOR_MAX)(name, part) for part in parts)


def lanes(name: str, text: str) -> dict[str, int]:
    """Reads the board's numbers of lanes, ``A1:11,A2:12``."""
    found: dict[str, int] = {}
    for part in text.split(","):
        code, colon, number = part.partition(":")
        if not (colon and code.isascii() and code.isalnum() and len(code) <= 8):
            raise ConfigError(f"option {name}: must be LANE:NUMBER,…, not {part!r}")
        found[code] = whole(0, LANES_MAX)(name, number)
    return found


@attrs.frozen(kw_only=True)
class DriverKind:
    """A driver as ways in name it.

    Attributes:
        module: where its class stands.
        name: of the class.
        line: how its serial line is set unless the way says otherwise.
        lines: the same by (option, value), where an option makes it another line.
        serves: devices it can serve, as the class says.
        options: what a way may tell it: constructor argument and how its text is read.
        tried_with: options that a probe tries, one after the other.
        asked: (device, order) that makes the device speak and changes nothing, where the driver by itself
            waits for an order.
        probe_seconds: how long the device may take until it is known to answer.
    """

    module: str
    name: str
    line: Line
    serves: tuple[str, ...]
    lines: Mapping[tuple[str, str], Line] = attrs.field(factory=dict)
    options: Mapping[str, Read] = attrs.field(factory=dict)
    tried_with: tuple[str, ...] = ("",)
    asked: tuple[tuple[str, object], ...] = ()
    probe_seconds: float = 2.0

    def line_for(self, options: Mapping[str, str]) -> Line:
        """The line of a driver with these options."""
        return next((line for option, line in self.lines.items() if option in options.items()), self.line)

    def make(self, options: Mapping[str, str]) -> Driver:
        """A new driver; raises ConfigError for an unknown option or a wrong value."""
        for option in options:
            if option not in self.options:
                known = ", ".join(self.options) or "left out"
                raise ConfigError(f"option must be one of {known}, not {option!r}")
        told = {option: self.options[option](option, text) for option, text in options.items()}
        driver: Driver = getattr(import_module(self.module), self.name)(**told)
        return driver


DRIVERS: Mapping[str, DriverKind] = {
    "fafb": DriverKind(
        module="hardware.fafb.driver",
        name="FafbDriver",
        line=Line(baud=57_600),
        serves=("board", "cash", "cooling"),
        options={
            "lanes": lanes,
            "lift": yes,
            "unit_minor": whole(1, 10_000),
            "bills": values,
            "coins": values,
        },
        probe_seconds=2.5,  # the board polls every 2 s at the slowest
    ),
    "adh814": DriverKind(
        module="hardware.adh814.driver",
        name="Adh814Driver",
        line=Line(baud=38_400),
        serves=("board", "cooling"),
        options={"lanes": lanes, "address": whole(1, 4)},
    ),
    "easivend": DriverKind(
        module="hardware.easivend.driver",
        name="EasivendDriver",
        line=Line(baud=9_600),
        serves=("board",),
        options={"lanes": lanes},
        asked=(("board", AskTurn(lane="1", turn=0)),),
    ),
    "mdb": DriverKind(
        module="hardware.mdb.driver",
        name="MdbDriver",
        line=Line(baud=9_600),
        lines={("way", "ascii"): Line(baud=115_200)},  # as public users of such adapters set them
        serves=("cash", "cashless"),
        options={"way": one_of("parity", "ascii", "hex"), "minor_digits": whole(0, 4)},
        tried_with=("way=ascii", "way=hex", "way=parity"),
        probe_seconds=6.0,  # a reset, then a card reader's 5 s
    ),
    "dex": DriverKind(
        module="hardware.dex.driver",
        name="DexDriver",
        line=Line(baud=9_600),
        lines={("way", "ddcmp"): Line(baud=2_400)},
        serves=("audit",),
        options={"way": one_of("dcs", "ddcmp"), "communication_id": word(10), "price_list": whole(0, 99)},
        tried_with=("", "way=ddcmp"),
        probe_seconds=5.0,
    ),
    "keys": DriverKind(
        module="hardware.keys.driver",
        name="KeysDriver",
        line=Line(baud=9_600),
        serves=("keypad",),
        tried_with=(),
    ),
}


def _one(module: str, name: str, **told: Any) -> Callable[[], Peripheral]:
    def make() -> Peripheral:
        peripheral: Peripheral = getattr(import_module(f"simulator.peripherals.{module}"), name)(**told)
        return peripheral

    return make


def _mdb(wire: str) -> Callable[[], Peripheral]:
    def make() -> Peripheral:
        from simulator.peripherals.mdb_bus import MdbBus
        from simulator.peripherals.mdb_changer import MdbChanger
        from simulator.peripherals.mdb_reader import MdbReader
        from simulator.peripherals.mdb_validator import MdbValidator

        return MdbBus(MdbChanger(), MdbValidator(), MdbReader(), wire=wire)

    return make


PERIPHERALS: Mapping[str, Callable[[], Peripheral]] = {
    "mdb": _mdb("ascii"),
    "mdb-hex": _mdb("hex"),
    "fafb": _one("fafb_board", "FafbBoard"),
    "adh814": _one("adh814_board", "Adh814Board"),
    "easivend": _one("easivend_board", "EasivendBoard"),
    "dex": _one("dex_port", "DexPort"),
    "dex-ddcmp": _one("dex_port", "DexPort", way="ddcmp"),
    "keys": _one("keypad", "KeypadPeripheral"),
}
"""What ``hawker device sim`` plays, each as it is when it is unpacked."""
