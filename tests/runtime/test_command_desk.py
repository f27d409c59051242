from __future__ import annotations

import pytest

from runtime import wire
from runtime.actor import Actor, handles
from runtime.command import (
    CommandAccepted,
    CommandEnded,
    CommandIssued,
    Deliver,
    Finish,
    Issue,
    Mail,
    Outcome,
)
from runtime.command_desk import ADDRESS, GIVE_UP_US, LINK, CommandDesk
from runtime.journal import MemoryJournal
from runtime.message import command, event
from runtime.node import Node

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US


@command("test.desk.set_price")
class SetPrice:
    price_minor: int


@event("test.desk.go_on")
class GoOn:
    pass


class Machine(Actor):
    """Sets prices above zero; told to be slow, it ends a command only when it is let."""

    __slots__ = ("prices", "slow", "waiting")

    def __init__(self, slow: bool) -> None:
        self.slow = slow
        self.prices: list[int] = []
        self.waiting: list[str] = []

    @handles(Deliver)
    def run(self, order: Deliver) -> None:
        price = wire.decode(order.body).price_minor
        self.prices.append(price)
        if self.slow:
            self.waiting.append(order.id)
        else:
            self._finish(order.id, "done" if price > 0 else "failed")

    @handles(GoOn)
    def go_on(self, _: GoOn) -> None:
        for command_id in self.waiting:
            self._finish(command_id, "done")

    def _finish(self, command_id: str, outcome: str) -> None:
        self.tell(self.reach(ADDRESS), Finish(id=command_id, outcome=outcome, answer=outcome.encode()))


