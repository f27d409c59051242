from __future__ import annotations

from typing import ClassVar

import pytest

from runtime import wire
from runtime.actor import Actor, Restart, Started, applies, handles
from runtime.command import Deliver, Finish
from runtime.errors import Fault
from runtime.message import event, fact
from runtime.node import Node
from runtime.supervision import (
    ERROR_CHARACTERS_MAX,
    INTENSITY,
    PERIOD_US,
    ActorRestarted,
    NodeStopped,
    Supervisor,
    restarted,
)

SECOND_US = 1_000_000


@event("test.supervision.sell")
class Sell:
    units: int


@event("test.supervision.jolt")
class Jolt:
    units: int = 0


@fact("test.supervision.sold")
class Sold:
    units: int


@event("test.supervision.tick")
class Tick:
    pass


class Lane(Actor):
    """Sells; breaks when jolted, after it sold so many units and spoilt its own count."""

    __slots__ = ("log", "sold", "ticks")
    durable = ("sold",)
    sold: int
    ticks: int

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.sold = self.ticks = 0

    def resume(self) -> None:
        self.log.append(f"{self.address} resumes with {self.sold}")
        self.after(1, Tick())

    @handles(Sell)
    def sell(self, order: Sell) -> None:
        self.record(Sold(units=order.units))
        self.log.append(f"{self.address} sold {self.sold}")

    @handles(Jolt)
    def jolt(self, jolt: Jolt) -> None:
        if jolt.units:
            self.record(Sold(units=jolt.units))
        self.sold = -99
        raise RuntimeError("jolted")

    @handles(Tick)
    def tick(self, _: Tick) -> None:
        self.log.append(f"{self.address} ticks")

    @applies(Sold)
    def _sold(self, fact: Sold) -> None:
        if fact.units > 100:
            raise ValueError(f"{fact.units} units")
        self.sold += fact.units


class Passer(Lane):
    __slots__ = ()
    restart = "temporary"


@event("test.supervision.close")
class Close:
    pass


class Pusher(Lane):
    """Done once it is told so."""

    __slots__ = ()
    restart: ClassVar[Restart] = "transient"

    @handles(Close)
    def close(self, _: Close) -> None:
        self.record(Sold(units=1))
        self.end()


class Closer(Pusher):
    __slots__ = ()
    restart: ClassVar[Restart] = "permanent"


class Runner(Lane):
    """Fails every command."""

    __slots__ = ()

    @handles(Deliver)
    def run(self, order: Deliver) -> None:
        raise RuntimeError(order.id)


class Desk(Actor):
    __slots__ = ("finished",)

    def __init__(self) -> None:
        self.finished: list[Finish] = []

    @handles(Finish)
    def finish(self, finish: Finish) -> None:
        self.finished.append(finish)


class Shop:
    """A node with some actors, its log, and its history."""

    def __init__(self, **lanes: type[Lane]) -> None:
        self.log: list[str] = []
        self.node = Node("n")
        self.committed: list[tuple[str, object]] = []
        self.node.history = lambda address: (fact for source, fact in self.committed if source == address)
        for name, made in lanes.items():
            self.node.spawn(name.replace("_", "/"), made(self.log))

    def give(self, *given: tuple[str, object]) -> None:
        for address, message in given:
            self.node.receive(self.node.reach(address), message)
        while self.node.ready:
            self.node.drain()

    def take(self) -> list[tuple[str, object]]:
        batch = self.node.take()
        facts = [] if batch is None else batch.facts
        self.committed += facts
        return facts

    def lane(self, address: str) -> Lane:
        actor = self.node.actors[self.node.reach(address)]
        assert isinstance(actor, Lane)
        return actor


def test_a_fault_makes_the_actor_anew_from_its_facts_and_the_others_go_on_selling() -> None:
    shop = Shop(m_A1=Lane, m_A2=Lane)
    shop.give(("m/A1", Sell(units=2)), ("m/A2", Sell(units=1)))
    shop.take()
    shop.give(("m/A1", Sell(units=3)), ("m/A1", Jolt(units=4)), ("m/A2", Sell(units=1)))
    assert (shop.lane("m/A1").sold, shop.lane("m/A2").sold) == (9, 2)
    assert shop.take() == [
        ("m/A1", Sold(units=3)),
        ("m/A1", Sold(units=4)),
        ("m/A1", ActorRestarted(message="Jolt", error="RuntimeError: jolted")),
        ("m/A2", Sold(units=1)),
    ]


