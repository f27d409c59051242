"""A chain that runs until it is killed: ``python -m tests.scenarios.dying_chain DATA SPEED``.

It prints how many facts the console has heard, so that the killer knows that it is in the midst of things.
"""

from __future__ import annotations

import sys
from pathlib import Path

import trio

from scenarios.live.chain import open_live
from tests.scenarios.small_chain import Ears, prepared


async def run(data: Path, speed: float) -> None:
    async with open_live(prepared(), data=data, speed=speed, console=Ears) as live:
        ears = live.console
        while True:
            print(len(ears.heard), flush=True)
            await ears.hears_more()


if __name__ == "__main__":
    trio.run(run, Path(sys.argv[1]), float(sys.argv[2]))
