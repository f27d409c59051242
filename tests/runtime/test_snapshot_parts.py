"""A node's state in parts, each of another moment: a restart from them is a restart from all facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import snapshot
from runtime.actor import Actor, applies, handles
from runtime.errors import LedgerError
from runtime.journal import MemoryJournal
from runtime.message import event, fact
from runtime.node import Node
from runtime.snapshot_parts import Part, Taking, kept_state, recover
from runtime.wire import FactRecord


@event("test.parts.put")
class Put:
    units: int


@fact("test.parts.kept")
class Kept:
    units: int
    lucky: int


class Shelf(Actor):
    __slots__ = ("seen", "units")
    durable = ("units", "seen")
    units: int
    seen: set[int]

    def __init__(self) -> None:
        self.units, self.seen = 0, set()

    @handles(Put)
    def put(self, put: Put) -> None:
        self.record(Kept(units=put.units, lucky=self.random.below(1000)))

    @applies(Kept)
    def kept(self, fact: Kept) -> None:
        self.units += fact.units
        self.seen.add(fact.lucky)


def build(shelves: int = 5) -> Node:
    node = Node("gw", seed=3)
    for number in range(shelves):
        node.reach(f"beyond/{number}")
        node.spawn(f"shelf/{number}", Shelf())
    return node


def put(node: Node, journal: MemoryJournal, shelf: int, units: int = 1) -> None:
    node.advance(node.now + 7)
    node.receive(node.reach(f"shelf/{shelf}"), Put(units=units))
    node.drain()
    batch = node.take()
    assert batch is not None
    journal.commit(batch.records)


def taken(node: Node, journal: MemoryJournal, between: Iterator[int], actors: int) -> None:
    """Take a snapshot in parts and save it, one fact recorded between two parts."""
    taking = Taking(node)
    while not taking.done:
        number = taking.parts
        journal.save_part(taking.seq, number, taking.part(actors))
        upto = node.seq
        if (shelf := next(between, None)) is not None:
            put(node, journal, shelf)
    journal.complete_snapshot(taking.seq, taking.parts, upto)


def state(node: Node) -> list[bytes]:
    return [snapshot.state_of(actor) for actor in node.actors if isinstance(actor, Actor)]


def warnings() -> list[str]:
    return []


SHELVES = st.lists(st.integers(0, 4), max_size=12)


@given(SHELVES, SHELVES, SHELVES, st.integers(1, 12))
def test_parts_of_different_moments_and_the_facts_after_them_are_the_node(
    before: list[int], between: list[int], after: list[int], actors: int
) -> None:
    node, journal = build(), MemoryJournal("gw")
    for shelf in before:
        put(node, journal, shelf)
    taken(node, journal, iter(between), actors)
    for shelf in after:
        put(node, journal, shelf)
    again, by_facts = build(), build()
    recovered = recover(again, journal, pytest.fail)
    assert recovered.snapshot == len(before)
    assert recovered.applied == node.seq - len(before)
    by_facts.recover(journal.read(0, 1000))
    assert state(again) == state(by_facts) == state(node)
    assert (again.seq, again.chain, again.now) == (node.seq, node.chain, node.now)
    put(again, journal, 2)
    assert journal.verify() == again.seq


def test_dice_go_on_where_the_snapshot_left_them() -> None:
    node, journal = build(), MemoryJournal("gw")
    for _ in range(3):
        put(node, journal, 1)
    taken(node, journal, iter(()), 100)
    again = build()
    recover(again, journal, pytest.fail)
    assert again.draws() == node.draws() == {"shelf/1": 3}


def of_old(node: Node, journal: MemoryJournal) -> None:
    """A good snapshot of two facts, and two facts after it."""
    put(node, journal, 0)
    put(node, journal, 1)
    taken(node, journal, iter(()), 3)
    put(node, journal, 2)
    put(node, journal, 3)


def spoilt(journal: MemoryJournal, **changes: Any) -> None:
    """A newer snapshot like the last one, but for some changes in its first part."""
    seq, bodies = next(journal.snapshots())
    part = msgspec.msgpack.Decoder(Part).decode(bodies[0])
    bodies = [msgspec.msgpack.encode(attrs.evolve(part, **changes)), *bodies[1:]]
    for number, body in enumerate(bodies):
        journal.save_part(seq + 1, number, body)
    journal.complete_snapshot(seq + 1, len(bodies), seq + 1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": 9}, "its version must be 1, not 9"),
        ({"classes": b"other"}, "its actors must keep what they keep in this program"),
        ({"chain": bytes(32)}, "its chain hash at fact 2 must be the journal's"),
        ({"states": {"shelf/9": b"\x90"}}, "shelf/9 must be an actor here, it is not"),
        ({"states": {"shelf/0": b"\x91\x01"}}, "Expected"),
        ({"states": {"beyond/0": b"\x90"}}, "beyond/0 must be an actor here, it is not"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_passed_over_and_the_one_before_serves(
    changes: dict[str, Any], why: str
) -> None:
    node, journal = build(), MemoryJournal("gw")
    of_old(node, journal)
    spoilt(journal, **changes)
    again, told = build(), warnings()
    recovered = recover(again, journal, told.append)
    assert (recovered.snapshot, recovered.applied) == (2, 2)
    assert len(told) == 1
    assert told[0].startswith("snapshot of fact 3 is passed over: ")
    assert why in told[0]
    assert state(again) == state(node)


def test_a_snapshot_of_damaged_bytes_or_without_its_end_is_passed_over_for_all_facts() -> None:
    node, journal = build(), MemoryJournal("gw")
    of_old(node, journal)
    _, (first, *_) = next(journal.snapshots())
    for seq, body in ((2, b"\xc1"), (4, first)):
        journal.save_part(seq, 0, body)
        journal.complete_snapshot(seq, 1, seq)
    again, told = build(), warnings()
    recovered = recover(again, journal, told.append)
    assert (recovered.snapshot, recovered.applied, len(told)) == (None, 4, 2)
    assert state(again) == state(node)


class Changed(MemoryJournal):
    """A journal whose third fact is not what it was."""

    def read(self, after_seq: int, limit: int) -> list[FactRecord]:
        records = [attrs.evolve(record) for record in super().read(after_seq, limit)]
        for record in records:
            if record.seq == 3:
                record.at_us += 1
        return records


def test_a_fact_after_the_snapshot_that_was_changed_stops_the_start() -> None:
    node, journal = build(), Changed("gw")
    of_old(node, journal)
    with pytest.raises(LedgerError, match="gw: journal: fact 3: chain hash must be"):
        recover(build(), journal)


class Short(MemoryJournal):
    """A journal that cannot read its last fact."""

    def read(self, after_seq: int, limit: int) -> list[FactRecord]:
        return [record for record in super().read(after_seq, limit) if record.seq < 4]


def test_a_journal_whose_end_cannot_be_read_stops_the_start() -> None:
    node, journal = build(), Short("gw")
    of_old(node, journal)
    with pytest.raises(LedgerError, match="gw: journal: last fact must be 4, not 3"):
        recover(build(), journal)


def test_an_actors_state_is_found_in_its_part() -> None:
    node, journal = build(), MemoryJournal("gw")
    put(node, journal, 4, units=9)
    taken(node, journal, iter((0, 4)), 2)
    _, bodies = next(journal.snapshots())
    kept, seq = kept_state(bodies, "shelf/4")
    assert kept is not None
    assert msgspec.msgpack.decode(kept)[0] == 10
    assert seq == 3
    assert kept_state(bodies, "shelf/9") == (None, 0)
