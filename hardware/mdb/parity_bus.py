"""The bus itself on a serial port: the mode bit is a parity that is always mark or always space.

Linux calls it sticky parity. Received bytes with the mode bit arrive marked (PARMRK), see ``codec.block``.
"""

from __future__ import annotations

from typing import Protocol

import trio

from hardware.mdb import timing
from hardware.mdb.bus import receive
from hardware.mdb.codec.block import (
    ACK,
    MODE,
    NAK,
    RET,
    Answer,
    AnswerReader,
    Kind,
    MarkedReader,
    command_words,
    to_marked,
)

RETURNS_MAX = 2
"""How often a spoiled answer is asked for again by RET before it counts as none (ours)."""


class ParityPort(Protocol):
    """What this way needs of a port; ``hardware.serial_port.SerialStream`` has it."""

    async def send_all(self, data: bytes) -> None:
        """Send with the parity that is set."""

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Received bytes, marked as by PARMRK with space parity."""

    async def set_parity(self, parity: str) -> None:
        """Drain, then "mark" or "space"."""

    async def mark_parity_errors(self) -> None:
        """Mark received bytes from now on."""

    def forget_received(self) -> None:
        """Throw away what arrived and was not received."""


class MarkedLine:
    """A parity port on a stream that has no parity (memory, pty, TCP): marked bytes both ways."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._mode = 0

    async def send_all(self, data: bytes) -> None:
        """Send the bytes with their mode bit as marks."""
        await self._stream.send_all(to_marked(byte | self._mode for byte in data))

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Marked bytes as they come."""
        return bytes(await self._stream.receive_some(max_bytes))

    async def set_parity(self, parity: str) -> None:
        """The mode bit of what is sent next."""
        self._mode = MODE if parity == "mark" else 0

    async def mark_parity_errors(self) -> None:
        """They are marked already."""

    def forget_received(self) -> None:
        """A stream cannot be emptied at once: ``ParityBus`` waits for what is late."""


def parity_port(stream: trio.abc.Stream) -> ParityPort:
    """The port itself if it has parity to set, else a ``MarkedLine`` over it."""
    has_parity = hasattr(stream, "set_parity") and not getattr(stream, "is_pty", False)
    return stream if has_parity else MarkedLine(stream)  # type: ignore[return-value]


class ParityBus:
    """See ``Bus``."""

    blind = False

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._port = parity_port(stream)
        self._marks = MarkedReader()
        self._answers = AnswerReader()
        self._owed = True  # whoever had the wire before us may have asked something

    async def reset(self) -> None:
        """Set the port up; each peripheral is reset by its own RESET."""
        await self._port.set_parity("space")
        await self._port.mark_parity_errors()

    async def exchange(self, block: bytes) -> bytes | None:
        """See ``Bus``."""
        first, *rest = command_words(block)
        if self._owed and isinstance(self._port, MarkedLine):
            with trio.move_on_after(timing.POLL):
                await receive(self._port)  # type: ignore[arg-type]
        self._port.forget_received()  # an answer that came too late is not this command's
        self._marks = MarkedReader()
        self._answers.forget()
        await self._port.set_parity("mark")
        await self._port.send_all(bytes([first & 0xFF]))
        await self._port.set_parity("space")
        await self._port.send_all(bytes(rest))
        self._owed = False
        for _ in range(RETURNS_MAX):
            answer = await self._answer()
            if answer is None or answer.kind is not Kind.BROKEN:
                return await self._confirmed(answer)
            await self._port.send_all(bytes([RET]))
        return await self._confirmed(await self._answer())

    async def _confirmed(self, answer: Answer | None) -> bytes | None:
        """ACK to data, NAK to what is still spoiled."""
        if answer is None or answer.kind is Kind.NAK:
            return None
        if answer.kind is Kind.ACK:
            return b""
        good = answer.kind is Kind.DATA
        await self._port.send_all(bytes([ACK if good else NAK]))
        return answer.data if good else None

    async def _answer(self) -> Answer | None:
        """The next answer; None if its first or next byte takes too long."""
        wait = timing.RESPONSE
        while True:
            data = b""
            with trio.move_on_after(wait + timing.PORT):
                data = await receive(self._port)  # type: ignore[arg-type]
            if not data:
                self._answers.forget()
                self._owed = True
                return None
            if answers := self._answers.feed(self._marks.feed(data)):
                return answers[-1]
            wait = timing.BETWEEN_BYTES
