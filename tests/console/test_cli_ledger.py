"""``hawker ledger`` as a person meets it: copies, restores, exports, and one line for each mistake."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio

from actors.ledger import backup, queries
from runtime.journal_sqlite import SqliteJournal
from scenarios.data_directory import LEDGER, claim
from scenarios.live.chain import open_live
from tests.console.test_cli import Here, complaint, document, files, here, home
from tests.scenarios.small_chain import Ears, prepared
from tests.scenarios.test_live import FAST, assert_the_ledger_holds_every_journal_exactly_once

__all__ = ["here", "home"]

DATA = ("--data", "data")


async def sold(data: Path, more: int) -> None:
    """Let the small chain sell until so many more facts came to the office."""
    with claim(data, prepared()):
        async with open_live(prepared(), data=data, speed=FAST, console=Ears) as live:
            before = len(live.console.heard)
            await live.console.until(lambda: len(live.console.heard) >= before + more)


@pytest.fixture
def data(home: Path) -> Path:
    """A chain that has sold a little and stands still."""
    trio.run(sold, home / "data", 60)
    return home / "data"


def test_a_restored_back_up_gets_back_all_that_was_sold_since_exactly_once(
    home: Path, data: Path, here: Here
) -> None:
    made = document(here("ledger", "backup", *DATA, "--to", "copy", "--json"))
    assert (made["file"], made["off_machine"]) == ("copy", False)
    assert set(made["nodes"]) >= {"gw-1", "st-1", "wh-1"}
    trio.run(sold, data, 60)
    facts = queries.fact_count(data / LEDGER)
    restored = document(here("ledger", "restore", *DATA, "--from", "copy", "--json"))
    assert restored["nodes"] == made["nodes"]
    assert restored["facts"] == queries.fact_count(data / LEDGER) < facts
    assert queries.fact_count(Path(restored["kept"])) == facts
    trio.run(sold, data, facts - restored["facts"] + 20)
    assert queries.fact_count(data / LEDGER) > facts
    assert_the_ledger_holds_every_journal_exactly_once(data)
    checked = document(here("ledger", "check", *DATA, "--journals", "--json"))
    assert [(each["node"], each["ok"]) for each in checked["journals"]] == [
        (node, True) for node in ("gw-1", "office", "st-1", "wh-1")
    ]
    assert sum(each["facts"] for each in checked["journals"]) == checked["facts"]


def test_a_chain_in_use_is_copied_and_checked_but_not_restored_or_migrated(
    home: Path, data: Path, here: Here
) -> None:
    with claim(data, prepared()):
        document(here("ledger", "backup", *DATA, "--to", "copy", "--json"))
        document(here("ledger", "check", *DATA, "--journals", "--json"))
        for command in (("restore", "--from", "copy"), ("migrate",)):
            assert complaint(here("ledger", *command, *DATA)).endswith("is in use by another hawker")


def test_a_copy_that_left_the_machine_is_confirmed_at_once_or_later(
    home: Path, data: Path, here: Here
) -> None:
    made = document(here("ledger", "backup", *DATA, "--to", "copy", "--json"))
    assert backup.covered(data) == {}
    assert document(here("ledger", "backup", *DATA, "--confirm", "copy", "--json"))["off_machine"] is True
    covered = {node: {"epoch": at.epoch, "seq": at.seq} for node, at in backup.covered(data).items()}
    assert covered == made["nodes"]
    (data / backup.COVERED).unlink()
    document(here("ledger", "backup", *DATA, "--to", "other", "--off-machine", "--json"))
    assert backup.covered(data) == backup.positions(home / "other")


def test_a_copy_of_another_ledger_is_neither_confirmed_nor_restored(
    home: Path, data: Path, here: Here
) -> None:
    document(here("ledger", "backup", *DATA, "--to", "copy", "--json"))
    with closing(sqlite3.connect(home / "copy")) as db, db:
        db.execute("UPDATE inbox SET chain = x'00' WHERE node = 'gw-1'")
    assert "must be a back-up of data/ledger.sqlite3" in complaint(
        here("ledger", "backup", *DATA, "--confirm", "copy")
    )
    before = files(data)
    assert "copy: back-up must hold: " in complaint(here("ledger", "restore", *DATA, "--from", "copy"))
    document(here("ledger", "backup", *DATA, "--to", "other", "--json"))
    with closing(sqlite3.connect(home / "other")) as db, db:
        db.execute("UPDATE meta SET zone = 'Europe/Vienna'")
    assert "zone must be 'Asia/Hong_Kong' as in the ledger here" in complaint(
        here("ledger", "restore", *DATA, "--from", "other")
    )
    assert files(data) == before


def test_a_ledger_that_is_gone_or_damaged_is_restored_as_well(home: Path, data: Path, here: Here) -> None:
    document(here("ledger", "backup", *DATA, "--to", "copy", "--json"))
    (data / LEDGER).unlink()
    assert document(here("ledger", "restore", *DATA, "--from", "copy", "--json"))["kept"] is None
    (data / LEDGER).write_bytes(b"not a ledger" * 1000)
    kept = document(here("ledger", "restore", *DATA, "--from", "copy", "--json"))["kept"]
    assert Path(kept).read_bytes().startswith(b"not a ledger")
    document(here("ledger", "check", *DATA, "--json"))


def test_an_export_has_every_posting_or_fact_and_no_formula(home: Path, data: Path, here: Here) -> None:
    checked = document(here("ledger", "check", *DATA, "--json"))
    with closing(sqlite3.connect(data / LEDGER)) as db, db:
        db.execute("UPDATE account SET name = '=cmd()' WHERE id = 1")
    made = document(here("ledger", "export", *DATA, "--to", "postings.csv", "--json"))
    assert made == {"file": "postings.csv", "what": "postings", "rows": checked["postings"]}
    with (home / "postings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == checked["postings"]
    assert sum(int(row["amount"]) for row in rows if row["commodity"] == "HKD") == 0
    assert {row["account"][:2] for row in rows if "cmd" in row["account"]} == {"'="}
    made = document(here("ledger", "export", *DATA, "--to", "facts.jsonl", "--what", "facts", "--json"))
    facts = [json.loads(line) for line in (home / "facts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(facts) == made["rows"] == checked["facts"]
    opened = next(fact for fact in facts if fact["kind"] == "machine.opened/1")
    assert (opened["source"], opened["body"]) == ("m-1", {"lanes": 2})
    assert opened["at"].endswith("+00:00")


def test_a_ledger_of_this_version_is_left_as_it_is(home: Path, data: Path, here: Here) -> None:
    found = document(here("ledger", "migrate", *DATA, "--json"))
    assert found["before"] == found["after"] >= 1


def test_a_damaged_journal_is_named_and_the_check_does_not_hold(home: Path, data: Path, here: Here) -> None:
    with closing(sqlite3.connect(data / "nodes" / "gw-1.sqlite3")) as db, db:
        db.execute("UPDATE facts SET body = x'00' WHERE seq = 7")
    done = here("ledger", "check", *DATA, "--journals", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    wrong = {each["node"]: each["wrong"] for each in json.loads(done.stdout)["journals"] if not each["ok"]}
    assert list(wrong) == ["gw-1"]
    assert "fact 7: chain hash must be" in wrong["gw-1"]
    table = here("ledger", "check", *DATA, "--journals")
    assert "BROKEN" in table.stdout


def test_a_journal_that_lacks_what_its_ledger_has_is_named(home: Path, data: Path, here: Here) -> None:
    path = data / "nodes" / "st-1.sqlite3"
    path.unlink()
    SqliteJournal(path).close()
    done = here("ledger", "check", *DATA, "--journals", "--json")
    assert done.returncode == 1
    (wrong,) = [each["wrong"] for each in json.loads(done.stdout)["journals"] if not each["ok"]]
    assert "must have the ledger's fact" in wrong


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("backup",), "must be given either --to FILE or --confirm FILE"),
        (("backup", "--to", "a", "--confirm", "b"), "must be given either --to FILE or --confirm FILE"),
        (("backup", "--to", "copy"), "data directory data: must be an existing folder"),
        (("restore", "--from", "copy"), "data directory data: must be an existing folder"),
        (("export", "--to", "x.txt"), r"--to x\.txt: must end with one of \.csv, \.jsonl"),
        (("export", "--to", "x.csv", "--what", "all"), "--what: must be one of postings, facts, not 'all'"),
        (("export", "--to", "x.csv"), "data directory data: must be an existing folder"),
        (("migrate",), "data directory data: must be an existing folder"),
    ],
)
def test_a_wrong_command_gets_one_line(home: Path, here: Here, arguments: tuple[str, ...], rule: str) -> None:
    line = complaint(here("ledger", arguments[0], *DATA, *arguments[1:]))
    assert re.search(rule, line), line
    assert files(home) == set()
