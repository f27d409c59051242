"""Driver of a keypad that types lines."""

from __future__ import annotations

from collections import deque

import trio

from hardware.contract.keypad import LanesChosen, Served
from hardware.contract.presence import DeviceFound
from hardware.driver import Tell, Watch
from hardware.framed import Framed
from hardware.keys.codec import Typed, encode, splitter

WAITING_MAX = 8
"""Lines to show that may wait; older ones are out of date and go."""

LOOK_SECONDS = 0.1
"""How often the driver looks whether there is something to show."""


class KeysDriver:
    """Customers' choices from typed lines; nothing is known of a keypad that is silent, so it is there.

    Attributes:
        kind: "keys".
        serves: "keypad".
    """

    kind = "keys"
    serves: tuple[str, ...] = ("keypad",)

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=WAITING_MAX)

    def order(self, device: str, order: object) -> None:
        """See ``hardware.driver.Driver``."""
        if isinstance(order, Served):
            sorry = f"SORRY {order.refused}: {order.why}" if order.refused else ""
            thanks = f"THANK YOU {order.vended}" if order.vended else ""
            self._lines.append(" ".join(filter(None, (thanks, sorry))) or "GOODBYE")

    async def run(self, stream: trio.abc.Stream, tell: Tell, watch: Watch | None = None) -> None:
        """See ``hardware.driver.Driver``."""
        wire = Framed(stream, splitter(), _shown, watch)
        self._lines.clear()
        tell("keypad", DeviceFound(device="keypad"))
        while True:
            typed = await wire.receive(until=trio.current_time() + LOOK_SECONDS)
            if typed is not None and typed.lanes:
                tell("keypad", LanesChosen(customer=0, lanes=typed.lanes, tender=""))
            while self._lines:
                text = self._lines.popleft()
                await wire.send(encode(text), text)


def _shown(typed: Typed) -> tuple[bytes, str]:
    if typed.why:
        return typed.raw, f"? {typed.why}"
    return typed.raw, f"chosen {' '.join(typed.lanes)}" if typed.lanes else "empty line"
