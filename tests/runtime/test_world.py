from __future__ import annotations

from collections.abc import Sequence

from runtime import wire
from runtime.actor import Actor, Report, applies, handles, hears
from runtime.command import Deliver, Finish, Issue, Outcome
from runtime.command_desk import ADDRESS, CommandDesk
from runtime.journal import MemoryJournal
from runtime.kernel import Kernel
from runtime.link_ports import Position
from runtime.message import command, event, fact, order, reading
from runtime.network import LATENCY_US
from runtime.node import Batch, Node
from runtime.recorded import Input
from runtime.wire import FactRecord
from runtime.world import LINGER_US, World

SECOND_US = 1_000_000


@event("test.world.knock")
class Knock:
    units: int


@order("test.world.turn")
class Turn:
    number: int


@fact("test.world.sold")
class Sold:
    number: int
    lucky: int


@reading("test.world.level")
class Level:
    number: int


@command("test.world.restock")
class Restock:
    units: int


class Machine(Actor):
    """Sells at every knock and turns its motor, which is on the street."""

    __slots__ = ("number", "outcomes", "restocked")
    durable = ("number",)
    number: int

    def __init__(self) -> None:
        self.number = 0
        self.restocked: list[int] = []
        self.outcomes: list[Outcome] = []

    @handles(Knock)
    def knock(self, knock: Knock) -> None:
        for _ in range(knock.units):
            self.record(Sold(number=self.number + 1, lucky=self.random.below(1000)))
            self.tell(self.reach(f"{self.address}/board"), Turn(number=self.number))
        self.publish(Level(number=self.number))

    @handles(Deliver)
    def run(self, order: Deliver) -> None:
        self.restocked.append(wire.decode(order.body).units)
        self.tell(self.reach(ADDRESS), Finish(id=order.id, outcome="done", answer=self.address.encode()))

    @handles(Outcome)
    def hear_outcome(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    @applies(Sold)
    def _sold(self, fact: Sold) -> None:
        self.number = fact.number


class Desk(Actor):
    """Hears sales and levels; has a machine restocked when told."""

    __slots__ = ("heard", "outcomes")

    def __init__(self) -> None:
        self.heard: list[tuple[int, Report]] = []
        self.outcomes: list[Outcome] = []

    @hears(Sold, Level)
    def hear_sale(self, report: Report) -> None:
        self.heard.append((self.now, report))

    @handles(Outcome)
    def hear_outcome(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


class Board(Actor):
    __slots__ = ("journal", "turned")

    def __init__(self, journal: MemoryJournal) -> None:
        self.journal = journal
        self.turned: list[tuple[int, int]] = []

    @handles(Turn)
    def turn(self, order: Turn) -> None:
        self.turned.append((order.number, self.journal.head()[0]))


class ListStore:
    """An inbox that keeps facts in a list and refuses any but the next."""

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
        for record in records:
            assert (epoch, record.seq) == (1, len(kept) + 1)
            kept.append(record)


class Town:
    """Two sites with a machine each, an office with a desk, and a street with their boards."""

    def __init__(self, seed: int = 1, linger_us: int = LINGER_US) -> None:
        self.world = World(0, linger_us=linger_us)
        self.store = ListStore()
        self.desk = Desk()
        self.inputs: dict[str, list[Input]] = {}
        self.machines: dict[str, Machine] = {}
        self.boards: dict[str, Board] = {}
        self.street = Kernel("street", seed=seed)
        self.world.add_kernel(self.street)
        office = Node("office", seed=seed)
        office.spawn(ADDRESS, CommandDesk())
        self.world.add_office(office, MemoryJournal(), self.store, self._node_of)
        office.spawn("office/desk", self.desk)
        for name in ("east", "west"):
            node, journal = Node(name, seed=seed, records_input=True), MemoryJournal()
            node.spawn(ADDRESS, CommandDesk())
            self.machines[name] = Machine()
            node.spawn(f"m-{name}", self.machines[name])
            self.boards[name] = Board(journal)
            self.street.spawn(f"m-{name}/board", self.boards[name])
            self.world.add_site(node, journal)
        self.world.on_batch.append(self._watch)
        self.world.start()

    def _node_of(self, address: str) -> str:
        home = address.partition("/")[0]
        return home if home == "office" else {"m-east": "east", "m-west": "west"}.get(home, "")

    def _watch(self, node: Node, batch: Batch) -> None:
        self.inputs.setdefault(node.name, []).extend(batch.inputs)

    def customers(self, count: int, every_us: int = 700_000) -> None:
        refs = [self.street.reach(f"m-{name}") for name in ("east", "west")]
        self.street.merge((n * every_us, refs[n % 2], Knock(units=1 + n % 3)) for n in range(count))
        self.world.schedule(self.world.members[0])

    def issue(self, node: str, to: str) -> None:
        body = wire.encode(Restock(units=6))
        site = self.world.sites[node]
        asked_by = "office/desk" if node == "office" else f"m-{node}"
        issue = Issue(to=to, body=body, expires_at_us=60 * SECOND_US, asked_by=asked_by)
        site.take_in(self.world.now, site.commands, issue)

    def digest(self) -> dict[str, bytes]:
        return {name: kept[-1].chain for name, kept in self.store.kept.items()}


def test_facts_reach_the_office_once_and_in_order_with_their_hashes() -> None:
    town = Town()
    town.customers(60)
    town.world.run(60 * SECOND_US)
    for name in ("east", "west"):
        journal = town.world.sites[name].journal
        assert [r.chain for r in town.store.kept[name]] == [r.chain for r in journal.read(0, 1000)]
        assert town.machines[name].number == len(town.store.kept[name]) > 50


def test_nothing_reaches_a_device_before_its_fact_is_committed() -> None:
    town = Town()
    town.customers(60)
    town.world.run(60 * SECOND_US)
    for board in town.boards.values():
        assert len(board.turned) > 50
        assert all(committed >= number for number, committed in board.turned)


def test_desks_hear_every_fact_once_a_little_later() -> None:
    town = Town()
    town.customers(10)
    town.world.run(60 * SECOND_US)
    sales = [(at, heard) for at, heard in town.desk.heard if type(heard.content) is Sold]
    for name in ("east", "west"):
        mine = [heard for _, heard in sales if heard.node == name]
        assert [heard.seq for heard in mine] == [r.seq for r in town.store.kept[name]]
        assert {heard.source for heard in mine} == {f"m-{name}"}
    assert all(0 < at - heard.at_us <= LINGER_US + 2 * LATENCY_US for at, heard in sales)


def test_on_a_network_that_loses_nothing_all_sites_send_at_the_same_moments() -> None:
    town = Town()
    town.customers(10)
    town.world.run(60 * SECOND_US)
    waits = {at % LINGER_US for at, _ in town.desk.heard}
    assert LATENCY_US in waits
    assert waits <= {n * LATENCY_US for n in (1, 3, 5)}  # readings wait for the word on the facts before them


def test_a_world_may_have_its_sites_send_more_seldom() -> None:
    town = Town(linger_us=7 * SECOND_US)
    town.customers(10)
    town.world.run(60 * SECOND_US)
    assert {at // SECOND_US % 7 for at, _ in town.desk.heard} == {0}
    town.world.run(70 * SECOND_US)
    for name in ("east", "west"):
        assert town.machines[name].number == len(town.store.kept[name])


def test_no_reading_overtakes_the_facts_before_it() -> None:
    town = Town()
    town.customers(40)
    town.world.run(60 * SECOND_US)
    known = {"east": 0, "west": 0}
    levels = 0
    for _, heard in town.desk.heard:
        if isinstance(heard.content, Sold):
            known[heard.node] = heard.content.number
        else:
            assert heard.content.number <= known[heard.node]
            levels += 1
    assert levels == 40


def test_no_clock_goes_backwards() -> None:
    town = Town()
    town.customers(40, every_us=3_000)
    town.issue("east", "m-west")
    town.world.run(60 * SECOND_US)
    times = [at for at, _ in town.desk.heard]
    assert times == sorted(times)
    for records in town.store.kept.values():
        stamps = [record.at_us for record in records]
        assert stamps == sorted(stamps)
    for inputs in town.inputs.values():
        order = [(given.handled, given.now_us) for given in inputs]
        assert order == sorted(order)


def test_the_office_commands_a_site_and_hears_the_outcome() -> None:
    town = Town()
    town.world.run(SECOND_US)
    town.issue("office", "m-west")
    town.world.run(2 * SECOND_US)
    assert town.machines["west"].restocked == [6]
    assert [(o.id, o.outcome, o.answer) for o in town.desk.outcomes] == [("office:1", "done", b"m-west")]


def test_a_site_commands_another_by_way_of_the_office() -> None:
    town = Town()
    town.world.run(SECOND_US)
    town.issue("east", "m-west")
    town.world.run(10 * SECOND_US)
    assert (town.machines["east"].restocked, town.machines["west"].restocked) == ([], [6])
    outcomes = town.machines["east"].outcomes
    assert [(o.id, o.outcome, o.answer) for o in outcomes] == [("east:1", "done", b"m-west")]
    facts = [record for name in ("east", "west") for record in town.store.kept[name]]
    ended = [record.fact() for record in facts if record.tag == "command.ended/1"]
    assert [(end.id, end.outcome) for end in ended] == [("east:1", "done")] * 2


def test_a_command_for_an_address_of_no_node_fails() -> None:
    town = Town()
    town.world.run(SECOND_US)
    for node in ("office", "east"):
        town.issue(node, "m-north")
    town.world.run(10 * SECOND_US)
    assert [(o.id, o.outcome) for o in town.desk.outcomes] == [("office:1", "failed")]
    assert [(o.id, o.outcome) for o in town.machines["east"].outcomes] == [("east:1", "failed")]


def test_the_same_seed_gives_the_same_facts_and_another_does_not() -> None:
    digests = []
    for seed in (1, 1, 2):
        town = Town(seed)
        town.customers(50, every_us=333_333)
        town.issue("east", "m-west")
        town.world.run(60 * SECOND_US)
        digests.append(town.digest())
    assert digests[0] == digests[1] != digests[2]


def test_a_run_in_slices_is_the_same_run() -> None:
    digests = []
    for slices in (1, 7, 300):
        town = Town()
        town.customers(50)
        for number in range(1, slices + 1):
            town.world.run(60 * SECOND_US * number // slices)
        digests.append(town.digest())
    assert digests[0] == digests[1] == digests[2]


def test_a_site_replayed_from_its_recorded_inputs_gives_the_same_facts() -> None:
    town = Town()
    town.customers(50)
    town.issue("office", "m-east")
    town.world.run(60 * SECOND_US)
    node = Node("east", seed=1)
    node.spawn(ADDRESS, CommandDesk())
    node.spawn("m-east", Machine())
    for given in town.inputs["east"]:
        while node.handled < given.handled and node.ready:
            node.drain(given.handled - node.handled)
        node.advance(given.now_us)
        node.receive(node.reach(given.to), given.message)
    while node.ready:
        node.drain()
    batch = node.take()
    assert batch is not None
    assert batch.records == town.store.kept["east"]
