"""One node of a chain as a process of its own (``hawker node``): the office, or a site with its devices.

    process of a site                          process of the office
    devices, customers  <->  site  --tcp-->    office  -->  ledger, console
                             journal           journal

They are the same nodes as in ``scenarios.live.chain``, over the same wires; only further apart.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import trio

from actors.ledger import backup
from runtime import health
from runtime.actor import Actor
from runtime.bus.door import open_door
from runtime.bus.key_folder import NodeKeys, OfficeAddress
from runtime.bus.office import OfficeBus, open_office_bus
from runtime.clock import Clock, LiveClock
from runtime.errors import ConfigError, Refused
from runtime.live import sole_error
from runtime.world_members import hearing
from scenarios.assembly import OFFICE, build_node, node_of
from scenarios.chain import Chain
from scenarios.data_directory import LEDGER
from scenarios.live.chain import CLOSE_SECONDS, history
from scenarios.live.data import DataFolder, open_data
from scenarios.live.devices import real
from scenarios.live.health import Checked, LinkState
from scenarios.live.keys import desk_of, guard_of
from scenarios.live.nightly import Nightly
from scenarios.live.office import Office
from scenarios.live.site import Site
from scenarios.live.street import Surroundings, beside, tubes_of
from scenarios.scenario import Prepared

C = TypeVar("C", bound=Actor)

MakeClock = Callable[[int], Clock]
"""Makes a process's clock, which begins no earlier than its last fact (microseconds since 1970 UTC)."""


def by_the_wall(begin_us: int) -> Clock:
    """This computer's clock, at life's speed: processes have no other in common."""
    return LiveClock(begin_us=begin_us)


def checked_name(chain: Chain, name: str) -> None:
    """Raise ConfigError unless the chain has a node of this name."""
    if name not in chain.nodes:
        raise ConfigError(f"--name: must be one of {', '.join(chain.nodes)}, not {name!r}")


# A site


