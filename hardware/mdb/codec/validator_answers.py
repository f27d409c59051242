"""Bill validator: its answers and events (MDB/ICP 4.2 section 6; notes A3)."""

from __future__ import annotations

import attrs

from hardware.mdb.codec import fields
from hardware.mdb.codec.fields import Identity
from hardware.mdb.codec.money import Scaling
from hardware.mdb.codec.validator import (
    BILL_TYPES,
    POLL_BYTES_MAX,
    AskIdentity,
    AskPayoutStatus,
    AskPayoutValue,
    AskRecycled,
    AskRecyclerSetup,
    AskSetup,
    AskStacker,
    Command,
    Poll,
)
from runtime.errors import ProtocolError

STACKED, IN_ESCROW, RETURNED, RECYCLED, REFUSED, FILLED_BY_HAND, PAID_BY_HAND, TO_CASH_BOX = range(8)
ROUTES = {
    STACKED: "stacked",
    IN_ESCROW: "in escrow",
    RETURNED: "returned",
    RECYCLED: "to recycler",
    REFUSED: "refused while disabled",
    FILLED_BY_HAND: "recycler filled by hand",
    PAID_BY_HAND: "paid by hand",
    TO_CASH_BOX: "recycler to cash box",
}

MOTOR, SENSOR, BUSY, ROM_CHECKSUM, JAM, WAS_RESET, BILL_REMOVED, CASH_BOX_OUT = range(1, 9)
DISABLED, INVALID_ESCROW, BILL_REJECTED, CREDITED_REMOVED = 9, 10, 11, 12
ESCROW_ASKED, PAYOUT_BUSY, RECYCLER_BUSY, RECYCLER_DISABLED = 0x21, 0x22, 0x23, 0x29
STATUS_TEXT = {
    MOTOR: "motor defective",
    SENSOR: "sensor defective",
    BUSY: "busy",
    ROM_CHECKSUM: "ROM checksum",
    JAM: "bill jam",
    WAS_RESET: "was reset",
    BILL_REMOVED: "bill removed",
    CASH_BOX_OUT: "cash box out of position",
    DISABLED: "disabled",
    INVALID_ESCROW: "invalid escrow request",
    BILL_REJECTED: "bill rejected",
    CREDITED_REMOVED: "possible removal of a credited bill",
    ESCROW_ASKED: "recycler: escrow request",
    PAYOUT_BUSY: "recycler: payout busy",
    RECYCLER_BUSY: "recycler: busy",
    0x24: "recycler: sensor defective",
    0x26: "recycler: motor defective",
    0x27: "recycler: jam",
    0x28: "recycler: ROM checksum",
    RECYCLER_DISABLED: "recycler: disabled",
    0x2A: "recycler: bill waiting",
    0x2F: "recycler: filled key pressed",
}


@attrs.frozen
class Setup:
    """What the validator is.

    Attributes:
        level: 1 or 2.
        country: BCD, see ``money.country``.
        stacker_bills: how many bills the stacker holds.
        security: types that can be looked at more closely, a bit each.
        escrow: whether it can hold a bill.
        values: units by bill type, as many as were sent; 0 unused, 255 a token.
    """

    level: int
    country: int
    scaling: Scaling
    stacker_bills: int
    security: int
    escrow: bool
    values: tuple[int, ...]


@attrs.frozen
class Stacker:
    """Bills in the stacker."""

    full: bool
    bills: int


@attrs.frozen
class RecyclerSetup:
    """Bill types the recycler can take, a bit each."""

    types: int


@attrs.frozen
class Recycled:
    """Bills in the recycler by type, and which types are full (bits)."""

    full: int
    counts: tuple[int, ...]


@attrs.frozen
class PaidBills:
    """Bills paid by type."""

    counts: tuple[int, ...]


@attrs.frozen
class PaidValue:
    """Units paid since the last asking."""

    units: int


@attrs.frozen
class BillMoved:
    """A bill went somewhere; ``route`` is one of ``ROUTES``. Only stacked and recycled ones are credit."""

    bill_type: int
    route: int


@attrs.frozen
class TriesWhileDisabled:
    """Bills that were offered while all are disabled."""

    count: int


@attrs.frozen
class Status:
    """One of ``STATUS_TEXT``, or a code below 64 without meaning here."""

    code: int


Event = BillMoved | TriesWhileDisabled | Status
Answer = (
    None | Setup | Stacker | Identity | RecyclerSetup | Recycled | PaidBills | PaidValue | tuple[Event, ...]
)


