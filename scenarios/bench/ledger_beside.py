"""A ledger whose writer is a second process: the world hands facts over, the writer books them meanwhile.

``python -m scenarios.bench.ledger_beside PATH CURRENCY ZONE CUTOFF_MINUTE`` reads parcels on its input, and
when they end prints as JSON what it booked. A parcel is its length in four bytes and a MessagePack array of
``[node, epoch, first seq, [[source, at_us, body, chain], ...]]``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import IO, Any

import msgspec

from actors.ledger import queries
from actors.ledger.writer import LedgerWriter
from runtime.link_ports import Position
from runtime.wire import FactRecord
from scenarios.bench.harness import quiet_collector
from scenarios.chain import Chain
from scenarios.gathered import FACTS_TOGETHER

Parcel = list[tuple[str, int, int, list[tuple[str, int, bytes, bytes]]]]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Parcel).decode


class LedgerBeside:
    """The office's inbox store of a world without faults: facts go to the writer's process by the thousand.

    What was handed over counts as stored. Whoever lags waits: the pipe holds less than one parcel.

    Attributes:
        facts: how many were handed over.
    """

    def __init__(self, path: Path, chain: Chain) -> None:
        self.incarnation = bytes(16)
        self._at: dict[str, Position] = {}
        self._parcel: Parcel = []
        self.facts = 0
        self._sent = 0
        about = (str(path), chain.currency, chain.time_zone, str(chain.cutoff_minute))
        command = [sys.executable, "-m", "scenarios.bench.ledger_beside", *about]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def position(self, node: str) -> Position:
        """See ``InboxStore.position``."""
        return self._at.get(node, Position())

    def holds(self, node: str, seq: int, chain: bytes) -> bool:
        """See ``InboxStore.holds``; asked of forks only, and a world without faults has none."""
        at = self.position(node)
        return (at.seq, at.chain) == (seq, chain)

    def store(self, node: str, epoch: int, records: Sequence[FactRecord]) -> None:
        """See ``InboxStore.store``."""
        rows = [(record.source, record.at_us, record.body, record.chain) for record in records]
        self._parcel.append((node, epoch, records[0].seq, rows))
        self._at[node] = Position(epoch, records[-1].seq, records[-1].chain)
        self.facts += len(rows)
        if self.facts - self._sent >= FACTS_TOGETHER:
            self._send()

    def _send(self) -> None:
        data = _encode(self._parcel)
        self._parcel, self._sent = [], self.facts
        assert self._process.stdin is not None
        self._process.stdin.write(len(data).to_bytes(4, "big") + data)

    def finish(self) -> dict[str, Any]:
        """Wait until everything is booked; return facts, postings, their sum and the writer's CPU seconds."""
        self._send()
        out, _ = self._process.communicate()
        written: dict[str, Any] = json.loads(out)
        return written

    def close(self) -> None:
        """End the writer, finished or not."""
        self._process.kill()
        self._process.communicate()


def write(path: Path, currency: str, zone: str, cutoff_minute: int, parcels: IO[bytes]) -> dict[str, Any]:
    """Book every parcel in a new ledger, one transaction each."""
    ledger = LedgerWriter(path, currency=currency, time_zone=zone, cutoff_minute=cutoff_minute, durable=False)
    began = process_time()
    try:
        with quiet_collector():
            while length := parcels.read(4):
                parcel = _decode(parcels.read(int.from_bytes(length, "big")))
                ledger.store_many(
                    [(node, epoch, _records(first, rows)) for node, epoch, first, rows in parcel]
                )
        seconds = process_time() - began
        totals = queries.posting_totals(ledger)
        return {
            "facts": ledger.facts,
            "postings": totals.postings,
            "sum_minor": totals.sum_minor,
            "processor_seconds": seconds,
        }
    finally:
        ledger.close()


def _records(first: int, rows: list[tuple[str, int, bytes, bytes]]) -> list[FactRecord]:
    return [FactRecord(seq, *row) for seq, row in enumerate(rows, start=first)]


if __name__ == "__main__":
    path, currency, zone, cutoff = sys.argv[1:]
    print(json.dumps(write(Path(path), currency, zone, int(cutoff), sys.stdin.buffer)))
