"""A world: several nodes on one virtual clock, as fast as the processor allows, with a simulated network.

The nodes, journals, links and the office's inbox store are the live ones; only clock, network and disks are
pretended. No trio runs here: a world jumps from event to event, in an order that follows from the inputs
and the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from runtime.actor import Actor, Report
from runtime.journal import Journal
from runtime.kernel import FAR_FUTURE_US, Kernel
from runtime.link_ports import InboxStore
from runtime.network import Network, PerfectNetwork
from runtime.node import Batch, Node
from runtime.world_members import Member, NodeKilled, Office, Site

LINGER_US = 1_000_000
"""A site sends its facts at most once a simulated second; a vend's facts then ride in one frame."""


class World:
    """Nodes, street and network under one clock.

    Where nothing can be lost, all sites send at the same whole multiples of ``linger_us``, readings too, and
    the office takes in at once what they have to say.

    Attributes:
        now: the moment of the event being handled, microseconds since 1970 UTC.
        linger_us: how long a site waits for more facts before it sends those it has.
        on_batch: called with every committed batch: invariants and recorders watch here.
        on_kill: called with the name of every node whose process has ended.
    """

    office: Office

    def __init__(self, now_us: int, network: Network | None = None, linger_us: int = LINGER_US) -> None:
        self.now = now_us
        self.linger_us = linger_us
        self.network: Network = PerfectNetwork() if network is None else network
        self.sites: dict[str, Site] = {}
        self.members: list[Member] = []
        self.on_batch: list[Callable[[Node, Batch], None]] = []
        self.on_kill: list[Callable[[str], None]] = []
        self._due: list[int] = []  # when each member has something to do next, by its index

    def add_kernel(self, kernel: Kernel) -> Member:
        """Add a bare kernel: the street."""
        member = Member(self, kernel, len(self.members))
        self._join(member)
        return member

    def add_site(self, node: Node, journal: Journal) -> Site:
        """Add a node."""
        site = Site(self, node, len(self.members), journal)
        self._join(site)
        self.sites[node.name] = site
        return site

    def add_office(
        self,
        node: Node,
        journal: Journal,
        store: InboxStore,
        node_of: Callable[[str], str],
        past: Callable[[], Iterable[Report]] = lambda: (),
    ) -> Office:
        """Add the office.

        Args:
            node: with its desks.
            journal: of that node.
            store: takes every node's facts.
            node_of: which node an address lives on.
            past: all that the store holds, as desks heard it; they hear it again when the office restarts.
        """
        self.office = Office(self, node, len(self.members), journal, store, node_of, past)
        self._join(self.office)
        self.sites[node.name] = self.office
        return self.office

    def _join(self, member: Member) -> None:
        self.members.append(member)
        self._due.append(FAR_FUTURE_US)

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
        self._due[member.index] = at if at > self.now else self.now

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

    def kill(self, name: str) -> None:
        """End a node's process, as by kill -9: what it had not committed is gone."""
        site = self.sites[name]
        site.up = False
        self._due[site.index] = FAR_FUTURE_US
        for watch in self.on_kill:
            watch(name)

    def restart(self, node: Node, skew_us: int = 0) -> None:
        """Start a killed node's process again.

        Args:
            node: has all its actors, none of them started.
            skew_us: how far its clock is now ahead of the world's.
        """
        site = self.sites[node.name]
        try:
            site.take_over(node, skew_us)
            for member in self.members:
                member.forget_routes()
            node.start()
            site.open()
        except NodeKilled as killed:  # a fault that waited for its first commit
            self.kill(killed.node)
        self.schedule(site)

    def step_clock(self, name: str, by_us: int) -> None:
        """A running node's clock gains so much, or loses it: what it waits for comes sooner, or later.

        One that loses stands still until the world has caught up: no clock goes back.
        """
        site = self.sites[name]
        site.skew_us += by_us
        site.kernel.advance(self.now + site.skew_us)
        self.schedule(site)

    def run(self, until_us: int) -> bool:
        """Handle every event up to and including this moment; return whether it got there.

        It stops at once when a node is killed, which stays down until ``restart``.
        """
        due, network, members = self._due, self.network, self.members
        while True:
            at, arriving = min(due), network.next_at()
            if min(at, arriving) > until_us:
                break
            try:
                if arriving <= at:
                    self.now = arriving
                    network.deliver()
                    continue
                self.now = at
                index = due.index(at)  # of equals the one that joined first
                due[index] = FAR_FUTURE_US
                member = members[index]
                member.step(min(min(due), arriving - 1, until_us))
                next_at = member.next_at()
                due[index] = next_at if next_at > at else at
            except NodeKilled as killed:
                self.now = max(self.now, self.sites[killed.node].now)
                self.kill(killed.node)
                return False
        self.now = until_us
        for member in members:
            member.kernel.advance(until_us + member.skew_us)
        for site in self.sites.values():
            site.rest()
        return True
