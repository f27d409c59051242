from __future__ import annotations

from typing import Any

import pytest

from runtime.actor import Actor, Started, applies, handles
from runtime.journal import MemoryJournal
from runtime.message import event, fact, order, reading
from runtime.node import Batch, Node
from runtime.recorded import Input, decode_inputs, encode_inputs
from runtime.wire import CHAIN_START, FactRecord, chained

SECOND_US = 1_000_000


@event("test.node.coin")
class Coin:
    minor: int


@event("test.node.jam")
class Jam:
    pass


@order("test.node.timeout")
class Timeout:
    pass


@order("test.node.lamp")
class Lamp:
    minor: int


@reading("test.node.held")
class Held:
    minor: int


@fact("test.node.taken")
class Taken:
    minor: int
    lucky: int


@fact("test.node.given_back")
class GivenBack:
    minor: int


class Slot(Actor):
    """Takes coins; two seconds after the last one it gives all back."""

    __slots__ = ("held", "lit", "waiting")
    durable = ("held",)
    held: int
    waiting: int
    lit: int

    def __init__(self) -> None:
        self.held = self.waiting = self.lit = 0

    def resume(self) -> None:
        if self.held:
            self.after(2, Timeout())
            self.waiting += 1

    @handles(Coin)
    def coin(self, coin: Coin) -> None:
        self.record(Taken(minor=coin.minor, lucky=self.random.below(100)))
        self.tell(self.reach(f"{self.address}/lamp"), Lamp(minor=self.held))
        self.publish(Held(minor=self.held))
        self.waiting += 1
        self.after(2, Timeout())

    @handles(Timeout)
    def timeout(self, _: Timeout) -> None:
        self.waiting -= 1
        if not self.waiting:
            self.record(GivenBack(minor=self.held))

    @handles(Jam)
    def jam(self, _: Jam) -> None:
        raise RuntimeError("jammed")

    @applies(Taken)
    def _taken(self, fact: Taken) -> None:
        self.held += fact.minor

    @applies(GivenBack)
    def _given_back(self, fact: GivenBack) -> None:
        self.held -= fact.minor


def build(**options: Any) -> Node:
    node = Node("gw", seed=5, **options)
    for address in ("m/a", "m/b"):
        node.spawn(address, Slot())
    return node


def give(node: Node, address: str, message: object) -> None:
    node.receive(node.reach(address), message)
    while node.ready:
        node.drain()


def took(node: Node) -> Batch:
    batch = node.take()
    assert batch is not None
    return batch


def held(node: Node) -> list[int]:
    return [node.actors[node.reach(address)].held for address in ("m/a", "m/b")]


def test_a_node_numbers_and_chains_its_facts() -> None:
    node = build(now_us=9)
    give(node, "m/a", Coin(minor=500))
    give(node, "m/b", Coin(minor=200))
    first = took(node).records
    give(node, "m/a", Coin(minor=100))
    records = [*first, *took(node).records]
    assert [(r.seq, r.source, r.at_us) for r in records] == [(1, "m/a", 9), (2, "m/b", 9), (3, "m/a", 9)]
    chain = CHAIN_START
    for record in records:
        chain = chained(chain, record.wire_bytes())
        assert record.chain == chain
    assert (node.seq, node.chain) == (3, chain)
    journal = MemoryJournal()
    journal.commit(records)
    assert journal.verify() == 3


def test_a_batch_holds_all_that_was_decided_and_is_taken_once() -> None:
    node = build()
    give(node, "m/a", Coin(minor=500))
    batch = took(node)
    assert [(source, fact.minor) for source, fact in batch.facts] == [("m/a", 500)]
    assert [record.fact() for record in batch.records] == [fact for _, fact in batch.facts]
    assert batch.outbox == [(node.reach("m/a/lamp"), Lamp(minor=500))]
    assert batch.readings == [("m/a", 0, Held(minor=500))]
    assert batch.inputs == []
    assert node.take() is None


