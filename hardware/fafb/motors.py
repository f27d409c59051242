"""Turns on a fafb board: one drive at a time, and what the board says of it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from hardware.contract.motor_board import DROPPED, NO_DROP, NOT_TURNED, STUCK, UNKNOWN, AskTurn, TurnMotor
from hardware.fafb.codec.messages import DISPENSE_STEPS, JAMMED, VENDED, Dispensing, Drive
from hardware.fafb.outgoing import Command, Outgoing
from hardware.lanes import lane_number
from hardware.turns import Turns

SELECTION_MAX = 999
"""Selections 1000 and up mean whole trays (4.2.2)."""

TURN_SECONDS_MAX = 60.0
"""From the drive, or the last step told of it, to its end; a lift takes tens of seconds (estimate)."""

GRACE_SECONDS = 5.0
"""For word of a drive that was never acknowledged."""

ASK_SECONDS = 3.0
"""How long the board may tell of a turn from before a restart: its own five resends take one second."""


def outcome_of(state: int) -> str:
    """How a turn ended; "" where it goes on (4.3.3)."""
    if state in DISPENSE_STEPS:
        return ""
    if state in VENDED:
        return DROPPED
    return NO_DROP if state == JAMMED else STUCK


@attrs.define
class Motors:
    """Runs turns one after another and answers questions about earlier ones.

    Attributes:
        turns: what waits and what is known.
        outgoing: where commands go.
        lanes: the machine's own numbers of lanes.
        lift: whether products leave by the lift.
    """

    turns: Turns
    outgoing: Outgoing
    lanes: Mapping[str, int]
    lift: bool
    _drive: Command | None = None
    _until: float | None = None
    _ask_until: float | None = None
    _now: float = 0.0

    def step(self, answers: bool | None, now: float) -> None:
        """Time has passed: give up what took too long, begin what can begin.

        Args:
            answers: whether the board is there; None before it was heard of.
            now: trio's clock.
        """
        self._now = now
        turns = self.turns
        if turns.running is not None and self._until is not None and now >= self._until:
            self._ended(turns.running, UNKNOWN)
        if turns.asked:
            if self._ask_until is None and answers is not None:
                self._ask_until = now + (ASK_SECONDS if answers else 0.0)
            if self._ask_until is not None and now >= self._ask_until:
                self._answered(turns.asked[0], UNKNOWN)
        while turns.waiting and turns.running is None and not turns.asked and answers is not None:
            self._begin(turns.waiting.popleft(), answers)

    def told(self, news: Dispensing, now: float) -> None:
        """The board said how a turn goes on."""
        outcome = outcome_of(news.state)
        running, asked = self.turns.running, self.turns.asked
        if running is not None and self._sent and lane_number(running.lane, self.lanes) == news.selection:
            self._until = now + TURN_SECONDS_MAX
            if outcome:
                self._ended(running, outcome)
        elif asked and lane_number(asked[0].lane, self.lanes) == news.selection:
            self._ask_until = now + TURN_SECONDS_MAX
            if outcome:
                self._answered(asked[0], outcome)

    def _answered(self, order: AskTurn, outcome: str) -> None:
        self.turns.asked.popleft()
        self._ask_until = None
        self.turns.end(order, outcome)

    @property
    def _sent(self) -> bool:
        return self._drive is not None and self._drive.tries > 0

    def _ended(self, order: TurnMotor, outcome: str) -> None:
        self._drive = self._until = None
        self.turns.end(order, outcome)

    def _begin(self, order: TurnMotor, answers: bool) -> None:
        # A joined lane needs no word here: the board itself couples its motors (menu item 04).
        selection = lane_number(order.lane, self.lanes)
        if not answers or not 1 <= selection <= SELECTION_MAX:
            self.turns.end(order, NOT_TURNED)
            return
        self.turns.running = order
        drive = Drive(drop_sensor=1, lift=int(self.lift), selection=selection)
        self._drive = self.outgoing.put(drive, self._drive_ended)

    def _drive_ended(self, drive: Command, taken: bool) -> None:
        order = self.turns.running
        if order is None or self._until is not None:
            return  # the board has told of the turn before it acknowledged the drive
        if drive.tries == 0:
            self._ended(order, NOT_TURNED)
        else:
            self._until = self._now + (TURN_SECONDS_MAX if taken else GRACE_SECONDS)
