"""The machine on ptys: a live node with journal and ledger, real drivers, peripherals at byte level."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import trio

from actors.machine.machine import Machine
from hardware.ptys import open_pty
from runtime import wire
from runtime.actor import handles
from runtime.command import Issue, Outcome
from scenarios.chain import Chain
from scenarios.live.chain import LiveChain, open_live
from scenarios.scenario import Prepared
from simulator.audit_book import AuditBook
from simulator.peripherals.dex_port import DexPort
from simulator.peripherals.fafb_board import FafbBoard
from simulator.peripherals.fafb_memory import FafbMemory, Selection
from simulator.peripherals.keypad import KeypadPeripheral
from simulator.peripherals.mdb_bus import MdbBus
from simulator.peripherals.mdb_changer import MdbChanger
from simulator.peripherals.mdb_reader import ENABLED, VEND, MdbReader
from simulator.peripherals.mdb_validator import MdbValidator
from simulator.peripherals.peripheral import Clock, Peripheral
from simulator.peripherals.spirals import Spirals
from simulator.peripherals.true_counts import PeripheralCounts
from tests.scenarios.one_machine import BILLS, COINS, ME, PRICES, TUBES, plan
from tests.scenarios.small_chain import Ears, prepared

NUMBERS = {lane: number for number, lane in enumerate(PRICES, start=1)}
"""The board's numbers of the lanes, as its driver has them by default (A1 is 1)."""

TURN_SECONDS = PROVIDER_SECONDS = 0.1
"""What is no wire's time is made short."""

LOOK_SECONDS = 0.02
COMMAND_US = 600_000_000


class Peripherals:
    """Everything at the far ends of the machine's wires. The audit port counts what the others really did.

    Attributes:
        ways: of the machine's devices, once served.
    """

    def __init__(
        self,
        prices: Mapping[str, int] = PRICES,
        *,
        turn_seconds: float = TURN_SECONDS,
        clock: Clock | None = None,
    ) -> None:
        numbers = {lane: number for number, lane in enumerate(prices, start=1)}  # as drivers have them
        self.spirals = Spirals(numbers.values(), turn_seconds=turn_seconds, clock=clock or trio.current_time)
        # At a start a board tells every selection it has, one a poll: it has no more than the machine.
        memory = FafbMemory({number: Selection() for number in numbers.values()})
        self.board = FafbBoard(self.spirals, memory)
        self.changer = MdbChanger(sorted(COINS), TUBES)
        self.validator, self.reader = MdbValidator(sorted(BILLS)), MdbReader()
        self.reader.answer_seconds = PROVIDER_SECONDS
        self.bus = MdbBus(self.changer, self.validator, self.reader, wire="ascii")
        counts = PeripheralCounts(self.spirals, numbers, prices, self.bus)
        self.book = AuditBook(counts=counts, currency="HKD", serial="M1")
        self.port = DexPort(self.book)
        self.keypad = KeypadPeripheral()
        self.ways: tuple[tuple[str, str], ...] = ()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Peripherals]:
        """Serve each on a pty for the length of a block."""
        ends: dict[str, Peripheral] = {
            "fafb": self.board,
            "mdb&way=ascii": self.bus,
            "dex": self.port,
            "keys": self.keypad,
        }
        ptys = {driver: open_pty() for driver in ends}
        way = {driver: f"serial:{path}?driver={driver}" for driver, (_, path) in ptys.items()}
        bus = way["mdb&way=ascii"]
        self.ways = (
            ("board", way["fafb"]),
            ("cash", bus),
            ("cashless", bus),
            ("audit", way["dex"]),
            ("keypad", way["keys"]),
        )
        async with trio.open_nursery() as nursery:
            for driver, (stream, _) in ptys.items():
                nursery.start_soon(ends[driver].serve, stream)
            yield self
            nursery.cancel_scope.cancel()
        for stream, _ in ptys.values():
            await stream.aclose()


class Console(Ears):
    """Hears facts, and how commands ended."""

    __slots__ = ("ended",)

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        self.ended: list[Outcome] = []

    @handles(Outcome)
    def outcome(self, outcome: Outcome) -> None:
        """A command has ended."""
        self.ended.append(outcome)


class WiresStage:
    """See ``one_machine.Stage``."""

    def __init__(self, live: LiveChain[Console], far: Peripherals) -> None:
        self.live, self.far = live, far
        self.press = lambda *lanes: far.keypad.press(" ".join(lanes))
        self.lever = far.changer.pull_lever
        self.take_card = far.reader.remove_card

    @property
    def approves(self) -> bool:
        return self.far.reader.approves

    @approves.setter
    def approves(self, yes: bool) -> None:
        self.far.reader.approves = yes

    @property
    def loses_refunds(self) -> bool:
        return self.far.reader.loses_refunds

    @loses_refunds.setter
    def loses_refunds(self, yes: bool) -> None:
        self.far.reader.loses_refunds = yes

    @property
    def served(self) -> int:
        return len(self.far.keypad.shown)

    @property
    def ended(self) -> int:
        outcomes = self.live.console.ended
        assert all(each.outcome == "done" for each in outcomes), outcomes
        return len(outcomes)

    @property
    def facts(self) -> list[tuple[str, Any]]:
        heard = self.live.console.heard
        mine = (ME, f"{ME}/")
        return [(each.source, each.content) for each in heard if each.seq and each.source.startswith(mine)]

    @property
    def machine(self) -> Machine:
        node = self.live.sites["gw-1"].live.kernel
        found = node.actors[node.refs[ME]]
        assert isinstance(found, Machine)
        return found

    def takes(self, value_minor: int) -> bool:
        return self.far.changer.takes(value_minor) or self.far.validator.takes(value_minor)

    def put_in(self, value_minor: int) -> None:
        if value_minor in COINS:
            self.far.changer.drop_coin(value_minor)
        else:
            self.far.validator.feed_bill(value_minor)

    def wants_card(self) -> bool:
        return self.far.reader.state == VEND and self.far.reader.looks_for_card

    def card(self) -> None:
        self.far.reader.present_card()

    def no_card(self) -> bool:
        return self.far.reader.state == ENABLED

    def jam_next(self, lane: str) -> None:
        self.far.spirals.jam_next(NUMBERS[lane])

    def empty_tubes(self) -> None:
        for value in TUBES:
            self.far.changer.empty_tube(value)

    def command(self, command: object) -> None:
        expires_at_us = self.live.now_us() + COMMAND_US
        issue = Issue(
            to=ME, body=wire.encode(command), expires_at_us=expires_at_us, asked_by="office/console"
        )
        self.live.tell("commands", issue)

    async def until(self, true: Callable[[], bool]) -> None:
        """Look again and again until it is true; who calls bounds the whole."""
        while not true():  # noqa: ASYNC110 - peripherals tell nobody
            await trio.sleep(LOOK_SECONDS)


def chain_on(ways: tuple[tuple[str, str], ...]) -> Prepared:
    """A chain of this machine alone."""
    whole = prepared()
    chain = attrs.evolve(whole.chain, machines=(plan(ways),))
    return attrs.evolve(whole, chain=chain, machine_rates=(), store_rates=())


@asynccontextmanager
async def on_wires(far: Peripherals, data: Path) -> AsyncIterator[WiresStage]:
    """The machine live, its data in this folder, with everything of it answering."""
    async with open_live(chain_on(far.ways), data=data, speed=1, console=Console) as live:
        stage = WiresStage(live, far)
        await stage.until(lambda: sum(len(each.answering) for each in live.wires.all) == len(far.ways))
        yield stage
