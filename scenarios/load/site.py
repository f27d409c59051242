"""A site under load as a process: ``python -m scenarios.load.site CHAIN SITES RATE NAME DATA OFFICE LOGS``.

It reads stages from its standard input, a JSON line each, and tells how it is on its standard output every
second. At the end of the input it serves who is there, waits until the office has every fact, and ends.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import trio

from runtime import log
from runtime.bus.key_folder import OfficeAddress
from runtime.clock import Clock
from runtime.errors import HawkerError
from scenarios import data_directory
from scenarios.live.keys import paired
from scenarios.live.process import LiveSite, open_site
from scenarios.live.street import Surroundings
from scenarios.load.chain import prepared
from scenarios.load.crowd import Crowd, Hear
from scenarios.load.shoppers import Stage
from scenarios.scenario import Prepared

TELL_SECONDS = 1.0
IDLE_LOOK_SECONDS = 0.05


class CrowdOutside(Surroundings):
    """A crowd in place of the simulated street."""

    def __init__(self, own: Prepared, hear: Hear, sites: int, folder: Path) -> None:
        super().__init__(own, hear)
        self.crowd = Crowd(own.chain, own.chain.stores[0], sites, own.seed, hear, folder)
        self.order = self.crowd.order  # type: ignore[method-assign]  # one call a message less

    def stand(self, clock: Clock, tubes: object) -> None:
        """See ``Surroundings``; there are no machines, and so no tubes."""
        self.crowd.stand(clock)

    def stop(self) -> None:
        """See ``Surroundings``."""
        self.crowd.stop()

    async def run(self) -> None:
        """See ``Surroundings``."""
        await self.crowd.run()


async def run(made: Prepared, sites: int, name: str, data: Path, office: str, logs: Path) -> None:
    """Run the site until its input ends."""

    class LoadedSite(LiveSite):
        def surrounded(self, own: Prepared) -> Surroundings:
            return CrowdOutside(own, self.hear, sites, logs)

    keys, address = paired(data, name, OfficeAddress.of(office))
    async with open_site(made, name, data=data, keys=keys, office=address, kind=LoadedSite) as live:
        outside = live.around
        assert isinstance(outside, CrowdOutside)
        say(up=name)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_tell, live, outside.crowd)
            async for stage in stages():
                outside.crowd.expect(stage)
            while not outside.crowd.idle:  # noqa: ASYNC110 - looked at seldom, told never
                await trio.sleep(IDLE_LOOK_SECONDS)
            await live.site.acknowledged()
            nursery.cancel_scope.cancel()
        say(**_state(live, outside.crowd), drained=True)


async def stages() -> Any:
    """What the parent asks for, until it closes its end."""
    rest = b""
    async with trio.lowlevel.FdStream(0) as told:
        async for data in told:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                yield msgspec.json.decode(line, type=Stage)


async def _tell(live: LiveSite, crowd: Crowd) -> None:
    while True:
        await trio.sleep(TELL_SECONDS)
        crowd.flush()
        say(**_state(live, crowd))


def _state(live: LiveSite, crowd: Crowd) -> dict[str, Any]:
    site = live.site
    head = site.facts.head()[0]
    return {
        "at": time.time(),
        "facts": head,
        "backlog": head - site.uplink.acknowledged,
        "inputs": site.live.waiting,
        "queued": crowd.waiting + crowd.inside,
        "served": crowd.served,
        "left": crowd.left,
        "cpu": time.process_time(),
    }


def say(**what: Any) -> None:
    """Tell the parent in one line."""
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


def main(arguments: list[str]) -> int:
    """Run, and say in one line what stopped it if it was an error of ours."""
    chain, sites, rate, name, data, office, logs = arguments
    log.configure("warning")
    made = prepared(chain, int(sites), float(rate))
    try:
        with data_directory.claim(Path(data), made, made_by=f"node {name}"):
            trio.run(partial(run, made, int(sites), name, Path(data), office, Path(logs)))
    except HawkerError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
