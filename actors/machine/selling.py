"""How a machine sells: one customer at a time, from the choice to the change.

What it may do in each state; anything else changes nothing, except that a coin is always taken note of:

| state     | takes                             | goes to                                           |
|-----------|-----------------------------------|---------------------------------------------------|
| idle      | LanesChosen                       | paying (cash), asking (else), vending (free), end |
| paying    | CashInserted, UnitTimeout         | vending once the total is in; end                 |
| asking    | Authorised, Declined, UnitTimeout | vending; end                                      |
| vending   | MotorTurned, UnitTimeout          | vending (next unit); end                          |
| end       | (at once)                         | returning if cash is to go back, else idle        |
| returning | PaidOut, UnitTimeout              | idle                                              |

A unit lost to a jam is told by ``VendFailed`` alone; ``SaleRefused`` is for units whose motor never turned.
Nobody is refused for lack of change: only the pieces put in tell whether change is due, and a bill in the
stacker cannot come back. The tubes pay what they can and the rest is flagged.
"""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from actors.machine.books import BookFact, Books
from actors.machine.lane import UNITS_MAX, UNKNOWN, Lane, turn_of
from actors.machine.messages import (
    MachineRestarted,
    Release,
    SaleRefused,
    UnitTimeout,
    VendIntended,
)
from actors.payment.messages import (
    CashTaken,
    ChangePaid,
    FloatSet,
    PaymentAuthorised,
    PaymentFlagged,
    PaymentRefunded,
)
from hardware.contract.cash import AcceptCash, CashInserted, PaidOut, PayOut
from hardware.contract.keypad import LanesChosen, Served
from hardware.contract.motor_board import DROPPED, MotorTurned
from hardware.contract.payment import Authorise, Authorised, Declined, Settle
from runtime.actor import Actor, applies, handles
from runtime.address import Ref

IDLE, PAYING, ASKING, VENDING, RETURNING = "idle", "paying", "asking", "vending", "returning"

SILENCE_SECONDS = 120
"""How long a customer or a device may be silent before the sale is ended without them."""


