"""Driver of an ADH814 motor board: turn, watch until it has finished, clear; with cooling."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from hardware.adh814.codec import (
    ADDRESSES,
    FAULT,
    FINISHED,
    IDLE,
    MOTORS,
    NO_DROP_BIT,
    NO_FAULT,
    NOT_CLEARED,
    SENSOR_OPEN,
    SENSOR_SHORT,
    TAKEN,
    TURNING,
    Addressed,
    AskState,
    Clear,
    Cleared,
    CoolingDone,
    Reply,
    Request,
    SetCooling,
    State,
    Turn,
    TurnBoth,
    TurnBothDone,
    TurnDone,
    encode,
    replies,
)
from hardware.asking import AskingDriver
from hardware.contract.cooling import CabinetTemperature, SetTarget, TargetSet
from hardware.contract.motor_board import DROPPED, NO_DROP, NOT_TURNED, STUCK, UNKNOWN, AskTurn, TurnMotor
from hardware.lanes import lane_number
from hardware.splitter import Splitter
from runtime.errors import ConfigError

ANSWER_SECONDS = 0.3
"""For an answer; the longest, 22 bytes at 38400 baud, takes 6 ms (the rest is an estimate)."""

TRIES = 3
POLL_SECONDS = 0.3
"""Between two looks at a turning motor (as public hosts do)."""

TURN_SECONDS_MAX = 30.0
"""The board counts a turn's tenths of a second in a byte: 25.5 s at most."""

GIVE_SECONDS = 1.0
"""A turn is ordered again only so long after the first time and while the board says that it idles. Should it
have lost its power in between, its motor had less than a second, and no product falls twice in that."""

TELL_SECONDS = 30.0
"""A temperature that stays the same is told so often."""

TARGET_SECONDS = 60.0
"""The target is said again so often: a board whose power failed has forgotten it (estimate)."""

COLD, WARM = -30, 30
"""Targets a cabinet can have, degrees Celsius."""

COOL_MODE = 1


def outcome_of(state: State) -> str:
    """How a finished turn ended. With a motor fault the drop bit is not trusted."""
    if state.result & FAULT != NO_FAULT:
        return STUCK
    return NO_DROP if state.result & NO_DROP_BIT else DROPPED


