"""The table of every way to have a device on the bench: a line here and the whole suite runs over it.

To add a driver: write its ways in a module of its own (``ways_NAME.py``: a driver, a peripheral, a wire, and
hands that keep the protocol of ``hands.py``; ``rig.driven`` puts them together), and add its list to the
contract's line below. What the device cannot do is named in ``lacks``: sentences that need it are left out:

- cash: "wire" (answers can be lost or damaged), "validator", "recycler" (of bills of 5000), "jams",
  "hand counts" (tells of tubes filled by hand), "presence", "power"
- cashless: "wire", "settling in part", "waiting for a card", "sessions", "patience" (gives up on a provider),
  "cash sales" (wants to hear of them), "presence", "power"
- board: "drop sensor", "stuck motors", "joined motors", "known lanes" (refuses others), "power", "presence"
- audit: "writing prices", "silence"
- cash and cashless: "storms" (keeps its books on a bad line)
"""

from __future__ import annotations

from typing import Any

from tests.hardware.contract import ways_boards, ways_dex, ways_mdb, ways_street
from tests.hardware.contract.rig import Way

WAYS: dict[str, list[Way[Any]]] = {
    "cash": [*ways_street.CASH, *ways_mdb.CASH],
    "cashless": [*ways_street.CASHLESS, *ways_mdb.CASHLESS],
    "board": [*ways_street.BOARD, *ways_boards.BOARD],
    "pricing": [*ways_boards.PRICING],
    "audit": [*ways_dex.AUDIT],
}
"""By contract, which is also the name of the fixture that its sentences take."""
