"""How long a master's block is: it has no mark at its end, so a peripheral must know (MDB/ICP 4.2, 2.2)."""

from __future__ import annotations

from hardware.mdb.codec.block import CHANGER, READER, SECOND_READER, VALIDATOR
from hardware.mdb.codec.fields import IDENTITY_BYTES
from hardware.mdb.codec.reader import Dialect

FIXED = {
    0x08: 1,
    0x09: 1,
    0x0A: 1,
    0x0B: 1,
    0x0C: 5,
    0x0D: 2,
    0x30: 1,
    0x31: 1,
    0x32: 3,
    0x33: 1,
    0x34: 5,
    0x35: 2,
    0x36: 1,
}
"""Bytes without CHK by first byte, where nothing else decides."""

EXPANSION = {
    (CHANGER, 0): 2,
    (CHANGER, 1): 6,
    (CHANGER, 2): 3,
    (CHANGER, 3): 2,
    (CHANGER, 4): 2,
    (CHANGER, 5): 2,
    (CHANGER, 6): 2,
    (CHANGER, 7): 2,
    (VALIDATOR, 0): 2,
    (VALIDATOR, 1): 6,
    (VALIDATOR, 2): 2,
    (VALIDATOR, 3): 2,
    (VALIDATOR, 4): 20,
    (VALIDATOR, 5): 2,
    (VALIDATOR, 6): 5,
    (VALIDATOR, 7): 4,
    (VALIDATOR, 8): 2,
    (VALIDATOR, 9): 2,
    (VALIDATOR, 10): 2,
    (READER, 0): 2 + IDENTITY_BYTES,
    (READER, 3): 12,
    (READER, 4): 6,
}
"""Bytes without CHK of command 7 by peripheral and second byte."""


def command_length(block: bytes, dialect: Dialect | None = None) -> int | None:
    """Bytes of the block that begins so, without CHK; None while more must be known, and for unknown ones."""
    if not block:
        return None
    if (fixed := FIXED.get(block[0])) is not None:
        return fixed
    at, command = block[0] & 0xF8, block[0] & 7
    if at == SECOND_READER:
        at = READER
    if at == READER and command in (0, 2):
        return 1
    if at not in (CHANGER, VALIDATOR, READER):
        return None
    if len(block) < 2:
        return None
    if command == 7:
        return EXPANSION.get((at, block[1]))
    return _reader_length(command, block[1], dialect or Dialect())


def _reader_length(command: int, second: int, dialect: Dialect) -> int | None:
    money = dialect.money_bytes
    lengths = {
        (1, 0): 6,
        (1, 1): 2 + 2 * money + (2 if dialect.expanded else 0),
        (3, 0): 2 + money + 2,
        (3, 1): 2,
        (3, 2): 4,
        (3, 3): 2,
        (3, 4): 2,
        (3, 5): 2 + money + (4 if dialect.expanded else 2),
        (3, 6): 2 + money + 2,
        (4, 0): 2,
        (4, 1): 2,
        (4, 2): 2,
        (4, 3): 10,
        (5, 0): 2 + money,
        (5, 1): 2,
    }
    return lengths.get((command, second))
