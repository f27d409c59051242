"""Sales into a SQLite file as Pony's own entities: one object a row, one commit a batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pony.orm import Database, Required, db_session


def opened(path: Path) -> Any:
    """An empty database with tables for facts, postings and sale lines, as durable as a ledger."""
    db = Database()

    class Fact(db.Entity):  # type: ignore[name-defined,misc]
        node = Required(str)
        seq = Required(int, size=64)
        source = Required(str)
        at_us = Required(int, size=64)
        body = Required(bytes)
        chain = Required(bytes)

    class Posting(db.Entity):  # type: ignore[name-defined,misc]
        fact = Required(int, size=64)
        account = Required(int, size=64)
        amount = Required(int, size=64)

    class SaleLine(db.Entity):  # type: ignore[name-defined,misc]
        fact = Required(int, size=64)
        place = Required(str)
        product = Required(str)
        tender = Required(str)
        units = Required(int)
        amount_minor = Required(int, size=64)
        business_day = Required(str)
        hour = Required(int)

    @db.on_connect  # type: ignore[untyped-decorator]
    def pragmas(_: Any, connection: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    db.bind("sqlite", str(path.absolute()), create_db=True)
    db.generate_mapping(create_tables=True)
    return db


def store(db: Any, batches: Sequence[tuple[list[Any], list[Any], list[Any]]]) -> None:
    """Insert batches of rows: facts, postings and sale lines, each without the number it gets."""
    for facts, postings, lines in batches:
        with db_session:
            for node, seq, source, at_us, body, chain in facts:
                db.Fact(node=node, seq=seq, source=source, at_us=at_us, body=body, chain=chain)
            for fact, account, amount in postings:
                db.Posting(fact=fact, account=account, amount=amount)
            for fact, place, product, tender, units, amount_minor, day, hour in lines:
                db.SaleLine(
                    fact=fact, place=place, product=product, tender=tender, units=units,
                    amount_minor=amount_minor, business_day=day, hour=hour,
                )  # fmt: skip
    db.disconnect()
