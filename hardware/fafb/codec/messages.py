"""The "VMC - upper computer" protocol: what its frames say, both ways.

Section numbers are those of the maker's protocol document; where a real frame says otherwise the real frame
is kept (README.md lists each case). Selection numbers count from 1; amounts are in the board's own unit.
"""

from __future__ import annotations

import struct

import attrs

NO_SENSOR = 0xAA
"""A temperature byte of a sensor that is not there (real status frame)."""


@attrs.frozen
class Poll:
    """2: the board asks whether the host has something to say; carries no number."""


@attrs.frozen
class Ack:
    """2: the last frame was taken; carries no number."""


@attrs.frozen
class CheckLane:
    """4.3.1, host: can this selection sell? Answered by ``LaneState``."""

    selection: int


@attrs.frozen
class LaneState:
    """4.3.1, board: ``state`` 1 normal, 2 empty, 3 no such selection, 4 paused, others lift and oven."""

    state: int
    selection: int


@attrs.frozen
class Buy:
    """4.3.2, host: sell it; the board takes the price from its own credit."""

    selection: int


@attrs.frozen
class Dispensing:
    """4.3.3, board: how a turn goes on; ``extra`` is the oven's number or nothing."""

    state: int
    selection: int
    extra: bytes = b""


@attrs.frozen
class Choose:
    """4.3.4, both: a selection is chosen; 0 gives it up."""

    selection: int


@attrs.frozen
class Drive:
    """4.3.5, host: turn this selection's motor, with (1) or without (0) drop sensor and lift."""

    drop_sensor: int
    lift: int
    selection: int


@attrs.frozen
class LaneInfo:
    """4.2.1, board: what it keeps of a selection; ``state`` 0 normal, 1 paused."""

    selection: int
    price: int
    stock: int
    capacity: int
    product: int
    state: int


@attrs.frozen
class LanePrice:
    """4.2.2, both: this price from now on; selection 0 all, 1000 + t all of tray t."""

    selection: int
    price: int


@attrs.frozen
class LaneStock:
    """4.2.3, both: so many units are in it."""

    selection: int
    stock: int


@attrs.frozen
class LaneCapacity:
    """4.2.4, both: so many units fit."""

    selection: int
    capacity: int


@attrs.frozen
class LaneProduct:
    """4.2.5, both: it sells this product number."""

    selection: int
    product: int


@attrs.frozen
class PollEvery:
    """4.4.3, host: poll every so many tenths of a second, at most 20."""

    tenths: int


@attrs.frozen
class FullLoad:
    """4.2.6, board: somebody pressed the button that says all lanes were filled."""


@attrs.frozen
class MoneyIn:
    """4.1.1, board: money came in (mode: ``BILL``, ``COIN``, ``SWALLOWED``, cards and phones 3-7, 9)."""

    mode: int
    amount: int
    card: bytes = b""


@attrs.frozen
class Credit:
    """4.1.2, board: what the customer has in the board now."""

    amount: int


@attrs.frozen
class ShowText:
    """4.1.3, board: 16 characters for a display, a zero and the row."""

    text: bytes
    zero: int
    row: int


@attrs.frozen
class GiveChange:
    """4.1.4, host: pay the whole credit out; answered by ``ChangeGiven``."""


@attrs.frozen
class ChangeGiven:
    """4.1.4, board: what it paid in bills and in coins."""

    bills: int
    coins: int


@attrs.frozen
class HostMoney:
    """4.1.5, host: the host took this money (mode as ``MoneyIn``); ``SWALLOWED`` takes it off the credit."""

    mode: int
    amount: int
    card: bytes = b""


@attrs.frozen
class Accept:
    """4.1.6, host: which channels to take, a bit each; ``coins`` 0 for bills, 1 for coins."""

    coins: int
    channels: int


@attrs.frozen
class Sync:
    """4.4.4, both: tell me all you keep."""


@attrs.frozen
class AskStatus:
    """4.4.5, host: answered by ``Status``."""


@attrs.frozen
class Status:
    """4.4.5, board: states of its parts, change it could give, its id and sensors.

    Attributes:
        temperature: whole degrees as a signed byte; this byte is missing in the document.
        sensors: eight bytes of temperature, ``NO_SENSOR`` each where there is none.
        extra: humidity, which the document has and the real frame has not.
    """

    bills: int
    coins: int
    card: int
    cooling: int
    temperature: int
    door: int
    bill_change: int
    coin_change: int
    machine: bytes
    sensors: bytes
    extra: bytes = b""


@attrs.frozen
class AskLift:
    """4.3.6, host: answered by ``LiftState``."""


@attrs.frozen
class LiftState:
    """4.3.6, board: 0 normal, 1 product in the lift, 2 door open, 3 lift error, 4 self-check failed."""

    state: int
    extra: bytes = b""


@attrs.frozen
class AskCard:
    """4.4.1, host: ``what`` 1 ask for the card's balance, 2 no more."""

    what: int


