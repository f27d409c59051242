"""What the steps of a sale know of their machine, and the sale that is open.

The steps are functions in ``choosing.py``, ``paying.py``, ``vending.py``, ``returning.py`` and
``recovery.py``; which message takes which step in which state is the table in ``sale_table.py``. A restart
forgets the ``Sale``; what has to be known then is in the books.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from actors.cabinet.messages import MessageShown
from actors.machine import sale_table
from actors.machine.books import BookFact, Books
from actors.machine.lane import Lane
from actors.machine.messages import (
    MachineRestarted,
    SaleRefused,
    UnitTimeout,
    VendIntended,
)
from actors.machine.states import IDLE
from actors.payment.messages import (
    CashMetered,
    CashTaken,
    ChangePaid,
    FloatSet,
    PaymentAuthorised,
    PaymentFlagged,
    PaymentKept,
    PaymentRefunded,
    PayOutIntended,
)
from hardware.contract.cash import Pieces
from runtime.actor import Actor, applies, handles
from runtime.address import Ref


@attrs.define(slots=True, kw_only=True)
class Sale:
    """The open sale, as far as facts do not tell it.

    Attributes:
        number: its number.
        customer: the customer's own; None if nobody stands there.
        tender: the way the customer pays, "" any.
        units: lane and price of each unit to sell.
        unit: which of them is being sold.
        vended, refused, why: what the customer will be told.
        asks: requests that are open, as (ask, tender).
        asked_minor: how much each of them asks for.
        unsettled: the newest authorisation is still to be settled.
        pay_out: number under which the cash device is told to pay out.
        pieces_taken: what the entries are open for; None while they are shut.
        code: the payment code that was scanned.
        funds_minor: what the card presented holds, -1 unknown; None without a card.
        again: the machine was open before: this is a restart.
        awaits: devices whose word a recovery waits for.
        counted: the cash device's, as (inserted_minor, paid_minor, tubes).
        outcome: the motor board's, of the last unit intended.
    """

    number: int = 0
    customer: int | None = None
    tender: str = ""
    units: list[tuple[str, int]] = attrs.field(factory=list)
    unit: int = 0
    vended: int = 0
    refused: int = 0
    why: str = ""
    asks: tuple[tuple[int, str], ...] = ()
    asked_minor: int = 0
    unsettled: bool = False
    pay_out: int = 0
    pieces_taken: tuple[int, ...] | None = None
    code: str = ""
    funds_minor: int | None = None
    again: bool = False
    awaits: tuple[str, ...] = ()
    counted: tuple[int, int, Pieces] | None = None
    outcome: str = ""


class Selling(Actor):
    """The part of a ``Machine`` that steps of a sale use; the machine says what the arguments are."""

    durable: ClassVar[tuple[str, ...]] = ("books", "missing", "locks", "text")
    __slots__ = (
        "books",
        "exact_only",
        "float_minor",
        "heard_us",
        "held",
        "lanes",
        "let_go",
        "locks",
        "missing",
        "money_first",
        "sale",
        "state",
        "tenders",
        "text",
        "unheard",
        "values",
        "watched",
    )

    books: Books
    missing: list[str]
    locks: dict[str, str]
    held: str
    state: str
    sale: Sale
    let_go: tuple[tuple[int, int], ...]
    values: tuple[int, ...]
    text: str
    unheard: tuple[int, int]
    exact_only: bool
    heard_us: int
    watched: int

    def __init__(
        self, lanes: tuple[str, ...], tenders: tuple[str, ...], float_minor: int, money_first: bool
    ) -> None:
        self.lanes = lanes
        self.tenders = tenders
        self.float_minor = float_minor
        self.money_first = money_first
        self.books = Books()
        self.missing = []  # devices that do not answer
        self.locks = {}  # why no customer is served: who locked it ("operator", "service") to the reason
        self.held = ""  # why its node lets nothing new begin (runtime.health)
        self.state = IDLE
        self.sale = Sale()
        self.let_go = ()  # (sale, ask) of requests whose end providers have not confirmed
        self.values = ()  # every coin and bill that the cash device takes; () until it said so
        self.text = ""  # what an operator has put on the display
        self.unheard = (0, 0)  # (sale, ask) that was settled whole and whose provider has not yet said so
        self.exact_only = False  # whether customers are told that change is short
        self.heard_us = 0
        self.watched = 0  # number under which the one timer was set; 0 if none runs

    def device(self, name: str) -> Ref:
        """Where a device of this machine is told something."""
        return self.reach(f"{self.kernel.addresses[self.ref]}/{name}")

    def lane(self, code: str) -> Lane:
        """One of its lanes."""
        kernel = self.kernel
        lane = kernel.actors[self.reach(f"{kernel.addresses[self.ref]}/lane/{code}")]
        assert isinstance(lane, Lane), f"{self.address}: lane {code} was not built"
        return lane

    @property
    def readers(self) -> list[str]:
        """The ways to pay that are asked for an authorisation, in the order of their request numbers."""
        return [way for way in self.tenders if way != "cash"]

    # The newest sale's money that is neither sold, given back nor flagged

    @property
    def held_minor(self) -> int:
        """All of it."""
        return self.cash_held_minor + self.card_held_minor

    @property
    def cash_held_minor(self) -> int:
        """What came in as cash."""
        if not self.books.cash_in_minor:
            return 0
        sold = sum(cash_share(vend) for vend in self.books.intents if self.lane(vend.lane).has_sold(vend))
        return self.books.cash_in_minor - sold

    @property
    def card_held_minor(self) -> int:
        """What providers reserved."""
        if not self.books.reserved_minor:
            return 0
        sold = sum(
            vend.price_minor - cash_share(vend)
            for vend in self.books.intents
            if self.lane(vend.lane).has_sold(vend)
        )
        return self.books.reserved_minor - sold

    @property
    def ending(self) -> int:
        """The sale that a restart interrupted and that is being ended, 0 if none is."""
        return self.books.sale if self.sale.again and self.state != IDLE else 0

    @property
    def due_minor(self) -> int:
        """What is still to be paid in cash before the next unit, or before the first if cash pays for all."""
        left = self.sale.units[self.sale.unit :]
        owed = left if self.sale.tender == "cash" else left[:1]
        return sum(price for _, price in owed) - self.cash_held_minor

    def off_why(self, tender: str) -> str:
        """Why nothing is sold to whoever pays this way ("" any): a word of ``SaleRefused``; "" if it is."""
        ways = (tender,) if tender else self.tenders
        if self.locks or self.held or not ways or not set(ways) <= set(self.tenders):
            return "other"
        missing = self.missing
        if not missing:
            return ""
        off = "machine" in missing or "board" in missing or all(way in missing for way in ways)
        return "offline" if off else ""

    # Steps

    @handles(*sale_table.TAKES)
    def step(self, message: object) -> None:
        """Do what the table says for this message in this state; what it does not name changes nothing."""
        if (taken := sale_table.STEPS[self.state].get(type(message))) is not None:
            taken(self, message)

    def watch(self, seconds: float) -> None:
        """Look after so many seconds whether anything was heard."""
        self.watched = self.books.last + 1
        self.after(seconds, UnitTimeout(sale=self.watched))

    @applies(
        FloatSet,
        CashMetered,
        CashTaken,
        PayOutIntended,
        ChangePaid,
        PaymentAuthorised,
        PaymentRefunded,
        PaymentFlagged,
        PaymentKept,
        VendIntended,
        SaleRefused,
        MachineRestarted,
    )
    def booked(self, fact: BookFact) -> None:
        """Money or a sale's number moved."""
        self.books.enter(fact)

    @applies(MessageShown)
    def message_shown(self, fact: MessageShown) -> None:
        """An operator's text is on the display, or will be when customers need no other."""
        self.text = fact.text


def cash_share(vend: VendIntended) -> int:
    """The part of a unit's price that was paid in cash."""
    return vend.price_minor if vend.tender == "cash" else vend.cash_minor
