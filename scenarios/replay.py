"""``hawker replay --verify``: the same actors on recorded input must give the same facts, byte for byte."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import msgspec

from runtime.errors import ConfigError
from runtime.node import Node
from runtime.recording import RecordedDay, read_day, recorded_days
from runtime.wire import FactRecord
from scenarios import assembly
from scenarios.chain import Chain


@attrs.frozen(kw_only=True)
class Difference:
    """The first fact that came out otherwise.

    Attributes:
        recorded, replayed: the facts as text, or None where there is none.
        input: the last recorded input before it.
    """

    node: str
    seq: int
    recorded: str | None
    replayed: str | None
    input: str


@attrs.frozen(kw_only=True)
class VerifyResult:
    """Whether every fact came out the same; ``as_json`` is the contract of ``replay --verify --json``."""

    facts: int
    digest: str
    first_difference: Difference | None

    @property
    def identical(self) -> bool:
        """Whether replayed and recorded facts are the same bytes."""
        return self.first_difference is None

    def as_json(self) -> dict[str, Any]:
        """The document of CLI.md."""
        difference = self.first_difference
        return {
            "identical": self.identical,
            "facts": self.facts,
            "digest": self.digest,
            "first_difference": None if difference is None else attrs.asdict(difference),
        }


class Replayer:
    """One node, played through its files in order."""

    def __init__(self) -> None:
        self.node: Node | None = None
        self.last_input = ""
        self._past: list[FactRecord] = []
        self._whole = False  # the day before was played to its end

    def play(self, day: RecordedDay) -> tuple[list[FactRecord], Difference | None]:
        """Give the day's input to the node; return what it recorded and the first difference."""
        node = self._at_start_of(day)
        self._whole = day.whole
        facts: list[FactRecord] = []
        for given in day.inputs:
            while node.handled < given.handled and node.ready:
                node.drain(given.handled - node.handled)
            node.advance(given.now_us)
            self.last_input = f"{type(given.message).__name__} for {given.to}: {given.message}"[:300]
            node.receive(node.reach(given.to), given.message)
            if len(node.ready) == 1 and (difference := self._take(node, day, facts)) is not None:
                return facts, difference
        while node.ready:
            node.drain()
        difference = self._take(node, day, facts)
        if difference is None and day.whole and len(facts) < len(day.records):
            missing = day.records[len(facts)]
            difference = Difference(
                node=day.node,
                seq=missing.seq,
                recorded=str(missing.fact()),
                replayed=None,
                input=self.last_input,
            )
        return facts, difference

    def _at_start_of(self, day: RecordedDay) -> Node:
        start = day.start
        if self.node is not None and self._whole and self.node.seq != start.seq:
            raise ConfigError(
                f"recording of {day.node} {start.date}: must go on from fact {self.node.seq}, "
                f"not {start.seq}: a file is missing"
            )
        if self.node is None or (self.node.seq, self.node.handled) != (start.seq, start.handled):
            try:
                chain = msgspec.json.decode(day.about["chain"], type=Chain)
                seed = int(day.about["seed"])
            except (msgspec.MsgspecError, KeyError, ValueError) as error:
                raise ConfigError(f"recording of {day.node} {start.date}: chain and seed: {error}") from error
            self.node = assembly.build_node(chain, day.node, seed=seed, now_us=start.now_us)
            self.node.load(day.snapshot)
            self.node.history = lambda source: (r.fact() for r in self._past if r.source == source)
        return self.node

    def _take(self, node: Node, day: RecordedDay, facts: list[FactRecord]) -> Difference | None:
        batch = node.take()
        for record in batch.records if batch is not None else ():
            known = day.records[len(facts)] if len(facts) < len(day.records) else None
            if known is None and not day.whole:
                break
            facts.append(record)
            self._past.append(record)
            if known is None or known.chain != record.chain:
                return Difference(
                    node=day.node,
                    seq=record.seq,
                    replayed=str(record.fact()),
                    recorded=None if known is None else str(known.fact()),
                    input=self.last_input,
                )
        return None


def verify(directory: Path, progress: Callable[[float], None] = lambda _: None) -> VerifyResult:
    """Re-run every node of a recording; raises ConfigError when there is none or it is damaged."""
    nodes = recorded_days(directory)
    if not nodes:
        raise ConfigError(f"{directory}: a recording must hold NODE/DATE.mcap files, there are none")
    sha, count, done = hashlib.sha256(), 0, 0
    files = sum(len(paths) for paths in nodes.values())
    difference: Difference | None = None
    gc.disable()
    try:
        for name in sorted(nodes):
            replayer = Replayer()
            for path in nodes[name]:
                facts, found = replayer.play(read_day(path))
                difference = difference or found
                for record in facts:
                    sha.update(record.wire_bytes())
                count, done = count + len(facts), done + 1
                progress(done / files)
                if found is not None:
                    break
    finally:
        gc.enable()
    return VerifyResult(facts=count, digest=f"sha256:{sha.hexdigest()}", first_difference=difference)
