"""The bill validator as the master serves it: a bill waits in escrow until the machine has decided.

What its recycler does is in ``bill_recycler.py``.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from hardware.contract.cash import BillHeld, BillReturned, CashInserted, ReturnAsked
from hardware.mdb import timing
from hardware.mdb.bill_recycler import BillRecycler
from hardware.mdb.codec import validator, validator_answers
from hardware.mdb.codec.validator_answers import BillMoved, Setup, Stacker, Status
from hardware.mdb.life import READY, Step, Trouble
from hardware.mdb.money_unit import UNKNOWN, MoneyUnit
from runtime.errors import ProtocolError

EMPTY, HELD, COUNTING, STACKING, RETURNING, ASTRAY = (
    "empty",
    "held",
    "counting",
    "stacking",
    "returning",
    "astray",
)
IN_ESCROW, KEEP, GIVE_BACK, COUNTED, GONE_BACK, KEPT, BEGAN_ANEW, TOO_LONG = (
    "bill in escrow",
    "KeepBill",
    "ReturnBill",
    "stacker counted",
    "bill went back",
    "bill kept",
    "was reset",
    "no result in 30 s",
)

ESCROW = {
    (EMPTY, IN_ESCROW): HELD,
    (HELD, KEEP): COUNTING,
    (HELD, GIVE_BACK): RETURNING,
    (COUNTING, COUNTED): STACKING,
    (HELD, GONE_BACK): EMPTY,
    (COUNTING, GONE_BACK): EMPTY,
    (STACKING, GONE_BACK): EMPTY,
    (RETURNING, GONE_BACK): EMPTY,
    (STACKING, KEPT): EMPTY,
    (RETURNING, KEPT): EMPTY,
    (HELD, BEGAN_ANEW): EMPTY,
    (COUNTING, BEGAN_ANEW): EMPTY,
    (STACKING, BEGAN_ANEW): ASTRAY,
    (RETURNING, BEGAN_ANEW): ASTRAY,
    (ASTRAY, KEPT): EMPTY,
    (ASTRAY, GONE_BACK): EMPTY,
}
"""(state of the escrow, what happens) to the next state. What is not here changes nothing."""


class ValidatorUnit(MoneyUnit):
    """Bills in.

    Attributes:
        escrow: one of the states of ``ESCROW``.
        recycler: what it can pay out; empty in a validator without one.
    """

    name = "validator"
    reset = validator.Reset()
    poll = validator.Poll()

    def __init__(
        self,
        now: float,
        trouble: Trouble,
        tell: Callable[[object], None],
        counted: Callable[[], None],
        minor_digits: int,
    ) -> None:
        super().__init__(timing.SILENT_VALIDATOR, now, trouble, tell, minor_digits)
        self.recycler = BillRecycler(now, tell, counted)
        self.escrow = EMPTY
        self._can_hold = False
        self._held_type = self._held_minor = 0
        self._stacked_before: int | None = None
        self._recycled_before = 0
        self._since = now
        self._acked = False

    # Orders

    def keep(self, now: float) -> None:
        """Stack the bill in escrow."""
        self._decide(KEEP, now)

    def give_back(self, now: float) -> None:
        """Return the bill in escrow."""
        self._decide(GIVE_BACK, now)

    def _decide(self, event: str, now: float) -> None:
        if self.escrow == EMPTY:
            self._tell(BillReturned(value_minor=0))
        elif self.escrow == HELD:
            self._since, self._acked, self._stacked_before = now, False, None
            self._recycled_before = self.recycler.counts.get(self._held_type, 0)
            self._go(event)

    # Protocol

    def encode(self, command: validator.Command) -> bytes:
        """See ``codec.validator``."""
        return validator.encode_command(command)

    def decode(self, command: validator.Command, block: bytes) -> validator_answers.Answer:
        """See ``codec.validator_answers``."""
        return validator_answers.decode_answer(command, block)

    def says_reset(self, answer: validator_answers.Answer) -> bool:
        """06 among the events."""
        return isinstance(answer, tuple) and Status(validator_answers.WAS_RESET) in answer

    def setup(self) -> list[Step]:
        """31, [37 02, 37 01, 37 03, 37 04, 37 05], 36; bill types follow when ready (section 6.3)."""
        return [Step(validator.AskSetup(), Setup), Step(validator.AskStacker(), Stacker)]

    def work(self, now: float) -> validator.Command | None:
        """What to say instead of a poll."""
        self.recycler.blind = self.blind
        types = 0 if self.recycler.busy else self._types()
        if types != self._told_types:
            return validator.SetBillTypes(types, types if self._can_hold else 0)
        match self.escrow:
            case "counting":
                return validator.AskStacker()
            case "stacking" | "returning" if not self._acked:
                return validator.Escrow(self.escrow == STACKING)
            case "stacking" | "returning" if now - self._since >= timing.LONG_ANSWER:
                self.must_reset("has not moved the bill", now)
                return None
        if self.recycler.overdue(now):
            self.must_reset("pays bills without end", now)
            return None
        return self.recycler.work(now, free=self.escrow == EMPTY)

    def answered(self, command: validator.Command, answer: validator_answers.Answer, now: float) -> None:
        """Keep what the validator is, tell where bills went."""
        self.recycler.answered(command, answer, now, ready=self.state == READY)
        match command, answer:
            case validator.SetBillTypes(), _:
                self._told_types = command.accept
            case validator.Escrow(), _:
                self._acked = True
            case _, Setup():
                self._know(answer)
            case _, Stacker():
                self._counted(answer)
            case _, tuple():
                for event in answer:
                    self._happened(event)
        if self.state != READY:
            self._steps[1:1] = self.recycler.steps(answer, self.values)

    def unanswered(self, command: validator.Command, now: float) -> None:
        """It may have been carried out: a repeated ESCROW is then refused, which is no return (0A)."""
        if isinstance(command, validator.SetBillTypes):
            self._told_types = UNKNOWN
        self.recycler.unanswered(command, now)
        if isinstance(command, validator.AskStacker) and now - self._since >= timing.SILENT_VALIDATOR:
            self._go(COUNTED)

    def was_reset(self, now: float) -> None:
        """All bills are disabled; a bill in escrow goes back, one on its way may be in the stacker."""
        self._told_types = 0
        self.recycler.was_reset()
        self._go(BEGAN_ANEW)
        if self.escrow == EMPTY and self._held_minor:
            self._went_back()

    def became_lost(self, now: float) -> None:
        """What was begun waits a while for it to come back; see ``tick``."""
        self._lost_at = now

    def tick(self, now: float) -> None:
        """While it is lost, its recycler answers with what is known."""
        if self.present is False:
            self.recycler.lost(now, self._lost_at)

    # What came in

    def _know(self, setup: Setup) -> None:
        scaling = attrs.evolve(setup.scaling, minor_digits=self._minor_digits)
        self._can_hold = setup.escrow
        self.values.clear()
        for bill_type, units in enumerate(setup.values):
            if units in (0, 0xFF):
                continue
            try:
                self.values[bill_type] = scaling.minor(units)
            except ProtocolError as error:
                self._trouble(self.name, str(error))

    def _counted(self, stacker: Stacker) -> None:
        if self.escrow == COUNTING:
            self._stacked_before = stacker.bills
            self._go(COUNTED)
        elif self.escrow == ASTRAY:
            if self._stacked_before is not None and stacker.bills > self._stacked_before:
                self._kept("stacker")
            elif self.recycler.counts.get(self._held_type, 0) > self._recycled_before:
                self._kept("recycler", counted=True)
            else:
                self._went_back()
        if stacker.full:
            self._trouble(self.name, f"stacker is full with {stacker.bills} bills")

    def _happened(self, event: validator_answers.Event) -> None:
        match event:
            case BillMoved(kind, validator_answers.IN_ESCROW) if self.escrow == EMPTY and kind in self.values:
                self._held_type, self._held_minor = kind, self.values[kind]
                self._go(IN_ESCROW)
                self._tell(BillHeld(value_minor=self._held_minor))
            case BillMoved(kind, validator_answers.STACKED) if kind in self.values:
                self._stacked(kind, "stacker")
            case BillMoved(kind, validator_answers.RECYCLED) if kind in self.values:
                self._stacked(kind, "recycler")
            case Status(validator_answers.ESCROW_ASKED):
                self._tell(ReturnAsked())
            case BillMoved(_, validator_answers.RETURNED) | Status(validator_answers.BILL_REMOVED):
                self._went_back()
            case Status(validator_answers.INVALID_ESCROW) if self.state == READY:
                self._trouble(self.name, "has no bill in escrow to move")
            case Status(code) if code not in _USUAL and code in validator_answers.STATUS_TEXT:
                self._trouble(self.name, validator_answers.STATUS_TEXT[code])

    def _stacked(self, kind: int, held_in: str) -> None:
        value = self.values[kind]
        if self.escrow in (STACKING, RETURNING):
            self._kept(held_in)
        elif self._can_hold:  # a validator with escrow stacks only by our word: told again, our ACK was lost
            self._trouble(self.name, f"tells a stacked bill of {value} again")
        else:
            if held_in == "recycler":
                self.recycler.kept(kind)
            self._tell(CashInserted(value_minor=value, held_in=held_in))

    def _kept(self, held_in: str, *, counted: bool = False) -> None:
        value, self._held_minor = self._held_minor, 0
        if held_in == "recycler" and not counted:
            self.recycler.kept(self._held_type)
        self._go(KEPT)
        self._tell(CashInserted(value_minor=value, held_in=held_in))

    def _went_back(self) -> None:
        if not self._held_minor:
            return
        value, self._held_minor = self._held_minor, 0
        self._go(GONE_BACK)
        self._tell(BillReturned(value_minor=value))

    def _go(self, event: str) -> None:
        self.escrow = ESCROW.get((self.escrow, event), self.escrow)


_USUAL = (
    validator_answers.BUSY,
    validator_answers.WAS_RESET,
    validator_answers.BILL_REMOVED,
    validator_answers.DISABLED,
    validator_answers.INVALID_ESCROW,
    validator_answers.ESCROW_ASKED,
    validator_answers.PAYOUT_BUSY,
    validator_answers.RECYCLER_BUSY,
    validator_answers.RECYCLER_DISABLED,
)
