"""Driver of an MDB bus: changer and validator as ``cash``, the reader as ``cashless``."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import trio

from hardware.contract.cash import (
    AcceptCash,
    CashCounted,
    CashUsed,
    CountCash,
    KeepBill,
    PaidOut,
    PayOut,
    ReturnAsked,
    ReturnBill,
)
from hardware.contract.payment import Authorise, Declined, ReportCashSale, Settle
from hardware.contract.presence import DeviceFound, DeviceLost
from hardware.driver import Frame, Tell, Watch
from hardware.mdb import timing
from hardware.mdb.adapters import AsciiBus, HexBus
from hardware.mdb.bus import Bus
from hardware.mdb.change import Change, merged
from hardware.mdb.changer_unit import ChangerUnit
from hardware.mdb.codec.block import ACK, seal
from hardware.mdb.life import Unit
from hardware.mdb.parity_bus import ParityBus
from hardware.mdb.reader_unit import ReaderUnit
from hardware.mdb.validator_unit import ValidatorUnit
from hardware.unserved import Unserved
from runtime.errors import ConfigError

WAYS: dict[str, Callable[[trio.abc.Stream], Bus]] = {"parity": ParityBus, "ascii": AsciiBus, "hex": HexBus}

EARLY_MAX = 32
"""Orders kept until ``run`` begins; of more the oldest are forgotten, as nobody is there to be answered."""


class MdbDriver:
    """See ``hardware.driver.Driver``. One run serves one stream; what was asked of an earlier run is gone.

    Attributes:
        kind: "mdb".
        serves: "cash" and "cashless".
    """

    kind = "mdb"
    serves: tuple[str, ...] = ("cash", "cashless")

    def __init__(self, way: str = "parity", *, minor_digits: int = 2) -> None:
        """Make a driver.

        Args:
            way: "parity" (the bus itself on a serial port), "ascii" or "hex" (adapters).
            minor_digits: decimal places of the currency's minor unit.

        Raises:
            ConfigError: for another way, or digits outside 0..4.
        """
        if way not in WAYS:
            raise ConfigError(f"mdb: way must be one of {', '.join(WAYS)}, not {way!r}")
        if not 0 <= minor_digits <= 4:
            raise ConfigError(f"mdb: minor_digits must be in 0..4, not {minor_digits}")
        self.way = way
        self._minor_digits = minor_digits
        self._early: deque[tuple[str, object]] = deque(maxlen=EARLY_MAX)
        self._unserved = Unserved()
        self._run: _Run | None = None

    def order(self, device: str, order: object) -> None:
        """See ``Driver``."""
        self._unserved.ordered()
        if self._run is None:
            self._early.append((device, order))
        else:
            self._run.order(device, order, trio.current_time())

    async def run(self, stream: trio.abc.Stream, tell: Tell, watch: Watch | None = None) -> None:
        """See ``Driver``. Raises DeviceUnavailable if an adapter does not take up its work."""
        bus = WAYS[self.way](stream)
        self._run = run = _Run(bus, tell, watch, self._minor_digits, trio.current_time())
        try:
            late = self._unserved.begin()
            while self._early:
                device, order = self._early.popleft()
                if not (late and _ended_late(device, order, tell)):
                    run.order(device, order, trio.current_time())
            await bus.reset()
            while True:
                await run.round()
        except trio.ClosedResourceError as error:
            raise trio.BrokenResourceError("MDB bus: the stream was closed") from error
        finally:
            run.end()
            self._unserved.end()
            self._run = None


def _ended_late(device: str, order: object, tell: Tell) -> bool:
    """End an order that would move money too late; say whether it was one."""
    match order:
        case PayOut():
            tell(device, PaidOut(sale=order.sale, amount_minor=0))
        case Authorise():
            tell(device, Declined(sale=order.sale, why="offline", ask=order.ask))
        case _:
            return False
    return True


class _Run:
    """One bus from its reset until its stream is gone."""

    def __init__(self, bus: Bus, tell: Tell, watch: Watch | None, minor_digits: int, now: float) -> None:
        self._bus, self._tell, self._watch = bus, tell, watch
        self._now = now
        self._changer = ChangerUnit(now, self._trouble, self._cash, self._counted, minor_digits)
        count = self._changer.count
        self._validator = ValidatorUnit(now, self._trouble, self._cash, count, minor_digits)
        self._recycler = self._validator.recycler
        self._change = Change(self._changer, self._recycler, self._tell_cash)
        self._reader = ReaderUnit(now, self._trouble, self._cashless, minor_digits)
        self._units: tuple[Unit, ...] = (self._changer, self._validator, self._reader)
        self._present: dict[str, bool | None] = {"cash": None, "cashless": None}
        self._bills_present: bool | None = None
        self._count_wanted = False
        for unit in self._units:
            unit.blind = bus.blind

    async def round(self) -> None:
        """Each peripheral is spoken to once; then a pause."""
        began = self._now = trio.current_time()
        for unit in self._units:
            block = unit.next(trio.current_time())
            if block is None:
                continue
            self._see(unit, block, sent=True)
            answer = await self._bus.exchange(block)
            if answer is not None:
                self._see(unit, answer, sent=False)
            self._now = trio.current_time()
            unit.heard(answer, self._now)
        for unit in self._units:
            unit.tick(self._now)
        self._tell_presence()
        if self._count_wanted and self._validator.present is not None and self._cash_present is not False:
            self._count_wanted = False
            self._count()
        pause = timing.POLL if all(unit.idle for unit in self._units) else timing.BUSY_POLL
        await trio.sleep_until(max(began + pause, trio.current_time()))

    def end(self) -> None:
        """The stream is gone: coins that no payout was begun for are not paid."""
        self._changer.end_waiting()

    def order(self, device: str, order: object, now: float) -> None:
        """Hand an order to the peripheral it is for."""
        match device, order:
            case "cash", AcceptCash():
                values = frozenset(order.values) or None
                wanted = values if order.on else frozenset[int]()
                self._changer.accept(wanted)
                self._validator.accept(wanted)
            case "cash", KeepBill():
                self._validator.keep(now)
            case "cash", ReturnBill():
                self._validator.give_back(now)
            case "cash", PayOut():
                self._change.pay_out(order, now)
            case "cash", CountCash():
                self._count_wanted = True
            case "cash", CashUsed():
                return  # it has no lever that pays by itself
            case "cashless", Authorise():
                self._reader.authorise(order)
            case "cashless", Settle():
                self._reader.settle(order, now)
            case "cashless", ReportCashSale():
                self._reader.report_cash_sale(order.price_minor, order.lane)
            case _:
                self._trouble(device, f"has no words for {type(order).__name__}")

    def _cash(self, event: Any) -> None:
        if isinstance(event, PaidOut):
            self._change.paid(event, self._now)
            return
        self._tell_cash(event)
        if isinstance(event, ReturnAsked):
            self._reader.lever(self._now)

    def _tell_cash(self, event: object) -> None:
        self._tell("cash", event)

    def _cashless(self, event: object) -> None:
        self._tell("cashless", event)

    def _count(self) -> None:
        """Bills first, if there are any that could be paid out; then the changer counts its tubes."""
        if self._recycler.pieces() and self._validator.present:
            self._recycler.count()
        else:
            self._changer.count()

    @property
    def _cash_present(self) -> bool | None:
        """Whether the cash device is there: the changer, or a validator without one."""
        changer = self._changer
        return self._validator.present if changer.present is False and not changer.values else changer.present

    def _counted(self) -> None:
        if self._cash_present is False:  # nobody can count it: told when it is found
            self._count_wanted = True
            return
        takers = [unit for unit in (self._changer, self._validator) if unit.present is not False]
        values = {value for unit in takers for value in unit.values.values()}
        listed = tuple(sorted(values, reverse=True))
        bills = self._recycler.pieces() if self._validator.present else ()
        self._cash(CashCounted(tubes=merged(self._changer.pieces(), bills), values=listed))

    def _tell_presence(self) -> None:
        cash, bills = self._cash_present, self._validator.present
        self._found("cash", cash)
        self._found("cashless", self._reader.present)
        if bills != self._bills_present and cash and self._bills_present is not None:
            self._counted()
        self._bills_present = bills

    def _found(self, device: str, present: bool | None) -> None:
        if present is not None and present != self._present[device]:
            self._tell(device, DeviceFound(device=device) if present else DeviceLost(device=device))
        self._present[device] = present

    def _trouble(self, name: str, text: str) -> None:
        if self._watch is not None:
            self._watch(Frame(sent=False, raw=b"", text=f"? {name}: {text}"))

    def _see(self, unit: Unit, block: bytes, *, sent: bool) -> None:
        if self._watch is None:
            return
        raw = seal(block) if block else bytes([ACK])
        self._watch(Frame(sent=sent, raw=raw, text=unit.describe(block, sent=sent)))