def test_a_restarted_actor_starts_before_it_handles_what_was_waiting() -> None:
    shop = Shop(m_A1=Lane, m_A2=Lane)
    shop.give(("m/A1", Jolt()), ("m/A2", Sell(units=1)), ("m/A1", Sell(units=1)))
    assert shop.log == ["m/A1 resumes with 0", "m/A2 sold 1", "m/A1 sold 1"]


def test_timers_set_before_a_fault_do_not_fire_after_it() -> None:
    shop = Shop(m_A1=Lane, m_A2=Lane)
    shop.node.start()
    shop.give(("m/A1", Jolt()))
    shop.log.clear()
    shop.node.run(5 * SECOND_US)
    assert shop.log == ["m/A2 ticks", "m/A1 ticks"]


def test_a_fact_that_could_not_be_applied_is_not_a_fact() -> None:
    shop = Shop(m_A1=Lane)
    shop.give(("m/A1", Sell(units=1)), ("m/A1", Sell(units=101)))
    assert shop.lane("m/A1").sold == 1
    assert shop.take()[1:] == [("m/A1", ActorRestarted(message="Sell", error="ValueError: 101 units"))]


def test_a_fact_that_no_wire_can_carry_is_its_actors_fault() -> None:
    shop = Shop(m_A1=Lane)
    shop.give(("m/A1", Sell(units=-(2**80))), ("m/A1", Sell(units=1)))
    assert shop.lane("m/A1").sold == 1
    restart, sold = shop.take()
    assert "OverflowError" in str(restart[1])
    assert sold == ("m/A1", Sold(units=1))


def test_a_message_nobody_handles_is_set_aside() -> None:
    shop = Shop(m_A1=Lane)
    shop.give(("m/A1", Finish(id="x:1", outcome="done", answer=b"")), ("m/A1", Sell(units=1)))
    assert shop.lane("m/A1").sold == 1


def test_a_temporary_actor_is_dropped_and_its_mail_leaves_the_node() -> None:
    shop = Shop(m_A1=Passer, m_A2=Lane)
    shop.give(("m/A1", Jolt()), ("m/A1", Sell(units=1)), ("m/A2", Sell(units=1)))
    assert shop.log == ["m/A2 sold 1"]
    batch = shop.node.take()
    assert batch is not None
    assert batch.outbox == [(shop.node.reach("m/A1"), Sell(units=1))]


def test_a_transient_actor_is_made_anew_after_a_fault_and_gone_for_good_once_it_ends() -> None:
    shop = Shop(m=Lane, m_A1=Pusher, m_A2=Lane)
    shop.node.start()
    shop.give(("m/A1", Jolt()), ("m/A1", Sell(units=2)))
    assert shop.lane("m/A1").sold == 2
    shop.log.clear()
    shop.give(("m/A1", Close()), ("m/A1", Sell(units=7)))
    shop.node.run(5 * SECOND_US)
    assert shop.log == ["m ticks", "m/A2 ticks"], "its timers are gone with it"
    batch = shop.node.take()
    assert batch is not None
    assert batch.facts[-1] == ("m/A1", Sold(units=1)), "what it recorded before stands"
    assert batch.outbox == [(shop.node.reach("m/A1"), Sell(units=7))]


def test_an_actor_that_has_ended_stays_away_when_its_parent_is_made_anew() -> None:
    shop = Shop(m=Lane, m_A1=Pusher, m_A2=Lane)
    shop.give(("m/A1", Close()), *[("m/A2", Jolt())] * (INTENSITY + 1))
    assert shop.log[-2:] == ["m resumes with 0", "m/A2 resumes with 0"]
    assert not any(line.startswith("m/A1") for line in shop.log)


