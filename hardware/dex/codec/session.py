"""A DEX/UCS session of three parts, for both sides, without I/O and without a clock (EVA-DTS 6.2).

    (1) the master says who it is and what it wants      R: it takes data, S: it sends data
    (2) the other side says whether it agrees
    (3) whoever sends, sends

An edge calls ``feed`` with what came, ``wake`` when ``due_us`` has come, and writes what ``wake`` returns.
A data carrier is master, unless the machine asks for the line first (old coin mechanisms): then it is not.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from hardware.dex.codec.blocks import ENQ, Control, Receiver, block, cut
from hardware.dex.codec.halves import Half, Sender, Taker
from hardware.dex.codec.timers import STANDARD, Timers
from runtime.errors import ProtocolError

READ, SEND = "R", "S"
OK, UNKNOWN_ID, NO_DATA, UNDEFINED = "00", "01", "04", "05"
RESPONSES = {
    OK: "ok",
    UNKNOWN_ID: "unknown communication id",
    "02": "unknown revision",
    "03": "conflict",
    NO_DATA: "no data",
    UNDEFINED: "undefined",
    "90": "maker's mode",
}
REVISION = "R00L06"
ID_CHARACTERS = 10
ASKING_TRIES = 20
"""How often a data carrier asks for the line: many machines look at their port now and then (estimate)."""


@attrs.frozen
class Header:
    """Part (1): who, what ("R", "S" or "M"), and by which revision of the standard."""

    id: str
    operation: str
    revision: str = REVISION

    def encode(self) -> bytes:
        """As a block's data."""
        return f"{self.id:<10.10}{self.operation}{self.revision}".encode("ascii", "replace")


@attrs.frozen
class Reply:
    """Part (2): a response of ``RESPONSES`` and who says so."""

    response: str
    id: str
    revision: str = REVISION

    def encode(self) -> bytes:
        """As a block's data: the response first, as devices do (the standard's example: after the id)."""
        return f"{self.response}{self.id:<10.10}{self.revision}".encode("ascii", "replace")


def read_header(data: bytes) -> Header:
    """Part (1) from a block; raises ProtocolError."""
    text = data.decode("latin-1")
    operation = text[ID_CHARACTERS : ID_CHARACTERS + 1]
    if operation not in (READ, SEND, "M") or not operation:
        raise ProtocolError(f"DEX part 1: must be id, R, S or M, and revision, not {text[:30]!r}")
    return Header(text[:ID_CHARACTERS].strip(), operation, text[ID_CHARACTERS + 1 :])


def read_reply(data: bytes) -> Reply:
    """Part (2) from a block, the response before the id or after it; raises ProtocolError."""
    text = data.decode("latin-1")
    if text[:2] in RESPONSES:
        return Reply(text[:2], text[2 : 2 + ID_CHARACTERS].strip(), text[2 + ID_CHARACTERS :])
    if text[ID_CHARACTERS : ID_CHARACTERS + 2] in RESPONSES:
        end = ID_CHARACTERS + 2
        return Reply(text[ID_CHARACTERS:end], text[:ID_CHARACTERS].strip(), text[end:])
    raise ProtocolError(f"DEX part 2: must begin with a response 00 to 05 or 90, not {text[:30]!r}")


Agree = Callable[[Header], tuple[str, bytes]]
"""What the side that is not master answers to part (1): a response, and the data if the master reads."""


