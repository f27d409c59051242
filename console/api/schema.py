"""The API as OpenAPI 3.1: Litestar's schema, with the refusals and rights that the doors add."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from console.api.problems import Problem
from console.api.recorded import KEY_CHARACTERS_MAX
from console.people.permissions import OPEN, OWN

PATH = "/api/schema"
REFUSALS = {
    400: "The input breaks a rule: which field, which rule.",
    401: "No session or token, or not the right password or code.",
    403: "Not permitted, or not from a page of this console.",
    404: "Not there, or not in your scope.",
    409: "It does not go with what is there.",
    413: "Too large.",
    414: "The address is too long.",
    429: "Too many tries or too much at once.",
    503: "Not now.",
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def routes() -> list[HTTPRouteHandler]:
    """The schema itself."""
    kept: dict[str, bytes] = {}

    @get(PATH, sync_to_thread=False, opt={"permission": OWN}, include_in_schema=False)
    def schema(request: Request[Any, Any, Any]) -> Response[bytes]:
        """OpenAPI 3.1, JSON."""
        if not kept:
            kept["json"] = msgspec.json.encode(schema_of(request.app))
        return Response(kept["json"], media_type="application/json")

    return [schema]


def handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Every route's path, method and handler."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in sorted(handler.http_methods):
                    yield route.path_format, str(getattr(method, "value", method)), handler


def schema_of(app: Litestar) -> dict[str, Any]:
    """The application's schema, completed."""
    schema: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _problem()
    components["securitySchemes"] = {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "hawker_PORT",
            "description": "What asks for something to be done also sends x-hawker, as /api/session says.",
        },
        "token": {"type": "http", "scheme": "bearer"},
    }
    for path, method, handler in handlers(app):
        if (operation := schema["paths"].get(path or "/", {}).get(method.lower())) is not None:
            _complete(operation, path, method, handler)
    return schema


def _problem() -> dict[str, Any]:
    _, components = msgspec.json.schema_components([Problem])
    found: dict[str, Any] = components["Problem"]
    return found


def _complete(operation: dict[str, Any], path: str, method: str, handler: HTTPRouteHandler) -> None:
    permission = handler.opt.get("permission", "")
    is_open = permission == OPEN
    operation["security"] = [] if is_open else [{"session": []}, {"token": []}]
    operation["x-permission"] = permission
    if (place := handler.opt.get("place")) is not None:
        operation["x-place"] = place
    for status in _refusals(operation, path, method, is_open=is_open):
        operation["responses"][str(status)] = {
            "description": REFUSALS[status],
            "content": {"application/json": {"schema": _PROBLEM}},
        }
    if method == "POST" and not is_open and not handler.opt.get("reads"):
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "pattern": f"^[!-~]{{1,{KEY_CHARACTERS_MAX}}}$"},
                "description": "The same key and body get the same answer for a day, and are done once.",
            }
        )


def _refusals(operation: dict[str, Any], path: str, method: str, *, is_open: bool) -> list[int]:
    found = {503} if path != "/health/live" else set()
    if method != "GET":
        found |= {400, 403, 404, 409, 413, 414, 429}
    if operation.get("parameters") or "requestBody" in operation:
        found |= {400, 414}
    if not is_open:
        found |= {401, 403}
    if method == "POST" and path == "/api/session":
        found.add(401)
    if "{" in path:
        found |= {400, 404}
    if path == "/health/ready":
        found -= {503}
        operation["responses"]["503"] = operation["responses"]["200"] | {"description": REFUSALS[503]}
    return sorted(found)
