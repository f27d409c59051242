"""A fafb board ("VMC"): host of its wire. It polls, numbers its frames, and sends again what is not taken."""

from __future__ import annotations

from collections import deque

import trio

from hardware.fafb.codec.frame import Packet, encode, next_number, splitter
from hardware.fafb.codec.messages import Ack, Buy, Dispensing, Drive, Message, Poll, PollEvery, Sync
from simulator.peripherals.fafb_memory import FafbMemory, Selection
from simulator.peripherals.line_faults import LineFaults
from simulator.peripherals.peripheral import RECEIVE_BYTES
from simulator.peripherals.spirals import DID_NOT_TURN, DROPPED, NO_MOTOR, NOTHING_FELL, Spirals

POLL_SECONDS = 0.2
ANSWER_SECONDS = 0.1
RESENDS_MAX = 5
"""Section 2 of the maker's document: poll every 200 ms, answer in 100 ms, five resends."""

POLL_TENTHS_MAX = 20
"""4.4.3: 2 s at most."""

COINS, BILLS, CHANGE = (50, 100, 200, 500, 1000), (2000, 5000), 17_000
"""By channel, and what is in the hopper; in units of the board (Hong Kong's, in cents)."""

STATES = {DROPPED: 0x02, NOTHING_FELL: 0x03, DID_NOT_TURN: 0x04, NO_MOTOR: 0x06}
TERMINATED = 0xFF
SAYS_MAX = 512
"""Frames it keeps to say; the oldest go first."""


class FafbBoard:
    """The board with its motors, money and memory.

    Attributes:
        kind: "fafb".
        spirals: its motors; they have the true counters.
        memory: prices, credit, change, cooling; survives the power.
        faults: of its line.
        given_up: frames it stopped sending because nobody took them.
        repeats: commands it heard again under the same number and did not do again.
    """

    kind = "fafb"

    def __init__(self, spirals: Spirals | None = None, memory: FafbMemory | None = None) -> None:
        self.spirals = spirals or Spirals()
        self.memory = memory or FafbMemory(
            {lane: Selection() for lane in sorted(self.spirals.lanes)},
            coins=COINS,
            bills=BILLS,
            change=CHANGE,
        )
        self.faults = LineFaults()
        self.given_up = 0
        self.repeats = 0
        self._boots = self.spirals.boots
        self._boot()

    def _boot(self) -> None:
        self._says: deque[Message] = deque([Sync()], maxlen=SAYS_MAX)
        self._number = 1
        self._tries = 0
        self._heard_number: int | None = None
        self._drop_sensor = True
        self._poll_seconds = POLL_SECONDS

    # Hands

    def insert_coin(self, value: int) -> None:
        """Put a coin in, in the board's unit; it falls through without power."""
        if self.spirals.powered:
            self._says += self.memory.insert(value, coin=True)

    def insert_bill(self, value: int) -> None:
        """Put a bill in, in the board's unit; it stays out without power."""
        if self.spirals.powered:
            self._says += self.memory.insert(value, coin=False)

    def takes_piece(self, value: int, *, coin: bool) -> bool:
        """Whether it would be taken now."""
        self._pass_time()
        return self.spirals.powered and self.memory.takes_piece(value, coin=coin)

    def pull_lever(self) -> None:
        """Ask for the money back; the board pays by itself."""
        if self.memory.credit and self.spirals.powered:
            self._says += self.memory.give_change()

    # The wire

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Poll until cancelled or until the stream ends."""
        answers, heard = trio.open_memory_channel[Packet](RECEIVE_BYTES)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._read, stream, answers, nursery.cancel_scope)
                while True:
                    began = trio.current_time()
                    await self._turn_of_talk(stream, heard)
                    await trio.sleep_until(began + self._poll_seconds)
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the wire is gone, and so is the talk
        finally:
            answers.close()
            heard.close()

    async def _read(
        self, stream: trio.abc.Stream, answers: trio.MemorySendChannel[Packet], all_of_it: trio.CancelScope
    ) -> None:
        frames = splitter()
        while chunk := await stream.receive_some(RECEIVE_BYTES):
            for event in frames.feed(chunk):
                if isinstance(event, Packet) and self.faults.hears() and self.spirals.powered:
                    await answers.send(event)
        all_of_it.cancel()

    async def _turn_of_talk(self, stream: trio.abc.Stream, heard: trio.MemoryReceiveChannel[Packet]) -> None:
        self._pass_time()
        if not self.spirals.powered:
            return
        while True:  # what came too late for the last poll counts for nothing
            try:
                heard.receive_nowait()
            except trio.WouldBlock:
                break
        if self._says:
            await self._tell(stream, heard)
            return
        await self._send(stream, Packet(0, Poll()))
        answer = await self._hear(heard)
        if answer is not None and not isinstance(answer.message, Ack | Poll):
            await self._obey(stream, answer)

    async def _tell(self, stream: trio.abc.Stream, heard: trio.MemoryReceiveChannel[Packet]) -> None:
        """Say the next thing, again if need be, until it was taken or said six times."""
        self._tries += 1
        await self._send(stream, Packet(self._number, self._says[0]))
        answer = await self._hear(heard)
        taken = answer is not None and isinstance(answer.message, Ack)
        if not taken and self._tries <= RESENDS_MAX:
            return
        self.given_up += not taken
        self._tries = 0
        if self._says:  # the power may have failed meanwhile
            self._says.popleft()
            self._number = next_number(self._number)

    async def _obey(self, stream: trio.abc.Stream, order: Packet) -> None:
        if order.number == self._heard_number:
            self.repeats += 1
        else:
            self._heard_number = order.number
            self._do(order.message)
        await self._send(stream, Packet(0, Ack()))

    async def _send(self, stream: trio.abc.Stream, packet: Packet) -> None:
        if raw := self.faults.says(encode(packet)):
            await stream.send_all(raw)

    async def _hear(self, heard: trio.MemoryReceiveChannel[Packet]) -> Packet | None:
        with trio.move_on_after(ANSWER_SECONDS):
            return await heard.receive()
        return None

    # What it does

    def _do(self, order: Message) -> None:
        match order:
            case Drive() | Buy():
                self._drive(order)
            case PollEvery(tenths=tenths) if 1 <= tenths <= POLL_TENTHS_MAX:
                self._poll_seconds = tenths / 10
            case _:
                self._says += self.memory.answer(order)

    def _drive(self, order: Drive | Buy) -> None:
        if self.spirals.running or not self.memory.takes(order):
            self._says.append(Dispensing(state=TERMINATED, selection=order.selection))
            return
        self._drop_sensor = isinstance(order, Buy) or bool(order.drop_sensor)
        self.spirals.begin(order.selection)
        if self.spirals.running:
            self._says.append(Dispensing(state=0x01, selection=order.selection))

    def _pass_time(self) -> None:
        turned = self.spirals.turned()
        if self.spirals.boots != self._boots:
            self._boots = self.spirals.boots
            self._boot()
            self.memory.open_entries()
        for end in turned:
            state = STATES[end.how]
            if end.how == NOTHING_FELL and not self._drop_sensor:
                state = STATES[DROPPED]
            if (kept := self.memory.selections.get(end.lane)) is not None and end.how == DROPPED:
                kept.stock = max(0, kept.stock - 1)
            self._says.append(Dispensing(state=state, selection=end.lane))
