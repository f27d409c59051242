"""Readings on their way to the office: each batch says after which fact it was published, and waits for that.

A reading may be lost, but none is heard before a fact that was recorded before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import attrs

from runtime.errors import ProtocolError
from runtime.recorded import Published, decode_readings, encode_readings

BATCHES_MAX = 1000
"""Batches of a node that wait while the office lacks the facts before them; the oldest are dropped."""

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


class Waiting:
    """The readings of one node at the office."""

    def __init__(self) -> None:
        self._batches: deque[Sent] = deque(maxlen=BATCHES_MAX)

    def came(self, sent: Sent) -> None:
        """A batch came."""
        self._batches.append(sent)

    def due(self, stored: tuple[int, int]) -> list[Published]:
        """What may be heard now that facts are stored up to this epoch and number."""
        readings: list[Published] = []
        while self._batches and self._batches[0].after <= stored:
            readings += self._batches.popleft().readings
        return readings
