"""A read over DDCMP, both sides, without I/O and without a clock."""

from __future__ import annotations

from collections.abc import Callable

from hardware.dex.codec import ddcmp
from hardware.dex.codec.ddcmp import DataFrame
from hardware.dex.codec.ddcmp_station import STANDARD, DdcmpTimers, Station
from runtime.errors import ProtocolError

DATA_BYTES_MAX = 1024 * 1024
PART_BYTES = 240
"""Data in one frame that we send: readers look at one length byte only, so 253 at most."""


class DdcmpRead:
    """The reader's side: start, who are you, read, take the parts, finish.

    Attributes:
        ended: None while it goes on, "" when it went well, else why not.
        received: the audit.
    """

    def __init__(
        self,
        now_us: int,
        *,
        when: tuple[tuple[int, int, int], tuple[int, int, int]],
        reset: bool = False,
        look: bool = False,
        timers: DdcmpTimers = STANDARD,
    ) -> None:
        """Begin.

        Args:
            now_us: the moment.
            when: the reader's (day, month, year) and (hour, minute, second), for the machine.
            reset: begin the interval anew.
            look: only start the line, to see whether anybody is there.
            timers: times of the line.
        """
        self.ended: str | None = None
        self.received = b""
        self._list = ddcmp.AUDIT_LIST if reset else ddcmp.SECURITY_LIST
        self._when = when
        self._look = look
        self._timers = timers
        self._station = Station(timers, now_us)
        self._end_us = now_us + timers.session_us
        self._data_us: int | None = None
        self._size: int | None = None
        self._step: Callable[[DataFrame, int], None] = self._introduced
        self._begun = self._finishing = False
        self._station.start(now_us)

    @property
    def due_us(self) -> int | None:
        """The next moment at which something is to be done."""
        if self.ended is not None:
            return None
        times = [self._end_us, self._station.due_us, self._data_us]
        return min(at_us for at_us in times if at_us is not None)

    def feed(self, data: bytes, now_us: int) -> None:
        """Take bytes that came."""
        if self.ended is not None:
            return
        try:
            for frame in self._station.feed(data, now_us):
                self._data_us = now_us + self._timers.data_us
                self._step(frame, now_us)
        except ProtocolError as error:
            self.ended = str(error)
        if self._station.started and not self._begun:
            self._begun = True
            self._data_us = now_us + self._timers.data_us
            if self._look:
                self.ended = ""
            else:
                self._station.say(ddcmp.who(*self._when), now_us)
        if self._finishing and self._station.idle and self.ended is None:
            self.ended = ""

    def wake(self, now_us: int) -> bytes:
        """Do what is due; return the bytes to send now."""
        if self.ended is not None:
            return b""
        if now_us >= self._end_us or (self._data_us is not None and now_us >= self._data_us):
            self.ended = "the machine sent nothing more"
            return b""
        wire = self._station.wake(now_us)
        if self._station.failed:
            self.ended = "" if self._finishing else self._station.failed  # then all is here already
        return wire

    def _introduced(self, frame: DataFrame, now_us: int) -> None:
        if frame.body[:2] != bytes((ddcmp.ANSWER, ddcmp.WHO)):
            raise ProtocolError(f"DDCMP who: must be answered with 88 E0, not {frame.body[:4].hex(' ')}")
        self._step = self._accepted
        self._station.say(ddcmp.read(self._list), now_us)

    def _accepted(self, frame: DataFrame, now_us: int) -> None:
        size = ddcmp.size_of(frame.body, self._list)
        self._size = None if size == ddcmp.LENGTH_UNKNOWN else size
        self._step = self._taken

    def _taken(self, frame: DataFrame, now_us: int) -> None:
        self.received += ddcmp.part_of(frame.body)
        if len(self.received) > DATA_BYTES_MAX:
            raise ProtocolError(f"DDCMP data: must be <= {DATA_BYTES_MAX} bytes, not more")
        if frame.last or (self._size is not None and len(self.received) >= self._size):
            self._finishing = True
            self._step = self._after
            self._station.say(ddcmp.finish(), now_us)

    def _after(self, frame: DataFrame, now_us: int) -> None:
        """What a machine says after its last part is of no use to us."""


class DdcmpServe:
    """The machine's side: answers every read with an audit, for ever.

    Attributes:
        ended: always None.
    """

    def __init__(self, audit: Callable[[bool], bytes], now_us: int, timers: DdcmpTimers = STANDARD) -> None:
        """Serve; ``audit`` is asked for the bytes, with whether the interval is to begin anew."""
        self.ended: str | None = None
        self._audit = audit
        self._timers = timers
        self._station = Station(timers, now_us)

    @property
    def due_us(self) -> int | None:
        """The next moment at which something is to be done."""
        return self._station.due_us

    def feed(self, data: bytes, now_us: int) -> None:
        """Take bytes that came."""
        for frame in self._station.feed(data, now_us):
            self._answer(frame.body, now_us)

    def wake(self, now_us: int) -> bytes:
        """Return the bytes to send now; a reader that went away is forgotten."""
        wire = self._station.wake(now_us)
        if self._station.failed:
            self._station = Station(self._timers, now_us)
        return wire

    def _answer(self, body: bytes, now_us: int) -> None:
        if body[:2] == bytes((ddcmp.COMMAND, ddcmp.WHO)):
            self._station.say(bytes((ddcmp.ANSWER, ddcmp.WHO, 1)) + bytes(13), now_us)
        elif body[:2] == bytes((ddcmp.COMMAND, ddcmp.READ)) and len(body) >= 4:
            data = self._audit(body[3] == ddcmp.AUDIT_LIST)
            known = len(data) < ddcmp.LENGTH_UNKNOWN
            size = len(data) if known else ddcmp.LENGTH_UNKNOWN
            self._station.say(ddcmp.accepted(body[3], size), now_us)
            for number, at in enumerate(range(0, len(data), PART_BYTES)):
                piece = ddcmp.part(number, data[at : at + PART_BYTES])
                self._station.say(piece, now_us, last=at + PART_BYTES >= len(data))
