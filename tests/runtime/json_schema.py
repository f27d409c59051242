"""A validator of the part of JSON Schema (draft 07) that the bus's document uses; it refuses all other."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

ONLY_SAID = {"title", "description", "default", "contentEncoding"}
TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}
BOUNDS = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "minLength": lambda value, bound: len(value) >= bound,
    "maxLength": lambda value, bound: len(value) <= bound,
    "minItems": lambda value, bound: len(value) >= bound,
    "maxItems": lambda value, bound: len(value) <= bound,
}


def pointed(document: Any, ref: str) -> Any:
    """What a reference such as ``#/components/schemas/Goods`` points at."""
    at = document
    for step in ref.removeprefix("#/").split("/"):
        at = at[step]
    return at


def wrongs(value: Any, schema: dict[str, Any], document: Any, path: str = "$") -> Iterator[str]:
    """Say in which ways a value does not satisfy a schema of the document."""
    if "$ref" in schema:
        yield from wrongs(value, pointed(document, schema["$ref"]), document, path)
        return
    for key, rule in schema.items():
        match key:
            case "type":
                right = isinstance(value, TYPES[rule]) and (not isinstance(value, bool) or rule == "boolean")
                if not right:
                    yield f"{path}: {value!r} must be of type {rule}"
                    return
            case "enum" | "const":
                if value not in (rule if key == "enum" else [rule]):
                    yield f"{path}: {value!r} must be {rule!r}"
            case "anyOf":
                if all(list(wrongs(value, one, document, path)) for one in rule):
                    yield f"{path}: {value!r} must be one of {rule!r}"
            case "required":
                yield from (f"{path}: {name} is missing" for name in rule if name not in value)
            case "properties":
                for name, inner in rule.items():
                    if name in value:
                        yield from wrongs(value[name], inner, document, f"{path}.{name}")
            case "additionalProperties":
                assert rule is False
                yield from (f"{path}: {name}" for name in value if name not in schema["properties"])
            case "items":
                inners = rule if isinstance(rule, list) else [rule] * len(value)
                for number, (item, inner) in enumerate(zip(value, inners, strict=False)):
                    yield from wrongs(item, inner, document, f"{path}[{number}]")
            case "additionalItems":
                assert rule is False
                if len(value) > len(schema["items"]):
                    yield f"{path}: must have at most {len(schema['items'])} items"
            case _ if key in BOUNDS:
                if not BOUNDS[key](value, rule):
                    yield f"{path}: {value!r} must keep {key} {rule}"
            case _:
                assert key in ONLY_SAID or key.startswith("x-"), f"unknown keyword {key}"


def as_json(value: Any) -> Any:
    """A MessagePack value as the document's schemas see it: binary as base64 text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    return value
