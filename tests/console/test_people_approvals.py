"""Four eyes: nobody approves what they asked for themselves, and an approval is for one exact thing, once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from console.people import approvals
from console.people.approvals import Approval
from console.people.people import People
from console.people.permissions import Person
from console.people.wrong import Missing, Wrong
from tests.console.browserless import console
from tests.console.demo import DemoHost, chain
from tests.console.persons import Seconds, add, caller, people_of, person, said

WHAT = {"machine": "hk-0001", "amount_minor": 90_000}


class Eyes:
    """Somebody who asks, somebody who decides, and the store between them."""

    def __init__(self) -> None:
        self.clock = Seconds()
        self.people: People = people_of(DemoHost(chain(3)).chain, self.clock)
        self.asker = person(self.people, "cathy", "cashier", sites=("hk-0001",))
        self.boss = person(self.people, "bo", "store_manager", sites=("hk-0001",))

    def ask(self, who: Person | None = None, **changed: Any) -> Approval:
        asked: dict[str, Any] = {
            "kind": "refund",
            "what": WHAT,
            "reason": "spoilt",
            "place": "hk-0001",
        } | changed
        return self.people.store.write(
            lambda db: approvals.ask(db, self.clock.now, who or self.asker, **asked)
        )

    def decide(self, who: Person, number: int, *, approve: bool = True) -> Approval:
        return self.people.store.write(
            lambda db: approvals.decide(db, self.clock.now, who, number, approve=approve, reason="seen it")
        )

    def use(self, who: Person, number: int, what: dict[str, Any] = WHAT, kind: str = "refund") -> Approval:
        return self.people.store.write(
            lambda db: approvals.use(db, self.clock.now, who, number, kind=kind, what=what)
        )


@pytest.fixture
def eyes() -> Eyes:
    return Eyes()


def test_what_another_person_approved_may_be_done_once(eyes: Eyes) -> None:
    asked = eyes.ask()
    assert asked.state == "asked"
    with pytest.raises(Wrong, match="must be approved, not asked"):
        eyes.use(eyes.asker, asked.id)
    assert eyes.decide(eyes.boss, asked.id).state == "approved"
    assert eyes.use(eyes.asker, asked.id).what == WHAT
    with pytest.raises(Wrong, match="must be approved, not used"):
        eyes.use(eyes.asker, asked.id)


def test_nobody_approves_what_they_asked_for(eyes: Eyes) -> None:
    asked = eyes.ask(eyes.boss)
    with pytest.raises(Wrong, match="must be another than who asked"):
        eyes.decide(eyes.boss, asked.id)


def test_who_may_not_decide_it_or_not_there_does_not(eyes: Eyes) -> None:
    asked = eyes.ask()
    elsewhere = person(eyes.people, "el", "store_manager", sites=("hk-0002",))
    other = person(eyes.people, "carl", "cashier", sites=("hk-0001",))
    auditor = person(eyes.people, "au", "auditor")
    for who in (elsewhere, other):
        with pytest.raises(Missing, match=f"approval {asked.id}: must be one there is"):
            eyes.decide(who, asked.id)
    with pytest.raises(Wrong, match=r"must have the permission refunds\.approve"):
        eyes.decide(auditor, asked.id)


def test_an_approval_is_for_exactly_what_was_asked_and_for_who_asked(eyes: Eyes) -> None:
    asked = eyes.ask()
    eyes.decide(eyes.boss, asked.id)
    with pytest.raises(Wrong, match="must be for exactly what is done now"):
        eyes.use(eyes.asker, asked.id, WHAT | {"amount_minor": 90_001})
    with pytest.raises(Wrong, match="must be for exactly what is done now"):
        eyes.use(eyes.asker, asked.id, kind="erasure")
    with pytest.raises(Wrong, match="must be one that you asked for"):
        eyes.use(eyes.boss, asked.id)
    eyes.use(eyes.asker, asked.id)


def test_what_was_refused_or_is_too_old_is_good_for_nothing(eyes: Eyes) -> None:
    refused, late, unseen = eyes.ask(), eyes.ask(), eyes.ask()
    eyes.decide(eyes.boss, refused.id, approve=False)
    eyes.decide(eyes.boss, late.id)
    eyes.clock.now += 3_600
    for number, state in ((refused.id, "refused"), (late.id, "expired"), (unseen.id, "expired")):
        with pytest.raises(Wrong, match=f"must be approved, not {state}"):
            eyes.use(eyes.asker, number)
    with pytest.raises(Wrong, match="must be asked, not expired"):
        eyes.decide(eyes.boss, unseen.id)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": "erasure"}, "kind: must be one of: refund, not 'erasure'"),
        ({"reason": "  "}, "reason: must have 3 to 500 characters, not 0"),
        ({"place": "hk-0002"}, "place: must be one of your places, not 'hk-0002'"),
        ({"place": ""}, "place: must be one of your places, not ''"),
    ],
)
def test_a_wrong_question_names_its_field_and_rule(eyes: Eyes, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(Wrong, match=message):
        eyes.ask(**changed)


@pytest.mark.parametrize(
    ("kind", "asker", "decider"),
    [
        ("refund", "cashier", "store_manager"),
        ("price_push", "dispatcher", "dispatcher"),
        ("key_revocation", "administrator", "administrator"),
        ("erasure", "administrator", "administrator"),
    ],
)
def test_each_kind_is_asked_and_decided_by_those_who_may(
    eyes: Eyes, kind: str, asker: str, decider: str
) -> None:
    one, other = (
        person(eyes.people, f"{role}{number}", role) for number, role in enumerate((asker, decider))
    )
    asked = eyes.ask(one, kind=kind, place="")
    assert eyes.decide(other, asked.id).decided_name == other.name


async def test_two_people_do_it_by_their_pages(eyes: Eyes) -> None:
    host = DemoHost(chain(3))
    numbers = [add(eyes.people, name, role) for name, role in (("di", "dispatcher"), ("do", "dispatcher"))]
    async with console(host, eyes.people) as stranger:
        di, do = (caller(stranger, eyes.people, number) for number in numbers)
        question = {"kind": "price_push", "what": {"machines": 400}, "reason": "summer prices"}
        asked = said(await di.ask("/api/approvals", "POST", msgspec.json.encode(question)))
        assert (asked["state"], asked["yours"]) == ("asked", True)
        path = f"/api/approvals/{asked['id']}"
        assert (await di.ask(f"{path}/approve", "POST", b'{"reason": "myself"}')).status == 409
        items = said(await do.ask("/api/approvals?state=asked"))["items"]
        assert [(row["id"], row["yours"]) for row in items] == [(asked["id"], False)]  # type: ignore[attr-defined]
        assert said(await do.ask(f"{path}/approve", "POST", b'{"reason": "seen"}'))["state"] == "approved"
        assert (await do.ask(f"{path}/refuse", "POST", b'{"reason": "late"}')).status == 409
        wrong = await di.ask("/api/approvals?state=lost")
        assert (wrong.status, said(wrong)["field"]) == (400, "state")
