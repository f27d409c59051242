"""Nodes and their keys at the API: a code, a knock, a yes, a key taken by two people; health of it all."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.ledger.backup import confirm as confirm_back_up
from console.people.people import People
from runtime.link_ports import Position
from scenarios.live.health import Checked
from scenarios.live.keys import at_office
from tests.console.browserless import Answer, Caller, console
from tests.console.demo import NINE_US, DemoHost, chain
from tests.console.kept import key_of, office_folder
from tests.console.persons import add, caller, people_of, said

NODE = "st-01"


@pytest.fixture
def host(tmp_path: Path) -> DemoHost:
    host = DemoHost(chain(3))
    host.data = office_folder(tmp_path / "office", host.chain.nodes[0])
    return host


@pytest.fixture
def people(host: DemoHost) -> People:
    return people_of(host.chain)


async def post(who: Caller, path: str, **body: Any) -> Answer:
    return await who.ask(path, "POST", msgspec.json.encode(body))


async def row_of(who: Caller, node: str) -> dict[str, Any]:
    rows: Any = said(await who.ask("/api/nodes?limit=100"))["items"]
    return next(row for row in rows if row["node"] == node)


async def test_a_node_is_let_in_by_its_code_and_a_yes_to_its_serial(host: DemoHost, people: People) -> None:
    assert host.data is not None
    async with console(host, people) as stranger:
        ada = caller(stranger, people, add(people, "ada", "administrator"))
        assert (await row_of(ada, NODE))["key"] == "none"
        told = said(await post(ada, f"/api/nodes/{NODE}/code"))
        assert str(told["command"]) == (
            f"hawker pair --name {NODE} --code {told['code']} --fingerprint {told['fingerprint']}"
            " --office 127.0.0.1:7000"
        )
        assert "<svg" in str(told["picture"])
        assert 0 < (await row_of(ada, NODE))["code_until_s"] - time.time() <= 600
        desk, roster = at_office(host.data)
        key = key_of(host.data, NODE).public.decode()
        assert desk.knock(NODE, "SN-7", str(told["code"]), key) == "waiting"
        row = await row_of(ada, NODE)
        assert (row["key"], row["serial"]) == ("waits", "SN-7")
        wrong = await post(ada, f"/api/nodes/{NODE}/confirm", serial="SN-8")
        assert (wrong.status, said(wrong)["field"]) == (409, "serial")
        assert said(await post(ada, f"/api/nodes/{NODE}/confirm", serial="SN-7")) == {
            "node": NODE,
            "key": "in",
        }
        roster.refresh()
        assert roster.node_of(key) == NODE
        office = said(await ada.ask("/api/office-key"))
        assert (office["fingerprint"], office["address"]) == (told["fingerprint"], "127.0.0.1:7000")


async def test_a_code_is_void_once_its_node_is_sent_away(host: DemoHost, people: People) -> None:
    async with console(host, people) as stranger:
        ada = caller(stranger, people, add(people, "ada", "administrator"))
        assert (await post(ada, f"/api/nodes/{NODE}/code")).status == 201
        assert (await row_of(ada, NODE))["key"] == "invited"
        assert said(await post(ada, f"/api/nodes/{NODE}/reject"))["key"] == "none"
        assert (await post(ada, "/api/nodes/nowhere/code")).status == 404
        assert (await post(ada, "/api/nodes/office/code")).status == 409


async def test_a_key_is_taken_only_with_anothers_approval_and_only_that_one(
    host: DemoHost, people: People
) -> None:
    node = host.chain.nodes[0]
    async with console(host, people) as stranger:
        ada = caller(stranger, people, add(people, "ada", "administrator"))
        bob = caller(stranger, people, add(people, "bob", "administrator"))
        alone = await post(ada, f"/api/nodes/{node}/revoke")
        assert (alone.status, said(alone)["field"]) == (409, "approval")
        asked = said(
            await post(ada, "/api/approvals", kind="key_revocation", what={"node": node}, reason="stolen")
        )
        number = asked["id"]
        assert (await post(ada, f"/api/approvals/{number}/approve", reason="sure")).status == 409
        assert (await post(bob, f"/api/approvals/{number}/approve", reason="it is")).status == 200
        assert said(await post(ada, f"/api/nodes/{node}/revoke", approval=number))["key"] == "revoked"
        assert (await post(ada, f"/api/nodes/{node}/revoke", approval=number)).status == 409


async def test_the_offices_own_key_begins_to_change_and_says_who_has_not_heard(
    host: DemoHost, people: People
) -> None:
    async with console(host, people) as stranger:
        ada = caller(stranger, people, add(people, "ada", "administrator"))
        office = said(await post(ada, "/api/office-key/rotate"))
        assert office["next_fingerprint"] not in ("", office["fingerprint"])
        assert office["missing"] == [host.chain.nodes[0]]


async def test_a_technician_reads_the_nodes_of_their_places_and_manages_none(
    host: DemoHost, people: People
) -> None:
    async with console(host, people) as stranger:
        tim = caller(stranger, people, add(people, "tim", "technician", sites=(NODE,)))
        rows: Any = said(await tim.ask("/api/nodes"))["items"]
        assert [row["node"] for row in rows] == [NODE]
        assert (rows[0]["stores"], rows[0]["linked"]) == (1, True)
        assert (await post(tim, f"/api/nodes/{NODE}/code")).status == 403


async def test_health_says_what_is_kept_and_what_somebody_should_look_at(
    host: DemoHost, people: People
) -> None:
    assert host.data is not None
    (host.data / "nodes" / f"{NODE}.sqlite3").write_bytes(b"x" * 5000)
    confirm_back_up(host.data, {NODE: Position(0, 7, bytes(32))})
    host.waiting[NODE] = 3
    async with console(host, people) as stranger:
        tim = caller(stranger, people, add(people, "tim", "technician"))
        page: Any = said(await tim.ask("/api/health"))
        assert (page["trouble"], page["facts"]) == ([], 10 * len(host.chain.nodes))
        row = next(row for row in page["nodes"] if row["node"] == NODE)
        assert (row["journal_bytes"], row["backed_up"], row["waiting"], row["lag_s"]) == (5000, 7, 3, 0)
        assert page["disk"]["free"] > 0
        host.last_check = Checked(
            at_us=NINE_US, of=(NODE, "ledger"), wrong=((NODE, "chain does not come out"),)
        )
        page = said(await tim.ask("/api/health"))
        assert page["trouble"] == [{"kind": "damaged", "what": NODE}]
        assert page["checked_ms"] == NINE_US // 1000
        assert (await tim.ask("/api/health/recordings")).body == b"[]"
        found: Any = msgspec.json.decode((await tim.ask("/api/health/doctor")).body)
        assert "Python" in {each["name"] for each in found}


async def test_where_nothing_is_kept_nodes_are_read_but_no_key_is_made(people: People) -> None:
    host = DemoHost(chain(3))
    async with console(host, people) as stranger:
        ada = caller(stranger, people, add(people, "ada", "administrator"))
        assert (await row_of(ada, NODE))["key"] == "none"
        assert said(await ada.ask("/api/office-key"))["kept"] is False
        assert (await post(ada, f"/api/nodes/{NODE}/code")).status == 409
        assert said(await ada.ask("/api/health"))["disk"] is None
