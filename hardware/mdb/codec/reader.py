"""Cashless reader, addresses 10 and 60: commands (MDB/ICP 4.2 section 7; notes A4).

Amounts are units of the reader's scaling: two bytes, or four once both sides agreed on the 32-bit format
(``Dialect.expanded``).
"""

from __future__ import annotations

import attrs

from hardware.mdb.codec import fields
from hardware.mdb.codec.block import READER, SECOND_READER
from hardware.mdb.codec.fields import Identity
from runtime.errors import ProtocolError

UNKNOWN = 0xFFFF
"""An item or price that is not known (section 7.4.5)."""

FILE_TRANSPORT, MONEY_32_BIT, MANY_CURRENCIES, NEGATIVE_VEND, DATA_ENTRY, ALWAYS_IDLE = (1, 2, 4, 8, 16, 32)
ITEM_FREE, ITEM_TEST, ITEM_NEGATIVE, ITEM_TOKEN = 1 << 15, 1 << 14, 1 << 13, 1 << 12


@attrs.frozen
class Dialect:
    """What both sides have agreed on, and so how long their messages are.

    Attributes:
        level: the lower one of the master's and the reader's level, 1..3.
        expanded: amounts of 32 bits with a currency (level 3, options b1 or b2 enabled).
        display_bytes: columns x rows of the master's display, as told in ``Configure``.
        master_level: the master's level: at 3 the reader's identity has option bits.
    """

    level: int = 1
    expanded: bool = False
    display_bytes: int = 0
    master_level: int = 3

    @property
    def money_bytes(self) -> int:
        """Size of an amount."""
        return 4 if self.expanded else 2


@attrs.frozen
class Reset:
    """10: begin anew."""


@attrs.frozen
class Configure:
    """11 00: the master's level and display; answered by ``Configuration``."""

    level: int = 3
    columns: int = 0
    rows: int = 0
    display: int = 0


@attrs.frozen
class SetPrices:
    """11 01: highest and lowest price (FFFF, 0 unknown); with a BCD currency in the 32-bit format."""

    highest: int = UNKNOWN
    lowest: int = 0
    currency: int | None = None


@attrs.frozen
class Poll:
    """12: answered by messages."""


@attrs.frozen
class RequestVend:
    """13 00: answered by ``VendApproved`` or ``VendDenied``, now or at a later POLL."""

    price: int
    item: int = UNKNOWN


@attrs.frozen
class CancelVend:
    """13 01: withdraw the request; answered by ``VendDenied``."""


@attrs.frozen
class VendSucceeded:
    """13 02: the product is out."""

    item: int = UNKNOWN


@attrs.frozen
class VendFailed:
    """13 03: it is not; the reader gives the money back and shows by POLL that it has."""


@attrs.frozen
class CompleteSession:
    """13 04: answered by ``SessionEnded``."""


@attrs.frozen
class ReportCashSale:
    """13 05: a sale for cash, for readers that keep the audit; item bits free, test, negative, token."""

    price: int
    item: int = UNKNOWN
    currency: int | None = None


@attrs.frozen
class RequestNegativeVend:
    """13 06: money for something brought back."""

    value: int
    item: int = UNKNOWN


@attrs.frozen
class DisableReader:
    """14 00: take no more cards; a transaction in progress is finished."""


@attrs.frozen
class EnableReader:
    """14 01: take cards."""


@attrs.frozen
class CancelReader:
    """14 02: stop what you do while no session is open; answered by ``Cancelled``."""


@attrs.frozen
class AnswerDataEntry:
    """14 03: eight characters the customer typed."""

    data: str


@attrs.frozen
class RequestRevalue:
    """15 00: put this on the card; answered by ``RevalueApproved`` or ``RevalueDenied``."""

    amount: int


@attrs.frozen
class AskRevalueLimit:
    """15 01: answered by ``RevalueLimit``."""


@attrs.frozen
class AskIdentity:
    """17 00: the master's own identity; answered by ``ReaderIdentity``."""

    identity: Identity


@attrs.frozen
class SetClock:
    """17 03: BCD year, month, day, hour, minute, second, day of week, week, summer, holiday; FF none."""

    data: bytes


@attrs.frozen
class EnableOptions:
    """17 04: use these of the reader's options."""

    options: int


Command = (
    Reset
    | Configure
    | SetPrices
    | Poll
    | RequestVend
    | CancelVend
    | VendSucceeded
    | VendFailed
    | CompleteSession
    | ReportCashSale
    | RequestNegativeVend
    | DisableReader
    | EnableReader
    | CancelReader
    | AnswerDataEntry
    | RequestRevalue
    | AskRevalueLimit
    | AskIdentity
    | SetClock
    | EnableOptions
)

