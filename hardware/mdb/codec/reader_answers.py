"""Cashless reader: what it says, at POLL or at once (MDB/ICP 4.2 section 7.4; notes A4).

Several messages may stand in one block. How long each is follows from its first byte and the ``Dialect``.
"""

from __future__ import annotations

import attrs

from hardware.mdb.codec import fields
from hardware.mdb.codec.fields import Identity
from hardware.mdb.codec.money import Scaling
from hardware.mdb.codec.reader import Dialect
from runtime.errors import ProtocolError

REFUND_CAPABLE, MANY_VENDS, OWN_DISPLAY, WANTS_CASH_SALES = 1, 2, 4, 8
REFUND_ERROR = 0xC
ERRORS = {
    0x0: "media error",
    0x1: "invalid media",
    0x2: "tamper error",
    0x3: "maker's error (passing)",
    0x4: "communications error (passing)",
    0x5: "needs service",
    0x7: "maker's error (standing)",
    0x8: "reader failure",
    0x9: "communications error (standing)",
    0xA: "media jammed",
    0xB: "maker's error (no vends)",
    REFUND_ERROR: "refund lost",
}


@attrs.frozen
class JustReset:
    """00: the reader has begun anew."""


@attrs.frozen
class Configuration:
    """01: what the reader is.

    Attributes:
        country: BCD, see ``money.country``.
        response_seconds: how long it may take to answer (Z7).
        options: bits refund, many vends, own display, wants cash sales.
    """

    level: int
    country: int
    scaling: Scaling
    response_seconds: int
    options: int


@attrs.frozen
class ShowText:
    """02: text for the master's display, for tenths of a second."""

    tenths: int
    text: str


@attrs.frozen
class SessionBegun:
    """03: a card or phone was presented.

    Attributes:
        funds: units; all bits set means unknown.
        media: id of the medium (level 2 up).
        payment_type, payment_data: price list or discount group (level 2 up).
        language, currency, card_options: only in the 32-bit format.
    """

    funds: int
    media: int = 0
    payment_type: int = 0
    payment_data: int = 0
    language: str = ""
    currency: int = 0
    card_options: int = 0


@attrs.frozen
class SessionCancelAsked:
    """04: the customer wants the card back."""


@attrs.frozen
class VendApproved:
    """05: the amount that the reader takes, which may differ from the price; all bits set: a token."""

    amount: int


@attrs.frozen
class VendDenied:
    """06: no."""


@attrs.frozen
class SessionEnded:
    """07: the session is over."""


@attrs.frozen
class Cancelled:
    """08: answers ``CancelReader``."""


@attrs.frozen
class ReaderIdentity:
    """09: who made it; with option bits if the master is of level 3."""

    identity: Identity


@attrs.frozen
class Malfunction:
    """0A: ``kind`` is one of ``ERRORS``; ``detail`` the maker's."""

    kind: int
    detail: int


@attrs.frozen
class OutOfSequence:
    """0B: a command that does not fit the reader's state; the master must RESET. ``state`` from level 2."""

    state: int | None = None


@attrs.frozen
class RevalueApproved:
    """0D: the card has it."""


@attrs.frozen
class RevalueDenied:
    """0E: it has not."""


@attrs.frozen
class RevalueLimit:
    """0F: how much the card can take, units."""

    amount: int


@attrs.frozen
class ClockAsked:
    """11: the reader wants the time."""


@attrs.frozen
class DataEntryAsked:
    """12: the reader wants typed characters; ``how`` holds length and repeat bit."""

    how: int


@attrs.frozen
class DataEntryCancelled:
    """13: it does not want them any more."""


@attrs.frozen
class FileTransport:
    """1B-1F: file transport layer, recognised and not spoken."""

    kind: int
    data: bytes


Message = (
    JustReset
    | Configuration
    | ShowText
    | SessionBegun
    | SessionCancelAsked
    | VendApproved
    | VendDenied
    | SessionEnded
    | Cancelled
    | ReaderIdentity
    | Malfunction
    | OutOfSequence
    | RevalueApproved
    | RevalueDenied
    | RevalueLimit
    | ClockAsked
    | DataEntryAsked
    | DataEntryCancelled
    | FileTransport
)

BARE: dict[int, type] = {
    0x00: JustReset,
    0x04: SessionCancelAsked,
    0x06: VendDenied,
    0x07: SessionEnded,
    0x08: Cancelled,
    0x0D: RevalueApproved,
    0x0E: RevalueDenied,
    0x11: ClockAsked,
    0x13: DataEntryCancelled,
}
_CODES = {cls: code for code, cls in BARE.items()}


def encode_answer(messages: tuple[Message, ...], dialect: Dialect) -> bytes:
    """The block without CHK; no messages are the bare ACK ``b""``."""
    raw = b""
    for message in messages:
        raw += _encode(message, dialect)
        dialect = _after(message, dialect)
    return fields.at_most(raw, 35, "MDB reader answer")


def decode_answer(block: bytes, dialect: Dialect) -> tuple[Message, ...]:
    """The messages of one block, left to right; none of a bare ACK."""
    messages: list[Message] = []
    rest = block
    while rest:
        size = _size(rest, dialect)
        if len(rest) < size:
            raise ProtocolError(
                f"MDB reader answer {block.hex(' ')}: {rest[0]:02x} must have {size} bytes at level "
                f"{dialect.level}{' expanded' if dialect.expanded else ''}, not {len(rest)}"
            )
        messages.append(_decode(rest[:size], dialect))
        dialect = _after(messages[-1], dialect)
        rest = rest[size:]
    return tuple(messages)