class Selling(Actor):
    """The selling half of a ``Machine``, which says what the arguments are. No sale ends with money held."""

    durable: ClassVar[tuple[str, ...]] = ("books", "missing")
    __slots__ = (
        "books",
        "chosen_tender",
        "customer",
        "heard_us",
        "lanes",
        "missing",
        "number",
        "refused",
        "state",
        "tenders",
        "unit",
        "units",
        "vended",
        "watched",
        "why",
    )

    books: Books
    missing: list[str]
    state: str
    customer: int | None
    number: int
    chosen_tender: str
    units: list[tuple[str, int]]
    unit: int
    vended: int
    refused: int
    why: str
    heard_us: int
    watched: int

    def __init__(self, lanes: tuple[str, ...], tenders: tuple[str, ...]) -> None:
        self.lanes = lanes
        self.tenders = tenders
        self.books = Books()
        self.missing = []  # devices that do not answer
        self.state = IDLE
        self.customer = None  # None: nobody stands there, a coin came by itself
        self.number = 0  # of the sale that is open
        self.chosen_tender = ""
        self.units = []  # lane and price of each unit to sell
        self.unit = self.vended = self.refused = 0
        self.why = ""
        self.heard_us = 0
        self.watched = 0  # sale in which the one timer was set; 0 if none runs

    def _device(self, name: str) -> Ref:
        return self.reach(f"{self.address}/{name}")

    def _lane(self, code: str) -> Lane:
        lane = self.kernel.actors[self.reach(f"{self.address}/lane/{code}")]
        assert isinstance(lane, Lane), f"{self.address}: lane {code} was not built"
        return lane

    @property
    def held_minor(self) -> int:
        """The customer's money that is neither sold, given back nor flagged."""
        sold = sum(vend.price_minor for vend in self.books.intents if self._lane(vend.lane).has_sold(vend))
        return self.books.cash_in_minor + self.books.reserved_minor - self.books.flagged_minor - sold

    # Choosing

    @handles(LanesChosen)
    def choose(self, choice: LanesChosen) -> None:
        """Refuse what cannot be sold, and ask for the money for the rest."""
        if self.state != IDLE:
            busy = Served(customer=choice.customer, vended=0, refused=len(choice.lanes), why="busy")
            self.tell(self._device("keypad"), busy)
            return
        self._begin(choice.customer, choice.tender)
        everything = self._everything_off(choice.tender)
        wanted: Counter[str] = Counter()
        refusals: dict[tuple[str, str], int] = {}
        for place, code in enumerate(choice.lanes):
            wanted[code] += 1
            why = everything or ("other" if place >= UNITS_MAX or code not in self.lanes else "")
            if not why:
                lane = self._lane(code)
                if not (why := lane.refusal(wanted[code])):
                    self.units.append((code, lane.price_minor))
                    continue
            refusals[code, why] = refusals.get((code, why), 0) + 1
        for (code, why), units in refusals.items():
            self._refuse(code, units, why)
        self._ask(sum(price for _, price in self.units))

    def _begin(self, customer: int | None, tender: str) -> None:
        self.number = self.books.sale + 1
        self.customer, self.chosen_tender = customer, tender
        self.units = []
        self.unit = self.vended = self.refused = 0
        self.why = ""

    def _everything_off(self, tender: str) -> str:
        if tender not in self.tenders:
            return "other"
        return "offline" if any(d in self.missing for d in ("machine", "board", tender)) else ""

    def _ask(self, total_minor: int) -> None:
        if not total_minor:
            self._vend()
        elif self.chosen_tender == "cash":
            self._enter(PAYING)
            self.tell(self._device("cash"), AcceptCash(on=True))
        else:
            self._enter(ASKING)
            self.tell(self._device(self.chosen_tender), Authorise(sale=self.number, amount_minor=total_minor))

    def _refuse(self, lane: str, units: int, why: str) -> None:
        self.record(SaleRefused(sale=self.number, lane=lane, units=units, why=why))
        self._count_refused(units, why)

    def _count_refused(self, units: int, why: str) -> None:
        self.refused += units
        self.why = self.why or why

    def _refuse_rest(self, why: str) -> None:
        """The units not yet begun will not be sold."""
        for lane, units in Counter(lane for lane, _ in self.units[self.unit :]).items():
            self._refuse(lane, units, why)
        self.unit = len(self.units)
        self._end()

    # Taking money

    @handles(CashInserted)
    def insert(self, event: CashInserted) -> None:
        """Take note of the money. What comes when none was asked for goes back at the end of the sale."""
        alone = self.state == IDLE
        if alone:
            self._begin(None, "cash")
        self.record(CashTaken(sale=self.number, amount_minor=event.value_minor, held_in=event.held_in))
        self.heard_us = self.now
        if alone:
            self._end()
        elif self.state == PAYING and self.books.cash_in_minor >= sum(price for _, price in self.units):
            self.tell(self._device("cash"), AcceptCash(on=False))
            self._vend()

    @handles(Authorised)
    def authorised(self, answer: Authorised) -> None:
        """Go on with the sale; let go what came too late or is not the amount asked for."""
        if answer.sale == self.books.sale and self.books.tender:
            return  # said twice
        if self.state != ASKING or answer.sale != self.number:
            self._void(answer.sale, answer.reference)
        elif answer.amount_minor != sum(price for _, price in self.units):
            self._void(answer.sale, answer.reference)
            self._refuse_rest("other")
        else:
            self.record(
                PaymentAuthorised(
                    sale=answer.sale,
                    tender=self.chosen_tender,
                    amount_minor=answer.amount_minor,
                    reference=answer.reference,
                )
            )
            self._vend()

    @handles(Declined)
    def declined(self, answer: Declined) -> None:
        """The customer leaves without the goods."""
        if self.state == ASKING and answer.sale == self.number:
            self._refuse_rest("other")

    def _void(self, sale: int, reference: str) -> None:
        """Let go what any provider may hold under a number that did not become a sale."""
        for tender in self.tenders:
            if tender != "cash":
                self.tell(self._device(tender), Settle(sale=sale, amount_minor=0, reference=reference))

    # Vending

    def _vend(self) -> None:
        """Intend the next unit and have its lane release it; end when there is none."""
        while self.unit < len(self.units):
            code, price_minor = self.units[self.unit]
            if not (why := self._lane(code).refusal()):
                vend = VendIntended(
                    sale=self.number,
                    unit=self.unit,
                    lane=code,
                    price_minor=price_minor,
                    tender=self.chosen_tender,
                )
                self.record(vend)
                self._enter(VENDING)
                self.tell(self._device(f"lane/{code}"), Release(sale=vend.sale, unit=vend.unit))
                return
            self._refuse(code, 1, why)
            self.unit += 1
        self._end()

    @handles(MotorTurned)
    def turned(self, event: MotorTurned) -> None:
        """Settle this unit for itself and go on; the word of a turn given up is too late."""
        if self.state != VENDING or event.turn != turn_of(self.number, self.unit):
            return
        self._lane(self.units[self.unit][0]).turned(self.books.intents[-1], event.outcome)
        self.unit += 1
        if event.outcome == DROPPED:
            self.vended += 1
        else:
            self._count_refused(1, "jam")
        self._vend()

    def _give_up(self, vend: VendIntended) -> None:
        """Nobody knows whether it fell: close the lane, and let a person decide about the money."""
        self._lane(vend.lane).turned(vend, UNKNOWN)
        if amount_minor := min(vend.price_minor, self.held_minor):
            self.record(
                PaymentFlagged(sale=vend.sale, tender=vend.tender, amount_minor=amount_minor, why=UNKNOWN)
            )

    # Giving back

    def _end(self) -> None:
        """Give back what was not sold, the way it was paid."""
        self._let_go_reserved(self.number)
        if held := self.held_minor if self.books.sale == self.number else 0:
            self._enter(RETURNING)
            self.tell(self._device("cash"), PayOut(sale=self.number, amount_minor=held))
        else:
            self._serve()

    def _let_go_reserved(self, sale: int) -> None:
        if self.books.sale != sale or not self.books.tender:
            return
        if (back := self.held_minor - self.books.cash_in_minor) > 0:
            self.record(PaymentRefunded(sale=sale, tender=self.books.tender, amount_minor=back))
        settle = Settle(sale=sale, amount_minor=self.books.reserved_minor, reference=self.books.reference)
        self.tell(self._device(self.books.tender), settle)

    @handles(PaidOut)
    def paid_out(self, event: PaidOut) -> None:
        """Note what the tubes gave; what they lacked is flagged."""
        if self.state != RETURNING or event.sale != self.number:
            return
        if paid := min(event.amount_minor, self.held_minor):
            self.record(ChangePaid(sale=self.number, amount_minor=paid))
        self._flag_rest("no_change")

    def _flag_rest(self, why: str) -> None:
        if held := self.held_minor:
            self.record(PaymentFlagged(sale=self.number, tender="cash", amount_minor=held, why=why))
        self._serve()

    def _serve(self) -> None:
        self.state = IDLE
        if self.customer is not None:
            served = Served(customer=self.customer, vended=self.vended, refused=self.refused, why=self.why)
            self.tell(self._device("keypad"), served)

    # Silence: one timer looks after all steps

    def _enter(self, state: str) -> None:
        self.state, self.heard_us = state, self.now
        if not self.watched:
            self._watch(SILENCE_SECONDS)

    def _watch(self, seconds: float) -> None:
        self.watched = self.number
        self.after(seconds, UnitTimeout(sale=self.number))

    @handles(UnitTimeout)
    def look(self, timeout: UnitTimeout) -> None:
        """End a sale of which nothing was heard for ``SILENCE_SECONDS``."""
        if timeout.sale != self.watched:
            return  # set before a restart
        self.watched = 0
        if self.state == IDLE:
            return
        left_us = self.heard_us + SILENCE_SECONDS * 1_000_000 - self.now
        if left_us > 0:
            self._watch(left_us / 1_000_000)
            return
        match self.state:
            case "paying":
                self.tell(self._device("cash"), AcceptCash(on=False))
            case "asking":
                self._void(self.number, "")
            case "vending":
                self._give_up(self.books.intents[-1])
                self.unit += 1
                self._count_refused(1, "other")
            case "returning":
                self._flag_rest("no_answer")
                return
        self._refuse_rest("other")

    # Facts

    @applies(
        FloatSet,
        CashTaken,
        ChangePaid,
        PaymentAuthorised,
        PaymentRefunded,
        PaymentFlagged,
        VendIntended,
        SaleRefused,
        MachineRestarted,
    )
    def booked(self, fact: BookFact) -> None:
        """Money or a sale's number moved."""
        self.books.enter(fact)
