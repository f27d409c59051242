"""Runs reports for pages and schedules: each in a child process, few at a time, none for long."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import structlog
import trio

from console.reports.definition import STANDARD, Days, Definition
from console.reports.names import names_of
from console.reports.question import WRONG, Question
from console.reports.ranges import days_of, today
from console.reports.schedule import next_run_us
from console.reports.store import Made, ReportStore, Saved, Schedule
from runtime.errors import HawkerError, Refused
from scenarios.chain import Chain
from scenarios.data_directory import LEDGER

CHILDREN = 2
SECONDS_MAX = 150.0
"""A report that takes longer is ended."""
LOOK_SECONDS = 1.0
CHILD = "console.reports.child"
log = structlog.get_logger("console.reports")


class ReportDesk:
    """Reports of one running chain.

    Args:
        chain: it.
        now_us: its clock.
        folder: its data folder; None: it has no ledger file, and every report is refused.

    Attributes:
        store: what is saved and scheduled.
    """

    def __init__(self, chain: Chain, now_us: Callable[[], int], folder: Path | None) -> None:
        self.chain, self.now_us, self.folder = chain, now_us, folder
        self.names = names_of(chain)
        self.store = ReportStore(folder)
        self._children = trio.CapacityLimiter(CHILDREN)

    def close(self) -> None:
        """Let go of what is saved."""
        self.store.close()

    def today(self) -> date:
        """The chain's business day now."""
        return today(self.now_us(), self.chain.zone, self.chain.cutoff_minute)

    async def run(
        self,
        report: str,
        definition: Definition,
        days: Days,
        *,
        compare: str = "",
        form: str,
        language: str = "en",
        places: tuple[str, ...] | None = None,
    ) -> bytes:
        """A report as a file, or as the table that pages show.

        Args:
            report: what to call it.
            definition: checked before the child begins.
            days: its business days.
            compare: of ``COMPARISONS``.
            form: of ``files.FORMATS``, or ``question.TABLE``.
            language: of the catalogue.
            places: all that may count; None: no limit.

        Raises:
            ReportError: the report cannot be.
            Refused: there is no ledger, or it took too long.
        """
        definition.checked()
        days.earlier(compare)
        if self.folder is None or not (ledger := self.folder / LEDGER).is_file():
            raise Refused("report: must have a ledger in a data folder, this chain keeps none")
        question = Question(
            folder=str(self.folder), ledger=str(ledger), names=self.names, report=report,
            definition=definition, first=days.first, last=days.last, compare=compare, form=form,
            language=language, places=places,
        )  # fmt: skip
        command = [sys.executable, "-m", CHILD]
        async with self._children:
            with trio.move_on_after(SECONDS_MAX):
                ended = await trio.run_process(
                    command,
                    stdin=msgspec.json.encode(question),
                    capture_stdout=True,
                    capture_stderr=True,
                    check=False,
                )
                return _answer(ended)
        raise Refused(f"report {report}: must be done within {SECONDS_MAX:g} s: choose fewer days or places")

    async def keep_schedule(self) -> None:
        """Make what is due, for ever."""
        while True:
            await self.make_due()
            await trio.sleep(LOOK_SECONDS)

    async def make_due(self) -> None:
        """Make every report that is due now, once however often it was missed."""
        now = self.now_us()
        for number, owner, next_us, schedule in self.store.schedules():
            if next_us <= now:
                self.store.plan_next(number, next_run_us(schedule, now, self.chain.zone))
                await self._make(number, owner, schedule)

    async def _make(self, number: int, owner: str, schedule: Schedule) -> None:
        name, first, last, content, wrong = schedule.report, "", "", b"", ""
        try:
            name, definition = self._definition(schedule)
            days = days_of(schedule.range, None, None, self.today())
            first, last = days.first.isoformat(), days.last.isoformat()
            content = await self.run(
                name, definition, days, compare=schedule.compare, form=schedule.form,
                language=schedule.language, places=schedule.places,
            )  # fmt: skip
        except HawkerError as error:
            log.warning("scheduled report failed", schedule=number, why=str(error))
            wrong = str(error)
        made = Made(report=name, first=first, last=last, form=schedule.form, size=len(content), wrong=wrong)
        await trio.to_thread.run_sync(
            self.store.keep, number, owner, self.now_us(), made, content, schedule.keep
        )

    def _definition(self, schedule: Schedule) -> tuple[str, Definition]:
        if schedule.report:
            return schedule.report, STANDARD[schedule.report]
        saved = self.saved(schedule.saved)
        if saved is None:
            raise Refused(f"report {schedule.saved}: must still be saved")
        return saved.name, saved.definition

    def saved(self, number: int) -> Saved | None:
        """A saved report by its number."""
        return next((each for at, _, each in self.store.saved() if at == number), None)


def _answer(ended: subprocess.CompletedProcess[bytes]) -> bytes:
    if ended.returncode == 0:
        return ended.stdout
    said = ended.stderr.decode("utf-8", "replace")
    if ended.returncode == WRONG:
        raise Refused(said)
    log.error("report process failed", code=ended.returncode, said=said[-2000:])
    raise Refused("report: could not be made, the console's log says why")
