"""Whether a wire with a key was let in: ZeroMQ tells it by events of the socket, and by nothing else."""

from __future__ import annotations

import trio
import zmq
from zmq.utils.monitor import parse_monitor_message

from runtime.bus.wire import Wire

TURNED_AWAY = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


class Admission:
    """One attempt of a wire to be let in.

    An office that is not there, or speaks something else, is no refusal: ZeroMQ tries again by itself.
    """

    def __init__(self, wire: Wire, endpoint: str) -> None:
        self._socket = wire.socket
        self._monitor = wire.socket.get_monitor_socket(TURNED_AWAY)
        wire.connect(endpoint)

    async def refused(self) -> None:
        """Return once the wire was turned away."""
        while True:
            try:
                event = parse_monitor_message(self._monitor.recv_multipart(zmq.DONTWAIT))
            except zmq.Again:
                await trio.lowlevel.wait_readable(self._monitor)
                continue
            if event["event"] & TURNED_AWAY:
                return

    def end(self) -> None:
        """Watch no longer; the connection stays as it is."""
        if not self._socket.closed:
            self._socket.disable_monitor()
        self._monitor.close(0)