def test_a_permanent_actor_that_tries_to_end_is_made_anew_like_any_other_that_fails() -> None:
    shop = Shop(m_A1=Closer)
    shop.give(("m/A1", Close()), ("m/A1", Sell(units=1)))
    assert shop.lane("m/A1").sold == 2
    told = "TypeError: m/A1: must be transient or temporary to end, it is permanent"
    assert shop.take()[1][1] == ActorRestarted(message="Close", error=told)


def test_an_actor_whose_timer_waits_is_dropped_with_it_when_it_is_temporary() -> None:
    shop = Shop(m_A1=Passer, m_A2=Lane)
    shop.node.start()
    shop.give(("m/A1", Jolt()))
    shop.node.run(5 * SECOND_US)
    batch = shop.node.take()
    assert batch is not None
    assert (batch.outbox, shop.node.timers_waiting) == ([], 0)


def test_more_faults_than_the_intensity_restart_the_parent_and_all_below_it() -> None:
    shop = Shop(m=Lane, m_A1=Lane, m_A2=Lane, mm_A1=Lane)
    shop.give(*[("m/A1", Jolt())] * INTENSITY)
    assert shop.log == ["m/A1 resumes with 0"] * INTENSITY
    shop.log.clear()
    shop.give(("m/A1", Jolt()))
    assert shop.log == ["m resumes with 0", "m/A1 resumes with 0", "m/A2 resumes with 0"]


def test_a_parent_that_does_not_come_to_rest_stops_the_node() -> None:
    shop = Shop(m=Lane, m_A1=Lane)
    with pytest.raises(NodeStopped, match=r"m/A1 failed more than 5 times in 60 s: RuntimeError\('jolted'\)"):
        shop.give(*[("m/A1", Jolt())] * (2 * INTENSITY + 1))


def test_faults_far_apart_never_restart_the_parent() -> None:
    supervisor = Supervisor()
    fault = Fault("m/A1", Jolt(), RuntimeError("jolted"))
    for number in range(50):
        at_us = number * PERIOD_US // INTENSITY
        assert supervisor.to_restart(fault, at_us, ["m", "m/A1"]) == ["m/A1"]


def test_an_actor_whose_facts_cannot_be_applied_stops_the_node() -> None:
    shop = Shop(m_A1=Lane)
    shop.committed.append(("m/A1", Sold(units=500)))
    with pytest.raises(NodeStopped, match="m/A1: could not be made anew from its facts: ValueError"):
        shop.give(("m/A1", Jolt()))


def test_a_node_does_not_start_with_a_fact_that_its_actor_cannot_apply_and_names_it() -> None:
    shop = Shop(m_A1=Lane)
    body = wire.encode(Sold(units=500))
    chain = wire.chained(wire.CHAIN_START, wire.fact_bytes(1, "m/A1", 7, body))
    what = r"n: fact 1 of m/A1 \(test.supervision.sold/1\) could not be applied: ValueError\('500 units'\)"
    with pytest.raises(NodeStopped, match=what):
        shop.node.recover([wire.FactRecord(1, "m/A1", 7, body, chain)])


def test_an_actor_that_cannot_resume_stops_the_node_instead_of_looping() -> None:
    class Sleeper(Lane):
        __slots__ = ()

        def resume(self) -> None:
            raise RuntimeError("too tired")

    shop = Shop(m_A1=Sleeper)
    with pytest.raises(NodeStopped, match="too tired"):
        shop.give(("m/A1", Started()))


def test_a_command_its_actor_raised_on_has_failed() -> None:
    shop = Shop(m_A1=Runner)
    desk = Desk()
    shop.node.spawn("commands", desk)
    shop.give(("m/A1", Deliver(id="office:1", body=b"")))
    assert desk.finished == [Finish(id="office:1", outcome="failed", answer=b"")]


def test_the_fact_of_a_fault_can_always_be_written() -> None:
    fact = restarted(Fault("m", Jolt(), RuntimeError("\ud800" + "x" * 1000)))
    assert fact.error.startswith("RuntimeError: \\ud800xxx")
    assert len(fact.error) < ERROR_CHARACTERS_MAX + 10