def test_a_node_made_again_from_its_journal_has_the_same_durable_state() -> None:
    journal, before = MemoryJournal(), build()
    for second, minor in enumerate((500, 200, 100)):
        before.run(second * 3 * SECOND_US)
        give(before, "m/a", Coin(minor=minor))
    give(before, "m/b", Coin(minor=50))
    journal.commit(took(before).records)
    after = build()
    assert after.recover(iter(journal.read(0, 100))) == before.seq == 6
    assert held(after) == held(before) == [100, 50]
    assert (after.chain, after.now) == (before.chain, before.now)
    give(after, "m/a", Coin(minor=1))
    journal.commit(took(after).records)
    assert journal.verify() == 7


def test_a_recovered_actor_finishes_what_was_begun() -> None:
    journal, before = MemoryJournal(), build()
    give(before, "m/a", Coin(minor=500))
    journal.commit(took(before).records)
    after = build()
    after.recover(journal.read(0, 100))
    after.start()
    after.run(3 * SECOND_US)
    assert [fact for _, fact in took(after).facts] == [GivenBack(minor=500)]


def test_facts_of_an_actor_that_is_gone_are_passed_over() -> None:
    before = build()
    give(before, "m/b", Coin(minor=500))
    after = Node("gw")
    assert after.recover(took(before).records) == 1
    assert after.seq == 1


def test_started_comes_before_whatever_was_received_earlier_also_in_the_recording() -> None:
    node = build(records_input=True)
    node.receive(node.reach("m/b"), Coin(minor=5))
    node.start()
    assert [type(message) for _, message in node.ready] == [Started, Started, Coin]
    node.drain()
    assert [type(given.message) for given in took(node).inputs] == [Started, Started, Coin]


def test_an_actor_without_resume_is_not_started_and_loses_nothing_waiting() -> None:
    class Plain(Actor):
        __slots__ = ()

        def __init__(self) -> None: ...

    node = Node("n")
    early = node.reach("plain")
    node.receive(early, Coin(minor=5))
    node.spawn("plain", Plain())
    assert list(node.ready) == [(early, Coin(minor=5))]
    node.ready.clear()
    node.start()
    assert not node.ready


def test_inputs_and_timers_are_recorded_only_if_asked_for() -> None:
    quiet, recording = build(), build(records_input=True)
    for node in (quiet, recording):
        give(node, "m/a", Coin(minor=500))
        node.run(2 * SECOND_US)
    assert took(quiet).inputs == []
    assert took(recording).inputs == [
        Input(0, 0, "m/a", Coin(minor=500)),
        Input(2, 2 * SECOND_US, "m/a", Timeout()),
    ]


def replayed(inputs: list[Input], node: Node) -> list[FactRecord]:
    """Give recorded inputs to a node, at the numbers and times they were stamped with."""
    records: list[FactRecord] = []
    node.history = lambda address: (record.fact() for record in records if record.source == address)
    for given in inputs:
        while node.handled < given.handled and node.ready:
            node.drain(given.handled - node.handled)
        node.advance(given.now_us)
        node.receive(node.reach(given.to), given.message)
    while node.ready:
        node.drain()
    records += took(node).records
    return records


@pytest.mark.parametrize("turn", [1, 2, 2000])
def test_a_recorded_day_gives_the_same_facts_whatever_the_slices_were(turn: int) -> None:
    node = build(records_input=True)
    inputs: list[Input] = []
    records: list[FactRecord] = []
    node.history = lambda address: (record.fact() for record in records if record.source == address)

    def turns() -> None:
        while node.ready:
            node.drain(turn)
            if (batch := node.take()) is not None:
                records.extend(batch.records)
                inputs.extend(batch.inputs)

    node.start()
    for number in range(20):
        node.advance(number * 700_000)
        node.fire_due()
        node.receive(node.reach("m/a"), Coin(minor=100 + number))
        if number % 3 == 0:
            node.drain(1)
            node.receive(node.reach("m/b"), Coin(minor=number))
        if number % 7 == 6:
            node.receive(node.reach("m/a"), Jam())
        turns()
    again = replayed(decode_inputs(encode_inputs(inputs)), build())
    assert [record.chain for record in again] == [record.chain for record in records]
    assert {record.tag for record in records} == {
        "test.node.taken/1",
        "test.node.given_back/1",
        "actor.restarted/1",
    }
