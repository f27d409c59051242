"""Is the ledger what its facts say? Reads every fact again: hash chains, numbers, postings, invariants."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import attrs

from actors.ledger.sums_check import SumsCheck
from actors.ledger.trial_balance import TrialBalance, Violation
from runtime.errors import ProtocolError
from runtime.wire import CHAIN_START, FactRecord, chained


@attrs.frozen(kw_only=True)
class LedgerCheck:
    """What the check found.

    Attributes:
        balanced: every fact's postings sum to zero in every commodity, and are those of the postings table.
        sum_minor: the sum of all postings in money; 0 in a ledger in balance.
        chain_ok: every node's hash chain, numbering and inbox position hold.
        violations: everything found, by invariant.
    """

    balanced: bool
    facts: int
    postings: int
    sum_minor: int
    chain_ok: bool
    violations: list[Violation]

    @property
    def ok(self) -> bool:
        """Nothing was found."""
        return self.balanced and self.chain_ok and not self.violations


class Checker:
    """One pass over the facts in the order they were stored, with their postings beside them."""

    def __init__(self, db: Any) -> None:
        self.execute = db.get_connection().execute
        self.money = str(db.Meta[1].currency)
        self.book = TrialBalance(self.money)
        self.sums = SumsCheck(db.get_connection(), lambda what: self.book.violated("I4", what))
        accounts = self.execute("SELECT id, name, commodity FROM account")
        self.accounts = {id: (name, commodity) for id, name, commodity in accounts}
        self.ends: dict[str, tuple[int, int, bytes]] = {}
        self.facts = self.postings = self.sum_minor = 0
        self.balanced = self.chain_ok = True

    def check(self) -> LedgerCheck:
        """Read everything once."""
        groups = self._postings()
        pending = next(groups, None)
        columns = "id, business_day, node, epoch, seq, source, at_us, body, chain"
        for id, day, node, epoch, *record in self.execute(f"SELECT {columns} FROM fact ORDER BY id"):
            self.facts += 1
            kept: list[tuple[str, str, int]] = []
            while pending is not None and pending[0] <= id:
                if pending[0] == id:
                    kept = pending[1]
                else:
                    self._unbalanced(f"postings of fact {pending[0]} must have their fact, it is missing")
                pending = next(groups, None)
            self._fact(id, day, node, epoch, FactRecord(*record), kept)
        while pending is not None:
            self._unbalanced(f"postings of fact {pending[0]} must have their fact, it is missing")
            pending = next(groups, None)
        self._inbox()
        self.sums.end()
        self.book.left_over()
        return LedgerCheck(
            balanced=self.balanced,
            facts=self.facts,
            postings=self.postings,
            sum_minor=self.sum_minor,
            chain_ok=self.chain_ok,
            violations=self.book.violations,
        )

    def _postings(self) -> Iterator[tuple[int, list[tuple[str, str, int]]]]:
        """The postings of each fact that has some, by its id."""
        rows = self.execute("SELECT fact, account, amount FROM posting ORDER BY id")
        for fact, lines in groupby(rows, key=lambda row: row[0]):
            yield fact, [self._line(account, amount) for _, account, amount in lines]

    def _line(self, account: int, amount: int) -> tuple[str, str, int]:
        name, commodity = self.accounts.get(account, (f"account {account}", "nothing"))
        self.postings += 1
        if commodity == self.money:
            self.sum_minor += amount
        return name, commodity, amount

    def _fact(
        self, id: int, day: str, node: str, epoch: int, record: FactRecord, kept: list[tuple[str, str, int]]
    ) -> None:
        number = f"{node} epoch {epoch} fact {record.seq}"
        self._linked(node, epoch, record)
        try:
            fact = record.fact()
        except ProtocolError as error:
            self._broken(f"{number}: {error}")
            return
        self.sums.hear(id, record.source, fact, day, record.at_us)
        if self.book.post(record.source, fact) != tuple(kept):
            self._unbalanced(f"{number}: postings must be those of {type(fact).__name__}, they are not")
        sums: dict[str, int] = {}
        for _, commodity, amount in kept:
            sums[commodity] = sums.get(commodity, 0) + amount
        for commodity, total in sums.items():
            if total:
                self._unbalanced(f"{number}: postings in {commodity} must sum to 0, not {total}")

    def _linked(self, node: str, epoch: int, record: FactRecord) -> None:
        life, seq = f"{node} epoch {epoch}", record.seq
        last_epoch, last_seq, last_chain = self.ends.get(node, (0, 0, CHAIN_START))
        if epoch > last_epoch:
            last_seq, last_chain = self._branch(node, epoch, record)
        elif epoch < last_epoch:
            self._broken(f"{node}: epoch must be >= {last_epoch}, not {epoch}")
        if seq != last_seq + 1:
            self._broken(f"{life}: next fact must be number {last_seq + 1}, not {seq}", "I6")
        if chained(last_chain, record.wire_bytes()) != record.chain:
            self._broken(f"{life}: fact {seq} must continue the hash chain, it does not")
        self.ends[node] = (epoch, seq, record.chain)

    def _branch(self, node: str, epoch: int, first: FactRecord) -> tuple[int, bytes]:
        """Where an epoch begins: after a fact that an older one has, or at the very beginning."""
        older = "SELECT chain FROM fact WHERE node = ? AND epoch < ? AND seq = ?"
        for (chain,) in self.execute(older, (node, epoch, first.seq - 1)):
            if chained(chain, first.wire_bytes()) == first.chain:
                return first.seq - 1, chain
        return 0, CHAIN_START

    def _inbox(self) -> None:
        inbox = {node: (epoch, seq, chain) for node, epoch, seq, chain in self.execute("SELECT * FROM inbox")}
        for node in sorted(inbox.keys() | self.ends.keys()):
            if inbox.get(node) != self.ends.get(node):
                self._broken(f"{node}: inbox position must be that of its last fact, it is not", "I6")

    def _broken(self, what: str, invariant: str = "I4") -> None:
        self.chain_ok = False
        self.book.violated(invariant, what)

    def _unbalanced(self, what: str) -> None:
        self.balanced = False
        self.book.violated("I1", what)
