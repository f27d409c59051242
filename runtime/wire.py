"""Messages as bytes: ``[tag, body]`` in MessagePack, and facts with their stamp.

msgspec cannot hold attrs classes in a union, so a message is an envelope of its tag and a raw body that
the tag's own decoder reads. Decoding is strict: unknown tags, wrong types and oversized input raise
ProtocolError.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import attrs
import msgspec

from runtime.errors import ProtocolError
from runtime.message import REGISTRY, wire_of

MESSAGE_BYTES_MAX = 1_000_000
"""Larger messages are refused before they are parsed (SAFETY: hostile or oversized frames)."""

CHAIN_START = bytes(32)
"""The chain hash before a node's first fact."""

_encode = msgspec.msgpack.Encoder().encode
_envelope: Callable[[bytes], tuple[str, msgspec.Raw]] = msgspec.msgpack.Decoder(
    tuple[str, msgspec.Raw]
).decode
_prefixes: dict[type, bytes] = {}
_decoders: dict[str, Callable[[Any], Any]] = {}


def _prefix(message_type: type) -> bytes:
    prefix = _prefixes[message_type] = b"\x92" + _encode(wire_of(message_type).tag)
    return prefix


def encode(message: object) -> bytes:
    """Return a message as ``[tag, body]``."""
    kind = type(message)
    return (_prefixes.get(kind) or _prefix(kind)) + _encode(message)


def decode(data: bytes) -> Any:
    """Read one message; raises ProtocolError on anything but a known, well-formed one."""
    return tagged(data)[1]


def tagged(data: bytes) -> tuple[str, Any]:
    """Read one message with its tag; raises ProtocolError as ``decode`` does."""
    if len(data) > MESSAGE_BYTES_MAX:
        raise ProtocolError(f"message must have at most {MESSAGE_BYTES_MAX} bytes, not {len(data)}")
    try:
        tag, body = _envelope(data)
        return tag, (_decoders.get(tag) or _decoder(tag))(body)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
        raise ProtocolError(f"message of {len(data)} bytes: {error}") from error


def _decoder(tag: str) -> Callable[[Any], Any]:
    if (message_type := REGISTRY.get(tag)) is None:
        raise ProtocolError(f"message tag must be one of this version's {len(REGISTRY)}, not {tag[:80]!r}")
    decoder: Callable[[Any], Any] = msgspec.msgpack.Decoder(message_type).decode
    _decoders[tag] = decoder
    return decoder


@attrs.define(slots=True)
class FactRecord:
    """A fact as it is kept and sent.

    Attributes:
        seq: number within the node, from 1.
        source: address of the actor that recorded it.
        at_us: the kernel's time when it was recorded, microseconds since 1970 UTC.
        body: the message's wire bytes, ``[tag, body]``.
        chain: SHA-256 over the previous record's chain and this record's wire bytes.
    """

    seq: int
    source: str
    at_us: int
    body: bytes
    chain: bytes

    @property
    def tag(self) -> str:
        """The fact's wire tag, read from the body."""
        return _envelope(self.body)[0]

    def fact(self) -> Any:
        """The fact itself."""
        return decode(self.body)

    def wire_bytes(self) -> bytes:
        """The bytes the chain and the digest are over."""
        return fact_bytes(self.seq, self.source, self.at_us, self.body)


def fact_bytes(seq: int, source: str, at_us: int, body: bytes) -> bytes:
    """A fact's stamp and body as one MessagePack array of four."""
    return _encode((seq, source, at_us, body))


def chained(previous: bytes, wire_bytes: bytes) -> bytes:
    """The chain hash after a fact with these wire bytes."""
    return hashlib.sha256(previous + wire_bytes).digest()


def chain_after(previous: bytes, seq: int, source: str, at_us: int, body: bytes) -> bytes:
    """``chained`` over ``fact_bytes``, in one call for those who check many."""
    return hashlib.sha256(previous + _encode((seq, source, at_us, body))).digest()
