"""A device on a test bench: orders in, events out, hands on it, and what really happened.

Two kinds of bench: a simulated device in a bare kernel, and a real driver over a stream to a simulated (or
real) peripheral. Tests see no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
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

H = TypeVar("H")
E = TypeVar("E")

STEP_SECONDS = 0.05
EVENT_SECONDS = 40.0
"""Longer than anything the contract's devices take (a bill may take 30 s to be stacked)."""


def on_either_clock(test: Callable[[], Any], *, clock: object, instruments: list[Any]) -> Any:
    """Run a test on a clock that goes like a wall clock until its rig makes it virtual (``jump``)."""
    assert clock is None, "a contract test's rig chooses its clock"
    return trio.run(test, clock=trio.testing.MockClock(rate=1.0), instruments=instruments)


def jump() -> None:
    """Make time virtual for the rest of this test: it jumps whenever nothing else is to be done."""
    clock = trio.lowlevel.current_clock()
    assert isinstance(clock, trio.testing.MockClock)
    clock.rate = 0.0
    clock.autojump_threshold = 0.0


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
        heard: how often each kind was ever told.
        before_order: called before each order.
    """

    def __init__(self, device: Actor, name: str) -> None:
        """Stand a device alone at ``m/name``; what it tells ``m`` is kept."""
        self.told: list[tuple[str, Any]] = []
        self.heard: Counter[type] = Counter()
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
        self.heard.update(type(message) for _, message in heard)
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
        name: in test names, e.g. "mdb-parity-memory".
        open: makes the rig and puts everything away afterwards.
        lacks: what the device cannot do; sentences marked as needing it are left out.
        real_clock: it takes as long as it takes.
    """

    name: str
    open: Callable[[], AbstractAsyncContextManager[Rig[H]]]
    lacks: frozenset[str] = frozenset()
    real_clock: bool = False


Ends = tuple[trio.abc.Stream, trio.abc.Stream]
"""The driver's and the peripheral's end of a wire."""

Wire = Callable[[], AbstractAsyncContextManager[Ends]]


@asynccontextmanager
async def memory_wire() -> AsyncIterator[Ends]:
    """A wire in memory, on virtual time."""
    jump()
    near, far = trio.testing.memory_stream_pair()
    try:
        yield near, far
    finally:
        await trio.aclose_forcefully(near)
        await trio.aclose_forcefully(far)


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
