"""The life of a peripheral as its master sees it: found, reset, set up, served, lost.

No stream and no clock: ``next`` says what to send, ``heard`` takes the answer, the caller brings the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from hardware.mdb import timing
from runtime.errors import ProtocolError

LOST, STARTING, SETTING_UP, READY = "lost", "starting", "setting up", "ready"
ACKED, JUST_RESET, SET_UP, SILENT, MUST_RESET = (
    "RESET acknowledged",
    "tells JUST RESET",
    "set up",
    "silent too long",
    "must be reset",
)

LIFE = {
    (LOST, ACKED): STARTING,
    (STARTING, JUST_RESET): SETTING_UP,
    (SETTING_UP, JUST_RESET): SETTING_UP,
    (SETTING_UP, SET_UP): READY,
    (READY, JUST_RESET): SETTING_UP,
    (STARTING, SILENT): LOST,
    (SETTING_UP, SILENT): LOST,
    (READY, SILENT): LOST,
    (STARTING, MUST_RESET): LOST,
    (SETTING_UP, MUST_RESET): LOST,
    (READY, MUST_RESET): LOST,
}
"""(state, what happens) to the next state. What is not here changes nothing."""

RESETS_SOON = 3
"""So many RESETs follow each other soon: an answer may just have been lost (ours)."""

STEP_TRIES_MAX = 4
"""How often one command of the setup is sent before it is left out or the peripheral is reset."""

Trouble = Callable[[str, str], None]
"""Takes a peripheral's name and one line for people. Never waits."""


@attrs.frozen
class Step:
    """One command of the setup.

    Attributes:
        command: of the peripheral's codec.
        wants: class of the answer without which the step is not done; None: any answer will do.
        optional: left out, not fatal, when the peripheral has no answer to it.
    """

    command: Any
    wants: type | None = None
    optional: bool = False


