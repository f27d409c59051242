"""The site's end of a link: a window of the journal's facts on the way, said again when they are lost.

    state      event                                   does                                     next
    ---------  --------------------------------------  ---------------------------------------  ---------
    closed     open                                    Hello(new nonce, epoch, head)            greeting
    greeting   no answer for 1 s, 2 s .. 8 s           Hello again, same nonce                  greeting
    greeting   Welcome, my nonce, my journal has it    go to its number, a window of Facts      streaming
    greeting   Welcome, older epoch, other chain       Trace(points of my journal)              tracing
    greeting   Welcome, my epoch, other chain          Fork                                     forked
    greeting   Welcome, newer epoch                    Fork                                     forked
    tracing    Traced, my nonce                        Trace between it and the next point      tracing
    tracing    Traced, my nonce, no point between      Branch(that fact)                        greeting
    tracing    no answer for 1 s                       Hello(new nonce)                         greeting
    streaming  committed                               Facts while the window has room          streaming
    streaming  Ack, same incarnation, chain is mine    move on, Facts                           streaming
    streaming  Ack, same incarnation, other chain      Fork                                     forked
    streaming  Again, same incarnation                 go back, Facts                           streaming
    streaming  Greet, other incarnation                Hello(new nonce)                         greeting
    streaming  1 s without progress; 60 s idle         Hello(new nonce)                         greeting
    any        Covered, chain is mine                  ``covered`` moves on                     the same
    any        Fork of my epoch                        ``forked`` is set: the node must stop    forked
    any        any other frame                         nothing: it may be old                   the same
    forked     anything                                nothing; a new epoch is a new Uplink     forked

The site alone judges a Welcome, because it alone knows which of its hellos is the latest: a delayed Hello
with an old head is no fork. A newer epoch is the site's word that its facts may be others than the office's:
only then are the two compared, and what both have alike is not sent again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from runtime.command import Mail
from runtime.errors import LedgerError, ProtocolError
from runtime.kernel import FAR_FUTURE_US
from runtime.link_frames import (
    FRAME_BYTES_GOAL,
    FRAME_FACTS_MAX,
    LINK_VERSION,
    TRACE_POINTS_MAX,
    Ack,
    Again,
    Branch,
    Covered,
    Facts,
    Fork,
    Greet,
    Hello,
    Post,
    Stamped,
    Trace,
    Traced,
    Welcome,
    decode_frame,
    encode_frame,
    mail_in,
    post,
)
from runtime.link_ports import Arrived, FactSource
from runtime.wire import CHAIN_START, FactRecord

WINDOW_FACTS = 4000
"""Facts on the way and not acknowledged; more wait in the journal."""
PATIENCE_US = 1_000_000
PATIENCE_US_MAX = 8_000_000
IDLE_US = 60_000_000
"""A link with nothing to send says hello this often, so that an office restored meanwhile is noticed."""


class Uplink:
    """The site's end.

    Attributes:
        acknowledged: number of the last fact the office has stored; goes back if the office was restored.
        covered: number of the last fact that a back-up off the office's machine has.
        forked: why this node must stop and begin a new epoch; "" while all is well.
        forked_epoch: the newest epoch heard of then; the new one must be newer.
    """

    def __init__(self, node: str, source: FactSource, nonce: Callable[[], bytes]) -> None:
        self.node = node
        self.acknowledged = 0
        self.covered = 0
        self.forked = ""
        self.forked_epoch = 0
        self._source = source
        self._make_nonce = nonce
        self._nonce = b""
        self._incarnation = b""
        self._state = "closed"
        self._alike, self._other = 0, 0
        self._sent = 0
        self._ends: deque[tuple[int, bytes]] = deque()
        self._patience_us = PATIENCE_US
        self._due_us = FAR_FUTURE_US

    @property
    def incarnation(self) -> bytes:
        """The office whose word ``acknowledged`` is; b"" before the first."""
        return self._incarnation

    def open(self, now_us: int) -> list[bytes]:
        """Say hello; call again after a reconnect. Frames may be sent on at once."""
        return [] if self.forked else self._greet(now_us)

    def committed(self, now_us: int, records: Sequence[FactRecord] = ()) -> list[bytes]:
        """The journal has more facts: those just committed, if at hand, spare reading them again."""
        if self._state != "streaming":
            return []
        return self._push(now_us, records)

    def post(self, mail: Mail) -> list[bytes]:
        """Send a mail to the office, or through it.

        Before the office's welcome it is lost: a node whose disk is an old copy must not speak of what it
        does not know is over.
        """
        return [encode_frame(post(mail))] if self._state == "streaming" else []

    def next_due_us(self) -> int:
        """When ``due`` next has something to say; FAR_FUTURE_US for never."""
        return self._due_us

    def due(self, now_us: int) -> list[bytes]:
        """Time passed: say hello again if there was no answer, no progress, or nothing at all for long."""
        if now_us < self._due_us:
            return []
        if self._state in ("streaming", "tracing"):
            return self._greet(now_us)
        self._patience_us = min(2 * self._patience_us, PATIENCE_US_MAX)
        self._due_us = now_us + self._patience_us
        return self._hello()

    def received(self, frame: bytes, now_us: int) -> Arrived:
        """Take a frame from the office; one that is damaged or hostile changes nothing.

        Raises ProtocolError for such a frame.
        """
        arrived = Arrived()
        if self.forked:
            return arrived
        told = decode_frame(frame)
        match told:
            case Ack():
                arrived.frames = self._on_ack(told, now_us)
            case Post():
                arrived.mail.append(mail_in(told))
            case Welcome():
                arrived.frames = self._on_welcome(told, now_us)
            case Again():
                arrived.frames = self._on_again(told, now_us)
            case Greet():
                if self._state == "streaming" and told.incarnation != self._incarnation:
                    arrived.frames = self._greet(now_us)
            case Traced():
                arrived.frames = self._on_traced(told, now_us)
            case Covered():
                if told.seq > self.covered and self._chain_at(told.seq) == told.chain:
                    self.covered = told.seq
            case Fork():
                if told.epoch == self._source.epoch:
                    self._stop(f"the office has other facts at number {told.seq} of epoch {told.epoch}", 0)
            case _:
                raise ProtocolError(f"{self.node}: an office must not send {type(told).__name__}")
        return arrived

    def _current(self, told: Ack | Again) -> bool:
        streaming = self._state == "streaming"
        return streaming and told.incarnation == self._incarnation and told.epoch == self._source.epoch

    def _on_ack(self, ack: Ack, now_us: int) -> list[bytes]:
        if not self._current(ack) or ack.seq <= self.acknowledged:
            return []
        ends = self._ends
        while ends and ends[0][0] < ack.seq:
            ends.popleft()
        mine = ends[0][1] if ends and ends[0][0] == ack.seq else self._chain_at(ack.seq)
        if mine != ack.chain:
            return self._fork(ack.seq, ack.epoch)
        self.acknowledged = ack.seq
        self._sent = max(self._sent, ack.seq)
        self._due_us = now_us + (PATIENCE_US if self._sent > ack.seq else IDLE_US)
        return self._push(now_us)

    def _on_again(self, again: Again, now_us: int) -> list[bytes]:
        if not self._current(again) or not self.acknowledged <= again.seq < self._sent:
            return []
        while self._ends and self._ends[-1][0] > again.seq:
            self._ends.pop()
        self._sent = again.seq
        return self._push(now_us)

    def _on_welcome(self, welcome: Welcome, now_us: int) -> list[bytes]:
        epoch = self._source.epoch
        if self._state != "greeting" or welcome.nonce != self._nonce:
            return []
        self._incarnation = welcome.incarnation
        if welcome.epoch > epoch:
            return self._fork(welcome.seq, welcome.epoch)
        if self._chain_at(welcome.seq) != welcome.chain:
            if welcome.epoch == epoch:
                return self._fork(welcome.seq, epoch)
            self._state = "tracing"
            self._alike, self._other = 0, self._source.head()[0] + 1
            return self._trace(now_us)
        self._state = "streaming"
        self._patience_us = PATIENCE_US
        self._ends.clear()
        self.acknowledged = self._sent = welcome.seq
        self._due_us = now_us + IDLE_US
        return self._push(now_us)

    def _on_traced(self, traced: Traced, now_us: int) -> list[bytes]:
        if self._state != "tracing" or traced.nonce != self._nonce:
            return []
        points = self._points()
        if traced.incarnation != self._incarnation or traced.seq not in (0, *points):
            return []
        self._alike = max(self._alike, traced.seq)
        self._other = min((point for point in points if point > self._alike), default=self._other)
        return self._trace(now_us)

    def _points(self) -> list[int]:
        """Numbers spread evenly between the last fact known to be alike and the first known to be not."""
        alike, between = self._alike, self._other - self._alike - 1
        count = min(between, TRACE_POINTS_MAX)
        return [alike + (number * (between + 1)) // (count + 1) for number in range(1, count + 1)]

    def _trace(self, now_us: int) -> list[bytes]:
        """Ask on, or branch off where there is nothing left to ask."""
        self._nonce = self._make_nonce()
        self._due_us = now_us + PATIENCE_US
        if points := self._points():
            return [encode_frame(Trace(self._nonce, [(seq, self._chain_at(seq)) for seq in points]))]
        self._state = "greeting"
        epoch, at = self._source.epoch, self._alike
        return [encode_frame(Branch(self._nonce, self._incarnation, epoch, at, self._chain_at(at)))]

    def _push(self, now_us: int, records: Sequence[FactRecord] = ()) -> list[bytes]:
        frames: list[bytes] = []
        head = self._source.head()[0]
        stop = min(head, self.acknowledged + WINDOW_FACTS)
        if self._sent == self.acknowledged < stop:
            self._due_us = now_us + PATIENCE_US
        while self._sent < stop:
            limit = min(FRAME_FACTS_MAX, stop - self._sent)
            at = self._sent + 1 - records[0].seq if records else -1
            batch = records[at : at + limit] if at >= 0 else ()
            frames.append(self._batch(batch or self._source.read(self._sent, limit)))
        return frames

    def _batch(self, records: Sequence[FactRecord]) -> bytes:
        if not records or records[0].seq != self._sent + 1:
            raise LedgerError(f"{self.node}: journal must hold fact {self._sent + 1}, it is missing")
        stamped: list[Stamped] = []
        size = 0
        for record in records:
            size += len(record.body) + len(record.source)
            if size > FRAME_BYTES_GOAL and stamped:
                break
            stamped.append((record.source, record.at_us, record.body))
        first, last = records[0].seq, records[len(stamped) - 1]
        self._sent = last.seq
        self._ends.append((last.seq, last.chain))
        return encode_frame(Facts(self._incarnation, self._source.epoch, first, last.chain, stamped))

    def _chain_at(self, seq: int) -> bytes:
        """The hash at a number of our own; b"" beyond the journal's end."""
        if seq == 0:
            return CHAIN_START
        if seq > self._source.head()[0]:
            return b""
        records = self._source.read(seq - 1, 1)
        if not records or records[0].seq != seq:
            raise LedgerError(f"{self.node}: journal must hold fact {seq}, it is missing")
        return records[0].chain

    def _greet(self, now_us: int) -> list[bytes]:
        self._state = "greeting"
        self._nonce = self._make_nonce()
        self._patience_us = PATIENCE_US
        self._due_us = now_us + PATIENCE_US
        return self._hello()

    def _hello(self) -> list[bytes]:
        seq, chain = self._source.head()
        return [encode_frame(Hello(LINK_VERSION, self.node, self._nonce, self._source.epoch, seq, chain))]

    def _fork(self, seq: int, epoch: int) -> list[bytes]:
        self._stop(f"this journal differs from what the office holds up to number {seq}", epoch)
        return [encode_frame(Fork(self._source.epoch, seq))]

    def _stop(self, why: str, epoch: int) -> None:
        self.forked = f"{self.node} epoch {self._source.epoch}: {why}"
        self.forked_epoch = max(epoch, self._source.epoch)
        self._state = "forked"
        self._due_us = FAR_FUTURE_US
