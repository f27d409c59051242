"""Pseudo-terminals: a port that any program can open like a serial one, with a stream of ours behind it."""

from __future__ import annotations

import os
import pty
import termios
import tty

import trio

from runtime.errors import DeviceUnavailable

OVERRUN_SECONDS = 1.0
"""How long a program at the other end may leave its buffer full before it loses what waits in it."""


class PtyStream(trio.abc.Stream):
    """Our end of a pty. Made by ``open_pty``.

    Programs may open and close the other end as often as they like; nobody there is silence, as on a serial
    line with nothing plugged in, and bytes that nobody takes are lost. Closing our end breaks theirs.

    Attributes:
        path: what the others open, e.g. "/dev/pts/4".
    """

    def __init__(self, ours: int, theirs: int) -> None:
        self.path = os.ttyname(theirs)
        self._theirs = theirs  # held open, else our end breaks whenever the last program leaves
        self._bytes = trio.lowlevel.FdStream(ours)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of it, or, where nobody reads for a second, lose what waits and it."""
        with trio.move_on_after(OVERRUN_SECONDS) as patience:
            await self._bytes.send_all(data)
        if patience.cancelled_caught:
            termios.tcflush(self._theirs, termios.TCIFLUSH)

    async def wait_send_all_might_not_block(self) -> None:
        """See trio.abc.SendStream."""
        await self._bytes.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Wait for bytes from whichever program has the other end."""
        return bytes(await self._bytes.receive_some(max_bytes))

    async def aclose(self) -> None:
        """Take the pty away."""
        theirs, self._theirs = self._theirs, -1
        if theirs >= 0:
            os.close(theirs)
        await self._bytes.aclose()


def open_pty() -> tuple[PtyStream, str]:
    """A new pty, raw: our end, closed by the caller, and the path of the other.

    Raises DeviceUnavailable when the system has no pty left.
    """
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        raise DeviceUnavailable(f"pty: the system must have one left: {error.strerror}") from error
    try:
        tty.setraw(theirs)
        stream = PtyStream(ours, theirs)
    except BaseException:
        os.close(ours)
        os.close(theirs)
        raise
    return stream, stream.path
