"""One machine, and customers and technicians before it: their hand deeds, on whatever devices it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from actors.cabinet.messages import AuditTaken, CashCollected, RemoteBegun, RemoteEnded
from actors.control.messages import ReadAuditNow, SetPrices
from actors.machine.machine import Machine
from actors.machine.messages import Load, ServiceMachine
from actors.machine.settings import MachineSettings
from actors.payment.messages import CashMetered, CashTaken, PaymentAuthorised
from hardware.dex.codec.audit import read
from scenarios.chain import LanePlan, MachinePlan
from tests.scenarios.small_chain import PLACE

ME = "m-1"
PRICES = {"A1": 800, "A2": 650, "A3": 1500, "A4": 600, "A5": 650}
LEVEL, CAPACITY = 8, 10
COINS, BILLS = (1000, 500, 200, 100, 50), (10_000, 5000, 2000)
TUBES = {500: 20, 200: 20, 100: 20, 50: 20}
"""Coins in the tubes on the first day; 10.00 has no tube and falls into the cash box."""

T = TypeVar("T")


def plan(devices: tuple[tuple[str, str], ...] = ()) -> MachinePlan:
    """The machine: money may go in first, and its own controller keeps the prices."""
    lanes = tuple(
        LanePlan(
            code=code, product=f"p-{code}", price_minor=price, capacity=CAPACITY, par=CAPACITY, level=LEVEL
        )
        for code, price in PRICES.items()
    )
    return MachinePlan(
        id=ME,
        node="gw-1",
        site="s",
        place=PLACE,
        lanes=lanes,
        tenders=("cash", "cashless"),
        devices=devices,
        settings=MachineSettings(prices_at="audit", money_first=True),
    )


class Stage(Protocol):
    """The machine with its devices, and what people can do and see there.

    Attributes:
        approves, loses_refunds: what the provider behind the reader does.
        served: customers that the machine has finished with.
        ended: commands that ended done.
        facts: what the machine and its lanes have recorded, with their addresses.
        machine: the actor.
    """

    approves: bool
    loses_refunds: bool

    @property
    def served(self) -> int: ...
    @property
    def ended(self) -> int: ...
    @property
    def facts(self) -> list[tuple[str, Any]]: ...
    @property
    def machine(self) -> Machine: ...

    def press(self, *lanes: str) -> None: ...
    def takes(self, value_minor: int) -> bool: ...
    def put_in(self, value_minor: int) -> None: ...
    def lever(self) -> None: ...
    def wants_card(self) -> bool: ...
    def card(self) -> None: ...
    def take_card(self) -> None: ...
    def no_card(self) -> bool: ...
    def jam_next(self, lane: str) -> None: ...
    def empty_tubes(self) -> None: ...
    def command(self, command: object) -> None: ...
    async def until(self, true: Callable[[], bool]) -> None: ...


class Deeds:
    """What people do, each deed to its end."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._served = self._ended = 0

    def count(self, kind: type) -> int:
        """How many facts of a class there are."""
        return sum(type(fact) is kind for _, fact in self._stage.facts)

    async def choose(self, *lanes: str) -> None:
        """Press the keys, and see the machine take the choice."""
        stage, before = self._stage, self._stage.machine.sale
        stage.press(*lanes)
        chosen = list(lanes)
        await stage.until(
            lambda: (
                [lane for lane, _ in stage.machine.sale.units] == chosen
                and (stage.machine.sale is not before or stage.machine.sale.customer is not None)
            )
        )

    async def pay(self, *pieces: int) -> None:
        """Put in one piece after the other, each when the entries take it."""
        stage = self._stage
        for piece in pieces:
            await stage.until(lambda piece=piece: stage.takes(piece))  # type: ignore[misc]
            before = self.count(CashTaken)
            stage.put_in(piece)
            await stage.until(lambda before=before: self.count(CashTaken) > before)  # type: ignore[misc]

    async def hold_card(self) -> None:
        """Hold a card to the reader when it asks for one."""
        await self._stage.until(self._stage.wants_card)
        self._stage.card()

    async def take_card(self) -> None:
        """Take it away, and see the reader be ready for the next."""
        self._stage.take_card()
        await self._stage.until(self._stage.no_card)

    async def be_served(self) -> None:
        """Wait until the machine has finished with the customer."""
        self._served += 1
        await self._stage.until(lambda: self._stage.served == self._served)

    async def order(self, command: object) -> None:
        """Give a command from afar, and wait until it is done."""
        self._stage.command(command)
        self._ended += 1
        await self._stage.until(lambda: self._stage.ended == self._ended)


