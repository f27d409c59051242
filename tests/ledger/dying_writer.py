"""``python -m tests.ledger.dying_writer FILE STATEMENT`` stores one batch and dies within the second."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pony.orm import db_session

from actors.ledger.writer import LedgerWriter
from tests.ledger.book import machine_day

KILLED = 137
FIRST_BATCH = 6


def main(path: str, statement: str) -> None:
    """Die, without a word to SQLite, as the writer begins this statement of its second transaction."""
    writer = LedgerWriter(Path(path), currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240)
    records = machine_day().records
    writer.store("gw-hk", 1, records[:FIRST_BATCH])

    def traced(sql: str) -> None:
        if sql.startswith(statement):
            os._exit(KILLED)

    with db_session:
        writer.database.get_connection().set_trace_callback(traced)
    writer.store("gw-hk", 1, records[FIRST_BATCH:])


if __name__ == "__main__":
    main(*sys.argv[1:])
