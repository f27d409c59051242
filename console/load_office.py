"""The office under load as a process: ``python -m console.load_office CHAIN SITES RATE DATA ADDRESS LOGS``.

``hawker node --name office`` with its console, that writes down when it heard of each sale, and says every
second how it is. It ends when its standard input does, once everything that came is in the ledger.
"""

from __future__ import annotations

import secrets
import sys
import time
from functools import partial
from pathlib import Path

import trio

from actors.store.messages import SaleCompleted
from console.state.actor import ConsoleActor
from console.web import Served, serve
from runtime import log
from runtime.actor import Report
from runtime.bus.key_folder import OfficeAddress
from runtime.errors import HawkerError
from scenarios import data_directory
from scenarios.assembly import OFFICE
from scenarios.chain import Chain
from scenarios.live.process import LiveOffice, open_office
from scenarios.load import witness
from scenarios.load.chain import prepared
from scenarios.load.site import TELL_SECONDS, say, stages
from scenarios.load.witness import Writer
from scenarios.scenario import Prepared


class Listener(ConsoleActor):
    """The console actor, and when it heard of each sale."""

    __slots__ = ("_heard", "_numbers")

    def __init__(self, chain: Chain, heard: Writer) -> None:
        super().__init__(chain)
        self._heard = heard
        self._numbers = {plan.id: number for number, plan in enumerate(chain.stores)}

    def hear(self, report: Report) -> None:
        """See ``ConsoleActor``."""
        super().hear(report)
        if type(report.content) is SaleCompleted:
            number = self._numbers[report.source]
            baskets = self.stores[number].baskets
            self._heard.add((report.at_us, time.time_ns() // 1000, baskets, number))


async def run(made: Prepared, data: Path, address: OfficeAddress, logs: Path) -> None:
    """Run the office until its input ends."""
    heard = Writer(logs / "heard", witness.HEARD)
    try:
        async with (
            open_office(made, data=data, address=address, console=partial(Listener, heard=heard)) as live,
            trio.open_nursery() as nursery,
        ):
            served: Served = await nursery.start(
                partial(serve, live, port=0, token=secrets.token_urlsafe(32), data=data)
            )
            say(up=OFFICE, url=served.url, feed=served.feed_port)
            nursery.start_soon(_tell, live, heard)
            async for _ in stages():
                pass
            nursery.cancel_scope.cancel()
    finally:
        heard.close()


async def _tell(live: LiveOffice[Listener], heard: Writer) -> None:
    while True:
        await trio.sleep(TELL_SECONDS)
        heard.flush()
        office = live.office
        say(
            at=time.time(),
            facts=live.console.heard,
            loads=office.waiting,
            inputs=office.live.waiting,
            cpu=time.process_time(),
        )


def main(arguments: list[str]) -> int:
    """Run, and say in one line what stopped it if it was an error of ours."""
    chain, sites, rate, data, address, logs = arguments
    log.configure("warning")
    made = prepared(chain, int(sites), float(rate))
    try:
        with data_directory.claim(Path(data), made, made_by=f"node {OFFICE}"):
            trio.run(partial(run, made, Path(data), OfficeAddress.of(address), Path(logs)))
    except HawkerError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
