"""A node that says what it did: ``python -m tests.processes.child NAME DATA OFFICE SINCE_US SPEED QUIET``.

A site writes a line for every fact of a sale that was on disk when its customer was served, the moment the
message has left the node. Whoever reads the lines knows what was acknowledged, whatever befell the process.

OFFICE is HOST:PORT, SINCE_US the moment (by this computer's clock and by the chain's) from which on the chain
runs SPEED times as fast. A site that is QUIET ("1") has no customers.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import attrs
import trio

from actors.machine.messages import VendCompleted
from actors.store.messages import SaleCompleted
from console.cli.until_signal import until_signal
from hardware.contract.keypad import Served
from runtime.bus.key_folder import OfficeAddress
from runtime.clock import PacedClock, wall_us
from runtime.errors import HawkerError
from scenarios.assembly import OFFICE
from scenarios.chain import LanePlan
from scenarios.live.keys import paired
from scenarios.live.process import LiveSite, MakeClock, open_office, open_site
from scenarios.scenario import Prepared
from tests.scenarios import small_chain
from tests.scenarios.small_chain import Ears

LANES = 60
PLENTY = 20_000


def prepared(*, quiet: bool = False) -> Prepared:
    """The small chain without rounds, with more goods than anybody will buy."""
    made = small_chain.prepared()
    lanes = tuple(
        LanePlan(
            code=f"{letter}{number}",
            product="cola",
            price_minor=800,
            capacity=PLENTY,
            par=PLENTY,
            level=PLENTY,
        )
        for letter in "ABCDEF"
        for number in range(LANES // 6)
    )
    choices = tuple((plan.code, plan.price_minor, 1.0) for plan in lanes)
    chain = attrs.evolve(
        made.chain,
        machines=tuple(attrs.evolve(plan, lanes=lanes) for plan in made.chain.machines),
        stores=tuple(attrs.evolve(plan, stock=(("cola", 50 * PLENTY),)) for plan in made.chain.stores),
        warehouses=(),
        vans=(),
        restock=None,
    )
    rates = tuple(attrs.evolve(each, lanes=choices) for each in made.machine_rates)
    return attrs.evolve(
        made,
        chain=chain,
        machine_rates=() if quiet else rates,
        store_rates=() if quiet else made.store_rates,
    )


class Witness(LiveSite):
    """A site that writes down what it acknowledged."""

    told: int | None = None

    def order(self, address: str, message: Any) -> None:
        if self.told is None:
            self.told = self.site.facts.head()[0]
        super().order(address, message)
        if isinstance(message, Served) and message.vended:
            self._write_down()

    def _write_down(self) -> None:
        assert self.told is not None
        while records := self.site.facts.read(self.told, 1000):
            self.told = records[-1].seq
            lines = [
                f"sold {self.site.name} {self.site.epoch} {record.seq} {record.chain.hex()}\n"
                for record in records
                if isinstance(record.fact(), VendCompleted | SaleCompleted)
            ]
            sys.stdout.write("".join(lines))
            sys.stdout.flush()


def clock(since_us: int, speed: float) -> MakeClock:
    """One clock for all processes, however often they start; a later ``since_us`` steps it back."""

    def make(begin_us: int) -> PacedClock:
        return PacedClock(max(begin_us, since_us + int((wall_us() - since_us) * speed)), speed)

    return make


async def run(name: str, data: Path, office: OfficeAddress, make_clock: MakeClock, quiet: bool) -> None:
    """Run the node until SIGTERM."""

    async def wait() -> None:
        print("up", flush=True)
        await trio.sleep(math.inf)

    made = prepared(quiet=quiet)
    if name == OFFICE:
        async with open_office(made, data=data, address=office, console=Ears, make_clock=make_clock):
            await until_signal(wait)
        return
    keys, address = paired(data, name, office)
    async with open_site(
        made, name, data=data, keys=keys, office=address, make_clock=make_clock, kind=Witness
    ):
        await until_signal(wait)


def main(arguments: list[str]) -> int:
    """Run, and say in one line what stopped the node if it was an error of ours."""
    name, data, office, since_us, speed, quiet = arguments
    make_clock = clock(int(since_us), float(speed))
    try:
        trio.run(run, name, Path(data), OfficeAddress.of(office), make_clock, quiet == "1")
    except HawkerError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
