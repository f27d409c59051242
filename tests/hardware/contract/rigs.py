"""The table of every way to have a device on the bench: a line here and the whole suite runs over it.

To add a driver: write its ways in a module of its own (``ways_NAME.py``: a driver, a peripheral, and hands
that keep the protocol of ``hands.py``; ``rig.over_wires`` puts them together over every wire), and add its
list to the contract's line below. ``test_table.py`` fails while a contract that it serves has no line.

What the device cannot do is named in ``lacks``: sentences that need it are left out, one marked ``without``
shows what it answers instead, and its README says so. What nobody can bring about at the bench is ``beyond``:

- cash: "escrow", "tubes" (knows and pays single pieces), "float" (pays more than was put in), "recycler" (of
  bills of 5000), "hand counts" (tells of tubes filled by hand), "memory" (of a payout, over a power failure)
- cashless: "settling in part", "waiting for a card", "sessions", "cash sales" (wants to hear of them)
- board: "joined motors", "known lanes" (refuses others)
- audit: "writing prices"
- cooling: "tenths" (of a degree in its target), "defrosts"
- keypad: "customers" (counts them, and asks how they will pay)
- presence: "silence" (what never speaks by itself cannot be missed), "heartbeat" (it is asked now and then)
- beyond: "wire" (bytes are lost or damaged), "jams", "power", "presence", "patience" (a provider that never
  answers), "sensor", "motors" (which of two turned)
"""

from __future__ import annotations

from typing import Any

from tests.hardware.contract import (
    ways_boards,
    ways_dex,
    ways_fafb_cash,
    ways_keys,
    ways_mdb,
    ways_presence,
    ways_street,
    ways_street_cabinet,
    ways_street_till,
)
from tests.hardware.contract.rig import Way

WAYS: dict[str, list[Way[Any]]] = {
    "cash": [*ways_street.CASH, *ways_mdb.CASH, *ways_fafb_cash.CASH],
    "cashless": [*ways_street.CASHLESS, *ways_mdb.CASHLESS],
    "board": [*ways_street.BOARD, *ways_boards.BOARD],
    "pricing": [*ways_street.PRICING, *ways_boards.PRICING],
    "audit": [*ways_dex.AUDIT],
    "cooling": [*ways_street_cabinet.COOLING, *ways_boards.COOLING],
    "display": [*ways_street_cabinet.DISPLAY],
    "power": [*ways_street_cabinet.POWER],
    "keypad": [*ways_keys.KEYPAD],
    "presence": [*ways_street_cabinet.PRESENCE, *ways_presence.PRESENCE],
    "door": [*ways_street_cabinet.DOOR],
    "printer": [*ways_street_till.PRINTER],
    "drawer": [*ways_street_till.DRAWER],
    "till_keys": [*ways_street_till.KEYS],
    "scanner": [*ways_street_till.SCANNER],
}
"""By the name of the fixture that a contract's sentences take."""

MODULES: dict[str, tuple[str, ...]] = {
    "cash": ("cash",),
    "payment": ("cashless", "scanner"),
    "motor_board": ("board",),
    "pricing": ("pricing",),
    "audit": ("audit",),
    "cooling": ("cooling",),
    "display": ("display",),
    "power": ("power",),
    "keypad": ("keypad",),
    "presence": ("presence", "door"),
    "till": ("printer", "drawer", "till_keys"),
}
"""The fixtures of each module in ``hardware/contract``."""
