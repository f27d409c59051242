"""CRC-16/ARC: the check value of audit files (G85), of DEX blocks and of DDCMP frames."""

from __future__ import annotations


def _table() -> tuple[int, ...]:
    values = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
        values.append(value)
    return tuple(values)


_TABLE = _table()


def crc16(data: bytes) -> int:
    """Polynomial 8005 reflected, start 0, no last xor (EVA-DTS 6.2): ``b"123456789"`` gives BB3D."""
    value = 0
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value
