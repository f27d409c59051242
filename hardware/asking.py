"""What drivers of boards that only speak when asked have in common: one task, one thing at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import trio

from hardware.answers import Answers
from hardware.contract.motor_board import NOT_TURNED, AskTurn, TurnMotor
from hardware.driver import Tell, Watch
from hardware.framed import Framed
from hardware.presence import Presence
from hardware.splitter import Splitter
from hardware.turns import Turns
from hardware.unserved import Unserved

F = TypeVar("F")
R = TypeVar("R")

START_SECONDS = 10.0
"""How long a question about an old turn waits for a board that starts."""

WAIT_SECONDS = 0.3

IDLE_SECONDS = 1.0
"""How often a board with nothing to do is asked whether it is there."""

LOST_SECONDS = 3.0
"""Silence after which it counts as lost: three questions."""


class AskingDriver(ABC, Generic[F]):
    """Gives turns to a board one after another, answers questions, and asks for signs of life between.

    Attributes:
        serves: names of its devices.
    """

    def __init__(self, serves: tuple[str, ...]) -> None:
        self.serves = serves
        self._answers = Answers(serves)
        self._turns = Turns(self._answers.tell)
        self._presence = Presence(serves, self._answers.tell)
        self._unserved = Unserved()
        self._orders = trio.Event()
        self._began = 0.0
        self._sent = False
        self._wire: Framed[F]

    def order(self, device: str, order: object) -> None:
        """See ``hardware.driver.Driver``."""
        self._unserved.ordered()
        match order:
            case TurnMotor():
                self._turns.turn(order)
            case AskTurn():
                self._turns.ask(order)
            case _:
                self._other(device, order)
        self._orders.set()

    async def run(self, stream: trio.abc.Stream, tell: Tell, watch: Watch | None = None) -> None:
        """See ``hardware.driver.Driver``."""
        self._wire = Framed(stream, self._splitter(), self._shown, watch)
        self._presence.answers = None
        self._began = trio.current_time()
        self._answers.listen(tell)
        if self._unserved.begin():
            self._end_unsent()
        try:
            while True:
                self._orders = trio.Event()
                await self._do_all()
                with trio.move_on_after(IDLE_SECONDS):
                    await self._orders.wait()
        finally:
            self._end_unsent()
            self._unserved.end()
            self._answers.listen(None)

    def _end_unsent(self) -> None:
        """End the turns of which the board cannot have heard: none turns after a wire was broken."""
        if self._turns.running is not None and not self._sent:
            self._turns.end(self._turns.running, NOT_TURNED)
        self._turns.end_waiting()

    async def _do_all(self) -> None:
        turns = self._turns
        while True:
            if (order := turns.running) is not None:  # the wire broke while it ran
                turns.end(order, await self._look_up(AskTurn(lane=order.lane, turn=order.turn)))
            elif turns.asked:
                outcome = await self._look_up(turns.asked[0])
                turns.end(turns.asked.popleft(), outcome)
            elif turns.waiting:
                turns.running, self._sent = turns.waiting.popleft(), False
                turns.end(turns.running, await self._turn(turns.running))
                await self._after_turn()
            else:
                await self._idle()
                return

    def _note(self, heard: bool) -> None:
        """A question was answered, or not."""
        if heard:
            self._presence.heard()
        elif trio.current_time() - max(self._began, self._wire.heard_at) >= LOST_SECONDS:
            self._presence.silent()

    async def _patiently(self, question: Callable[[], Awaitable[R | None]]) -> R | None:
        """Ask until there is an answer, or a board that starts should long have started."""
        until = trio.current_time() + START_SECONDS
        answer = await question()
        for _ in range(round(START_SECONDS / WAIT_SECONDS)):
            if answer is not None or trio.current_time() >= until:
                break
            await trio.sleep(WAIT_SECONDS)
            answer = await question()
        return answer

    @abstractmethod
    def _splitter(self) -> Splitter[F]:
        """Cuts the board's answers out of bytes."""

    @abstractmethod
    def _shown(self, frame: F) -> tuple[bytes, str]:
        """An answer's bytes, and one line of what it means."""

    @abstractmethod
    async def _turn(self, order: TurnMotor) -> str:
        """Turn the motor; return the outcome. Sets ``_sent`` before the board can have heard of it."""

    @abstractmethod
    async def _look_up(self, order: AskTurn) -> str:
        """What the board can tell of a turn; turns nothing."""

    @abstractmethod
    async def _idle(self) -> None:
        """Nothing waits: do what else is to be done and ask for a sign of life."""

    async def _after_turn(self) -> None:
        """The outcome was told."""
        return

    def _other(self, device: str, order: object) -> None:
        """Take an order that is no turn; a board that has no words for it leaves it."""
        return
