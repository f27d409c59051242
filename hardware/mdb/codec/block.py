"""Blocks of the bus: nine-bit words, checksum, acknowledgements (MDB/ICP 4.2 section 2).

A *word* is a byte with its mode bit as 0x100. A *block* here is bytes without the checksum: a master's
block begins with the byte that holds address (bits 7-3) and command (bits 2-0); a peripheral's block is its
data, and ``b""`` is a bare ACK.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable

import attrs

from runtime.errors import ProtocolError

MODE = 0x100
"""The mode bit: on a master's first byte, on a peripheral's last."""

ACK = 0x00
NAK = 0xFF
RET = 0xAA

BLOCK_BYTES_MAX = 36
"""Longest block with its checksum (section 2.2)."""

CHANGER = 0x08
READER = 0x10
VALIDATOR = 0x30
SECOND_READER = 0x60

NAMES = {CHANGER: "changer", READER: "reader", VALIDATOR: "validator", SECOND_READER: "second reader"}


def checksum(data: bytes) -> int:
    """CHK: low eight bits of the sum of all bytes before it."""
    return sum(data) & 0xFF


def address(block: bytes) -> int:
    """Which peripheral a master's block is for, e.g. 0x10."""
    if not block:
        raise ProtocolError("MDB command: must have at least its address byte, not 0 bytes")
    return block[0] & 0xF8


def _bounded(block: bytes) -> bytes:
    if len(block) >= BLOCK_BYTES_MAX:
        raise ProtocolError(f"MDB block: must be < {BLOCK_BYTES_MAX} bytes without CHK, not {len(block)}")
    return block


def seal(block: bytes) -> bytes:
    """The block with its checksum behind it."""
    return _bounded(block) + bytes([checksum(block)])


def unseal(raw: bytes) -> bytes:
    """The block without its checksum, which must be right."""
    if len(raw) < 2:
        raise ProtocolError(f"MDB block: must be data and CHK, not {raw.hex() or 'nothing'}")
    if checksum(raw[:-1]) != raw[-1]:
        raise ProtocolError(f"MDB block {raw.hex()}: CHK must be {checksum(raw[:-1]):02x}, not {raw[-1]:02x}")
    return _bounded(raw[:-1])


def command_words(block: bytes) -> tuple[int, ...]:
    """A master's block as words: mode bit on the first."""
    raw = seal(block)
    address(block)
    return (raw[0] | MODE, *raw[1:])


def answer_words(block: bytes) -> tuple[int, ...]:
    """A peripheral's block as words: mode bit on the last; ``b""`` is the bare ACK."""
    if not block:
        return (ACK | MODE,)
    raw = seal(block)
    return (*raw[:-1], raw[-1] | MODE)


def to_marked(words: Iterable[int]) -> bytes:
    """Words in the form a Linux port gives with PARMRK: mode bit as FF 00 bb, a plain FF as FF FF."""
    out = bytearray()
    for word in words:
        if word & MODE:
            out += bytes((0xFF, 0x00, word & 0xFF))
        elif word == 0xFF:
            out += b"\xff\xff"
        else:
            out.append(word)
    return bytes(out)


@attrs.define
class MarkedReader:
    """Marked bytes (PARMRK) to words, over any split of the bytes."""

    _held: bytes = b""

    def feed(self, data: bytes) -> list[int]:
        """Words that are complete now. Of a wrong mark (FF and neither 00 nor FF) the FF is dropped."""
        words: list[int] = []
        for byte in data:
            if self._held == b"\xff\x00":
                words.append(byte | MODE)
                self._held = b""
            elif self._held == b"\xff" and byte == 0x00:
                self._held = b"\xff\x00"
            elif self._held == b"\xff":
                words.append(byte)
                self._held = b""
            elif byte == 0xFF:
                self._held = b"\xff"
            else:
                words.append(byte)
        return words


class Kind(enum.Enum):
    """What an answer is."""

    ACK = "ACK"
    NAK = "NAK"
    DATA = "data"
    BROKEN = "broken"


@attrs.frozen
class Answer:
    """One answer of a peripheral; ``data`` without CHK, or the raw bytes if it is broken."""

    kind: Kind
    data: bytes = b""


@attrs.define
class AnswerReader:
    """A peripheral's words to answers. Holds one block at most."""

    _held: bytearray = attrs.field(factory=bytearray)

    def feed(self, words: Iterable[int]) -> list[Answer]:
        """Answers that end in these words."""
        answers: list[Answer] = []
        for word in words:
            self._held.append(word & 0xFF)
            if word & MODE:
                answers.append(self._ended())
            elif len(self._held) >= BLOCK_BYTES_MAX:
                answers.append(Answer(Kind.BROKEN, bytes(self._held)))
                self._held.clear()
        return answers

    def forget(self) -> None:
        """Drop the beginning of a block: the pause was too long, or a new command goes out."""
        self._held.clear()

    def _ended(self) -> Answer:
        raw = bytes(self._held)
        self._held.clear()
        if len(raw) == 1:
            kinds = {ACK: Kind.ACK, NAK: Kind.NAK}
            kind = kinds.get(raw[0], Kind.BROKEN)
            return Answer(kind, raw if kind is Kind.BROKEN else b"")
        try:
            return Answer(Kind.DATA, unseal(raw))
        except ProtocolError:
            return Answer(Kind.BROKEN, raw)


@attrs.frozen
class Confirmation:
    """What the master says to a peripheral's data: ``ACK``, ``NAK`` or ``RET``."""

    code: int


Length = Callable[[bytes], int | None]
"""Bytes of a master's block, CHK not counted, from what is known of it.

None while it takes more to tell, and for unknown commands."""


@attrs.define
class CommandReader:
    """The master's words to blocks and confirmations: a peripheral's ear.

    A master's block has no mark at its end: ``length`` (``codec.lengths.command_length``) says how long it
    is. A block with a wrong checksum is dropped, as a peripheral must be silent then, and so is an unknown
    command (it ends where the next block begins).
    """

    length: Length
    _held: bytearray = attrs.field(factory=bytearray)
    _inside: bool = False

    def feed(self, words: Iterable[int]) -> list[bytes | Confirmation]:
        """Blocks (without CHK) and confirmations that end in these words."""
        heard: list[bytes | Confirmation] = []
        for word in words:
            byte = word & 0xFF
            if word & MODE:
                self._held = bytearray([byte])
                self._inside = True
            elif self._inside:
                self._held.append(byte)
            elif byte in (ACK, NAK, RET):
                heard.append(Confirmation(byte))
                continue
            if self._inside:
                heard += self._ended()
        return heard

    def _ended(self) -> list[bytes | Confirmation]:
        raw = bytes(self._held)
        length = self.length(raw)
        if len(raw) < min((length or BLOCK_BYTES_MAX) + 1, BLOCK_BYTES_MAX):
            return []
        self._inside = False
        self._held.clear()
        try:
            return [unseal(raw)]
        except ProtocolError:
            return []
