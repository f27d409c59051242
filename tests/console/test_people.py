"""Accounts: coming in, waiting after wrong guesses, passwords, the second factor, reset links, sessions."""

from __future__ import annotations

import msgspec
import pyotp
import pytest
import trio

from console.people import accounts, backoff, sessions
from console.people.passwords import made_up, weakness
from console.people.people import People
from tests.console.browserless import TOKEN, Answer, Caller, console
from tests.console.demo import DemoHost, chain
from tests.console.persons import PASSWORD, Seconds, add, caller, log_in, logged, people_of, said

NEW = "ferry-mango-17-umbrella"


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def host() -> DemoHost:
    return DemoHost(chain(12))


@pytest.fixture
def people(host: DemoHost, clock: Seconds) -> People:
    return people_of(host.chain, clock)


async def test_a_name_and_password_open_a_session_that_says_who_it_is(host: DemoHost, people: People) -> None:
    add(people, "mei", "dispatcher", sites=("hk-0001",))
    async with console(host, people) as stranger:
        answer = await log_in(stranger, "mei", PASSWORD)
        assert (answer.status, said(answer)) == (201, {"name": "mei"})
        me = said(await (await stranger.with_session(answer)).ask("/api/session"))
    assert (me["name"], me["roles"], me["sites"]) == ("mei", ["dispatcher"], ["hk-0001"])
    assert "machines.command" in list(me["permissions"])  # type: ignore[call-overload]
    assert logged(people) == [("mei", "session.open", "mei", "done")]


async def test_unknown_names_wrong_passwords_and_disabled_accounts_get_the_same_answer(
    host: DemoHost, people: People
) -> None:
    add(people, "mei", "dispatcher")
    gone = add(people, "gone", "dispatcher")
    people.store.write(lambda db: accounts.change(db, gone, roles=("dispatcher",), sites=None, disabled=True))
    async with console(host, people) as stranger:
        answers = [
            await log_in(stranger, name, password)
            for name, password in (("mei", "not this one 12"), ("nobody", PASSWORD), ("gone", PASSWORD))
        ]
    rule = "must be those of an account"
    assert [(answer.status, said(answer)) for answer in answers] == [
        (401, {"detail": f"password: {rule}", "field": "password", "rule": rule})
    ] * 3
    assert [entry[0] for entry in logged(people)] == ["mei", "", "gone"]


async def test_a_first_password_must_be_changed_before_anything_else_is_answered(
    host: DemoHost, people: People
) -> None:
    add(people, "new", "dispatcher", must_change=True)
    async with console(host, people) as stranger:
        person = await stranger.with_session(await log_in(stranger, "new", PASSWORD))
        assert (await person.ask("/api/chain")).status == 403
        assert said(await person.ask("/api/session"))["must_change"] is True
        for typed, field in (
            (("x" * 20, NEW), "password"),
            ((PASSWORD, "short"), "new_password"),
            ((PASSWORD, PASSWORD), "new_password"),
        ):
            answer = await change(person, *typed)
            assert (answer.status, said(answer)["field"]) == (400, field)
        answer = await change(person, PASSWORD, NEW)
        assert answer.status == 200
        changed = await stranger.with_session(answer)
        assert (await changed.ask("/api/chain")).status == 200
        assert (await person.ask("/api/session")).status == 401, "the secret before the change opens nothing"
        assert (await log_in(stranger, "new", PASSWORD)).status == 401
        assert (await log_in(stranger, "new", NEW)).status == 201


async def change(person: Caller, password: str, new: str) -> Answer:
    body = msgspec.json.encode({"password": password, "new_password": new})
    return await person.ask("/api/session/password", "POST", body)


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 201,
        "passwordpassword",
        "Password123456!",
        "123456789012",
        "qwertyuiop12345",
        "abcdefghijklm",
        "aaaaaaaaaaaaaaa",
        "mei-2026-mei",
        "Welcome-2026-!",
    ],
)
def test_weak_passwords_are_refused(password: str) -> None:
    assert weakness(password, "mei") != ""


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        NEW,
        pytest.param(made_up(), id="made up"),
        "正确的马电池订书钉很难猜到吧",
        "three old trams at noon",
    ],
)
def test_long_passwords_of_ones_own_are_taken(password: str) -> None:
    assert weakness(password, "mei") == ""


