"""Simulated devices of the street, each alone in a bare kernel: the contract at its quickest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from hardware.contract.cash import BillReturned
from runtime.actor import Actor
from simulator.devices.cash import CashDevice, Insert, PullLever
from simulator.devices.motor_board import Board
from simulator.devices.payment_terminal import PaymentTerminal
from simulator.devices.session_reader import PresentCard, SessionReader, TakeCard
from simulator.money import Money
from tests.hardware.contract.hands import BoardHands, CashHands, CashlessHands, PricingHands
from tests.hardware.contract.rig import STREET, H, KernelBench, Rig, Way

D = TypeVar("D", bound=Actor)

PIECES = Money("HKD", coins=(500, 200, 100, 50), bills=(5000, 2000), handy=(500,))


class Still:
    """A device of the street has no wire, and neither falls silent nor loses power by itself."""

    def fall_silent(self) -> None:
        raise AssertionError("a device of the street does not fall silent")

    speak_again = blink = fall_silent

    def spoil_answers(self, count: int) -> None:
        raise AssertionError("the street has no wire")

    lose_answers = lose_validator_answers = lose_acknowledgements = spoil_answers


class StreetCash(Still):
    """Hands on a ``CashDevice``."""

    def __init__(self, device: CashDevice, bench: KernelBench) -> None:
        self._device, self._bench = device, bench
        device.tubes.update(dict.fromkeys(device.money.coins, 20))

    def jam_recycler(self) -> None:
        raise AssertionError("recyclers of the street do not jam")

    misfeed_next = jam_recycler

    def is_open(self, value_minor: int) -> bool:
        device = self._device
        return device.accepting and (not device.taken or value_minor in device.taken)

    def is_shut(self, value_minor: int) -> bool:
        return not self.is_open(value_minor)

    def drop_coin(self, value_minor: int) -> None:
        self._bench.order("cash", Insert(pieces=(value_minor,)))

    feed_bill = drop_coin

    def pull_lever(self) -> None:
        self._bench.order("cash", PullLever())

    def empty_tube(self, value_minor: int) -> None:
        self._device.tubes[value_minor] = 0

    def fill_tube(self, value_minor: int, count: int) -> None:
        self._device.tubes[value_minor] += count

    def jam_tube(self, value_minor: int) -> None:
        raise AssertionError("tubes of the street do not jam")

    def bill_comes_back_next(self) -> None:
        raise AssertionError("bills of the street do not come back")

    @property
    def in_minor(self) -> int:
        return self._device.in_minor

    @property
    def out_minor(self) -> int:
        return self._device.out_minor

    @property
    def bills_returned(self) -> int:
        return sum(type(event) is BillReturned and event.value_minor > 0 for event in self._bench.heard)


class StreetTerminal(Still):
    """Hands on a ``PaymentTerminal``, which asks its provider without a card, or a ``SessionReader``."""

    answers = True
    looks_for_card = True
    cash_sales: list[int] = []  # noqa: RUF012  (never told of any)

    def __init__(self, device: PaymentTerminal, bench: KernelBench) -> None:
        self._device, self._bench = device, bench

    @property
    def approves(self) -> bool:
        return self._device.decline_share == 0.0

    @approves.setter
    def approves(self, yes: bool) -> None:
        self._device.decline_share = 0.0 if yes else 1.0

    @property
    def loses_refunds(self) -> bool:
        return self._device.lost_refund_share == 1.0

    @loses_refunds.setter
    def loses_refunds(self, yes: bool) -> None:
        self._device.lost_refund_share = 1.0 if yes else 0.0

    def present_card(self, funds_minor: int = -1) -> None:
        if isinstance(self._device, SessionReader) and self._device.funds_minor is None:
            self._bench.order("cashless", PresentCard(funds_minor=funds_minor))

    def remove_card(self) -> None:
        if isinstance(self._device, SessionReader):
            self._bench.order("cashless", TakeCard())

    @property
    def taken_minor(self) -> int:
        return self._device.taken_minor


class StreetBoard(Still):
    """Hands on a ``Board``."""

    lanes: tuple[str, ...] = ("A1", "A2", "A3")

    def __init__(self, device: Board, bench: KernelBench) -> None:
        self._device = device
        bench.before_order = self._failing_once
        self._fails = ""

    def _failing_once(self) -> None:
        self._device.jam_per_vend = 1.0 if self._fails == "jam" else 0.0
        self._device.stuck_per_vend = 1.0 if self._fails == "stick" else 0.0
        self._fails = ""

    def jam_next(self, lane: str) -> None:
        self._fails = "jam"

    def sticks_next(self, lane: str) -> None:
        self._fails = "stick"

    def loses_power_next(self) -> None:
        raise AssertionError("a board of the street does not lose power")

    @property
    def turns(self) -> list[str]:
        lanes = [stopped.lane for _, stopped in self._device._turned.values()]
        assert len(lanes) == self._device.turns
        return lanes

    @property
    def drops(self) -> int:
        return self._device.drops

    def price_minor(self, lane: str) -> int:
        return self._device.prices.get(lane, 0)


def alone(
    device: Callable[[], D], name: str, hands: Callable[[D, KernelBench], H]
) -> Callable[[], AbstractAsyncContextManager[Rig[H]]]:
    """A way to a device of the street."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Rig[H]]:
        made = device()
        bench = KernelBench(made, name)
        yield Rig(bench, hands(made, bench))

    return opened


