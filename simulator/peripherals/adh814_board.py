"""An ADH814 motor board: one motor at a time, and a result that must be cleared before the next."""

from __future__ import annotations

import trio

from hardware.adh814.codec import (
    ADDRESSES,
    BAD_PARAMETER,
    FINISHED,
    IDLE,
    MOTORS,
    NO_DROP_BIT,
    NOT_CLEARED,
    OPEN_CIRCUIT,
    OVERCURRENT,
    REJECTED,
    SENSOR_OPEN,
    TAKEN,
    TURNING,
    Addressed,
    AskIdentity,
    AskState,
    Clear,
    Cleared,
    CoolingDone,
    Feedback,
    Identity,
    Message,
    Reply,
    Scan,
    SetCooling,
    State,
    SwapDone,
    SwapWiring,
    Turn,
    TurnBoth,
    TurnBothDone,
    TurnDone,
    TwoWire,
    TwoWireDone,
    encode,
    requests,
)
from simulator.peripherals.line_faults import LineFaults
from simulator.peripherals.peripheral import serve_bytes
from simulator.peripherals.spirals import DID_NOT_TURN, DROPPED, NO_MOTOR, Spirals

RESULTS = {DROPPED: 0, DID_NOT_TURN: OVERCURRENT | NO_DROP_BIT, NO_MOTOR: OPEN_CIRCUIT | NO_DROP_BIT}
IDENTITY = b"ADH814E SIM 0001"
MOST_MILLIAMPS, MEAN_MILLIAMPS = 900, 250


class Adh814Board:
    """The board at one address of an RS485 line.

    Attributes:
        kind: "adh814".
        spirals: its motors, counted from 1; they have the true counters.
        faults: of its line.
        celsius: what its sensor reads; ``SENSOR_OPEN`` where there is none.
        mode, target: of its cooling; none at first.
    """

    kind = "adh814"

    def __init__(self, spirals: Spirals | None = None, *, address: int = 1, celsius: int = 6) -> None:
        assert address in ADDRESSES, f"address must be 1-4, not {address}"
        self.spirals = spirals or Spirals()
        self.faults = LineFaults()
        self.celsius = celsius
        self.mode = 0
        self.target: int | None = None
        self._address = address
        self._splitter = requests()
        self._boots = self.spirals.boots
        self._last = State(IDLE, 0, 0, 0, 0, 0, SENSOR_OPEN)

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Answer until cancelled or until the stream ends."""
        await serve_bytes(stream, self._hear)

    def _hear(self, chunk: bytes) -> bytes:
        answers = b""
        for event in self._splitter.feed(chunk):
            if not isinstance(event, Addressed) or event.address != self._address or not self.faults.hears():
                continue
            self._pass_time()
            if not self.spirals.powered:
                continue
            reply = self._answer(event.message)
            address = self._address if isinstance(reply, Identity) else 0
            answers += self.faults.says(encode(Addressed(address, reply)))
        return answers

    def _pass_time(self) -> None:
        turned = self.spirals.turned()
        if self.spirals.boots != self._boots:
            self._boots = self.spirals.boots
            self.mode, self.target = 0, None
            self._last = State(IDLE, 0, 0, 0, 0, 0, SENSOR_OPEN)
        for end in turned:
            tenths = min(0xFF, round(end.seconds * 10))
            result = RESULTS.get(end.how, NO_DROP_BIT)
            self._last = State(
                FINISHED, end.lane - 1, result, MOST_MILLIAMPS, MEAN_MILLIAMPS, tenths, SENSOR_OPEN
            )

    def _answer(self, request: Message) -> Reply:
        match request:
            case AskIdentity():
                return Identity(IDENTITY)
            case Scan():
                return Feedback(bytes(18))
            case SetCooling(mode=mode, celsius=celsius):
                if mode not in (0, 1, 2) or not -127 <= celsius <= 127:
                    return CoolingDone(BAD_PARAMETER)
                self.mode, self.target = mode, celsius
                return CoolingDone(TAKEN)
            case Turn(motor=motor):
                return TurnDone(self._turn(motor))
            case TurnBoth(motor=motor, joined=joined):
                return TurnBothDone(self._turn(motor, joined))
            case Clear():
                if self._last.state == FINISHED:
                    self._last = State(IDLE, self._last.motor, 0, 0, 0, 0, SENSOR_OPEN)
                return Cleared()
            case SwapWiring():
                return SwapDone(TAKEN)
            case TwoWire():
                return TwoWireDone(TAKEN)
            case _:
                assert isinstance(request, AskState), f"no request: {request}"
                last = self._last
                return State(
                    last.state,
                    last.motor,
                    last.result,
                    last.most_milliamps,
                    last.mean_milliamps,
                    last.tenths,
                    self.celsius,
                )

    def _turn(self, *motors: int) -> int:
        if self._last.state == FINISHED:
            return NOT_CLEARED
        if self._last.state == TURNING:
            return REJECTED
        if any(motor not in MOTORS for motor in motors) or len(set(motors)) < len(motors):
            return BAD_PARAMETER
        self.spirals.begin(*(motor + 1 for motor in motors))
        self._last = State(TURNING, motors[0], 0, 0, 0, 0, SENSOR_OPEN)
        return TAKEN
