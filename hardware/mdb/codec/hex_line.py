"""An MDB adapter that takes raw commands and answers in hex text (notes A5.3), both directions.

Towards it: the block without CHK as raw bytes. It adds CHK and mode bits, polls the peripherals by itself
and acknowledges. From it, lines of hex bytes: the answer to a command with its CHK (``00`` alone is ACK), or,
by itself, what a poll brought, with the peripheral's address in front and no CHK (``08 51 00``). A peripheral
that is busy or gone gives no line.
"""

from __future__ import annotations

import attrs

from hardware.mdb.codec.block import ACK, NAMES, address, seal, unseal
from runtime.errors import ProtocolError


@attrs.frozen
class Solicited:
    """The answer to our command: data without CHK, ``b""`` for ACK."""

    block: bytes


@attrs.frozen
class Unsolicited:
    """What the adapter's own polling brought from a peripheral."""

    address: int
    block: bytes


Line = Solicited | Unsolicited


def encode_line(line: Line) -> bytes:
    """The text with its end, as the adapter sends it."""
    match line:
        case Solicited(block):
            raw = seal(block) if block else bytes([ACK])
        case Unsolicited(at, block):
            raw = bytes([at]) + block
    return raw.hex(" ").upper().encode("ascii") + b"\r\n"


def decode_line(text: str, waiting: bool) -> Line:
    """What a line is; raises ProtocolError for one that is neither.

    A line is an answer only while we wait for one and its CHK is right. One in 256 unsolicited lines has by
    chance a right CHK; if it comes just while we wait it is taken for the answer.
    """
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raise ProtocolError(f"MDB adapter line {text!r}: must hold hex bytes") from None
    if waiting and raw == bytes([ACK]):
        return Solicited(b"")
    if waiting and len(raw) > 1:
        try:
            return Solicited(unseal(raw))
        except ProtocolError:
            if raw[0] not in NAMES:
                raise
    if len(raw) > 1 and raw[0] in NAMES:
        return Unsolicited(address(raw), raw[1:])
    raise ProtocolError(f"MDB adapter line {text!r}: must begin with a peripheral's address")
