"""Questions to the ledger. All of them only read, and a ledger file may be asked while its writer works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import attrs
from pony.orm import db_session, select

from actors.ledger.check import Checker, LedgerCheck
from actors.ledger.schema import for_reading
from actors.ledger.writer import LedgerWriter
from runtime.wire import FactRecord

Ledger = LedgerWriter | Path
"""A ledger file, or the writer of a ledger (asked in memory if that is where it is)."""

FACTS_READ_AT_ONCE = 5000


@attrs.frozen(kw_only=True)
class SalesTotals:
    """Units and money sold; ``by_tender`` is money. Weighed goods count one unit a line."""

    units: int
    amount_minor: int
    by_tender: dict[str, int]


@attrs.frozen(kw_only=True)
class PostingTotals:
    """How many postings there are, and the sum of those in money; of a ledger in balance it is 0."""

    postings: int
    sum_minor: int


@attrs.frozen(kw_only=True)
class SaleGroup:
    """What a product, place, day or hour sold. ``key`` is its code, address, ISO date or hour since 1970."""

    key: str
    units: int
    amount_minor: int


@contextmanager
def asked(ledger: Ledger) -> Iterator[Any]:
    """Open a ledger for questions: gives its Pony database within a session."""
    path = ledger.path if isinstance(ledger, LedgerWriter) else ledger
    if path is None:
        assert isinstance(ledger, LedgerWriter)
        with db_session:
            yield ledger.database
        return
    db = for_reading(path)
    try:
        with db_session:
            db.get_connection()  # begins a transaction: all that is asked is of one moment
            yield db
    finally:
        db.disconnect()


def currency(ledger: Ledger) -> str:
    """Code of the ledger's currency."""
    with asked(ledger) as db:
        return str(db.Meta[1].currency)


def fact_count(ledger: Ledger) -> int:
    """How many facts there are."""
    with asked(ledger) as db:
        return int(select(f for f in db.Fact).count())


def sales(
    ledger: Ledger, *, place: str = "", first_day: date | None = None, last_day: date | None = None
) -> SalesTotals:
    """What was sold, over all or at one place, on these business days (inclusive; None: no limit)."""
    with asked(ledger) as db:
        sold = _sold(db, place, first_day, last_day)
        rows = select((s.tender, sum(s.units), sum(s.amount_minor)) for s in sold)[:]
    return SalesTotals(
        units=sum(units for _, units, _ in rows),
        amount_minor=sum(amount for _, _, amount in rows),
        by_tender={tender: amount for tender, _, amount in sorted(rows)},
    )


def sales_by(
    ledger: Ledger, column: str, *, first_day: date | None = None, last_day: date | None = None
) -> list[SaleGroup]:
    """Sales grouped by "product", "place", "business_day" or "hour", in order of that column."""
    if column not in ("product", "place", "business_day", "hour"):
        raise ValueError(f"column must be product, place, business_day or hour, not {column!r}")
    with asked(ledger) as db:
        sold = _sold(db, "", first_day, last_day)
        rows = select((getattr(s, column), sum(s.units), sum(s.amount_minor)) for s in sold)[:]
    return [SaleGroup(key=str(key), units=units, amount_minor=amount) for key, units, amount in sorted(rows)]


def _sold(db: Any, place: str, first_day: date | None, last_day: date | None) -> Any:
    sold = select(s for s in db.SaleLine)
    if place:
        sold = sold.filter(lambda s: s.place == place)
    if first_day is not None:
        sold = sold.filter(lambda s: s.business_day >= first_day)
    if last_day is not None:
        sold = sold.filter(lambda s: s.business_day <= last_day)
    return sold


def balances(ledger: Ledger, prefix: str = "") -> dict[tuple[str, str], int]:
    """Balance of every account whose name begins so, by (account, commodity); debits are positive."""
    with asked(ledger) as db:
        rows = select(
            (a.name, a.commodity, sum(p.amount))
            for a in db.Account
            for p in db.Posting
            if p.account == a.id and a.name.startswith(prefix)
        )[:]
    return {(name, commodity): amount for name, commodity, amount in sorted(rows)}


def posting_totals(ledger: Ledger) -> PostingTotals:
    """Number of postings, and the sum of those in the ledger's currency."""
    with asked(ledger) as db:
        money = db.Meta[1].currency
        count = select(p for p in db.Posting).count()
        total = select(
            sum(p.amount)
            for p in db.Posting
            for a in db.Account
            if a.id == p.account and a.commodity == money
        ).first()
    return PostingTotals(postings=count, sum_minor=total or 0)


def nodes(ledger: Ledger) -> list[str]:
    """Every node that has sent facts, in order."""
    with asked(ledger) as db:
        return sorted(select(i.node for i in db.Inbox))


def facts_after(ledger: Ledger, node: str, seq: int = 0, *, epoch: int | None = None) -> Iterator[FactRecord]:
    """A node's facts after a number of an epoch, later epochs included, in order.

    Args:
        ledger: where to read.
        node: the node's name.
        seq: facts after this number.
        epoch: the epoch ``seq`` belongs to; None means the node's latest. 0 begins with its first.
    """
    if epoch is None:
        epoch = _latest_epoch(ledger, node)
    while rows := _some_facts(ledger, node, epoch, seq):
        yield from (FactRecord(*row) for _, *row in rows)
        epoch, seq = rows[-1][0], rows[-1][1]


def _latest_epoch(ledger: Ledger, node: str) -> int:
    with asked(ledger) as db:
        inbox = db.Inbox.get(node=node)
        return int(inbox.epoch) if inbox else 0


def _some_facts(ledger: Ledger, node: str, epoch: int, seq: int) -> list[tuple[Any, ...]]:
    with asked(ledger) as db:
        rows = select(
            (f.epoch, f.seq, f.source, f.at_us, f.body, f.chain)
            for f in db.Fact
            if f.node == node and (f.epoch > epoch or (f.epoch == epoch and f.seq > seq))
        )
        return list(rows.order_by(1, 2).limit(FACTS_READ_AT_ONCE))


def facts_as_stored(ledger: Ledger) -> Iterator[tuple[str, int, FactRecord]]:
    """Every fact with its node and epoch, in the order they were stored in: each node's in its own order.

    For a restart, which hears all of them again: rows come raw, at 2 us each where Pony takes 10.
    """
    sql = "SELECT id, node, epoch, seq, source, at_us, body, chain FROM fact WHERE id > ? ORDER BY id LIMIT ?"
    last_id = 0
    while True:
        with asked(ledger) as db:
            rows = db.get_connection().execute(sql, (last_id, FACTS_READ_AT_ONCE)).fetchall()
        if not rows:
            return
        yield from ((node, epoch, FactRecord(*record)) for _, node, epoch, *record in rows)
        last_id = rows[-1][0]


def check(ledger: Ledger) -> LedgerCheck:
    """Read every fact again and compare: see ``LedgerCheck``. About 100,000 facts in 2 s."""
    with asked(ledger) as db:
        return Checker(db).check()
