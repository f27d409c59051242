"""The office running live: it stores every node's facts, and lets its desks and the console hear them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import attrs
import trio

from actors.ledger.writer import LedgerWriter
from runtime import log
from runtime.actor import Actor, Report, heard_seq
from runtime.address import Ref
from runtime.bus.office import OfficeBus
from runtime.clock import Clock
from runtime.command import Mail, refusal
from runtime.day_keeper import DayKeeper
from runtime.downlink import Downlink
from runtime.errors import DiskFull, Fault, ProtocolError
from runtime.journal_sqlite import SqliteJournal
from runtime.kernel import Kernel
from runtime.link_ports import Position
from runtime.node import Batch, Node
from runtime.readings import Waiting, decode_sent, topic_of
from runtime.recorded import Published, encode_readings
from runtime.wire import FactRecord
from scenarios.live.health import LinkState
from scenarios.live.site import Journalled, link_us

CONSOLE = "office/console"
HEARD_AT_ONCE = 1000
COVERED_SECONDS = 30.0
FULL_SECONDS = 1.0
HEARD_US_MAX = 90_000_000
"""A link that was silent for longer is down: an idle one says hello every minute."""


class ConsoleKernel:
    """The console actor in a kernel of its own: a fault in it stops no desk."""

    def __init__(self, actor: Actor, clock: Clock, to_office: Callable[[str, Any], None]) -> None:
        self.kernel = Kernel("console", now_us=clock.now_us())
        self.kernel.on_fault = self._on_fault
        self._ref = self.kernel.spawn(CONSOLE, actor)
        self._clock = clock
        self._to_office = to_office

    def hear(self, reports: Iterable[Any]) -> None:
        """Handle reports, or an outcome, at once."""
        kernel = self.kernel
        kernel.advance(self._clock.now_us())
        for report in reports:
            kernel.receive(self._ref, report)
        while kernel.ready:
            kernel.drain()
        told = kernel.outbox[:]
        kernel.outbox.clear()
        for ref, message in told:
            self._to_office(kernel.addresses[ref], message)

    def _on_fault(self, fault: Fault) -> None:
        log.get(node="console").error("report set aside", error=repr(fault.error)[:200])


@attrs.define(slots=True)
class Load:
    """Facts of one node on their way into the ledger; those of the office come decoded."""

    node: str
    epoch: int
    records: list[FactRecord]
    facts: list[Any] | None = None

    def reports(self) -> list[Report]:
        """The facts as desks hear them."""
        facts = self.facts if self.facts is not None else [record.fact() for record in self.records]
        return [
            Report(self.node, heard_seq(self.epoch, record.seq), record.source, record.at_us, fact)
            for record, fact in zip(self.records, facts, strict=True)
        ]


class Office(Journalled):
    """The office's node, the ledger's writer, and an end of each site's link.

    Args:
        node: the office, desks spawned, recovered or new.
        journal: of that node.
        path: the journal's file.
        clock: the chain's.
        ledger: the only writer.
        sites: names of the other nodes.
        heard_by: which desks hear which facts and readings.
        node_of: which node an address lives on.
        console: the console actor.
        covered: how far each node's facts are in a back-up off this machine.
        past: what desks and console heard before, in the same order.
        days: keeps its days as recordings.

    Attributes:
        ready: they have heard it, and desks are started.
    """

    def __init__(
        self,
        node: Node,
        journal: SqliteJournal,
        path: Path,
        clock: Clock,
        *,
        ledger: LedgerWriter,
        sites: Collection[str],
        heard_by: Mapping[type, list[Ref]],
        node_of: Callable[[str], str],
        console: Actor,
        covered: Callable[[], Mapping[str, Position]] = dict,
        past: Iterable[Report] = (),
        days: DayKeeper | None = None,
    ) -> None:
        super().__init__(node, journal, path, clock, days)
        self.console = ConsoleKernel(console, clock, self.live.put)
        self.heard: dict[str, tuple[int, int]] = {}
        self._clock = clock
        self._covered = covered
        self._past = past
        self.ready = trio.Event()
        self._ledger = ledger
        self._links = {
            name: Downlink(name, ledger.position(name), ledger.incarnation, partial(ledger.holds, name))
            for name in sites
        }
        self._heard_by = heard_by
        self._node_of = node_of
        self._readings = {name: Waiting() for name in sites}
        positions = {name: ledger.position(name) for name in (*sites, node.name)}
        self._heard_up_to = {name: (at.epoch, at.seq) for name, at in positions.items()}
        self._bus: OfficeBus | None = None
        self._loads: list[Load] = []
        self._loaded = trio.Event()
        self.stored = trio.Event()
        self.ended = trio.Event()
        self._limiter = trio.CapacityLimiter(1)

    async def run(self, bus: OfficeBus) -> None:
        """Run until cancelled. Raises LedgerError when the ledger or the journal cannot take facts."""
        self._bus = bus
        await self._hear_again()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen, bus)
            nursery.start_soon(self._listen_readings, bus)
            nursery.start_soon(bus.serve_watchers)
            nursery.start_soon(self._store)
            nursery.start_soon(self._tell_covered)
            await self.live.run()
            self.ended.set()

    async def _hear_again(self) -> None:
        """Tell desks and console what they heard before, while sites sell already; then start the desks."""
        node = self.live.kernel
        coming = iter(self._past)
        while some := list(islice(coming, HEARD_AT_ONCE)):
            self.console.hear(some)
            for report in some:
                for ref in self._heard_by.get(type(report.content), ()):
                    node.receive(ref, report)
            while node.ready:
                node.drain()
            await trio.lowlevel.checkpoint()
        self.live.start()
        self.ready.set()

    def linked(self, name: str) -> tuple[bool, int]:
        """Whether a site's link is up, and when it was last heard, by the chain's clock."""
        at_us, heard_us = self.heard.get(name, (0, 0))
        return bool(heard_us) and link_us() - heard_us < HEARD_US_MAX, at_us

    def nodes(self) -> list[tuple[str, bool, int]]:
        """Every node: name, whether it is linked now, and when it was last heard, by the chain's clock."""
        at_us = self._clock.now_us()
        return [*((name, *self.linked(name)) for name in self._links), (self.name, True, at_us)]

    def links(self) -> list[LinkState]:
        """Every node's link as it is known here, the office last."""
        states = []
        for name, linked, heard_us in self.nodes():
            epoch, facts = self._heard_up_to[name]
            link = self._links.get(name)
            states.append(
                LinkState(
                    node=name,
                    linked=linked,
                    heard_us=heard_us,
                    epoch=epoch,
                    facts=facts,
                    waiting=0 if link is None else max(0, link.told_seq - facts),
                    forked="" if link is None else link.forked,
                )
            )
        return states

    @property
    def waiting(self) -> int:
        """Facts that have come and wait for the ledger."""
        return sum(len(load.records) for load in self._loads)

    async def settle(self) -> None:
        """Stop, once everything that arrived is in the ledger, and so is what the desks made of it."""
        await self._drained()
        self.live.stop()
        await self.ended.wait()
        await self._drained()

    async def _drained(self) -> None:
        while self._loads or not self.stored.is_set():
            await self.stored.wait()

    # The office's own

    def released(self, batch: Batch) -> None:
        """The office's facts go to the ledger like all others; its mail is relayed, readings are heard."""
        if batch.records:
            facts = [fact for _, fact in batch.facts]
            self._load(Load(self.name, self.epoch, batch.records, facts))
        self._hear([Report(self.name, 0, source, at_us, what) for source, at_us, what in batch.readings])
        self._publish([Published(source, at_us, what) for source, at_us, what in batch.readings])
        addresses = self.live.kernel.addresses
        for ref, message in batch.outbox:
            if ref == self.link:
                self._relay(message)
            elif addresses[ref].startswith(CONSOLE):
                self.console.hear((message,))

    def _relay(self, mail: Mail) -> None:
        name = mail.to if mail.kind == "outcome" else self._node_of(mail.to)
        if name == self.name:
            self.live.put(self.commands, mail)
        elif (link := self._links.get(name)) is not None:
            self._answer(name, link.post(mail))
        elif mail.kind == "command":
            self._relay(refusal(mail, self.name))
        else:
            log.get(node=self.name).warning("mail dropped: no such node", to=mail.to, id=mail.id)

    def _answer(self, name: str, frames: Iterable[bytes]) -> None:
        if self._bus is not None:
            for frame in frames:
                self._bus.send(name, frame)

    # What sites say

    async def _listen(self, bus: OfficeBus) -> None:
        while True:
            await self.live.room()
            for name, frame in await bus.receive():
                if (link := self._links.get(name)) is not None:
                    self._received(link, frame)

    async def _tell_covered(self) -> None:
        """Tell each node now and then what back-ups off this machine have of its facts."""
        while True:
            for name, at in self._covered().items():
                if (link := self._links.get(name)) is not None:
                    self._answer(name, link.covered(at))
            await trio.sleep(COVERED_SECONDS)

    def _received(self, link: Downlink, frame: bytes) -> None:
        name, now_us = link.node, self._clock.now_us()
        try:
            arrived = link.received(frame, now_us)
        except ProtocolError as error:
            log.get(node=self.name).warning("frame dropped", sender=name, error=str(error))
            return
        self.heard[name] = (now_us, link_us())
        self._answer(name, arrived.frames)
        if arrived.facts:
            self._load(Load(name, link.epoch, arrived.facts))
        for mail in arrived.mail:
            self._relay(mail)

    async def _listen_readings(self, bus: OfficeBus) -> None:
        while True:
            for name, body in await bus.receive_readings():
                if name not in self._links:
                    continue
                try:
                    self._readings[name].came(decode_sent(body))
                except ProtocolError as error:
                    log.get(node=self.name).warning("readings dropped", sender=name, error=str(error))
                    continue
                self._hear_readings(name)

    def _hear_readings(self, name: str) -> None:
        """Let a node's readings be heard that do not overtake one of its facts."""
        at = self._heard_up_to[name]
        due = self._readings[name].due(at)
        self._hear([Report(name, 0, r.source, r.at_us, r.reading) for r in due])
        self._publish(due)

    def _publish(self, readings: Iterable[Published]) -> None:
        """Watchers follow readings by address, the latest of each."""
        if self._bus is not None:
            for each in readings:
                self._bus.publish(topic_of(each), encode_readings([each]))

    # Into the ledger, and on to whoever hears

    def _load(self, load: Load) -> None:
        self._loads.append(load)
        self._loaded.set()
        if self.stored.is_set():
            self.stored = trio.Event()

    async def _store(self) -> None:
        """Store what has come, all that waits in one transaction; then acknowledge, then let it be heard."""
        while True:
            if not self._loads:
                self.stored.set()
                self._loaded = trio.Event()
                await self._loaded.wait()
            loads, self._loads = self._loads, []
            batches = [(load.node, load.epoch, load.records) for load in loads]
            await self._stored_at_last(batches)
            for load in loads:
                if (link := self._links.get(load.node)) is not None:
                    self._answer(load.node, link.stored(load.records[-1].seq))
            for load in loads:
                self._hear(load.reports())
                self._heard_up_to[load.node] = (load.epoch, load.records[-1].seq)
                if load.node in self._readings:
                    self._hear_readings(load.node)

    async def _stored_at_last(self, batches: list[tuple[str, int, list[FactRecord]]]) -> None:
        """Store once the disk has room; until then nothing is acknowledged, and sites keep their facts."""
        while True:
            try:
                await trio.to_thread.run_sync(self._ledger.store_many, batches, limiter=self._limiter)
                return
            except DiskFull as error:
                log.get(node=self.name).error("ledger waits for room", error=str(error))
            await trio.sleep(FULL_SECONDS)

    def _hear(self, reports: list[Report]) -> None:
        for report in reports:
            for ref in self._heard_by.get(type(report.content), ()):
                self.live.put(ref, report)
        if reports:
            self.console.hear(reports)
