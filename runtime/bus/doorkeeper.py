"""Answers ZeroMQ's question who may come in (ZAP, rfc.zeromq.org/spec/27): only keys on the roster.

While no doorkeeper answers, nobody comes in: every wire with keys enforces its domain. An admitted peer's
messages carry its key as ``User-Id``; the roster is asked again at each message, so that a key that was taken
away is worth nothing from the next message on.
"""

from __future__ import annotations

import zmq
from zmq.utils import z85

from runtime.bus.wire import Wire, Wires
from runtime.roster import Roster

ENDPOINT = "inproc://zeromq.zap.01"
OPEN_DOMAIN = b"door"
"""The domain where a key that nobody knows yet may knock (``runtime.bus.pairing``)."""


class Doorkeeper:
    """The only answerer of one bus.

    Attributes:
        refused: peers turned away.
    """

    def __init__(self, wires: Wires, roster: Roster) -> None:
        self.refused = 0
        self._roster = roster
        self._wire: Wire = wires.open(zmq.ROUTER)
        self._wire.listen_within(ENDPOINT)

    async def serve(self) -> None:
        """Answer until the bus closes."""
        while True:
            for _, parts in await self._wire.receive():
                self._answer(parts)

    def _answer(self, parts: list[bytes]) -> None:
        if len(parts) < 8:  # route, empty, version, request, domain, address, identity, mechanism, key
            return
        route, empty, version, request, domain, _, _, mechanism, *credentials = parts
        key = z85.encode(credentials[0]).decode() if mechanism == b"CURVE" and len(credentials) == 1 else ""
        if key and (self._roster.node_of(key) or domain == OPEN_DOMAIN):
            answer = [b"200", b"OK", key.encode(), b""]
        else:
            self.refused += 1
            answer = [b"400", b"unknown key", b"", b""]
        self._wire.send([route, empty, version, request, *answer])
