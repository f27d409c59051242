"""``hawker load``: a live office, its sites and its operators at a rate, and the books afterwards."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import trio

from runtime.errors import ConfigError, HawkerError
from runtime.live import sole_error
from scenarios.assembly import OFFICE
from scenarios.load import books, figures, knee
from scenarios.load.books import Books
from scenarios.load.chain import prepared
from scenarios.load.figures import Second, Spread, StageFigures
from scenarios.load.knee import Bars
from scenarios.load.processes import CLIENTS_MODULE, OPERATORS, Child, Folders, commands, paired, started
from scenarios.load.shoppers import Stage
from scenarios.scenario import Prepared

LEAD_SECONDS = 1.0
"""From the word to the first shopper: the word has reached every site by then."""
DRAIN_SECONDS_MAX = 900.0
SETTLE_SECONDS = 2.0
"""After a step of a search, besides the backlog's end: what is still written down."""
LOOK_SECONDS = 0.2


@attrs.frozen(kw_only=True)
class Wanted:
    """What is asked for.

    Attributes:
        rate: sales a second over all sites.
        burst: so many times the rate for ``burst_seconds``, in the middle; 1 for none.
        find_knee: search for the highest rate that holds the bars, ``seconds`` a step, from ``rate`` on.
    """

    chain: str
    rate: float
    seconds: float
    burst: float = 1.0
    burst_seconds: float = 0.0
    sites: int = 2
    operators: int = 3
    find_knee: bool = False
    bars: Bars = attrs.field(factory=Bars)


@attrs.frozen(kw_only=True)
class LoadResult:
    """A load; ``as_json`` is what ``hawker load --json`` prints.

    Attributes:
        cores: processor time a second that each process used, in all stages together.
        deepest: the most that ever waited where.
        answers: the operators' requests, and ``failed`` those not answered with 200.
        knee: the highest rate found to hold the bars; None if none was looked for, or none held.
    """

    wanted: Wanted
    stages: tuple[StageFigures, ...]
    timeline: tuple[Second, ...]
    cores: dict[str, float]
    deepest: dict[str, int]
    answers: Spread
    failed: int
    drain_seconds: float
    books: Books
    knee: float | None

    @property
    def ok(self) -> bool:
        """Whether the books are exact: nothing lost, nothing doubled."""
        return self.books.ok

    @property
    def began_us(self) -> int:
        """When the first stage did; the timeline counts from here."""
        return self.stages[0].from_us

    def as_json(self) -> dict[str, Any]:
        """The document."""
        return {"ok": self.ok, **attrs.asdict(self)}


