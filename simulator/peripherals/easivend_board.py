"""An Easivend column board: it remembers one number, and answers it again without turning."""

from __future__ import annotations

import trio

from hardware.easivend.codec import (
    BUSY,
    COLUMNS,
    DID_NOT_MOVE,
    DID_NOT_RETURN,
    DISPENSE,
    FAILED,
    NOTHING_DROPPED,
    Reply,
    Request,
    encode_reply,
    requests,
)
from simulator.peripherals.line_faults import LineFaults
from simulator.peripherals.peripheral import serve_bytes
from simulator.peripherals.spirals import DID_NOT_TURN, DROPPED, NO_MOTOR, Spirals

STATUSES = {
    DROPPED: 0,
    DID_NOT_TURN: FAILED | DID_NOT_RETURN,
    NO_MOTOR: FAILED | DID_NOT_MOVE,
}


class EasivendBoard:
    """The board as its maker's source has it: any new number, also of a question, replaces the last one.

    Attributes:
        kind: "easivend".
        spirals: its columns; they have the true counters.
        faults: of its line.
    """

    kind = "easivend"

    def __init__(self, spirals: Spirals | None = None) -> None:
        self.spirals = spirals or Spirals(COLUMNS)
        self.faults = LineFaults()
        self._splitter = requests()
        self._boots = self.spirals.boots
        self._held = Request(0, 0, 0)
        self._status = 0

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Answer until cancelled or until the stream ends."""
        await serve_bytes(stream, self._hear)

    def _hear(self, chunk: bytes) -> bytes:
        answers = b""
        for event in self._splitter.feed(chunk):
            if not isinstance(event, Request) or not self.faults.hears():
                continue
            self._pass_time()
            if self.spirals.powered:
                answers += self.faults.says(encode_reply(self._answer(event)))
        return answers

    def _pass_time(self) -> None:
        turned = self.spirals.turned()
        if self.spirals.boots != self._boots:
            self._boots = self.spirals.boots
            self._held, self._status = Request(0, 0, 0), 0
        for end in turned:
            self._status = STATUSES.get(end.how, FAILED | NOTHING_DROPPED)

    def _answer(self, request: Request) -> Reply:
        known = request.number != 0 and request.number == self._held.number
        if not known and self.spirals.running:
            # one motor at a time: the order is not taken, and what it holds stays
            return Reply(BUSY | FAILED, request.number, request.command, request.column)
        if not known:
            self._held = request
            if request.command == DISPENSE:
                self.spirals.begin(request.column)
                self._pass_time()
        busy = BUSY if self.spirals.running else 0
        return Reply(self._status | busy, self._held.number, self._held.command, self._held.column)