@attrs.frozen
class CardBalance:
    """4.4.1, board: ``state`` 1 fine, 2 card error."""

    state: int
    balance: int


@attrs.frozen
class OpenMenu:
    """4.4.2, board: somebody wants the host's service menu."""


@attrs.frozen
class TakeFromCard:
    """4.4.6, host: take this from the card; 0 gives up."""

    amount: int


@attrs.frozen
class Ovens:
    """4.4.7, board: how many ovens, and a state each (0 free)."""

    count: int
    states: bytes = b""


@attrs.frozen
class Menu:
    """4.5, host: a setting ``item``; ``act`` 0 reads it, 1 writes it."""

    item: int
    act: int
    values: bytes = b""


@attrs.frozen
class MenuAnswer:
    """4.5, board: what the setting is, or that it was taken."""

    item: int
    act: int
    values: bytes = b""


@attrs.frozen
class Other:
    """A command the document does not have; kept as it came."""

    command: int
    text: bytes


Message = (
    Poll | Ack | CheckLane | LaneState | Buy | Dispensing | Choose | Drive | LaneInfo | LanePrice | LaneStock
    | LaneCapacity | LaneProduct | PollEvery | FullLoad | MoneyIn | Credit | ShowText | GiveChange
    | ChangeGiven | HostMoney | Accept | Sync | AskStatus | Status | AskLift | LiftState | AskCard
    | CardBalance | OpenMenu | TakeFromCard | Ovens | Menu | MenuAnswer | Other
)  # fmt: skip

BILL, COIN, SWALLOWED = 1, 2, 8
"""Modes of money (4.1.1)."""

DISPENSE_STEPS = frozenset({0x01, 0x10, 0x11, 0x14, 0x16, 0x18, 0x19, 0x22, 0x23, 0x26})
"""States of ``Dispensing`` after which more will come (4.3.3)."""

VENDED = frozenset({0x02, 0x24})
"""States of ``Dispensing`` that hand the product over (4.3.3)."""

JAMMED = 0x03
"""The motor ran its turn and nothing fell ("drop failed" in a real log)."""

COOLING_TARGET = 0x28
"""Item of ``Menu``: machine, mode (2 cools), whole degrees (as an independent host writes it)."""

LANE_SETTINGS = 0x42
"""Item of ``Menu``: all the board keeps of a selection (4.5.11)."""

LAYOUTS: dict[type[Message], tuple[int, struct.Struct]] = {
    CheckLane: (0x01, struct.Struct(">H")),
    LaneState: (0x02, struct.Struct(">BH")),
    Buy: (0x03, struct.Struct(">H")),
    Dispensing: (0x04, struct.Struct(">BH")),
    Choose: (0x05, struct.Struct(">H")),
    Drive: (0x06, struct.Struct(">BBH")),
    LaneInfo: (0x11, struct.Struct(">HIBBHB")),
    LanePrice: (0x12, struct.Struct(">HI")),
    LaneStock: (0x13, struct.Struct(">HB")),
    LaneCapacity: (0x14, struct.Struct(">HB")),
    LaneProduct: (0x15, struct.Struct(">HH")),
    PollEvery: (0x16, struct.Struct(">B")),
    FullLoad: (0x17, struct.Struct(">")),
    MoneyIn: (0x21, struct.Struct(">BI")),
    Credit: (0x23, struct.Struct(">I")),
    ShowText: (0x24, struct.Struct(">16sBB")),
    GiveChange: (0x25, struct.Struct(">")),
    ChangeGiven: (0x26, struct.Struct(">II")),
    HostMoney: (0x27, struct.Struct(">BI")),
    Accept: (0x28, struct.Struct(">BH")),
    Sync: (0x31, struct.Struct(">")),
    AskStatus: (0x51, struct.Struct(">")),
    Status: (0x52, struct.Struct(">BBBBbBII10s8s")),
    AskLift: (0x53, struct.Struct(">")),
    LiftState: (0x54, struct.Struct(">B")),
    AskCard: (0x61, struct.Struct(">B")),
    CardBalance: (0x62, struct.Struct(">BI")),
    OpenMenu: (0x63, struct.Struct(">")),
    TakeFromCard: (0x64, struct.Struct(">I")),
    Ovens: (0x66, struct.Struct(">B")),
    Menu: (0x70, struct.Struct(">BB")),
    MenuAnswer: (0x71, struct.Struct(">BB")),
}
"""Command byte and text of each message; those with a last field of bytes may be longer."""

OPEN_ENDED = frozenset({Dispensing, MoneyIn, HostMoney, Status, LiftState, Ovens, Menu, MenuAnswer})
PLAIN: dict[int, type[Poll] | type[Ack]] = {0x41: Poll, 0x42: Ack}
PLAIN_COMMANDS: dict[type, int] = {kind: command for command, kind in PLAIN.items()}
BY_COMMAND: dict[int, type[Message]] = {command: kind for kind, (command, _) in LAYOUTS.items()}
