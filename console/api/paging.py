"""Lists by cursor: a page of items, and where the next page begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from console.people.wrong import Wrong

T = TypeVar("T")

LIMIT = 50
LIMIT_MAX = 500
_RULE = "must be the next of an earlier page"

Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="How many items at most.")]
Cursor = Annotated[
    str | None, QueryParameter(max_length=128, description="`next` of the page before; none begins.")
]


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Items, and the cursor of the next page; null at the end."""

    items: list[T]
    next: str | None


def page_of(found: Sequence[T], limit: int, key: Callable[[T], int | str]) -> Page[T]:
    """A page of what was found. One more than ``limit`` was asked for, to know whether there is more."""
    items = list(found[:limit])
    return Page(items, str(key(items[-1])) if len(found) > limit else None)


def position_of(cursor: str | None, otherwise: int) -> int:
    """The number a cursor stands for; raises Wrong for what was never a ``next``."""
    if not cursor:
        return otherwise
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Wrong("cursor", _RULE)
    return int(cursor)


def page_after(
    items: Sequence[T], key: Callable[[T], str], cursor: str | None, limit: int
) -> tuple[Sequence[T], str | None]:
    """Items of a whole list after the one whose key is the cursor, and the cursor of the next page.

    Raises:
        Wrong: no item has this key.
    """
    begin = 0
    if cursor:
        places = {key(item): number for number, item in enumerate(items)}
        if cursor not in places:
            raise Wrong("cursor", _RULE)
        begin = places[cursor] + 1
    page = items[begin : begin + limit]
    return page, key(page[-1]) if begin + limit < len(items) else None
