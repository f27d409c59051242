"""What changer, bill validator and card reader have in common as MDB slaves: a block heard, an answer given.

A slave speaks only when addressed. What it has to tell waits in a queue and is told at each poll until the
master acknowledges it (MDB/ICP 4.2, 2.2 and 2.5): every event is told at least once.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from simulator.peripherals.peripheral import Clock

ACK = b""
"""Answer of a slave that only acknowledges; the bus makes it one byte 00 with the mode bit."""

POLL_BYTES_MAX = 16
"""Most event bytes in an answer to POLL (MDB/ICP 4.2, 5.3 and 6.3)."""

SELF_RESET_FACTOR = 10
"""A slave that hears nothing for so many times its longest response resets itself (MDB/ICP 4.2, 3.1)."""


class MdbSlave:
    """One peripheral on the bus.

    Attributes:
        name: for complaints.
        address: upper five bits of its command bytes.
        poll_command: lower three bits of its POLL.
        just_reset: what it tells after a reset.
        response_seconds_max: how long it may be silent before the master takes it for lost.
        clock: seconds that only grow.
        powered: False is a pulled plug; see ``cut_power``.
        complaints: rules of the protocol that the master has broken, one line each.
        resets: how often it was reset, by the master or by itself.
        reset_at: when that was, or when power came.
    """

    name = "slave"
    address = 0x00
    poll_command = 3
    just_reset = b"\x00"
    response_seconds_max = 5.0

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.powered = True
        self.complaints: list[str] = []
        self.resets = 0
        self.reset_at = -math.inf
        self.events: deque[bytes] = deque()
        self._told = 0
        self._when_acknowledged: Callable[[], None] | None = None
        self._heard_at: float | None = None
        self._reset_told = True
        self._surprise = self._forgiven = False

    # The wire

    def hear(self, block: bytes) -> bytes | None:
        """Answer a block of the master, both without check byte: data, ``ACK``, or None for silence."""
        self.live()
        if not self.powered:
            return None
        self._heard_at = self.clock()
        self._told = 0
        self._when_acknowledged = None
        command, data = block[0] & 0x07, block[1:]
        if command in (0, 1):
            self._surprise = False
        answer = self._reset_or_answer(command, data)
        if answer is None and command != self.poll_command:
            self.complain(f"no answer to {block.hex(' ')}")
        if command != self.poll_command:
            self._forgiven = False
        return answer

    def _reset_or_answer(self, command: int, data: bytes) -> bytes | None:
        if command == 0 and not data:
            self.reset()
            return ACK
        if command not in (0, self.poll_command) and not self._reset_told:
            self.complain(f"command {self.address | command:02X} before JUST RESET was read and acknowledged")
        return self.answer(command, data)

    def acknowledged(self) -> None:
        """The master has acknowledged the last answer: what it told is forgotten."""
        for _ in range(self._told):
            event = self.events.popleft()
            self._reset_told = self._reset_told or event == self.just_reset
        self._told = 0
        if self._when_acknowledged is not None:
            self._when_acknowledged()
            self._when_acknowledged = None

    def answer(self, command: int, data: bytes) -> bytes | None:
        """Answer a command other than RESET (lower three bits of its first byte); None for an unknown one."""
        raise AssertionError(f"{self.name}: a slave answers by its own table")

    def poll(self, standing: bytes = b"") -> bytes:
        """Answer POLL: states that are told at every poll, then waiting events, as many as fit."""
        said = standing
        for event in self.events:
            if len(said) + len(event) > POLL_BYTES_MAX:
                break
            said += event
            self._told += 1
        return said

    def then(self, done: Callable[[], None], answer: bytes) -> bytes:
        """Return this answer, and do that once the master has acknowledged it."""
        self._when_acknowledged = done
        return answer

    # Life

    def reset(self) -> None:
        """Forget what is not yet told, and have JUST RESET to tell."""
        self.resets += 1
        self.reset_at = self.clock()
        self.start()
        self._surprise = False

    def start(self) -> None:
        """Be as after power on; the end of every constructor."""
        self._told = 0
        self._when_acknowledged = None
        self.events.clear()
        self.events.append(self.just_reset)
        self._reset_told = False
        self._surprise = True
        self.was_reset()

    def was_reset(self) -> None:
        """What a reset does to this kind of device."""

    def move(self, now: float) -> None:
        """Let the mechanics run until ``now``."""

    def live(self) -> None:
        """Catch up with the clock: mechanics move, and a slave that was long left alone has reset itself."""
        now = self.clock()
        if not self.powered:
            return
        self.move(now)
        if (
            self._heard_at is not None
            and now - self._heard_at > SELF_RESET_FACTOR * self.response_seconds_max
        ):
            self._heard_at = None
            self.reset()
            self._surprise = True

    def cut_power(self) -> None:
        """Pull the plug: what moves stops where it is, what was not told is lost."""
        self.live()
        self.powered = False
        self.stopped()

    def stopped(self) -> None:
        """What a power cut does to the mechanics of this kind of device."""

    def restore_power(self) -> None:
        """Plug in again: it starts as after a reset."""
        self.powered = True
        self._heard_at = None
        self.reset_at = self.clock()
        self.start()

    def complain(self, what: str) -> None:
        """Note a rule the master has broken, unless it cannot know: see ``forgive`` and ``restore_power``."""
        if self._forgiven:
            self._forgiven = False
        elif not self._surprise:
            self.complaints.append(f"{self.name}: {what}")

    def forgive(self) -> None:
        """Its answer did not arrive: the master will say the same again, which then may be wrong."""
        self._forgiven = True
