"""A node: a kernel whose actors' facts are numbered, chained and committed before anything they caused gets out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from runtime import snapshot
from runtime.actor import Actor, Started
from runtime.address import Ref
from runtime.errors import Fault
from runtime.kernel import Kernel, Outlet
from runtime.recorded import Input
from runtime.supervision import ActorRestarted, Supervisor
from runtime.wire import CHAIN_START, FactRecord, chained, encode, fact_bytes


@attrs.define(slots=True)
class Batch:
    """What one or more turns decided: commit ``records`` first, then let the rest out.

    Attributes:
        records: facts in order, ready for the journal.
        facts: the same facts as (source address, fact).
        outbox: (ref, message) for addresses beyond the edge.
        readings: (source address, at_us, reading).
        inputs: edge input and fired timers since the last batch (empty unless the node records).
    """

    records: list[FactRecord]
    facts: list[tuple[str, Any]]
    outbox: list[tuple[Ref, Any]]
    readings: list[tuple[str, int, Any]]
    inputs: list[Input]


class Node(Kernel):
    """One operating-system process's actors, their timers and their facts.

    Attributes:
        seq, chain: number and chain hash of the last fact taken.
        records_input: keep every input for the recorder.
        history: gives an actor's committed facts by its address; supervision makes actors anew from it.
    """

    def __init__(self, name: str, *, seed: int = 0, now_us: int = 0, records_input: bool = False) -> None:
        super().__init__(name, seed=seed, now_us=now_us)
        self.seq = 0
        self.chain = CHAIN_START
        self.records_input = records_input
        self.history: Callable[[str], Iterator[Any]] = lambda _: iter(())
        self.supervisor = Supervisor()
        self.on_fault = self._restart
        self._facts: list[tuple[Ref, int, Any]] = []
        self._readings: list[tuple[str, int, Any]] = []
        self._inputs: list[Input] = []

    # Input is kept with the kernel sequence and the time it was stamped with

    def receive(self, to: Ref, message: Any) -> None:
        """Take input from an edge."""
        if self.records_input:
            self._inputs.append(Input(self.handled, self.now, self.addresses[to], message))
        self.ready.append((to, message))

    def fired(self, ref: Ref, message: Any) -> None:
        """A timer or arrival is due."""
        if self.records_input:
            self._inputs.append(Input(self.handled, self.now, self.addresses[ref], message))
        self.ready.append((ref, message))

    def spawn(self, address: str, actor: Actor) -> Ref:
        """Give an actor its address. It is started by ``start``, after its past was restored."""
        ref = super().spawn(address, actor)
        if self.ready and self.ready[-1][0] == ref:
            self.ready.pop()
        return ref

    def start(self) -> None:
        """Tell every actor that has a ``resume`` that it runs; an input like any other."""
        for ref, actor in enumerate(self.actors):
            if isinstance(actor, Actor) and type(actor).resume is not Actor.resume:
                self.receive(Ref(ref), Started())

    # Facts

    def recorded(self, ref: Ref, fact: Any) -> None:
        """Keep a fact for the next batch."""
        self._facts.append((ref, self.now, fact))

    def published(self, ref: Ref, reading: Any) -> None:
        """Keep a reading for the next batch."""
        self._readings.append((self.addresses[ref], self.now, reading))

    def take(self) -> Batch | None:
        """Number and chain what was recorded since the last call; None if nothing came of it."""
        if not (self._facts or self.outbox or self._readings or self._inputs):
            return None
        records, facts = [], []
        addresses, seq, chain = self.addresses, self.seq, self.chain
        for ref, at_us, fact in self._facts:
            seq += 1
            source, body = addresses[ref], encode(fact)
            chain = chained(chain, fact_bytes(seq, source, at_us, body))
            records.append(FactRecord(seq, source, at_us, body, chain))
            facts.append((source, fact))
        self.seq, self.chain = seq, chain
        batch = Batch(records, facts, self.outbox[:], self._readings, self._inputs)
        self._facts, self._readings, self._inputs = [], [], []
        self.outbox.clear()
        return batch

    # The past

    def recover(self, records: Iterator[FactRecord]) -> int:
        """Apply journalled facts to their actors; return how many. The clock moves to the last one's time."""
        count = 0
        for record in records:
            actor = self.actors[self.reach(record.source)]
            fact = record.fact()
            if (apply := getattr(actor, "appliers", {}).get(type(fact))) is not None:
                apply(actor, fact)
            self.seq, self.chain = record.seq, record.chain
            self.advance(record.at_us)
            count += 1
        return count

    def save(self, *, whole: bool) -> bytes:
        """The state of all actors: what facts determine, or (``whole``) everything, for a recording's start."""
        return snapshot.save(self, whole=whole)

    def load(self, body: bytes) -> None:
        """Restore what ``save`` gave; raises ConfigError if it is of another version."""
        snapshot.load(self, body)

    # Supervision

    def _restart(self, fault: Fault) -> None:
        ref = self.reach(fault.address)
        for address in self.supervisor.to_restart(fault, self.now, self.refs):
            old = self.actors[self.reach(address)]
            if not isinstance(old, Actor):
                continue
            if type(old).restart == "temporary":
                self.actors[old.ref] = Outlet(old.ref, self.outbox)
                continue
            self._make_anew(old)
        self.recorded(ref, ActorRestarted(message=type(fault.message).__name__, error=str(fault.error)[:200]))

    def _make_anew(self, old: Actor) -> None:
        fresh = old.made_anew()
        fresh.kernel, fresh.ref = self, old.ref
        pending = [fact for ref, _, fact in self._facts if ref == old.ref]
        for fact in (*self.history(self.addresses[old.ref]), *pending):
            if (apply := fresh.appliers.get(type(fact))) is not None:
                apply(fresh, fact)
        self.actors[old.ref] = fresh
        if type(fresh).resume is not Actor.resume:
            self.ready.append((fresh.ref, Started()))
