"""Prices and the cooling target that a fafb board keeps: written, then read back."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Mapping

import attrs

from hardware.contract.cooling import CabinetTemperature, SetTarget, TargetSet
from hardware.contract.pricing import AskPrice, PriceRead, SetPrice
from hardware.driver import Tell
from hardware.fafb.codec.messages import (
    COOLING_TARGET,
    LANE_SETTINGS,
    NO_SENSOR,
    LaneInfo,
    LanePrice,
    Menu,
    MenuAnswer,
    Message,
    Status,
)
from hardware.fafb.outgoing import Command, Outgoing
from hardware.lanes import lane_number

ANSWER_SECONDS_MAX = 5.0
"""For the answer to a menu question once the board took it."""

WAITING_MAX = 32
WARMEST, COLDEST = 30, -30
"""Targets a cabinet can have, degrees Celsius; the byte holds -128..127."""


@attrs.define
class Settings:
    """What is written into the board, one question at a time.

    Attributes:
        outgoing, tell: where commands and answers go.
        lanes: the machine's own numbers of lanes.
        unit_minor: minor units of currency in the board's unit of money.
    """

    outgoing: Outgoing
    tell: Tell
    lanes: Mapping[str, int]
    unit_minor: int
    _waiting: deque[SetPrice | AskPrice | SetTarget] = attrs.Factory(deque)
    _open: SetPrice | AskPrice | SetTarget | None = None
    _until: float | None = None
    _now: float = 0.0
    _known: dict[int, int] = attrs.Factory(dict)
    _target: int | None = None

    def order(self, order: object) -> None:
        """Queue it; beyond the ceiling it is answered with what was known."""
        if not isinstance(order, SetPrice | AskPrice | SetTarget):
            return
        if len(self._waiting) >= WAITING_MAX:
            self._answer_as_known(order)
        else:
            self._waiting.append(order)

    def told(self, news: Message) -> None:
        """The board spoke of a setting, or of its sensors."""
        match news:
            case LaneInfo(selection=selection, price=price):
                self._known[selection] = price
            case MenuAnswer(item=item, act=0, values=values) if item == LANE_SETTINGS and len(values) >= 4:
                if isinstance(self._open, SetPrice | AskPrice):
                    selection = lane_number(self._open.lane, self.lanes)
                    (self._known[selection],) = struct.unpack_from(">I", values)
                    self._end()
            case MenuAnswer(item=item, act=1) if item == COOLING_TARGET and isinstance(self._open, SetTarget):
                self._target = celsius(self._open)
                self._end()
            case Status():
                if (degrees := temperature_of(news)) is not None:
                    self.tell("cooling", CabinetTemperature(temp_decicelsius=degrees * 10))
            case _:
                return

    def step(self, answers: bool | None, now: float) -> None:
        """Time has passed: give up what took too long, ask what waits."""
        self._now = now
        if self._until is not None and now >= self._until:
            self._end()
        while self._waiting and self._open is None and answers is not None:
            self._open = self._waiting.popleft()
            if answers:
                self._ask(self._open)
            else:
                self._end()

    def _ask(self, order: SetPrice | AskPrice | SetTarget) -> None:
        if isinstance(order, SetTarget):
            values = struct.pack(">BBb", 0, 2, celsius(order))  # machine 0, mode 2
            self.outgoing.put(Menu(item=COOLING_TARGET, act=1, values=values), self._asked)
            return
        selection = lane_number(order.lane, self.lanes)
        if not 0 < selection <= 0xFFFF:
            self._end()
            return
        if isinstance(order, SetPrice):
            self._known.pop(selection, None)  # from now on only what the board says afterwards counts
            self.outgoing.put(LanePrice(selection=selection, price=order.price_minor // self.unit_minor))
        values = struct.pack(">H", selection)
        self.outgoing.put(Menu(item=LANE_SETTINGS, act=0, values=values), self._asked)

    def _asked(self, _: Command, taken: bool) -> None:
        if taken:
            self._until = self._now + ANSWER_SECONDS_MAX
        else:
            self._end()

    def _end(self) -> None:
        order, self._open, self._until = self._open, None, None
        if order is not None:
            self._answer_as_known(order)

    def _answer_as_known(self, order: SetPrice | AskPrice | SetTarget) -> None:
        # What the board never told has no answer: that it is lost, the other events say.
        if isinstance(order, SetTarget):
            if self._target is not None:
                self.tell("cooling", TargetSet(temp_decicelsius=self._target * 10))
        elif (price := self._known.get(lane_number(order.lane, self.lanes))) is not None:
            self.tell("board", PriceRead(lane=order.lane, price_minor=price * self.unit_minor))


def celsius(order: SetTarget) -> int:
    """The whole degrees a board can keep, nearest to those asked for."""
    return max(COLDEST, min(WARMEST, round(order.temp_decicelsius / 10)))


def temperature_of(status: Status) -> int | None:
    """Whole degrees; None where a status says 0 and all its sensors are missing, as the real one does."""
    if status.temperature == 0 and all(sensor == NO_SENSOR for sensor in status.sensors):
        return None
    return status.temperature
