"""A keypad that types lines (hardware/keys), and its display."""

from __future__ import annotations

from collections import deque

import trio

from hardware.keys.codec import LINE_BYTES_MAX
from simulator.peripherals.peripheral import Unasked, serve_bytes

SHOWN_KEPT = 100


class KeypadPeripheral:
    """Keys and a display of one line.

    Attributes:
        kind: "keys".
        shown: what its display has shown, newest last.
    """

    kind = "keys"

    def __init__(self) -> None:
        self.shown: deque[str] = deque(maxlen=SHOWN_KEPT)
        self._unasked = Unasked()
        self._line = bytearray()

    def press(self, lanes: str) -> None:
        """Type lanes, such as "A3" or "A3 B1", and Enter."""
        self._unasked.put(f"{lanes}\r".encode("latin-1", "replace"))

    async def serve(self, stream: trio.abc.Stream) -> None:
        """See ``Peripheral.serve``."""
        await serve_bytes(stream, self._hear, self._unasked)

    def _hear(self, chunk: bytes) -> bytes:
        for byte in chunk:
            if byte in b"\r\n":
                if self._line:
                    self.shown.append(self._line.decode("latin-1"))
                self._line.clear()
            elif len(self._line) < LINE_BYTES_MAX:
                self._line.append(byte)
        return b""
