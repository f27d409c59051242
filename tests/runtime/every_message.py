"""Every message class of ours, and values for its fields."""

from __future__ import annotations

import importlib
import pkgutil
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

import actors
import hardware.contract
from runtime.address import Ref
from runtime.message import REGISTRY


def every_message() -> Iterator[type]:
    """Every message class outside tests, by its tag."""
    for package in (actors, hardware.contract):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if module.name.endswith(".messages") or module.name.startswith("hardware.contract."):
                importlib.import_module(module.name)
    for name in ("command", "command_desk", "health", "quarantine", "supervision"):
        importlib.import_module(f"runtime.{name}")
    return (REGISTRY[tag] for tag in sorted(REGISTRY) if not tag.startswith(("test", "bench")))


MESSAGES = list(every_message())
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**63 - 1),
    Ref: st.integers(0, 2**31),
    str: st.text(max_size=8),
    bytes: st.binary(max_size=8),
    bool: st.booleans(),
    float: st.floats(allow_nan=False),
    type(None): st.none(),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    if hint in PLAIN:
        return PLAIN[hint]
    inner = get_args(hint)
    origin = get_origin(hint)
    if origin in (types.UnionType, Union):
        return st.one_of([values(one) for one in inner])
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is tuple and inner[-1] is ...:
        return st.lists(values(inner[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(one) for one in inner))
    if origin is dict:
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=3)
    hints = get_type_hints(hint)
    fields = {
        field.name: st.integers(0, 2**63 - 1) if field.validator else values(hints[field.name])
        for field in attrs.fields(hint)
    }
    return st.builds(hint, **fields)