class Adh814Driver(AskingDriver[Addressed]):
    """ADH814 at 38400 baud 8N1 over RS485.

    Attributes:
        kind: "adh814".
        serves: "board" and "cooling", or the one of them that the machine has here.
    """

    kind = "adh814"

    def __init__(
        self,
        lanes: Mapping[str, int] | None = None,
        *,
        address: int = 1,
        serves: tuple[str, ...] = ("board", "cooling"),
    ) -> None:
        """Make a driver with an empty memory.

        Args:
            lanes: motors of lanes, counted from 1, that the default rule (``hardware.lanes``) gets wrong.
            address: the board's own, 1-4.
            serves: names of the machine's devices behind this board.

        Raises:
            ConfigError: the address is none of those.
        """
        if address not in ADDRESSES:
            raise ConfigError(f"adh814: address must be from 1 to 4, not {address}")
        super().__init__(serves)
        self._lanes = lanes or {}
        self._address = address
        self._target_order: SetTarget | None = None
        self._target: int | None = None
        self._target_at = 0.0
        self._told_celsius: int | None = None
        self._told_at = 0.0

    def _other(self, device: str, order: object) -> None:
        if isinstance(order, SetTarget):
            self._target_order = order

    def _splitter(self) -> Splitter[Addressed]:
        return replies()

    def _shown(self, frame: Addressed) -> tuple[bytes, str]:
        return encode(frame), str(frame.message)

    # Turns

    async def _turn(self, order: TurnMotor) -> str:
        motors = [lane_number(lane, self._lanes) - 1 for lane in (order.lane, order.joined) if lane]
        if any(motor not in MOTORS for motor in motors) or not await self._ready():
            return NOT_TURNED
        given = await self._give(Turn(motors[0]) if len(motors) == 1 else TurnBoth(*motors), motors[0])
        return given or await self._ending(motors[0])

    async def _ready(self) -> bool:
        """Wait until no motor turns, and clear an old result."""
        until = trio.current_time() + TURN_SECONDS_MAX
        while trio.current_time() < until:
            state = await self._state()
            if state is None or state.state == IDLE:
                return state is not None
            if state.state == FINISHED:
                await self._clear()
            else:
                await trio.sleep(POLL_SECONDS)
        return False

    async def _give(self, order: Turn | TurnBoth, motor: int) -> str:
        """Order the turn; "" when it may have begun, else its outcome."""
        began = trio.current_time()
        self._sent = True
        unheard = False
        while trio.current_time() - began <= GIVE_SECONDS:
            reply = await self._ask_once(order, TurnDone, TurnBothDone)
            if isinstance(reply, TurnDone | TurnBothDone) and reply.result == TAKEN:
                return ""
            if isinstance(reply, TurnDone | TurnBothDone) and not unheard:
                if reply.result != NOT_CLEARED:
                    return NOT_TURNED
                await self._clear()
                continue
            unheard = True  # it may turn already: that is asked, not ordered
            state = await self._state()
            if state is None or (state.state in (TURNING, FINISHED) and state.motor == motor):
                return ""
        return UNKNOWN if unheard else NOT_TURNED

    async def _ending(self, motor: int) -> str:
        """Watch the motor until it has finished; a board that idles instead has lost its power."""
        until = trio.current_time() + TURN_SECONDS_MAX
        while trio.current_time() < until:
            state = await self._state()
            if state is not None and (state.state == IDLE or state.motor != motor):
                return UNKNOWN
            if state is not None and state.state == FINISHED:
                return outcome_of(state)
            await trio.sleep(POLL_SECONDS)
        return UNKNOWN

    async def _after_turn(self) -> None:
        await self._clear()

    async def _look_up(self, order: AskTurn) -> str:
        """A result that nobody has cleared is that of the last turn: it tells, if the motor is the same."""
        motor = lane_number(order.lane, self._lanes) - 1
        state = await self._patiently(self._state)
        if state is None or state.state == IDLE or state.motor != motor:
            return UNKNOWN
        outcome = await self._ending(motor)
        await self._clear()
        return outcome

    async def _clear(self) -> None:
        for _ in range(TRIES):
            if await self._ask_once(Clear(), Cleared) is not None:
                return

    # Cooling, and a sign of life

    async def _idle(self) -> None:
        order, self._target_order = self._target_order, None
        if order is not None:
            await self._set_target(order)
        elif self._target is not None and trio.current_time() - self._target_at >= TARGET_SECONDS:
            await self._keep(self._target)
        await self._state()

    async def _set_target(self, order: SetTarget) -> None:
        celsius = max(COLD, min(WARM, round(order.temp_decicelsius / 10)))
        if await self._keep(celsius):
            self._target = celsius
        if self._target is not None:  # a target that was never set cannot be told
            self._answers.tell("cooling", TargetSet(temp_decicelsius=self._target * 10))

    async def _keep(self, celsius: int) -> bool:
        """Have the board cool to this; say whether it does."""
        self._target_at = trio.current_time()
        for _ in range(TRIES):
            reply = await self._ask_once(SetCooling(COOL_MODE, celsius), CoolingDone)
            if isinstance(reply, CoolingDone):
                return reply.result == TAKEN
        return False

    async def _state(self) -> State | None:
        """What the board says is going on; None when it does not answer."""
        for _ in range(TRIES):
            reply = await self._ask_once(AskState(), State)
            if isinstance(reply, State):
                self._tell_temperature(reply.celsius)
                return reply
        return None

    def _tell_temperature(self, celsius: int) -> None:
        now = trio.current_time()
        if celsius in (SENSOR_OPEN, SENSOR_SHORT):
            return
        if celsius != self._told_celsius or now - self._told_at >= TELL_SECONDS:
            self._told_celsius, self._told_at = celsius, now
            self._answers.tell("cooling", CabinetTemperature(temp_decicelsius=celsius * 10))

    async def _ask_once(self, request: Request, *kinds: type[Reply]) -> Reply | None:
        raw = encode(Addressed(self._address, request))
        frame = await self._wire.ask(
            raw, str(request), lambda frame: isinstance(frame.message, kinds), ANSWER_SECONDS
        )
        self._note(frame is not None)
        return frame.message if frame is not None else None  # type: ignore[return-value]
