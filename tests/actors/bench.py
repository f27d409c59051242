"""A bench for actors: one kernel that keeps what its actors record and publish, and can lose its memory.

It commits every fact at once; what a node does about batches, numbers and chains is the node's own test.
"""

from __future__ import annotations

from typing import Any, TypeVar

from runtime import wire
from runtime.actor import Actor, Report, Started
from runtime.address import Ref
from runtime.command import Deliver, Finish
from runtime.kernel import Kernel

T = TypeVar("T")


class Bench(Kernel):
    """A kernel whose facts and readings tests look at.

    Attributes:
        facts: (source address, fact) in the order recorded.
        readings: (source address, reading) in the order published.
        told: (address, message) that went beyond the edge.
    """

    def __init__(self, now_us: int = 0) -> None:
        super().__init__("bench", seed=1, now_us=now_us)
        self.facts: list[tuple[str, Any]] = []
        self.readings: list[tuple[str, Any]] = []

    def recorded(self, ref: Ref, fact: Any) -> None:
        """Keep a fact as the journal would: as it comes back from its bytes."""
        self.facts.append((self.addresses[ref], wire.decode(wire.encode(fact))))

    def published(self, ref: Ref, reading: Any) -> None:
        """Keep a reading."""
        self.readings.append((self.addresses[ref], reading))

    @property
    def told(self) -> list[tuple[str, Any]]:
        """What went beyond the edge so far, with addresses."""
        return [(self.addresses[ref], message) for ref, message in self.outbox]

    def told_to(self, address: str, kind: type[T]) -> list[T]:
        """Messages of one kind that went to one address."""
        return [message for to, message in self.told if to == address and isinstance(message, kind)]

    def facts_of(self, kind: type[T]) -> list[T]:
        """Facts of one kind, by whoever recorded them."""
        return [fact for _, fact in self.facts if isinstance(fact, kind)]

    def send(self, address: str, *messages: object) -> None:
        """Put messages in and handle everything that is due now."""
        for message in messages:
            self.receive(self.reach(address), message)
        self.run(self.now)

    def hear(
        self, address: str, node: str, seq: int, source: str, content: object, at_us: int | None = None
    ) -> None:
        """Report what another node said."""
        at = self.now if at_us is None else at_us
        self.send(address, Report(node=node, seq=seq, source=source, at_us=at, content=content))

    def deliver(self, address: str, command: object, number: int = 1) -> Finish | None:
        """Deliver a command as the command desk would; return how the actor finished it, if it did."""
        self.send(address, Deliver(id=f"test:{number}", body=wire.encode(command)))
        finished = [f for f in self.told_to("commands", Finish) if f.id == f"test:{number}"]
        return finished[-1] if finished else None

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.run(self.now + round(seconds * 1_000_000))

    def power_cut(self) -> None:
        """Lose everything but the facts: queue, timers, memory; then start actors again from facts."""
        self.ready.clear()
        self._heap.clear()
        self.outbox.clear()
        for ref, actor in enumerate(self.actors):
            if isinstance(actor, Actor):
                self.actors[ref] = self.again(self.addresses[ref], actor)

    def again(self, address: str, actor: Actor) -> Actor:
        """A new actor that has the old one's facts; it resumes with the next message handled."""
        anew = actor.made_anew()
        anew.kernel, anew.ref = self, actor.ref
        for source, fact in self.facts:
            if source == address and (apply := anew.appliers.get(type(fact))) is not None:
                apply(anew, fact)
        for name in actor.durable:
            assert getattr(anew, name) == getattr(actor, name), (
                f"{address}: {name} is not determined by facts"
            )
        self.receive(actor.ref, Started())
        return anew
