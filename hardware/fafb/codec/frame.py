"""The "VMC - upper computer" protocol: frames FA FB to values and back, without I/O."""

from __future__ import annotations

import struct
from functools import reduce
from operator import xor

import attrs

from hardware.fafb.codec.messages import (
    BY_COMMAND,
    LAYOUTS,
    OPEN_ENDED,
    PLAIN,
    PLAIN_COMMANDS,
    Message,
    Other,
)
from hardware.splitter import MORE, NO_FRAME, Splitter
from runtime.errors import ProtocolError

START = b"\xfa\xfb"
HEAD_BYTES = 4


@attrs.frozen
class Packet:
    """One frame.

    Attributes:
        number: 1-255, one up after each success of its sender; the same again is a frame sent again. 0 where
            the frame carries none.
        message: what it says.
    """

    number: int
    message: Message


def encode(packet: Packet) -> bytes:
    """The frame's bytes; raises ProtocolError for a value that has no room in its field."""
    message = packet.message
    if (plain := PLAIN_COMMANDS.get(type(message))) is not None:
        return _framed(plain, b"")
    if not 0 <= packet.number <= 0xFF:
        raise ProtocolError(f"fafb: number must be one byte, not {packet.number}")
    if isinstance(message, Other):
        return _framed(message.command, bytes([packet.number]) + message.text)
    command, layout = LAYOUTS[type(message)]
    values = attrs.astuple(message, recurse=False)
    rest = values[-1] if type(message) in OPEN_ENDED else b""
    if type(message) in OPEN_ENDED:
        values = values[:-1]
    try:
        text = layout.pack(*values) + rest
    except struct.error as error:
        raise ProtocolError(f"fafb: {message} does not fit its frame: {error}") from None
    return _framed(command, bytes([packet.number]) + text)


def decode(raw: bytes) -> Packet:
    """The value of one whole frame; raises ProtocolError naming the rule it breaks."""
    if len(raw) <= HEAD_BYTES or raw[:2] != START or len(raw) != HEAD_BYTES + raw[3] + 1:
        raise ProtocolError(
            f"fafb: a frame must be FA FB, command, length and so many bytes, not {raw.hex()}"
        )
    command, text = raw[2], raw[HEAD_BYTES:-1]
    if (check := reduce(xor, raw[:-1])) != raw[-1]:
        raise ProtocolError(
            f"fafb: check byte of command {command:02x} must be {check:02x}, not {raw[-1]:02x}"
        )
    if command in PLAIN:
        if text:
            raise ProtocolError(f"fafb: command {command:02x} must be empty, not {text.hex()}")
        return Packet(0, PLAIN[command]())
    if not text:
        raise ProtocolError(f"fafb: command {command:02x} must carry a number")
    return Packet(text[0], _message(command, text[1:]))


def splitter() -> Splitter[Packet]:
    """A new splitter: its ``feed(bytes)`` gives packets and refused bytes; never raises."""
    return Splitter(_measure, decode)


def next_number(number: int) -> int:
    """The number after this one: 1-255, then 1 again."""
    return number % 0xFF + 1


def _message(command: int, text: bytes) -> Message:
    kind = BY_COMMAND.get(command)
    if kind is None:
        return Other(command, text)
    layout = LAYOUTS[kind][1]
    if not _fits(command, len(text) + 1):
        raise ProtocolError(f"fafb: command {command:02x} must have {layout.size} bytes, not {len(text)}")
    rest = (text[layout.size :],) if kind in OPEN_ENDED else ()
    return kind(*layout.unpack(text[: layout.size]), *rest)


def _fits(command: int, length: int) -> bool:
    """Whether a frame of this command may have this length byte (number and text)."""
    if command in PLAIN:
        return length == 0
    kind = BY_COMMAND.get(command)
    if kind is None:
        return length > 0
    size = LAYOUTS[kind][1].size + 1
    return length == size or (length > size and kind in OPEN_ENDED)


def _framed(command: int, text: bytes) -> bytes:
    if len(text) > 0xFF:
        raise ProtocolError(f"fafb: command {command:02x} must have at most 255 bytes, not {len(text)}")
    raw = START + bytes([command, len(text)]) + text
    return raw + bytes([reduce(xor, raw)])


def _measure(raw: bytearray) -> int:
    # A length that its command cannot have is refused at once: waiting for 255 bytes that will not come
    # would cost seconds of polls.
    if raw[0] != START[0] or (len(raw) > 1 and raw[1] != START[1]):
        return NO_FRAME
    if len(raw) < HEAD_BYTES:
        return MORE
    return HEAD_BYTES + raw[3] + 1 if _fits(raw[2], raw[3]) else NO_FRAME
