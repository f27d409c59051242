"""Coin changer, address 08: commands, answers and events (MDB/ICP 4.2 section 5; notes A2)."""

from __future__ import annotations

import attrs

from hardware.mdb.codec import fields
from hardware.mdb.codec.block import CHANGER
from hardware.mdb.codec.fields import Identity
from hardware.mdb.codec.money import Scaling
from runtime.errors import ProtocolError

POLL_BYTES_MAX = 16
COIN_TYPES = 16
TOKEN = 0xFF
"""Value of a coin type that is a vend token, not money."""

ALTERNATIVE_PAYOUT, EXTENDED_DIAGNOSIS, CONTROLLED_FILL, FILE_TRANSPORT = 1, 2, 4, 8
CASH_BOX, TUBE, REJECTED = 0, 1, 3
ROUTES = {CASH_BOX: "cash_box", TUBE: "tube", REJECTED: "rejected"}

ESCROW_LEVER, PAYOUT_BUSY, NO_CREDIT, TUBE_SENSOR, DOUBLE_ARRIVAL, UNPLUGGED = 1, 2, 3, 4, 5, 6
TUBE_JAM, ROM_CHECKSUM, ROUTING_ERROR, BUSY, WAS_RESET, COIN_JAM, COIN_REMOVED = 7, 8, 9, 10, 11, 12, 13
STATUS_TEXT = {
    ESCROW_LEVER: "escrow lever",
    PAYOUT_BUSY: "payout busy",
    NO_CREDIT: "no credit",
    TUBE_SENSOR: "tube sensor defective",
    DOUBLE_ARRIVAL: "double arrival",
    UNPLUGGED: "acceptor unplugged",
    TUBE_JAM: "tube jam",
    ROM_CHECKSUM: "ROM checksum",
    ROUTING_ERROR: "coin routing error",
    BUSY: "busy",
    WAS_RESET: "was reset",
    COIN_JAM: "coin jam",
    COIN_REMOVED: "possible removal of a credited coin",
}


@attrs.frozen
class Reset:
    """08: begin anew; all coins disabled, manual dispense enabled."""


@attrs.frozen
class AskSetup:
    """09: answered by ``Setup``."""


@attrs.frozen
class AskTubes:
    """0A: answered by ``Tubes``; not before 500 ms after a reset."""


@attrs.frozen
class Poll:
    """0B: answered by a tuple of events."""


@attrs.frozen
class SetCoinTypes:
    """0C: coins to accept and coins to dispense by hand, a bit for each type; 0 disables."""

    accept: int
    by_hand: int = 0xFFFF


@attrs.frozen
class Dispense:
    """0D: pay ``count`` (0..15) coins of one type."""

    coin_type: int
    count: int


@attrs.frozen
class AskIdentity:
    """0F 00: answered by ``Identity`` with features."""


@attrs.frozen
class EnableFeatures:
    """0F 01: use these of the optional features."""

    features: int


@attrs.frozen
class PayOutValue:
    """0F 02: pay a value, the changer choosing the coins; units of its scaling."""

    units: int


@attrs.frozen
class AskPayoutStatus:
    """0F 03: answered by ``PaidCoins``, or None while it pays."""


@attrs.frozen
class AskPayoutValue:
    """0F 04: answered by ``PaidValue``, or None when it has finished."""


@attrs.frozen
class AskDiagnosis:
    """0F 05: answered by ``Diagnosis``."""


@attrs.frozen
class AskFilledByHand:
    """0F 06: answered by ``CoinCounts``."""


@attrs.frozen
class AskPaidByHand:
    """0F 07: answered by ``CoinCounts``."""


Command = (
    Reset
    | AskSetup
    | AskTubes
    | Poll
    | SetCoinTypes
    | Dispense
    | AskIdentity
    | EnableFeatures
    | PayOutValue
    | AskPayoutStatus
    | AskPayoutValue
    | AskDiagnosis
    | AskFilledByHand
    | AskPaidByHand
)

BARE: dict[type, bytes] = {
    Reset: b"\x08",
    AskSetup: b"\x09",
    AskTubes: b"\x0a",
    Poll: b"\x0b",
    AskIdentity: b"\x0f\x00",
    AskPayoutStatus: b"\x0f\x03",
    AskPayoutValue: b"\x0f\x04",
    AskDiagnosis: b"\x0f\x05",
    AskFilledByHand: b"\x0f\x06",
    AskPaidByHand: b"\x0f\x07",
}
_BY_BYTES = {raw: cls for cls, raw in BARE.items()}


