"""A recorded day on the console: choose it, play it, go to a moment, step by event, compare two."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import trio
from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, Parameter

from console.people.permissions import WHOLE_CHAIN
from console.replay.host import ReplayHost
from scenarios.replay.day_figures import DayFigures, figures
from scenarios.replay.recorded_day import read_chain_day

MARKS = 240
MAY = {"permission": "replay", "place": WHOLE_CHAIN}
STEER = {**MAY, "reads": True}
"""Going to a moment changes nothing: it is not audited."""


class Shown(msgspec.Struct):
    """Which day is shown, and where in it we are; moments in milliseconds since 1970 UTC.

    Attributes:
        density: events in each of 240 equal parts of the day.
        last: the event stepped to; "" otherwise.
        lacks: what the recording of this day lacks.
    """

    dates: list[str]
    date: str
    from_ms: int
    to_ms: int
    at_ms: int
    speed: float
    place: int
    events: int
    last: str
    density: list[int]
    lacks: list[str]


class GoTo(msgspec.Struct, forbid_unknown_fields=True):
    """Where to go: a moment in milliseconds since 1970 UTC."""

    at_ms: Annotated[int, msgspec.Meta(ge=0, le=1 << 52)]


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """Events forwards, or backwards if negative."""

    events: Annotated[int, msgspec.Meta(ge=-1000, le=1000)]


class Play(msgspec.Struct, forbid_unknown_fields=True):
    """Recorded seconds a second; 0 pauses."""

    speed: Literal[0, 1, 10, 60, 300, 600]


class Choose(msgspec.Struct, forbid_unknown_fields=True):
    """A day of the recording, ISO."""

    date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


Day = Annotated[str, Parameter(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Shower:
    """Says what a replay shows; counts a day's density once."""

    def __init__(self, host: ReplayHost) -> None:
        self.host = host
        self._density: dict[str, list[int]] = {}
        self._figures: dict[str, DayFigures] = {}

    def recorded(self, date: str) -> str:
        """The date, if that day was recorded; else 404."""
        if date not in self.host.dates:
            raise NotFoundException(f"day must be one of those recorded, not {date}")
        return date

    def shown(self) -> Shown:
        """The day and the moment."""
        host, playback = self.host, self.host.playback
        day = playback.day
        if day.date not in self._density:
            self._density = {day.date: _density([event[0] for event in day.events])}
        return Shown(
            dates=host.dates,
            date=day.date,
            from_ms=day.from_us // 1000,
            to_ms=day.to_us // 1000,
            at_ms=host.now_us() // 1000,
            speed=host.speed,
            place=playback.place,
            events=len(day.events),
            last=host.last,
            density=self._density[day.date],
            lacks=day.lacks,
        )

    async def figures(self, date: str) -> DayFigures:
        """A recorded day in figures, counted once."""
        if date not in self._figures:
            day = await trio.to_thread.run_sync(read_chain_day, self.host.directory, self.recorded(date))
            self._figures[date] = await trio.to_thread.run_sync(figures, day)
        return self._figures[date]


def routes(host: ReplayHost) -> list[HTTPRouteHandler]:
    """What the replay bar asks and says."""
    shower = Shower(host)

    @get("/api/replay", sync_to_thread=False, opt=MAY)
    def where() -> Shown:
        """The day that is shown, and the moment."""
        return shower.shown()

    @post("/api/replay/seek", status_code=200, opt=STEER)
    async def seek(data: Annotated[GoTo, Body()]) -> Shown:
        """Go to a moment of the day."""
        await host.seek(data.at_ms * 1000)
        return shower.shown()

    @post("/api/replay/step", status_code=200, opt=STEER)
    async def step(data: Annotated[Step, Body()]) -> Shown:
        """Go some events on, or back; pauses."""
        await host.step(data.events)
        return shower.shown()

    @post("/api/replay/speed", sync_to_thread=False, status_code=200, opt=STEER)
    def speed(data: Annotated[Play, Body()]) -> Shown:
        """Play, faster or slower, or pause."""
        host.speed = float(data.speed)
        return shower.shown()

    @post("/api/replay/day", status_code=200, opt=STEER)
    async def choose(data: Annotated[Choose, Body()]) -> Shown:
        """Show another recorded day from its beginning."""
        await host.choose(shower.recorded(data.date))
        return shower.shown()

    @get("/api/replay/figures/{date:str}", opt=MAY)
    async def day_figures(date: Day) -> DayFigures:
        """A recorded day in figures, by the quarter of an hour."""
        return await shower.figures(date)

    return [where, seek, step, speed, choose, day_figures]


def _density(moments: list[int]) -> list[int]:
    """How many of these fall into each of ``MARKS`` equal parts of their span."""
    marks = [0] * MARKS
    begin, span = moments[0], max(1, moments[-1] - moments[0] + 1)
    for moment in moments:
        marks[(moment - begin) * MARKS // span] += 1
    return marks
