"""A message that keeps failing the same actor is set aside with its error, and a person lets it in again."""

from __future__ import annotations

from typing import Any

import pytest

from runtime import wire
from runtime.actor import Actor, Report, applies, handles
from runtime.command import Deliver, Finish
from runtime.message import event, fact
from runtime.node import Node
from runtime.quarantine import (
    FAILURES_MAX,
    REMEMBERED_MAX,
    LetIn,
    MessageFailed,
    MessageLetIn,
    MessageSetAside,
    Quarantine,
    digest_of,
)
from runtime.supervision import INTENSITY, PERIOD_US, ActorRestarted

LANE, DESK = "m/A1", "n/quarantine"


@event("test.quarantine.coin")
class Coin:
    minor: int


@event("test.quarantine.unknown")
class Unknown:
    pass


@fact("test.quarantine.counted")
class Counted:
    minor: int


class Box(Actor):
    """Counts coins; one of 13 breaks it, and so does what is heard of one."""

    __slots__ = ("minor",)
    durable = ("minor",)
    minor: int

    def __init__(self) -> None:
        self.minor = 0

    def hear(self, report: Report) -> None:
        self.coin(report.content)

    @handles(Coin)
    def coin(self, coin: Coin) -> None:
        if coin.minor == 13:
            raise RuntimeError("bad luck")
        self.record(Counted(minor=coin.minor))

    @applies(Counted)
    def _counted(self, fact: Counted) -> None:
        self.minor += fact.minor


class Shop:
    """A node whose facts survive it."""

    def __init__(self) -> None:
        self.records: list[wire.FactRecord] = []
        self.snapshot: bytes | None = None
        self.boot()

    def boot(self) -> None:
        """A node made new from its snapshot, if there is one, and the facts after it."""
        self.node = Node("n")
        self.node.history = lambda address: (r.fact() for r in self.records if r.source == address)
        self.node.spawn(LANE, Box())
        self.node.spawn(DESK, Quarantine())
        if self.snapshot is not None:
            self.node.load(self.snapshot)
        self.node.recover([record for record in self.records if record.seq > self.node.seq])
        self.node.start()

    def give(self, *messages: object, to: str = LANE) -> list[Any]:
        """Give messages one after the other; return the facts made of them."""
        for message in messages:
            self.node.receive(self.node.reach(to), message)
        while self.node.ready:
            self.node.drain()
        batch = self.node.take()
        records = [] if batch is None else batch.records
        self.records += records
        return [record.fact() for record in records]

    def let_in(self, digest: str = "", address: str = LANE) -> str:
        order = wire.encode(LetIn(address=address, digest=digest, by="operator"))
        self.node.receive(self.node.reach(DESK), Deliver(id="office:1", body=order))
        while self.node.ready:
            self.node.drain()
        finished = [message for _, message in self.node.outbox if isinstance(message, Finish)]
        return finished[-1].outcome

    def count(self) -> int:
        box = self.node.actors[self.node.reach(LANE)]
        assert isinstance(box, Box)
        return box.minor


def kinds(facts: list[Any]) -> list[type]:
    return [type(fact) for fact in facts]


def told(seq: int) -> Report:
    return Report(node="gw-1", seq=seq, source="m-1", at_us=5, content=Coin(minor=13))


def test_the_third_failure_sets_the_message_aside_with_its_error() -> None:
    shop = Shop()
    facts = shop.give(*[Coin(minor=13)] * 3)
    failed = [ActorRestarted, MessageFailed]
    assert kinds(facts) == [*failed, *failed, *failed, MessageSetAside]
    aside = facts[-1]
    assert (aside.address, aside.tag, aside.error) == (
        LANE,
        "test.quarantine.coin/1",
        "RuntimeError: bad luck",
    )
    assert aside.content == "Coin(minor=13)"
    assert aside.digest == digest_of(Coin(minor=13))


def test_what_is_set_aside_no_longer_fails_its_actor_and_all_else_still_reaches_it() -> None:
    shop = Shop()
    shop.give(*[Coin(minor=13)] * FAILURES_MAX)
    facts = shop.give(*[Coin(minor=13), Coin(minor=5)] * 50)
    assert kinds(facts) == [Counted] * 50
    assert shop.count() == 250


def test_setting_aside_comes_before_the_parent_is_made_anew() -> None:
    assert FAILURES_MAX < INTENSITY


def test_different_messages_that_fail_are_counted_each_for_itself() -> None:
    shop = Shop()
    facts = shop.give(Coin(minor=13), Unknown(), Coin(minor=13), Unknown())
    assert MessageSetAside not in kinds(facts)