@attrs.frozen
class Setup:
    """What the changer is.

    Attributes:
        level: 2 or 3.
        country: BCD, see ``money.country``.
        routable: bit for each coin type that has a tube.
        values: units by coin type, as many as were sent (missing ones are 0; a real changer sends 17, of
            which the last means nothing); 0 unused, 255 a token.
    """

    level: int
    country: int
    scaling: Scaling
    routable: int
    values: tuple[int, ...]


@attrs.frozen
class Tubes:
    """Coins in tubes by type, as many as were sent; a full tube with 0 coins is defective."""

    full: int
    counts: tuple[int, ...]


@attrs.frozen
class PaidCoins:
    """Coins paid by type since ``PayOutValue``."""

    counts: tuple[int, ...]


@attrs.frozen
class PaidValue:
    """Units paid since the last asking."""

    units: int


@attrs.frozen
class Diagnosis:
    """Pairs of (main, sub) codes, e.g. (3, 0) all well."""

    codes: tuple[tuple[int, int], ...]


@attrs.frozen
class CoinCounts:
    """Coins by type, filled or paid by hand."""

    counts: tuple[int, ...]


@attrs.frozen
class CoinDeposited:
    """A coin came in. ``route``: 0 cash box, 1 tube, 3 rejected; ``in_tube``: coins in its tube now."""

    coin_type: int
    route: int
    in_tube: int


@attrs.frozen
class CoinsPaidByHand:
    """Someone pressed the dispense button; ``in_tube``: coins left in the tube."""

    coin_type: int
    count: int
    in_tube: int


@attrs.frozen
class Slugs:
    """Things that were no coins."""

    count: int


@attrs.frozen
class Status:
    """One of ``STATUS_TEXT``, or a code of 0..31 without meaning here."""

    code: int


Event = CoinDeposited | CoinsPaidByHand | Slugs | Status
Answer = None | Setup | Tubes | Identity | PaidCoins | PaidValue | Diagnosis | CoinCounts | tuple[Event, ...]


def encode_command(command: Command) -> bytes:
    """The block without CHK."""
    if (bare := BARE.get(type(command))) is not None:
        return bare
    match command:
        case SetCoinTypes():
            return b"\x0c" + fields.number(command.accept, 2) + fields.number(command.by_hand, 2)
        case Dispense():
            count = fields.bits(command.count, 4, "MDB 0D count")
            return bytes((0x0D, count << 4 | fields.bits(command.coin_type, 4, "MDB 0D coin type")))
        case EnableFeatures():
            return b"\x0f\x01" + fields.number(command.features, 4)
        case PayOutValue():
            return b"\x0f\x02" + fields.number(command.units, 1)
    raise ProtocolError(f"MDB changer: must be one of its commands, not {command!r}")


def decode_command(block: bytes) -> Command:
    """What ``encode_command`` made."""
    if (bare := _BY_BYTES.get(block)) is not None:
        made: Command = bare()
        return made
    match block[:1], block[1:]:
        case b"\x0c", data if len(data) == 4:
            return SetCoinTypes(fields.whole(data[:2]), fields.whole(data[2:]))
        case b"\x0d", data if len(data) == 1:
            return Dispense(data[0] & 15, data[0] >> 4)
        case b"\x0f", data if len(data) == 5 and data[0] == 1:
            return EnableFeatures(fields.whole(data[1:]))
        case b"\x0f", data if len(data) == 2 and data[0] == 2:
            return PayOutValue(data[1])
    raise ProtocolError(f"MDB changer (address {CHANGER:02x}): unknown command {block.hex(' ')}")


