"""Lines of an MDB adapter that speaks text (``R,0C,FFFFFFFF``), both directions (notes A5.2).

The adapter adds and checks CHK and mode bits and acknowledges data. Lines end in CR, LF or both.
"""

from __future__ import annotations

import attrs

from runtime.errors import ProtocolError

LINE_BYTES_MAX = 120
"""Longer than any line with a block of 36 bytes in it."""


@attrs.define
class LineReader:
    """Bytes to lines, over any split; a line that is too long is dropped."""

    _held: bytearray = attrs.field(factory=bytearray)
    _dropping: bool = False

    def feed(self, data: bytes) -> list[str]:
        """Lines that are complete now, without their ends; empty ones are left out."""
        lines: list[str] = []
        for byte in data:
            if byte in b"\r\n":
                if self._held and not self._dropping:
                    lines.append(self._held.decode("latin-1"))
                self._held.clear()
                self._dropping = False
            elif len(self._held) >= LINE_BYTES_MAX:
                self._dropping = True
            else:
                self._held.append(byte)
        return lines


@attrs.frozen
class MasterMode:
    """``M,1``: the adapter is the bus's master for us; ``M,0``: it is not. Answered by ``m,ACK``."""

    on: bool


@attrs.frozen
class AskVersion:
    """``V``: answered by a line that begins with ``v,``."""


@attrs.frozen
class Send:
    """``R,<first byte>,<rest>``: send this block (without CHK) and say what came back."""

    block: bytes


@attrs.frozen
class ResetBus:
    """``R,RESET``: hold the bus for a reset of all peripherals."""


@attrs.frozen
class Took:
    """``m,ACK``: master mode is set."""


@attrs.frozen
class Answered:
    """``p,ACK`` (``b""``), ``p,<hex>`` (data without CHK), ``p,NACK`` (None: no answer)."""

    block: bytes | None


@attrs.frozen
class Version:
    """``v,...``: the adapter's version."""

    text: str


@attrs.frozen
class Noise:
    """Any other line, e.g. ``r,ACK`` of the adapter's listening."""

    text: str


Request = MasterMode | AskVersion | Send | ResetBus
Reply = Took | Answered | Version | Noise


def encode_request(request: Request) -> bytes:
    """The line with its end."""
    match request:
        case MasterMode():
            line = f"M,{int(request.on)}"
        case AskVersion():
            line = "V"
        case ResetBus():
            line = "R,RESET"
        case Send():
            if not request.block:
                raise ProtocolError("MDB adapter: a block must have its address byte, not 0 bytes")
            rest = f",{request.block[1:].hex().upper()}" if len(request.block) > 1 else ""
            line = f"R,{request.block[0]:02X}{rest}"
    return line.encode("ascii") + b"\n"


def decode_request(line: str) -> Request:
    """What the adapter reads, e.g. ``R,14,01``."""
    head, *parts = line.strip().split(",")
    match head.upper(), [part.upper() for part in parts]:
        case "M", ["0" | "1" as on]:
            return MasterMode(on == "1")
        case "V", []:
            return AskVersion()
        case "R", ["RESET"]:
            return ResetBus()
        case "R", [first, *rest] if len(first) == 2 and len(rest) <= 1:
            return Send(_unhex(first + "".join(rest), line))
    raise ProtocolError(f"MDB adapter: unknown request {line!r}")


def encode_reply(reply: Reply) -> bytes:
    """The line with its end."""
    match reply:
        case Took():
            line = "m,ACK"
        case Answered(None):
            line = "p,NACK"
        case Answered(block):
            line = f"p,{(block or b'').hex().upper() or 'ACK'}"
        case Version() | Noise():
            line = f"v,{reply.text}" if isinstance(reply, Version) else reply.text
    return line.encode("latin-1", "replace") + b"\r\n"


def decode_reply(line: str) -> Reply:
    """What we read, e.g. ``p,ACK``; lines that are no answers are ``Noise``."""
    head, _, rest = line.strip().partition(",")
    match head, rest:
        case "m", "ACK":
            return Took()
        case "p", "ACK":
            return Answered(b"")
        case "p", "NACK":
            return Answered(None)
        case "p", _:
            return Answered(_unhex(rest, line))
        case "v", _:
            return Version(rest)
    return Noise(line)


def _unhex(digits: str, line: str) -> bytes:
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        raise ProtocolError(f"MDB adapter line {line!r}: must hold pairs of hex digits") from None
    if not raw:
        raise ProtocolError(f"MDB adapter line {line!r}: must hold at least one byte")
    return raw
