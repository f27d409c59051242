"""Easivend column board: eight bytes each way, without I/O.

Rules and bits are those of the maker's own source (README.md).
"""

from __future__ import annotations

from functools import reduce
from operator import xor

import attrs

from hardware.splitter import NO_FRAME, Splitter
from runtime.errors import ProtocolError

REQUEST_HEAD, REPLY_HEAD = 0xED, 0xEE
FRAME_BYTES = 8
DISPENSE, CHECK = 0x70, 0x72
COLUMNS = range(1, 81)

FAILED = 0x01
BUSY = 0x02
NOT_HOME_BEFORE = 0x04
DID_NOT_MOVE = 0x08
DID_NOT_RETURN = 0x10
NOTHING_DROPPED = 0x20
SENSOR_FAULT = 0x80


@attrs.frozen
class Request:
    """What the host says.

    Attributes:
        number: 1-255; the same as the last one asks for its result and turns nothing; 0 is never the same.
        command: ``DISPENSE`` or ``CHECK``.
        column: 1-80.
        first, second: data bytes; no use is known.
    """

    number: int
    command: int
    column: int
    first: int = 0
    second: int = 0


@attrs.frozen
class Reply:
    """What the board says of the last request that had a new number.

    Attributes:
        status: bits as above; 0 a product was handed over.
        number, command, column: those of that request.
    """

    status: int
    number: int
    command: int
    column: int


def encode_request(request: Request) -> bytes:
    """Eight bytes; raises ProtocolError for a value beyond a byte."""
    return _checked(
        (
            REQUEST_HEAD,
            FRAME_BYTES,
            request.number,
            request.command,
            request.column,
            request.first,
            request.second,
        )
    )


def encode_reply(reply: Reply) -> bytes:
    """Eight bytes; raises ProtocolError for a value beyond a byte."""
    return _checked((REPLY_HEAD, reply.status, reply.number, reply.command, reply.column, 0, 0))


def decode_request(raw: bytes) -> Request:
    """The value of one request; raises ProtocolError naming the rule it breaks."""
    _check(raw, REQUEST_HEAD)
    if raw[1] != FRAME_BYTES:
        raise ProtocolError(f"easivend: length of a request must be {FRAME_BYTES}, not {raw[1]}")
    return Request(*raw[2:7])


def decode_reply(raw: bytes) -> Reply:
    """The value of one reply; raises ProtocolError naming the rule it breaks."""
    _check(raw, REPLY_HEAD)
    if raw[5:7] != b"\x00\x00":
        raise ProtocolError(f"easivend: bytes 5 and 6 of a reply must be 0, not {raw[5:7].hex()}")
    return Reply(*raw[1:5])


def requests() -> Splitter[Request]:
    """A new splitter for the board's side; its ``feed(bytes)`` never raises."""
    return Splitter(lambda raw: FRAME_BYTES if raw[0] == REQUEST_HEAD else NO_FRAME, decode_request)


def replies() -> Splitter[Reply]:
    """A new splitter for the host's side; its ``feed(bytes)`` never raises."""
    return Splitter(lambda raw: FRAME_BYTES if raw[0] == REPLY_HEAD else NO_FRAME, decode_reply)


def _checked(values: tuple[int, ...]) -> bytes:
    try:
        raw = bytes(values)
    except ValueError:
        raise ProtocolError(f"easivend: each field must be one byte, not {values}") from None
    return raw + bytes([reduce(xor, raw)])


def _check(raw: bytes, head: int) -> None:
    if len(raw) != FRAME_BYTES or raw[0] != head:
        raise ProtocolError(f"easivend: a frame must be {FRAME_BYTES} bytes from {head:02x}, not {raw.hex()}")
    if (check := reduce(xor, raw[:-1])) != raw[-1]:
        raise ProtocolError(f"easivend: check byte must be {check:02x}, not {raw[-1]:02x}")
