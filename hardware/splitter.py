"""Frames out of a stream of bytes, for every protocol whose frames say how long they are.

No clock and no I/O: a driver that has waited long enough says so with ``silence``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

from runtime.errors import ProtocolError

F = TypeVar("F")

JUNK_BYTES_MAX = 64
"""Bytes without a frame are given back in pieces of at most this many."""

MORE = 0
"""What ``measure`` returns when it cannot tell yet."""

NO_FRAME = -1
"""What ``measure`` returns when no frame can begin here."""


@attrs.frozen
class Refused:
    """Bytes that were no frame.

    Attributes:
        raw: the bytes, never more than ``JUNK_BYTES_MAX``.
        why: the rule that the first of them broke.
    """

    raw: bytes
    why: str


class Splitter(Generic[F]):
    """Cuts bytes into frames, and finds the next frame after bytes that are none.

    However the bytes are split over calls, the same events come in the same order. Refused bytes come when
    the next frame is whole, or when there are ``JUNK_BYTES_MAX`` of them. Between calls it holds less than
    the longest frame ``measure`` can announce, and less than ``JUNK_BYTES_MAX`` of junk.
    """

    def __init__(self, measure: Callable[[bytearray], int], decode: Callable[[bytes], F]) -> None:
        """Take the protocol's two rules.

        Args:
            measure: length of the frame at the start of these bytes, ``MORE`` or ``NO_FRAME``; its word must
                follow from the first bytes alone.
            decode: the frame's value; raises ProtocolError for a frame that breaks a rule.
        """
        self._measure = measure
        self._decode = decode
        self._bytes = bytearray()
        self._junk = bytearray()
        self._why = ""

    def feed(self, chunk: bytes | bytearray) -> list[F | Refused]:
        """Take what came over the wire; return the frames that are whole now, and what was none."""
        self._bytes += chunk
        return self._frames()

    def silence(self) -> list[F | Refused]:
        """Nothing more belongs to the frame begun: look for frames in what is left, give all else back."""
        events: list[F | Refused] = []
        while self._bytes:
            self._skip("the frame ends too early", events)
            events += self._frames()
        self._give_back(events)
        return events

    @property
    def waiting(self) -> bool:
        """Whether a frame has begun and is not whole."""
        return bool(self._bytes)

    def _frames(self) -> list[F | Refused]:
        events: list[F | Refused] = []
        while self._bytes:
            size = self._measure(self._bytes)
            if size == NO_FRAME:
                self._skip("no frame begins so", events)
                continue
            if size == MORE or len(self._bytes) < size:
                break
            try:
                frame = self._decode(bytes(self._bytes[:size]))
            except ProtocolError as error:
                self._skip(str(error), events)
                continue
            self._give_back(events)
            events.append(frame)
            del self._bytes[:size]
        return events

    def _skip(self, why: str, events: list[F | Refused]) -> None:
        self._why = self._why or why
        self._junk.append(self._bytes[0])
        del self._bytes[0]
        if len(self._junk) >= JUNK_BYTES_MAX:
            self._give_back(events)

    def _give_back(self, events: list[F | Refused]) -> None:
        if self._junk:
            events.append(Refused(raw=bytes(self._junk), why=self._why))
            self._junk.clear()
            self._why = ""
