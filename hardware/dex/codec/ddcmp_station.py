"""One side of a DDCMP line, without I/O and without a clock: one frame under way at a time."""

from __future__ import annotations

from collections import deque

import attrs

from hardware.dex.codec import ddcmp
from hardware.dex.codec.ddcmp import ACK, NAK, STACK, START, ControlFrame, DataFrame
from hardware.splitter import Refused

_WRONG_NUMBER = 8
"""Reason of a NAK: out of sequence (estimate; nobody reads it)."""


@attrs.frozen(kw_only=True)
class DdcmpTimers:
    """Microseconds; all but the baud rate are estimates after public readers.

    Attributes:
        answer_us: from the end of a frame to its answer, then it is sent again.
        data_us: how long a machine may take to make its audit.
        session_us: a whole read.
        byte_us: a byte on the wire: 10 bits at 2400 baud.
        tries: how often a frame is sent.
    """

    answer_us: int = 1_000_000
    data_us: int = 10_000_000
    session_us: int = 180_000_000
    byte_us: int = 4_167
    tries: int = 10


STANDARD = DdcmpTimers()


class Station:
    """Numbers frames, sends each until it is acknowledged, and takes each once.

    Attributes:
        due_us: when ``wake`` is to be called.
        failed: why the line was given up; "" while it holds.
        started: START was answered, or heard.
    """

    def __init__(self, timers: DdcmpTimers, now_us: int) -> None:
        self.failed = ""
        self.started = False
        self._timers = timers
        self._frames = ddcmp.frames()
        self._waiting: deque[tuple[bytes, bool]] = deque()
        self._under_way: bytes | None = None
        self._number = self._taken = self._tries = 0
        self._out = bytearray()
        self._again_us: int | None = None
        self._free_us = now_us

    @property
    def due_us(self) -> int | None:
        """Now if something is to be sent, else when it is to be sent again."""
        return self._free_us if self._out else self._again_us

    @property
    def idle(self) -> bool:
        """Everything said was acknowledged."""
        return self._under_way is None and not self._waiting

    def start(self, now_us: int) -> None:
        """Ask the other side to begin."""
        self._send(ddcmp.encode(ControlFrame(type=START)), now_us)

    def say(self, body: bytes, now_us: int, *, last: bool = False) -> None:
        """Send a data frame after the ones before it."""
        self._waiting.append((body, last))
        self._go_on(now_us)

    def feed(self, data: bytes, now_us: int) -> list[DataFrame]:
        """Take bytes; return the data frames that are new."""
        found = []
        for event in self._frames.feed(data):
            if isinstance(event, Refused):
                continue
            if isinstance(event, ControlFrame):
                self._control(event, now_us)
            elif self.started and self._is_new(event, now_us):
                found.append(event)
        return found

    def wake(self, now_us: int) -> bytes:
        """Send again what was not answered; return what is to be sent now."""
        if self._again_us is not None and now_us >= self._again_us and self._under_way is not None:
            self._frames.silence()
            self._tries += 1
            if self._tries > self._timers.tries:
                self.failed = f"no answer, {self._timers.tries} tries"
                self._again_us = None
            else:
                self._put(self._under_way, now_us)
        out, self._out = bytes(self._out), bytearray()
        return out

    def _control(self, frame: ControlFrame, now_us: int) -> None:
        if frame.type == START:
            self.started = True
            self._number = self._taken = 0
            self._waiting.clear()
            self._under_way = self._again_us = None
            self._put(ddcmp.encode(ControlFrame(type=STACK)), now_us, again=False)
        elif frame.type == STACK:
            if not self.started:
                self.started = True
                self._acknowledged(now_us)
        elif frame.type == ACK and self.started:
            self._heard(frame.received, now_us)
        elif frame.type == NAK and self._under_way is not None:
            self._again_us = now_us

    def _is_new(self, frame: DataFrame, now_us: int) -> bool:
        """Acknowledge; a frame that came before is acknowledged again and left out."""
        self._heard(frame.received, now_us)
        new = frame.number == (self._taken + 1) % 256
        if new:
            self._taken = frame.number
        elif frame.number != self._taken:
            answer = ControlFrame(type=NAK, received=self._taken, reason=_WRONG_NUMBER)
            self._put(ddcmp.encode(answer), now_us, again=False)
            return False
        self._put(ddcmp.encode(ControlFrame(type=ACK, received=self._taken)), now_us, again=False)
        return new

    def _heard(self, received: int, now_us: int) -> None:
        if self._under_way is not None and received == self._number:
            self._acknowledged(now_us)

    def _acknowledged(self, now_us: int) -> None:
        self._under_way = self._again_us = None
        self._tries = 0
        self._go_on(now_us)

    def _go_on(self, now_us: int) -> None:
        if self._under_way is not None or not self._waiting:
            return
        body, last = self._waiting.popleft()
        self._number = (self._number + 1) % 256
        frame = DataFrame(number=self._number, received=self._taken, body=body, last=last)
        self._send(ddcmp.encode(frame), now_us)

    def _send(self, wire: bytes, now_us: int) -> None:
        self._under_way, self._tries = wire, 1
        self._put(wire, now_us)

    def _put(self, wire: bytes, now_us: int, *, again: bool = True) -> None:
        self._out += wire
        self._free_us = now_us
        if again:
            self._again_us = now_us + len(wire) * self._timers.byte_us + self._timers.answer_us
