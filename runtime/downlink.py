"""The office's end of a link: joins a node's facts on, checks their chain, acknowledges what is stored.

    event                                             does
    ------------------------------------------------  ---------------------------------------------------
    Hello of any epoch                                Welcome(nonce, what is stored)
    Hello or Facts ending at my number, other chain   Fork
    Trace, nothing waits to be stored                 Traced(the last point that is stored)
    Branch of a newer epoch, at a fact stored here    go to that fact and epoch, Welcome
    Facts of a newer epoch                            taken on here, once all before is stored, as below
    Facts of another incarnation                      Greet
    Facts that join on                                hand over the new ones; Ack after ``stored``
    Facts whose chain does not come out               Fork
    Facts known already                               Ack what is stored
    Facts beyond the next                             Again, once for each place
    Facts of an older epoch                           nothing
    a back-up off the machine has more                Covered

Nothing is acknowledged before it is stored: the owner says so with ``stored``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from runtime.command import Mail
from runtime.errors import ProtocolError
from runtime.link_frames import (
    LINK_VERSION,
    Ack,
    Again,
    Branch,
    Covered,
    Facts,
    Fork,
    Greet,
    Hello,
    Post,
    Trace,
    Traced,
    Welcome,
    decode_frame,
    encode_frame,
    mail_in,
    post,
)
from runtime.link_ports import Arrived, Position
from runtime.wire import CHAIN_START, FactRecord, chain_after


class Downlink:
    """The office's end for one node. If storing fails, throw it away and make another from the store's place.

    Args:
        node: its name.
        store_position: how far its facts are stored.
        incarnation: of the store.
        holds: whether a fact of this number and hash is stored, in any epoch (``InboxStore.holds``).

    Attributes:
        forked: why nothing more is taken in this epoch; "" while all is well.
        heard_us: when the last good frame came; 0 for never.
        told_seq: how many facts the node said it had, in its last hello.
    """

    def __init__(
        self,
        node: str,
        store_position: Position,
        incarnation: bytes,
        holds: Callable[[int, bytes], bool],
    ) -> None:
        self.node = node
        self.forked = ""
        self.heard_us = self.told_seq = 0
        self._incarnation = incarnation
        self._holds = holds
        self._stored = store_position
        self._seq = store_position.seq
        self._chain = store_position.chain
        self._ends: deque[tuple[int, bytes]] = deque()
        self._asked_at = -1

    @property
    def epoch(self) -> int:
        """The epoch of all facts handed over and not yet stored."""
        return self._stored.epoch

    @property
    def position(self) -> Position:
        """What is known to be stored."""
        return self._stored

    def post(self, mail: Mail) -> list[bytes]:
        """Send a mail to the node."""
        return [encode_frame(post(mail))]

    def covered(self, at: Position) -> list[bytes]:
        """A back-up off this machine has the node's facts up to here: tell it."""
        return [encode_frame(Covered(at.seq, at.chain))] if at.seq else []

    def stored(self, seq: int | None = None) -> list[bytes]:
        """The facts handed over are committed, up to this number or all of them: acknowledge."""
        before = self._stored
        seq = self._seq if seq is None else seq
        while self._ends and self._ends[0][0] <= seq:
            self._stored = Position(before.epoch, *self._ends.popleft())
        return [] if self._stored is before else [self._ack()]

    def received(self, frame: bytes, now_us: int) -> Arrived:
        """Take a frame from the node; one that is damaged or hostile changes nothing.

        Raises ProtocolError for such a frame.
        """
        told = decode_frame(frame)
        arrived = Arrived()
        match told:
            case Facts():
                self._on_facts(told, arrived)
            case Post():
                arrived.mail.append(mail_in(told))
            case Hello():
                arrived.frames = self._on_hello(told)
            case Trace():
                arrived.frames = self._on_trace(told)
            case Branch():
                arrived.frames = self._on_branch(told)
            case Fork():
                if told.epoch == self._stored.epoch:
                    self._fork(told.seq)
            case _:
                raise ProtocolError(f"{self.node}: a site must not send {type(told).__name__}")
        self.heard_us = now_us
        return arrived

    def _on_hello(self, hello: Hello) -> list[bytes]:
        if hello.version != LINK_VERSION or hello.node != self.node:
            said = f"{hello.node[:80]!r} version {hello.version}"
            raise ProtocolError(f"hello must be of {self.node!r} version {LINK_VERSION}, not {said}")
        self.told_seq = hello.seq
        if hello.epoch > self._stored.epoch:
            if self._ends:
                return []
        elif hello.epoch == self._stored.epoch:
            if hello.seq == self._seq and hello.chain != self._chain:
                self._fork(hello.seq)
            if self.forked:
                return self._told_fork()
        self._asked_at = -1
        return [self._welcome(hello.nonce)]

    def _welcome(self, nonce: bytes) -> bytes:
        at = self._stored
        return encode_frame(Welcome(nonce, self._incarnation, at.epoch, at.seq, at.chain))

    def _on_trace(self, trace: Trace) -> list[bytes]:
        if self._ends:
            return []
        held = 0
        for seq, chain in trace.points:
            if seq and self._holds(seq, chain):
                held = max(held, seq)
        return [encode_frame(Traced(trace.nonce, self._incarnation, held))]

    def _on_branch(self, branch: Branch) -> list[bytes]:
        if branch.incarnation != self._incarnation:
            return [encode_frame(Greet(self._incarnation))]
        if branch.epoch <= self._stored.epoch or self._ends:
            return []
        start = branch.seq == 0 and branch.chain == CHAIN_START
        if not start and not self._holds(branch.seq, branch.chain):
            raise ProtocolError(f"{self.node}: branch must be at a fact stored here, not at {branch.seq}")
        self._begin(Position(branch.epoch, branch.seq, branch.chain))
        return [self._welcome(branch.nonce)]

    def _begin(self, at: Position) -> None:
        self.forked = ""
        self._stored = at
        self._seq, self._chain, self._asked_at = at.seq, at.chain, -1

    def _on_facts(self, told: Facts, arrived: Arrived) -> None:
        if told.incarnation != self._incarnation:
            arrived.frames.append(encode_frame(Greet(self._incarnation)))
            return
        if told.epoch > self._stored.epoch and not self._ends:
            self._begin(Position(told.epoch, self._seq, self._chain))
        if told.epoch != self._stored.epoch:
            return
        if self.forked:
            arrived.frames = self._told_fork()
        elif told.first > self._seq + 1:
            if self._asked_at != self._seq:
                self._asked_at = self._seq
                arrived.frames.append(encode_frame(Again(self._incarnation, self.epoch, self._seq)))
        elif (last := told.first + len(told.facts) - 1) > self._seq:
            self._join(told, arrived)
        elif last == self._seq and told.chain != self._chain:
            self._fork(last)
            arrived.frames = self._told_fork()
        elif last <= self._stored.seq:
            arrived.frames.append(self._ack())

    def _join(self, told: Facts, arrived: Arrived) -> None:
        seq, chain, records = self._seq, self._chain, arrived.facts
        known = seq + 1 - told.first
        for source, at_us, body in told.facts[known:] if known else told.facts:
            seq += 1
            chain = chain_after(chain, seq, source, at_us, body)
            records.append(FactRecord(seq, source, at_us, body, chain))
        if chain != told.chain:
            records.clear()
            self._fork(seq)
            arrived.frames = self._told_fork()
            return
        self._seq, self._chain = seq, chain
        self._ends.append((seq, chain))

    def _ack(self) -> bytes:
        at = self._stored
        return encode_frame(Ack(self._incarnation, at.epoch, at.seq, at.chain))

    def _fork(self, seq: int) -> None:
        self.forked = f"{self.node} epoch {self.epoch}: facts up to number {seq} are not those stored here"

    def _told_fork(self) -> list[bytes]:
        return [encode_frame(Fork(self.epoch, self._seq))]