def encode_answer(answer: Answer) -> bytes:
    """The block without CHK; None and no events are the bare ACK ``b""``."""
    match answer:
        case None:
            return b""
        case Setup():
            scaling = fields.number(answer.scaling.factor, 1) + fields.number(answer.scaling.decimals, 1)
            head = fields.number(answer.level, 1) + fields.number(answer.country, 2) + scaling
            raw = (
                head
                + fields.number(answer.routable, 2)
                + b"".join(fields.number(value, 1) for value in answer.values)
            )
            return fields.at_most(raw, 35, "MDB 09 answer")
        case Tubes():
            return fields.number(answer.full, 2) + _types(answer.counts)
        case Identity():
            return fields.write_identity(answer)
        case PaidCoins() | CoinCounts():
            return _types(answer.counts)
        case PaidValue():
            return fields.number(answer.units, 1)
        case Diagnosis():
            return b"".join(fields.number(main, 1) + fields.number(sub, 1) for main, sub in answer.codes)
        case tuple():
            events = b"".join(map(_encode_event, answer))
            return fields.at_most(events, POLL_BYTES_MAX, "MDB 0B answer")


def decode_answer(command: Command, block: bytes) -> Answer:
    """What the changer answers to this command; of a bare ACK None, or no events."""
    if isinstance(command, Poll):
        return _decode_events(block)
    if not block:
        return None
    match command:
        case AskSetup():
            return _decode_setup(block)
        case AskTubes():
            raw = fields.at_most(fields.at_least(block, 2, "MDB 0A answer"), 18, "MDB 0A answer")
            return Tubes(fields.whole(raw[:2]), tuple(raw[2:]))
        case AskIdentity():
            return fields.read_identity(block, "MDB changer")
        case AskPayoutStatus():
            return PaidCoins(tuple(fields.at_most(block, COIN_TYPES, "MDB 0F 03 answer")))
        case AskPayoutValue():
            return PaidValue(fields.exactly(block, 1, "MDB 0F 04 answer")[0])
        case AskDiagnosis():
            if len(block) % 2:
                raise ProtocolError(f"MDB 0F 05 answer: must have pairs of bytes, not {len(block)} bytes")
            return Diagnosis(tuple(zip(block[::2], block[1::2], strict=True)))
        case AskFilledByHand() | AskPaidByHand():
            return CoinCounts(tuple(fields.at_most(block, COIN_TYPES, "MDB 0F 06/07 answer")))
    raise ProtocolError(
        f"MDB changer: {type(command).__name__} must be answered by ACK, not {block.hex(' ')}"
    )


def _types(values: tuple[int, ...]) -> bytes:
    raw = b"".join(fields.number(value, 1) for value in values)
    return fields.at_most(raw, COIN_TYPES, "MDB changer, bytes by coin type")


def _decode_setup(block: bytes) -> Setup:
    raw = fields.at_most(fields.at_least(block, 7, "MDB 09 answer"), 35, "MDB 09 answer")
    scaling = Scaling(raw[3], raw[4])
    return Setup(raw[0], fields.whole(raw[1:3]), scaling, fields.whole(raw[5:7]), tuple(raw[7:]))


def _encode_event(event: Event) -> bytes:
    match event:
        case CoinDeposited():
            route = fields.bits(event.route, 2, "MDB coin route")
            first = 0x40 | route << 4 | fields.bits(event.coin_type, 4, "MDB coin type")
            return bytes([first]) + fields.number(event.in_tube, 1)
        case CoinsPaidByHand():
            count = fields.bits(event.count, 3, "MDB coins paid by hand")
            first = 0x80 | count << 4 | fields.bits(event.coin_type, 4, "MDB coin type")
            return bytes([first]) + fields.number(event.in_tube, 1)
        case Slugs():
            return bytes([0x20 | fields.bits(event.count, 5, "MDB slugs")])
        case Status():
            return bytes([fields.bits(event.code, 5, "MDB changer status")])


def _decode_events(block: bytes) -> tuple[Event, ...]:
    events: list[Event] = []
    rest = memoryview(fields.at_most(block, POLL_BYTES_MAX, "MDB 0B answer"))
    while rest:
        first = rest[0]
        size = 2 if first & 0xC0 else 1
        if len(rest) < size:
            raise ProtocolError(f"MDB 0B answer {block.hex(' ')}: {first:02x} must have a byte behind it")
        if first & 0x80:
            events.append(CoinsPaidByHand(first & 15, first >> 4 & 7, rest[1]))
        elif first & 0x40:
            events.append(CoinDeposited(first & 15, first >> 4 & 3, rest[1]))
        else:
            events.append(Slugs(first & 31) if first & 0x20 else Status(first))
        rest = rest[size:]
    return tuple(events)
