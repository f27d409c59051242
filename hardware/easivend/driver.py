"""Driver of an Easivend column board, whose numbers make a turn asked twice a question."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from hardware.asking import AskingDriver
from hardware.contract.motor_board import DROPPED, NO_DROP, NOT_TURNED, STUCK, UNKNOWN, AskTurn, TurnMotor
from hardware.easivend.codec import (
    BUSY,
    CHECK,
    COLUMNS,
    DID_NOT_MOVE,
    DID_NOT_RETURN,
    DISPENSE,
    FAILED,
    NOT_HOME_BEFORE,
    Reply,
    Request,
    encode_reply,
    encode_request,
    replies,
)
from hardware.lanes import lane_number
from hardware.splitter import Splitter

NUMBERS = 255
"""Numbers go from 1 to 255: 0 never counts as the same (maker's source)."""

ANSWER_SECONDS = 0.3
"""For an answer; the board itself gives a frame 200 ms to come in (maker's source)."""

TRIES = 3
POLL_SECONDS = 0.3
TURN_SECONDS_MAX = 30.0
"""From order to answer (estimate)."""

GIVE_SECONDS = 1.0
"""A turn is ordered again, under its number, only so long after the first time. Should the board have lost
its power and memory in between, its motor had less than a second, and no product falls twice in that."""

QUIET_SECONDS = 3.0
"""A driver that starts asks nothing by itself for so long: a question about the last turn may come first, and
any other number makes the board forget it. A machine asks as soon as it has started."""


def number_of(turn: int) -> int:
    """The board's number for a turn; turns that a machine counts near one another have different ones."""
    return turn % NUMBERS + 1


def outcome_of(status: int) -> str:
    """How a turn ended, by its status bits."""
    if not status & FAILED:
        return DROPPED
    return STUCK if status & (DID_NOT_MOVE | DID_NOT_RETURN | NOT_HOME_BEFORE) else NO_DROP


class EasivendDriver(AskingDriver[Reply]):
    """Column board; baud and parity stand nowhere, 9600 8N1 is the maker's other boards'.

    Attributes:
        kind: "easivend".
        serves: "board".
    """

    kind = "easivend"

    def __init__(self, lanes: Mapping[str, int] | None = None) -> None:
        """Make a driver with an empty memory.

        Args:
            lanes: columns of lanes, 1-80, that the default rule (``hardware.lanes``) gets wrong.
        """
        super().__init__(("board",))
        self._lanes = lanes or {}
        self._last: int | None = None  # the number the board holds, if it was ours

    def _splitter(self) -> Splitter[Reply]:
        return replies()

    def _shown(self, frame: Reply) -> tuple[bytes, str]:
        return encode_reply(frame), str(frame)

    async def _turn(self, order: TurnMotor) -> str:
        column, number = lane_number(order.lane, self._lanes), number_of(order.turn)
        if order.joined or column not in COLUMNS or not await self._ready(number):
            return NOT_TURNED  # it cannot turn two columns together
        began = trio.current_time()
        self._sent = True
        self._last = number
        while trio.current_time() - began <= GIVE_SECONDS:
            reply = await self._ask_once(Request(number, DISPENSE, column))
            if reply is not None:
                break
        return await self._ending(number, column)

    async def _ready(self, number: int) -> bool:
        """Wait until no motor turns, and have the board hold another number than this."""
        other = self._last if self._last not in (None, number) else number % NUMBERS + 1
        assert other is not None
        until = trio.current_time() + TURN_SECONDS_MAX
        while trio.current_time() < until:
            reply = await self._check(other)
            if reply is None or not reply.status & BUSY:
                return reply is not None
            await trio.sleep(POLL_SECONDS)
        return False

    async def _ending(self, number: int, column: int) -> str:
        """Ask under the turn's number until the motor has stopped.

        A board that holds the number as a question, or for another column, has forgotten the turn.
        """
        until = trio.current_time() + TURN_SECONDS_MAX
        while trio.current_time() < until:
            reply = await self._check(number)
            if reply is not None and (reply.command, reply.column) != (DISPENSE, column):
                return UNKNOWN
            if reply is not None and not reply.status & BUSY:
                return outcome_of(reply.status)
            await trio.sleep(POLL_SECONDS)
        return UNKNOWN

    async def _look_up(self, order: AskTurn) -> str:
        column, number = lane_number(order.lane, self._lanes), number_of(order.turn)
        reply = await self._patiently(lambda: self._check(number))
        return UNKNOWN if reply is None else await self._ending(number, column)

    async def _idle(self) -> None:
        if self._last is not None:
            await self._check(self._last)
        elif trio.current_time() - self._began >= QUIET_SECONDS:
            await self._check(NUMBERS)

    async def _check(self, number: int) -> Reply | None:
        """Ask what became of a number; turns nothing, but a number the board does not hold it holds then."""
        self._last = number
        for _ in range(TRIES):
            if (reply := await self._ask_once(Request(number, CHECK, 1))) is not None:
                return reply
        return None

    async def _ask_once(self, request: Request) -> Reply | None:
        number = request.number
        reply = await self._wire.ask(
            encode_request(request), str(request), lambda reply: reply.number == number, ANSWER_SECONDS
        )
        self._note(reply is not None)
        return reply
