"""Who lives in a world: bare kernels, sites with journal and link, and the office with its ledger."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from runtime import command_desk
from runtime.actor import Actor, Report, heard_seq
from runtime.address import Ref
from runtime.command import Mail, refusal
from runtime.dice import Dice, address_key
from runtime.downlink import Downlink
from runtime.errors import ProtocolError
from runtime.journal import Journal
from runtime.kernel import FAR_FUTURE_US, Kernel
from runtime.link_ports import InboxStore
from runtime.node import Batch, Node
from runtime.snapshot_parts import recover
from runtime.uplink import Uplink
from runtime.wire import FactRecord, decode

if TYPE_CHECKING:
    from runtime.world import World

READINGS_MAX = 10_000
"""Readings a site keeps while the office does not have the facts before them; then the oldest are dropped."""


class NodeKilled(Exception):
    """A node's process ends here and now: whatever it was doing is not done, and nobody is told.

    A journal or store that pretends faults raises it; ``World.run`` takes the node down.
    """

    def __init__(self, node: str) -> None:
        super().__init__(f"{node} was killed")
        self.node = node


class NodeForked(NodeKilled):
    """A node's process ends itself because the office has other facts of it: its disk is not the newest."""


def hearing(office: Kernel) -> dict[type, list[Ref]]:
    """Which actors of a kernel hear which facts and readings."""
    heard: dict[type, list[Ref]] = {}
    for ref, actor in enumerate(office.actors):
        if isinstance(actor, Actor):
            for message_type in actor.hearers:
                heard.setdefault(message_type, []).append(Ref(ref))
    return heard


class Member:
    """A kernel in the world; the street is one, and every node.

    Attributes:
        skew_us: how far its clock is ahead of the world's.
    """

    def __init__(self, world: World, kernel: Kernel, index: int) -> None:
        self.world, self.kernel, self.index = world, kernel, index
        self.skew_us = 0
        self._routes: dict[Ref, tuple[Member, Ref]] = {}

    @property
    def now(self) -> int:
        """The world's time of what it is doing."""
        return self.kernel.now - self.skew_us

    def next_at(self) -> int:
        """When it has something to do."""
        return self.kernel.next_at() - self.skew_us

    def step(self, limit_us: int) -> None:
        """Handle what is due, and go on to its own later events until something leaves it."""
        kernel = self.kernel
        while True:
            kernel.fire()
            while kernel.ready:
                kernel.drain()
            if self.settle() or kernel.next_at() - self.skew_us > limit_us:
                return

    def settle(self) -> bool:
        """Let out what was said; return whether anything was."""
        if not self.kernel.outbox:
            return False
        said = self.kernel.outbox[:]
        self.kernel.outbox.clear()
        self.deliver(said)
        return True

    def deliver(self, said: Iterable[tuple[Ref, Any]]) -> None:
        """Hand messages to whoever has their addresses; nobody there: one is lost, as on a cut wire."""
        now_us, routes = self.now, self._routes
        for ref, message in said:
            route = routes.get(ref)
            if route is None:
                owner = self.world.owner_of(self.kernel.addresses[ref])
                if owner is None:
                    continue
                route = routes[ref] = (owner, owner.kernel.reach(self.kernel.addresses[ref]))
            route[0].take_in(now_us, route[1], message)

    def forget_routes(self) -> None:
        """Look anew for who has which address: a member was made anew."""
        self._routes.clear()

    def take_in(self, now_us: int, ref: Ref, message: Any) -> None:
        """Edge input at this moment."""
        kernel = self.kernel
        kernel.advance(now_us + self.skew_us)
        idle = not kernel.ready
        kernel.receive(ref, message)
        if idle:  # else it is on the world's list for this moment
            self.world.schedule(self)


