"""The document: which messages go over which wire, both ways."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, get_args

from runtime import downlink, link_frames, uplink
from runtime.bus.wire import HEADER, NAME_BYTES_MAX
from runtime.command import Mail
from runtime.message import wire_of
from runtime.schema.framing import EXAMPLES, LIMITS, OVERVIEW
from runtime.schema.shapes import frame_schema, read_doc, reference, schemas
from runtime.schema.wires import BARE_MESSAGES, BUS_WIRES, FRAME_FIELDS, OPERATIONS

ASYNCAPI = "3.0.0"
MESSAGEPACK = "application/msgpack"
FRAMES = get_args(link_frames.Frame)

_BY_KIND = {
    "facts": (("fact",), "links", "the third item of each fact in a Facts frame"),
    "commands": (("command",), "links", "body of a mail/1 of kind command, in a Post frame"),
    "answers": (
        ("answer",),
        "links",
        "body of a mail/1 of kind outcome, in a Post frame; also within a node",
    ),
    "published": (("reading",), "readings", "the third item of each reading in a readings message"),
    "within": (("event", "order", "query"), "", "within a node, between its actors and its devices"),
}
"""Channel of messages: their kinds, the wire that carries them, and where on it they stand."""


def document(message_types: Iterable[type], *, version: str) -> dict[str, Any]:
    """AsyncAPI 3.0 of a node, as JSON values.

    Args:
        message_types: every message class there is.
        version: of the program.
    """
    types = sorted({Mail, *message_types}, key=lambda message_type: wire_of(message_type).tag)
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Hawker bus",
            "version": version,
            "description": OVERVIEW,
            "license": {"name": "Apache-2.0"},
            "tags": _tags(types),
        },
        "defaultContentType": MESSAGEPACK,
        "servers": {name: _server(name) for name in BUS_WIRES},
        "channels": _channels(types),
        "operations": _operations(),
        "components": {
            "messages": {
                **{_frame_key(frame): _frame_message(frame) for frame in FRAMES},
                **BARE_MESSAGES,
                **{_key(message_type): _message(message_type) for message_type in types},
            },
            "schemas": schemas(types),
            "securitySchemes": {
                "curve": {"type": "asymmetricEncryption", "description": "CURVE, RFC 26; keys are Z85 texts."}
            },
        },
        "x-limits": LIMITS,
        "x-examples": EXAMPLES,
        "x-states": {"node": _table(uplink.__doc__), "office": _table(downlink.__doc__)},
    }


def _server(name: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "host": "{host}:{port}",
        "protocol": "zmtp",
        "protocolVersion": "3.1",
        "description": f"Where an office binds its {name} wire.",
        "variables": {"host": {"default": "127.0.0.1"}, "port": {"description": "One for each wire."}},
    }
    if name != "greeting":
        made["security"] = [{"$ref": "#/components/securitySchemes/curve"}]
    return made


# Channels


def _channels(types: list[type]) -> dict[str, Any]:
    keys = {
        "links": [*map(_frame_key, FRAMES), _key(Mail)],
        "readings": ["bus.Readings"],
        "watchers": ["bus.Watch", "bus.Value"],
        "greeting": ["bus.Question", "bus.OfficeKey"],
        "door": ["bus.Knock", "bus.Announced", "bus.DoorAnswered"],
    }
    channels = {
        name: {
            "address": name,
            "title": name,
            "description": wire["description"],
            "servers": [{"$ref": f"#/servers/{name}"}],
            "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in keys[name]},
            "x-zeromq": {
                "node": wire["node"],
                "office": wire["office"],
                "office_binds": True,
                "curve": name != "greeting",
                "parts": _parts(wire["parts"]),
            },
        }
        for name, wire in BUS_WIRES.items()
    }
    for name, (kinds, carrier, place) in _BY_KIND.items():
        members = [t for t in types if wire_of(t).kind in kinds and t is not Mail]
        channels[name] = {
            "address": None,
            "title": name,
            "description": f"Messages of kind {' or '.join(kinds)}: {place}.",
            "servers": [{"$ref": f"#/servers/{carrier}"}] if carrier else [],
            "messages": {_key(t): {"$ref": f"#/components/messages/{_key(t)}"} for t in members},
            "x-carried-by": carrier,
        }
    return channels


def _parts(names: tuple[str, ...]) -> list[dict[str, Any]]:
    known: dict[str, dict[str, Any]] = {
        "header": {"name": "header", "hex": HEADER.hex(), "ascii": HEADER.decode()},
        "node": {"name": "node", "encoding": "ASCII", "bytes": [1, NAME_BYTES_MAX]},
        "topic": {"name": "topic", "encoding": "ASCII", "bytes": [1, NAME_BYTES_MAX]},
        "body": {"name": "body"},
    }
    return [known[name] for name in names]


def _operations() -> dict[str, Any]:
    return {name: _operation(name, *row) for name, row in OPERATIONS.items()}


def _operation(
    name: str, action: str, channel: str, members: tuple[str, ...], reply: tuple[str, ...], summary: str
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "title": name,
        "summary": summary,
    }
    if members:
        made["messages"] = [{"$ref": f"#/channels/{channel}/messages/{key}"} for key in members]
    if reply:
        answered = "answers" if channel == "commands" else channel
        made["reply"] = {"channel": {"$ref": f"#/channels/{answered}"}}
        if answered == channel:
            made["reply"]["messages"] = [{"$ref": f"#/channels/{channel}/messages/{key}"} for key in reply]
    return made


# Messages


def _key(message_type: type) -> str:
    return f"{wire_of(message_type).name}.v{wire_of(message_type).version}"


def _frame_key(frame: type) -> str:
    return f"link.{frame.__name__}"


def _frame_message(frame: type[Any]) -> dict[str, Any]:
    """A frame's docstring begins with who sends it: Site, Office or Either."""
    text = read_doc(frame.__doc__ or "")[0]
    return {
        "name": frame.__name__,
        "title": f"Link frame {frame.__name__}",
        "summary": text.partition(". ")[0],
        "description": text,
        "contentType": MESSAGEPACK,
        "payload": frame_schema(frame, FRAME_FIELDS),
        "x-sender": {"Site": "node", "Office": "office", "Either": "both"}[text.replace(":", " ").split()[0]],
        "x-framing": "CRC-32 (4 bytes, big-endian) of the payload's bytes, then those bytes",
    }


def _message(message_type: type) -> dict[str, Any]:
    wire = wire_of(message_type)
    text = read_doc(message_type.__doc__ or "")[0]
    return {
        "name": wire.tag,
        "title": message_type.__name__,
        "summary": text.partition("\n\n")[0],
        "contentType": MESSAGEPACK,
        "payload": {
            "type": "array",
            "items": [{"const": wire.tag}, reference(message_type)],
            "additionalItems": False,
            "minItems": 2,
            "maxItems": 2,
        },
        "tags": [{"name": wire.kind}, {"name": message_type.__module__}],
        "x-kind": wire.kind,
        "x-tag": wire.tag,
        "x-version": wire.version,
    }


def _tags(types: list[type]) -> list[dict[str, str]]:
    """What the modules say that messages stand in: much of a field's meaning is told there once for all."""
    modules = sorted({message_type.__module__ for message_type in types})
    return [{"name": name, "description": read_doc(sys.modules[name].__doc__ or "")[0]} for name in modules]


def _table(doc: str | None) -> list[str]:
    return (doc or "").strip().splitlines()
