"""A device on a test bench: orders in, events out, hands on it, and what really happened.

Two kinds of bench: a simulated device in a bare kernel, and a real driver over a stream to a simulated (or
real) peripheral. Tests see no difference.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Generic, Protocol, TypeVar

import attrs
import trio
import trio.testing

from hardware.contract.presence import DeviceFound
from hardware.driver import Driver
from runtime.actor import Actor
from runtime.kernel import Kernel
from simulator.peripherals.peripheral import Peripheral
from tests.hardware.contract.wires import Ends, Wire, memory_wire, pty_wire, wall_clock_pty_wire

H = TypeVar("H")
E = TypeVar("E")

STEP_SECONDS = 0.05
MEMORY, PTY, WALL_CLOCK, STREET, HARDWARE = "memory", "pty", "wall clock", "street", "hardware"
WIRES: dict[str, Wire] = {MEMORY: memory_wire, PTY: pty_wire, WALL_CLOCK: wall_clock_pty_wire}
"""The forms of a driver's wire."""

EVERY_TIME = "mdb-ascii-wall-clock"

Port = Callable[[trio.abc.Stream], trio.abc.Stream]

EVENT_SECONDS = 40.0
"""Longer than anything the contract's devices take (a bill may take 30 s to be stacked)."""


def on_either_clock(test: Callable[[], Any], *, clock: object, instruments: list[Any]) -> Any:
    """Run a test on a clock that goes like a wall clock until its rig makes it virtual (``jump``)."""
    assert clock is None, "a contract test's rig chooses its clock"
    return trio.run(test, clock=trio.testing.MockClock(rate=1.0), instruments=instruments)


class Bench(Protocol):
    """How messages get to a device, and how time passes there."""

    told: list[tuple[str, Any]]

    def order(self, device: str, order: object) -> None: ...

    async def let_pass(self, seconds: float) -> None: ...

    async def restart(self) -> None: ...


class Rig(Generic[H]):
    """A device with its bench and hands.

    Attributes:
        hands: what a person does at the device, and its true counters.
    """

    def __init__(self, bench: Bench, hands: H) -> None:
        self._bench = bench
        self.hands = hands

    def order(self, device: str, order: object) -> None:
        self._bench.order(device, order)

    async def event(self, kind: type[E], *, within: float = EVENT_SECONDS) -> E:
        """The first event of this kind not yet asked for; waits, and fails after ``within`` seconds."""
        waited = 0.0
        while True:
            for number, (_, event) in enumerate(self._bench.told):
                if type(event) is kind:
                    del self._bench.told[number]
                    return event
            assert waited < within, f"no {kind.__name__} within {within} s; told: {self._bench.told}"
            await self._bench.let_pass(STEP_SECONDS)
            waited += STEP_SECONDS

    async def until(self, so: Callable[[], bool], *, within: float = 20.0) -> None:
        """Let time pass until it is so."""
        waited = 0.0
        while not so():
            assert waited < within, f"not so within {within} s; told: {self._bench.told}"
            await self._bench.let_pass(STEP_SECONDS)
            waited += STEP_SECONDS

    def taken(self) -> list[Any]:
        """All events not yet asked for, in order; they count as asked for now."""
        told = [event for _, event in self._bench.told]
        self._bench.told.clear()
        return told

    async def quiet(self, *kinds: type, seconds: float = 1.0) -> None:
        """Let time pass, and find none of these told."""
        await self._bench.let_pass(seconds)
        assert [event for _, event in self._bench.told if type(event) in kinds] == []

    async def let_pass(self, seconds: float) -> None:
        await self._bench.let_pass(seconds)

    async def restart(self) -> None:
        """The house's side dies and starts anew with an empty memory; ready when the device is found."""
        await self._bench.restart()


class KernelBench:
    """A simulated device of the street: time is the kernel's.

    Attributes:
        told: what was told and not yet asked for.
        heard: all that was ever told.
        before_order: called before each order.
    """

    def __init__(self, device: Actor, name: str) -> None:
        """Stand a device alone at ``m/name``; what it tells ``m`` is kept."""
        self.told: list[tuple[str, Any]] = []
        self.heard: list[Any] = []
        self.before_order: Callable[[], None] = lambda: None
        self._kernel = Kernel("street", seed=1)
        self._machine = self._kernel.reach("m")
        self._device = self._kernel.spawn(f"m/{name}", device)

    def order(self, device: str, order: object) -> None:
        """Give the device an order, or what a customer does to it; it is done at once."""
        self.before_order()
        self._kernel.receive(self._device, order)
        self._run(0.0)

    async def let_pass(self, seconds: float) -> None:
        await trio.lowlevel.checkpoint()
        self._run(seconds)

    async def restart(self) -> None:
        """There is nothing between the house and the device that could start anew."""
        await trio.lowlevel.checkpoint()

    def _run(self, seconds: float) -> None:
        self._kernel.run(self._kernel.now + round(seconds * 1_000_000))
        heard = [("", message) for ref, message in self._kernel.outbox if ref == self._machine]
        self.heard += [message for _, message in heard]
        self.told += heard
        self._kernel.outbox.clear()


