"""A whole chain live in one process: nodes with real journals on real links, and a simulated street.

    street  <--orders, after their facts are on disk--  sites  --ZeroMQ-->  office  -->  ledger, console
    wires   --what devices say----------------------->         <--ZeroMQ--

Every site is a node of its own even here, so nothing changes when they move apart.
"""

from __future__ import annotations

import gc
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import attrs
import trio

from actors.ledger import backup, queries
from runtime import health
from runtime.actor import Actor, Report, heard_seq
from runtime.bus.office import Guard, OfficeBus, open_office_bus
from runtime.clock import PacedClock, wall_us
from runtime.errors import Refused
from runtime.health import IntegrityChecked
from runtime.live import sole_error
from runtime.world_members import hearing
from scenarios.assembly import OFFICE, build_node, node_of
from scenarios.chain import Chain
from scenarios.data_directory import LEDGER
from scenarios.live.data import DataFolder, open_data
from scenarios.live.devices import real
from scenarios.live.health import Checked, LinkState
from scenarios.live.keys import guard_of, own_nodes
from scenarios.live.nightly import Nightly
from scenarios.live.office import Office
from scenarios.live.site import Site
from scenarios.live.street import Surroundings, tubes_of
from scenarios.scenario import Prepared

C = TypeVar("C", bound=Actor)

CLOSE_SECONDS = 1.0
"""How long closing may wait for the last facts to reach the ledger; the rest is sent at the next start."""


