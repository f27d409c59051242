"""The document of the bus: whole as AsyncAPI 3.0, and true of every message and frame."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.cli import run_command
from runtime import wire
from runtime.bus.wire import HEADER
from runtime.link_frames import (
    Ack,
    Again,
    Branch,
    Covered,
    Facts,
    Fork,
    Frame,
    Greet,
    Hello,
    Post,
    Trace,
    Traced,
    Welcome,
    encode_frame,
)
from runtime.message import REGISTRY, event, wire_of
from runtime.readings import encode_sent
from runtime.recorded import Published
from runtime.schema import asyncapi
from runtime.schema.shapes import read_doc
from scenarios.schema import every_message
from tests.runtime.every_message import values
from tests.runtime.json_schema import as_json, pointed, wrongs

DOCUMENT: dict[str, Any] = asyncapi.document(every_message(), version="1")
TOKEN, CHAIN = bytes(16), bytes(32)
EXAMPLES: list[Any] = [
    Hello(2, "gw-1", TOKEN, 1, 0, CHAIN),
    Welcome(TOKEN, TOKEN, 1, 5, CHAIN),
    Facts(TOKEN, 1, 6, CHAIN, [("hk-1", 9, b"...")] * 3),
    Ack(TOKEN, 1, 8, CHAIN),
    Again(TOKEN, 1, 5),
    Greet(TOKEN),
    Fork(1, 5),
    Post(b"..."),
    Trace(TOKEN, [(5, CHAIN)]),
    Traced(TOKEN, TOKEN, 5),
    Branch(TOKEN, TOKEN, 2, 5, CHAIN),
    Covered(5, CHAIN),
]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def payload(key: str) -> dict[str, Any]:
    schema: dict[str, Any] = DOCUMENT["components"]["messages"][key]["payload"]
    return schema


def key_of(message_type: type) -> str:
    wire_name = wire_of(message_type)
    return f"{wire_name.name}.v{wire_name.version}"


def says(data: bytes) -> Any:
    return as_json(msgspec.msgpack.decode(data))


def test_the_document_has_the_parts_that_asyncapi_3_demands() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert all(DOCUMENT["info"][key] for key in ("title", "version", "description"))
    fields = {
        "asyncapi",
        "id",
        "info",
        "servers",
        "defaultContentType",
        "channels",
        "operations",
        "components",
    }
    assert {key for key in DOCUMENT if not key.startswith("x-")} <= fields
    for server in DOCUMENT["servers"].values():
        assert server["host"]
        assert server["protocol"]
    for name, channel in DOCUMENT["channels"].items():
        assert channel["address"] in (name, None)
        assert channel["messages"]
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        for asked in (operation, operation.get("reply", {"channel": operation["channel"]})):
            own = asked["channel"]["$ref"] + "/messages/"
            assert all(message["$ref"].startswith(own) for message in asked.get("messages", ()))
        assert channel.startswith("#/channels/")
    for kind in ("messages", "schemas"):
        assert all(set(key) <= NAME for key in DOCUMENT["components"][kind])


NAME = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
"""What a component's key may be made of."""


def test_every_reference_points_at_something() -> None:
    for reference in references(DOCUMENT):
        assert pointed(DOCUMENT, reference)


def test_every_message_and_frame_goes_over_one_channel_at_least() -> None:
    told = {key for channel in DOCUMENT["channels"].values() for key in channel["messages"]}
    assert told == set(DOCUMENT["components"]["messages"])
    assert {f"link.{frame.__name__}" for frame in get_args(Frame)} <= told
    assert {key_of(message_type) for message_type in every_message()} <= told


def test_every_frame_is_sent_or_received_by_an_operation() -> None:
    done = set(references(DOCUMENT["operations"]))
    for key in DOCUMENT["channels"]["links"]["messages"]:
        assert key == "mail.v1" or f"#/channels/links/messages/{key}" in done, key


def test_messages_that_only_tests_or_the_simulator_know_are_left_out() -> None:
    @event("test.schema.stranger")
    class Stranger:
        pass

    assert "test.schema.stranger/1" in REGISTRY
    assert Stranger not in every_message()
    assert not any("simulator" in message_type.__module__ for message_type in every_message())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_comes_off_the_wire_satisfies_its_schema(data: st.DataObject) -> None:
    message_type = data.draw(st.sampled_from(every_message()))
    said = says(wire.encode(data.draw(values(message_type))))
    assert list(wrongs(said, payload(key_of(message_type)), DOCUMENT)) == []
    schema = DOCUMENT["components"]["schemas"][message_type.__name__]
    assert set(said[1]) == set(schema["properties"])


