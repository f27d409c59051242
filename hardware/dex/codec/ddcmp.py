"""Frames of DDCMP, the other protocol for audits (EVA-DTS 6.2; optical and V.24 readers).

Control frames have 8 bytes: 05, type, flags, count received, 00 or baud, station, check value. A data frame
begins with 8 bytes of the same shape (81, length, flags and length, count received, own number, station,
check value) and goes on with its body and its check value. Check values are low byte first.
"""

from __future__ import annotations

import attrs

from hardware.dex.codec.crc import crc16
from hardware.splitter import MORE, NO_FRAME, Splitter
from runtime.errors import ProtocolError

CONTROL, DATA = 0x05, 0x81
ACK, NAK, START, STACK = 0x01, 0x02, 0x06, 0x07
FLAGS, LAST = 0x40, 0x80
STATION = 0x01
HEAD_BYTES = 8
BODY_BYTES_MAX = 0x3FFF

COMMAND, ANSWER, PART = 0x77, 0x88, 0x99
WHO, READ, FINISH = 0xE0, 0xE2, 0xFF
AUDIT_LIST, SECURITY_LIST = 1, 2
"""Read with and without resetting the interval (as public readers use them)."""

LENGTH_UNKNOWN = 0xFFFF


@attrs.frozen(kw_only=True)
class ControlFrame:
    """ACK, NAK, START or STACK; ``received`` is the number of the last data frame taken."""

    type: int
    received: int = 0
    reason: int = 0


@attrs.frozen(kw_only=True)
class DataFrame:
    """A data frame.

    Attributes:
        number: its own, 1 for the first, modulo 256.
        received: number of the last data frame its sender took.
        last: nothing more comes (the select flag).
    """

    number: int
    received: int
    body: bytes
    last: bool = False


Frame = ControlFrame | DataFrame


def encode(frame: Frame) -> bytes:
    """A frame as it goes over the wire."""
    if isinstance(frame, ControlFrame):
        return _checked(bytes((CONTROL, frame.type, FLAGS | frame.reason, frame.received, 0, STATION)))
    size = len(frame.body)
    if not 0 < size <= BODY_BYTES_MAX:
        raise ProtocolError(f"DDCMP body: must be 1 to {BODY_BYTES_MAX} bytes, not {size}")
    flags = FLAGS | (LAST if frame.last else 0) | size >> 8
    head = bytes((DATA, size & 0xFF, flags, frame.received, frame.number, STATION))
    return _checked(head) + _checked(frame.body)


def _checked(data: bytes) -> bytes:
    return data + crc16(data).to_bytes(2, "little")


def frames() -> Splitter[Frame]:
    """Cuts frames out of bytes."""
    return Splitter(_measure, decode)


def _measure(data: bytearray) -> int:
    if data[0] not in (CONTROL, DATA):
        return NO_FRAME
    if len(data) < HEAD_BYTES:
        return MORE
    if crc16(bytes(data[:HEAD_BYTES])):
        return NO_FRAME
    if data[0] == CONTROL:
        return HEAD_BYTES
    return HEAD_BYTES + ((data[2] & 0x3F) << 8 | data[1]) + 2


def decode(raw: bytes) -> Frame:
    """One whole frame; raises ProtocolError for a wrong check value or an unknown type."""
    if len(raw) < HEAD_BYTES or crc16(raw[:HEAD_BYTES]):
        raise ProtocolError("DDCMP frame: its head's check value must fit")
    if raw[0] == CONTROL:
        if raw[1] not in (ACK, NAK, START, STACK):
            raise ProtocolError(f"DDCMP control frame: must be ACK, NAK, START or STACK, not {raw[1]:02X}")
        return ControlFrame(type=raw[1], received=raw[3], reason=raw[2] & 0x3F if raw[1] == NAK else 0)
    body = raw[HEAD_BYTES:]
    if raw[0] != DATA or len(body) < 3 or crc16(body):
        raise ProtocolError("DDCMP data frame: its body's check value must fit")
    return DataFrame(number=raw[4], received=raw[3], body=body[:-2], last=bool(raw[2] & LAST))


def who(day: tuple[int, int, int], clock: tuple[int, int, int]) -> bytes:
    """Ask "who are you", with the reader's day (D, M, Y) and time (h, m, s) in BCD."""
    digits = "".join(f"{value % 100:02d}" for value in (*day, *clock))
    return bytes((COMMAND, WHO, 0, 0, 0, 0, 0)) + bytes.fromhex(digits) + bytes((0, 0, 0x0C))


def read(list_number: int) -> bytes:
    """Ask for the data of a list."""
    return bytes((COMMAND, READ, 0, list_number, 1, 0, 0, 0, 0))


def finish() -> bytes:
    """End the read."""
    return bytes((COMMAND, FINISH))


def accepted(list_number: int, size: int) -> bytes:
    """The answer to ``read``: how many bytes will come."""
    return bytes((ANSWER, READ, 1, list_number, 1, 0, 0)) + size.to_bytes(2, "little")


def size_of(body: bytes, list_number: int) -> int:
    """Bytes that will come, from the answer to ``read``; ``LENGTH_UNKNOWN`` when it does not say.

    Raises:
        ProtocolError: it is no such answer, or one about another list.
    """
    if len(body) < 9 or body[:2] != bytes((ANSWER, READ)):
        raise ProtocolError(f"DDCMP read: must be answered with 88 E2 and a length, not {body[:12].hex(' ')}")
    if body[3] != list_number:
        raise ProtocolError(f"DDCMP read: must be answered for list {list_number}, not {body[3]}")
    return int.from_bytes(body[7:9], "little")


def part(number: int, data: bytes) -> bytes:
    """One piece of the data."""
    return bytes((PART, number & 0xFF)) + data


def part_of(body: bytes) -> bytes:
    """The data of a piece; raises ProtocolError."""
    if len(body) < 2 or body[0] != PART:
        raise ProtocolError(f"DDCMP data: must begin with 99, not {body[:4].hex(' ')}")
    return body[2:]
