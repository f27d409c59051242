"""What every simulated peripheral is: something real-looking at the far end of a wire.

A peripheral owns physics and faults (coins, motors, jams, time that passes, power that goes), never a copy of
a driver's logic. Its true counters say what really happened; tests compare them with what the house was told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import trio

RECEIVE_BYTES = 4096

Clock = Callable[[], float]
"""Seconds that only grow: ``trio.current_time``, or a test's own."""

Hear = Callable[[bytes], bytes]
"""Takes what came over the wire and returns what goes back at once; b"" is silence."""


class Peripheral(Protocol):
    """A device's far end, served over one stream.

    Attributes:
        kind: name of the protocol it speaks, as in ``driver=fafb``.
    """

    kind: str

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Answer until cancelled or until the stream ends; the caller closes the stream."""


class Unasked:
    """What a peripheral says by itself, in order: its hands and its physics put in, ``serve_bytes`` sends.

    What is put in while nobody serves is lost, as on a wire that is pulled.
    """

    def __init__(self) -> None:
        self._sender: trio.MemorySendChannel[bytes] | None = None

    def put(self, raw: bytes) -> None:
        """Send these bytes as soon as the wire is free; never waits."""
        if self._sender is not None:
            self._sender.send_nowait(raw)

    def open(self) -> trio.MemoryReceiveChannel[bytes]:
        """Begin to keep what is put in; for ``serve_bytes``."""
        self._sender, receiver = trio.open_memory_channel[bytes](float("inf"))
        return receiver

    def shut(self) -> None:
        """What is put in from now on is lost; for ``serve_bytes``."""
        if self._sender is not None:
            self._sender.close()
            self._sender = None


async def serve_bytes(stream: trio.abc.Stream, hear: Hear, unasked: Unasked | None = None) -> None:
    """Answer bytes with bytes, and send what the peripheral says by itself, until the stream ends or breaks.

    Args:
        stream: the wire; stays open.
        hear: called with each chunk, however it was split; must keep what is incomplete.
        unasked: where the peripheral puts what it says without being asked.
    """
    said = unasked or Unasked()
    answers = said.open()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_send, stream, answers)
            while chunk := await _receive(stream):
                if answer := hear(bytes(chunk)):
                    said.put(answer)
            nursery.cancel_scope.cancel()
    finally:
        said.shut()
        answers.close()


async def _receive(stream: trio.abc.Stream) -> bytes | bytearray:
    try:
        return await stream.receive_some(RECEIVE_BYTES)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return b""


async def _send(stream: trio.abc.Stream, answers: trio.MemoryReceiveChannel[bytes]) -> None:
    try:
        async for raw in answers:
            await stream.send_all(raw)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return