def encode_answer(answer: Answer) -> bytes:
    """The block without CHK; None and no events are the bare ACK ``b""``."""
    match answer:
        case None:
            return b""
        case Setup():
            return _encode_setup(answer)
        case Stacker():
            return fields.number(answer.full << 15 | fields.bits(answer.bills, 15, "MDB 36 bills"), 2)
        case Identity():
            return fields.write_identity(answer)
        case RecyclerSetup():
            return fields.number(answer.types, 2)
        case Recycled():
            return fields.number(answer.full, 2) + _counts(answer.counts)
        case PaidBills():
            return _counts(answer.counts)
        case PaidValue():
            return fields.number(answer.units, 2)
        case tuple():
            raw = bytes(map(_encode_event, answer))
            return fields.at_most(raw, POLL_BYTES_MAX, "MDB 33 answer")


def decode_answer(command: Command, block: bytes) -> Answer:
    """What the validator answers to this command; of a bare ACK None, or no events."""
    if isinstance(command, Poll):
        return tuple(map(_decode_event, fields.at_most(block, POLL_BYTES_MAX, "MDB 33 answer")))
    if not block:
        return None
    match command:
        case AskSetup():
            return _decode_setup(block)
        case AskStacker():
            raw = fields.whole(fields.exactly(block, 2, "MDB 36 answer"))
            return Stacker(bool(raw >> 15), raw & 0x7FFF)
        case AskIdentity():
            return fields.read_identity(block, "MDB validator")
        case AskRecyclerSetup():
            return RecyclerSetup(fields.whole(fields.exactly(block, 2, "MDB 37 03 answer")))
        case AskRecycled():
            raw34 = fields.at_most(fields.at_least(block, 2, "MDB 37 05 answer"), 34, "MDB 37 05 answer")
            counts = fields.read_words16(raw34[2:], "MDB 37 05 answer")
            return Recycled(fields.whole(raw34[:2]), counts)
        case AskPayoutStatus():
            raw32 = fields.at_most(block, 2 * BILL_TYPES, "MDB 37 08 answer")
            return PaidBills(fields.read_words16(raw32, "MDB 37 08 answer"))
        case AskPayoutValue():
            return PaidValue(fields.whole(fields.exactly(block, 2, "MDB 37 09 answer")))
    name = type(command).__name__
    raise ProtocolError(f"MDB validator: {name} must be answered by ACK, not {block.hex(' ')}")


def _counts(counts: tuple[int, ...]) -> bytes:
    return fields.at_most(fields.words16(counts), 2 * BILL_TYPES, "MDB validator, counts by bill type")


def _encode_setup(setup: Setup) -> bytes:
    head = fields.number(setup.level, 1) + fields.number(setup.country, 2)
    money = fields.number(setup.scaling.factor, 2) + fields.number(setup.scaling.decimals, 1)
    stacker = fields.number(setup.stacker_bills, 2) + fields.number(setup.security, 2)
    values = b"".join(fields.number(value, 1) for value in setup.values)
    values = fields.at_most(values, BILL_TYPES, "MDB 31 values")
    return head + money + stacker + (b"\xff" if setup.escrow else b"\x00") + values


def _decode_setup(block: bytes) -> Setup:
    raw = fields.at_most(fields.at_least(block, 11, "MDB 31 answer"), 27, "MDB 31 answer")
    return Setup(
        level=raw[0],
        country=fields.whole(raw[1:3]),
        scaling=Scaling(fields.whole(raw[3:5]), raw[5]),
        stacker_bills=fields.whole(raw[6:8]),
        security=fields.whole(raw[8:10]),
        escrow=raw[10] != 0,
        values=tuple(raw[11:]),
    )


def _encode_event(event: Event) -> int:
    match event:
        case BillMoved():
            route = fields.bits(event.route, 3, "MDB bill route")
            return 0x80 | route << 4 | fields.bits(event.bill_type, 4, "MDB bill type")
        case TriesWhileDisabled():
            return 0x40 | fields.bits(event.count, 6, "MDB tries while disabled")
        case Status():
            return fields.bits(event.code, 6, "MDB validator status")


def _decode_event(byte: int) -> Event:
    if byte & 0x80:
        return BillMoved(byte & 15, byte >> 4 & 7)
    if byte & 0x40:
        return TriesWhileDisabled(byte & 63)
    return Status(byte)
