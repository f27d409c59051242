"""The driver over a wire in memory to a simulated bus, on virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import trio
import trio.lowlevel
import trio.testing

from hardware.contract.presence import DeviceFound
from hardware.driver import Frame
from hardware.mdb.driver import MdbDriver
from simulator.peripherals.mdb_bus import MdbBus
from simulator.peripherals.mdb_changer import MdbChanger
from simulator.peripherals.mdb_reader import MdbReader
from simulator.peripherals.mdb_validator import MdbValidator

E = TypeVar("E")

EVENT_SECONDS = 100.0


class Bench:
    """Driver, bus, and what was told.

    Attributes:
        told: (device, event) in order.
        frames: what the watch saw.
    """

    def __init__(self, bus: MdbBus, driver: MdbDriver) -> None:
        self.bus, self.driver = bus, driver
        self.told: list[tuple[str, Any]] = []
        self.frames: list[Frame] = []
        self._read = 0

    @property
    def changer(self) -> MdbChanger:
        assert self.bus.changer is not None
        return self.bus.changer

    @property
    def validator(self) -> MdbValidator:
        assert self.bus.validator is not None
        return self.bus.validator

    @property
    def reader(self) -> MdbReader:
        assert self.bus.reader is not None
        return self.bus.reader

    def tell(self, device: str, event: object) -> None:
        self.told.append((device, event))

    def all(self, kind: type[E]) -> list[E]:
        """Every event of this kind told so far."""
        return [event for _, event in self.told if isinstance(event, kind)]

    async def event(self, kind: type[E], seconds: float = EVENT_SECONDS) -> E:
        """The next event of this kind; those before it are passed over."""
        with trio.fail_after(seconds):
            while True:
                while self._read < len(self.told):
                    _, event = self.told[self._read]
                    self._read += 1
                    if isinstance(event, kind):
                        return event
                await trio.sleep(0.02)

    async def until(self, true: Callable[[], bool], seconds: float = EVENT_SECONDS) -> None:
        with trio.fail_after(seconds):
            while not true():  # noqa: ASYNC110  (a driver's world has no event to wait for)
                await trio.sleep(0.02)

    async def ask(self, order: object, device: str = "cash") -> None:
        self.driver.order(device, order)
        await trio.lowlevel.checkpoint()


def full_bus(wire: str = "parity", **reader: Any) -> MdbBus:
    """A changer, a validator and a reader, each with its own defaults."""
    return MdbBus(MdbChanger(), MdbValidator(), MdbReader(**reader), wire=wire)


@asynccontextmanager
async def running(bus: MdbBus, *, found: tuple[str, ...] = ("cash", "cashless")) -> AsyncIterator[Bench]:
    """A driver at work on this bus; ready when these devices were found."""
    near, far = trio.testing.memory_stream_pair()
    bench = Bench(bus, MdbDriver(bus.wire))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bus.serve, far)
        nursery.start_soon(bench.driver.run, near, bench.tell, bench.frames.append)
        await bench.until(lambda: set(found) <= {event.device for event in bench.all(DeviceFound)})
        yield bench
        nursery.cancel_scope.cancel()