@pytest.mark.parametrize("message_type", every_message(), ids=lambda cls: cls.__name__)
def test_a_message_without_a_field_that_is_required_satisfies_no_schema(message_type: type) -> None:
    missing = list(wrongs([wire_of(message_type).tag, {}], payload(key_of(message_type)), DOCUMENT))
    required = DOCUMENT["components"]["schemas"][message_type.__name__].get("required", [])
    assert len(missing) == len(required)


@pytest.mark.parametrize("frame", EXAMPLES, ids=lambda frame: type(frame).__name__)
def test_every_frame_satisfies_its_schema_and_no_other(frame: Any) -> None:
    said = says(encode_frame(frame)[4:])
    fits = [
        kind for kind in get_args(Frame) if not list(wrongs(said, payload(f"link.{kind.__name__}"), DOCUMENT))
    ]
    assert fits == [type(frame)]
    for item in payload(f"link.{type(frame).__name__}")["items"][1:]:
        assert item["title"]
        assert item["description"]


def test_a_frame_beyond_its_limits_satisfies_no_schema() -> None:
    said = says(encode_frame(Facts(b"short", 1, 0, CHAIN, []))[4:])
    found = "; ".join(wrongs(said, payload("link.Facts"), DOCUMENT))
    assert all(
        limit in found for limit in ("$[1]", "minLength 12", "$[3]", "minimum 1", "$[5]", "minItems 1")
    )


def test_readings_satisfy_their_schema() -> None:
    reading_type = next(one for one in every_message() if wire_of(one).kind == "reading")
    reading = reading_type(**dict.fromkeys(reading_type.__annotations__, 1))
    sent = encode_sent(3, 77, [Published("hk-1/cooling", 5, reading)])
    said = [*(int.from_bytes(sent[at : at + 8], "big") for at in (0, 8)), says(sent[16:])]
    assert said[:2] == [3, 77]
    assert list(wrongs(said, payload("bus.Readings"), DOCUMENT)) == []


def test_every_message_has_a_title_a_summary_and_a_description() -> None:
    for key, message in DOCUMENT["components"]["messages"].items():
        assert message["title"], key
        assert message["summary"], key
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert schema["description"], name
        assert "Attributes:" not in schema["description"]


def test_the_words_name_only_frames_limits_and_channels_that_there_are() -> None:
    words = DOCUMENT["info"]["description"]
    named = set(re.findall(r"`([A-Za-z_0-9./]+)`", words))
    assert f"`{HEADER.decode()}`" in words
    assert {name for name in named if name.endswith(("_max", "_goal", "_ms"))} <= set(DOCUMENT["x-limits"])
    frames = {name for name in named if name[0].isupper()} - {HEADER.decode()}
    assert frames >= {"Hello", "Welcome", "Facts", "Ack", "Again", "Greet", "Fork", "Post"}
    assert frames <= {frame.__name__ for frame in get_args(Frame)}
    tags = {message["x-tag"] for message in DOCUMENT["components"]["messages"].values() if "x-tag" in message}
    assert {name for name in named if re.fullmatch(r"[a-z_.]+/\d+", name)} <= tags
    assert {"links", "readings", "watchers", "greeting", "door"} <= named


def test_a_docstring_says_what_each_field_is() -> None:
    doc = """One thing.

    On two lines
    of text.

    Attributes:
        sale, unit: its numbers,
            from 0.
        why: "warm" or
            "door".
    """
    assert read_doc(doc) == (
        "One thing.\n\nOn two lines of text.",
        {"sale": "its numbers, from 0.", "unit": "its numbers, from 0.", "why": '"warm" or "door".'},
    )


def test_the_command_prints_the_document_or_saves_it(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run_command(["schema"]) == 0
    printed = capsysbinary.readouterr().out
    assert json.loads(printed)["channels"] == DOCUMENT["channels"]
    assert run_command(["schema", "--out", str(tmp_path / "bus.json")]) == 0
    assert (tmp_path / "bus.json").read_bytes() == printed
    assert capsysbinary.readouterr().out == b""
