"""Bugs in the office's ledger: what is stored, how often, and what it posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from actors.ledger import postings, writer
from actors.ledger.postings import Lines
from actors.ledger.writer import Batch, LedgerWriter, Plan
from actors.payment.messages import ChangePaid
from actors.van.messages import VanVisited
from runtime.link_ports import Position
from runtime.wire import FactRecord
from tests.mutants.planted import planted


@planted(seed=1, shows="stopped")
def the_position_is_written_with_the_next_batch(patch: pytest.MonkeyPatch) -> None:
    write = LedgerWriter._write
    late: dict[int, dict[str, Position]] = {}

    def later(ledger: LedgerWriter, batches: Sequence[Batch], positions: dict[str, Position]) -> int:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(writer, "_SET_POSITION", f"{writer._SET_POSITION} WHERE inbox.seq < 0")
            last_id = write(ledger, batches, positions)
        before, late[id(ledger)] = late.get(id(ledger), {}), dict(positions)
        for node, at in before.items():
            row = (node, at.epoch, at.seq, at.chain)
            ledger._connection.execute(writer._SET_POSITION, row)
        return last_id

    patch.setattr(LedgerWriter, "_write", later)


@planted(seed=1, shows="I8")
def the_last_fact_of_a_batch_is_left_out(patch: pytest.MonkeyPatch) -> None:
    new = LedgerWriter._new

    def but_one(
        ledger: LedgerWriter,
        node: str,
        epoch: int,
        records: Sequence[FactRecord],
        positions: dict[str, Position],
    ) -> Iterator[FactRecord]:
        found = list(new(ledger, node, epoch, records, positions))
        yield from found[:-1] if len(found) > 3 else found

    patch.setattr(LedgerWriter, "_new", but_one)


def _turned(rule: Any) -> Callable[[str, object, str], Lines]:
    def posted(source: str, fact: object, currency: str) -> Lines:
        lines = rule(source, fact, currency)
        return tuple((account, commodity, -amount) for account, commodity, amount in lines)

    return posted


@planted(seed=1, shows="I1")
def change_is_posted_with_the_wrong_sign(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(postings.RULES, ChangePaid, _turned(postings.RULES[ChangePaid]))


@planted(seed=1, shows="I1")
def a_visit_is_posted_with_one_line_missing(patch: pytest.MonkeyPatch) -> None:
    rule = postings.RULES[VanVisited]
    assert rule is not None

    def shortened(source: str, fact: object, currency: str) -> Lines:
        return rule(source, fact, currency)[:-1]

    patch.setitem(postings.RULES, VanVisited, shortened)


@planted(seed=1, shows="I1")
def facts_are_stored_without_their_postings(patch: pytest.MonkeyPatch) -> None:
    plan_of = LedgerWriter._plan

    def some(ledger: LedgerWriter, tag: str, kind: type) -> Plan:
        posting, selling = plan_of(ledger, tag, kind)
        plan = ledger._plans[tag] = (None if kind is ChangePaid else posting, selling)
        return plan

    patch.setattr(LedgerWriter, "_plan", some)