def load(wanted: Wanted, folder: Path, progress: Callable[[str], None] = lambda _: None) -> LoadResult:
    """Run a load in a folder, which keeps all data.

    Raises:
        ConfigError: a chain without so many stores, or a folder that is not empty.
        HawkerError: a process ended before its time, or the backlog did not drain.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"--data {folder}: must be an empty folder, or none")
    made = prepared(wanted.chain, wanted.sites, wanted.rate)
    try:
        return trio.run(partial(_load, wanted, made, Folders(folder), progress))
    except BaseExceptionGroup as group:
        raise sole_error(group) from None


async def _load(
    wanted: Wanted, made: Prepared, folders: Folders, progress: Callable[[str], None]
) -> LoadResult:
    sites = [name for name in made.chain.nodes if name != OFFICE]
    async with _running(wanted, made, folders, sites, progress) as children:
        found: float | None = None
        if wanted.find_knee:
            stages, found = await _search(wanted, folders, children, sites, progress)
        else:
            stages = await _steady(wanted, children, sites, progress)
        began = trio.current_time()
        progress("draining")
        await _drained(children, sites)
        drain_seconds = trio.current_time() - began
    progress("checking the books")
    seen = figures.seen(folders, sites)
    checked = await trio.to_thread.run_sync(books.checked, folders, made.chain)
    return LoadResult(
        wanted=wanted,
        stages=tuple(figures.of_stage(stage, seen) for stage in stages),
        timeline=tuple(figures.timeline(stages[0].from_us, seen)),
        cores={name: _cores(child, stages) for name, child in children.items()},
        deepest=_deepest(children),
        answers=figures.spread(seen.asked["took_us"]),
        failed=int((seen.asked["status"] != 200).sum()),
        drain_seconds=round(drain_seconds, 2),
        books=checked,
        knee=found,
    )


@asynccontextmanager
async def _running(
    wanted: Wanted, made: Prepared, folders: Folders, sites: list[str], progress: Callable[[str], None]
) -> AsyncIterator[dict[str, Child]]:
    """All processes, up and linked; asked to end afterwards, the office last."""
    address = paired(folders, made, sites)
    progress("starting")
    async with AsyncExitStack() as stack, trio.open_nursery() as nursery:
        children: dict[str, Child] = {}
        for name, command in commands(wanted.chain, made, wanted.rate, folders, address).items():
            child = children[name] = await stack.enter_async_context(started(name, folders, *command))
            nursery.start_soon(child.listen)
        for child in list(children.values()):
            await child.ready()
        if wanted.operators:
            command = [CLIENTS_MODULE, children[OFFICE].up["url"], str(wanted.operators), str(folders.logs)]
            child = children[OPERATORS] = await stack.enter_async_context(
                started(OPERATORS, folders, *command)
            )
            nursery.start_soon(child.listen)
            await child.ready()
        yield children
        for name in (OPERATORS, OFFICE):
            if name in children:
                await children[name].end()
                await children[name].ended()


async def _steady(
    wanted: Wanted, children: dict[str, Child], sites: list[str], progress: Callable[[str], None]
) -> list[Stage]:
    """The rate, with the burst in its middle if there is one."""
    from_us = time.time_ns() // 1000 + round(LEAD_SECONDS * 1e6)
    parts = [("steady", wanted.rate, wanted.seconds)]
    if wanted.burst > 1 and wanted.burst_seconds:
        half = ("steady", wanted.rate, wanted.seconds / 2)
        parts = [half, ("burst", wanted.rate * wanted.burst, wanted.burst_seconds), half]
    stages = []
    for name, rate, seconds in parts:
        stages.append(Stage(name, rate, seconds, from_us))
        from_us = stages[-1].until_us
    for stage in stages:
        for site in sites:
            await children[site].tell(stage)
    for stage in stages:
        progress(f"{stage.name}: {stage.rate:,.0f} sales a second for {stage.seconds:g} s")
        await trio.sleep(max(0.0, stage.until_us / 1e6 - time.time()))
    return stages


async def _search(
    wanted: Wanted,
    folders: Folders,
    children: dict[str, Child],
    sites: list[str],
    progress: Callable[[str], None],
) -> tuple[list[Stage], float | None]:
    """Steps of one rate each, until the knee is between two of them."""
    stages: list[Stage] = []
    steps: list[tuple[float, bool]] = []
    rate: float | None = wanted.rate
    while rate is not None:
        stage = Stage("step", rate, wanted.seconds, time.time_ns() // 1000 + round(LEAD_SECONDS * 1e6))
        stages.append(stage)
        for site in sites:
            await children[site].tell(stage)
        progress(f"step: {rate:,.0f} sales a second for {wanted.seconds:g} s")
        await trio.sleep(max(0.0, stage.until_us / 1e6 - time.time()) + SETTLE_SECONDS)
        await _caught_up(children, sites)
        found = figures.of_stage(stage, figures.seen(folders, sites))
        steps.append((rate, wanted.bars.hold(found)))
        rate = knee.next_rate(steps)
    return stages, knee.best(steps)


async def _caught_up(children: dict[str, Child], sites: list[str]) -> None:
    """Wait until no site has facts that the office lacks, by what each said last."""
    with trio.move_on_after(DRAIN_SECONDS_MAX):
        while any(_busy(children[site]) for site in sites):  # noqa: ASYNC110 - it says so every second
            await trio.sleep(LOOK_SECONDS)
        return
    raise HawkerError(f"load: the backlog must drain within {DRAIN_SECONDS_MAX:g} s, it did not")


def _busy(site: Child) -> bool:
    last = site.said[-1]
    return bool(last["backlog"] or last["queued"])


async def _drained(children: dict[str, Child], sites: list[str]) -> None:
    """Have the sites finish: everybody served, every fact at the office, processes ended."""
    with trio.move_on_after(DRAIN_SECONDS_MAX):
        for site in sites:
            await children[site].end()
        for site in sites:
            await children[site].drained.wait()
            await children[site].ended()
        return
    raise HawkerError(f"load: the backlog must drain within {DRAIN_SECONDS_MAX:g} s, it did not")


def _cores(child: Child, stages: list[Stage]) -> float:
    """Processor seconds a second from the first stage to the end of the last."""
    begin, end = stages[0].from_us / 1e6, stages[-1].until_us / 1e6
    within = [said for said in child.said if begin <= said["at"] <= end + LOOK_SECONDS]
    if len(within) < 2:
        return 0.0
    first, last = within[0], within[-1]
    return float(round((last["cpu"] - first["cpu"]) / (last["at"] - first["at"]), 3))


def _deepest(children: dict[str, Child]) -> dict[str, int]:
    """The most that ever waited: facts not at the office, input, shoppers, facts before the ledger."""
    found: dict[str, int] = {}
    for child in children.values():
        for said in child.said:
            for what in ("backlog", "inputs", "queued", "loads"):
                if what in said:
                    name = f"{'office' if child.name == OFFICE else 'site'} {what}"
                    found[name] = max(found.get(name, 0), said[what])
    return found
