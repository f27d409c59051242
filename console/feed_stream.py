"""A connection to which whole frames are written at once, without a task or a lock in between.

A frame that was built once goes to a thousand clients; what is spent on each is one call to the kernel. Only
what the kernel does not take at once waits here for the connection's own task.
"""

from __future__ import annotations

import os
from collections import deque

import trio

SEND_SECONDS_MAX = 10.0


class FrameStream(trio.abc.Stream):
    """A socket with an outbox. trio-websocket's own frames (handshake, pong, close) keep their order in it."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._fd = stream.socket.fileno()
        self._outbox: deque[memoryview] = deque()
        self._filled = trio.Event()
        self._emptied = trio.Event()
        self._over = False

    @property
    def waiting(self) -> int:
        """Frames that the other end has not taken yet."""
        return len(self._outbox)

    def write(self, frame: bytes) -> None:
        """Send a frame now as far as the kernel takes it; the rest follows. Never waits, never raises."""
        if self._over:
            return
        if not self._outbox:
            sent = self._write(frame)
            if sent == len(frame):
                return
            self._emptied = trio.Event()
            self._outbox.append(memoryview(frame)[sent:])
            self._filled.set()
        else:
            self._outbox.append(memoryview(frame))

    def _write(self, data: bytes | memoryview) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError:
            self._over = True
            return len(data)

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
                sent = self._write(part)
                if self._over:
                    raise trio.BrokenResourceError("feed: connection broke")
                if sent == len(part):
                    self._outbox.popleft()
                else:
                    self._outbox[0] = part[sent:]
            self._filled = trio.Event()
            self._emptied.set()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """See ``trio.abc.SendStream``; needs ``flush_for_ever`` to run."""
        self.write(bytes(data))
        if self._over:
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
        self._over = True
        await self._stream.aclose()
