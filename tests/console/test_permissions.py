"""The table of permissions, and the matrix of every route by every role in and out of scope."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from console.people.permissions import (
    OPEN,
    OWN,
    PERMISSIONS,
    ROLES,
    WHOLE_CHAIN,
    Person,
    permissions_of,
)
from console.web import pages
from tests.console.demo import DemoHost, chain
from tests.console.persons import behind_of, people_of, person

HERE, ELSEWHERE = "hk-0001", "hk-0002"
INTERNAL = "/api/schema/plain"
"""Litestar's own copy of the schema: it names no permission, so nobody gets it."""


@attrs.frozen
class Rig:
    """The application without sockets, and who may come."""

    app: Litestar
    persons: dict[tuple[str, str], Person]

    async def ask(self, who: Person | None, method: str, path: str) -> int:
        """The status of an empty request."""
        body = b"{}" if method != "GET" else b""
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
            "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http",
            "headers": [(b"host", b"127.0.0.1:1"), (b"content-type", b"application/json"),
                        (b"content-length", str(len(body)).encode())],
            "server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2), "state": {},
            "user": who, "csrf": "", "session": "",
        }  # fmt: skip
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                statuses.append(event["status"])

        await self.app(scope, receive, send)  # type: ignore[arg-type]
        return statuses[0]


@pytest.fixture(scope="module")
def rig() -> Rig:
    host = DemoHost(chain(3))
    people = people_of(host.chain)
    behind = behind_of(host, people)
    persons = {}
    for role in ROLES:
        for scope, sites in (("all", None), ("here", (HERE, "st-01", "van-1", "wh-1"))):
            persons[role, scope] = person(people, f"{role}-{scope}", role, sites=sites)
    return Rig(pages(behind), persons)


def routes(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Every route of the API."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in sorted(str(getattr(each, "value", each)) for each in handler.http_methods):
                if method != "OPTIONS" and not route.path.startswith(INTERNAL):
                    yield route.path, method, handler


def test_every_route_names_its_permission_and_what_it_changes(rig: Rig) -> None:
    found = list(routes(rig.app))
    assert len(found) > 40
    for path, method, handler in found:
        permission = handler.opt.get("permission")
        assert permission in {OPEN, OWN, *PERMISSIONS}, f"{method} {path}: {permission}"
        if handler.opt.get("reads"):
            assert permission is not None
            assert permission.endswith(".read"), f"{method} {path}: what only reads has a permission to read"


def test_what_answers_without_log_in_is_only_this(rig: Rig) -> None:
    opened = {
        f"{method} {path}" for path, method, handler in routes(rig.app) if handler.opt["permission"] == OPEN
    }
    assert {name for name in opened if re.search(" /(api|health|metrics)/", name)} == {
        "GET /api/docs",
        "GET /health/live",
        "GET /health/ready",
        "POST /api/reset",
        "POST /api/session",
    }


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scope", ["all", "here"])
async def test_a_role_may_what_the_table_says_where_it_says_and_nothing_else(
    rig: Rig, role: str, scope: str
) -> None:
    who = rig.persons[role, scope]
    wrong = []
    for path, method, handler in routes(rig.app):
        permission, place = handler.opt["permission"], handler.opt.get("place")
        if permission == OPEN or (path, method) == ("/api/session", "DELETE"):
            continue
        may = permission == OWN or role in PERMISSIONS[permission]
        if place == WHOLE_CHAIN:
            may = may and scope == "all"
        for target in (HERE, ELSEWHERE) if place not in (None, WHOLE_CHAIN) else (HERE,):
            status = await rig.ask(who, method, filled(path, place, target))
            seen = place in (None, WHOLE_CHAIN) or who.sees(target)
            if not may:
                good = status == 403
            elif not seen:
                good = status == 404
            else:
                good = status not in (401, 403) and status < 500
            if not good:
                wrong.append(f"{role} {scope} {method} {path} {target}: {status}")
    assert wrong == []


def filled(path: str, place: str | None, target: str) -> str:
    """A route's path with something in each place: numbers where the schema's own path asks for them."""
    parts = []
    for part in path.split("/"):
        name, _, kind = part.strip("{}").partition(":")
        if not part.startswith("{"):
            parts.append(part)
        elif place is not None and name == place:
            parts.append(target)
        else:
            parts.append("7" if kind == "int" else "hk-0001")
    return "/".join(parts)


async def test_nobody_gets_nothing(rig: Rig) -> None:
    for path, method, handler in routes(rig.app):
        if handler.opt["permission"] != OPEN:
            assert await rig.ask(None, method, filled(path, None, "")) == 401, path


@pytest.mark.parametrize("role", ROLES)
async def test_a_person_who_must_change_the_password_gets_only_what_is_their_own(rig: Rig, role: str) -> None:
    bound = attrs.evolve(rig.persons[role, "all"], bound="password")
    for path, method, handler in routes(rig.app):
        if handler.opt["permission"] not in (OPEN, OWN):
            assert await rig.ask(bound, method, filled(path, None, "")) == 403, path


async def test_a_token_may_its_scopes_and_nothing_of_a_persons_own(rig: Rig) -> None:
    token = attrs.evolve(
        rig.persons["auditor", "all"], id="t1", session="", permissions=frozenset({"machines.read"})
    )
    for path, method, handler in routes(rig.app):
        permission = handler.opt["permission"]
        if permission in (OPEN, "machines.read"):
            continue
        status = await rig.ask(token, method, filled(path, None, ""))
        own = permission == OWN and path != "/api/schema"
        assert status in ((400, 409) if own else (403, 404, 200) if permission == OWN else (403,)), (
            f"{method} {path}: {status}"
        )


def test_the_table_keeps_to_what_each_role_is_for() -> None:
    may = {role: permissions_of([role]) for role in ROLES}
    writing = {name for name in PERMISSIONS if not name.endswith(".read") and name != "replay"}
    assert may["auditor"] & writing == set()
    assert may["analyst"] & writing == {"reports.write"}
    assert not may["analyst"] & {"personal.read", "audit.read", "people.read"}
    assert not {
        name for name in may["technician"] if name.split(".")[0] in ("cash", "prices", "refunds", "reports")
    }
    money = {
        "prices.write",
        "refunds.write",
        "refunds.approve",
        "machines.command",
        "stock.write",
        "planograms.write",
    }
    assert may["administrator"] & money == set()
    assert may["cashier"] & writing == {"refunds.write", "approvals.write"}
    assert "audit.read" in may["auditor"]
    assert all(having and set(having) <= set(ROLES) for having in PERMISSIONS.values())


def test_a_scope_holds_a_machine_by_its_name_site_district_or_node() -> None:
    host = DemoHost(chain(3))
    people = people_of(host.chain)
    plan = host.chain.machines[0]
    for number, name in enumerate((plan.id, plan.site, plan.place.district, plan.node)):
        who = person(people, f"somebody{number}", "technician", sites=(name,))
        assert who.sees(f"{plan.id}/lane/A1"), name
        assert not who.sees("office/alarms")
        assert not who.sees("no-such-place")
    others = [one for one in host.chain.machines if one.place.district != plan.place.district]
    assert all(not who.sees(one.id) for one in others)
