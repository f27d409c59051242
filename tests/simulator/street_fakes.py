"""A machine and a till of the simplest kind, on the street itself, that write down what they are told."""

from __future__ import annotations

from typing import Any

from actors.machine.messages import AssignLane
from hardware.contract.cash import (
    AcceptCash,
    BillHeld,
    BillReturned,
    CashCounted,
    CashInserted,
    PaidOut,
    PayOut,
    ReturnAsked,
)
from hardware.contract.cooling import CabinetTemperature, DefrostEnded, DefrostStarted, TargetSet
from hardware.contract.keypad import LanesChosen, Served
from hardware.contract.motor_board import MotorTurned, TurnMotor
from hardware.contract.payment import (
    Authorise,
    Authorised,
    CodeScanned,
    Declined,
    SessionBegun,
    SessionEnded,
    Settle,
    Settled,
)
from hardware.contract.power import PowerLost, PowerRestored, Rebooted
from hardware.contract.presence import DeviceFound, DeviceLost, DoorClosed, DoorOpened
from hardware.contract.pricing import PriceRead
from hardware.contract.till import DrawerOpened, OpenDrawer, Printed, PrintReceipt, Scanned, TenderChosen
from runtime.actor import Actor, handles


class Listener(Actor):
    """Keeps (at_us, message) of everything it is told and does nothing else."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        self.heard: list[tuple[int, Any]] = []

    @handles(
        AssignLane,
        LanesChosen,
        CashInserted,
        PaidOut,
        BillHeld,
        BillReturned,
        CashCounted,
        ReturnAsked,
        CabinetTemperature,
        DefrostEnded,
        DefrostStarted,
        TargetSet,
        DoorClosed,
        DoorOpened,
        PowerLost,
        PowerRestored,
        Rebooted,
        PriceRead,
        CodeScanned,
        SessionBegun,
        SessionEnded,
        MotorTurned,
        Authorised,
        Declined,
        Settled,
        DeviceFound,
        DeviceLost,
        DrawerOpened,
        Printed,
        Scanned,
        TenderChosen,
    )
    def hear(self, message: object) -> None:
        self.heard.append((self.now, message))

    def of(self, kind: type) -> list[Any]:
        """The messages of one class."""
        return [message for _, message in self.heard if type(message) is kind]


class SimpleMachine(Listener):
    """Sells every unit at one price, authorised or in cash, one customer at a time."""

    __slots__ = ("customer", "inserted", "left", "price_minor", "sale", "turn")

    def __init__(self, price_minor: int = 800) -> None:
        super().__init__()
        self.price_minor = price_minor
        self.sale = 0
        self.turn = 0
        self.inserted = 0
        self.customer: LanesChosen | None = None
        self.left: list[str] = []

    def _due(self) -> int:
        assert self.customer is not None
        return self.price_minor * len(self.customer.lanes)

    @handles(LanesChosen)
    def chosen(self, event: LanesChosen) -> None:
        assert self.customer is None, "a customer chose while another was being served"
        self.heard.append((self.now, event))
        self.customer, self.left, self.inserted = event, list(event.lanes), 0
        self.sale += 1
        if event.tender == "cash":
            self.tell(self.reach(f"{self.address}/cash"), AcceptCash(on=True))
        else:
            asked = Authorise(sale=self.sale, amount_minor=self._due())
            self.tell(self.reach(f"{self.address}/{event.tender}"), asked)

    @handles(CashInserted)
    def cash(self, event: CashInserted) -> None:
        self.heard.append((self.now, event))
        self.inserted += event.value_minor
        if self.customer is not None and self.inserted >= self._due():
            self.tell(self.reach(f"{self.address}/cash"), AcceptCash(on=False))
            self._turn()

    @handles(Authorised)
    def authorised(self, event: Authorised) -> None:
        self.heard.append((self.now, event))
        self._turn()

    @handles(Declined)
    def declined(self, event: Declined) -> None:
        self.heard.append((self.now, event))
        self._finish(0)

    def _turn(self) -> None:
        self.turn += 1
        self.tell(self.reach(f"{self.address}/board"), TurnMotor(lane=self.left[0], turn=self.turn))

    @handles(MotorTurned)
    def turned(self, event: MotorTurned) -> None:
        self.heard.append((self.now, event))
        del self.left[0]
        if self.left:
            self._turn()
            return
        assert self.customer is not None
        if self.customer.tender == "cash":
            change = self.inserted - self._due()
            if change:
                self.tell(self.reach(f"{self.address}/cash"), PayOut(sale=self.sale, amount_minor=change))
        else:
            settle = Settle(sale=self.sale, amount_minor=self._due(), reference="")
            self.tell(self.reach(f"{self.address}/{self.customer.tender}"), settle)
        self._finish(len(self.customer.lanes))

    def _finish(self, vended: int) -> None:
        assert self.customer is not None
        refused = len(self.customer.lanes) - vended
        served = Served(customer=self.customer.customer, vended=vended, refused=refused)
        self.customer = None
        self.tell(self.reach(f"{self.address}/keypad"), served)


class SimpleTill(Listener):
    """Takes a basket, opens the drawer for cash or asks the terminal, prints, and lets the shopper go."""

    __slots__ = ("chosen", "sale")

    def __init__(self) -> None:
        super().__init__()
        self.sale = 0
        self.chosen: TenderChosen | None = None

    @handles(TenderChosen)
    def tender(self, event: TenderChosen) -> None:
        self.heard.append((self.now, event))
        self.chosen = event
        self.sale += 1
        if event.tender == "cash":
            self.tell(self.reach(f"{self.address}/drawer"), OpenDrawer(sale=self.sale))
        else:
            name = {"cashless": "terminal", "code": "code"}[event.tender]
            self.tell(self.reach(f"{self.address}/{name}"), Authorise(sale=self.sale, amount_minor=1000))

    @handles(DrawerOpened, Authorised)
    def paid(self, event: DrawerOpened | Authorised) -> None:
        self.heard.append((self.now, event))
        self.tell(self.reach(f"{self.address}/printer"), PrintReceipt(job=self.sale, text="thank you"))

    @handles(Printed)
    def printed(self, event: Printed) -> None:
        self.heard.append((self.now, event))
        assert self.chosen is not None
        self.tell(
            self.reach(f"{self.address}/keys"), Served(customer=self.chosen.customer, vended=1, refused=0)
        )