class DriverBench:
    """A driver over a stream; ``start`` before all else."""

    def __init__(self, make: Callable[[], Driver], stream: trio.abc.Stream, nursery: trio.Nursery) -> None:
        self.told: list[tuple[str, Any]] = []
        self._make, self._stream, self._nursery = make, stream, nursery
        self._driver = make()
        self._life, self._ended = trio.CancelScope(), trio.Event()

    async def start(self) -> None:
        """Run, and wait until every device of the driver has answered for the first time."""
        self._ended = trio.Event()
        self._nursery.start_soon(self._run, self._driver, self._life)
        missing = set(self._driver.serves)
        with trio.fail_after(EVENT_SECONDS):
            while missing:
                await trio.sleep(STEP_SECONDS)
                missing -= {event.device for _, event in self.told if type(event) is DeviceFound}
        self.told = [(device, event) for device, event in self.told if type(event) is not DeviceFound]

    async def _run(self, driver: Driver, life: trio.CancelScope) -> None:
        with life:
            await driver.run(self._stream, self.tell)
        self._ended.set()

    async def restart(self) -> None:
        self._life.cancel()
        await self._ended.wait()
        self._driver, self._life = self._make(), trio.CancelScope()
        await self.start()

    def order(self, device: str, order: object) -> None:
        self._driver.order(device, order)

    def tell(self, device: str, event: object) -> None:
        self.told.append((device, event))

    async def let_pass(self, seconds: float) -> None:
        await trio.sleep(seconds)


@attrs.frozen
class Way(Generic[H]):
    """A way to have a device of a contract on the bench.

    Attributes:
        name: in test names, e.g. "mdb-parity".
        open: makes the rig and puts everything away afterwards.
        kind: of its driver, or of the simulated device's class: who serves the contract.
        form: "street", "memory", "pty", "wall clock" or "hardware".
        lacks: what the device cannot do; a sentence of its own shows what it answers instead.
        beyond: what nobody can bring about at this bench; sentences that need it are left out.
    """

    name: str
    open: Callable[[], AbstractAsyncContextManager[Rig[H]]]
    kind: str
    form: str
    lacks: frozenset[str] = frozenset()
    beyond: frozenset[str] = frozenset()

    @property
    def takes_its_time(self) -> bool:
        """Runs in real time, and is not the one such way that is run every time."""
        return self.form == WALL_CLOCK and self.name != EVERY_TIME


def driven(
    driver: Callable[[], Driver],
    peripheral: Callable[[], Peripheral],
    hands: Callable[[Any], H],
    wire: Wire = memory_wire,
) -> Callable[[], AbstractAsyncContextManager[Rig[H]]]:
    """A way over a driver: ``hands`` makes the hands from the peripheral.

    The rig is ready when the driver has found every device it serves. A peripheral that notes ``complaints``
    must have none at the end.
    """

    @asynccontextmanager
    async def opened() -> AsyncIterator[Rig[H]]:
        async with wire() as (near, far), trio.open_nursery() as nursery:
            far_end = peripheral()
            bench = DriverBench(driver, near, nursery)
            nursery.start_soon(far_end.serve, far)
            await bench.start()
            yield Rig(bench, hands(far_end))
            nursery.cancel_scope.cancel()
        complaints: list[str] = getattr(far_end, "complaints", [])
        assert complaints == [], f"the driver has broken rules of its protocol: {complaints}"

    return opened


def over_wires(
    name: str,
    driver: Callable[[], Driver],
    peripheral: Callable[[], Peripheral],
    hands: Callable[[Any], H],
    *,
    lacks: Collection[str] = (),
    beyond: Collection[str] = (),
    port: Port = lambda end: end,
) -> list[Way[H]]:
    """The same over each wire; ``port`` makes of the driver's end of it what the driver needs."""

    def ported(wire: Wire) -> Wire:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Ends]:
            async with wire() as (near, far):
                yield port(near), far

        return opened

    return [
        Way(
            f"{name}-{form.replace(' ', '-')}",
            driven(driver, peripheral, hands, ported(wire)),
            kind=driver().kind,
            form=form,
            lacks=frozenset(lacks),
            beyond=frozenset(beyond),
        )
        for form, wire in WIRES.items()
    ]
