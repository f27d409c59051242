"""A world: several nodes on one virtual clock, as fast as the processor allows, with a simulated network.

The nodes, journals, links and the office's inbox store are the live ones; only clock and network are
pretended. No trio runs here: a world jumps from event to event, in an order that follows from the inputs
and the seed alone.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from runtime import command_desk
from runtime.actor import Actor, Report
from runtime.address import Ref
from runtime.command import Mail, refusal
from runtime.dice import Dice, address_key
from runtime.downlink import Downlink
from runtime.errors import LedgerError
from runtime.journal import Journal
from runtime.kernel import FAR_FUTURE_US, Kernel
from runtime.link_ports import InboxStore
from runtime.network import Network, PerfectNetwork
from runtime.node import Batch, Node
from runtime.uplink import Uplink
from runtime.wire import FactRecord, decode

LINGER_US = 1_000_000
"""A site sends its facts at most once a simulated second; a vend's facts then ride in one frame."""
READINGS_MAX = 10_000
"""Readings a site keeps while the office does not have the facts before them; then the oldest are dropped."""


def hearing(office: Kernel) -> dict[type, list[Ref]]:
    """Which actors of a kernel hear which facts and readings."""
    heard: dict[type, list[Ref]] = {}
    for ref, actor in enumerate(office.actors):
        if isinstance(actor, Actor):
            for message_type in actor.hearers:
                heard.setdefault(message_type, []).append(Ref(ref))
    return heard


class Member:
    """A kernel in the world; the street is one, and every node."""

    def __init__(self, world: World, kernel: Kernel, index: int) -> None:
        self.world, self.kernel, self.index = world, kernel, index
        self.at = FAR_FUTURE_US
        self._routes: dict[Ref, tuple[Member, Ref]] = {}

    def next_at(self) -> int:
        """When it has something to do."""
        return self.kernel.next_at()

    def step(self, limit_us: int) -> None:
        """Handle what is due, and go on to its own later events until something leaves it."""
        kernel = self.kernel
        while True:
            kernel.fire()
            while kernel.ready:
                kernel.drain()
            if self.settle() or kernel.next_at() > limit_us:
                return

    def settle(self) -> bool:
        """Let out what was said; return whether anything was."""
        if not self.kernel.outbox:
            return False
        said = self.kernel.outbox[:]
        self.kernel.outbox.clear()
        for ref, message in said:
            self.deliver(ref, message)
        return True

    def deliver(self, ref: Ref, message: Any) -> None:
        """Hand a message to whoever has the address; nobody there: it is lost, as on a cut wire."""
        route = self._routes.get(ref)
        if route is None:
            owner = self.world.owner_of(self.kernel.addresses[ref])
            if owner is None:
                return
            route = self._routes[ref] = (owner, owner.kernel.reach(self.kernel.addresses[ref]))
        route[0].take_in(self.kernel.now, route[1], message)

    def take_in(self, now_us: int, ref: Ref, message: Any) -> None:
        """Edge input at this moment."""
        self.kernel.advance(now_us)
        self.kernel.receive(ref, message)
        self.world.schedule(self)


