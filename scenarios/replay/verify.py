"""``hawker replay --verify``: the same actors on recorded input must give the same facts, byte for byte."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from runtime.actor import Started
from runtime.errors import ConfigError
from runtime.node import Node
from runtime.recording import RecordedDay, read_day, recorded_days
from runtime.wire import FactRecord
from scenarios.data_directory import DAYS
from scenarios.replay.first_difference import Difference, chain_of, explained, give, node_at_start


@attrs.frozen(kw_only=True)
class VerifyResult:
    """Whether every fact came out the same; ``as_json`` is the contract of ``replay --verify --json``.

    Attributes:
        warnings: what the recording lacks: days, nodes, ends of files. It speaks only of what is there.
    """

    facts: int
    digest: str
    first_difference: Difference | None
    warnings: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether replayed and recorded facts are the same bytes."""
        return self.first_difference is None

    def as_json(self) -> dict[str, Any]:
        """The document of CLI.md, and warnings where there are any."""
        difference = self.first_difference
        found = {
            "identical": self.identical,
            "facts": self.facts,
            "digest": self.digest,
            "first_difference": None if difference is None else attrs.asdict(difference),
        }
        return found | ({"warnings": list(self.warnings)} if self.warnings else {})


class Replayer:
    """One node, played through its files in order."""

    def __init__(self) -> None:
        self.node: Node | None = None
        self._past: list[FactRecord] = []
        self._whole = False  # the day before was played to its end

    def play(self, day: RecordedDay) -> tuple[list[FactRecord], Difference | None]:
        """Give the day's input to the node; return what it recorded and the first difference."""
        node = self._at_start_of(day)
        self._whole = day.whole
        facts: list[FactRecord] = []
        for given in day.inputs:
            give(node, given)
            if len(node.ready) == 1 and self._differs(node, day, facts):
                return facts, explained(day, facts)
        while node.ready:
            node.drain()
        if self._differs(node, day, facts) or (day.whole and len(facts) < len(day.records)):
            return facts, explained(day, facts)
        return facts, None

    def _at_start_of(self, day: RecordedDay) -> Node:
        start = day.start
        if self.node is not None and self._whole and self.node.seq != start.seq:
            raise ConfigError(
                f"recording of {day.node} {start.date}: must go on from fact {self.node.seq}, "
                f"not {start.seq}: a file is missing"
            )
        new_life = bool(day.inputs) and isinstance(day.inputs[0].message, Started)
        where = (start.seq, start.handled)
        if self.node is None or new_life or (self.node.seq, self.node.handled) != where:
            self.node = node_at_start(day)
            self.node.history = lambda source: (r.fact() for r in self._past if r.source == source)
        return self.node

    def _differs(self, node: Node, day: RecordedDay, facts: list[FactRecord]) -> bool:
        """Take what the node recorded; whether its last fact is not the recorded one."""
        batch = node.take()
        for record in batch.records if batch is not None else ():
            known = day.records[len(facts)] if len(facts) < len(day.records) else None
            if known is None and not day.whole:
                break
            facts.append(record)
            self._past.append(record)
            if known is None or known.chain != record.chain:
                return True
        return False


def recordings_in(directory: Path) -> Path:
    """The folder of recordings: of a live chain's data directory, or the folder itself."""
    return directory / DAYS if (directory / DAYS).is_dir() else directory


def verify(directory: Path, progress: Callable[[float], None] = lambda _: None) -> VerifyResult:
    """Re-run every node of a recording; raises ConfigError when there is none or it is damaged."""
    nodes = recorded_days(recordings_in(directory))
    sha, count, done = hashlib.sha256(), 0, 0
    files = sum(len(paths) for paths in nodes.values())
    difference: Difference | None = None
    gaps = Gaps()
    gc.disable()
    try:
        for name in sorted(nodes):
            replayer = Replayer()
            for path in nodes[name]:
                day = read_day(path)
                facts, found = replayer.play(day)
                gaps.seen(path, day)
                difference = difference or found
                for record in facts:
                    sha.update(record.wire_bytes())
                count, done = count + len(facts), done + 1
                progress(done / files)
                if found is not None:
                    break
    finally:
        gc.enable()
    return VerifyResult(
        facts=count,
        digest=f"sha256:{sha.hexdigest()}",
        first_difference=difference,
        warnings=gaps.warnings(),
    )


class Gaps:
    """What a recording lacks, seen file by file in the order of each node's days."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._days: dict[str, list[RecordedDay]] = {}

    def seen(self, path: Path, day: RecordedDay) -> None:
        """Take a file that was read."""
        before = self._days.setdefault(day.node, [])
        if not day.whole:
            self._said.append(f"{day.node}/{path.name}: cut off, read to its last whole chunk")
        last = before[-1] if before else None
        ends = 0 if last is None else last.records[-1].seq if last.records else last.start.seq
        if day.start.seq > ends:
            self._said.append(f"{day.node}/{path.name}: facts {ends + 1} to {day.start.seq} are not recorded")
        day.inputs, day.readings, day.records = [], [], day.records[-1:]
        before.append(day)

    def warnings(self) -> tuple[str, ...]:
        """All of it, once every file was seen."""
        dates = {name: {day.start.date for day in days} for name, days in self._days.items()}
        last = max(max(days) for days in dates.values())
        short = [
            f"{name}: last day is {max(days)}, others have {last}"
            for name, days in dates.items()
            if max(days) < last
        ]
        some = next(iter(self._days.values()))[0]
        missing = [f"{name}: no recording" for name in chain_of(some).nodes if name not in dates]
        return (*self._said, *short, *missing)
