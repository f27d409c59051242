"""What the host wants to say to the board, one frame at a time, until the board took it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import attrs

from hardware.fafb.codec.frame import Packet, next_number
from hardware.fafb.codec.messages import AskStatus, Drive, GiveChange, HostMoney, Message

RESENDS_MAX = 5
"""Section 2: both sides send a frame again up to five times."""

RESEND_SECONDS = 1.5
"""A frame is sent again only so long after the first time. Five polls of 200 ms fit. A board that lost its
power meanwhile has forgotten the number, but a motor that began then has not finished its turn by now."""

QUEUE_MAX = 64
"""Commands that may wait; turns have a queue of their own."""

NOW_OR_NEVER = Drive | GiveChange | HostMoney
"""What moves a motor or money is not said late."""

Ended = Callable[["Command", bool], None]
"""Called once: True the board took it; False given up (heard all the same perhaps, unless ``tries`` is 0)."""


@attrs.define
class Command:
    """One thing to say.

    Attributes:
        tries: how often it was sent.
        until: no sending after this time.
    """

    message: Message
    ended: Ended
    tries: int = 0
    until: float = 0.0


def nothing(_: Command, __: bool) -> None:
    """For commands whose fate nobody waits for."""


@attrs.define
class Outgoing:
    """Commands in order; the first is sent at each poll until it is acknowledged.

    The first command after a start, or after the board was lost, only asks for the status: the board may hold
    the number we begin with as its last one, and would then drop that command as a repeat.
    """

    _queue: deque[Command] = attrs.Factory(deque)
    _number: int = 1

    def start(self) -> None:
        """Begin with a harmless command; what was never sent still waits."""
        if self._queue and self._queue[0].tries:
            self._drop(False)
        self._queue.appendleft(Command(AskStatus(), nothing))

    def end_unsent(self) -> None:
        """Give up what was never sent and must not be late."""
        waiting, self._queue = self._queue, deque[Command]()
        for command in waiting:
            if isinstance(command.message, NOW_OR_NEVER) and not command.tries:
                command.ended(command, False)
            else:
                self._queue.append(command)

    def put(self, message: Message, ended: Ended = nothing) -> Command | None:
        """Queue a command; beyond the ceiling it is given up at once, and None."""
        command = Command(message, ended)
        if len(self._queue) >= QUEUE_MAX:
            ended(command, False)
            return None
        self._queue.append(command)
        return command

    def waits(self, message: Message) -> bool:
        """Whether the same is going to be said anyway."""
        return any(command.message == message for command in self._queue)

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return not self._queue

    def on_poll(self, now: float) -> Packet | None:
        """What to answer this poll with; None for a plain acknowledgement."""
        while self._queue:
            command = self._queue[0]
            if command.tries == 0:
                command.until = now + RESEND_SECONDS
            if command.tries <= RESENDS_MAX and now <= command.until:
                command.tries += 1
                return Packet(self._number, command.message)
            self._drop(False)
        return None

    def on_ack(self) -> None:
        """The board took what was sent last."""
        if self._queue and self._queue[0].tries:
            self._drop(True)

    def on_lost(self) -> None:
        """The board is gone: nothing that was asked of it holds any more."""
        while self._queue:
            self._drop(False)

    def _drop(self, taken: bool) -> None:
        # A number is spent on failure too: its frame may have been heard.
        self._number = next_number(self._number)
        command = self._queue.popleft()
        command.ended(command, taken)
