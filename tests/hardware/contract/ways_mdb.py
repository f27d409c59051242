"""The MDB driver against a simulated bus: nine bits on a fake port, and both adapters, over each wire."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import trio

from hardware.mdb.codec.block import MODE, to_marked
from hardware.mdb.driver import MdbDriver
from hardware.serial_port import SerialStream
from simulator.peripherals.mdb_bus import MdbBus
from simulator.peripherals.mdb_changer import MdbChanger
from simulator.peripherals.mdb_reader import MdbReader
from simulator.peripherals.mdb_validator import MdbValidator
from tests.hardware.contract.hands import CashHands, CashlessHands
from tests.hardware.contract.rig import H, Port, Way, over_wires
from tests.hardware.contract.wires import Counted


class NineBitPort(trio.abc.Stream):
    """A fake serial port with parity as the ninth bit: what is sent with mark parity has the mode bit.

    What arrives has been marked by the other end, as a port does that was told to mark parity errors.
    """

    def __init__(self, wire: trio.abc.Stream) -> None:
        self._wire = wire
        self._parity = "none"
        self._marks = False

    async def set_parity(self, parity: str) -> None:
        self._parity = parity

    async def mark_parity_errors(self) -> None:
        self._marks = True

    async def drain(self) -> None:
        await trio.lowlevel.checkpoint()

    def forget_received(self) -> None:
        """Nothing is buffered here."""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        assert self._parity in ("mark", "space"), "a bus with nine bits needs mark or space parity"
        assert self._marks, "answers cannot be told apart unless the port marks parity errors"
        mode = MODE if self._parity == "mark" else 0
        await self._wire.send_all(to_marked([byte | mode for byte in bytes(data)]))

    async def wait_send_all_might_not_block(self) -> None:
        await self._wire.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self._wire.receive_some(max_bytes)

    async def aclose(self) -> None:
        await self._wire.aclose()


class Changing:
    """Hands at changer and validator."""

    def __init__(self, bus: MdbBus) -> None:
        assert bus.changer is not None
        assert bus.validator is not None
        self._bus, self._changer, self._validator = bus, bus.changer, bus.validator
        self.drop_coin, self.feed_bill = bus.changer.drop_coin, bus.validator.feed_bill
        self.pull_lever = bus.changer.pull_lever
        self.empty_tube, self.fill_tube = bus.changer.empty_tube, bus.changer.fill_tube
        self.jam_tube, self.bill_comes_back_next = bus.changer.jam_tube, bus.validator.returns_next

    def jam_recycler(self) -> None:
        assert self._validator.recycler is not None
        self._validator.recycler.jammed = True

    def misfeed_next(self) -> None:
        assert self._validator.recycler is not None
        self._validator.recycler.misfeeds = 1

    def lose_validator_answers(self, count: int) -> None:
        self._bus.faults["validator"].answers_lost = count

    def is_open(self, value_minor: int) -> bool:
        return self._changer.takes(value_minor) or self._validator.takes(value_minor)

    def is_shut(self, value_minor: int) -> bool:
        return not self.is_open(value_minor)

    def spoil_answers(self, count: int) -> None:
        self._bus.faults["changer"].answers_corrupt = count

    def lose_answers(self, count: int) -> None:
        self._bus.faults["changer"].answers_lost = count

    def lose_acknowledgements(self, count: int) -> None:
        self._bus.faults["changer"].acks_lost = count

    def fall_silent(self) -> None:
        self._silence(silent=True)

    def speak_again(self) -> None:
        self._silence(silent=False)

    def _silence(self, *, silent: bool) -> None:
        for name in ("changer", "validator"):
            self._bus.faults[name].silent = silent

    def blink(self) -> None:
        self._bus.cut_power()
        self._bus.restore_power()

    @property
    def in_minor(self) -> int:
        return self._changer.in_minor + self._validator.in_minor

    @property
    def out_minor(self) -> int:
        return self._changer.out_minor + self._validator.out_minor

    @property
    def bills_returned(self) -> int:
        return sum(self._validator.handed_back.values())


class Paying:
    """Hands at the reader and its provider."""

    def __init__(self, bus: MdbBus) -> None:
        assert bus.reader is not None
        self._bus, self._reader = bus, bus.reader
        self.present_card, self.remove_card = bus.reader.present_card, bus.reader.remove_card
        self._answer_seconds = bus.reader.answer_seconds

    @property
    def approves(self) -> bool:
        return self._reader.approves

    @approves.setter
    def approves(self, yes: bool) -> None:
        self._reader.approves = yes

    @property
    def loses_refunds(self) -> bool:
        return self._reader.loses_refunds

    @loses_refunds.setter
    def loses_refunds(self, yes: bool) -> None:
        self._reader.loses_refunds = yes

    @property
    def answers(self) -> bool:
        return self._reader.answer_seconds < math.inf

    @answers.setter
    def answers(self, yes: bool) -> None:
        self._reader.answer_seconds = self._answer_seconds if yes else math.inf

    def lose_answers(self, count: int) -> None:
        self._bus.faults["reader"].answers_lost = count

    def fall_silent(self) -> None:
        self._bus.faults["reader"].silent = True

    def speak_again(self) -> None:
        self._bus.faults["reader"].silent = False

    def blink(self) -> None:
        self._bus.cut_power()
        self._bus.restore_power()

    @property
    def cash_sales(self) -> list[int]:
        return [price_minor for price_minor, _ in self._reader.cash_sales]

    @property
    def looks_for_card(self) -> bool:
        return self._reader.looks_for_card

    @property
    def taken_minor(self) -> int:
        return self._reader.taken_minor


def nine_bits(end: trio.abc.Stream) -> trio.abc.Stream:
    """In memory a fake port with parity; a pty has none, and the driver carries the ninth bit its own way."""
    return end if isinstance(end, Counted | SerialStream) else NineBitPort(end)


WIRED: dict[str, Port] = {"parity": nine_bits, "ascii": lambda end: end, "hex": lambda end: end}
"""What each way of the driver needs at its end of the wire."""


def bus(
    wire: str = "parity", *, changer_level: int = 3, reader_level: int = 3, recycles_minor: int = 0
) -> MdbBus:
    """A changer, a validator and a reader; readers below level 3 cannot idle, so the card comes first."""
    validator = MdbValidator(recycles_minor=recycles_minor)
    return MdbBus(MdbChanger(level=changer_level), validator, MdbReader(level=reader_level), wire=wire)


def ways(
    name: str, hands: Callable[[MdbBus], H], *lacks: str, only: tuple[str, ...] = tuple(WIRED), **made: Any
) -> list[Way[H]]:
    """Every way of carrying the bus, over every wire; ``made`` says of what level its slaves are."""
    return [
        each
        for way in only
        for each in over_wires(
            name.format(way),
            partial(MdbDriver, way),
            partial(bus, way, **made),
            hands,
            lacks=lacks,
            port=WIRED[way],
        )
    ]


changing: Callable[[MdbBus], CashHands] = Changing
paying: Callable[[MdbBus], CashlessHands] = Paying

CASH = [
    *ways("mdb-{}", changing, "recycler"),
    *ways("mdb-level-2", changing, "hand counts", "recycler", only=("parity",), changer_level=2),
    *ways("mdb-{}-recycler", changing, recycles_minor=5000),
]
CASHLESS = [
    *ways("mdb-{}", paying, "settling in part"),
    *ways("mdb-level-1", paying, "settling in part", only=("parity",), reader_level=1),
    *ways("mdb-level-2", paying, "settling in part", only=("parity",), reader_level=2),
]
