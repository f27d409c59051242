"""The two halves of every part of a DEX/UCS session: one side sends blocks, the other takes them.

Both are driven by tokens and by time; neither knows a clock. ``say`` puts bytes on the line after a while,
and ``due_us`` is when ``late`` must be called if nothing was heard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hardware.dex.codec.blocks import ACK, ENQ, EOT, NAK, Ack, Block, Control, Token
from hardware.dex.codec.timers import Timers

DATA_BYTES_MAX = 1024 * 1024
"""Ceiling of ours for what one part may carry."""

Say = Callable[[bytes, int], int]
"""Takes bytes and the moment to send them; returns the moment when they are on the wire."""


class Half(Protocol):
    """One side of one part.

    Attributes:
        due_us: when ``late`` is to be called.
        ended: None while it goes on, "" when it went well, else why not.
    """

    due_us: int | None
    ended: str | None

    def hear(self, token: Token, now_us: int) -> None:
        """Take what the other side said."""

    def late(self, now_us: int) -> None:
        """Nothing was heard until ``due_us``."""


class Sender:
    """Asks for the line with ENQ, sends blocks one by one as they are acknowledged, and ends with EOT.

    Attributes:
        contended: the other side asked for the line before it answered; only before the first block.
    """

    def __init__(self, blocks: list[bytes], say: Say, timers: Timers, at_us: int, *, tries: int = 0) -> None:
        self.ended: str | None = None
        self.due_us: int | None = None
        self.contended = False
        self._blocks = blocks
        self._say = say
        self._timers = timers
        self._asking_tries = tries or timers.tries
        self._sent = -1  # the block that waits for its acknowledgement; -1: ENQ for the line
        self._asked = False  # ENQ was sent since: the next acknowledgement says which block was heard last
        self._tries = 1
        self._put(bytes((ENQ,)), at_us)

    def hear(self, token: Token, now_us: int) -> None:
        """Go on at the acknowledgement that was expected; send again what was not heard."""
        match token:
            case Ack(-1):
                self._asked = self._sent >= 0
                self._put(bytes((ENQ,)), now_us + self._timers.busy_us)
            case Ack(number) if number == (self._sent + 1) % 2:
                self._go_on(now_us)
            case Ack() if self._asked:
                self._again(now_us)
            case Control(byte) if byte == NAK:
                self._again(now_us)
            case Control(byte) if byte == ENQ and self._sent < 0:
                self.contended = True
            case Control(byte) if byte == EOT and self._sent >= 0:
                self.ended = "the other side broke off"
            case _:
                pass

    def late(self, now_us: int) -> None:
        """No answer: ask with ENQ, which an honest receiver answers with its last acknowledgement."""
        if self._counted("no answer"):
            self._asked = self._sent >= 0
            self._put(bytes((ENQ,)), now_us)

    def _go_on(self, now_us: int) -> None:
        self._sent += 1
        self._tries = 1
        self._asked = False
        at_us = now_us + self._timers.turnaround_us
        if self._sent < len(self._blocks):
            self._put(self._blocks[self._sent], at_us)
        else:
            self.due_us = None
            self._say(bytes((EOT,)), at_us)
            self.ended = ""

    def _again(self, now_us: int) -> None:
        if self._counted("refused every time"):
            self._asked = False
            wire = self._blocks[self._sent] if self._sent >= 0 else bytes((ENQ,))
            self._put(wire, now_us + self._timers.turnaround_us)

    def _counted(self, why: str) -> bool:
        """Count another try; at the last one give the line up and say so."""
        limit = self._asking_tries if self._sent < 0 else self._timers.tries
        if self._tries < limit:
            self._tries += 1
            return True
        what = "ENQ" if self._sent < 0 else f"block {self._sent + 1} of {len(self._blocks)}"
        self.ended = f"{what}: {why}, {limit} tries"
        self.due_us = None
        return False

    def _put(self, wire: bytes, at_us: int) -> None:
        self.due_us = self._say(wire, at_us) + self._timers.answer_us


class Taker:
    """Answers ENQ and takes blocks until EOT.

    Attributes:
        data: what the blocks held, one after the other.
        begun: whether the other side has asked for the line.
    """

    def __init__(self, say: Say, timers: Timers, now_us: int, *, patient: bool = False) -> None:
        """Begin to listen; ``patient`` waits for the first ENQ for ever."""
        self.ended: str | None = None
        self.due_us: int | None = None if patient else now_us + timers.inactivity_us + timers.pause_us
        self.data = b""
        self.begun = False
        self._say = say
        self._timers = timers
        self._taken = 0
        self._whole = False
        self._last: tuple[bytes, int] | None = None
        self._answers_us = now_us

    def hear(self, token: Token, now_us: int) -> None:
        """Acknowledge in turn, refuse what is damaged, repeat the last answer when asked."""
        if not self.begun and not (isinstance(token, Control) and token.byte == ENQ):
            return
        self.begun = True
        self.due_us = now_us + self._timers.inactivity_us
        match token:
            case Control(byte) if byte == ENQ:
                self._answer(ACK[self._taken % 2], now_us)
            case Block() if now_us < self._answers_us:
                pass  # an echo: nobody sends a block before the last one is answered
            case Block(whole=False):
                self.refuse(now_us)
            case Block():
                self._take(token, now_us)
            case Control(byte) if byte == EOT:
                self.due_us = None
                self.ended = "" if self._whole or not self._taken else "ended before the last block"
            case _:
                pass

    def refuse(self, now_us: int) -> None:
        """Ask for the block again."""
        if self.begun:
            self._answer(bytes((NAK,)), now_us)

    def late(self, now_us: int) -> None:
        """Nothing more came; if only EOT is missing, that was lost."""
        silent = "went silent" if self.begun else "never asked for the line"
        self.ended = "" if self._whole else silent
        self.due_us = None

    def _take(self, block: Block, now_us: int) -> None:
        if self._last is not None and self._repeated(block, now_us):
            self._answer(ACK[self._taken % 2], now_us)
            return
        if len(self.data) + len(block.data) > DATA_BYTES_MAX:
            self.ended = f"must send <= {DATA_BYTES_MAX} bytes, not more"
            self.due_us = None
            return
        self._taken += 1
        self.data += block.data
        self._whole = block.last
        self._answer(ACK[self._taken % 2], now_us)
        self._last = block.data, now_us

    def _repeated(self, block: Block, now_us: int) -> bool:
        """The same block after timer A: our answer was lost, and the sender did not ask with ENQ first."""
        assert self._last is not None
        data, at_us = self._last
        return block.data == data and now_us - at_us >= self._timers.answer_us

    def _answer(self, wire: bytes, now_us: int) -> None:
        self._answers_us = now_us + self._timers.turnaround_us
        self._say(wire, self._answers_us)