class LiveSite:
    """A site's process. Made by ``open_site``.

    Attributes:
        site: its node.
        around: its devices and customers.
    """

    def __init__(
        self, prepared: Prepared, folder: DataFolder, name: str, clock: Clock, keys: NodeKeys
    ) -> None:
        prepared = real(prepared)
        node = build_node(prepared.chain, name, seed=prepared.seed, now_us=clock.now_us())
        own = beside(prepared, name)
        self.around = self.surrounded(own)
        days = folder.day_keeper(prepared, name)
        self.site = Site(node, folder.journals[name], folder.path_of(name), clock, self.order, keys, days)
        checked = partial(self.site.take_in, health.ADDRESS)
        self._nightly = Nightly(prepared.chain, clock, folder.root, checked)
        self.site.live.recover()
        tubes = None if folder.fresh else tubes_of(own.chain.machines, {name: self.site})
        self.around.stand(clock, tubes)
        self.site.live.start()

    def surrounded(self, own: Prepared) -> Surroundings:
        """Its devices and customers; ``own``: what of the chain is here."""
        return Surroundings(own, self.hear)

    def order(self, address: str, message: Any) -> None:
        """Take what an actor tells a device: its facts are on disk."""
        self.around.order(address, message)

    def hear(self, address: str, message: Any) -> None:
        """Take what a device tells an actor."""
        self.site.take_in(address, message)

    async def run(self, office: OfficeAddress) -> None:
        """Run until cancelled; raises what stopped the node."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.site.run, office.wires)
            nursery.start_soon(self.around.run)
            nursery.start_soon(self._nightly.run)

    async def settle(self) -> None:
        """Stop the street, let the node finish, and its facts reach the ledger."""
        self.around.stop()
        self.site.live.stop()
        await self.site.ended.wait()
        await self.site.acknowledged()


@asynccontextmanager
async def open_site(
    prepared: Prepared,
    name: str,
    *,
    data: Path,
    keys: NodeKeys,
    office: OfficeAddress,
    make_clock: MakeClock = by_the_wall,
    kind: type[LiveSite] = LiveSite,
) -> AsyncIterator[LiveSite]:
    """Run a site's node and devices for the length of a block; without its office it sells on.

    Args:
        prepared: the whole chain.
        name: of the node.
        data: its data directory, held by the caller.
        keys: its own and its office's (``live_keys.paired``).
        office: where the office listens.
        make_clock: makes the clock.
        kind: of what is opened.

    Raises:
        LedgerError: a disk failed, or the node's facts are not those the office holds.
    """
    with open_data(data, prepared, (name,)) as folder, _sole_error():
        live = kind(prepared, folder, name, make_clock(folder.last_us()), keys)
        _look_no_more_at_what_stays()
        with closing(live.site):
            async with _running(partial(live.run, office), live.settle):
                yield live


# The office


class LiveOffice(Generic[C]):
    """The office's process, as its console sees it (console.host.Host). Made by ``open_office``.

    Attributes:
        chain: the whole chain.
        console: the console actor.
        office: its node.
        data: the folder that all of this is kept in.
    """

    def __init__(self, prepared: Prepared, folder: DataFolder, clock: Clock, console: C) -> None:
        chain = self.chain = real(prepared).chain
        self.console = console
        self._clock = clock
        node = build_node(chain, OFFICE, seed=prepared.seed, now_us=clock.now_us())
        self.office = Office(
            node,
            folder.journals[OFFICE],
            folder.path_of(OFFICE),
            clock,
            ledger=folder.ledger,
            sites=[name for name in chain.nodes if name != OFFICE],
            heard_by=hearing(node),
            node_of=node_of(chain),
            console=console,
            covered=partial(backup.covered, folder.root),
            past=history(folder.root / LEDGER),
            days=folder.day_keeper(prepared, OFFICE),
        )
        self.data = folder.root
        self._nightly = Nightly(chain, clock, folder.root, partial(self.office.take_in, health.ADDRESS))
        self.office.live.recover()
        folder.catch_up()

    async def run(self, bus: OfficeBus) -> None:
        """Run until cancelled; raises what stopped the node."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.office.run, bus)
            nursery.start_soon(self._nightly.run)

    @property
    def speed(self) -> float:
        """Always 1: several processes have only life's speed in common. Setting another raises Refused."""
        return 1.0

    @speed.setter
    def speed(self, speed: float) -> None:
        if speed != 1:
            raise Refused(f"speed must be 1 where nodes are processes of their own, not {speed:g}")

    def now_us(self) -> int:
        """The office's clock, microseconds since 1970 UTC."""
        return self._clock.now_us()

    def tell(self, address: str, message: object) -> None:
        """Hand the office node a message as edge input."""
        self.office.take_in(address, message)

    def nodes(self) -> list[tuple[str, bool, int]]:
        """Every node: name, whether it is linked now, and when it was last heard (microseconds)."""
        return self.office.nodes()

    def links(self) -> list[LinkState]:
        """Every node's link as it is known here."""
        return self.office.links()

    def checked(self) -> Checked | None:
        """The last daily check that ended since the start; None before the first."""
        return self._nightly.last


@asynccontextmanager
async def open_office(
    prepared: Prepared,
    *,
    data: Path,
    address: OfficeAddress,
    console: Callable[[Chain], C],
    make_clock: MakeClock = by_the_wall,
) -> AsyncIterator[LiveOffice[C]]:
    """Run the office, its ledger and its door for new nodes for the length of a block.

    Args:
        prepared: the whole chain.
        data: its data directory, held by the caller.
        address: where it listens.
        console: makes the console actor.
        make_clock: makes the clock.

    Raises:
        ConfigError: a port cannot be had.
        LedgerError: a disk failed.
    """
    with open_data(data, prepared, (OFFICE,)) as folder, _sole_error():
        guard = guard_of(data, address)
        live = LiveOffice(prepared, folder, make_clock(folder.last_us()), console(prepared.chain))
        _look_no_more_at_what_stays()
        with closing(live.office):
            async with (
                open_office_bus(address.wires, guard) as bus,
                open_door(guard, desk_of(data, guard.roster), address.door),
                _running(partial(live.run, bus), live.office.settle),
            ):
                await live.office.ready.wait()
                yield live


@asynccontextmanager
async def _running(
    run: Callable[[], Awaitable[None]], settle: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Run something for the length of a block, then let it settle, for a second at most."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        try:
            yield
        finally:
            if not nursery.cancel_scope.cancel_called:
                with trio.move_on_after(CLOSE_SECONDS, shield=True):
                    await settle()
            nursery.cancel_scope.cancel()


def _look_no_more_at_what_stays() -> None:
    """Have the garbage collector pass over the chain and the program: nobody sells while it looks."""
    gc.collect()
    gc.freeze()


@contextmanager
def _sole_error() -> Iterator[None]:
    """Let the one error out as it is."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise sole_error(group) from None
