"""Bytes of a DEX/UCS line and what they mean (EVA-DTS 6.2, chapter DEX/UCS)."""

from __future__ import annotations

import attrs

from hardware.dex.codec.crc import crc16
from runtime.errors import ProtocolError

SOH, STX, ETX, EOT, ENQ, DLE, NAK, SYN, ETB = 0x01, 0x02, 0x03, 0x04, 0x05, 0x10, 0x15, 0x16, 0x17
ACK = (bytes((DLE, 0x30)), bytes((DLE, 0x31)))
WACK = bytes((DLE, 0x3B))
FILL = bytes((DLE, SYN))

DATA_BYTES_MAX = 245
"""Data bytes in a block that we send."""

BLOCK_BYTES_MAX = 1_024
"""Ceiling of ours for a block that we take: then the receiver waits for the next one."""


@attrs.frozen
class Control:
    """One of ENQ, EOT, NAK."""

    byte: int


@attrs.frozen
class Ack:
    """Acknowledgement: 0, 1, or -1 for WACK, "wait, then ask again"."""

    number: int


@attrs.frozen(kw_only=True)
class Block:
    """A header (SOH) or text (STX) block; ``last`` for ETX; ``whole`` if its check value fits."""

    header: bool
    data: bytes
    last: bool
    whole: bool


Token = Control | Ack | Block


def block(data: bytes, *, header: bool = False, last: bool = True) -> bytes:
    """A block as it goes over the wire; the check value covers data and its end, low byte first.

    Raises:
        ProtocolError: the data holds DLE, for which the standard has no escape.
    """
    if DLE in data:
        raise ProtocolError(f"DEX block: data must hold no DLE (10 hex), not {data[:20]!r}")
    end = ETX if last else ETB
    check = crc16(data + bytes((end,)))
    start = bytes((DLE, SOH if header else STX))
    return start + data + bytes((DLE, end)) + check.to_bytes(2, "little")


def cut(data: bytes) -> list[bytes]:
    """Data as blocks for the wire: at least one."""
    parts = [data[at : at + DATA_BYTES_MAX] for at in range(0, len(data), DATA_BYTES_MAX)] or [b""]
    return [block(part, last=number == len(parts) - 1) for number, part in enumerate(parts)]


class Receiver:
    """Cuts the bytes of a line into tokens. Noise outside blocks is left out; it never raises."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._header: bool | None = None
        self._escaped = False
        self._check: bytearray | None = None
        self._last = False

    @property
    def inside(self) -> bool:
        """Whether a block has begun and not ended."""
        return self._header is not None

    def feed(self, data: bytes) -> list[Token]:
        """Take bytes, however they were split; return what is complete."""
        return [token for byte in data if (token := self._take(byte)) is not None]

    def forget(self) -> None:
        """Drop a block that has not ended."""
        self._data.clear()
        self._header = self._check = None
        self._escaped = False

    def _take(self, byte: int) -> Token | None:
        if self._check is not None:
            return self._checked(byte)
        if self._escaped:
            self._escaped = False
            return self._after_escape(byte)
        if byte == DLE:
            self._escaped = True
            return None
        if self._header is None:
            return Control(byte) if byte in (ENQ, EOT, NAK) else None
        if len(self._data) >= BLOCK_BYTES_MAX:
            self.forget()
            return None
        self._data.append(byte)
        return None

    def _after_escape(self, byte: int) -> Token | None:
        if byte in (SOH, STX):
            self.forget()
            self._header = byte == SOH
        elif self._header is None:
            numbers = {0x30: 0, 0x31: 1, 0x3B: -1}
            return Ack(numbers[byte]) if byte in numbers else None
        elif byte in (ETX, ETB):
            self._last = byte == ETX
            self._check = bytearray()
        return None

    def _checked(self, byte: int) -> Token | None:
        assert self._check is not None
        self._check.append(byte)
        if len(self._check) < 2:
            return None
        data = bytes(self._data)
        computed = crc16(data + bytes((ETX if self._last else ETB,)))
        found = Block(
            header=bool(self._header),
            data=data,
            last=self._last,
            whole=computed == int.from_bytes(self._check, "little"),
        )
        self.forget()
        return found