class Site(Member):
    """A node with its journal and its link to the office.

    Attributes:
        link_at: when the facts committed since the last sending are sent.
    """

    kernel: Node

    def __init__(self, world: World, node: Node, index: int, journal: Journal) -> None:
        super().__init__(world, node, index)
        self.kernel = node
        self.journal = journal
        self.commands = node.reach(command_desk.ADDRESS)
        self.link = node.reach(command_desk.LINK)
        nonces = Dice(address_key(node.seed, f"{node.name}/nonce"))
        self.uplink = Uplink(node.name, journal, lambda: nonces.bits().to_bytes(8, "big"))
        self.link_at = FAR_FUTURE_US
        self._unsent: list[FactRecord] = []
        self._readings: deque[tuple[int, Report]] = deque(maxlen=READINGS_MAX)
        node.history = lambda address: (record.fact() for record in journal.read_source(address))

    def open(self) -> None:
        """Say hello to the office."""
        self.send(self.kernel.now, self.uplink.open(self.kernel.now))

    def next_at(self) -> int:
        """When its actors or its link have something to do."""
        at = min(self.kernel.next_at(), self.link_at)
        if self.uplink.acknowledged < self.kernel.seq and not self._unsent:
            at = min(at, self.uplink.next_due_us())
        return at

    def step(self, limit_us: int) -> None:
        """Send what is due on the link, and let the actors go on."""
        now = self.at
        if self.link_at <= now:
            self.link_at = FAR_FUTURE_US
            unsent, self._unsent = self._unsent, []
            self.send(now, self.uplink.committed(now, unsent))
        elif self.kernel.next_at() > now:
            self.send(now, self.uplink.due(now))
        if self.kernel.next_at() <= now:
            super().step(min(limit_us, self.link_at))

    def settle(self) -> bool:
        """Commit what was decided, then let it out; return whether anything left."""
        batch = self.kernel.take()
        if batch is None:
            return False
        if batch.records:
            self.journal.commit(batch.records)
        self.world.committed(self, batch)
        self.committed(batch)
        for ref, message in batch.outbox:
            if ref == self.link:
                self.post(message)
            else:
                self.deliver(ref, message)
        return bool(batch.records or batch.outbox or batch.readings)

    def committed(self, batch: Batch) -> None:
        """Facts and readings go to the office."""
        now, node = self.kernel.now, self.kernel
        if batch.records:
            self._unsent += batch.records
            self.link_at = min(self.link_at, now + LINGER_US)
        for source, at_us, reading in batch.readings:
            self._readings.append((node.seq, Report(node.name, 0, source, at_us, reading)))
        self._send_readings(now)

    def _send_readings(self, now_us: int) -> None:
        """No reading overtakes a fact recorded before it: it waits until the office has that."""
        readings, office = self._readings, self.world.office
        while readings and readings[0][0] <= self.uplink.acknowledged:
            self.world.network.send(now_us, office.hear, readings.popleft()[1])

    def post(self, mail: Mail) -> None:
        """Mail goes by way of the office."""
        self.send(self.kernel.now, self.uplink.post(mail))

    def send(self, now_us: int, frames: Iterable[bytes]) -> None:
        """Put frames on the wire to the office."""
        for frame in frames:
            self.world.network.send(now_us, self.world.office.received, (self, frame))

    def received(self, now_us: int, frame: bytes) -> None:
        """A frame came from the office. Raises LedgerError when it has other facts of this node."""
        arrived = self.uplink.received(frame, now_us)
        if self.uplink.forked:
            raise LedgerError(self.uplink.forked)
        self.send(now_us, arrived.frames)
        self._send_readings(now_us)
        for mail in arrived.mail:
            self.take_in(now_us, self.commands, mail)
        self.world.schedule(self)


class Office(Site):
    """The node that keeps the ledger: it stores every node's facts and lets its desks hear them."""

    def __init__(
        self,
        world: World,
        node: Node,
        index: int,
        journal: Journal,
        store: InboxStore,
        node_of: Callable[[str], str],
    ) -> None:
        super().__init__(world, node, index, journal)
        self.store = store
        self.node_of = node_of
        self.heard = hearing(node)
        self.downlinks: dict[str, Downlink] = {}

    def open(self) -> None:
        """There is no link to itself; who hears what is settled now that every actor is there."""
        self.heard = hearing(self.kernel)

    def next_at(self) -> int:
        """When its actors have something to do."""
        return self.kernel.next_at()

    def step(self, limit_us: int) -> None:
        """Let the actors go on."""
        Member.step(self, limit_us)

    def committed(self, batch: Batch) -> None:
        """The ledger stores its own facts too, and its desks hear them."""
        if batch.records:
            self.store.store(self.kernel.name, self.journal.epoch, batch.records)
            for record, (source, fact) in zip(batch.records, batch.facts, strict=True):
                self.hear(self.kernel.now, Report(self.kernel.name, record.seq, source, record.at_us, fact))
        for source, at_us, reading in batch.readings:
            self.hear(self.kernel.now, Report(self.kernel.name, 0, source, at_us, reading))

    def received(self, now_us: int, sent: Any) -> None:
        """A frame came from a site."""
        site, frame = sent
        name = site.kernel.name
        link = self.downlinks.get(name)
        if link is None:
            link = self.downlinks[name] = Downlink(name, self.store.position(name), self.store.incarnation)
        arrived = link.received(frame, now_us)
        frames = arrived.frames
        if arrived.facts:
            self.store.store(name, link.epoch, arrived.facts)
            frames = [*frames, *link.stored()]
            for record in arrived.facts:
                fact = decode(record.body)
                if type(fact) in self.heard:
                    self.hear(now_us, Report(name, record.seq, record.source, record.at_us, fact))
        self.answer(now_us, site, frames)
        for mail in arrived.mail:
            self.relay(now_us, mail)

    def hear(self, now_us: int, report: Report) -> None:
        """Tell a report to every desk that hears its kind."""
        for ref in self.heard.get(type(report.content), ()):
            self.take_in(now_us, ref, report)

    def post(self, mail: Mail) -> None:
        """Its own mail needs no link."""
        self.relay(self.kernel.now, mail)

    def relay(self, now_us: int, mail: Mail) -> None:
        """Pass mail to the node it is for; a command for no node at all has failed."""
        name = mail.to if mail.kind == "outcome" else self.node_of(mail.to)
        if name == self.kernel.name:
            self.take_in(now_us, self.commands, mail)
        elif (link := self.downlinks.get(name)) is not None:
            self.answer(now_us, self.world.sites[name], link.post(mail))
        elif mail.kind == "command" and name not in self.world.sites:
            self.relay(now_us, refusal(mail, self.kernel.name))

    def answer(self, now_us: int, site: Site, frames: Iterable[bytes]) -> None:
        """Put frames on the wire to a site."""
        for frame in frames:
            self.world.network.send(now_us, site.received, frame)


