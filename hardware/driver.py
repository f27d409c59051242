"""What every driver is to the house: devices of one machine behind one stream of bytes.

A driver turns orders of the device contract into its protocol's bytes, and what comes back into events. The
bytes are its codec's work, which knows no clock and no stream; the driver adds waiting, asking again and
giving up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs
import trio

Tell = Callable[[str, object], None]
"""Takes a device's name (``"cash"``) and an event of its contract. Never waits."""


@attrs.frozen(kw_only=True)
class Frame:
    """Bytes seen on a wire, for people who look at it.

    Attributes:
        sent: True from us to the device, False from the device.
        raw: the bytes, or the part of them that was one frame.
        text: what it means, one line; begins with "?" for what the codec refused.
    """

    sent: bool
    raw: bytes
    text: str


Watch = Callable[[Frame], None]
"""Sees every frame in both directions. Never waits."""


class Driver(Protocol):
    """Serves devices over one stream until the stream ends.

    Attributes:
        kind: name of the protocol, as in ``driver=fafb``.
        serves: names of the devices it can serve, e.g. ``("cash", "cashless")``.
    """

    kind: str
    serves: tuple[str, ...]

    def order(self, device: str, order: object) -> None:
        """Take an order for a device; never waits.

        Orders beyond the ceiling, and ones the protocol has no words for, are answered at once the way the
        contract says (declined, not turned, paid nothing), never kept silent.
        """

    async def run(self, stream: trio.abc.Stream, tell: Tell, watch: Watch | None = None) -> None:
        """Speak the protocol until cancelled; raises trio.BrokenResourceError when the stream is gone.

        Tells ``DeviceLost`` for a device that does not answer and ``DeviceFound`` when it answers (again).
        """
