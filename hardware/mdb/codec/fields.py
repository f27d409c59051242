"""What the tables of the three peripherals share: cutting blocks into fields, and the identity of each."""

from __future__ import annotations

import attrs

from runtime.errors import ProtocolError

IDENTITY_BYTES = 29
"""Maker 3, serial 12, model 12 (all ASCII), software 2 BCD: MDB/ICP 4.2 sections 5.3, 6.3, 7.4."""


@attrs.frozen
class Identity:
    """Who made a device.

    Attributes:
        maker: three letters.
        serial, model: up to twelve characters each, with the padding as sent.
        software: two BCD bytes as a number, e.g. 0x0290.
        features: the option bits, or None if none were sent.
    """

    maker: str
    serial: str
    model: str
    software: int
    features: int | None = None

    def line(self) -> str:
        """One line for people."""
        return f"{self.maker} {self.model.strip()} {self.serial.strip()} software {self.software:04x}"


def text(raw: bytes) -> str:
    """ASCII with any other byte kept as the Latin-1 letter, so that it comes back the same."""
    return raw.decode("latin-1")


def padded(value: str, size: int) -> bytes:
    """The text in exactly ``size`` bytes, blanks behind."""
    try:
        raw = value.encode("latin-1")
    except UnicodeEncodeError:
        raise ProtocolError(f"MDB text {value!r}: must be Latin-1") from None
    if len(raw) > size:
        raise ProtocolError(f"MDB text {value!r}: must have at most {size} characters, not {len(raw)}")
    return raw.ljust(size)


def read_identity(raw: bytes, what: str) -> Identity:
    """29 bytes, or 33 with the option bits."""
    if len(raw) not in (IDENTITY_BYTES, IDENTITY_BYTES + 4):
        raise ProtocolError(f"{what} identity: must have 29 or 33 bytes, not {len(raw)}")
    features = int.from_bytes(raw[29:], "big") if len(raw) > IDENTITY_BYTES else None
    return Identity(
        text(raw[:3]), text(raw[3:15]), text(raw[15:27]), int.from_bytes(raw[27:29], "big"), features
    )


def write_identity(identity: Identity) -> bytes:
    """The bytes of ``read_identity``."""
    raw = padded(identity.maker, 3) + padded(identity.serial, 12) + padded(identity.model, 12)
    raw += number(identity.software, 2)
    return raw if identity.features is None else raw + number(identity.features, 4)


def number(value: int, size: int) -> bytes:
    """Unsigned, most significant byte first; raises ProtocolError where it does not fit."""
    if not 0 <= value < 1 << (8 * size):
        raise ProtocolError(f"MDB field of {size} bytes: must be in 0..{(1 << 8 * size) - 1}, not {value}")
    return value.to_bytes(size, "big")


def whole(raw: bytes) -> int:
    """Unsigned, most significant byte first."""
    return int.from_bytes(raw, "big")


def bits(value: int, width: int, what: str) -> int:
    """A field of some bits; raises ProtocolError where it does not fit."""
    if not 0 <= value < 1 << width:
        raise ProtocolError(f"{what}: must be in 0..{(1 << width) - 1}, not {value}")
    return value


def at_least(raw: bytes, size: int, what: str) -> bytes:
    """The same bytes, if they are enough."""
    if len(raw) < size:
        raise ProtocolError(f"{what}: must have at least {size} bytes, not {len(raw)}")
    return raw


def at_most(raw: bytes, size: int, what: str) -> bytes:
    """The same bytes, if they are not too many."""
    if len(raw) > size:
        raise ProtocolError(f"{what}: must have at most {size} bytes, not {len(raw)}")
    return raw


def exactly(raw: bytes, size: int, what: str) -> bytes:
    """The same bytes, if they are as many."""
    if len(raw) != size:
        raise ProtocolError(f"{what}: must have {size} bytes, not {len(raw)}")
    return raw


def words16(values: tuple[int, ...]) -> bytes:
    """Numbers of two bytes each."""
    return b"".join(number(value, 2) for value in values)


def read_words16(raw: bytes, what: str) -> tuple[int, ...]:
    """The numbers of ``words16``."""
    if len(raw) % 2:
        raise ProtocolError(f"{what}: must have an even number of bytes, not {len(raw)}")
    return tuple(whole(raw[at : at + 2]) for at in range(0, len(raw), 2))
