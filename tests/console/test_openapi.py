"""The API against its own description: every operation, as every role and nobody, right and wrong."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.api.schema import schema_of
from console.people.people import People
from console.people.permissions import OPEN, OWN, PERMISSIONS, ROLES
from console.people.sessions import csrf_of
from console.web import pages
from tests.console.demo import DemoHost, chain
from tests.console.office import Office
from tests.console.persons import add, behind_of, people_of, session_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NOBODY = "nobody"
CALM = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


class Api:
    """The served API, and callers of every role whose accounts are as new before each request."""

    def __init__(self, office: Office, people: People) -> None:
        self.office, self.people = office, people
        self.numbers = {role: add(people, f"the-{role}", role, password=None) for role in ROLES}
        self.session = requests.Session()

    def headers(self, role: str) -> dict[str, str]:
        """What the page of somebody of a role sends."""
        if role == NOBODY:
            return {"origin": self.office.origin, "x-hawker": "page", "cookie": ""}
        number = self.numbers[role]
        self.people.store.write(
            lambda db: db.execute(
                "UPDATE people SET roles = ?, sites = NULL, disabled = 0, must_change = 0, totp = NULL,"
                " password = NULL WHERE id = ?",
                (json.dumps([role]), number),
            )
        )
        secret = session_of(self.people, number)
        return {
            "origin": self.office.origin,
            "x-hawker": csrf_of(secret),
            "cookie": f"hawker_{self.office.served.port}={secret}",
        }

    def ask(self, case: schemathesis.Case[Any], role: str, *, wrong: bool) -> None:
        """One request by somebody of a role: it is answered as described, and refused if it must be."""
        sent = self.headers(role)
        for name in [name for name in case.headers or {} if name.lower() in (*sent, "authorization")]:
            del case.headers[name]
        case.cookies = {}
        response = case.call(base_url=self.office.origin, headers=sent, session=self.session)
        permission = case.operation.definition.raw["x-permission"]
        nowhere = wrong and "{" in case.path and response.status_code in (404, 405)
        if nowhere:
            return  # what stands in the path makes it the path of nothing
        if permission not in (OPEN, OWN) and role != NOBODY and role not in PERMISSIONS[permission]:
            expected = {403, 413, 414}
        elif permission != OPEN and role == NOBODY:
            expected = {401, 413, 414}
        else:
            expected = set(range(200, 500)) - ({401, 403} if permission != OPEN else {403})
        assert response.status_code in expected, (role, case.method, case.path, response.text[:300])
        case.validate_response(response, checks=CHECKS)


def described() -> Any:
    """The schema of an application that nobody serves."""
    host = DemoHost(chain(2))
    schema = schema_of(pages(behind_of(host, people_of(host.chain))))
    return schema, schemathesis.openapi.from_dict(schema)


SCHEMA, LOADED = described()
OPERATIONS = {found.ok().label: found.ok() for found in LOADED.get_all_operations()}


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    host = DemoHost(chain(2))
    people = people_of(host.chain)
    with Office(host, people) as office:
        served = Api(office, people)
        yield served
        served.session.close()


def explore(api: Api, label: str, examples: int, *, of_all: int) -> None:
    """Ask for an operation, with input as described and otherwise."""
    operation = OPERATIONS[label]
    asking(api, operation, GenerationMode.POSITIVE, examples, of_all=of_all)()
    if operation.definition.raw.get("parameters") or operation.body:
        asking(api, operation, GenerationMode.NEGATIVE, examples, of_all=of_all)()


def asking(
    api: Api, operation: Any, mode: GenerationMode, examples: int, *, of_all: int
) -> Callable[[], None]:
    """A hypothesis test of one operation: the first input by everybody, others by some roles in turn."""
    turns = itertools.cycle(ROLES)
    first = iter([ROLES])

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=CALM,
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: schemathesis.Case[Any]) -> None:
        some = tuple(next(turns) for _ in range(of_all))
        for role in (NOBODY, *next(first, some)):
            api.ask(case, role, wrong=mode is GenerationMode.NEGATIVE)

    return asked


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_operation_answers_everybody_as_it_is_described(api: Api, label: str) -> None:
    explore(api, label, 2, of_all=3)


@pytest.mark.soak
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_operation_answers_everybody_as_it_is_described_at_length(api: Api, label: str) -> None:
    explore(api, label, 200, of_all=len(ROLES))


def test_the_schema_is_openapi_and_names_rights_and_refusals() -> None:
    assert SCHEMA["openapi"].startswith("3.1")
    assert len(OPERATIONS) > 35
    for path, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            assert operation.get("x-permission"), f"{method} {path}"
            assert operation.get("description"), f"{method} {path} must say what it does"
            statuses = operation["responses"]
            if operation["x-permission"] != OPEN:
                assert {"401", "403"} <= set(statuses), f"{method} {path}"
            for status, answer in statuses.items():
                if status >= "400" and path != "/health/ready":
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}, f"{method} {path} {status}"
