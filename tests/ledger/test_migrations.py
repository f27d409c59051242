"""A ledger of any released version opens; one of a later version, or none at all, is refused in one line."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from actors.ledger import queries
from actors.ledger.migrations import MIGRATIONS, VERSION, migrated, version_of
from actors.ledger.writer import LedgerWriter
from runtime.errors import ConfigError
from tests.ledger.book import continued, machine_day

V1 = Path(__file__).with_name("v1.sql")


def opened(path: Path) -> LedgerWriter:
    return LedgerWriter(path, currency="HKD", time_zone="Asia/Hong_Kong", cutoff_minute=240, durable=False)


@pytest.fixture
def v1(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(V1.read_text(encoding="utf-8"))
    connection.close()
    return path


def test_a_ledger_of_version_1_opens_balances_and_goes_on(v1: Path) -> None:
    writer = opened(v1)
    stored = writer.position("gw-hk")
    following = continued(machine_day().records[stored.seq :], stored.chain)
    assert following
    writer.store("gw-hk", 1, following)
    writer.close()
    assert queries.check(v1).ok
    assert queries.sales(v1).units == 3


def test_a_later_version_is_refused_and_left_as_it_was(v1: Path) -> None:
    connection = sqlite3.connect(v1)
    with connection:
        connection.execute("UPDATE meta SET version = 99")
    connection.close()
    with pytest.raises(ConfigError, match=f"ledger.sqlite: ledger version must be <= {VERSION}, not 99"):
        opened(v1)
    with pytest.raises(ConfigError, match=f"ledger version must be {VERSION}, not 99"):
        queries.sales(v1)


def test_steps_are_taken_in_order_from_the_version_found() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    assert migrated(connection, "ledger") == (0, VERSION)
    step = ("ALTER TABLE fact ADD COLUMN shelf TEXT", "CREATE TABLE shelf (id INTEGER PRIMARY KEY)")
    assert migrated(connection, "ledger", (*MIGRATIONS, step)) == (VERSION, VERSION + 1)
    assert migrated(connection, "ledger", (*MIGRATIONS, step)) == (VERSION + 1, VERSION + 1)
    connection.close()


def test_a_step_that_fails_leaves_the_version_before() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrated(connection, "ledger")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        migrated(connection, "ledger", (*MIGRATIONS, ("CREATE TABLE shelf (id)", "DROP TABLE nowhere")))
    assert version_of(connection, "ledger") == VERSION
    assert not connection.execute("SELECT * FROM sqlite_master WHERE name = 'shelf'").fetchall()
    connection.close()


def test_a_file_that_is_no_ledger_is_refused_in_one_line(tmp_path: Path) -> None:
    garbage, other = tmp_path / "garbage.sqlite", tmp_path / "other.sqlite"
    garbage.write_bytes(b"not a database" * 100)
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE songs (id)")
    connection.close()
    with pytest.raises(ConfigError, match=r"garbage\.sqlite: ledger must be a Hawker ledger"):
        opened(garbage)
    with pytest.raises(
        ConfigError, match=r"other.sqlite: ledger must be a Hawker ledger, not tables \['songs'\]"
    ):
        opened(other)
    with pytest.raises(ConfigError, match=r"none\.sqlite: ledger must be an existing file"):
        queries.check(tmp_path / "none.sqlite")


def test_a_file_that_is_no_ledger_is_left_as_it_was(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE songs (id)")
    connection.close()
    before = other.read_bytes()
    with pytest.raises(ConfigError):
        opened(other)
    assert other.read_bytes() == before
