"""Worlds whose links are cut, whose processes are killed and start again, and whose clocks go wrong."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.actor import Actor, applies, handles
from runtime.journal import MemoryJournal
from runtime.kernel import Kernel
from runtime.link_ports import Position
from runtime.message import event, fact, order
from runtime.node import Node
from runtime.wire import FactRecord
from runtime.world import World
from simulator.faults.disk import AFTER, BEFORE, FaultyDisk
from simulator.faults.network import FaultyNetwork, Weather

SECOND_US = 1_000_000


@event("test.faults.knock")
class Knock:
    """Somebody wants one."""


@order("test.faults.turn")
class Turn:
    number: int


@fact("test.faults.sold")
class Sold:
    number: int


class Machine(Actor):
    """Sells one at every knock."""

    __slots__ = ("number", "started")
    durable = ("number",)
    number: int
    started: list[int]

    def __init__(self) -> None:
        self.number = 0
        self.started = []

    def resume(self) -> None:
        self.started.append(self.now)

    @handles(Knock)
    def knock(self, _: Knock) -> None:
        self.record(Sold(number=self.number + 1))
        self.tell(self.reach(f"{self.address}/board"), Turn(number=self.number))

    @applies(Sold)
    def sold(self, fact: Sold) -> None:
        self.number = fact.number


class Board(Actor):
    """Notes what it was told to turn."""

    __slots__ = ("turned",)

    def __init__(self) -> None:
        self.turned: list[int] = []

    @handles(Turn)
    def turn(self, order: Turn) -> None:
        self.turned.append(order.number)


class ListStore:
    """An inbox that keeps facts in a list."""

    incarnation = b"incarnation"

    def __init__(self) -> None:
        self.kept: dict[str, list[FactRecord]] = {}

    def position(self, node: str) -> Position:
        kept = self.kept.get(node)
        return Position(1, kept[-1].seq, kept[-1].chain) if kept else Position()

    def holds(self, node: str, seq: int, chain: bytes) -> bool:
        return any((fact.seq, fact.chain) == (seq, chain) for fact in self.kept.get(node, ()))

    def store(self, node: str, epoch: int, records: Sequence[FactRecord]) -> None:
        kept = self.kept.setdefault(node, [])
        kept += [record for record in records if record.seq > len(kept)]


class Town:
    """A site with one machine, an office, and between them a network that may fail."""

    def __init__(self, seed: int = 1) -> None:
        self.network = FaultyNetwork(seed)
        self.world = World(0, self.network)
        self.store, self.board = ListStore(), Board()
        self.disk = FaultyDisk("east")
        self.street = Kernel("street")
        self.world.add_kernel(self.street)
        self.world.add_office(Node("office"), MemoryJournal(), self.store, lambda _: "")
        self.street.spawn("m-east/board", self.board)
        self.killed: list[tuple[str, int]] = []
        self.world.add_site(self.built(), self.disk)
        self.world.on_kill.append(lambda name: self.killed.append((name, self.world.now)))
        self.world.start()

    def built(self) -> Node:
        """A node whose machine has no past."""
        node = Node("east")
        self.machine = Machine()
        node.spawn("m-east", self.machine)
        return node

    def customers(self, count: int, every_us: int = SECOND_US) -> None:
        """Knocks from a second from now on."""
        to, now = self.street.reach("m-east"), self.world.now
        self.street.merge((now + (number + 1) * every_us, to, Knock()) for number in range(count))
        self.world.schedule(self.world.members[0])

    @property
    def stored(self) -> list[bytes]:
        """Hashes the office has."""
        return [record.chain for record in self.store.kept.get("east", ())]

    @property
    def journalled(self) -> list[bytes]:
        """Hashes the site has."""
        return [record.chain for record in self.disk.read(0, 1000)]


def test_what_a_partition_held_up_arrives_when_it_heals() -> None:
    town = Town()
    town.customers(30)
    town.world.run(5 * SECOND_US)
    town.network.cut.add("east")
    town.world.run(40 * SECOND_US)
    assert len(town.stored) < len(town.journalled) == 30
    town.network.cut.discard("east")
    town.world.run(60 * SECOND_US)
    assert town.stored == town.journalled


def test_bad_weather_changes_neither_what_arrives_nor_its_order_and_damage_is_refused() -> None:
    town = Town()
    town.network.weather["east"] = Weather(loss=0.2, doubling=0.3, damage=0.2, delay_seconds_max=3.0)
    town.customers(200)
    town.world.run(200 * SECOND_US)
    town.network.weather.clear()
    town.world.run(300 * SECOND_US)
    assert town.stored == town.journalled
    assert len(town.stored) == 200
    refused = town.world.sites["east"].refused + town.world.office.refused
    assert 0 < refused <= town.network.counts["damaged"]


def test_a_node_that_is_down_takes_nothing_and_says_nothing() -> None:
    town = Town()
    town.customers(10)
    town.world.run(3 * SECOND_US)
    town.world.kill("east")
    town.world.run(20 * SECOND_US)
    assert town.killed == [("east", 3 * SECOND_US)]
    assert town.board.turned == [1, 2, 3]


def test_a_node_killed_before_its_commit_has_decided_nothing() -> None:
    town = Town()
    town.customers(1)
    town.disk.next_fault = BEFORE
    assert not town.world.run(10 * SECOND_US)
    assert town.killed == [("east", SECOND_US)]
    assert (town.disk.head()[0], town.board.turned) == (0, [])


def test_a_node_killed_after_its_commit_has_decided_and_told_nobody() -> None:
    town = Town()
    town.customers(1)
    town.disk.next_fault = AFTER
    assert not town.world.run(10 * SECOND_US)
    assert (town.disk.head()[0], town.board.turned) == (1, [])
    town.world.restart(town.built())
    town.world.run(20 * SECOND_US)
    assert town.machine.number == 1
    assert town.stored == town.journalled


def test_a_restarted_node_goes_on_where_its_journal_ends() -> None:
    town = Town()
    town.customers(5)
    town.world.run(10 * SECOND_US)
    town.world.kill("east")
    town.world.restart(town.built())
    town.customers(5)
    town.world.run(30 * SECOND_US)
    assert (town.machine.number, town.world.sites["east"].lives) == (10, 2)
    assert town.board.turned == list(range(1, 11))
    assert town.stored == town.journalled


def test_a_clock_may_start_ahead_but_never_behind_the_last_fact() -> None:
    def started_at(skew_us: int) -> int:
        town = Town()
        town.customers(5)
        town.world.run(100 * SECOND_US)
        town.world.kill("east")
        town.world.restart(town.built(), skew_us)
        town.world.run(101 * SECOND_US)
        return town.machine.started[0]

    assert started_at(3600 * SECOND_US) == 3700 * SECOND_US
    assert started_at(-3600 * SECOND_US) == 5 * SECOND_US


def test_a_node_with_a_wrong_clock_is_in_step_with_the_world() -> None:
    town = Town()
    town.world.kill("east")
    town.world.restart(town.built(), 3600 * SECOND_US)
    town.customers(5)
    town.world.run(30 * SECOND_US)
    assert town.board.turned == [1, 2, 3, 4, 5]
    at_us = [record.at_us for record in town.disk.read(0, 10)]
    assert at_us == [(3600 + number) * SECOND_US for number in range(1, 6)]
    assert town.stored == town.journalled


def test_a_clock_put_forward_while_it_runs_loses_nothing() -> None:
    town = Town()
    town.customers(10)
    town.world.run(5 * SECOND_US)
    town.world.step_clock("east", 600 * SECOND_US)
    town.world.run(30 * SECOND_US)
    at_us = [record.at_us for record in town.disk.read(0, 20)]
    assert at_us == [*(n * SECOND_US for n in range(1, 6)), *((600 + n) * SECOND_US for n in range(6, 11))]
    assert town.stored == town.journalled


def test_a_node_that_dies_while_it_starts_may_start_again() -> None:
    town = Town()
    town.world.kill("east")
    starting, wait = town.built(), town.world.sites["east"].take_over

    def dying(node: Node, skew_us: int) -> None:
        wait(node, skew_us)
        node.receive(node.reach("m-east"), Knock())

    town.world.sites["east"].take_over = dying  # type: ignore[method-assign]
    town.disk.next_fault = BEFORE
    town.world.restart(starting)
    assert not town.world.run(10 * SECOND_US)
    town.world.sites["east"].take_over = wait  # type: ignore[method-assign]
    town.world.restart(town.built())
    town.customers(1)
    town.world.run(20 * SECOND_US)
    assert town.machine.number == 1


def test_an_old_copy_of_a_disk_is_told_and_stops_the_node() -> None:
    town = Town()
    town.customers(10)
    town.world.run(20 * SECOND_US)
    town.world.kill("east")
    old = FaultyDisk("east")
    old.commit(town.disk.read(0, 6))
    town.world.sites["east"].journal = old
    town.world.restart(town.built())
    assert not town.world.run(30 * SECOND_US)
    assert "differs from what the office holds" in town.world.sites["east"].uplink.forked
    town.world.sites["east"].journal = town.disk
    town.world.restart(town.built())
    assert town.world.run(40 * SECOND_US)
    assert town.machine.number == 10


def test_the_same_faults_are_the_same_run() -> None:
    def run(seed: int) -> list[bytes]:
        town = Town(seed)
        town.network.weather["east"] = Weather(loss=0.3, delay_seconds_max=2.0)
        town.customers(50, every_us=700_000)
        town.world.run(10 * SECOND_US)
        town.world.kill("east")
        town.world.restart(town.built())
        town.world.run(100 * SECOND_US)
        return [*town.stored, str(town.network.counts).encode()]

    assert run(7) == run(7)
    assert run(7) != run(8)
