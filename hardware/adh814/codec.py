"""ADH814 motor board: address, command, data, CRC-16; requests and replies, without I/O."""

from __future__ import annotations

import struct

import attrs

from hardware.splitter import MORE, NO_FRAME, Splitter
from runtime.errors import ProtocolError

MASTER_ADDRESS = 0x00
"""The address replies carry, but for ``Identity``."""

ADDRESSES = range(0x01, 0x05)
MOTORS = range(0x8D)
"""0x00-0x8C in one public host, 0x00-0x3C in another of the same maker's boards: the wider is allowed."""

HEAD_BYTES, CRC_BYTES = 2, 2


@attrs.frozen
class AskIdentity:
    """A1: who are you?"""


@attrs.frozen
class Scan:
    """A2: feedback of doors and locks."""


@attrs.frozen
class AskState:
    """A3: what is going on?"""


@attrs.frozen
class SetCooling:
    """A4: ``mode`` 0 off, 1 cool, 2 heat; target in whole degrees."""

    mode: int
    celsius: int


@attrs.frozen
class Turn:
    """A5: turn this motor, counted from 0."""

    motor: int


@attrs.frozen
class TurnBoth:
    """B5: turn these two together."""

    motor: int
    joined: int


@attrs.frozen
class Clear:
    """A6: the result was read; without it no other motor turns."""


@attrs.frozen
class SwapWiring:
    """35: 1 takes rows for columns."""

    swapped: int


@attrs.frozen
class TwoWire:
    """21: mode of motors on two wires; sent as 10 00."""

    mode: int
    value: int


@attrs.frozen
class Identity:
    """Reply to A1: 16 characters."""

    text: bytes


@attrs.frozen
class Feedback:
    """Reply to A2: 18 bytes of doors and locks, as they are."""

    raw: bytes


@attrs.frozen
class State:
    """Reply to A3.

    Attributes:
        state: ``IDLE``, ``TURNING`` or ``FINISHED`` (until ``Clear``).
        motor: the last one turned.
        result: bits 0-1 ``FAULT``, bit 2 ``NO_DROP_BIT``.
        most_milliamps, mean_milliamps: of the motor.
        tenths: how long it ran, tenths of a second.
        celsius: air in the cabinet; ``SENSOR_OPEN`` and ``SENSOR_SHORT`` mean a broken sensor.
    """

    state: int
    motor: int
    result: int
    most_milliamps: int
    mean_milliamps: int
    tenths: int
    celsius: int


@attrs.frozen
class CoolingDone:
    """Reply to A4: ``TAKEN`` or a refusal."""

    result: int


@attrs.frozen
class TurnDone:
    """Reply to A5: ``TAKEN`` (it turns now) or a refusal."""

    result: int


@attrs.frozen
class TurnBothDone:
    """Reply to B5: as ``TurnDone``."""

    result: int


@attrs.frozen
class Cleared:
    """Reply to A6."""


@attrs.frozen
class SwapDone:
    """Reply to 35; its form was not seen on a board, it is read as those of A4 and A5."""

    result: int


@attrs.frozen
class TwoWireDone:
    """Reply to 21; its form was not seen either."""

    result: int


Request = AskIdentity | Scan | AskState | SetCooling | Turn | TurnBoth | Clear | SwapWiring | TwoWire
Reply = (
    Identity | Feedback | State | CoolingDone | TurnDone | TurnBothDone | Cleared | SwapDone | TwoWireDone
)  # fmt: skip
Message = Request | Reply

IDLE, TURNING, FINISHED = 0, 1, 2
TAKEN, BAD_PARAMETER, REJECTED, NOT_CLEARED = 0, 1, 2, 3
FAULT, NO_DROP_BIT = 0x03, 0x04
NO_FAULT, OVERCURRENT, OPEN_CIRCUIT, TIMEOUT = 0, 1, 2, 3
SENSOR_OPEN, SENSOR_SHORT = -40, 120

