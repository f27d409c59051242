"""Commands at the API: followed to their end, checked, previewed, and by two people where it matters."""

from __future__ import annotations

from typing import Any

import attrs
import msgspec
import pytest

from console.people.people import People
from tests.console.browserless import Answer, Caller, console
from tests.console.demo import chain
from tests.console.desks import DesksHost
from tests.console.persons import add, caller, logged, people_of, said


@pytest.fixture
def host() -> DesksHost:
    found = chain(3)
    return DesksHost(
        attrs.evolve(found, office=(("price_push_alone_machines", 2), ("refund_alone_minor", 900)))
    )


@pytest.fixture
def people(host: DesksHost) -> People:
    return people_of(host.chain)


async def post(who: Caller, path: str, body: dict[str, Any], **headers: str) -> Answer:
    return await who.ask(path, "POST", msgspec.json.encode(body), **headers)


async def give(who: Caller, **order: Any) -> Answer:
    return await post(who, "/api/commands", order)


async def newest(who: Caller, query: str = "") -> dict[str, Any]:
    rows: Any = said(await who.ask(f"/api/commands{query}"))["items"]
    return dict(rows[0])


async def test_a_command_is_followed_from_queued_to_done_with_who_gave_it(
    host: DesksHost, people: People
) -> None:
    host.deaf.add("hk-0001")
    host.link(False)
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        assert (await give(mei, kind="target", machines=["hk-0001"], decicelsius=40)).status == 202
        assert (await newest(mei))["state"] == "queued"
        host.linked = True
        assert (await newest(mei))["state"] == "sent"
        host.link(True)
        row = await newest(mei)
        assert (row["state"], row["by"], row["said"]) == ("accepted", "mei", {"temp_decicelsius": 40})
        host.wait(31)
        row = await newest(mei, "?machine=hk-0001")
        assert (row["state"], row["why"]) == ("failed", "cooling must answer in time, it kept silent")
        assert said(await mei.ask(f"/api/commands/{row['id']}")) == row


async def test_a_command_that_never_arrives_expires(host: DesksHost, people: People) -> None:
    host.link(False)
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        await give(mei, kind="lock", machines=["hk-0001"], reason="double charge", minutes=1)
        host.wait(20 * 60)
        assert (await newest(mei))["state"] == "expired"


async def test_what_a_restarted_console_heard_again_tells_the_same(host: DesksHost, people: People) -> None:
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        await give(mei, kind="target", machines=["hk-0001"], decicelsius=40)
        before = await newest(mei)
        again = DesksHost(host.chain)
        for source, fact in host.bench.facts:
            again.report(source, fact, host.bench.now)
        assert again.console.commands.asked[str(before["id"])].state(False, 0) == "done"
        assert again.console.commands.asked[str(before["id"])].by == "mei"


async def test_prices_of_a_product_go_to_every_machine_that_has_it_and_are_read_back(
    host: DesksHost, people: People
) -> None:
    lane = host.chain.machines[0].lanes[0]
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        order = {"kind": "prices", "machines": ["hk-0001"], "product": lane.product, "price_minor": 4321}
        preview: Any = said(await post(mei, "/api/commands/preview", order))
        assert {(c["before"], c["after"]) for c in preview["changes"]} == {(lane.price_minor, 4321)}
        assert (preview["confirm"], preview["approval"]) == (False, None)
        await give(mei, **order)
        row = await newest(mei)
        assert (row["state"], row["answer"]["read_back"]) == ("done", False)
        assert host.console.machines[0].lanes[lane.code].price_minor == 4321
        again = await give(mei, **order)
        assert (again.status, said(again)["field"]) == (409, "machines")


async def test_a_planogram_is_copied_from_another_machine(host: DesksHost, people: People) -> None:
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        await give(mei, kind="prices", machines=["hk-0001"], prices={"A1": 777, "A2": 778})
        order = {"kind": "planogram", "machines": ["hk-0002"], "like": "hk-0001", "when": "now"}
        preview: Any = said(await post(mei, "/api/commands/preview", order))
        assert preview["machines"] == 1
        assert (await give(mei, **order)).status == 202
        assert (await newest(mei))["kind"] == "control.apply_planogram"


async def test_a_filter_reaches_what_it_names_in_ones_scope(host: DesksHost, people: People) -> None:
    async with console(host, people) as stranger:
        scoped = caller(stranger, people, add(people, "li", "dispatcher", sites=("hk-0002", "hk-0003")))
        answer = said(await give(scoped, kind="unlock", filter={"state": "ok"}))
        assert answer["machines"] == 2
        rows: Any = said(await scoped.ask(f"/api/commands?group={answer['group']}"))["items"]
        assert sorted((row["machine"], row["state"]) for row in rows) == [
            ("hk-0002", "done"),
            ("hk-0003", "done"),
        ]
        refused = await give(scoped, kind="unlock", machines=["hk-0001"])
        assert (refused.status, said(refused)["field"]) == (400, "machines")


