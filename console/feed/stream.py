"""A connection to which whole frames are written at once, without a task or a lock in between.

A frame that was built once goes to a thousand clients; what is spent on each is one call to the kernel. Only
what the kernel does not take at once waits here for the connection's own task.
"""

from __future__ import annotations

import os
from collections import deque

import trio

SEND_SECONDS_MAX = 10.0
OWN_FRAMES_MAX = 64
"""Pongs and the like that may wait for a peer that asks and does not read; then they are dropped."""
GONE = -1
"""No socket's number: writing to it fails."""


class FrameStream(trio.abc.Stream):
    """A socket with an outbox, in which trio-websocket's own frames (pong, close) keep their order."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._fd = stream.socket.fileno()
        self._outbox: deque[memoryview] = deque()
        self._filled = trio.Event()
        self._emptied = trio.Event()

    @property
    def waiting(self) -> int:
        """Frames that the other end has not taken yet."""
        return len(self._outbox)

    def offer(self, frame: bytes, most: int) -> bool:
        """Send a frame now as far as the kernel takes it; the rest follows. Never waits, never raises.

        Returns:
            False if ``most`` frames wait already: this one was dropped.
        """
        if self._outbox:
            if len(self._outbox) >= most:
                return False
            self._outbox.append(memoryview(frame))
            return True
        try:
            sent = os.write(self._fd, frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._fd = GONE
            return True
        if sent != len(frame):
            self._emptied = trio.Event()
            self._outbox.append(memoryview(frame)[sent:])
            self._filled.set()
        return True

    async def flush_for_ever(self) -> None:
        """Send what waits, as the other end takes it.

        Raises:
            trio.TooSlowError: it took nothing for ten seconds.
            trio.BrokenResourceError: the connection broke.
        """
        while True:
            await self._filled.wait()
            while self._outbox:
                with trio.fail_after(SEND_SECONDS_MAX):
                    await trio.lowlevel.wait_writable(self._fd)
                part = self._outbox[0]
                try:
                    sent = os.write(self._fd, part)
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise trio.BrokenResourceError("feed: connection broke") from error
                if sent == len(part):
                    self._outbox.popleft()
                else:
                    self._outbox[0] = part[sent:]
            self._filled = trio.Event()
            self._emptied.set()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """See ``trio.abc.SendStream``; needs ``flush_for_ever`` to run."""
        self.offer(bytes(data), OWN_FRAMES_MAX)
        if self._fd == GONE:
            raise trio.BrokenResourceError("feed: connection broke")
        if self._outbox:
            await self._emptied.wait()
        else:
            await trio.lowlevel.checkpoint()

    async def wait_send_all_might_not_block(self) -> None:
        """See ``trio.abc.SendStream``."""
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """See ``trio.abc.ReceiveStream``."""
        return await self._stream.receive_some(max_bytes)

    async def aclose(self) -> None:
        """Close; nothing is written to this socket's number any more, which may soon be another's."""
        self._fd = GONE
        await self._stream.aclose()
