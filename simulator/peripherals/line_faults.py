"""What goes wrong on the wire between a control board and its host."""

from __future__ import annotations

import attrs


@attrs.define
class LineFaults:
    """Faults of one wire; numbers count frames and go down to 0.

    Attributes:
        silent: the board neither hears nor says anything, but keeps its power.
        deaf: frames of the host that do not arrive.
        lost: frames of the board that do not arrive.
        corrupt: frames of the board that arrive with a bit turned over.
        doubled: frames of the board that arrive twice.
    """

    silent: bool = False
    deaf: int = 0
    lost: int = 0
    corrupt: int = 0
    doubled: int = 0

    def hears(self) -> bool:
        """Whether the board hears the host's next frame."""
        if self.deaf:
            self.deaf -= 1
            return False
        return not self.silent

    def says(self, raw: bytes) -> bytes:
        """What arrives of a frame the board says."""
        if self.silent or not raw:
            return b""
        if self.lost:
            self.lost -= 1
            return b""
        if self.corrupt:
            self.corrupt -= 1
            middle = len(raw) // 2
            return raw[:middle] + bytes([raw[middle] ^ 0x10]) + raw[middle + 1 :]
        if self.doubled:
            self.doubled -= 1
            return raw + raw
        return raw
