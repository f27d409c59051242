"""The index of recordings: which node's file holds which of its facts, from the facts that told of them."""

from __future__ import annotations

import attrs

from actors.ledger.queries import Ledger, asked
from runtime import wire
from runtime.health import DayRecorded
from runtime.message import wire_of


@attrs.frozen(kw_only=True)
class IndexedDay:
    """A file of a node's recording, as it was when it ended."""

    node: str
    day: DayRecorded


def recorded(ledger: Ledger) -> list[IndexedDay]:
    """Every file that has ended, by node and in order."""
    sql = "SELECT node, body FROM fact WHERE kind = ? ORDER BY node, epoch, seq"
    with asked(ledger) as db:
        rows = db.get_connection().execute(sql, (wire_of(DayRecorded).tag,)).fetchall()
    return [IndexedDay(node=node, day=wire.decode(body)) for node, body in rows]
