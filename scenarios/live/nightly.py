"""Once a day a running chain reads again what its disk holds, and somebody hears of it if that is damaged."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import msgspec
import trio

from actors.ledger.business_day import BusinessDays
from runtime import log
from runtime.clock import Clock
from runtime.health import IntegrityChecked
from scenarios.chain import Chain
from scenarios.live.health import Checked
from scenarios.live.integrity import Found

AFTER_CUTOFF_US = 10 * 60_000_000
"""After the books of a day are closed and counted; few people buy then."""
REST = 20
"""A check is followed by a rest of so many times its length, however fast the chain's days pass."""


class Nightly:
    """The daily check of a data directory, ten minutes after each business day's cut-off.

    Args:
        chain: whose days.
        clock: the chain's.
        data: the directory.
        tell: takes what was found, of each journal and of the ledger.

    Attributes:
        last: the last check that ended since this process began; None before the first.
    """

    def __init__(
        self, chain: Chain, clock: Clock, data: Path, tell: Callable[[IntegrityChecked], None]
    ) -> None:
        self._days = BusinessDays(chain.time_zone, chain.cutoff_minute)
        self._clock = clock
        self._data = data
        self._tell = tell
        self.last: Checked | None = None

    def next_us(self, now_us: int) -> int:
        """When the next check is due, microseconds since 1970 UTC."""
        today = date.fromisoformat(self._days.day(now_us))
        due = self._days.begin_us(today) + AFTER_CUTOFF_US
        return due if due > now_us else self._days.begin_us(today + timedelta(days=1)) + AFTER_CUTOFF_US

    async def run(self) -> None:
        """Check day after day until cancelled."""
        while True:
            await self._clock.sleep_until(self.next_us(self._clock.now_us()))
            began = trio.current_time()
            await self.check()
            await trio.sleep(REST * (trio.current_time() - began))

    async def check(self) -> None:
        """Check once, in a process of its own, and tell what was found."""
        path = os.pathsep.join(entry for entry in sys.path if entry)
        done: CompletedProcess[bytes] = await trio.run_process(
            [sys.executable, "-m", "scenarios.live.integrity", str(self._data)],
            env={**os.environ, "PYTHONPATH": path},
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            log.get(node="integrity").error("daily check did not end", code=done.returncode, said=said)
            return
        every = msgspec.json.decode(done.stdout, type=list[Found])
        self.last = Checked(
            at_us=self._clock.now_us(),
            of=tuple(found.of for found in every),
            wrong=tuple((found.of, found.wrong) for found in every if found.wrong),
        )
        for found in every:
            if found.wrong:
                log.get(node="integrity").error("damage found", of=found.of, wrong=found.wrong)
            self._tell(IntegrityChecked(of=found.of, wrong=found.wrong))