class Session:
    """One session, from one side.

    Attributes:
        due_us: when ``wake`` is to be called next; None: only when something was fed.
        ended: None while it goes on, "" when it went well, else why not.
        received: the data of part (3), if this side took it.
        delivered: whether this side sent data in part (3), and it was taken.
        master: whether this side is master.
        header, reply: parts (1) and (2), once known.
    """

    def __init__(
        self,
        us: str,
        now_us: int,
        *,
        want: Header | None,
        agree: Agree,
        data: bytes = b"",
        timers: Timers = STANDARD,
        tries: int = ASKING_TRIES,
        look: bool = False,
        yields: bool = True,
    ) -> None:
        """Begin.

        Args:
            us: our communication id, 10 characters.
            now_us: the moment.
            want: part (1) if we begin as master; None waits for the other side.
            agree: our answer if the other side is master.
            data: what we send in part (3) if ``want`` says "S".
            timers: times of the line.
            tries: how often we ask for the line.
            look: only ask for the line and let it go, to see whether anybody is there.
            yields: whether we let the other side be master if both ask for the line.
        """
        self.ended: str | None = None
        self.received = b""
        self.delivered = False
        self.header = want
        self.reply: Reply | None = None
        self.master = want is not None
        self._us = us
        self._agree = agree
        self._data = data
        self._timers = timers
        self._receiver = Receiver()
        self._heard_us: int | None = None
        self._out: list[tuple[int, bytes]] = []
        self._wire_free_us = now_us
        self._end_us: int | None = None
        self._part = 1
        self._looks = look
        self._yields = yields
        self._half: Half
        if want is not None:
            self._end_us = now_us + timers.session_us
            blocks = [] if look else [block(want.encode(), header=True)]
            self._half = Sender(blocks, self._say, timers, now_us, tries=tries)
        else:
            self._half = Taker(self._say, timers, now_us, patient=True)

    @property
    def due_us(self) -> int | None:
        """The next moment at which something is to be done."""
        times = [at_us for at_us, _ in self._out]
        if self.ended is None:
            times += [at_us for at_us in (self._half.due_us, self._end_us, self._gap_us) if at_us is not None]
        return min(times, default=None)

    @property
    def _gap_us(self) -> int | None:
        if not self._receiver.inside or self._heard_us is None:
            return None
        return self._heard_us + self._timers.byte_gap_us

    def feed(self, data: bytes, now_us: int) -> None:
        """Take bytes that came."""
        for token in self._receiver.feed(data):
            if self.ended is not None:
                return
            if self._end_us is None and token == Control(ENQ):
                self._end_us = now_us + self._timers.session_us
            self._half.hear(token, now_us)
            self._look(now_us)
        self._heard_us = now_us

    def wake(self, now_us: int) -> bytes:
        """Do what is due; return the bytes to send now."""
        if self.ended is None:
            self._expire(now_us)
        ready = b"".join(wire for at_us, wire in self._out if at_us <= now_us)
        self._out = [(at_us, wire) for at_us, wire in self._out if at_us > now_us]
        return ready

    def _expire(self, now_us: int) -> None:
        if self._end_us is not None and now_us >= self._end_us:
            self._end(f"the session took longer than {self._timers.session_us // 1_000_000} s")
            return
        if self._gap_us is not None and now_us >= self._gap_us:
            self._receiver.forget()
            if isinstance(self._half, Taker):
                self._half.refuse(now_us)
        if self._half.due_us is not None and now_us >= self._half.due_us:
            self._half.late(now_us)
            self._look(now_us)

    def _say(self, wire: bytes, at_us: int) -> int:
        """Send later, after what is still on the wire; returns when the last byte is out."""
        begin_us = max(at_us, self._wire_free_us)
        self._out.append((begin_us, wire))
        self._wire_free_us = begin_us + len(wire) * self._timers.byte_us
        return self._wire_free_us

    def _look(self, now_us: int) -> None:
        """After every step: has the other side asked first, is this part over?"""
        half = self._half
        if isinstance(half, Sender) and half.contended and self._part == 1 and self._yields:
            self._out.clear()
            self.master = False
            self._half = half = Taker(self._say, self._timers, now_us, patient=True)
            half.hear(Control(ENQ), now_us)
        if half.ended is None:
            return
        if half.ended:
            self._end(f"part {self._part}: {half.ended}")
            return
        try:
            self._next(half, now_us)
        except ProtocolError as error:
            self._end(str(error))

    def _next(self, half: Half, now_us: int) -> None:
        """A part went well: begin the one after it."""
        begin_us = max(now_us, self._wire_free_us) + self._timers.pause_us
        taken = half.data if isinstance(half, Taker) else None
        self._part += 1
        if self._looks and self.master:
            self._end("")
        elif self._part == 2 and self.master:
            self._half = Taker(self._say, self._timers, now_us)
        elif self._part == 2:
            self.header = read_header(taken or b"")
            response, self._data = self._agree(self.header)
            self.reply = Reply(response, self._us)
            self._half = Sender([block(self.reply.encode(), header=True)], self._say, self._timers, begin_us)
        elif self._part == 3:
            if self.master:
                self.reply = read_reply(taken or b"")
            self._begin_data(now_us, begin_us)
        else:
            self.received = taken or b""
            self.delivered = taken is None
            self._end("")

    def _begin_data(self, now_us: int, begin_us: int) -> None:
        assert self.header is not None
        assert self.reply is not None
        if self.reply.response != OK:
            who = "the machine" if self.master else "we"
            self._end(f"{who} refused: {RESPONSES[self.reply.response]} ({self.reply.response})")
        elif self.header.operation == (SEND if self.master else READ):
            self._half = Sender(cut(self._data), self._say, self._timers, begin_us)
        else:
            self._half = Taker(self._say, self._timers, now_us)

    def _end(self, why: str) -> None:
        self.ended = why
