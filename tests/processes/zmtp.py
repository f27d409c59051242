"""Bytes of the ZeroMQ protocol made by hand (rfc.zeromq.org/spec/23): what a stranger might say."""

from __future__ import annotations


def _greeting(mechanism: bytes) -> bytes:
    signature, version = b"\xff" + b"\0" * 8 + b"\x7f", b"\x03\x00"
    return signature + version + mechanism.ljust(20, b"\0") + b"\0" * 32


GREETING_NULL = _greeting(b"NULL")
GREETING_CURVE = _greeting(b"CURVE")

_LONG_MESSAGE, _LONG_COMMAND = b"\x02", b"\x06"
HUGE_FRAME = tuple(
    kind + size.to_bytes(8, "big") + b"x" * 100
    for kind in (_LONG_MESSAGE, _LONG_COMMAND)
    for size in (1 << 30, 1 << 62, (1 << 64) - 1)
)
"""Frames that announce more than anybody would send."""
