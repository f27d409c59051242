"""Programs beside the console follow a live chain's readings by address."""

from __future__ import annotations

from pathlib import Path

import trio

from actors.van.messages import VanPosition
from runtime.bus.key_folder import KeyFolder
from runtime.bus.watcher import open_watcher
from runtime.bus.wire import Security
from runtime.recorded import decode_readings
from scenarios.live.chain import open_live
from tests.scenarios.small_chain import Ears, prepared

FAST = 600.0
"""The van leaves half an hour after the chain begins."""


async def test_a_watcher_of_the_office_gets_where_a_van_is(tmp_path: Path) -> None:
    with trio.fail_after(60):
        async with open_live(prepared(), data=tmp_path, speed=FAST, console=Ears) as live:
            folder = KeyFolder(tmp_path)
            security = Security(folder.key("gw-1"), folder.key("office").public)
            bus = live.office._bus
            assert bus is not None
            async with open_watcher(bus.endpoints, "van-1/", security=security) as watcher:
                topic, body = (await watcher.receive())[0]
    (reading,) = decode_readings(body)
    assert (topic, reading.source) == ("van-1/van.position", "van-1")
    assert isinstance(reading.reading, VanPosition)
