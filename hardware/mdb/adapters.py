"""The bus behind an adapter: one that speaks lines of text, one that takes raw blocks and polls by itself."""

from __future__ import annotations

import math
from collections import deque

import trio

from hardware.mdb import timing
from hardware.mdb.bus import receive
from hardware.mdb.codec import ascii_line, hex_line
from hardware.mdb.codec.block import NAMES, address
from runtime.errors import DeviceUnavailable, ProtocolError

UNREAD_MAX = 64
"""Polled messages kept for one peripheral; of more the oldest are lost (ours)."""

POLL_COMMANDS = {0x08: b"\x0b", 0x10: b"\x12", 0x30: b"\x33", 0x60: b"\x62"}


class AsciiBus:
    """See ``Bus``; lines as in ``codec.ascii_line``."""

    blind = False

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._lines = ascii_line.LineReader()
        self._unread: deque[str] = deque()
        self._owed = False

    async def reset(self) -> None:
        """Become master and reset the bus; raises DeviceUnavailable if the adapter does not say so."""
        await self._stream.send_all(ascii_line.encode_request(ascii_line.MasterMode(True)))
        with trio.move_on_after(timing.ADAPTER) as patience:
            while not isinstance(await self._reply(timing.ADAPTER), ascii_line.Took):
                continue  # the answer to a block of before our start
        if patience.cancelled_caught:
            raise DeviceUnavailable("MDB adapter: must answer M,1 with m,ACK, and does not")
        await self._ask(ascii_line.ResetBus())

    async def exchange(self, block: bytes) -> bytes | None:
        """See ``Bus``."""
        reply = await self._ask(ascii_line.Send(block))
        return reply.block if isinstance(reply, ascii_line.Answered) else None

    async def _ask(self, request: ascii_line.Request) -> ascii_line.Reply | None:
        if self._owed:  # a late answer must not be taken for this one's
            await self._reply(timing.POLL)
        self._unread.clear()
        await self._stream.send_all(ascii_line.encode_request(request))
        reply = await self._reply(timing.ADAPTER)
        self._owed = reply is None
        return reply

    async def _reply(self, seconds: float) -> ascii_line.Reply | None:
        with trio.move_on_after(seconds):
            while True:
                while not self._unread:
                    self._unread.extend(self._lines.feed(await receive(self._stream)))
                try:
                    reply = ascii_line.decode_reply(self._unread.popleft())
                except ProtocolError:
                    return None
                if not isinstance(reply, ascii_line.Noise):
                    return reply
        return None


class HexBus:
    """See ``Bus``; lines as in ``codec.hex_line``. A POLL takes what the adapter's own polls brought.

    Those show no silence. So a POLL of ours follows a command without an answer, and one every ``CHECK``
    seconds: it may be sent in any state, and only an ACK or data shows that somebody is there.
    """

    blind = True

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._lines = ascii_line.LineReader()
        self._unread = {at: deque[bytes](maxlen=UNREAD_MAX) for at in NAMES}
        self._look_at = dict.fromkeys(NAMES, -math.inf)

    async def reset(self) -> None:
        """The adapter is always master; each peripheral is reset by its own RESET."""
        await trio.lowlevel.checkpoint()

    async def exchange(self, block: bytes) -> bytes | None:
        """See ``Bus``. Where silence would not be seen for long, a POLL is sent as a block of its own."""
        at = address(block)
        if block == POLL_COMMANDS.get(at):
            told = await self._told(at)
            if told or trio.current_time() < self._look_at[at]:
                return told
        await self._stream.send_all(block)
        answer = await self._listen(timing.ADAPTER, waiting=True)
        self._look_at[at] = trio.current_time() + (timing.CHECK if answer is not None else 0.0)
        if block == bytes([at]):  # RESET: what was told before it is of an earlier life
            self._unread[at].clear()
        return answer

    async def _told(self, at: int) -> bytes:
        """What the adapter's own polls brought; b"" is nothing."""
        if not self._unread[at]:
            await self._listen(timing.RESPONSE, waiting=False)
        return self._unread[at].popleft() if self._unread[at] else b""

    async def _listen(self, seconds: float, *, waiting: bool) -> bytes | None:
        """Keep unasked lines; return the answer if one is waited for."""
        answer: bytes | None = None
        with trio.move_on_after(seconds):
            while answer is None:
                for text in self._lines.feed(await receive(self._stream)):
                    try:
                        line = hex_line.decode_line(text, waiting and answer is None)
                    except ProtocolError:
                        continue
                    if isinstance(line, hex_line.Solicited):
                        answer = line.block
                    else:
                        self._unread[line.address].append(line.block)
                if not waiting:
                    break
        return answer
