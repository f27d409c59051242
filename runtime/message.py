"""What actors say to one another: small frozen attrs classes with an explicit wire name.

Seven kinds, one decorator each:

- ``fact``     something happened; past tense; durable; numbered by its node.
- ``command``  do this; across nodes it travels with an id and an expiry (``runtime.command``).
- ``event``    a device saw something; an input from the edge, remembered only if an actor makes a fact of it.
- ``order``    one actor asks another of the same node, or a device, to act.
- ``reading``  this is so now; the latest wins and it may be dropped.
- ``query`` and ``answer``  a question within a node, and its reply.

Renaming a class never changes the wire: the name and version in the decorator do.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform

import attrs

M = TypeVar("M")

FROZEN = os.environ.get("HAWKER_FROZEN", "") == "1"
"""Make messages really frozen. Tests do; production does not, because building a frozen class costs 628 ns
against 142 ns (measured). ``tests/runtime/test_message.py`` proves that nobody mutates one."""


@attrs.frozen
class Wire:
    """The name of a message class on every wire and disk.

    Attributes:
        kind: one of the seven words above.
        name: lower case, dotted, e.g. ``vend.completed``.
        version: starts at 1; a change of fields makes a new one.
    """

    kind: str
    name: str
    version: int

    @property
    def tag(self) -> str:
        """The text that stands before the body, e.g. ``vend.completed/1``."""
        return f"{self.name}/{self.version}"


REGISTRY: dict[str, type] = {}
"""Every message class by its tag."""


def wire_of(message_type: type) -> Wire:
    """Return the wire name of a message class; raises TypeError for any other class."""
    try:
        wire: Wire = message_type.__dict__["__wire__"]
    except KeyError:
        raise TypeError(f"{message_type.__name__} is not a message: decorate it") from None
    return wire


def _message(kind: str, name: str, version: int) -> Callable[[type[M]], type[M]]:
    wire = Wire(kind, name, version)

    def decorate(cls: type[M]) -> type[M]:
        if (other := REGISTRY.get(wire.tag)) is not None and other.__qualname__ != cls.__qualname__:
            raise TypeError(f"wire name {wire.tag} is taken by {other.__qualname__}")
        made: Any = attrs.define(cls, kw_only=True, frozen=FROZEN, slots=True)
        made.__wire__ = wire
        made.__hash__ = None  # frozen ones would have a hash, and tests would miss what fails in production
        REGISTRY[wire.tag] = made
        return made  # type: ignore[no-any-return]

    return decorate


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def fact(name: str, version: int = 1) -> Callable[[type[M]], type[M]]:
    """Make a class a fact: it happened, and is kept for ever."""
    return _message("fact", name, version)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def command(name: str, version: int = 1) -> Callable[[type[M]], type[M]]:
    """Make a class a command: do this; it ends done, failed or expired."""
    return _message("command", name, version)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def event(name: str, version: int = 1) -> Callable[[type[M]], type[M]]:
    """Make a class an event: what a device saw."""
    return _message("event", name, version)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def order(name: str, version: int = 1) -> Callable[[type[M]], type[M]]:
    """Make a class an order: what one actor asks of another, or of a device, within its node."""
    return _message("order", name, version)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def reading(name: str, version: int = 1) -> Callable[[type[M]], type[M]]:
    """Make a class a reading: this is so now; a later one replaces it."""
    return _message("reading", name, version)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def query(name: str, version: int = 1) -> Callable[[type[M]], type[M]]:
    """Make a class a query: a question within a node."""
    return _message("query", name, version)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def answer(name: str, version: int = 1) -> Callable[[type[M]], type[M]]:
    """Make a class an answer: the reply to a query."""
    return _message("answer", name, version)
