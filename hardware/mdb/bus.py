"""The master's way to the bus: one block out, its answer back. Ways: ``parity_bus`` and ``adapters``."""

from __future__ import annotations

from typing import Protocol

import trio

RECEIVE_BYTES = 4096


class Bus(Protocol):
    """Carries blocks, adding and checking what is on the wire.

    Attributes:
        blind: polls by itself, so that silence to a POLL is not seen.
    """

    blind: bool

    async def reset(self) -> None:
        """Become the bus's master, and reset all peripherals as far as this way can."""

    async def exchange(self, block: bytes) -> bytes | None:
        """Send a block (without CHK) and return its answer: data, ``b""`` for ACK, None for none.

        Data is acknowledged. Raises trio.BrokenResourceError when the stream is gone.
        """


async def receive(stream: trio.abc.ReceiveStream) -> bytes:
    """Bytes that are there; raises trio.BrokenResourceError at the end of the stream."""
    data = bytes(await stream.receive_some(RECEIVE_BYTES))
    if not data:
        raise trio.BrokenResourceError("MDB bus: the stream has ended")
    return data