class World:
    """Nodes, street and network under one clock.

    Attributes:
        now: the moment of the event being handled, microseconds since 1970 UTC.
        on_batch: called with every committed batch: invariants and recorders watch here.
    """

    office: Office

    def __init__(self, now_us: int, network: Network | None = None) -> None:
        self.now = now_us
        self.network: Network = PerfectNetwork() if network is None else network
        self.sites: dict[str, Site] = {}
        self.members: list[Member] = []
        self.on_batch: list[Callable[[Node, Batch], None]] = []
        self._heap: list[tuple[int, int]] = []

    def add_kernel(self, kernel: Kernel) -> Member:
        """Add a bare kernel: the street."""
        member = Member(self, kernel, len(self.members))
        self.members.append(member)
        return member

    def add_site(self, node: Node, journal: Journal) -> Site:
        """Add a node."""
        site = Site(self, node, len(self.members), journal)
        self.members.append(site)
        self.sites[node.name] = site
        return site

    def add_office(
        self, node: Node, journal: Journal, store: InboxStore, node_of: Callable[[str], str]
    ) -> Office:
        """Add the office. ``node_of`` tells which node an address lives on."""
        self.office = Office(self, node, len(self.members), journal, store, node_of)
        self.members.append(self.office)
        self.sites[node.name] = self.office
        return self.office

    def owner_of(self, address: str) -> Member | None:
        """The member that has an actor at this address."""
        for member in self.members:
            ref = member.kernel.refs.get(address)
            if ref is not None and isinstance(member.kernel.actors[ref], Actor):
                return member
        return None

    def schedule(self, member: Member) -> None:
        """Note when a member has something to do next."""
        at = member.next_at()
        if at != member.at:
            member.at = at
            if at < FAR_FUTURE_US:
                heapq.heappush(self._heap, (at, member.index))

    def committed(self, site: Site, batch: Batch) -> None:
        """A batch is on disk."""
        for watch in self.on_batch:
            watch(site.kernel, batch)

    def start(self) -> None:
        """Start every node's actors and links."""
        for site in self.sites.values():
            site.kernel.start()
            site.open()
        for member in self.members:
            self.schedule(member)

    def run(self, until_us: int) -> None:
        """Handle every event up to and including this moment."""
        heap, network, members = self._heap, self.network, self.members
        while True:
            while heap and heap[0][0] != members[heap[0][1]].at:
                heapq.heappop(heap)
            at = heap[0][0] if heap else FAR_FUTURE_US
            arriving = network.next_at()
            if min(at, arriving) > until_us:
                break
            if arriving <= at:
                self.now = arriving
                network.deliver()
                continue
            self.now = at
            member = members[heapq.heappop(heap)[1]]
            limit = min(heap[0][0] if heap else FAR_FUTURE_US, network.next_at() - 1, until_us)
            member.step(limit)
            member.at = FAR_FUTURE_US
            self.schedule(member)
        self.now = until_us
        for member in members:
            member.kernel.advance(until_us)
