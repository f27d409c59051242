"""What stands round the nodes of a process: simulated devices and customers, and devices on wires."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
import trio

from actors.machine.machine import Machine
from runtime.actor import Actor
from runtime.address import Ref
from runtime.clock import Clock
from runtime.edge import LiveKernel
from scenarios.assembly import build_street, demand
from scenarios.chain import MachinePlan
from scenarios.live.devices import Wires, absent
from scenarios.live.site import Site
from scenarios.scenario import Prepared

DEMAND_US = 3660 * 86_400 * 1_000_000
"""How far ahead sampled demand goes; it is made an hour at a time."""


class Surroundings:
    """Devices and customers of a chain's machines and tills. They stand there after ``stand``.

    Args:
        prepared: the chain, as it is live (``live_devices.real``).
        hear: takes what devices tell an address.

    Attributes:
        wires: devices that are not simulated.
        street: those that are, and customers.
    """

    street: LiveKernel

    def __init__(self, prepared: Prepared, hear: Callable[[str, Any], None]) -> None:
        self.wires = Wires(prepared.chain.machines, hear)
        self._prepared = prepared
        self._hear = hear

    def stand(self, clock: Clock, tubes: Mapping[str, int] | None) -> None:
        """Put up the street, before anything runs.

        Args:
            clock: the chain's.
            tubes: coins in each machine's tubes, minor units; the opening floats when None.
        """
        now_us, prepared = clock.now_us(), self._prepared
        street = build_street(prepared, now_us=now_us, tubes=tubes, absent=absent(prepared.chain.machines))
        for customers in demand(prepared, street, now_us, now_us + DEMAND_US):
            street.feed(customers)
        self.street = LiveKernel(street.kernel, clock, self._from_street)

    def order(self, address: str, message: Any) -> None:
        """Take what an actor tells an address beyond its node; a device that is not here: it is lost."""
        if self.wires.order(address, message):
            return
        kernel = self.street.kernel
        ref = kernel.refs.get(address)
        if ref is not None and isinstance(kernel.actors[ref], Actor):
            self.street.put(ref, message)

    def _from_street(self, ref: Ref, message: Any) -> None:
        self._hear(self.street.kernel.addresses[ref], message)

    def stop(self) -> None:
        """Nobody comes any more."""
        self.street.stop()

    async def run(self) -> None:
        """Run street and wires until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.street.run)
            nursery.start_soon(self.wires.run)


def tubes_of(machines: Iterable[MachinePlan], sites: Mapping[str, Site]) -> dict[str, int]:
    """What each machine has in its tubes, as its facts say."""
    tubes = {}
    for plan in machines:
        node = sites[plan.node].live.kernel
        machine = node.actors[node.refs[plan.id]]
        assert isinstance(machine, Machine)
        tubes[plan.id] = machine.books.tubes_minor if machine.opened else plan.float_minor
    return tubes


def beside(prepared: Prepared, node: str) -> Prepared:
    """The same with only the machines, stores and customers of one node."""
    chain = prepared.chain
    machines = tuple(plan for plan in chain.machines if plan.node == node)
    stores = tuple(plan for plan in chain.stores if plan.node == node)
    ids = {plan.id for plan in machines} | {plan.id for plan in stores}
    return attrs.evolve(
        prepared,
        chain=attrs.evolve(chain, machines=machines, stores=stores),
        attempts=tuple(attempt for attempt in prepared.attempts if attempt.machine in ids),
        machine_rates=tuple(rates for rates in prepared.machine_rates if rates.machine in ids),
        store_rates=tuple(rates for rates in prepared.store_rates if rates.store in ids),
    )
