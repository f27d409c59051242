"""Carries one session of an audit port over a stream, and shows what passes."""

from __future__ import annotations

from typing import Protocol

import trio

from hardware.dex.codec.words import Words
from hardware.driver import Frame, Watch

RECEIVE_BYTES = 4096


class Exchange(Protocol):
    """A session of either protocol, see ``codec.session`` and ``codec.ddcmp_link``."""

    ended: str | None
    received: bytes

    @property
    def due_us(self) -> int | None:
        """When ``wake`` is to be called."""

    def feed(self, data: bytes, now_us: int) -> None:
        """Take bytes that came."""

    def wake(self, now_us: int) -> bytes:
        """Do what is due; return bytes to send."""


class Wire:
    """A stream between a driver and a port, closed by the caller."""

    def __init__(self, stream: trio.abc.Stream, way: str, watch: Watch | None) -> None:
        """Use a stream; ``way`` says which protocol's words ``watch`` is told."""
        self._stream = stream
        self._watch = watch
        self._words = {True: Words(way), False: Words(way)}

    async def carry(self, session: Exchange) -> bool:
        """Carry a session to its end; return whether anything was heard.

        Raises:
            trio.BrokenResourceError: the wire is gone.
        """
        heard = False
        while session.ended is None or session.due_us is not None:
            if out := session.wake(now_us()):
                await self._send(out)
                continue
            due_us = session.due_us
            with trio.move_on_at(trio.current_time() if due_us is None else due_us / 1_000_000):
                chunk = await self._chunk()
                heard = True
                session.feed(chunk, now_us())
        return heard

    async def drop(self) -> None:
        """Take and leave what comes, until cancelled.

        Raises:
            trio.BrokenResourceError: the wire is gone.
        """
        while True:
            await self._chunk()

    async def _send(self, raw: bytes) -> None:
        try:
            await self._stream.send_all(raw)
        except trio.ClosedResourceError as error:
            raise trio.BrokenResourceError("the wire was closed") from error
        self._show(raw, sent=True)

    async def _chunk(self) -> bytes:
        try:
            chunk = bytes(await self._stream.receive_some(RECEIVE_BYTES))
        except trio.ClosedResourceError as error:
            raise trio.BrokenResourceError("the wire was closed") from error
        if not chunk:
            raise trio.BrokenResourceError("the wire ended")
        self._show(chunk, sent=False)
        return chunk

    def _show(self, raw: bytes, *, sent: bool) -> None:
        if self._watch is not None:
            self._watch(Frame(sent=sent, raw=raw, text=self._words[sent].of(raw)))


def now_us() -> int:
    """The moment on trio's clock."""
    return round(trio.current_time() * 1_000_000)