def street(
    device: Callable[[], D],
    address: str,
    hands: Callable[[D, KernelBench], H],
    *,
    name: str = "street",
    lacks: Collection[str] = (),
    beyond: Collection[str] = (),
) -> Way[H]:
    """A device of the street at ``m/address``."""
    return Way(
        name,
        alone(device, address, hands),
        kind=type(device()).__name__,
        form=STREET,
        lacks=frozenset(lacks),
        beyond=frozenset(beyond),
    )


NO_WIRE = ("wire", "presence", "power")
"""There is no wire, and devices of the street neither fall silent nor lose power."""

cash_hands: Callable[[CashDevice, KernelBench], CashHands] = StreetCash
payment_hands: Callable[[PaymentTerminal, KernelBench], CashlessHands] = StreetTerminal
board_hands: Callable[[Board, KernelBench], BoardHands] = StreetBoard
pricing_hands: Callable[[Board, KernelBench], PricingHands] = StreetBoard

CASH: list[Way[CashHands]] = [
    street(
        lambda: CashDevice(PIECES, escrow=True),
        "cash",
        cash_hands,
        lacks=("recycler", "hand counts"),
        beyond=(*NO_WIRE, "jams"),
    ),
    street(
        lambda: CashDevice(PIECES, escrow=True, recycles=(5000,)),
        "cash",
        cash_hands,
        name="street-recycler",
        lacks=("hand counts",),
        beyond=(*NO_WIRE, "jams"),
    ),
    street(
        lambda: CashDevice(PIECES),
        "cash",
        cash_hands,
        name="street-without-escrow",
        lacks=("escrow", "recycler", "hand counts"),
        beyond=(*NO_WIRE, "jams"),
    ),
]
TERMINAL_LACKS = ("cash sales", "waiting for a card", "sessions")
CASHLESS: list[Way[CashlessHands]] = [
    street(
        PaymentTerminal,
        device,
        payment_hands,
        name=name,
        lacks=TERMINAL_LACKS,
        beyond=(*NO_WIRE, "patience"),
    )
    for device, name in (("cashless", "street-terminal"), ("code", "street-code"))
]
CASHLESS += [
    street(
        SessionReader,
        "cashless",
        payment_hands,
        name="street-reader",
        lacks=("cash sales",),
        beyond=(*NO_WIRE, "patience"),
    )
]
BOARD: list[Way[BoardHands]] = [
    street(Board, "board", board_hands, lacks=("known lanes",), beyond=(*NO_WIRE, "motors"))
]
PRICING: list[Way[PricingHands]] = [street(Board, "board", pricing_hands)]
