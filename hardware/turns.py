"""What a driver of a motor board remembers of turns, so that no number turns twice."""

from __future__ import annotations

from collections import deque

import attrs

from hardware.contract.motor_board import NOT_TURNED, UNKNOWN, AskTurn, MotorTurned, TurnMotor
from hardware.driver import Tell

WAITING_MAX = 32
"""Turns and questions that may wait; more are answered at once."""

KEPT = 512
"""Turns whose end is remembered. A machine asks again about its last few only."""


@attrs.define
class Turns:
    """Orders to a motor board that wait, the one that runs, and how the others ended.

    Lives as long as its driver, over breaks of the wire.

    Attributes:
        tell: takes the answers.
        waiting: turns not yet given to the board, oldest first.
        asked: questions about turns of which this run knows nothing.
        running: the turn the board has, or may have, been given.
    """

    tell: Tell
    waiting: deque[TurnMotor] = attrs.Factory(deque)
    asked: deque[AskTurn] = attrs.Factory(deque)
    running: TurnMotor | None = None
    _ended: dict[int, str] = attrs.Factory(dict)

    def turn(self, order: TurnMotor) -> None:
        """Queue it, unless its number is known: then say how it ended, or let its answer come."""
        if order.turn in self._ended:
            self._say(order.lane, order.turn)
        elif self._is_open(order.turn):
            return
        elif len(self.waiting) >= WAITING_MAX:
            self.end(order, NOT_TURNED)
        else:
            self.waiting.append(order)

    def ask(self, order: AskTurn) -> None:
        """Answer from memory, or let the answer come, or queue the question for the board."""
        if order.turn in self._ended:
            self._say(order.lane, order.turn)
        elif self._is_open(order.turn):
            return
        elif len(self.asked) >= WAITING_MAX:
            self.end(order, UNKNOWN)
        else:
            self.asked.append(order)

    def end(self, order: TurnMotor | AskTurn, outcome: str) -> None:
        """It ended so: remember and tell, once."""
        if self.running is order:
            self.running = None
        self._ended[order.turn] = outcome
        if len(self._ended) > KEPT:
            del self._ended[next(iter(self._ended))]
        self._say(order.lane, order.turn)

    def end_waiting(self) -> None:
        """End the turns that were never given to the board: they will not turn."""
        while self.waiting:
            self.end(self.waiting.popleft(), NOT_TURNED)

    def _is_open(self, turn: int) -> bool:
        if self.running is not None and self.running.turn == turn:
            return True
        return turn in {order.turn for order in self.waiting} | {order.turn for order in self.asked}

    def _say(self, lane: str, turn: int) -> None:
        self.tell("board", MotorTurned(lane=lane, turn=turn, outcome=self._ended[turn]))
