"""A node: a kernel whose actors' facts are numbered and chained.

Nothing that a fact caused gets out before the fact is committed: both are taken in one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from runtime import quarantine, snapshot
from runtime.actor import Actor, Started
from runtime.address import Ref
from runtime.command import Deliver, Finish
from runtime.command_desk import ADDRESS as COMMANDS
from runtime.errors import Fault
from runtime.kernel import TURN_MESSAGES_MAX, Kernel
from runtime.quarantine import Quarantine
from runtime.recorded import Input
from runtime.supervision import NodeStopped, Supervisor, restarted
from runtime.wire import CHAIN_START, MESSAGE_BYTES_MAX, FactRecord, chained, encode, fact_bytes


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


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches that follow each other as one."""
    whole = Batch([], [], [], [], [])
    for batch in batches:
        whole.records += batch.records
        whole.facts += batch.facts
        whole.outbox += batch.outbox
        whole.readings += batch.readings
        whole.inputs += batch.inputs
    return whole


class Node(Kernel):
    """One operating-system process's actors, their timers and their facts.

    Attributes:
        seq, chain: number and chain hash of the last fact taken.
        records_input: keep every input for the recorder.
        history: gives an actor's facts by its address, from the first or from where ``load`` set in, up to
            the last one taken; supervision makes actors anew from it.
        past_of: puts kept state back into an actor made anew, and gives the facts that come after it; by
            default what ``load`` restored, and ``history``.
    """

    def __init__(self, name: str, *, seed: int = 0, now_us: int = 0, records_input: bool = False) -> None:
        super().__init__(name, seed=seed, now_us=now_us)
        self.seq = 0
        self.chain = CHAIN_START
        self.records_input = records_input
        self.history: Callable[[str], Iterator[Any]] = lambda _: iter(())
        self.past_of: Callable[[str, Actor], Iterator[Any]] = self._past_of
        self.supervisor = Supervisor()
        self.on_fault = self._restart
        self._loaded: dict[str, tuple[bool, bytes]] = {}
        self._guards_stand = False
        self._facts: list[tuple[Ref, int, Any, bytes]] = []
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
        if self.ready and self.ready[-1][0] == ref and type(self.ready[-1][1]) is Started:
            self.ready.pop()
        return ref

    def start(self) -> None:
        """Tell every actor that has a ``resume`` that it runs: an input, and the first one it gets."""
        first = [
            Ref(ref)
            for ref, actor in enumerate(self.actors)
            if isinstance(actor, Actor) and type(actor).resume is not Actor.resume
        ]
        self._first(first)
        if self.records_input:
            place = next((n for n, i in enumerate(self._inputs) if i.handled == self.handled), None)
            place = len(self._inputs) if place is None else place
            self._inputs[place:place] = [
                Input(self.handled, self.now, self.addresses[ref], Started()) for ref in first
            ]

    def _first(self, refs: list[Ref]) -> None:
        self.ready.extendleft((ref, Started()) for ref in reversed(refs))

    def draws(self) -> dict[str, int]:
        """How often each actor's dice were thrown, by address."""
        return {self.addresses[ref]: dice.draws for ref, dice in self._draws.items()}

    def draws_of(self, refs: Iterable[int]) -> dict[str, int]:
        """The same of some actors."""
        draws, addresses = self._draws, self.addresses
        return {addresses[ref]: draws[Ref(ref)].draws for ref in refs if ref in draws}

    # Facts

    def recorded(self, ref: Ref, fact: Any) -> None:
        """Keep a fact for the next batch. One that no journal could hold is its actor's fault."""
        body = encode(fact)
        if len(body) > MESSAGE_BYTES_MAX:
            raise ValueError(f"fact must have at most {MESSAGE_BYTES_MAX} bytes, not {len(body)}")
        self._facts.append((ref, self.now, fact, body))

    def published(self, ref: Ref, reading: Any) -> None:
        """Keep a reading for the next batch."""
        self._readings.append((self.addresses[ref], self.now, reading))

    @property
    def has_said(self) -> bool:
        """Since the last batch something came of the input: a fact, a reading, or a word to others."""
        return bool(self._facts or self.outbox or self._readings)

    def take(self) -> Batch | None:
        """Number and chain what was recorded since the last call; None if nothing came of it."""
        if not (self._facts or self.outbox or self._readings or self._inputs):
            return None
        records, facts = [], []
        addresses, seq, chain = self.addresses, self.seq, self.chain
        for ref, at_us, fact, body in self._facts:
            seq += 1
            source = addresses[ref]
            chain = chained(chain, fact_bytes(seq, source, at_us, body))
            records.append(FactRecord(seq, source, at_us, body, chain))
            facts.append((source, fact))
        self.seq, self.chain = seq, chain
        batch = Batch(records, facts, self.outbox[:], self._readings, self._inputs)
        self._facts, self._readings, self._inputs = [], [], []
        self.outbox.clear()
        return batch

    def pending(self) -> bool:
        """Something was recorded since the last batch was taken."""
        return bool(self._facts)

    # The past

    def recover(self, records: Iterable[FactRecord], later: Mapping[str, int] | None = None) -> int:
        """Apply journalled facts to their actors; return how many. The clock moves with them.

        ``later`` names actors whose state is of a later fact: they apply only those above its number. Raises
        NodeStopped for a fact that its actor cannot apply.
        """
        count, later = 0, later or {}
        for record in records:
            actor = self.actors[self.reach(record.source)]
            self.advance(record.at_us)
            if record.seq > later.get(record.source, 0):
                fact = record.fact()
                if (apply := getattr(actor, "appliers", {}).get(type(fact))) is not None:
                    try:
                        apply(actor, fact)
                    except Exception as error:
                        raise NodeStopped(
                            f"{self.name}: fact {record.seq} of {record.source} ({record.tag}) "
                            f"could not be applied: {error!r}"
                        ) from error
            self.seq, self.chain = record.seq, record.chain
            count += 1
        return count

    def save(self, *, whole: bool) -> bytes:
        """The state of all actors: what facts determine, or (``whole``) everything a replay begins with."""
        return snapshot.save(self, whole=whole)

    def load(self, body: bytes) -> None:
        """Restore what ``save`` gave; raises ConfigError if it is of another version or of other actors."""
        self._loaded = snapshot.load(self, body)
        self._guards_stand = False

    def _past_of(self, address: str, fresh: Actor) -> Iterator[Any]:
        if (loaded := self._loaded.get(address)) is not None:
            snapshot.restore(fresh, *loaded, durable_only=True)
        return self.history(address)

    # Supervision

    def _restart(self, fault: Fault) -> None:
        anew = []
        for address in self.supervisor.to_restart(fault, self.now, self.refs):
            old = self.actors[self.refs[address]]
            if not isinstance(old, Actor):
                continue
            if old.restart == "temporary":
                self.ended(old.ref)
                continue
            self._make_anew(old)
            if type(old).resume is not Actor.resume:
                anew.append(old.ref)
        self._first(anew)
        self.recorded(self.refs[fault.address], restarted(fault))
        if (aside := self._quarantine()) is not None and aside.failed(fault):
            self._guard(fault.address)
        if isinstance(fault.message, Deliver) and (desk := self.refs.get(COMMANDS)) is not None:
            self.ready.append((desk, Finish(id=fault.message.id, outcome="failed", answer=b"")))

    def drain(self, messages_max: int = TURN_MESSAGES_MAX) -> int:
        """Handle ready messages, but none that is set aside."""
        if not self._guards_stand:
            self._guards_stand = True
            if (desk := self._quarantine()) is not None:
                for address in desk.aside:
                    self._guard(address)
        return super().drain(messages_max)

    def _quarantine(self) -> Quarantine | None:
        ref = self.refs.get(quarantine.address_of(self.name))
        actor = None if ref is None else self.actors[ref]
        return actor if isinstance(actor, Quarantine) else None

    def _guard(self, address: str) -> None:
        """Let nothing that is set aside reach this actor."""
        ref = self.refs.get(address)
        actor = None if ref is None else self.actors[ref]
        desk = self._quarantine()
        if ref is None or desk is None or not isinstance(actor, Actor):
            return

        def held(message: object) -> bool:
            now = self._quarantine()
            return now is not None and now.holds(address, message)

        self._tables[ref] = quarantine.guarded(actor, desk.aside[address], held)

    def _make_anew(self, old: Actor) -> None:
        address = self.addresses[old.ref]
        pending = [fact for ref, _, fact, _ in self._facts if ref == old.ref]
        try:
            fresh = old.made_anew()
            fresh.kernel, fresh.ref = self, old.ref
            for fact in (*self.past_of(address, fresh), *pending):
                if (apply := fresh.appliers.get(type(fact))) is not None:
                    apply(fresh, fact)
        except Exception as error:
            raise NodeStopped(f"{address}: could not be made anew from its facts: {error!r}") from error
        self.actors[old.ref] = fresh
        self.clear_timers(old.ref)