async def test_wrong_guesses_wait_and_a_name_that_nobody_has_waits_alike(
    host: DemoHost, people: People, clock: Seconds
) -> None:
    add(people, "mei", "dispatcher")
    async with console(host, people) as stranger:
        for _ in range(3):
            for name in ("mei", "nobody"):
                assert (await log_in(stranger, name, "wrong guess 123")).status == 401
        answers = [await log_in(stranger, name, PASSWORD) for name in ("mei", "nobody")]
        assert [(answer.status, answer.headers["retry-after"]) for answer in answers] == [(429, "1")] * 2
        assert answers[0].body == answers[1].body
        clock.now += 1
        assert (await log_in(stranger, "mei", PASSWORD)).status == 201
        assert (await log_in(stranger, "mei", "wrong guess 123")).status == 401, "and the count begins anew"


def test_waits_double_up_to_a_quarter_of_an_hour_and_are_forgotten(people: People, clock: Seconds) -> None:
    def guess() -> float:
        return people.store.write(lambda db: backoff.take(db, backoff.subjects("mei", "10.0.0.1"), clock.now))

    waits = []
    for _ in range(16):
        if (wait := guess()) > 0:
            waits.append(wait)
            clock.now += wait
            assert guess() == 0.0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    clock.now += backoff.FORGOTTEN_SECONDS + 1
    assert [guess() for _ in range(3)] == [0.0] * 3


def test_an_address_that_tries_many_names_waits_too(people: People, clock: Seconds) -> None:
    def guess(name: str, address: str) -> float:
        return people.store.write(lambda db: backoff.take(db, backoff.subjects(name, address), clock.now))

    assert [guess(f"name{number}", "10.0.0.1") for number in range(20)] == [0.0] * 20
    assert guess("other", "10.0.0.1") == 1.0
    assert guess("other", "10.0.0.2") == 0.0


async def test_many_guesses_at_once_count_each(host: DemoHost, people: People) -> None:
    add(people, "mei", "dispatcher")
    statuses: list[int] = []
    async with console(host, people) as stranger:

        async def guess(number: int) -> None:
            statuses.append((await log_in(stranger, "mei", f"wrong guess {number:05d}")).status)

        async with trio.open_nursery() as nursery:
            for number in range(12):
                nursery.start_soon(guess, number)
    assert (statuses.count(401), statuses.count(429)) == (3, 9)


async def test_a_second_factor_is_asked_for_and_its_code_is_good_once(
    host: DemoHost, people: People, clock: Seconds
) -> None:
    add(people, "mei", "dispatcher")
    async with console(host, people) as stranger:
        person = await stranger.with_session(await log_in(stranger, "mei", PASSWORD))
        offered = said(await send(person, "second-factor", password=PASSWORD))
        totp = pyotp.TOTP(str(offered["secret"]))
        assert str(offered["address"]).startswith("otpauth://totp/Hawker:mei%40hk-demo?secret=")
        assert str(offered["picture"]).startswith("<svg")
        assert (await log_in(stranger, "mei", PASSWORD)).status == 201, (
            "it does not count before it is confirmed"
        )
        assert (await send(person, "second-factor/confirm", code="000000")).status == 400
        codes = said(await send(person, "second-factor/confirm", code=totp.at(clock.now)))["codes"]
        assert isinstance(codes, list)
        assert len(set(codes)) == 10
        answer = await log_in(stranger, "mei", PASSWORD)
        assert (answer.status, said(answer)["field"]) == (401, "code")
        replayed = await log_in(stranger, "mei", PASSWORD, totp.at(clock.now))
        assert (replayed.status, said(replayed)["field"]) == (401, "code"), "that code confirmed it already"
        clock.now += 31
        assert (await log_in(stranger, "mei", PASSWORD, totp.at(clock.now))).status == 201
        assert (await log_in(stranger, "mei", PASSWORD, totp.at(clock.now))).status == 401
        assert (await log_in(stranger, "mei", PASSWORD, str(codes[0]))).status == 201
        assert (await log_in(stranger, "mei", PASSWORD, str(codes[0]))).status == 401, (
            "a recovery code is good once"
        )
        removed = await send(person, "second-factor/remove", password=PASSWORD)
        assert removed.status == 200
        assert (await log_in(stranger, "mei", PASSWORD)).status == 201


async def send(person: Caller, what: str, **typed: str) -> Answer:
    return await person.ask(f"/api/session/{what}", "POST", msgspec.json.encode(typed))