def _after(message: Message, dialect: Dialect) -> Dialect:
    """What comes behind JUST RESET in the same block is said by a reader that has forgotten the dialect."""
    return Dialect() if isinstance(message, JustReset) else dialect


def _size(rest: bytes, dialect: Dialect) -> int:
    """How many bytes the first message has."""
    match rest[0]:
        case code if code in BARE:
            return 1
        case 0x01:
            return 8
        case 0x02:
            return min(2 + dialect.display_bytes, len(rest)) if dialect.display_bytes else len(rest)
        case 0x03:
            return _session_bytes(dialect)
        case 0x05 | 0x0F:
            return 1 + dialect.money_bytes
        case 0x09:
            return 1 + fields.IDENTITY_BYTES + (4 if dialect.master_level >= 3 else 0)
        case 0x0B:
            return 2 if dialect.level >= 2 else 1
        case 0x0A | 0x12:
            return 2
        case 0x1B | 0x1F:
            return 6
        case 0x1C:
            return 4
        case 0x1D:
            return len(rest)
        case 0x1E:
            return 3
    raise ProtocolError(f"MDB reader answer {rest.hex(' ')}: unknown message {rest[0]:02x}")


def _session_bytes(dialect: Dialect) -> int:
    if dialect.expanded:
        return 17
    return 10 if dialect.level >= 2 else 3


def _decode(raw: bytes, dialect: Dialect) -> Message:
    if (bare := BARE.get(raw[0])) is not None:
        made: Message = bare()
        return made
    data = raw[1:]
    match raw[0]:
        case 0x01:
            scaling = Scaling(data[3], data[4])
            return Configuration(data[0], fields.whole(data[1:3]), scaling, data[5], data[6])
        case 0x02:
            fields.at_least(data, 1, "MDB reader 02")
            return ShowText(data[0], fields.text(data[1:]))
        case 0x03:
            return _decode_session(data, dialect)
        case 0x05:
            return VendApproved(fields.whole(data))
        case 0x09:
            return ReaderIdentity(fields.read_identity(data, "MDB reader"))
        case 0x0A:
            return Malfunction(data[0] >> 4, data[0] & 15)
        case 0x0B:
            return OutOfSequence(data[0] if data else None)
        case 0x0F:
            return RevalueLimit(fields.whole(data))
        case 0x12:
            return DataEntryAsked(data[0])
    return FileTransport(raw[0], data)


def _decode_session(data: bytes, dialect: Dialect) -> SessionBegun:
    if not dialect.expanded and dialect.level == 1:
        return SessionBegun(fields.whole(data))
    size = dialect.money_bytes
    rest = data[size:]
    begun = SessionBegun(fields.whole(data[:size]), fields.whole(rest[:4]), rest[4], fields.whole(rest[5:7]))
    if not dialect.expanded:
        return begun
    return attrs.evolve(
        begun,
        language=fields.text(rest[7:9]),
        currency=fields.whole(rest[9:11]),
        card_options=rest[11],
    )


def _encode(message: Message, dialect: Dialect) -> bytes:
    if (code := _CODES.get(type(message))) is not None:
        return bytes([code])
    number = fields.number
    match message:
        case Configuration():
            scaling = number(message.scaling.factor, 1) + number(message.scaling.decimals, 1)
            head = b"\x01" + number(message.level, 1) + number(message.country, 2)
            return head + scaling + number(message.response_seconds, 1) + number(message.options, 1)
        case ShowText():
            size = dialect.display_bytes or len(message.text)
            return b"\x02" + number(message.tenths, 1) + fields.padded(message.text, size)
        case SessionBegun():
            return b"\x03" + _encode_session(message, dialect)
        case VendApproved():
            return b"\x05" + number(message.amount, dialect.money_bytes)
        case ReaderIdentity():
            features = (message.identity.features or 0) if dialect.master_level >= 3 else None
            return b"\x09" + fields.write_identity(attrs.evolve(message.identity, features=features))
        case Malfunction():
            kind = fields.bits(message.kind, 4, "MDB reader error")
            return bytes((0x0A, kind << 4 | fields.bits(message.detail, 4, "MDB reader error detail")))
        case OutOfSequence():
            return b"\x0b" + (number(message.state or 0, 1) if dialect.level >= 2 else b"")
        case RevalueLimit():
            return b"\x0f" + number(message.amount, dialect.money_bytes)
        case DataEntryAsked():
            return b"\x12" + number(message.how, 1)
        case FileTransport():
            return number(message.kind, 1) + message.data
    raise ProtocolError(f"MDB reader: must be one of its messages, not {message!r}")


def _encode_session(begun: SessionBegun, dialect: Dialect) -> bytes:
    number = fields.number
    raw = number(begun.funds, dialect.money_bytes)
    if dialect.level == 1 and not dialect.expanded:
        return raw
    raw += number(begun.media, 4) + number(begun.payment_type, 1) + number(begun.payment_data, 2)
    if not dialect.expanded:
        return raw
    return raw + fields.padded(begun.language, 2) + number(begun.currency, 2) + number(begun.card_options, 1)
