"""Other systems: tokens with scopes, requests done once by their key, what is measured, health."""

from __future__ import annotations

import attrs
import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from console.people.people import People
from tests.console.browserless import Answer, Caller, console
from tests.console.demo import DemoHost, chain
from tests.console.persons import Seconds, add, caller, logged, people_of, said


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def host() -> DemoHost:
    return DemoHost(chain(3))


@pytest.fixture
def people(host: DemoHost, clock: Seconds) -> People:
    return people_of(host.chain, clock)


async def made(boss: Caller, **asked: object) -> Answer:
    return await boss.ask("/api/tokens", "POST", msgspec.json.encode({"name": "bi", **asked}))


def with_token(stranger: Caller, token: object) -> Caller:
    return attrs.evolve(stranger, bearer=str(token))


async def test_a_token_opens_its_scopes_until_it_is_revoked_or_over(
    host: DemoHost, people: People, clock: Seconds
) -> None:
    number = add(people, "root", "administrator", "dispatcher")
    async with console(host, people) as stranger:
        boss = caller(stranger, people, number)
        alarm = host.raise_alarm("jam", 1, "hk-0001/lane/A1")
        scopes = ["overview.read", "alarms.handle"]
        one, other = [said(await made(boss, scopes=scopes, sites=["hk-0001"], days=days)) for days in (1, 90)]
        for token in (one, other):
            bearer = with_token(stranger, token["token"])
            assert (await bearer.ask("/api/chain")).status == 200
            assert (await bearer.ask("/api/people")).status == 403
            assert (await bearer.ask("/api/session")).status == 409
        answer = await bearer.ask(f"/api/alarms/{alarm}/acknowledge", "POST", origin="", x_hawker="")
        assert answer.status == 202, "a token needs no page"
        assert ("token:bi", "alarms.acknowledge", f"alarm={alarm}", "done") in logged(people)
        elsewhere = host.raise_alarm("jam", 1, "hk-0002/lane/A1")
        assert (await bearer.ask(f"/api/alarms/{elsewhere}/acknowledge", "POST")).status == 404
        assert (await boss.ask(f"/api/tokens/{other['id']}", "DELETE")).status == 204
        assert (await bearer.ask("/api/chain")).status == 401
        clock.now += 86_400
        assert (await with_token(stranger, one["token"]).ask("/api/chain")).status == 401
        listed = said(await caller(stranger, people, number).ask("/api/tokens"))["items"]
        assert [row["revoked_at"] is None for row in listed] == [True, False]  # type: ignore[attr-defined]
        assert str(one["token"]) not in str(listed)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": ["people.manage"]}, "scopes"),
        ({"scopes": ["prices.write"]}, "scopes"),
        ({"scopes": ["audit.read"], "sites": ["atlantis"]}, "sites"),
        ({"scopes": ["audit.read"], "days": 0}, "days"),
        ({"scopes": ["audit.read"], "name": "no spaces"}, "name"),
    ],
)
async def test_a_token_has_nothing_that_its_maker_has_not(
    host: DemoHost, people: People, asked: dict[str, object], field: str
) -> None:
    number = add(people, "root", "administrator")
    async with console(host, people) as stranger:
        answer = await made(caller(stranger, people, number), **asked)
    assert (answer.status, said(answer)["field"]) == (400, field)


async def test_a_cookie_beside_a_wrong_token_opens_nothing(host: DemoHost, people: People) -> None:
    number = add(people, "root", "administrator")
    async with console(host, people) as stranger:
        boss = caller(stranger, people, number)
        for wrong in ("Bearer nothing", "Basic cm9vdDpyb290", "x"):
            assert (await boss.ask("/api/people", authorization=wrong)).status == 401


async def test_the_same_key_is_done_once_and_gets_the_same_answer_for_a_day(
    host: DemoHost, people: People, clock: Seconds
) -> None:
    number, other = add(people, "di", "dispatcher"), add(people, "do", "dispatcher")
    body = msgspec.json.encode({"kind": "price_push", "what": {"machines": 4}, "reason": "summer"})
    async with console(host, people) as stranger:
        di, do = (caller(stranger, people, each) for each in (number, other))
        first = await di.ask("/api/approvals", "POST", body, idempotency_key="k1")
        again = await di.ask("/api/approvals", "POST", body, idempotency_key="k1")
        assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
        assert again.headers["idempotency-replayed"] == "true"
        clash = await di.ask("/api/approvals", "POST", body.replace(b"4", b"5"), idempotency_key="k1")
        assert (clash.status, said(clash)["field"]) == (409, "Idempotency-Key")
        assert said(await do.ask("/api/approvals", "POST", body, idempotency_key="k1"))["id"] == 2, (
            "keys are one's own"
        )
        assert (await di.ask("/api/approvals", "POST", body, idempotency_key="x" * 65)).status == 400
        clock.now += 86_401
        di = caller(stranger, people, number)
        assert said(await di.ask("/api/approvals", "POST", body, idempotency_key="k1"))["id"] == 3


async def test_an_answer_shown_once_is_not_kept_to_be_shown_again(host: DemoHost, people: People) -> None:
    number = add(people, "root", "administrator")
    async with console(host, people) as stranger:
        boss = caller(stranger, people, number)
        body = b'{"name": "bi", "scopes": ["audit.read"]}'
        token = said(await boss.ask("/api/tokens", "POST", body, idempotency_key="k"))["token"]
        again = await boss.ask("/api/tokens", "POST", body, idempotency_key="k")
        assert again.status == 409
        kept = people.store.read(lambda db: [tuple(row) for row in db.execute("SELECT * FROM answers")])
        assert str(token) not in str(kept)


async def test_what_is_measured_is_openmetrics(host: DemoHost, people: People) -> None:
    number = add(people, "tech", "technician")
    host.vend(0, "A1")
    async with console(host, people) as stranger:
        tech = caller(stranger, people, number)
        await tech.ask("/api/chain")
        answer = await tech.ask("/metrics")
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = text_string_to_metric_families(answer.body.decode())  # type: ignore[no-untyped-call]
    found = {family.name: family for family in families}
    assert found["hawker_units_today"].samples[0].value == 1
    assert found["hawker_reports_heard"].samples[0].value == 1
    assert {sample.labels["node"] for sample in found["hawker_node_linked"].samples} == set(host.chain.nodes)
    requests = {
        (s.labels["method"], s.labels["status"]): s.value
        for s in found["hawker_requests"].samples
        if s.name.endswith("_total")
    }
    assert requests["GET", "200"] == 1


async def test_it_is_ready_while_its_accounts_can_be_read(host: DemoHost, people: People) -> None:
    async with console(host, people) as stranger:
        assert said(await stranger.ask("/health/ready")) == {"ready": True}
        host.chain = attrs.evolve(host.chain, machines=(), stores=(), warehouses=(), vans=())
        host.nodes = list  # type: ignore[method-assign]
        answer = await stranger.ask("/health/ready")
        assert (answer.status, said(answer)) == (503, {"ready": False})