async def test_the_same_key_is_one_command(host: DesksHost, people: People) -> None:
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        body = {"kind": "unlock", "machines": ["hk-0001"]}
        first, second = [await post(mei, "/api/commands", body, idempotency_key="k1") for _ in range(2)]
        assert (first.status, first.body) == (second.status, second.body)
        assert len(host.console.commands.asked) == 1
        assert ("mei", "commands.give", "", "done") in logged(people)


async def test_prices_of_many_machines_need_another_person_and_exactly_that(
    host: DesksHost, people: People
) -> None:
    order: dict[str, Any] = {"kind": "prices", "filter": {}, "prices": {"A1": 4321}}
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        li = caller(stranger, people, add(people, "li", "store_manager"))
        refused = await give(mei, **order)
        assert (refused.status, said(refused)["field"]) == (409, "approval")
        assert "more than 2 machines" in str(said(refused)["rule"])
        needed: Any = said(await post(mei, "/api/commands/preview", order))["approval"]
        asked = {name: needed[name] for name in ("kind", "what", "place")} | {"reason": "new list"}
        number = said(await post(mei, "/api/approvals", asked))["id"]
        assert (await give(mei, **order, approval=number)).status == 409
        await post(li, f"/api/approvals/{number}/approve", {"reason": "agreed"})
        other = await give(mei, **(order | {"prices": {"A1": 1}}), approval=number)
        assert (other.status, said(other)["field"]) == (409, "approval")
        assert said(await give(mei, **order, approval=number))["machines"] == 3
        assert (await give(mei, **order, approval=number)).status == 409
        assert {machine.lanes["A1"].price_minor for machine in host.console.machines} == {4321}


async def test_a_refund_over_the_limit_needs_another_person_and_a_small_one_does_not(
    host: DesksHost, people: People
) -> None:
    order = {"kind": "refund", "machines": ["hk-0001"], "sale": 1, "reason": "nothing fell"}
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        much = await give(mei, **order, amount_minor=901)
        assert (much.status, said(much)["field"]) == (409, "approval")
        assert (await give(mei, **order, amount_minor=900)).status == 202
        assert (await newest(mei))["state"] == "failed"  # there was no such sale
        assert said(await post(mei, "/api/commands/preview", order | {"amount_minor": 5}))["confirm"] is True


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"kind": "dance", "machines": ["hk-0001"]}, "kind"),
        ({"kind": "unlock"}, "machines"),
        ({"kind": "unlock", "machines": ["hk-9999"]}, "machines"),
        ({"kind": "vend", "machines": ["hk-0001", "hk-0002"], "lane": "A1", "reason": "gift"}, "machines"),
        ({"kind": "vend", "machines": ["hk-0001"], "lane": "Z9", "reason": "gift"}, "lane"),
        ({"kind": "lock", "machines": ["hk-0001"]}, "reason"),
        ({"kind": "target", "machines": ["hk-0001"], "decicelsius": 900}, "decicelsius"),
        ({"kind": "prices", "machines": ["hk-0001"]}, "prices"),
        ({"kind": "prices", "machines": ["hk-0001"], "prices": {"A1": -1}}, "prices.A1"),
        ({"kind": "prices", "machines": ["hk-0001"], "product": "gold", "price_minor": 1}, "product"),
        ({"kind": "lane", "machines": ["hk-0001"], "lane": "A1"}, "on"),
        ({"kind": "refund", "machines": ["hk-0001"], "sale": 0, "amount_minor": 1, "reason": "why"}, "sale"),
        ({"kind": "planogram", "machines": ["hk-0001"], "like": "hk-9999"}, "like"),
        ({"kind": "unlock", "machines": ["hk-0001"], "minutes": 0}, "minutes"),
        ({"kind": "unlock", "filter": {"state": "asleep"}}, "filter.state"),
    ],
)
async def test_wrong_input_names_the_field_and_nothing_is_given(
    host: DesksHost, people: People, order: dict[str, Any], field: str
) -> None:
    async with console(host, people) as stranger:
        mei = caller(stranger, people, add(people, "mei", "dispatcher"))
        for path in ("/api/commands/preview", "/api/commands"):
            answer = await post(mei, path, order)
            assert (answer.status, said(answer)["field"]) == (400, field)
        assert not host.console.commands.asked


async def test_each_kind_needs_its_own_right(host: DesksHost, people: People) -> None:
    async with console(host, people) as stranger:
        tech = caller(stranger, people, add(people, "tom", "technician"))
        manager = caller(stranger, people, add(people, "mia", "store_manager"))
        assert (await give(tech, kind="service_mode", machines=["hk-0001"], on=True)).status == 202
        assert (await give(tech, kind="unlock", machines=["hk-0001"])).status == 403
        assert (await give(manager, kind="prices", machines=["hk-0001"], prices={"A1": 5})).status == 202
        assert (await give(manager, kind="reboot", machines=["hk-0001"])).status == 403