class Unit:
    """One peripheral. Subclasses bring its codec, its setup and its work.

    Attributes:
        name: for people.
        silent_seconds: without an answer for so long it is lost.
        state: one of the states of ``LIFE``.
        blind: the bus polls by itself, so that a peripheral's silence to a poll is not seen.
        present: True from being set up until it is lost; None before either.
    """

    name = "peripheral"

    def __init__(self, silent_seconds: float, now: float, trouble: Trouble) -> None:
        self.silent_seconds = silent_seconds
        self.blind = False
        self.state = LOST
        self.present: bool | None = None
        self._trouble = trouble
        self._sent: Any = None
        self._steps: list[Step] = []
        self._tries = self._resets = 0
        self._poll_next = False
        self._heard_at = self._unready_at = now
        self._reset_at = self._polled_at = self._deadline = self._answer_until = now
        self.reset_seen_at = now

    # What a peripheral's class brings

    reset: Any = None
    poll: Any = None

    def encode(self, command: Any) -> bytes:
        """The block of a command."""
        raise AssertionError(f"{self.name}: brings its codec")

    def decode(self, command: Any, block: bytes) -> Any:
        """The answer's value; raises ProtocolError."""
        raise AssertionError(f"{self.name}: brings its codec")

    def says_reset(self, answer: Any) -> bool:
        """Whether a poll's answer tells JUST RESET."""
        raise AssertionError(f"{self.name}: brings its codec")

    def setup(self) -> list[Step]:
        """The commands after JUST RESET; ``answered`` may add to ``self._steps``."""
        raise AssertionError(f"{self.name}: brings its setup")

    def work(self, now: float) -> Any:
        """The command to send now, or None to poll. Called when ready."""
        raise AssertionError(f"{self.name}: brings its work")

    def answered(self, command: Any, answer: Any, now: float) -> None:
        """An answer that was understood, also of polls and of the setup."""
        raise AssertionError(f"{self.name}: brings its work")

    def unanswered(self, command: Any, now: float) -> None:
        """A command of ``work`` got no answer; it may have been carried out all the same."""

    def misunderstood(self, now: float) -> None:
        """An answer broke the protocol's rules, so that what it told is lost."""

    def was_reset(self, now: float) -> None:
        """It has begun anew, by itself or by our RESET: what it was doing is over."""

    def became_lost(self, now: float) -> None:
        """It does not answer any more."""

    def tick(self, now: float) -> None:
        """Time has passed, whether anything was said or not."""

    # What the bus loop calls

    @property
    def idle(self) -> bool:
        """Nothing but polling was to be done at the last ``next``."""
        return self._sent is None or self._sent == self.poll

    def next(self, now: float) -> bytes | None:
        """The block to send now; None: nothing."""
        self._sent = self._choose(now)
        if self._sent is None:
            return None
        if self._sent == self.poll:
            self._polled_at = now
        self._poll_next = False
        return self.encode(self._sent)

    def describe(self, block: bytes, *, sent: bool) -> str:
        """One line for people: the command just sent, or the answer to it."""
        command = type(self._sent).__name__
        if sent:
            return f"{self.name} <- {self._sent}"
        try:
            answer = self.decode(self._sent, block) if block else None
        except ProtocolError as error:
            return f"? {self.name} -> {error}"
        said = "; ".join(map(str, answer)) if isinstance(answer, tuple) else answer
        return f"{self.name} -> {said if block else 'ACK'} to {command}"

    def _choose(self, now: float) -> Any:
        if self.state == LOST:
            if now < self._reset_at:
                return None
            self._resets += 1
            often = self._resets > RESETS_SOON
            self._reset_at = now + (timing.RESET_AGAIN if often else timing.RESET_SOON)
            return self.reset
        if self.state == STARTING or self._poll_next:
            return self.poll
        if self.state == SETTING_UP:
            ready = now >= self._answer_until and self.may_set_up(now)
            return self._steps[0].command if ready else self.poll
        if self._sent != self.poll and now - self._polled_at >= timing.POLL:
            return self.poll  # work must not keep events waiting
        return self.work(now) or self.poll

    def may_set_up(self, now: float) -> bool:
        """Whether the next step may be sent now."""
        return True

    def heard(self, block: bytes | None, now: float) -> None:
        """The answer to what ``next`` gave: ``b""`` is ACK, None is none."""
        command = self._sent
        if block is None:
            self._silence(command, now)
        else:
            self._heard_at = now
            self._understand(command, block, now)
        if self.state != READY and now - self._unready_at >= timing.RESET_AGAIN + self.silent_seconds:
            self._absent("is not ready for too long", now)
        if self.state in (STARTING, SETTING_UP) and now >= self._deadline:
            self.must_reset("is not set up in time", now)

    def _silence(self, command: Any, now: float) -> None:
        if now - self._heard_at >= self.silent_seconds:
            if self.state != LOST:
                self._reset_at = now
                self._live(SILENT, now)
            self._absent(f"no answer for {self.silent_seconds:g} s", now)
        if command == self.poll or self.state == LOST:
            return
        self._poll_next = True
        if self.state == SETTING_UP:
            self._step_failed(now)
        elif self.state == READY:
            self.unanswered(command, now)

    def _absent(self, why: str, now: float) -> None:
        if self.present is not False:
            self.present = False
            self._trouble(self.name, why)
            self.became_lost(now)

    def _understand(self, command: Any, block: bytes, now: float) -> None:
        if command == self.reset:
            self._live(ACKED, now)
            self._deadline = now + timing.RESET_AGAIN
            return
        try:
            answer = self.decode(command, block)
            if command == self.poll and self.says_reset(answer):
                self._begins_setup(now)
            if self.state in (SETTING_UP, READY):
                self.answered(command, answer, now)
        except ProtocolError as error:
            self._trouble(self.name, str(error))
            if self.state == SETTING_UP and command != self.poll:
                self._step_failed(now)
            elif self.state == READY:
                self.misunderstood(now)
            return
        if self.state == SETTING_UP:
            self._step_done(command, answer, now)

    def _begins_setup(self, now: float) -> None:
        was_ready = self.state == READY
        self._live(JUST_RESET, now)
        if self.state != SETTING_UP:
            return
        self._steps = self.setup()
        self._tries = 0
        self._deadline = now + timing.RESET_AGAIN
        self._answer_until = self.reset_seen_at = now
        if was_ready:
            self._trouble(self.name, "has reset itself")
        self.was_reset(now)

    def _step_done(self, command: Any, answer: Any, now: float) -> None:
        step = self._steps[0]
        met = self.step_met(step, answer)
        if met or (command == step.command and step.wants is None):
            self._next_step(now)
        elif command == step.command:  # acknowledged: the answer may come by POLL
            self._answer_until = now + self.silent_seconds / STEP_TRIES_MAX
            self._step_failed(now)

    def step_met(self, step: Step, answer: Any) -> bool:
        """Whether this is the answer a step waits for."""
        return step.wants is not None and isinstance(answer, step.wants)

    def _step_failed(self, now: float) -> None:
        self._tries += 1
        self._poll_next = True
        if self._tries < STEP_TRIES_MAX:
            return
        step = self._steps[0]
        if not step.optional:
            self.must_reset(f"has no answer to {type(step.command).__name__}", now)
            return
        self._next_step(now)

    def _next_step(self, now: float) -> None:
        self._steps.pop(0)
        self._tries = 0
        self._answer_until = now
        if not self._steps:
            self._live(SET_UP, now)
            self.present = True

    def must_reset(self, why: str, now: float) -> None:
        """Send RESET as the next command: it or we have lost the thread."""
        self._trouble(self.name, f"{why}: is reset")
        self._reset_at = now
        self._live(MUST_RESET, now)

    def _live(self, event: str, now: float) -> None:
        before = self.state
        self._resets = 0
        self.state = LIFE.get((self.state, event), self.state)
        if before == READY and self.state != READY:
            self._unready_at = now
