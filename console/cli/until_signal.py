"""Work that a signal may end early."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import trio

from runtime.live import sole_error

Result = TypeVar("Result")


async def until_signal(work: Callable[[], Awaitable[Result]]) -> Result | None:
    """Do the work; None when SIGINT or SIGTERM ended it before it was done."""
    done: list[Result] = []

    async def do(scope: trio.CancelScope) -> None:
        done.append(await work())
        scope.cancel()

    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_stop_on, signals, nursery.cancel_scope)
                nursery.start_soon(do, nursery.cancel_scope)
        except BaseExceptionGroup as group:
            raise sole_error(group) from None
    return done[0] if done else None


async def _stop_on(signals: AsyncIterator[int], scope: trio.CancelScope) -> None:
    async for _ in signals:
        scope.cancel()
        return
