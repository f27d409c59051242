"""A driver's end of a wire: whole frames in and out, with everything shown to whoever watches."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import trio

from hardware.driver import Frame, Watch
from hardware.splitter import Refused, Splitter

F = TypeVar("F")

RECEIVE_BYTES = 4096
FRAMES_MAX = 256
"""Frames read and not yet taken; the oldest go first. A board says at most one every 100 ms."""


class Framed(Generic[F]):
    """Frames over a stream; serves one task.

    Attributes:
        heard_at: when a good frame last came, seconds of trio's clock; minus infinity before the first.
        read_at: when bytes of any kind last came.
    """

    def __init__(
        self,
        stream: trio.abc.Stream,
        splitter: Splitter[F],
        tell_of: Callable[[F], tuple[bytes, str]],
        watch: Watch | None,
    ) -> None:
        """Take the stream, which stays open.

        Args:
            stream: the wire.
            splitter: cuts frames out of its bytes.
            tell_of: a frame's bytes and one line of what it means, for people.
            watch: sees every frame.
        """
        self.heard_at = self.read_at = -math.inf
        self._stream = stream
        self._splitter = splitter
        self._tell_of = tell_of
        self._watch = watch
        self._frames: deque[F] = deque(maxlen=FRAMES_MAX)

    async def send(self, raw: bytes, text: str) -> None:
        """Send a frame; ``text`` says what it means.

        Raises:
            trio.BrokenResourceError: the wire is gone.
        """
        if self._watch is not None:
            self._watch(Frame(sent=True, raw=raw, text=text))
        try:
            await self._stream.send_all(raw)
        except trio.ClosedResourceError as error:
            raise trio.BrokenResourceError("the wire was closed") from error

    async def receive(self, until: float) -> F | None:
        """The next frame, or None if none is whole by ``until`` (trio's clock).

        Raises:
            trio.BrokenResourceError: the wire is gone.
        """
        while not self._frames:
            with trio.move_on_at(until) as waited:
                self._take(self._splitter.feed(await self._chunk()))
            if waited.cancelled_caught:
                break
        return self._frames.popleft() if self._frames else None

    async def ask(self, raw: bytes, text: str, fits: Callable[[F], bool], seconds: float) -> F | None:
        """Send a frame and return the first answer that fits, or None; others are passed over.

        Raises:
            trio.BrokenResourceError: the wire is gone.
        """
        await self.send(raw, text)
        until = trio.current_time() + seconds
        for _ in range(2):
            while (frame := await self.receive(until)) is not None:
                if fits(frame):
                    return frame
            self.end_of_frame()  # an answer may be stuck behind bytes that only looked like a frame
        return None

    def end_of_frame(self) -> None:
        """Nothing more can belong to a frame that was begun: free what is stuck behind it."""
        self._take(self._splitter.silence())

    async def _chunk(self) -> bytes | bytearray:
        try:
            chunk = await self._stream.receive_some(RECEIVE_BYTES)
        except trio.ClosedResourceError as error:
            raise trio.BrokenResourceError("the wire was closed") from error
        if not chunk:
            raise trio.BrokenResourceError("the wire ended")
        self.read_at = trio.current_time()
        return chunk

    def _take(self, events: list[F | Refused]) -> None:
        for event in events:
            if isinstance(event, Refused):
                if self._watch is not None:
                    self._watch(Frame(sent=False, raw=event.raw, text=f"? {event.why}"))
                continue
            self.heard_at = trio.current_time()
            self._frames.append(event)
            if self._watch is not None:
                raw, text = self._tell_of(event)
                self._watch(Frame(sent=False, raw=raw, text=text))
