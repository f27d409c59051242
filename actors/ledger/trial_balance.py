"""Running balances of every account, and what must hold of them after each fact.

One set of rules for two users: the checker of a finished ledger (``queries.check``) and the observer of a
running world (``scenarios.invariants``). The numbers are those of SAFETY.md: I1 money, I2 stock, I3 every
payment ends, I4 a sale is sold once, I8 the motor turns once for a paid unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import attrs

from actors.ledger.postings import RULES, Line
from actors.machine.messages import (
    LaneAssigned,
    LaneEmptied,
    LaneFilled,
    LaneOpened,
    MachineServiced,
    VendCompleted,
    VendFailed,
    VendIntended,
)
from actors.payment.messages import (
    CashTaken,
    ChangePaid,
    PaymentAuthorised,
    PaymentFlagged,
    PaymentRefunded,
    RefundOwed,
)
from actors.store.messages import SaleCompleted
from actors.van.messages import VanReturned, VanVisited
from actors.warehouse.messages import GoodsIssued
from runtime.address import head, tail

VIOLATIONS_KEPT_MAX = 1000
"""A book that is quite wrong must not fill the memory with complaints (I10)."""


@attrs.frozen
class Violation:
    """Something that must hold and does not. ``invariant`` is its number in SAFETY.md, e.g. ``I3``."""

    invariant: str
    what: str


class TrialBalance:
    """Balances after the facts it was given, in each node's own order.

    Attributes:
        balances: (account, commodity) to the sum of its lines.
        credits: (machine or till, sale) to what was paid in and is neither spent nor paid back.
        checks: how many rules were tried.
        violations: which did not hold; at most VIOLATIONS_KEPT_MAX are kept.
    """

    __slots__ = (
        "_intended", "_last_unit", "_newest", "_told", "balances", "checks", "credits", "currency",
        "violations",
    )  # fmt: skip

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.balances: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.credits: dict[tuple[str, int], int] = {}
        self.checks = 0
        self.violations: list[Violation] = []
        self._intended: dict[tuple[str, int, int], str] = {}
        self._last_unit: dict[str, tuple[int, int]] = {}
        self._newest: dict[str, int] = {}
        self._told: set[tuple[str, int]] = set()

    def post(self, source: str, fact: object) -> tuple[Line, ...]:
        """Add a fact's lines, try the rules it touches, and return the lines."""
        kind = type(fact)
        lines: tuple[Line, ...] = ()
        if (rule := RULES.get(kind)) is not None:
            balances, lines = self.balances, rule(source, fact, self.currency)
            for account, commodity, amount in lines:
                balances[account, commodity] += amount
        if (check := _CHECKS.get(kind)) is not None:
            self.checks += 1
            check(self, source, fact)
        return lines

    def left_over(self) -> None:
        """Note every sale that holds credit although its machine or till has gone on to a later one."""
        for who, sale in self.credits:
            if sale < self._newest.get(who, 0):
                self.never_ended(who, sale)

    def never_ended(self, who: str, sale: int) -> None:
        """Note, once, that a sale still holds a customer's money."""
        if (who, sale) not in self._told:
            self._told.add((who, sale))
            left = self.credits[who, sale]
            self.violated(
                "I3", f"{who} sale {sale}: credit must be sold, paid back or flagged, {left} is left"
            )

    def violated(self, invariant: str, what: str) -> None:
        """Note that something does not hold."""
        if len(self.violations) < VIOLATIONS_KEPT_MAX:
            self.violations.append(Violation(invariant, what))

    # Money (I1, I3)

    def _paid_in(self, source: str, fact: CashTaken | PaymentAuthorised | RefundOwed) -> None:
        sale, amount = fact.sale, fact.amount_minor
        if amount < 0:
            self.violated("I1", f"{source} sale {sale}: money taken must be >= 0, not {amount}")
        if sale > (last := self._newest.get(source, 0)):
            self._newest[source] = sale
            if (source, last) in self.credits:
                self.never_ended(source, last)
        if amount:
            self.credits[source, sale] = self.credits.get((source, sale), 0) + amount

    def _paid_out(self, source: str, fact: ChangePaid | PaymentRefunded | PaymentFlagged) -> None:
        self._spent(source, fact.sale, fact.amount_minor)
        if type(fact) is ChangePaid:
            self._has_cash(source)

    def _spent(self, who: str, sale: int, amount_minor: int) -> None:
        left = self.credits.pop((who, sale), 0) - amount_minor
        if left > 0:
            self.credits[who, sale] = left
        elif left < 0:
            self.violated("I3", f"{who} sale {sale}: credit must be >= 0, not {left}")

    def _has_cash(self, who: str) -> None:
        if (cash := self.balances[f"cash:{who}", self.currency]) < 0:
            self.violated("I1", f"{who}: cash must be >= 0, not {cash}")

    def _serviced(self, source: str, _: MachineServiced) -> None:
        self._has_cash(source)

    def _sold(self, source: str, fact: SaleCompleted) -> None:
        total, said = sum(line.amount_minor for line in fact.lines), fact.total_minor
        if total != said:
            self.violated("I1", f"{fact.till} sale {fact.sale}: total must be the lines' {total}, not {said}")
        if self._last_unit.get(fact.till, (0, 0)) >= (fact.sale, 0):
            self.violated("I4", f"{fact.till} sale {fact.sale}: a basket may be sold once")
        self._last_unit[fact.till] = (fact.sale, 0)
        self._spent(fact.till, fact.sale, fact.total_minor)

    # Stock (I2). A store's shelves are open and only a count tells what is there: they may go below zero.

    def _lane_level(self, source: str, fact: LaneOpened | LaneFilled | LaneAssigned | LaneEmptied) -> None:
        self._level(source, fact.product, fact.level)
        if type(fact) is LaneAssigned and fact.was != fact.product:
            self._level(source, fact.was, 0)

    def _level(self, lane: str, product: str, level: int) -> None:
        held = self.balances.get((f"stock:{lane}", f"product:{product}"), 0)
        if held != level or held < 0:
            self.violated("I2", f"{lane}: level of {product} must be {held} by the book, not {level}")

    def _goods_left(self, source: str, fact: VanVisited | VanReturned | GoodsIssued) -> None:
        goods = fact.filled if type(fact) is VanVisited else fact.goods  # type: ignore[union-attr]
        for product in {g.product: None for g in goods}:
            if (held := self.balances[f"stock:{source}", f"product:{product}"]) < 0:
                self.violated("I2", f"{source}: stock of {product} must be >= 0, not {held}")
        if type(fact) is VanReturned:
            self._has_cash(source)

    # The motor (I8)

    def _intends(self, source: str, fact: VendIntended) -> None:
        intent = (fact.sale, fact.unit)
        last, price = self._last_unit.get(source), fact.price_minor
        if last is not None and intent <= last:
            self.violated("I8", f"{source} sale, unit {intent}: the motor may turn once for a unit")
        if (credit := self.credits.get((source, fact.sale), 0)) < price:
            self.violated("I8", f"{source} sale {fact.sale}: credit must be >= {price}, not {credit}")
        self._last_unit[source] = intent
        self._intended[source, fact.sale, fact.unit] = tail(fact.lane)

    def _vended(self, source: str, fact: VendCompleted) -> None:
        self._turned(source, fact)
        self._level(source, fact.product, fact.level)
        self._spent(head(source), fact.sale, fact.price_minor)

    def _turned(self, source: str, fact: VendCompleted | VendFailed) -> None:
        lane = self._intended.pop((head(source), fact.sale, fact.unit), None)
        if lane is None or lane != tail(source):
            unit = f"{source} sale {fact.sale} unit {fact.unit}"
            self.violated("I8", f"{unit}: a vend must be intended once and in its lane, not {lane}")


_CHECKS: dict[type, Callable[[TrialBalance, str, Any], None]] = {
    CashTaken: TrialBalance._paid_in,
    PaymentAuthorised: TrialBalance._paid_in,
    ChangePaid: TrialBalance._paid_out,
    PaymentRefunded: TrialBalance._paid_out,
    PaymentFlagged: TrialBalance._paid_out,
    MachineServiced: TrialBalance._serviced,
    SaleCompleted: TrialBalance._sold,
    LaneOpened: TrialBalance._lane_level,
    LaneFilled: TrialBalance._lane_level,
    LaneAssigned: TrialBalance._lane_level,
    LaneEmptied: TrialBalance._lane_level,
    RefundOwed: TrialBalance._paid_in,
    VanVisited: TrialBalance._goods_left,
    VanReturned: TrialBalance._goods_left,
    GoodsIssued: TrialBalance._goods_left,
    VendIntended: TrialBalance._intends,
    VendCompleted: TrialBalance._vended,
    VendFailed: TrialBalance._turned,
}