class Site(Member):
    """A node with its journal and its link to the office.

    Attributes:
        name: of its node.
        up: whether its process runs; while it does not, whatever it is sent is lost.
        lives: how often its process was started.
        refused: frames that were damaged.
        link_at: when what is to be told since the last sending is sent.
    """

    kernel: Node
    uplink: Uplink

    def __init__(self, world: World, node: Node, index: int, journal: Journal) -> None:
        super().__init__(world, node, index)
        self.name = node.name
        self.journal = journal
        self.lives = self.refused = 0
        self._nonces = Dice(address_key(node.seed, f"{node.name}/nonce"))
        self._begin(node)

    def _begin(self, node: Node) -> None:
        journal = self.journal
        self.kernel, self.up = node, True
        self.lives += 1
        self.commands = node.reach(command_desk.ADDRESS)
        self.link = node.reach(command_desk.LINK)
        self.uplink = Uplink(node.name, journal, lambda: self._nonces.bits().to_bytes(8, "big"))
        self.link_at = FAR_FUTURE_US
        self._unsent: list[FactRecord] = []
        self._readings: deque[tuple[int, Report]] = deque(maxlen=READINGS_MAX)
        node.history = lambda address: (record.fact() for record in journal.read_source(address))

    def take_over(self, node: Node, skew_us: int) -> None:
        """Its process starts again with this new node, which learns its past from the journal.

        A clock behind the last fact goes on from there: no clock goes back.
        """
        recover(node, self.journal)
        node.advance(self.world.now + skew_us)
        self.skew_us = node.now - self.world.now
        self._begin(node)

    def open(self) -> None:
        """Say hello to the office."""
        self.send(self.now, self.uplink.open(self.now))

    def next_at(self) -> int:
        """When its actors or its link have something to do."""
        if not self.up:
            return FAR_FUTURE_US
        at = min(self.kernel.next_at() - self.skew_us, self.link_at)
        behind = self.uplink.acknowledged < self.kernel.seq and not self._unsent
        if behind or not self.world.network.reliable:
            at = min(at, self.uplink.next_due_us())
        return at

    def step(self, limit_us: int) -> None:
        """Send what is due on the link, and let the actors go on."""
        now, kernel_at = self.world.now, self.kernel.next_at() - self.skew_us
        if self.link_at <= now:
            self.link_at = FAR_FUTURE_US
            unsent, self._unsent = self._unsent, []
            self.send(now, self.uplink.committed(now, unsent))
            if self.world.network.reliable:
                self._send_readings(now)
        elif kernel_at > now:
            self.send(now, self.uplink.due(now))
        if kernel_at <= now:
            Member.step(self, min(limit_us, self.link_at))

    def settle(self) -> bool:
        """Commit what was decided, then let it out; return whether anything left.

        Input of which nothing came waits for the next batch.
        """
        if not self.kernel.has_said:
            return False
        batch = self.kernel.take()
        assert batch is not None, f"{self.name}: something was said"
        if batch.records:
            self.journal.commit(batch.records)
        self.world.committed(self, batch)
        self.committed(batch)
        if batch.outbox:
            self.deliver(batch.outbox)
        return True

    def rest(self) -> None:
        """Nothing more happens for now: whoever watches gets the input that nothing came of."""
        if self.up and not self.kernel.has_said and (batch := self.kernel.take()) is not None:
            self.world.committed(self, batch)

    def deliver(self, said: Iterable[tuple[Ref, Any]]) -> None:
        """Mail goes by way of the office, all else to whoever is next to it."""
        mail = [message for ref, message in said if ref == self.link]
        super().deliver(said if not mail else [each for each in said if each[0] != self.link])
        for each in mail:
            self.post(each)

    def take_in(self, now_us: int, ref: Ref, message: Any) -> None:
        """Edge input, if there is a process to take it."""
        if self.up:
            Member.take_in(self, now_us, ref, message)

    def committed(self, batch: Batch) -> None:
        """Facts and readings go to the office."""
        now, node, linger_us = self.now, self.kernel, self.world.linger_us
        together = self.world.network.reliable
        self._unsent += batch.records
        for source, at_us, reading in batch.readings:
            self._readings.append((node.seq, Report(node.name, 0, source, at_us, reading)))
        if batch.records or (together and batch.readings):
            at_us = (now // linger_us + 1) * linger_us if together else now + linger_us
            self.link_at = min(self.link_at, at_us)
        if not together:
            self._send_readings(now)

    def _send_readings(self, now_us: int) -> None:
        """No reading overtakes a fact recorded before it: it waits until the office has that."""
        readings, reports = self._readings, []
        while readings and readings[0][0] <= self.uplink.acknowledged:
            reports.append(readings.popleft()[1])
        network, office = self.world.network, self.world.office
        for some in [reports] if network.reliable and reports else [[report] for report in reports]:
            network.send(now_us, self.name, office.hear, some)

    def post(self, mail: Mail) -> None:
        """Mail goes by way of the office."""
        self.send(self.now, self.uplink.post(mail))

    def send(self, now_us: int, frames: Iterable[bytes]) -> None:
        """Put frames on the wire to the office."""
        for frame in frames:
            self.world.network.send(now_us, self.name, self.world.office.received, (self, frame))

    def received(self, now_us: int, frame: bytes) -> None:
        """A frame came from the office. Raises NodeForked when it has other facts of this node."""
        if not self.up:
            return
        try:
            arrived = self.uplink.received(frame, now_us)
        except ProtocolError:
            self.refused += 1
            return
        if self.uplink.forked:
            raise NodeForked(self.name)
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
        past: Callable[[], Iterable[Report]],
    ) -> None:
        super().__init__(world, node, index, journal)
        self.store = store
        self.past = past
        self.node_of = node_of
        self.heard = hearing(node)
        self.downlinks: dict[str, Downlink] = {}

    def open(self) -> None:
        """There is no link to itself; who hears what is settled now that every actor is there."""
        self.heard = hearing(self.kernel)

    def take_over(self, node: Node, skew_us: int) -> None:
        """Start again: the ledger gets what a crash kept from it, and the desks hear everything once more."""
        super().take_over(node, skew_us)
        self.downlinks.clear()
        self.heard = hearing(node)
        at = self.store.position(self.name)
        for records in _pages(self.journal, at.seq if at.epoch == self.journal.epoch else 0):
            self.store.store(self.name, self.journal.epoch, records)
        for report in self.past():
            for ref in self.heard.get(type(report.content), ()):
                node.receive(ref, report)
            while node.ready:
                node.drain()

    def next_at(self) -> int:
        """When its actors have something to do."""
        return Member.next_at(self) if self.up else FAR_FUTURE_US

    def step(self, limit_us: int) -> None:
        """Let the actors go on."""
        Member.step(self, limit_us)

    def committed(self, batch: Batch) -> None:
        """The ledger stores its own facts too, and its desks hear them."""
        if batch.records:
            self.store.store(self.kernel.name, self.journal.epoch, batch.records)
        name, epoch, said = self.kernel.name, self.journal.epoch, zip(batch.records, batch.facts, strict=True)
        reports = [Report(name, heard_seq(epoch, r.seq), r.source, r.at_us, fact) for r, (_, fact) in said]
        reports += [Report(name, 0, source, at_us, reading) for source, at_us, reading in batch.readings]
        self.hear(self.now, reports)

    def received(self, now_us: int, sent: Any) -> None:
        """A frame came from a site."""
        site, frame = sent
        if not self.up:
            return
        name = site.name
        link = self.downlinks.get(name)
        if link is None:
            holds = partial(self.store.holds, name)
            at, incarnation = self.store.position(name), self.store.incarnation
            link = self.downlinks[name] = Downlink(name, at, incarnation, holds)
        try:
            arrived = link.received(frame, now_us)
        except ProtocolError:
            self.refused += 1
            return
        frames = arrived.frames
        if arrived.facts:
            self.store.store(name, link.epoch, arrived.facts)
            frames = [*frames, *link.stored()]
            epoch, said = link.epoch, [(record, decode(record.body)) for record in arrived.facts]
            self.hear(
                now_us,
                [Report(name, heard_seq(epoch, r.seq), r.source, r.at_us, fact) for r, fact in said],
            )
        self.answer(now_us, site, frames)
        for mail in arrived.mail:
            self.relay(now_us, mail)

    def hear(self, now_us: int, reports: Iterable[Report]) -> None:
        """Tell each report to every desk that hears its kind."""
        if not self.up:
            return
        heard = self.heard
        for report in reports:
            for ref in heard.get(type(report.content), ()):
                self.take_in(now_us, ref, report)

    def post(self, mail: Mail) -> None:
        """Its own mail needs no link."""
        self.relay(self.now, mail)

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
            self.world.network.send(now_us, site.name, site.received, frame)


def _pages(journal: Journal, after_seq: int = 0) -> Iterator[list[FactRecord]]:
    while records := journal.read(after_seq, 5000):
        yield records
        after_seq = records[-1].seq