class Clerk(Actor):
    __slots__ = ("outcomes",)

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    @handles(Outcome)
    def hear_outcome(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


class Chain:
    """An office with a clerk and a site with a machine; mail between them goes by hand."""

    def __init__(self, *, slow: bool = False) -> None:
        self.slow = slow
        self.journals = {"office": MemoryJournal(), "site": MemoryJournal()}
        self.now_us = 0
        self.mail: list[Mail] = []
        self.nodes = {name: self._made(name) for name in ("office", "site")}

    def _made(self, name: str) -> Node:
        node = Node(name, now_us=self.now_us)
        node.spawn(ADDRESS, CommandDesk())
        if name == "office":
            node.spawn("office/clerk", Clerk())
        else:
            node.spawn("m", Machine(self.slow))
        journal = self.journals[name]
        node.history = lambda address: (record.fact() for record in journal.read_source(address))
        return node

    def restart(self, name: str) -> None:
        self.nodes[name] = self._made(name)
        self.nodes[name].recover(self.journals[name].read(0, 100_000))
        self.nodes[name].start()
        self._step(name)

    def give(self, name: str, address: str, message: object) -> None:
        node = self.nodes[name]
        node.advance(self.now_us)
        node.receive(node.reach(address), message)
        self._step(name)

    def _step(self, name: str) -> None:
        node = self.nodes[name]
        node.run(self.now_us)
        if (batch := node.take()) is not None:
            self.journals[name].commit(batch.records)
            self.mail += [message for ref, message in batch.outbox if node.addresses[ref] == LINK]

    def issue(self, price: int, to: str = "m", seconds: int = 60) -> None:
        self.give(
            "office",
            ADDRESS,
            Issue(
                to=to,
                body=wire.encode(SetPrice(price_minor=price)),
                expires_at_us=self.now_us + seconds * SECOND_US,
                asked_by="office/clerk",
            ),
        )

    def carry(self) -> None:
        while self.mail:
            mail = self.mail.pop(0)
            home = mail.to if mail.kind == "outcome" else mail.to.partition("/")[0]
            self.give("office" if home == "office" else "site", ADDRESS, mail)

    def wait(self, microseconds: int) -> None:
        self.now_us += microseconds
        for name in self.nodes:
            self._step(name)

    def facts(self, name: str) -> list[object]:
        return [record.fact() for record in self.journals[name].read(0, 1000)]

    @property
    def prices(self) -> list[int]:
        machine = self.nodes["site"].actors[self.nodes["site"].reach("m")]
        assert isinstance(machine, Machine)
        return machine.prices

    @property
    def outcomes(self) -> list[tuple[str, str, bytes]]:
        clerk = self.nodes["office"].actors[self.nodes["office"].reach("office/clerk")]
        assert isinstance(clerk, Clerk)
        return [(outcome.id, outcome.outcome, outcome.answer) for outcome in clerk.outcomes]


@pytest.mark.parametrize(("price", "outcome"), [(900, "done"), (0, "failed")])
def test_a_command_ends_as_its_actor_says_and_the_asker_hears_it(price: int, outcome: str) -> None:
    chain = Chain()
    chain.issue(price)
    chain.carry()
    assert chain.prices == [price]
    assert chain.outcomes == [("office:1", outcome, outcome.encode())]
    kinds = [[type(fact) for fact in chain.facts(name)] for name in ("office", "site")]
    assert kinds == [[CommandIssued, CommandEnded], [CommandAccepted, CommandEnded]]


def test_commands_are_numbered() -> None:
    chain = Chain()
    chain.issue(1)
    chain.issue(2)
    chain.carry()
    assert [outcome[0] for outcome in chain.outcomes] == ["office:1", "office:2"]


def test_a_command_that_comes_late_is_not_run() -> None:
    chain = Chain()
    chain.issue(900, seconds=10)
    chain.now_us += 10 * SECOND_US
    chain.carry()
    assert chain.prices == []
    assert chain.outcomes == [("office:1", "expired", b"")]


def test_doubled_mail_runs_once_and_is_answered_each_time() -> None:
    chain = Chain()
    chain.issue(900)
    chain.mail *= 3
    for _ in range(3):
        chain.give("site", ADDRESS, chain.mail.pop(0))
    assert chain.prices == [900]
    assert [mail.outcome for mail in chain.mail] == ["done"] * 3
    chain.carry()
    assert chain.outcomes == [("office:1", "done", b"done")]


def test_a_command_still_running_is_not_run_again() -> None:
    chain = Chain(slow=True)
    chain.issue(900)
    chain.mail *= 2
    chain.carry()
    chain.give("site", "m", GoOn())
    chain.carry()
    assert chain.prices == [900]
    assert chain.outcomes == [("office:1", "done", b"done")]


def test_lost_mail_is_sent_again_more_and_more_seldom() -> None:
    chain = Chain()
    chain.issue(900, seconds=3600)
    sent = []
    for second in range(40):
        sent += [second] * len(chain.mail)
        chain.mail.clear()
        chain.wait(SECOND_US)
    assert sent == [0, 5, 15, 35]
    chain.wait(300 * SECOND_US)
    chain.carry()
    assert chain.outcomes == [("office:1", "done", b"done")]


def test_a_lost_outcome_is_told_again() -> None:
    chain = Chain()
    chain.issue(900)
    chain.give("site", ADDRESS, chain.mail.pop())
    chain.mail.clear()
    chain.wait(6 * SECOND_US)
    chain.carry()
    assert (chain.prices, chain.outcomes) == ([900], [("office:1", "done", b"done")])


def test_a_command_nobody_answers_for_has_expired_in_the_end() -> None:
    chain = Chain()
    chain.issue(900)
    for _ in range(30):
        chain.mail.clear()
        chain.wait(MINUTE_US)
    assert chain.now_us > GIVE_UP_US
    assert chain.outcomes == [("office:1", "expired", b"")]
    chain.mail.clear()
    chain.wait(60 * MINUTE_US)
    assert chain.mail == []


def test_a_sender_that_restarts_asks_again_and_hears_the_outcome() -> None:
    chain = Chain()
    chain.issue(900)
    chain.mail.clear()
    chain.restart("office")
    chain.carry()
    assert (chain.prices, chain.outcomes) == ([900], [("office:1", "done", b"done")])
    chain.issue(800)
    chain.carry()
    assert chain.outcomes[-1] == ("office:2", "done", b"done")


def test_a_receiver_that_restarts_before_the_end_says_it_failed() -> None:
    chain = Chain(slow=True)
    chain.issue(900)
    chain.carry()
    chain.restart("site")
    chain.carry()
    assert chain.outcomes == [("office:1", "failed", b"")]


def test_a_receiver_that_restarts_after_the_end_remembers_it() -> None:
    chain = Chain()
    chain.issue(900)
    asked = chain.mail[0]
    chain.carry()
    chain.restart("site")
    chain.give("site", ADDRESS, asked)
    assert chain.prices == []
    assert [mail.outcome for mail in chain.mail] == ["done"]


def test_the_desk_survives_a_snapshot() -> None:
    chain = Chain(slow=True)
    chain.issue(900)
    chain.carry()
    for name, node in chain.nodes.items():
        fresh = chain._made(name)
        fresh.load(node.save(whole=False))
        for attribute in CommandDesk.durable:
            made, known = (getattr(n.actors[n.reach(ADDRESS)], attribute) for n in (fresh, node))
            assert made == known


@pytest.mark.parametrize("address", ["nowhere", "m/board", ADDRESS])
def test_an_address_that_takes_no_commands_fails(address: str) -> None:
    chain = Chain()
    chain.nodes["site"].reach("m/board")
    chain.issue(900, to=address)
    chain.carry()
    assert chain.outcomes == [("office:1", "failed", b"")]


def test_an_actor_that_raises_on_a_command_has_failed_it() -> None:
    chain = Chain()
    issue = Issue(to="m", body=b"\xc1", expires_at_us=MINUTE_US, asked_by="office/clerk")
    chain.give("office", ADDRESS, issue)
    chain.carry()
    assert chain.outcomes == [("office:1", "failed", b"")]


def test_a_node_can_command_itself() -> None:
    chain = Chain()
    node = chain.nodes["office"]
    node.spawn("office/machine", Machine(False))
    chain.issue(900, to="office/machine")
    chain.carry()
    assert chain.outcomes == [("office:1", "done", b"done")]
    chain.restart("office")
    assert chain.mail == []


def test_a_command_to_oneself_that_never_ends_expires_once() -> None:
    chain = Chain()
    chain.nodes["office"].spawn("office/machine", Machine(True))
    chain.issue(900, to="office/machine")
    for _ in range(40):
        chain.carry()
        chain.wait(MINUTE_US)
    assert chain.outcomes == [("office:1", "expired", b"")]
    desk = chain.nodes["office"].actors[chain.nodes["office"].reach(ADDRESS)]
    assert isinstance(desk, CommandDesk)
    assert (desk.issued, desk.accepted) == ({}, {})
