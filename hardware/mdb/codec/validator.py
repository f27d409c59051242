"""Bill validator with optional recycler, address 30: commands (MDB/ICP 4.2 section 6; notes A3)."""

from __future__ import annotations

import attrs

from hardware.mdb.codec import fields
from hardware.mdb.codec.block import VALIDATOR
from runtime.errors import ProtocolError

POLL_BYTES_MAX = 16
BILL_TYPES = 16
FILE_TRANSPORT, RECYCLER = 1, 2


@attrs.frozen
class Reset:
    """30: begin anew; a bill in escrow goes back, all bills disabled."""


@attrs.frozen
class AskSetup:
    """31: answered by ``Setup``."""


@attrs.frozen
class SetSecurity:
    """32: bill types to look at more closely, a bit each."""

    types: int


@attrs.frozen
class Poll:
    """33: answered by a tuple of events."""


@attrs.frozen
class SetBillTypes:
    """34: bills to accept and bills to hold in escrow, a bit for each type."""

    accept: int
    escrow: int


@attrs.frozen
class Escrow:
    """35: what to do with the bill in escrow; the result comes by POLL within 30 s."""

    stack: bool


@attrs.frozen
class AskStacker:
    """36: answered by ``Stacker``."""


@attrs.frozen
class AskIdentity:
    """37 00, or 37 02 with options: answered by ``Identity``."""

    with_options: bool = False


@attrs.frozen
class EnableFeatures:
    """37 01: use these of the optional features."""

    features: int


@attrs.frozen
class AskRecyclerSetup:
    """37 03: answered by ``RecyclerSetup``."""


@attrs.frozen
class EnableRecycler:
    """37 04: types to dispense by hand (bits), and for each type how it is recycled (0 not)."""

    by_hand: int
    recycle: tuple[int, ...]


@attrs.frozen
class AskRecycled:
    """37 05: answered by ``Recycled``."""


@attrs.frozen
class DispenseBills:
    """37 06: pay bills of one type."""

    bill_type: int
    count: int


@attrs.frozen
class DispenseValue:
    """37 07: pay a value in units of the scaling."""

    units: int


@attrs.frozen
class AskPayoutStatus:
    """37 08: answered by ``PaidBills``, or None while it pays."""


@attrs.frozen
class AskPayoutValue:
    """37 09: answered by ``PaidValue``, or None when it has finished."""


@attrs.frozen
class CancelPayout:
    """37 0A: stop paying."""


Command = (
    Reset
    | AskSetup
    | SetSecurity
    | Poll
    | SetBillTypes
    | Escrow
    | AskStacker
    | AskIdentity
    | EnableFeatures
    | AskRecyclerSetup
    | EnableRecycler
    | AskRecycled
    | DispenseBills
    | DispenseValue
    | AskPayoutStatus
    | AskPayoutValue
    | CancelPayout
)

BARE: dict[type, bytes] = {
    Reset: b"\x30",
    AskSetup: b"\x31",
    Poll: b"\x33",
    AskStacker: b"\x36",
    AskRecyclerSetup: b"\x37\x03",
    AskRecycled: b"\x37\x05",
    AskPayoutStatus: b"\x37\x08",
    AskPayoutValue: b"\x37\x09",
    CancelPayout: b"\x37\x0a",
}
_BY_BYTES = {raw: cls for cls, raw in BARE.items()}


def encode_command(command: Command) -> bytes:
    """The block without CHK."""
    if (bare := BARE.get(type(command))) is not None:
        return bare
    match command:
        case SetSecurity():
            return b"\x32" + fields.number(command.types, 2)
        case SetBillTypes():
            return b"\x34" + fields.number(command.accept, 2) + fields.number(command.escrow, 2)
        case Escrow():
            return bytes((0x35, command.stack))
        case AskIdentity():
            return b"\x37\x02" if command.with_options else b"\x37\x00"
        case EnableFeatures():
            return b"\x37\x01" + fields.number(command.features, 4)
        case EnableRecycler():
            types = b"".join(fields.number(how, 1) for how in command.recycle)
            types = fields.exactly(types, BILL_TYPES, "MDB 37 04 types")
            return b"\x37\x04" + fields.number(command.by_hand, 2) + types
        case DispenseBills():
            return b"\x37\x06" + fields.number(command.bill_type, 1) + fields.number(command.count, 2)
        case DispenseValue():
            return b"\x37\x07" + fields.number(command.units, 2)
    raise ProtocolError(f"MDB validator: must be one of its commands, not {command!r}")


def decode_command(block: bytes) -> Command:
    """What ``encode_command`` made."""
    if (bare := _BY_BYTES.get(block)) is not None:
        made: Command = bare()
        return made
    data = block[1:]
    match block[:1], len(data):
        case b"\x32", 2:
            return SetSecurity(fields.whole(data))
        case b"\x34", 4:
            return SetBillTypes(fields.whole(data[:2]), fields.whole(data[2:]))
        case b"\x35", 1:
            return Escrow(bool(data[0] & 1))
        case b"\x37", size if size:
            return _decode_expansion(block)
    raise _unknown(block)


def _decode_expansion(block: bytes) -> Command:
    data = block[2:]
    match block[1], len(data):
        case 0 | 2, 0:
            return AskIdentity(block[1] == 2)
        case 1, 4:
            return EnableFeatures(fields.whole(data))
        case 4, 18:
            return EnableRecycler(fields.whole(data[:2]), tuple(data[2:]))
        case 6, 3:
            return DispenseBills(data[0], fields.whole(data[1:]))
        case 7, 2:
            return DispenseValue(fields.whole(data))
    raise _unknown(block)


def _unknown(block: bytes) -> ProtocolError:
    return ProtocolError(f"MDB validator (address {VALIDATOR:02x}): unknown command {block.hex(' ')}")
