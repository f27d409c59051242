"""The cashless reader as the master serves it: sessions, one amount at a time, and what was truly taken."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from hardware.contract.payment import (
    Authorise,
    Authorised,
    Declined,
    SessionBegun,
    SessionEnded,
    Settle,
    Settled,
)
from hardware.mdb import talk, timing
from hardware.mdb.codec import reader, reader_answers
from hardware.mdb.codec.block import READER
from hardware.mdb.codec.fields import Identity
from hardware.mdb.codec.reader_answers import Configuration, ReaderIdentity
from hardware.mdb.life import Step, Trouble, Unit
from hardware.mdb.reader_terms import Terms
from hardware.mdb.remembered import Remembered
from hardware.mdb.talk import Key, Request
from runtime.errors import ProtocolError

REQUESTS_MAX = 16
"""Requests, and cash sales to report, that may wait."""

MASTER = Identity("HWK", "0" * 12, "HAWKER", 0x0001)
"""Who we are, for 17 00."""

Message = tuple[reader_answers.Message, ...]


class ReaderUnit(Unit):
    """Cards and phones.

    Attributes:
        talk: one of the states of ``talk.TALK``.
        terms: what was agreed on at setup.
    """

    name = "reader"
    reset = reader.Reset()
    poll = reader.Poll()

    def __init__(
        self,
        now: float,
        trouble: Trouble,
        tell: Callable[[object], None],
        minor_digits: int,
        address: int = READER,
    ) -> None:
        super().__init__(timing.SILENT_READER, now, trouble)
        self.talk = talk.IDLE
        self.terms = Terms(minor_digits)
        self._tell, self._address = tell, address
        self._waiting: deque[Request] = deque()
        self._request: Request | None = None
        self._unheard = False
        self._acked = self._begun = self._ending = self._used = self._cancel_reader = False
        self._since = self._linger_until = now
        self._reset_due = False
        self._authorised: Remembered[Key, Authorised | Declined] = Remembered()
        self._settled: Remembered[Key, Settled] = Remembered()
        self._cash_sales: deque[tuple[int, int]] = deque()

    # Orders

    def authorise(self, order: Authorise) -> None:
        """Ask for an amount; answered by ``Authorised`` or ``Declined``."""
        key = (order.sale, order.ask)
        if (told := self._authorised.get(key)) is not None:
            self._tell(told)
        elif any(request.key == key for request in (*self._waiting, self._request) if request is not None):
            return
        elif self.present is False:
            self._tell(Declined(sale=order.sale, ask=order.ask, why="offline"))
        elif len(self._waiting) >= REQUESTS_MAX:
            self._tell(Declined(sale=order.sale, ask=order.ask, why="declined"))
        else:
            item = talk.item_number(order.lane)
            self._waiting.append(Request(order.sale, order.ask, order.amount_minor, 0, item))

    def settle(self, order: Settle, now: float) -> None:
        """Take all of it, or let it go; answered by ``Settled``. A part cannot be taken: all is."""
        key = (order.sale, order.ask)
        request = self._request
        if (told := self._settled.get(key)) is not None:
            self._tell(told)
        elif request is not None and request.key == key:
            self._settle_now(request, order, now)
        elif waiting := next((other for other in self._waiting if other.key == key), None):
            self._waiting.remove(waiting)
            waiting.let_go = True
            self._decline(waiting, "cancelled")
        else:  # approved before a reset of the reader or our restart: the reader took it for a success
            taken = talk.referred_minor(order.reference, order.amount_minor) if order.reference else 0
            self._settle_told(key, taken)

    def _settle_now(self, request: Request, order: Settle, now: float) -> None:
        if self.talk == talk.APPROVED:
            self._begin(talk.TAKE if order.amount_minor else talk.LET_GO, now)
        elif self.talk in (talk.ASKED, talk.CANCELLING):
            request.let_go = True
            self._withdraw("cancelled", now)

    def lever(self, now: float) -> None:
        """The customer pulled the return lever (section 7.4: escrow request)."""
        match self.talk:
            case talk.ASKED:
                self._withdraw("cancelled", now)
            case talk.SESSION:
                self._ending = True
            case talk.IDLE:
                while self._waiting:
                    self._decline(self._waiting.popleft(), "cancelled")
                self._cancel_reader = True

    def report_cash_sale(self, price_minor: int, lane: str) -> None:
        """Tell a sale for cash to a reader that keeps the audit; others are not told."""
        if self.terms.wants_cash_sales and len(self._cash_sales) < REQUESTS_MAX:
            self._cash_sales.append((price_minor, talk.item_number(lane)))

    # Protocol

    def encode(self, command: reader.Command) -> bytes:
        """See ``codec.reader``."""
        return reader.encode_command(command, self.terms.dialect, self._address)

    def decode(self, command: reader.Command, block: bytes) -> Message:
        """See ``codec.reader_answers``."""
        return reader_answers.decode_answer(block, self.terms.dialect)

    def says_reset(self, answer: Message) -> bool:
        """00 among the messages."""
        return reader_answers.JustReset() in answer

    def step_met(self, step: Step, answer: Message) -> bool:
        """The answer may stand among others, and may come by POLL."""
        return step.wants is not None and any(isinstance(message, step.wants) for message in answer)

    def setup(self) -> list[Step]:
        """11 00, 11 01, 17 00, [17 04, 11 01 in 32 bits], 14 01 (section 7.3)."""
        return [
            Step(reader.Configure(), Configuration),
            Step(reader.SetPrices()),
            Step(reader.AskIdentity(MASTER), ReaderIdentity, optional=True),
            Step(reader.EnableReader()),
        ]

    def work(self, now: float) -> reader.Command | None:
        """What to say instead of a poll."""
        match self.talk:
            case talk.IDLE | talk.SESSION:
                return self._between(now)
            case talk.ASKED:
                return self._asked(now)
            case talk.CANCELLING if not self._acked:
                return reader.CancelVend()
            case talk.SUCCEEDING if self._request is not None:
                return reader.VendSucceeded(self._request.item)
            case talk.FAILING if not self._acked:
                return reader.VendFailed()
            case talk.COMPLETING if not self._acked:
                return reader.CompleteSession()
            case talk.CANCELLING | talk.COMPLETING if now - self._since >= self.silent_seconds:
                self.must_reset(f"does not answer while {self.talk}", now)
        return None

    def _between(self, now: float) -> reader.Command | None:
        """No amount is asked for: report, end the session, or ask for the next."""
        if self._reset_due:
            self.must_reset("has had a command out of sequence", now)
            return None
        if self._cash_sales:
            return self._report(*self._cash_sales[0])
        if self._cancel_reader and self.talk == talk.IDLE:
            return reader.CancelReader()
        used_up = self._used and not self.terms.many_vends
        over = self._used and not self._waiting and now >= self._linger_until
        if self.talk == talk.SESSION and (self._ending or used_up or over):
            self._begin(talk.COMPLETE, now)
            return reader.CompleteSession()
        if not self._waiting:
            return None
        first = self._waiting[0]
        first.until = now + timing.CARD if first.until is None else first.until
        if now >= first.until:
            self._decline(self._waiting.popleft(), "timeout")
            return None
        return self._ask(now) if self.talk == talk.SESSION or self.terms.always_idle else None

    def _report(self, price_minor: int, item: int) -> reader.Command | None:
        try:
            return reader.ReportCashSale(self.terms.units(price_minor), item, self.terms.currency)
        except ProtocolError as error:
            self._trouble(self.name, str(error))
            self._cash_sales.popleft()
            return None

    def _ask(self, now: float) -> reader.Command | None:
        self._request = request = self._waiting.popleft()
        try:
            request.units = self.terms.units(request.amount_minor)
        except ProtocolError as error:
            self._trouble(self.name, str(error))
            self._decline(request, "declined")
            self._request = None
            return None
        in_session = self.talk == talk.SESSION and self._begun
        request.until = now + (self.silent_seconds if in_session else timing.CARD)
        self._begin(talk.ASK, now)
        return reader.RequestVend(request.units, request.item)

    def _asked(self, now: float) -> reader.Command | None:
        request = self._request
        assert request is not None, "asked without a request"
        if request.until is not None and now >= request.until:
            self._withdraw("timeout", now)
            return reader.CancelVend()
        return None if self._acked else reader.RequestVend(request.units, request.item)

    def answered(self, command: reader.Command, answer: Message, now: float) -> None:
        """Go on with what the reader said, in the answer to anything."""
        match command:
            case reader.EnableOptions():
                self.terms.enabled(command.options)
            case reader.ReportCashSale() if self._cash_sales:
                self._cash_sales.popleft()
            case reader.CancelReader():
                self._cancel_reader = False
            case _ if self.talk == talk.ACKED_IN.get(type(command)):
                self._acked = True
            case reader.VendSucceeded() if reader_answers.OutOfSequence not in map(type, answer):
                self._ends(talk.TAKEN, now)
        polled = isinstance(command, reader.Poll) and self.talk == talk.FAILING and self._acked
        refunding_seen = not self.blind or bool(answer) or now - self._since >= self.silent_seconds
        if self._unheard and answer:
            self._poll_next = True  # hear all that it has to say before a command is repeated
        for message in answer:
            self._said_so(message, now)
        if polled and refunding_seen and self.talk == talk.FAILING:
            self._ends(talk.REFUNDED, now)

    def unanswered(self, command: reader.Command, now: float) -> None:
        """It may have been carried out: then its repeat is out of sequence."""
        self._unheard = True

    def misunderstood(self, now: float) -> None:
        """In the middle of an amount nothing may be guessed: a reset makes it a success or nothing."""
        if self._request is not None:
            self.must_reset("cannot be understood", now)

    def was_reset(self, now: float) -> None:
        """No session is open; what was approved was taken."""
        self.terms.forget()
        self._cancel_reader = self._reset_due = False
        self._broken_off(now)

    def became_lost(self, now: float) -> None:
        """What is open ends as by the RESET it will get."""
        self._broken_off(now)

    def tick(self, now: float) -> None:
        """Requests to a reader that is lost are declined."""
        while self.present is False and self._waiting:
            self._decline(self._waiting.popleft(), "offline")

    # What the reader says

    def _said_so(self, message: reader_answers.Message, now: float) -> None:
        match message:
            case Configuration():
                self.terms.configured(message)
                self.silent_seconds = max(timing.SILENT_READER, float(message.response_seconds))
            case ReaderIdentity() if self._steps:
                self._steps[1:1] = self.terms.steps_for(message.identity.features or 0)
            case reader_answers.SessionBegun() if self.talk == talk.IDLE:
                self._begin(talk.BEGUN, now)
                self._begun, self._used, self._ending = True, False, False
                funds = self.terms.minor(message.funds)
                self._tell(SessionBegun(funds_minor=-1 if funds is None else funds))
            case reader_answers.SessionCancelAsked():
                self._ending = True
            case reader_answers.SessionEnded():
                self._session_over(now)
            case reader_answers.VendApproved():
                self._approved(message, now)
            case reader_answers.VendDenied() if self.talk in (talk.ASKED, talk.CANCELLING):
                self._ends(talk.NO, now)
            case reader_answers.Malfunction(kind, detail):
                self._trouble(self.name, f"{reader_answers.ERRORS.get(kind, 'error')} ({kind:X}{detail:X})")
                if kind == reader_answers.REFUND_ERROR:
                    self._ends(talk.REFUND_LOST, now)
            case reader_answers.OutOfSequence():
                self._out_of_sequence(now)

    def _approved(self, message: reader_answers.VendApproved, now: float) -> None:
        request = self._request
        if request is None or self.talk not in (talk.ASKED, talk.CANCELLING):
            return
        amount = self.terms.minor(message.amount)
        request.taken_minor = request.amount_minor if amount is None else amount
        if request.let_go:
            self._begin(talk.YES_TOO_LATE, now)
            return
        self._begin(talk.YES, now)
        yes = request.authorised()
        self._authorised.keep(request.key, yes)
        self._tell(yes)

    def _out_of_sequence(self, now: float) -> None:
        """0B: of a command we repeated because its answer was lost, the first was carried out."""
        if self.talk == talk.FAILING and self._since == now:  # VEND CANCEL crossed with 05: fail it first
            self._reset_due = True
            return
        if self.talk == talk.SUCCEEDING:
            self._ends(talk.TAKEN, now)
        elif self.talk == talk.FAILING and self._unheard:
            self._ends(talk.REFUNDED, now)
        self.must_reset("has had a command out of sequence", now)

    # Ends

    def _ends(self, event: str, now: float) -> None:
        """The request has its end by this event, where the table knows one."""
        request, before = self._request, self.talk
        self._begin(event, now)
        if request is None or self.talk == before:
            return
        self._request = None
        self._used, self._linger_until = True, now + timing.NEXT_UNIT
        match event:
            case talk.NO | talk.ENDED if before in (talk.ASKED, talk.CANCELLING):
                self._decline(request, request.withdrawn or "declined")
            case talk.TAKEN | talk.REFUND_LOST:
                self._settle_told(request.key, request.taken_minor)
            case talk.REFUNDED:
                self._settle_told(request.key, 0)

    def _broken_off(self, now: float) -> None:
        request, before = self._request, self.talk
        self._request = None
        self._begin(talk.BEGAN_ANEW, now)
        self._told_over()
        if request is None:
            return
        if before in (talk.ASKED, talk.CANCELLING):
            self._decline(request, request.withdrawn or "offline")
        elif before in (talk.SUCCEEDING, talk.FAILING):
            self._settle_told(request.key, request.taken_minor)

    def _session_over(self, now: float) -> None:
        if self.talk in (talk.ASKED, talk.CANCELLING):
            self._ends(talk.ENDED, now)
        else:
            self._begin(talk.ENDED, now)
        if self.talk == talk.IDLE:
            self._told_over()

    def _told_over(self) -> None:
        if self._begun:
            self._tell(SessionEnded())
        self._begun = self._ending = self._used = False

    def _withdraw(self, why: str, now: float) -> None:
        if self._request is not None and self.talk == talk.ASKED:
            self._request.withdrawn = why
            self._begin(talk.WITHDRAW, now)

    def _decline(self, request: Request, why: str) -> None:
        """Nothing was taken; who has let it go hears only that it is settled."""
        no = request.declined(why)
        self._authorised.keep(request.key, no)
        if request.let_go:
            self._settle_told(request.key, 0)
        else:
            self._tell(no)

    def _settle_told(self, key: Key, amount_minor: int) -> None:
        settled = Settled(sale=key[0], ask=key[1], amount_minor=amount_minor)
        self._settled.keep(key, settled)
        self._tell(settled)

    def _begin(self, event: str, now: float) -> None:
        """Go to the next state, with nothing said in it yet."""
        after = talk.TALK.get((self.talk, event), self.talk)
        if after != self.talk:
            self.talk, self._acked, self._unheard, self._since = after, False, False, now
