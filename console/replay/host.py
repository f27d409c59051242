"""A recorded day as a host of the console: the same pages, but what they show has happened already."""

from __future__ import annotations

import copy
from pathlib import Path

import trio

from console.state.actor import ConsoleActor
from runtime.errors import Refused
from scenarios.chain import Chain
from scenarios.live.health import LinkState
from scenarios.replay.playback import Playback
from scenarios.replay.recorded_day import ChainDay, dates, read_chain_day

TICK_SECONDS = 0.05
AT_ONCE = 2_000
"""Events heard without leaving the loop: some 50 ms."""


def copied(actor: ConsoleActor) -> ConsoleActor:
    """A console actor that goes its own way; the chain they share."""
    return copy.deepcopy(actor, {id(actor.chain): actor.chain})


class ReplayHost:
    """Plays one of the days of a recording (console.host.Host).

    Args:
        directory: the recording, or the data directory of a live chain.
        day: shown first.

    Attributes:
        dates: the days that can be chosen, ISO, in order.
        playback: of the day at hand.
        last: the event that was stepped to, as text; "" while playing.
    """

    def __init__(self, directory: Path, day: ChainDay) -> None:
        self.directory = directory
        self.dates = dates(directory)
        self.playback = _begin(day)
        self.last = ""
        self._moving = trio.Lock()

    @property
    def chain(self) -> Chain:
        """The chain as it was recorded."""
        return self.playback.day.chain

    @property
    def console(self) -> ConsoleActor:
        """What was known at the moment shown; another object after going back."""
        return self.playback.hearer

    @property
    def speed(self) -> float:
        """Recorded seconds a second; 0 is paused. Setting one beyond 0 to 600 raises Refused."""
        return self.playback.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self.playback.speed = speed
        self.last = ""

    def now_us(self) -> int:
        """The moment shown, microseconds since 1970 UTC."""
        return self.playback.now_us

    def tell(self, address: str, message: object) -> None:
        """Raises Refused: what happened cannot be changed."""
        raise Refused(f"replay: takes no commands, {address} did what it did")

    def nodes(self) -> list[tuple[str, bool, int]]:
        """Every node that was recorded, as if linked."""
        return [(name, True, self.now_us()) for name in self.chain.nodes]

    @property
    def data(self) -> None:
        """None: what is kept was kept then."""

    def links(self) -> list[LinkState]:
        """Every node that was recorded, as if linked."""
        now_us = self.now_us()
        return [
            LinkState(node=name, linked=True, heard_us=now_us, epoch=0, facts=0) for name in self.chain.nodes
        ]

    def checked(self) -> None:
        """None: nothing is checked while a day is shown."""

    async def seek(self, at_us: int) -> None:
        """Go to a moment; beyond the day is its beginning or end. What is far is heard in a thread."""
        async with self._moving:
            playback = self.playback
            if not 0 <= playback.place_at(at_us) - playback.place <= AT_ONCE:
                playback = await trio.to_thread.run_sync(playback.ahead, at_us)
            else:
                playback.seek(at_us)
            self.playback, self.last = playback, ""

    async def step(self, events: int) -> None:
        """Go so many events forwards, or backwards."""
        async with self._moving:
            playback = self.playback if events > 0 else copy.copy(self.playback)
            report = (
                await trio.to_thread.run_sync(playback.step, events) if events < 0 else playback.step(events)
            )
            self.playback = playback
        self.last = "" if report is None else f"{report.source}: {report.content}"

    async def choose(self, date: str) -> None:
        """Show another day from its beginning, paused. Raises ConfigError if nobody recorded it."""
        async with self._moving:
            day = await trio.to_thread.run_sync(read_chain_day, self.directory, date)
            self.playback = await trio.to_thread.run_sync(_begin, day)
            self.last = ""

    async def run(self) -> None:
        """Let time pass until cancelled."""
        then = trio.current_time()
        while True:
            await trio.sleep(TICK_SECONDS)
            now = trio.current_time()
            self.playback.pass_time(now - then)
            then = now


def _begin(day: ChainDay) -> Playback[ConsoleActor]:
    return Playback(day, ConsoleActor(day.chain), copied)
