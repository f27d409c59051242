"""The link's frames as bytes: four bytes of CRC-32, then one MessagePack array ``[kind, ...]``.

Decoding is strict: another length, kind, type or size than the ones written here raises ProtocolError and
nothing else. The CRC tells a damaged frame (say it again) from a forked node (stop): a batch whose CRC is
right and whose chain is not was sent so.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias
from zlib import crc32

import msgspec
from msgspec import Meta, Struct

from runtime import wire
from runtime.command import Mail
from runtime.errors import ProtocolError

LINK_VERSION = 2
FRAME_FACTS_MAX = 500
FRAME_BYTES_GOAL = 256_000
"""A batch is closed at this many bytes of bodies; one fact alone may be larger."""
FRAME_BYTES_MAX = 1_400_000
"""Larger frames are refused unread; the largest message (wire.MESSAGE_BYTES_MAX) and a full batch fit."""

TRACE_POINTS_MAX = 32
"""A million facts are searched in four questions of so many."""

_CRC_BYTES = 4

Seq = Annotated[int, Meta(ge=0, le=1 << 62)]
Chain = Annotated[bytes, Meta(min_length=32, max_length=32)]
Token = Annotated[bytes, Meta(min_length=8, max_length=32)]
"""A nonce or an incarnation."""
Stamped: TypeAlias = tuple[Annotated[str, Meta(min_length=1, max_length=120)], Seq, bytes]
"""One fact on the wire: source, at_us, body. Its number is its place in the batch."""


class Hello(Struct, tag=0, array_like=True, forbid_unknown_fields=True):
    """Site: this is my journal. Office answers Welcome with the same nonce."""

    version: int
    node: Annotated[str, Meta(min_length=1, max_length=120)]
    nonce: Token
    epoch: Seq
    seq: Seq
    chain: Chain


class Welcome(Struct, tag=1, array_like=True, forbid_unknown_fields=True):
    """Office: this much of your facts is stored, in this incarnation of mine."""

    nonce: Token
    incarnation: Token
    epoch: Seq
    seq: Seq
    chain: Chain


class Facts(Struct, tag=2, array_like=True, forbid_unknown_fields=True):
    """Site: facts from ``first`` on; ``chain`` is the hash after the last of them."""

    incarnation: Token
    epoch: Seq
    first: Annotated[int, Meta(ge=1, le=1 << 62)]
    chain: Chain
    facts: Annotated[list[Stamped], Meta(min_length=1, max_length=FRAME_FACTS_MAX)]


class Ack(Struct, tag=3, array_like=True, forbid_unknown_fields=True):
    """Office: stored up to here, and this is the hash there."""

    incarnation: Token
    epoch: Seq
    seq: Seq
    chain: Chain


class Again(Struct, tag=4, array_like=True, forbid_unknown_fields=True):
    """Office: a frame is missing after this number; go back to it."""

    incarnation: Token
    epoch: Seq
    seq: Seq


class Greet(Struct, tag=5, array_like=True, forbid_unknown_fields=True):
    """Office: you push to an incarnation that is gone; say hello."""

    incarnation: Token


class Fork(Struct, tag=6, array_like=True, forbid_unknown_fields=True):
    """Either: in this epoch the journal and the store differ at this number. Nothing is merged."""

    epoch: Seq
    seq: Seq


class Post(Struct, tag=7, array_like=True, forbid_unknown_fields=True):
    """Either: one mail, as wire bytes. May be lost; command desks ask again."""

    mail: bytes


class Trace(Struct, tag=8, array_like=True, forbid_unknown_fields=True):
    """Site of a newer epoch: which of these facts, (number, hash) in order, do you have from before?"""

    nonce: Token
    points: Annotated[list[tuple[Seq, Chain]], Meta(min_length=1, max_length=TRACE_POINTS_MAX)]


class Traced(Struct, tag=9, array_like=True, forbid_unknown_fields=True):
    """Office: of those, this is the last one I have; 0 for none."""

    nonce: Token
    incarnation: Token
    seq: Seq


class Branch(Struct, tag=10, array_like=True, forbid_unknown_fields=True):
    """Site: my newer epoch goes on from this fact, the last one we have alike. Office answers Welcome."""

    nonce: Token
    incarnation: Token
    epoch: Seq
    seq: Seq
    chain: Chain


class Covered(Struct, tag=11, array_like=True, forbid_unknown_fields=True):
    """Office: a back-up off this machine has your facts up to here."""

    seq: Seq
    chain: Chain


Frame: TypeAlias = (
    Hello | Welcome | Facts | Ack | Again | Greet | Fork | Post | Trace | Traced | Branch | Covered
)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Frame).decode


def encode_frame(frame: Frame) -> bytes:
    """Return a frame's bytes."""
    body = _encode(frame)
    return crc32(body).to_bytes(_CRC_BYTES, "big") + body


def decode_frame(data: bytes) -> Frame:
    """Read one frame; raises ProtocolError on anything else."""
    if not _CRC_BYTES < len(data) <= FRAME_BYTES_MAX:
        raise ProtocolError(f"link frame must have 5 to {FRAME_BYTES_MAX} bytes, not {len(data)}")
    body = memoryview(data)[_CRC_BYTES:]
    if crc32(body) != int.from_bytes(data[:_CRC_BYTES], "big"):
        raise ProtocolError(f"link frame of {len(data)} bytes: its checksum must match, it was damaged")
    try:
        frame: Frame = _decode(body)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
        raise ProtocolError(f"link frame of {len(data)} bytes: {error}") from error
    return frame


def post(mail: Mail) -> Post:
    """Return mail as a frame."""
    return Post(wire.encode(mail))


def mail_in(frame: Post) -> Mail:
    """Read the mail in a frame; raises ProtocolError for any other message."""
    mail = wire.decode(frame.mail)
    if not isinstance(mail, Mail) or mail.kind not in ("command", "outcome"):
        raise ProtocolError(f"posted message must be a command or an outcome, not {str(mail)[:80]}")
    return mail
