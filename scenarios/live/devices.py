"""Devices on wires, live: one task a wire, which opens it, lets its driver speak, and opens it again.

Whatever goes wrong on a wire stays on it: the machine hears ``DeviceLost`` and sells without the device, or
not at all, until ``DeviceFound``. Only the loss and the return are logged, however often it is tried between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
import trio

from hardware.contract.cash import PaidOut, PayOut
from hardware.contract.motor_board import NOT_TURNED, MotorTurned, TurnMotor
from hardware.contract.payment import Authorise, Declined
from hardware.contract.presence import DeviceFound, DeviceLost
from runtime import log
from runtime.errors import ConfigError, DeviceUnavailable, ProtocolError
from scenarios.chain import MachinePlan
from scenarios.devices.ways import DEVICES, Way, devices_of, pretended
from scenarios.scenario import Prepared
from simulator.customers.rates import MachineRates

RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 0.5, 30.0
"""Pause before a wire is opened again; doubles until a device answers."""

GIVEN_KEPT = 64
"""Turns and requests given to a driver that are remembered: asked again, the driver knows best."""

Hear = Callable[[str, object], None]
"""Takes a machine's id and an event of one of its devices."""


class Wire:
    """One stream of one machine, the driver on it, and the devices behind it.

    Args:
        machine: its id.
        way: to the devices.
        devices: which of the driver's devices the chain uses; events of others are not heard.
        hear: takes what the devices say.
    """

    def __init__(self, machine: str, way: Way, devices: tuple[str, ...], hear: Hear) -> None:
        self.machine = machine
        self.way = way
        self.devices = devices
        self._hear = hear
        self._driver = way.make_driver()
        self._answering: dict[str, bool | None] = dict.fromkeys(devices)
        self._given: deque[tuple[int, int]] = deque(maxlen=GIVEN_KEPT)
        self._open = False
        self._pause = RETRY_SECONDS_MIN
        self._log = log.get(machine=machine, way=way.text)

    @property
    def answering(self) -> tuple[str, ...]:
        """The devices that answer now."""
        return tuple(device for device, answers in self._answering.items() if answers)

    def order(self, device: str, order: object) -> None:
        """Give an order to a device.

        What must not happen late is answered for a device that is away: no motor turns, no card is charged
        and no coin falls minutes after a customer left. Everything else the driver keeps or answers.
        """
        match order:
            case TurnMotor():
                number = (order.turn, 0)
                away: object = MotorTurned(lane=order.lane, turn=order.turn, outcome=NOT_TURNED)
            case Authorise():
                number = (order.sale, order.ask)
                away = Declined(sale=order.sale, ask=order.ask, why="offline")
            case PayOut():
                number = (order.sale, -1)
                away = PaidOut(sale=order.sale, amount_minor=0)
            case _:
                self._give(device, order)
                return
        if number in self._given or (self._open and self._answering[device]):
            self._given.append(number)
            self._give(device, order)
        else:
            self._hear(self.machine, away)

    def _give(self, device: str, order: object) -> None:
        try:
            self._driver.order(device, order)
        except Exception:  # a wire supervises its driver: a mistake in one is no reason to stop a node
            self._log.exception("driver failed", device=device, order=type(order).__name__)

    async def run(self) -> None:
        """Keep the wire open until cancelled."""
        while True:
            why = await self._speak()
            self._lost(why, self.devices)
            await trio.sleep(self._pause)
            self._pause = min(self._pause * 2, RETRY_SECONDS_MAX)

    async def _speak(self) -> str:
        """Open the wire and let the driver speak until it breaks; returns why."""
        try:
            async with await self.way.open() as stream:
                self._open = True
                await self._driver.run(stream, self._tell)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            return str(error) or "the wire broke"
        except (ConfigError, DeviceUnavailable, ProtocolError, OSError) as error:
            return str(error)
        except Exception as error:  # see _give
            self._log.exception("driver failed")
            return repr(error)
        finally:
            self._open = False
        return "the other side closed"

    def _tell(self, device: str, event: object) -> None:
        if device not in self.devices:
            return
        match event:
            case DeviceFound():
                self._found(device)
            case DeviceLost():
                self._lost("it does not answer", (device,))
            case _:
                self._hear(self.machine, event)

    def _found(self, device: str) -> None:
        before, self._answering[device] = self._answering[device], True
        self._pause = RETRY_SECONDS_MIN
        if before is not True:
            self._hear(self.machine, DeviceFound(device=device))
        if before is False:
            self._log.warning("device back", device=device)

    def _lost(self, why: str, devices: Iterable[str]) -> None:
        for device in devices:
            if self._answering[device] is not False:
                self._answering[device] = False
                self._log.warning("device lost", device=device, why=why)
                self._hear(self.machine, DeviceLost(device=device))


