"""Recording a run: one MCAP file a node and business day, each with all a replay needs."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import msgspec

from actors.ledger.business_day import BusinessDays
from runtime.day_keeper import DayKeeper
from runtime.node import Batch, Node
from runtime.recorded import Published
from runtime.recording import DayStart, Recorder
from scenarios.scenario import Prepared


def about_run(prepared: Prepared) -> dict[str, str]:
    """What a replay needs beside the days."""
    return {
        "scenario": prepared.name,
        "faults": msgspec.json.encode(prepared.plan.faults).decode(),
        "chain": msgspec.json.encode(prepared.chain).decode(),
        "settings": msgspec.json.encode(dict(prepared.settings)).decode(),
        "seed": str(prepared.seed),
        "hawker": version("hawker"),
    }


def day_keeper(directory: Path, prepared: Prepared, node: str) -> DayKeeper:
    """Keeps the days of one live node."""
    days = BusinessDays(prepared.chain.time_zone, prepared.chain.cutoff_minute)
    return DayKeeper(Recorder(directory, node, days.day, about_run(prepared)), days.day)


class Recording:
    """Recorders of all nodes of a run. ``append`` takes each committed batch."""

    def __init__(self, directory: Path, prepared: Prepared, nodes: list[Node]) -> None:
        chain, about = prepared.chain, about_run(prepared)
        self._days = BusinessDays(chain.time_zone, chain.cutoff_minute)
        self._recorders = {node.name: Recorder(directory, node.name, self._days.day, about) for node in nodes}
        self._nodes = nodes
        for node in nodes:
            self._begin(node)

    def append(self, node: Node, batch: Batch) -> None:
        """Keep a batch. A new day's first one still ends the old file: files begin between batches."""
        recorder = self._recorders[node.name]
        recorder.append(batch.inputs, batch.records, [Published(*reading) for reading in batch.readings])
        if recorder.day_to_begin(node.now) is not None:
            self._begin(node)

    def _begin(self, node: Node, date: str = "") -> None:
        start = DayStart(
            date=date or self._days.day(node.now),
            now_us=node.now,
            handled=node.handled,
            seq=node.seq,
            chain=node.chain,
        )
        self._recorders[node.name].begin_day(start, node.save(whole=True))

    def close(self) -> None:
        """Finish every file. A node that was quiet on the last day has a file of it too."""
        last = max(recorder.date for recorder in self._recorders.values())
        for node in self._nodes:
            if self._recorders[node.name].date < last and not node.ready:
                self._begin(node, last)
        for recorder in self._recorders.values():
            recorder.close()
