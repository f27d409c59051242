"""Message classes and link frames as JSON Schema (draft 07, the one AsyncAPI 3.0 builds on).

MessagePack has more types than JSON: a ``bin`` is written as a base64 text whose schema says
``"x-messagepack": "bin"``; its ``minLength`` and ``maxLength`` are of that text, ``x-bytes`` of the bytes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import attrs
import msgspec
from msgspec import Meta, Struct

REF = "#/components/schemas/{name}"
_FIELD = re.compile(r"(?P<names>\w+(?:, \w+)*): (?P<text>.*)")


def schemas(message_types: Iterable[type]) -> dict[str, Any]:
    """The body of each class, and of each class within one, by class name."""
    _, made = msgspec.json.schema_components(list(message_types), ref_template=REF)
    described = {}
    for name, schema in made.items():
        schema = _draft_7(schema)
        text, fields = read_doc(schema.get("description", ""))
        schema["description"] = text
        for field, said in fields.items():
            if field in schema.get("properties", {}):
                schema["properties"][field]["description"] = said
        described[name] = schema
    for message_type in message_types:
        _add_bounds(message_type, described[_name(message_type)])
    return described


def reference(message_type: type) -> dict[str, str]:
    """The reference to a class's schema."""
    return {"$ref": REF.format(name=_name(message_type))}


def frame_schema(frame_type: type[Struct], said_of: Mapping[str, str]) -> dict[str, Any]:
    """A link frame: an array whose items stand in order, each with its field's name as title.

    ``said_of`` describes every field by its name.
    """
    _, made = msgspec.json.schema_components([frame_type], ref_template=REF)
    schema: dict[str, Any] = _draft_7(made[frame_type.__name__])
    schema["description"] = read_doc(schema["description"])[0]
    kind, *items = schema["items"]
    kind["title"] = "kind"
    hints = get_type_hints(frame_type, include_extras=True)
    for field, item in zip(msgspec.structs.fields(frame_type), items, strict=True):
        item["title"], item["description"] = field.name, said_of[field.name]
        if (limits := _byte_limits(hints[field.name])) is not None:
            item["x-bytes"] = limits
    return schema


def read_doc(doc: str) -> tuple[str, dict[str, str]]:
    """A docstring's text, and what its ``Attributes:`` section says of each field."""
    text, _, section = inspect.cleandoc(doc).partition("Attributes:")
    fields: dict[str, str] = {}
    names: list[str] = []
    for line in inspect.cleandoc(section).splitlines():
        if (found := _FIELD.fullmatch(line)) is not None:
            names = found["names"].split(", ")
            fields |= dict.fromkeys(names, found["text"])
        elif line.strip():
            fields |= {name: f"{fields[name]} {line.strip()}" for name in names}
    return _joined(text), fields


def _joined(text: str) -> str:
    """Paragraphs, each on one line."""
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def _name(message_type: type) -> str:
    reference, _ = msgspec.json.schema_components([message_type], ref_template=REF)
    return str(reference[0]["$ref"]).rpartition("/")[2]


def _draft_7(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_draft_7(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _draft_7(inner) for key, inner in schema.items()}
    if "prefixItems" in made:
        made["items"] = made.pop("prefixItems")
        made["additionalItems"] = False
    if made.get("contentEncoding") == "base64":
        made["x-messagepack"] = "bin"
    return made


def _add_bounds(message_type: type, schema: dict[str, Any]) -> None:
    """What attrs validators demand of whole numbers."""
    for field in attrs.fields(message_type):
        bound = getattr(field.validator, "bound", None)
        if bound is not None and getattr(field.validator, "compare_op", "") == ">=":
            schema["properties"][field.name]["minimum"] = bound


def _byte_limits(hint: Any) -> list[int] | None:
    if get_origin(hint) is not Annotated:
        return None
    inner, *marks = get_args(hint)
    limits = [mark for mark in marks if isinstance(mark, Meta)]
    return [limits[0].min_length or 0, limits[0].max_length or 0] if inner is bytes and limits else None