class Wires:
    """Every wire of a chain's machines.

    Args:
        machines: of the chain.
        hear: takes what devices on wires say.

    Raises:
        ConfigError: a way in that cannot be, or a port that two machines name.
    """

    def __init__(self, machines: Iterable[MachinePlan], hear: Hear) -> None:
        self._wires: dict[str, Wire] = {}
        self.all: list[Wire] = []
        owners: dict[str, str] = {}
        for plan in machines:
            by_place: dict[str, dict[str, Way]] = {}
            for device, way in devices_of(plan.id, plan.devices).items():
                by_place.setdefault(way.place, {})[device] = way
            for place, devices in by_place.items():
                if (owner := owners.setdefault(place, plan.id)) != plan.id:
                    raise ConfigError(f"machine {plan.id}: {place} must be one machine's, not also {owner}'s")
                wire = Wire(plan.id, next(iter(devices.values())), tuple(devices), hear)
                self.all.append(wire)
                self._wires |= {f"{plan.id}/{device}": wire for device in devices}

    def order(self, address: str, order: Any) -> bool:
        """Give an order to the device at an address; False when no wire leads there."""
        if (wire := self._wires.get(address)) is None:
            return False
        wire.order(address.rpartition("/")[2], order)
        return True

    async def run(self) -> None:
        """Keep all wires open until cancelled."""
        async with trio.open_nursery() as nursery:
            for wire in self.all:
                nursery.start_soon(wire.run)
            await trio.sleep_forever()


def real(prepared: Prepared) -> Prepared:
    """The same as it is live: a machine with wires has what is named, and customers of its own.

    Simulated people come to it only where its keypad is said to be simulated, and pay only by what is.
    """
    chain = prepared.chain
    sims = {plan.id: pretended(plan.devices) for plan in chain.machines if is_wired(plan)}
    machines = tuple(
        attrs.evolve(plan, tenders=tuple(tender for tender in plan.tenders if tender in dict(plan.devices)))
        if plan.id in sims
        else plan
        for plan in chain.machines
    )
    return attrs.evolve(
        prepared,
        chain=attrs.evolve(chain, machines=machines),
        attempts=tuple(
            attempt
            for attempt in prepared.attempts
            if (sim := sims.get(attempt.machine)) is None or {"keypad", attempt.tender} <= sim
        ),
        machine_rates=tuple(
            left
            for rates in prepared.machine_rates
            if (left := _paying_by(rates, sims.get(rates.machine))) is not None
        ),
    )


def _paying_by(rates: MachineRates, sims: frozenset[str] | None) -> MachineRates | None:
    """A machine's simulated customers; None when nobody is left."""
    if sims is None:
        return rates
    tenders = tuple((tender, weight) for tender, weight in rates.tenders if tender in sims)
    return attrs.evolve(rates, tenders=tenders) if tenders and "keypad" in sims else None


def is_wired(plan: MachinePlan) -> bool:
    """Whether a device of the machine is on a wire."""
    return bool(devices_of(plan.id, plan.devices))


def absent(machines: Iterable[MachinePlan]) -> Mapping[str, frozenset[str]]:
    """By machine with wires, the devices that have no place on the simulated street."""
    return {plan.id: frozenset(DEVICES) - pretended(plan.devices) for plan in machines if is_wired(plan)}