class LiveChain(Generic[C]):
    """The running chain, as the console and its tests see it. Made by ``open_live``.

    Attributes:
        chain: what runs.
        console: the console actor.
        sites: every node but the office, by name.
        office: the office.
        wires: devices that are not simulated.
    """

    def __init__(
        self, prepared: Prepared, folder: DataFolder, guard: Guard, speed: float, console: C
    ) -> None:
        prepared = real(prepared)
        chain = self.chain = prepared.chain
        self.console = console
        self._folder = folder
        self._around = Surroundings(prepared, self._from_device)
        self.wires = self._around.wires
        begin_us = max(folder.time_us(), wall_us()) if self.wires.all else folder.time_us()
        self._clock = PacedClock(begin_us, speed)
        now_us = self._clock.now_us()
        self._node_of = node_of(chain)
        nodes = {name: build_node(chain, name, seed=prepared.seed, now_us=now_us) for name in chain.nodes}
        path_of, journals = folder.path_of, folder.journals
        keys = own_nodes(folder.root, guard, (name for name in chain.nodes if name != OFFICE))
        self.sites = {
            name: Site(
                node,
                journals[name],
                path_of(name),
                self._clock,
                self._around.order,
                keys[name],
                folder.day_keeper(prepared, name),
            )
            for name, node in nodes.items()
            if name != OFFICE
        }
        self.office = Office(
            nodes[OFFICE],
            journals[OFFICE],
            path_of(OFFICE),
            self._clock,
            ledger=folder.ledger,
            sites=self.sites,
            heard_by=hearing(nodes[OFFICE]),
            node_of=self._node_of,
            console=console,
            covered=partial(backup.covered, folder.root),
            past=() if folder.fresh else history(folder.root / LEDGER),
            days=folder.day_keeper(prepared, OFFICE),
        )
        self._nightly = Nightly(chain, self._clock, folder.root, self._found)
        self._boot()
        self._around.stand(self._clock, None if folder.fresh else tubes_of(chain.machines, self.sites))

    # What the console asks (console.host.Host)

    @property
    def speed(self) -> float:
        """Simulated seconds per second; 0 is paused. With devices on wires another than 1 raises Refused."""
        return self._clock.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if self.wires.all and speed != 1:
            raise Refused(f"speed must be 1 while devices are on wires, not {speed:g}")
        self._clock.speed = speed

    def now_us(self) -> int:
        """The chain's clock, microseconds since 1970 UTC."""
        return self._clock.now_us()

    def tell(self, address: str, message: object) -> None:
        """Hand the office node a message as edge input."""
        self.office.take_in(address, message)

    def nodes(self) -> list[tuple[str, bool, int]]:
        """Every node: name, whether it is linked now, and when it was last heard (microseconds)."""
        return self.office.nodes()

    @property
    def data(self) -> Path:
        """The folder that all of this is kept in."""
        return self._folder.root

    def links(self) -> list[LinkState]:
        """Every node's link; nodes of this process are asked how many facts they have."""
        return [
            attrs.evolve(link, waiting=max(0, self.sites[link.node].facts.head()[0] - link.facts))
            if link.node in self.sites
            else link
            for link in self.office.links()
        ]

    def checked(self) -> Checked | None:
        """The last daily check that ended since the start; None before the first."""
        return self._nightly.last

    # Start

    def _boot(self) -> None:
        """Give every actor its past before anything new comes in; the office starts when it has heard it."""
        for site in (*self.sites.values(), self.office):
            site.live.recover()
        self._folder.catch_up()
        for site in self.sites.values():
            site.live.start()

    def _from_device(self, address: str, message: Any) -> None:
        if (site := self.sites.get(self._node_of(address))) is not None:
            site.take_in(address, message)

    # Running

    async def run(self, bus: OfficeBus) -> None:
        """Run everything until cancelled; raises what stopped a node."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.office.run, bus)
            for site in self.sites.values():
                nursery.start_soon(site.run, bus.endpoints)
            nursery.start_soon(self._around.run)
            nursery.start_soon(self._keep_time)
            nursery.start_soon(self._nightly.run)

    def _found(self, found: IntegrityChecked) -> None:
        self.sites.get(found.of, self.office).take_in(health.ADDRESS, found)

    async def run_for(self, seconds: float | None = None) -> None:
        """Let it run for so many real seconds; None is until cancelled."""
        with trio.move_on_after(math.inf if seconds is None else seconds):
            await trio.sleep_forever()

    async def settle(self) -> None:
        """Stop the street, then let every node finish and its facts reach the ledger."""
        self._around.street.stop()
        for site in self.sites.values():
            site.live.stop()
        for site in self.sites.values():
            await site.ended.wait()
        for site in self.sites.values():
            await site.acknowledged()
        await self.office.settle()

    async def _keep_time(self) -> None:
        while True:
            self._folder.keep_time(self.now_us())
            await trio.sleep(1)


def history(ledger: Path) -> Iterator[Report]:
    """Everything the ledger holds, as desks heard it."""
    for node, epoch, record in queries.facts_as_stored(ledger):
        yield Report(node, heard_seq(epoch, record.seq), record.source, record.at_us, record.fact())


@asynccontextmanager
async def open_live(
    prepared: Prepared, *, data: Path, speed: float = 1.0, console: Callable[[Chain], C]
) -> AsyncIterator[LiveChain[C]]:
    """Run a chain for the length of a block.

    A new data directory begins on the scenario's first day shortly before lunch; one that was used goes on
    where it stopped, however it stopped.

    Args:
        prepared: the scenario.
        data: directory of journals, ledger and clock, held by the caller (``data_directory.claim``).
        speed: simulated seconds per second; 0 pauses.
        console: makes the console actor, which hears every fact and reading and may tell the office.

    Raises:
        ConfigError: a file in the directory is not of this chain.
        LedgerError: a disk failed, or a node's facts are not those the office holds.
    """
    with open_data(data, prepared) as folder, ExitStack() as readers:
        guard = guard_of(data)
        chain = LiveChain(prepared, folder, guard, speed, console(prepared.chain))
        for each in (*chain.sites.values(), chain.office):
            readers.callback(each.close)
        gc.collect()
        gc.freeze()
        try:
            async with open_office_bus(guard=guard) as bus, trio.open_nursery() as nursery:
                nursery.start_soon(chain.run, bus)
                await chain.office.ready.wait()
                try:
                    yield chain
                finally:
                    if not nursery.cancel_scope.cancel_called:
                        with trio.move_on_after(CLOSE_SECONDS, shield=True):
                            await chain.settle()
                        folder.keep_time(chain.now_us())
                    nursery.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            raise sole_error(group) from None
        finally:
            gc.unfreeze()
