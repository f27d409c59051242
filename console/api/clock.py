"""The clock of a simulated chain."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import post
from litestar.exceptions import ClientException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body

from console.host import Host
from console.people.permissions import WHOLE_CHAIN
from runtime.errors import Refused

SPEEDS = (0, 1, 10, 30, 60)


class SetSpeed(msgspec.Struct, forbid_unknown_fields=True):
    """Simulated seconds per second; 0 pauses."""

    speed: float


def routes(host: Host) -> list[HTTPRouteHandler]:
    """Pause, go on, faster, slower."""

    @post(
        "/api/clock",
        sync_to_thread=False,
        status_code=200,
        opt={"permission": "clock.write", "place": WHOLE_CHAIN},
    )
    def clock(data: Annotated[SetSpeed, Body()]) -> dict[str, float]:
        """Set the clock's speed."""
        if data.speed not in SPEEDS:
            raise ClientException(f"clock: speed must be one of {SPEEDS}, not {data.speed:g}")
        try:
            host.speed = data.speed
        except Refused as refusal:
            raise ClientException(str(refusal)) from None
        return {"speed": host.speed}

    return [clock]