REQUESTS: dict[type[Message], tuple[int, struct.Struct]] = {
    AskIdentity: (0xA1, struct.Struct(">")),
    Scan: (0xA2, struct.Struct(">")),
    AskState: (0xA3, struct.Struct(">")),
    SetCooling: (0xA4, struct.Struct(">Bh")),
    Turn: (0xA5, struct.Struct(">B")),
    TurnBoth: (0xB5, struct.Struct(">BB")),
    Clear: (0xA6, struct.Struct(">")),
    SwapWiring: (0x35, struct.Struct(">B")),
    TwoWire: (0x21, struct.Struct(">BB")),
}
REPLIES: dict[type[Message], tuple[int, struct.Struct]] = {
    Identity: (0xA1, struct.Struct(">16s")),
    Feedback: (0xA2, struct.Struct(">18s")),
    State: (0xA3, struct.Struct(">BBBHHBb")),
    CoolingDone: (0xA4, struct.Struct(">B")),
    TurnDone: (0xA5, struct.Struct(">B")),
    TurnBothDone: (0xB5, struct.Struct(">B")),
    Cleared: (0xA6, struct.Struct(">")),
    SwapDone: (0x35, struct.Struct(">B")),
    TwoWireDone: (0x21, struct.Struct(">B")),
}
"""Command byte and data of each message. Two words are the high byte first, unlike the CRC."""


@attrs.frozen
class Addressed:
    """One frame: to this address, or from it."""

    address: int
    message: Message


def crc16(raw: bytes) -> int:
    """CRC-16/Modbus: reflected polynomial A001, begins with FFFF."""
    crc = 0xFFFF
    for byte in raw:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def encode(frame: Addressed) -> bytes:
    """The frame's bytes; raises ProtocolError for a value that has no room in its field."""
    message = frame.message
    table = REQUESTS if type(message) in REQUESTS else REPLIES
    command, layout = table[type(message)]
    try:
        raw = bytes([frame.address, command]) + layout.pack(*attrs.astuple(message))
    except (struct.error, ValueError) as error:
        raise ProtocolError(f"adh814: {frame} does not fit its frame: {error}") from None
    return raw + crc16(raw).to_bytes(CRC_BYTES, "little")


def decode_request(raw: bytes) -> Addressed:
    """The value of one whole request; raises ProtocolError naming the rule it breaks."""
    return _decode(raw, REQUEST_KINDS, "request")


def decode_reply(raw: bytes) -> Addressed:
    """The value of one whole reply; raises ProtocolError naming the rule it breaks."""
    return _decode(raw, REPLY_KINDS, "reply")


def requests() -> Splitter[Addressed]:
    """A new splitter for the board's side; its ``feed(bytes)`` never raises."""
    return Splitter(lambda raw: _measure(raw, REQUEST_KINDS, ADDRESSES), decode_request)


def replies() -> Splitter[Addressed]:
    """A new splitter for the host's side; its ``feed(bytes)`` never raises."""
    return Splitter(lambda raw: _measure(raw, REPLY_KINDS, range(MASTER_ADDRESS, 0x05)), decode_reply)


Kinds = dict[int, tuple[type[Message], struct.Struct]]
REQUEST_KINDS: Kinds = {command: (kind, layout) for kind, (command, layout) in REQUESTS.items()}
REPLY_KINDS: Kinds = {command: (kind, layout) for kind, (command, layout) in REPLIES.items()}


def _decode(raw: bytes, kinds: Kinds, what: str) -> Addressed:
    if len(raw) < HEAD_BYTES + CRC_BYTES or raw[1] not in kinds:
        raise ProtocolError(f"adh814: a {what} must be address, known command, data and CRC, not {raw.hex()}")
    kind, layout = kinds[raw[1]]
    data = raw[HEAD_BYTES:-CRC_BYTES]
    if len(data) != layout.size:
        raise ProtocolError(f"adh814: {what} {raw[1]:02x} must have {layout.size} bytes, not {len(data)}")
    crc, sent = crc16(raw[:-CRC_BYTES]), int.from_bytes(raw[-CRC_BYTES:], "little")
    if crc != sent:
        raise ProtocolError(f"adh814: CRC of {what} {raw[1]:02x} must be {crc:04x}, not {sent:04x}")
    return Addressed(raw[0], kind(*layout.unpack(data)))


def _measure(raw: bytearray, kinds: Kinds, addresses: range) -> int:
    if raw[0] not in addresses or (len(raw) > 1 and raw[1] not in kinds):
        return NO_FRAME
    return HEAD_BYTES + kinds[raw[1]][1].size + CRC_BYTES if len(raw) > 1 else MORE