def test_failures_far_apart_set_nothing_aside() -> None:
    shop = Shop()
    for _ in range(5):
        assert MessageSetAside not in kinds(shop.give(Coin(minor=13)))
        shop.node.advance(shop.node.now + PERIOD_US // 2)


def test_a_message_nobody_handles_is_set_aside_too() -> None:
    shop = Shop()
    assert kinds(shop.give(*[Unknown()] * 3))[-1] is MessageSetAside
    assert shop.give(Unknown()) == []
    assert shop.let_in() == "done"
    assert ActorRestarted in kinds(shop.give(Unknown()))


def test_a_restart_of_the_node_does_not_bring_it_back() -> None:
    shop = Shop()
    shop.give(*[Coin(minor=13)] * FAILURES_MAX)
    shop.boot()
    assert kinds(shop.give(Coin(minor=13), Coin(minor=5))) == [Counted]


@pytest.mark.parametrize("whole", [False, True])
def test_a_start_from_a_snapshot_does_not_bring_it_back(whole: bool) -> None:
    shop = Shop()
    shop.give(*[Coin(minor=13)] * FAILURES_MAX)
    shop.snapshot = shop.node.save(whole=whole)
    shop.boot()
    assert kinds(shop.give(Coin(minor=13), Coin(minor=5))) == [Counted]


def test_a_fault_of_the_guarded_actor_does_not_bring_it_back() -> None:
    shop = Shop()
    shop.give(*[Coin(minor=13)] * FAILURES_MAX, Unknown())
    assert kinds(shop.give(Coin(minor=13), Coin(minor=5))) == [Counted]


def test_input_that_failed_before_a_restart_and_fails_again_after_it_is_counted_together() -> None:
    shop = Shop()
    shop.give(*[Coin(minor=13)] * (FAILURES_MAX - 1))
    shop.boot()
    assert kinds(shop.give(Coin(minor=13)))[-1] is MessageSetAside


def test_another_nodes_fact_that_fails_again_when_it_is_told_again_is_set_aside_at_once() -> None:
    shop = Shop()
    assert MessageSetAside not in kinds(shop.give(told(7), told(8)))
    shop.boot()
    shop.node.advance(1000 * PERIOD_US)
    facts = shop.give(told(7))
    assert kinds(facts)[-1] is MessageSetAside
    assert facts[-1].tag == "Report"
    shop.boot()
    assert shop.give(told(7)) == []


def test_a_reading_heard_has_no_number_and_counts_like_any_message() -> None:
    shop = Shop()
    assert MessageSetAside not in kinds(shop.give(told(0), told(0)))


def test_a_person_lets_it_in_again() -> None:
    shop = Shop()
    shop.give(*[Coin(minor=13)] * FAILURES_MAX)
    assert shop.let_in(digest_of(Coin(minor=13))) == "done"
    (let_in,) = [fact for fact in shop.give() if isinstance(fact, MessageLetIn)]
    assert (let_in.address, let_in.by, let_in.left) == (LANE, "operator", 0)
    assert kinds(shop.give(Coin(minor=13))) == [ActorRestarted, MessageFailed]
    shop.boot()
    assert kinds(shop.give(Coin(minor=13))) == [ActorRestarted, MessageFailed]


def test_a_person_lets_all_of_an_actor_in_and_is_told_how_many_are_left_each_time() -> None:
    shop = Shop()
    shop.give(*[Coin(minor=13)] * FAILURES_MAX)
    shop.node.advance(2 * PERIOD_US)
    shop.give(*[Unknown()] * FAILURES_MAX)
    assert shop.let_in() == "done"
    assert [fact.left for fact in shop.give() if isinstance(fact, MessageLetIn)] == [1, 0]


def test_letting_in_what_is_not_set_aside_fails() -> None:
    shop = Shop()
    assert shop.let_in() == "failed"
    shop.node.receive(shop.node.reach(DESK), Deliver(id="office:2", body=b"garbage"))
    shop.give()
    assert shop.node.reach(DESK) == shop.node.refs[DESK]


def test_a_message_that_no_wire_can_carry_is_set_aside_all_the_same() -> None:
    shop = Shop()
    facts = shop.give(*[Coin(minor=2**80)] * 3)
    assert kinds(facts)[-1] is MessageSetAside


def test_only_so_many_failures_are_remembered_the_oldest_forgotten_first() -> None:
    shop = Shop()
    desk = shop.node.actors[shop.node.reach(DESK)]
    assert isinstance(desk, Quarantine)
    for number in range(REMEMBERED_MAX + 10):
        desk.record(MessageFailed(address=f"m/{number % 7}", tag="t", digest=f"{number}", at_us=number))
    remembered = {int(digest) for of_actor in desk.failures.values() for digest in of_actor}
    assert remembered == set(range(10, REMEMBERED_MAX + 10))


def test_what_the_desk_knows_is_determined_by_its_facts() -> None:
    shop = Shop()
    shop.give(*[Coin(minor=13)] * 4, Unknown(), told(7))
    desk = shop.node.actors[shop.node.reach(DESK)]
    shop.boot()
    again = shop.node.actors[shop.node.reach(DESK)]
    assert isinstance(desk, Quarantine)
    assert isinstance(again, Quarantine)
    assert (again.aside, again.failures) == (desk.aside, desk.failures)
