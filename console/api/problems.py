"""What every refusal looks like: ``{"detail", "field", "rule"}`` and a status that says whose fault it is."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from console.people.people import CodeNeeded
from console.people.wrong import Missing, NotYou, TooSoon, Wrong
from runtime.errors import HawkerError, Refused

log = structlog.get_logger("console.web")


class Problem(msgspec.Struct, forbid_unknown_fields=True):
    """Why a request was refused.

    Attributes:
        detail: one sentence: the thing, the rule, the value.
        field: the input it is about, null for none.
        rule: what must hold of that input.
    """

    detail: str
    field: str | None = None
    rule: str | None = None


Refusal = Response[Problem]


def refusal(status: int, problem: Problem, **headers: str) -> Refusal:
    """An answer that refuses."""
    return Response(problem, status_code=status, headers=headers, media_type="application/json")


def _http(_: Request[Any, Any, Any], error: HTTPException) -> Refusal:
    headers = {} if error.headers is None else dict(error.headers)
    return refusal(error.status_code, Problem(str(error.detail)), **headers)


def _validation(_: Request[Any, Any, Any], error: ValidationException) -> Refusal:
    found = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
    field, rule = found.get("key") or None, found.get("message") or str(error.detail)
    return refusal(400, Problem(f"{field}: {rule}" if field else rule, field, rule))


def _wrong(_: Request[Any, Any, Any], error: Wrong) -> Refusal:
    return refusal(409 if error.clash else 400, Problem(str(error), error.field, error.rule))


def _too_deep(_: Request[Any, Any, Any], error: RecursionError) -> Refusal:
    return refusal(400, Problem("body: must not be nested so deeply", "body", "must not be nested so deeply"))


def _not_you(_: Request[Any, Any, Any], error: NotYou) -> Refusal:
    return refusal(401, Problem(str(error), error.field, error.rule))


def _missing(_: Request[Any, Any, Any], error: Missing) -> Refusal:
    return refusal(404, Problem(str(error)))


def _too_soon(_: Request[Any, Any, Any], error: TooSoon) -> Refusal:
    return refusal(429, Problem(str(error)), **{"retry-after": str(error.seconds)})


def _code_needed(_: Request[Any, Any, Any], error: CodeNeeded) -> Refusal:
    return refusal(401, Problem(str(error), "code", str(error).partition(": ")[2]))


def _refused(_: Request[Any, Any, Any], error: Refused) -> Refusal:
    return refusal(409, Problem(str(error)))


def _failed(_: Request[Any, Any, Any], error: HawkerError) -> Refusal:
    log.error("request failed", why=str(error))
    return refusal(503, Problem(f"not now: {error}"))


def _ours(request: Request[Any, Any, Any], error: Exception) -> Refusal:
    log.error("request failed", path=request.url.path, exc_info=error)
    return refusal(500, Problem("the console made a mistake; its log says which"))


HANDLERS: ExceptionHandlersMap = {
    HTTPException: _http,
    ValidationException: _validation,
    Wrong: _wrong,
    NotYou: _not_you,
    Missing: _missing,
    TooSoon: _too_soon,
    CodeNeeded: _code_needed,
    Refused: _refused,
    HawkerError: _failed,
    RecursionError: _too_deep,
    Exception: _ours,
}
"""For the application; the most special error wins."""
