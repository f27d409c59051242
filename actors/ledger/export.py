"""The ledger as rows for other programs: every posting, or every fact, in the order they were stored.

Rows are read in slices, so that an export of any size holds up neither the writer nor its checkpoints. What
is stored after an export began is not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from actors.ledger.queries import Ledger, asked

POSTINGS, FACTS = "postings", "facts"
COLUMNS = {
    POSTINGS: (
        "posting", "node", "epoch", "seq", "source", "at", "business_day", "kind", "account", "commodity",
        "amount",
    ),
    FACTS: ("fact", "node", "epoch", "seq", "source", "at", "business_day", "kind", "body"),
}  # fmt: skip
"""Columns by what is exported. ``at`` is UTC; ``amount`` minor units, pieces or grams, debits positive."""

_ROWS = {
    POSTINGS: (
        "SELECT max(id) FROM posting",
        "SELECT p.id, f.node, f.epoch, f.seq, f.source, f.at_us, f.business_day, f.kind, a.name, "
        "a.commodity, p.amount FROM posting p JOIN fact f ON f.id = p.fact "
        "JOIN account a ON a.id = p.account WHERE p.id > ? AND p.id <= ? ORDER BY p.id LIMIT ?",
    ),
    FACTS: (
        "SELECT max(id) FROM fact",
        "SELECT id, node, epoch, seq, source, at_us, business_day, kind, body FROM fact "
        "WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
    ),
}
_AT, _BODY = 5, 8
_ROWS_AT_ONCE = 5000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def rows(ledger: Ledger, what: str) -> Iterator[tuple[Any, ...]]:
    """Every posting or fact, its values in the order of ``COLUMNS``; a fact's body as plain data."""
    newest, slice_of = _ROWS[what]
    with asked(ledger) as db:
        upto = db.get_connection().execute(newest).fetchone()[0] or 0
    last = 0
    while last < upto:
        with asked(ledger) as db:
            found = db.get_connection().execute(slice_of, (last, upto, _ROWS_AT_ONCE)).fetchall()
        if not found:
            return
        for row in found:
            at = (_EPOCH + timedelta(microseconds=row[_AT])).isoformat(timespec="microseconds")
            after = row[_AT + 1 :] if what == POSTINGS else (*row[_AT + 1 : _BODY], _plain(row[_BODY]))
            yield (*row[:_AT], at, *after)
        last = found[-1][0]


def _plain(body: bytes) -> Any:
    """A fact's fields, of kinds this program does not know as well."""
    return msgspec.msgpack.decode(body)[1]


def cell(value: Any) -> Any:
    """A value as a CSV cell that no spreadsheet runs: numbers as they are, data as JSON, formulas quoted."""
    if isinstance(value, int):
        return value
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"'{text}" if _FORMULA.match(text) else text
