"""The observer of a simulated run: SAFETY's invariants on what each fact touched, and in full every hour.

It is given every committed fact, decoded, in its node's order. It trusts no actor: it keeps money and stock
by the ledger's postings table, and ``full`` compares that with what the actors themselves believe.
"""

from __future__ import annotations

from collections.abc import Mapping

from actors.ledger.trial_balance import TrialBalance, Violation

__all__ = ["Invariants", "Violation"]


class Invariants:
    """Violations found so far in a run.

    Args:
        currency: code of the chain's currency.
    """

    def __init__(self, currency: str) -> None:
        self.book = TrialBalance(currency)
        self._held: set[tuple[str, int]] = set()

    @property
    def checks(self) -> int:
        """How many rules were tried."""
        return self.book.checks

    @property
    def violations(self) -> list[Violation]:
        """Which of them did not hold."""
        return self.book.violations

    def seen(self, node: str, source: str, fact: object) -> None:
        """Take a fact that ``node`` committed; all of a node's facts, in order."""
        self.book.post(source, fact)

    def full(self, levels: Mapping[str, int], cash: Mapping[str, int]) -> None:
        """Compare with the actors' own state, after every committed fact was seen; once each simulated hour.

        Args:
            levels: address of each lane to the units it believes to hold.
            cash: address of each machine (or till) to the cash it believes to hold, minor units.
        """
        self._stock(levels)
        self._cash(cash)
        self._credits()

    def closing(self) -> None:
        """Check what must hold at the end: the book sums to zero, and no sale but the newest is open."""
        self.book.left_over()
        totals: dict[str, int] = {}
        for (_, commodity), amount in self.book.balances.items():
            totals[commodity] = totals.get(commodity, 0) + amount
        self.book.checks += len(totals)
        for commodity, total in totals.items():
            if total:
                self.book.violated("I1", f"all accounts in {commodity} must sum to 0, not {total}")

    def _stock(self, levels: Mapping[str, int]) -> None:
        book = self.book
        by_lane: dict[str, int] = {}
        for (account, _), units in book.balances.items():
            if account.startswith("stock:"):
                by_lane[account] = by_lane.get(account, 0) + units
        book.checks += len(levels)
        for lane, level in levels.items():
            if (kept := by_lane.get(f"stock:{lane}", 0)) != level:
                book.violated("I2", f"{lane}: level must be {kept} by the facts, the lane says {level}")

    def _cash(self, cash: Mapping[str, int]) -> None:
        book = self.book
        book.checks += len(cash)
        for who, amount in cash.items():
            if (kept := book.balances.get((f"cash:{who}", book.currency), 0)) != amount:
                book.violated("I1", f"{who}: cash must be {kept} by the facts, the actor says {amount}")

    def _credits(self) -> None:
        """No sale may hold a customer's money from one full check to the next (I3)."""
        book = self.book
        book.checks += 1
        for who, sale in book.credits:
            if (who, sale) in self._held:
                book.never_ended(who, sale)
        self._held = set(book.credits)
