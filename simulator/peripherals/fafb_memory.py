"""What a fafb board keeps and does: selections, the customer's credit, change, cooling. No wire."""

from __future__ import annotations

import struct

import attrs

from hardware.fafb.codec.messages import (
    BILL,
    COIN,
    COOLING_TARGET,
    LANE_SETTINGS,
    NO_SENSOR,
    SWALLOWED,
    Accept,
    AskCard,
    AskLift,
    AskStatus,
    Buy,
    CardBalance,
    ChangeGiven,
    CheckLane,
    Credit,
    Drive,
    GiveChange,
    HostMoney,
    LaneCapacity,
    LaneInfo,
    LanePrice,
    LaneProduct,
    LaneState,
    LaneStock,
    LiftState,
    Menu,
    MenuAnswer,
    Message,
    MoneyIn,
    Status,
    Sync,
)

TRAY_BASE, TRAY_LANES = 1000, 10
ALL_CHANNELS = 0xFFFF
MACHINE = b"0000000000"


@attrs.define
class Selection:
    """What the board keeps of one selection; amounts in its own unit."""

    price: int = 100
    stock: int = 10
    capacity: int = 10
    product: int = 0


@attrs.define
class FafbMemory:
    """The board's memory, its coin and bill entries and its change.

    Attributes:
        selections: by number.
        coins, bills: values by channel, in the board's unit.
        change: what is in the hopper and can be paid, in the board's unit.
        credit: the customer's.
        inserted, paid: true counters, in the board's unit.
        celsius: of the cabinet; None without a sensor.
        target: of the cooling; none at first.
    """

    selections: dict[int, Selection]
    coins: tuple[int, ...] = ()
    bills: tuple[int, ...] = ()
    change: int = 0
    credit: int = 0
    inserted: int = 0
    paid: int = 0
    celsius: int | None = 5
    target: int | None = None
    accepts: dict[int, int] = attrs.Factory(lambda: {0: ALL_CHANNELS, 1: ALL_CHANNELS})

    def insert(self, value: int, *, coin: bool) -> list[Message]:
        """A coin or bill goes in; nothing where its channel is shut or nobody knows it."""
        if not self.takes_piece(value, coin=coin):
            return []
        self.inserted += value
        self.credit += value
        self.change += value if coin else 0
        return [MoneyIn(mode=COIN if coin else BILL, amount=value), Credit(amount=self.credit)]

    def open_entries(self) -> None:
        """All channels, as after every start: nobody knows whether a real board keeps them."""
        self.accepts = {0: ALL_CHANNELS, 1: ALL_CHANNELS}

    def takes_piece(self, value: int, *, coin: bool) -> bool:
        """Whether it is known, and its channel open."""
        values = self.coins if coin else self.bills
        return value in values and bool(self.accepts[int(coin)] >> values.index(value) & 1)

    def give_change(self) -> list[Message]:
        """Pay the credit out in coins, as far as they go."""
        paid = min(self.credit, self.change)
        self.credit -= paid
        self.change -= paid
        self.paid += paid
        return [ChangeGiven(bills=0, coins=paid)]

    def state_of(self, selection: int) -> int:
        """1 fine, 2 empty, 3 none."""
        kept = self.selections.get(selection)
        if kept is None:
            return 3
        return 1 if kept.stock else 2

    def takes(self, order: Buy | Drive) -> bool:
        """Whether the board drives it; a purchase is taken from the credit."""
        kept = self.selections.get(order.selection)
        if isinstance(order, Drive):
            return True
        if kept is None or not kept.stock or self.credit < kept.price:
            return False
        self.credit -= kept.price
        return True

    def answer(self, order: Message) -> list[Message]:
        """What it says to a command that moves no motor; [] where it only does it."""
        match order:
            case CheckLane(selection=number):
                return [LaneState(state=self.state_of(number), selection=number)]
            case LanePrice() | LaneStock() | LaneCapacity() | LaneProduct():
                self._set(order)
                return []
            case GiveChange():
                return self.give_change()
            case HostMoney(mode=mode, amount=amount):
                return self._host_money(mode, amount)
            case Accept(coins=coins, channels=channels) if coins in self.accepts:
                self.accepts[coins] = channels
                return []
            case Sync():
                return [self.info(number) for number in sorted(self.selections)]
            case AskStatus():
                return [self._status()]
            case AskLift():
                return [LiftState(state=0)]
            case AskCard():
                return [CardBalance(state=2, balance=0)]
            case Menu():
                return [MenuAnswer(item=order.item, act=order.act, values=self._menu(order))]
            case _:
                return []

    def info(self, number: int) -> LaneInfo:
        """One selection as the board tells it."""
        kept = self.selections[number]
        return LaneInfo(number, kept.price, kept.stock, kept.capacity, kept.product, 0)

    def _set(self, order: LanePrice | LaneStock | LaneCapacity | LaneProduct) -> None:
        for number in self._meant(order.selection):
            kept = self.selections[number]
            match order:
                case LanePrice(price=price):
                    kept.price = price
                case LaneStock(stock=stock):
                    kept.stock = stock
                case LaneCapacity(capacity=capacity):
                    kept.capacity = capacity
                case LaneProduct(product=product):
                    kept.product = product

    def _meant(self, selection: int) -> list[int]:
        """0 means all, 1000 + t all of tray t (4.2.2)."""
        tray = selection - TRAY_BASE
        return [
            number
            for number in sorted(self.selections)
            if selection in (0, number) or (tray >= 0 and (number - 1) // TRAY_LANES == tray)
        ]

    def _host_money(self, mode: int, amount: int) -> list[Message]:
        if mode != SWALLOWED:
            self.credit += amount
            return [Credit(amount=self.credit)]
        taken = min(amount, self.credit)
        self.credit -= taken
        return [MoneyIn(mode=SWALLOWED, amount=taken), Credit(amount=self.credit)]

    def _status(self) -> Status:
        known = self.celsius is not None
        sensors = bytes([NO_SENSOR] * 8)
        if self.celsius is not None:
            sensors = struct.pack(">b", self.celsius) + sensors[1:]
        return Status(
            bills=0,
            coins=0,
            card=0,
            cooling=int(known),
            temperature=self.celsius or 0,
            door=0,
            bill_change=0,
            coin_change=self.change,
            machine=MACHINE,
            sensors=sensors,
        )

    def _menu(self, order: Menu) -> bytes:
        if order.item == LANE_SETTINGS and order.act == 0 and len(order.values) == 2:
            kept = self.selections.get(int.from_bytes(order.values, "big"))
            if kept is None:
                return b""
            return struct.pack(">IHBHBBBB", kept.price, kept.stock, kept.capacity, kept.product, 1, 0, 0, 0)
        if order.item == COOLING_TARGET and order.act == 1 and len(order.values) == 3:
            self.target = struct.unpack(">BBb", order.values)[2]
        return b""