BARE: dict[type, bytes] = {
    Reset: b"\x00",
    Poll: b"\x02",
    CancelVend: b"\x03\x01",
    VendFailed: b"\x03\x03",
    CompleteSession: b"\x03\x04",
    DisableReader: b"\x04\x00",
    EnableReader: b"\x04\x01",
    CancelReader: b"\x04\x02",
    AskRevalueLimit: b"\x05\x01",
}
_BY_BYTES = {raw: cls for cls, raw in BARE.items()}


def encode_command(command: Command, dialect: Dialect, address: int = READER) -> bytes:
    """The block without CHK, for the reader at this address."""
    raw = BARE.get(type(command)) or _encode_data(command, dialect.money_bytes)
    return bytes([address | raw[0]]) + raw[1:]


def _encode_data(command: Command, size: int) -> bytes:
    number = fields.number
    match command:
        case Configure():
            data = (command.level, command.columns, command.rows, command.display)
            return b"\x01\x00" + b"".join(number(value, 1) for value in data)
        case SetPrices():
            prices = number(command.highest, size) + number(command.lowest, size)
            return b"\x01\x01" + prices + _currency(command.currency)
        case RequestVend():
            return b"\x03\x00" + number(command.price, size) + number(command.item, 2)
        case VendSucceeded():
            return b"\x03\x02" + number(command.item, 2)
        case ReportCashSale():
            sale = number(command.price, size) + number(command.item, 2)
            return b"\x03\x05" + sale + _currency(command.currency)
        case RequestNegativeVend():
            return b"\x03\x06" + number(command.value, size) + number(command.item, 2)
        case AnswerDataEntry():
            return b"\x04\x03" + fields.padded(command.data, 8)
        case RequestRevalue():
            return b"\x05\x00" + number(command.amount, size)
        case AskIdentity():
            return b"\x07\x00" + fields.write_identity(attrs.evolve(command.identity, features=None))
        case SetClock():
            return b"\x07\x03" + fields.exactly(command.data, 10, "MDB 17 03 clock")
        case EnableOptions():
            return b"\x07\x04" + number(command.options, 4)
    raise ProtocolError(f"MDB reader: must be one of its commands, not {command!r}")


def _currency(currency: int | None) -> bytes:
    return b"" if currency is None else fields.number(currency, 2)


def decode_command(block: bytes, dialect: Dialect) -> Command:
    """What ``encode_command`` made; the address is ``block.address(raw)``."""
    if not block or block[0] & 0xF8 not in (READER, SECOND_READER):
        raise ProtocolError(f"MDB reader: block must begin with address 10 or 60, not {block[:1].hex()}")
    if (bare := _BY_BYTES.get(bytes([block[0] & 7]) + block[1:])) is not None:
        made: Command = bare()
        return made
    if len(block) < 2:
        raise _unknown(block)
    size, data = dialect.money_bytes, block[2:]
    match block[0] & 7, block[1]:
        case 1, _:
            return _decode_setup(block, size)
        case 3, _:
            return _decode_vend(block, size)
        case 4, 3 if len(data) == 8:
            return AnswerDataEntry(fields.text(data))
        case 5, 0 if len(data) == size:
            return RequestRevalue(fields.whole(data))
        case 7, 0 if len(data) == fields.IDENTITY_BYTES:
            return AskIdentity(fields.read_identity(data, "MDB master"))
        case 7, 3 if len(data) == 10:
            return SetClock(data)
        case 7, 4 if len(data) == 4:
            return EnableOptions(fields.whole(data))
    raise _unknown(block)


def _decode_setup(block: bytes, size: int) -> Command:
    data = block[2:]
    if block[1] == 0 and len(data) == 4:
        return Configure(*data)
    if block[1] == 1 and len(data) in (2 * size, 2 * size + 2):
        prices = fields.whole(data[:size]), fields.whole(data[size : 2 * size])
        return SetPrices(*prices, currency=_decode_currency(data[2 * size :]))
    raise _unknown(block)


def _decode_vend(block: bytes, size: int) -> Command:
    data = block[2:]
    if block[1] == 2 and len(data) == 2:
        return VendSucceeded(fields.whole(data))
    if len(data) < size + 2:
        raise _unknown(block)
    price, item, rest = fields.whole(data[:size]), fields.whole(data[size : size + 2]), data[size + 2 :]
    match block[1], len(rest):
        case 0, 0:
            return RequestVend(price, item)
        case 5, 0 | 2:
            return ReportCashSale(price, item, _decode_currency(rest))
        case 6, 0:
            return RequestNegativeVend(price, item)
    raise _unknown(block)


def _decode_currency(raw: bytes) -> int | None:
    return fields.whole(raw) if raw else None


def _unknown(block: bytes) -> ProtocolError:
    return ProtocolError(f"MDB reader: unknown command {block.hex(' ')}")
