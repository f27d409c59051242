"""The audit log: written before the effect, never changed, verified (I7), read by filters and cursor."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import msgspec
import pytest

from console.cli import run_command
from console.people import audit
from console.people.audit import Actor, Verified
from console.people.people import People
from console.people.store import NAME, PeopleStore
from tests.console.browserless import console
from tests.console.demo import DemoHost, chain
from tests.console.persons import START, add, caller, logged, people_of, said

WHO = Actor(who="p1", name="owner", via="session")


@pytest.fixture
def host() -> DemoHost:
    return DemoHost(chain(3))


@pytest.fixture
def people(host: DemoHost) -> People:
    return people_of(host.chain)


def written(path: Path, entries: int = 5) -> None:
    """A log of some entries."""
    store = PeopleStore(path)
    for number in range(entries):
        store.write(
            partial(audit.write, now=START, actor=WHO, action="clock.clock", detail={"speed": number})
        )
    store.close()


def verified(path: Path) -> Verified:
    store = PeopleStore(path)
    try:
        return store.read(audit.verify)
    finally:
        store.close()


async def test_what_changes_something_is_logged_before_its_effect_and_how_it_ended_after(
    host: DemoHost, people: People
) -> None:
    number = add(people, "mei", "dispatcher")
    before: list[tuple[str, str, str, str]] = []

    def tell(address: str, message: object) -> None:
        before.extend(logged(people))

    host.tell = tell  # type: ignore[method-assign]
    alarm = host.raise_alarm("jam", 1, "hk-0001/lane/A1")
    async with console(host, people) as stranger:
        mei = caller(stranger, people, number)
        assert (await mei.ask(f"/api/alarms/{alarm}/acknowledge", "POST")).status == 202
        assert (await mei.ask("/api/clock", "POST", b'{"speed": 7}')).status == 400
        assert (await mei.ask("/api/people", "POST", b'{"name": "x", "roles": []}')).status == 403
        assert (await mei.ask("/api/session")).status == 200, "reading is not logged"
    assert before == [("mei", "alarms.acknowledge", "alarm=1", "asked")]
    assert logged(people) == [
        ("mei", "alarms.acknowledge", "alarm=1", "asked"),
        ("mei", "alarms.acknowledge", "alarm=1", "done"),
        ("mei", "clock.clock", "", "asked"),
        ("mei", "clock.clock", "", "refused"),
        ("mei", "people.add", "", "refused"),
    ]
    assert people.store.read(audit.verify).ok


async def test_no_secret_stands_in_the_log(host: DemoHost, people: People) -> None:
    number = add(people, "mei", "dispatcher")
    async with console(host, people) as stranger:
        mei = caller(stranger, people, number)
        typed = {"password": "SECRET-one-12345", "new_password": "SECRET-two-12345"}
        await mei.ask("/api/session/password", "POST", msgspec.json.encode(typed))
        await mei.ask("/api/session/second-factor", "POST", b'{"password": "SECRET-three-123"}')
    rows = people.store.read(lambda db: [tuple(row) for row in db.execute("SELECT * FROM audit")])
    assert len(rows) >= 4
    assert "SECRET" not in str(rows)


def test_entries_can_be_neither_changed_nor_taken_away(people: People) -> None:
    people.store.write(lambda db: audit.write(db, START, WHO, "clock.clock"))
    for statement in ("UPDATE audit SET name = 'x'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="audit entries must stay"):
            people.store.write(lambda db, statement=statement: db.execute(statement))  # type: ignore[misc]
    assert people.store.read(audit.verify).entries == 1


TAMPERED = {
    "a word": ("UPDATE audit SET name = 'somebody' WHERE seq = 3", 3, "as it was written"),
    "an outcome": ("UPDATE audit SET outcome = 'refused' WHERE seq = 2", 2, "as it was written"),
    "an entry gone": ("DELETE FROM audit WHERE seq = 3", 3, "must be there, next is 4"),
    "the first gone": ("DELETE FROM audit WHERE seq = 1", 1, "must be there, next is 2"),
    "the end cut off": ("DELETE FROM audit WHERE seq >= 4", 4, "was cut short"),
    "two changed places": (
        "UPDATE audit SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3);"
        "UPDATE audit SET seq = -seq WHERE seq < 0",
        2,
        "as it was written",
    ),
    "an entry made up": (
        "UPDATE audit SET detail = '{}', hash = x'00' WHERE seq = 5",
        5,
        "as it was written",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_file_is_found_at_its_first_broken_entry(
    what: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    statement, first, why = TAMPERED[what]
    path = tmp_path / NAME
    written(path)
    assert verified(path).ok
    db = sqlite3.connect(path)
    rules = [row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
    db.executescript("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;" + statement)
    for rule in rules:
        db.execute(rule)
    db.commit()
    db.close()
    found = verified(path)
    assert (found.ok, found.first_broken) == (False, first)
    assert why in found.why
    (tmp_path / "hawker.toml").write_text('version = 1\nmade_by = "up"\nname = "x"\nseed = 1\nchain = "x"\n')
    assert run_command(["audit", "verify", "--data", str(tmp_path), "--json"]) == 1
    assert msgspec.json.decode(capfd.readouterr().out)["first_broken"] == first


def test_a_log_whose_rules_were_taken_away_does_not_verify(tmp_path: Path) -> None:
    path = tmp_path / NAME
    written(path)
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER audit_no_delete")
    db.close()
    assert "the rule audit_no_delete must be in force" in verified(path).why


async def test_auditors_read_by_filters_and_by_cursor(host: DemoHost, people: People) -> None:
    number = add(people, "eva", "auditor")
    for count in range(30):
        people.store.write(
            lambda db, count=count: audit.write(  # type: ignore[misc]
                db, START + count, WHO, "clock.clock" if count % 3 else "people.add", subject=f"n={count}"
            )
        )
    async with console(host, people) as stranger:
        eva = caller(stranger, people, number)
        seen, cursor = [], ""
        while True:
            page = said(await eva.ask(f"/api/audit?limit=7&cursor={cursor}"))
            seen += [entry["seq"] for entry in page["items"]]  # type: ignore[attr-defined]
            if (following := page["next"]) is None:
                break
            cursor = str(following)
        assert seen == list(range(30, 0, -1))
        some = said(await eva.ask("/api/audit?action=people&limit=100"))["items"]
        assert len(some) == 10  # type: ignore[arg-type]
        one = said(await eva.ask("/api/audit?subject=n=4&name=owner&outcome=done"))["items"]
        assert [entry["seq"] for entry in one] == [5]  # type: ignore[attr-defined]
        late = said(await eva.ask(f"/api/audit?from_us={round((START + 28) * 1e6)}"))["items"]
        assert len(late) == 2  # type: ignore[arg-type]
        wrong = await eva.ask("/api/audit?cursor=abc")
        assert (wrong.status, said(wrong)["field"]) == (400, "cursor")
        assert said(await eva.ask("/api/audit/verify"))["ok"] is True
