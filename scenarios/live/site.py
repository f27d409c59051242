"""A site's node running live: its journal, its street side and its link to the office."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import trio

from runtime import command_desk, log
from runtime.actor import Actor
from runtime.ballast import Ballast
from runtime.bus.key_folder import NodeKeys
from runtime.bus.site import SiteBus, open_site_bus
from runtime.bus.wire import Endpoints
from runtime.clock import Clock
from runtime.compaction import compact
from runtime.day_keeper import DayKeeper
from runtime.epochs import note_fork
from runtime.errors import LedgerError, ProtocolError
from runtime.journal_sqlite import SqliteJournal, SqliteReader, open_reader
from runtime.live import LiveNode
from runtime.node import Batch, Node
from runtime.readings import encode_sent
from runtime.recorded import Published
from runtime.uplink import Uplink
from runtime.wire import FactRecord

LINK_LOOK_SECONDS = 0.2
"""How often links are asked whether they have something to say again."""


def link_us() -> int:
    """The links' time: monotonic, and never paced, because the wires between nodes are real."""
    return int(trio.current_time() * 1e6)


class CommittedFacts:
    """What the link may send: the journal up to the last fact that was released."""

    def __init__(self, reader: SqliteReader) -> None:
        self.epoch = reader.epoch
        self._reader = reader
        self._head = reader.head()

    def moved(self, last: FactRecord) -> None:
        """Facts up to this one were released."""
        self._head = (last.seq, last.chain)

    def head(self) -> tuple[int, bytes]:
        """See ``FactSource.head``."""
        return self._head

    def read(self, after_seq: int, limit: int) -> list[FactRecord]:
        """See ``FactSource.read``."""
        return self._reader.read(after_seq, max(0, min(limit, self._head[0] - after_seq)))


class Journalled(ABC):
    """A live node and the file of its journal.

    Attributes:
        live: the node's loop.
        epoch: of its journal.
    """

    def __init__(
        self, node: Node, journal: SqliteJournal, path: Path, clock: Clock, days: DayKeeper | None
    ) -> None:
        self.name = node.name
        self.epoch = journal.epoch
        self.reader = open_reader(path)
        self._journal = journal
        ballast = Ballast(path.with_name(path.name + ".ballast"))
        self.live = LiveNode(
            node, journal, clock, self.released, past=self.reader, ballast=ballast, days=days
        )
        self.link = node.reach(command_desk.LINK)
        self.commands = node.reach(command_desk.ADDRESS)

    @abstractmethod
    def released(self, batch: Batch) -> None:
        """A batch's facts are on disk."""

    def take_in(self, address: str, message: Any) -> None:
        """Input for an actor that lives here; nobody there: it is lost, as on a cut wire."""
        node = self.live.kernel
        ref = node.refs.get(address)
        if ref is not None and isinstance(node.actors[ref], Actor):
            self.live.put(ref, message)

    def close(self) -> None:
        """Stop reading the file; comes before the journal closes, which then leaves it as one piece."""
        self.reader.close()


class Site(Journalled):
    """A gateway, store or warehouse.

    Args:
        node: with all its actors, recovered or new.
        journal: of that node.
        path: the journal's file.
        clock: the chain's.
        to_device: takes what actors tell addresses beyond the node.
        keys: its own and its office's.
        days: keeps its days as recordings.
    """

    def __init__(
        self,
        node: Node,
        journal: SqliteJournal,
        path: Path,
        clock: Clock,
        to_device: Callable[[str, Any], None],
        keys: NodeKeys,
        days: DayKeeper | None = None,
    ) -> None:
        super().__init__(node, journal, path, clock, days)
        self.facts = CommittedFacts(self.reader)
        self.uplink = Uplink(self.name, self.facts, lambda: os.urandom(16))
        self.ended = trio.Event()
        self._bus: SiteBus | None = None
        self._to_device = to_device
        self._keys = keys
        self._heard = trio.Event()

    async def acknowledged(self) -> None:
        """Wait until the office has every fact released so far."""
        while self.uplink.acknowledged < self.facts.head()[0]:
            await self._heard.wait()

    async def run(self, endpoints: Endpoints) -> None:
        """Run the node until it is stopped and its link until it is cancelled.

        Raises LedgerError when the office has other facts under this node's numbers.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep_linked, endpoints)
            nursery.start_soon(self._look)
            nursery.start_soon(self._compact)
            await self.live.run()
            self.ended.set()

    async def _keep_linked(self, endpoints: Endpoints) -> None:
        """Hold the wires to the office, with the key that the node has now."""
        while True:
            security = self._keys.security()
            async with (
                open_site_bus(self.name, endpoints, security, self._keys) as bus,
                trio.open_nursery() as nursery,
            ):
                self._bus = bus
                nursery.start_soon(self._listen, bus)
                self._send(self.uplink.open(link_us()))
                await self._keys.changed()
                nursery.cancel_scope.cancel()

    def released(self, batch: Batch) -> None:
        """Facts and mail go to the office, orders to devices, readings to whoever listens."""
        if batch.records:
            self.facts.moved(batch.records[-1])
            self._send(self.uplink.committed(link_us(), batch.records))
        if batch.readings and self._bus is not None:
            readings = [Published(source, at_us, reading) for source, at_us, reading in batch.readings]
            self._bus.publish(encode_sent(self.epoch, self.facts.head()[0], readings))
        addresses = self.live.kernel.addresses
        for ref, message in batch.outbox:
            if ref == self.link:
                self._send(self.uplink.post(message))
            else:
                self._to_device(addresses[ref], message)

    def _send(self, frames: Iterable[bytes]) -> None:
        if self._bus is not None:
            for frame in frames:
                self._bus.send(frame)

    async def _listen(self, bus: SiteBus) -> None:
        while True:
            await self.live.room()
            for frame in await bus.receive():
                try:
                    arrived = self.uplink.received(frame, link_us())
                except ProtocolError as error:
                    log.get(node=self.name).warning("frame dropped", error=str(error))
                    continue
                self._send(arrived.frames)
                for mail in arrived.mail:
                    self.live.put(self.commands, mail)
            self._heard.set()
            self._heard = trio.Event()

    async def _compact(self) -> None:
        """Archive what back-ups cover, whenever the office has told of some that do."""
        done = 0
        while True:
            if self.uplink.covered > done:
                done = self.uplink.covered
                await compact(self.live, self._journal, done)
            await self._heard.wait()

    async def _look(self) -> None:
        while True:
            await trio.sleep(LINK_LOOK_SECONDS)
            self._send(self.uplink.due(link_us()))
            if self.uplink.forked:
                heard = self.uplink.forked_epoch
                await self.live.in_writer(partial(note_fork, self.live.journal, heard))
                raise LedgerError(self.uplink.forked)