async def test_an_administrators_link_sets_a_password_once_within_a_day(
    host: DemoHost, people: People, clock: Seconds
) -> None:
    number = add(people, "mei", "dispatcher")
    admin = add(people, "root", "administrator")
    async with console(host, people) as stranger:
        person, boss = caller(stranger, people, number), caller(stranger, people, admin)
        links = [said(await boss.ask(f"/api/people/{number}/reset", "POST", b"{}"))["path"] for _ in range(2)]
        assert (await person.ask("/api/session")).status == 401, "their sessions end"
        old, link = (str(path).removeprefix("/login#reset=") for path in links)
        for secret, password, field in ((old, NEW, "link"), (link, "short", "password"), ("x", NEW, "link")):
            answer = await reset(stranger, secret, password)
            assert (answer.status, said(answer)["field"]) == (400, field)
        assert (await reset(stranger, link, NEW)).status == 200
        assert (await reset(stranger, link, NEW)).status == 400
        assert (await log_in(stranger, "mei", NEW)).status == 201
        late = str(said(await boss.ask(f"/api/people/{number}/reset", "POST", b"{}"))["path"])
        clock.now += accounts.RESET_SECONDS
        assert (await reset(stranger, late.removeprefix("/login#reset="), NEW)).status == 400


async def reset(stranger: Caller, link: str, password: str) -> Answer:
    return await stranger.ask("/api/reset", "POST", msgspec.json.encode({"link": link, "password": password}))


async def test_a_session_ends_by_idling_by_age_and_by_hand(
    host: DemoHost, people: People, clock: Seconds
) -> None:
    number = add(people, "mei", "dispatcher")
    async with console(host, people) as stranger:
        idle, old, here = (caller(stranger, people, number) for _ in range(3))
        for _ in range(15):
            clock.now += sessions.IDLE_SECONDS_MAX - 1
            for used in (old, here):
                await used.ask("/api/session")
        assert (await idle.ask("/api/session")).status == 401
        assert (await old.ask("/api/session")).status == 401, "older than a week, however much it is used"
        first, second = (caller(stranger, people, number) for _ in range(2))
        listed = said(await first.ask("/api/sessions"))["items"]
        assert isinstance(listed, list)
        assert [row["this"] for row in listed] == [False, True]
        assert (await first.ask(f"/api/sessions/{listed[0]['id']}", "DELETE")).status == 204
        assert (await second.ask("/api/session")).status == 401
        assert (await first.ask("/api/session", "DELETE")).status == 204
        assert (await first.ask("/api/session")).status == 401


async def test_what_is_changed_of_a_person_ends_their_sessions(host: DemoHost, people: People) -> None:
    number, admin = add(people, "mei", "dispatcher"), add(people, "root", "administrator")
    async with console(host, people) as stranger:
        boss = caller(stranger, people, admin)
        for changed in ({"roles": ["analyst"]}, {"roles": ["analyst"], "disabled": True}):
            person = caller(stranger, people, number)
            answer = await boss.ask(f"/api/people/{number}", "PUT", msgspec.json.encode(changed))
            assert answer.status == 200
            assert (await person.ask("/api/session")).status == 401
        own = await boss.ask(f"/api/people/{admin}", "PUT", b'{"roles": ["auditor"]}')
        assert own.status == 409, "nobody changes what they themselves may"


async def test_a_new_person_logs_in_with_the_password_shown_once(host: DemoHost, people: People) -> None:
    admin = add(people, "root", "administrator")
    async with console(host, people) as stranger:
        boss = caller(stranger, people, admin)
        for typed, field in (
            ({"name": "no spaces", "roles": ["cashier"]}, "name"),
            ({"name": "lee", "roles": ["king"]}, "roles"),
            ({"name": "lee", "roles": []}, "roles"),
            ({"name": "lee", "roles": ["cashier"], "sites": ["atlantis"]}, "sites"),
        ):
            answer = await boss.ask("/api/people", "POST", msgspec.json.encode(typed))
            assert (answer.status, said(answer)["field"]) == (400, field)
        body = msgspec.json.encode({"name": "lee", "roles": ["cashier"], "sites": ["st-01"]})
        made = said(await boss.ask("/api/people", "POST", body))
        assert (await boss.ask("/api/people", "POST", body)).status == 409
        assert (await log_in(stranger, "lee", str(made["password"]))).status == 201
    assert str(made["password"]) not in str(
        people.store.read(lambda db: list(map(tuple, db.execute("SELECT * FROM audit"))))
    )


async def test_a_disabled_owner_does_not_come_in_by_the_printed_link(host: DemoHost, people: People) -> None:
    admin = add(people, "root", "administrator")
    async with console(host, people) as stranger:
        boss = caller(stranger, people, admin)
        await boss.ask("/api/people/1", "PUT", b'{"roles": ["administrator"], "disabled": true}')
        assert (await stranger.ask(f"/?token={TOKEN}")).headers["location"] == "/login?link=used"
