"""What becomes of a wire with a key: ZeroMQ tells it by events of the socket, and by nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import trio
import zmq
from zmq.utils.monitor import parse_monitor_message

from runtime.bus.wire import Wire

_OTHER_KEY = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
"""Bytes it could not read, and then silence: the office has another key than was thought."""
_GIVEN_UP = zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
_TRIES_ON = zmq.EVENT_CONNECT_RETRIED | zmq.EVENT_CONNECT_DELAYED | zmq.EVENT_CONNECTED
GONE_SECONDS = 1.0
"""ZeroMQ says within this time that it tries again, or never does."""

Loss = Literal["refused", "gone"]


class Admission:
    """One attempt of a wire to be let in, and its life afterwards.

    ZeroMQ connects anew by itself when an office is not there or goes away, but not after it was refused, and
    not after it read bytes that break the protocol, be they damaged or somebody else's.

    Args:
        wire: not connected yet.
        endpoint: where to.
        mismatched: called when the office seems to have another key.
    """

    def __init__(self, wire: Wire, endpoint: str, mismatched: Callable[[], None] = lambda: None) -> None:
        self._mismatched = mismatched
        self._socket = wire.socket
        self._monitor = wire.socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_FAILED_AUTH | _OTHER_KEY | _GIVEN_UP | _TRIES_ON
        )
        wire.connect(endpoint)

    async def lost(self) -> Loss:
        """Return once the wire was turned away, or ZeroMQ has given it up."""
        patience = math.inf
        while True:
            with trio.move_on_after(patience):
                while True:
                    event = await self._next()
                    if event & zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                        return "refused"
                    if event & _OTHER_KEY:
                        self._mismatched()
                        continue
                    if event & _TRIES_ON:
                        patience = math.inf
                        break
                    if patience == math.inf:
                        patience = GONE_SECONDS
                        break
                continue
            return "gone"

    async def _next(self) -> int:
        while True:
            try:
                return int(parse_monitor_message(self._monitor.recv_multipart(zmq.DONTWAIT))["event"])
            except zmq.Again:
                await trio.lowlevel.wait_readable(self._monitor)

    def end(self) -> None:
        """Watch no longer; the connection stays as it is."""
        if not self._socket.closed:
            self._socket.disable_monitor()
        self._monitor.close(0)