async def script(stage: Stage) -> Deeds:
    """Everything that the issue names, once."""
    do = Deeds(stage)
    await stage.until(lambda: bool(do.count(CashMetered)) and stage.machine.state == "idle")
    await _customers_with_coins_and_bills(stage, do)
    await _customers_with_cards(stage, do)
    await _technician(stage, do)
    await _customers_without_change(stage, do)
    taken = do.count(AuditTaken)
    await do.order(ReadAuditNow())
    await stage.until(lambda: do.count(AuditTaken) > taken)  # a live office may hear the outcome before it
    return do


async def _customers_with_coins_and_bills(stage: Stage, do: Deeds) -> None:
    await do.choose("A1")  # the exact money
    await do.pay(500, 200, 100)
    await do.be_served()
    await do.choose("A2")  # too much: change comes back
    await do.pay(1000)
    await do.be_served()
    await do.choose("A3")  # a bill, kept out of escrow, and change
    await do.pay(2000)
    await do.be_served()
    await do.pay(500, 200)  # the money first
    await do.choose("A5")
    await do.be_served()
    await do.pay(200)  # the money first, and then the lever
    stage.lever()
    await stage.until(lambda: stage.machine.state == "idle")
    await do.choose("A4")  # the choice, a coin, and then the lever
    await do.pay(200)
    stage.lever()
    await do.be_served()
    stage.jam_next("A1")  # nothing falls: all money back, and the lane is closed
    await do.choose("A1")
    await do.pay(500, 500)
    await do.be_served()
    await do.choose("A4", "A2")  # two units, paid for and vended one after the other
    await do.pay(500, 100)
    await do.pay(500, 200)
    await do.be_served()


async def _customers_with_cards(stage: Stage, do: Deeds) -> None:
    await do.choose("A3")
    await do.hold_card()
    await do.be_served()
    await do.take_card()
    stage.approves = False  # declined; the customer leaves
    await do.choose("A3")
    await do.hold_card()
    await stage.until(lambda: not stage.machine.sale.asks)
    stage.lever()
    await do.be_served()
    await do.take_card()
    stage.approves = True
    stage.jam_next("A4")  # three units, of which one does not fall and is not charged
    await do.choose("A3", "A4", "A5")
    await do.hold_card()
    await do.be_served()
    await do.take_card()
    stage.loses_refunds = True  # nothing falls, and the reader says that the money is gone
    stage.jam_next("A2")
    await do.choose("A2")
    await do.hold_card()
    await do.be_served()
    await do.take_card()
    stage.loses_refunds = False
    await do.choose("A5")  # part in coins, the rest by card
    await do.pay(200, 50)
    await do.hold_card()
    await do.be_served()
    await do.take_card()


async def _technician(stage: Stage, do: Deeds) -> None:
    loads = tuple(Load(lane=code, product=f"p-{code}", units=CAPACITY) for code in PRICES)
    await do.order(ServiceMachine(visit=1001, loads=loads, collect_cash=True))
    await stage.until(lambda: bool(do.count(CashCollected)))
    await do.order(SetPrices(prices=(("A1", 900), ("A4", 550))))
    await do.choose("A1")  # open again, at the new price
    await do.pay(1000)
    await do.be_served()


async def _customers_without_change(stage: Stage, do: Deeds) -> None:
    metered = do.count(CashMetered)
    stage.empty_tubes()
    await stage.until(lambda: do.count(CashMetered) > metered)
    await do.choose("A4")  # a bill that could not be changed comes back
    await stage.until(lambda: stage.takes(500) and not stage.takes(2000))
    stage.put_in(2000)
    stage.lever()
    await do.be_served()
    await do.choose("A4")  # the exact money is always welcome
    await do.pay(500, 50)
    await do.be_served()


def told(facts: list[tuple[str, Any]]) -> dict[str, list[Any]]:
    """The facts by actor, in order, without what cannot be the same on two sets of devices.

    - ``PaymentAuthorised.reference``: the provider's own words.
    - ``RemoteBegun.id``, ``RemoteEnded.id``: the sender numbers its commands.
    - ``AuditTaken``: its moment goes, and its text is reduced to what a simulated port counts as well: the
      street's devices do not tell lanes, tenders and bills apart (``StreetCounts``).
    """
    by_actor: dict[str, list[Any]] = {}
    for source, fact in facts:
        match fact:
            case PaymentAuthorised():
                fact = (type(fact), fact.sale, fact.ask, fact.tender, fact.amount_minor)
            case RemoteBegun():
                fact = RemoteBegun(id="", kind=fact.kind)
            case RemoteEnded():
                fact = RemoteEnded(id="", why=fact.why)
            case AuditTaken():
                (audit,) = read(fact.text.encode("latin-1"))
                prices = [(lane.lane, lane.price_minor) for lane in audit.lanes]
                fact = (audit.paid.units, audit.flow.in_minor, audit.flow.dispensed_minor, prices)
        by_actor.setdefault(source, []).append(fact)
    return by_actor
