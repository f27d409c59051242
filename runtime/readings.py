"""Readings on their way to the office: each batch says after which fact it was published, and waits for that.

A reading may be lost, but none is heard before a fact that was recorded before it. While they wait they are
conflated by address: of each source and kind only the one that has waited longest and the newest are kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from runtime.errors import ProtocolError
from runtime.message import wire_of
from runtime.recorded import Published, decode_readings, encode_readings

ADDRESSES_MAX = 10_000
"""Sources and kinds of a node whose readings wait for the facts before them; the oldest are dropped."""

_NUMBER_BYTES = 8


@attrs.frozen
class Sent:
    """A batch of readings, and the fact (by epoch and number) that it came after."""

    after: tuple[int, int]
    readings: list[Published]


def encode_sent(epoch: int, seq: int, readings: Sequence[Published]) -> bytes:
    """Return a batch as two numbers of eight bytes and what ``encode_readings`` gives."""
    numbers = epoch.to_bytes(_NUMBER_BYTES, "big") + seq.to_bytes(_NUMBER_BYTES, "big")
    return numbers + encode_readings(readings)


def decode_sent(data: bytes) -> Sent:
    """Read what ``encode_sent`` wrote; raises ProtocolError on anything else."""
    if len(data) <= 2 * _NUMBER_BYTES:
        raise ProtocolError(f"batch of readings must have more than 16 bytes, not {len(data)}")
    epoch = int.from_bytes(data[:_NUMBER_BYTES], "big")
    seq = int.from_bytes(data[_NUMBER_BYTES : 2 * _NUMBER_BYTES], "big")
    return Sent((epoch, seq), decode_readings(data[2 * _NUMBER_BYTES :]))


def topic_of(published: Published) -> str:
    """What a reading is the latest of, and what watchers follow: ``ADDRESS/KIND``."""
    return f"{published.source}/{wire_of(type(published.reading)).name}"


@attrs.define(slots=True)
class _Kept:
    """The readings of one source and kind: the next to be heard, and the newest one behind it."""

    after: tuple[int, int]
    reading: Published
    newest: tuple[tuple[int, int], Published] | None = None


class Waiting:
    """The readings of one node at the office."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, type], _Kept] = {}

    def __len__(self) -> int:
        return sum(1 + (kept.newest is not None) for kept in self._kept.values())

    def came(self, sent: Sent) -> None:
        """A batch came. What it has of a source and kind takes the place of all but the longest waiting."""
        for published in sent.readings:
            key = (published.source, type(published.reading))
            if (kept := self._kept.get(key)) is not None:
                kept.newest = (sent.after, published)
                continue
            if len(self._kept) >= ADDRESSES_MAX:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = _Kept(sent.after, published)

    def due(self, stored: tuple[int, int]) -> list[Published]:
        """What may be heard now that facts are stored up to this epoch and number."""
        readings: list[Published] = []
        for key, kept in list(self._kept.items()):
            while kept.after <= stored:
                readings.append(kept.reading)
                if kept.newest is None:
                    del self._kept[key]
                    break
                (kept.after, kept.reading), kept.newest = kept.newest, None
        return readings
