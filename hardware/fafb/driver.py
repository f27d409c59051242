"""Driver of a fafb board: it polls, we answer each poll with an acknowledgement or a command."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from hardware.answers import Answers
from hardware.contract.motor_board import AskTurn, TurnMotor
from hardware.driver import Tell, Watch
from hardware.fafb.codec.frame import Packet, encode, splitter
from hardware.fafb.codec.messages import Ack, AskStatus, Dispensing, Poll, Sync
from hardware.fafb.money import Money
from hardware.fafb.motors import Motors
from hardware.fafb.outgoing import Outgoing
from hardware.fafb.settings import Settings
from hardware.framed import Framed
from hardware.presence import Presence
from hardware.turns import Turns
from hardware.unserved import Unserved

LOST_SECONDS = 5.0
"""Silence after which the board counts as lost: it polls every 2 s at the slowest (4.4.3)."""

STATUS_SECONDS = 30.0
"""How often the status is asked for, for the temperature."""

GAP_SECONDS = 0.1
"""Silence after which a frame that was begun is given up, and how often time is looked at."""


class FafbDriver:
    """Motor board with its own prices, coins, bills and cooling, at 57600 baud 8N1.

    Attributes:
        kind: "fafb".
        serves: "board" (turns and prices), "cash", "cooling", or those of them that the machine has here.
    """

    kind = "fafb"

    def __init__(
        self,
        lanes: Mapping[str, int] | None = None,
        *,
        lift: bool = False,
        unit_minor: int = 1,
        bills: tuple[int, ...] = (),
        coins: tuple[int, ...] = (),
        serves: tuple[str, ...] = ("board", "cash", "cooling"),
    ) -> None:
        """Make a driver with an empty memory.

        Args:
            lanes: selections of lanes that the default rule (``hardware.lanes``) gets wrong.
            lift: whether products leave by the lift.
            unit_minor: minor units of currency in the board's unit of money (its menu item 10).
            bills: values by channel, minor units; () where nobody knows them.
            coins: the same for coins.
            serves: names of the machine's devices behind this board.
        """
        lanes = lanes or {}
        self.serves = serves
        self._answers = Answers(serves)
        tell = self._answers.tell
        self._outgoing = Outgoing()
        self._turns = Turns(tell)
        self._motors = Motors(self._turns, self._outgoing, lanes, lift)
        self._money = Money(self._outgoing, tell, unit_minor, bills, coins)
        self._settings = Settings(self._outgoing, tell, lanes, unit_minor)
        self._presence = Presence(serves, tell)
        self._unserved = Unserved()
        self._last: Packet | None = None
        self._status_at = 0.0

    def order(self, device: str, order: object) -> None:
        """See ``hardware.driver.Driver``."""
        self._unserved.ordered()
        match order:
            case TurnMotor():
                self._turns.turn(order)
            case AskTurn():
                self._turns.ask(order)
            case _ if device == "cash":
                self._money.order(order)
            case _:
                self._settings.order(order)

    async def run(self, stream: trio.abc.Stream, tell: Tell, watch: Watch | None = None) -> None:
        """See ``hardware.driver.Driver``."""
        wire = Framed(stream, splitter(), lambda packet: (encode(packet), str(packet.message)), watch)
        self._presence.answers = None
        self._last = None
        began = trio.current_time()
        self._status_at = began + STATUS_SECONDS
        self._answers.listen(tell)
        if self._unserved.begin():
            self._end_unsent()
        self._outgoing.start()
        self._money.say_entries()
        try:
            while True:
                packet = await wire.receive(until=trio.current_time() + GAP_SECONDS)
                if packet is not None:
                    answer = self._answer(packet)
                    self._step(began, wire.heard_at)
                    if answer is not None:
                        await wire.send(encode(answer), str(answer.message))
                    continue
                if trio.current_time() - wire.read_at >= GAP_SECONDS:
                    wire.end_of_frame()
                self._step(began, wire.heard_at)
        finally:
            self._end_unsent()
            self._unserved.end()
            self._answers.listen(None)

    def _end_unsent(self) -> None:
        """End what the board cannot have heard of: nothing turns or pays after a wire was broken."""
        self._outgoing.end_unsent()
        self._turns.end_waiting()
        self._money.end_waiting()

    def _answer(self, packet: Packet) -> Packet | None:
        """What goes back for a frame; None for nothing."""
        now = trio.current_time()
        if self._presence.heard():
            self._last = None
            self._outgoing.start()
            self._money.say_entries()
        match packet.message:
            case Poll():
                return self._outgoing.on_poll(now) or Packet(0, Ack())
            case Ack():
                self._outgoing.on_ack()
                return None
        if packet != self._last:  # the same number and text is the same frame, sent again
            self._last = packet
            self._told(packet, now)
        return Packet(0, Ack())

    def _told(self, packet: Packet, now: float) -> None:
        match packet.message:
            case Dispensing():
                self._motors.told(packet.message, now)
            case Sync():
                self._outgoing.put(Sync())
                self._money.say_entries()
            case news:
                self._money.told(news)
                self._settings.told(news)

    def _step(self, began: float, heard_at: float) -> None:
        """Time has passed."""
        now = trio.current_time()
        if now - max(began, heard_at) >= LOST_SECONDS and self._presence.silent():
            self._outgoing.on_lost()
        answers = self._presence.answers
        if now >= self._status_at and answers and self._outgoing.idle:
            self._status_at = now + STATUS_SECONDS
            self._outgoing.put(AskStatus())
        self._motors.step(answers, now)
        self._money.step(answers, now)
        self._settings.step(answers, now)
