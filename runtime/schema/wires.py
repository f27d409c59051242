"""The five wires and what is done over them, as tables.

An operation is: what a node does, over which channel, with which messages, and which of them may answer.
"""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from runtime.bus import door

LINKS, READINGS, WATCHERS, GREETING, DOOR = "links", "readings", "watchers", "greeting", "door"

BUS_WIRES: dict[str, dict[str, Any]] = {
    LINKS: {
        "node": "DEALER",
        "office": "ROUTER",
        "parts": ("node", "header", "body"),
        "description": "Facts and mail, both ways: link frames. Answers go where the node last spoke.",
    },
    READINGS: {
        "node": "PUB",
        "office": "SUB",
        "parts": ("node", "header", "body"),
        "description": "What is so now, from node to office; may be lost. The office hears everything.",
    },
    WATCHERS: {
        "node": "DEALER",
        "office": "ROUTER",
        "parts": ("topic", "header", "body"),
        "description": "Values of topics, the latest of each. Ask with the prefix of topics as the topic (it "
        "may be empty), once for each prefix and again every 5 s; the body counts the values taken since the "
        "last time. The answer is the last values known, then what changes; no more than values_untold_max "
        "before they are counted as taken.",
    },
    GREETING: {
        "node": "DEALER",
        "office": "ROUTER",
        "parts": ("header",),
        "description": "In the clear, for a node that has no key on the roster. Ask with the header alone: "
        "the answer is the header and the office's public key in Z85. A person compares its fingerprint: the "
        "first 10 bytes of SHA-256 over the 40 characters, in base 32, in fours.",
    },
    DOOR: {
        "node": "DEALER",
        "office": "ROUTER",
        "parts": ("header", "body"),
        "description": "CURVE with any key. Knock about every second for as long as the answer is waiting.",
    },
}

OPERATIONS: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...], str]] = {
    "sayHello": (
        "send",
        LINKS,
        ("link.Hello",),
        ("link.Welcome", "link.Fork"),
        "Begin, and begin again: this is my journal, how much of it do you have?",
    ),
    "sendFacts": (
        "send",
        LINKS,
        ("link.Facts",),
        ("link.Ack", "link.Again", "link.Greet", "link.Fork"),
        "Facts in order; acknowledged once they are on the office's disk.",
    ),
    "compareJournals": (
        "send",
        LINKS,
        ("link.Trace", "link.Branch"),
        ("link.Traced", "link.Welcome", "link.Greet"),
        "In a newer epoch: find the last fact both have alike, and go on from it.",
    ),
    "sayForked": ("send", LINKS, ("link.Fork",), (), "My facts are others than yours."),
    "sendMail": ("send", LINKS, ("link.Post",), (), "A command for another node, or the outcome of one."),
    "takeMail": ("receive", LINKS, ("link.Post",), (), "A command for this node, or the outcome of one."),
    "learnCovered": ("receive", LINKS, ("link.Covered",), (), "Facts up to here are in a back-up elsewhere."),
    "record": ("send", "facts", (), (), "What happened: in Facts frames."),
    "takeCommands": (
        "receive",
        "commands",
        (),
        ("*",),
        "Do this: in Post frames; the outcome may hold an answer.",
    ),
    "issueCommands": ("send", "commands", (), ("*",), "Have this done elsewhere: in Post frames."),
    "publish": ("send", READINGS, ("bus.Readings",), (), "What is so now, some readings at once."),
    "watch": (
        "send",
        WATCHERS,
        ("bus.Watch",),
        ("bus.Value",),
        "Follow topics: their last values, then the latest of what changes.",
    ),
    "askForKey": ("send", GREETING, ("bus.Question",), ("bus.OfficeKey",), "Learn the office's public key."),
    "knock": ("send", DOOR, ("bus.Knock",), ("bus.DoorAnswered",), "Ask to be put on the roster."),
    "announceKey": (
        "send",
        DOOR,
        ("bus.Announced",),
        ("bus.DoorAnswered",),
        "Say which key comes next, in the old one.",
    ),
}

FRAME_FIELDS: dict[str, str] = {
    "version": "Of the link's frames.",
    "node": "The node's name, the same as in the first part.",
    "nonce": "Random bytes, new for each question; the answer has the same.",
    "incarnation": "Of the office's store; another one after it was restored from a back-up.",
    "epoch": "Of the journal: 1 when it was made, more after a fork.",
    "seq": "Number of a fact; 0 is before the first.",
    "chain": "The chain hash after the fact of that number (in Facts: after the last fact of the frame).",
    "first": "Number of the first fact of the frame; the others follow without gaps.",
    "facts": "Each is [source, at_us, message]; message holds the bytes of [tag, body].",
    "mail": "The bytes of [tag, body] of a mail/1.",
    "points": "Each is [seq, chain], in order.",
}

_BYTES = {"type": "string", "contentEncoding": "base64", "x-messagepack": "none: the bytes themselves"}
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}


def _bare(name: str, summary: str, content: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "title": name, "summary": summary, "contentType": content, "payload": payload}


def _at_the_door(name: str, what: str) -> dict[str, Any]:
    """A JSON message; its shape is read from the class that the door decodes it with."""
    (kind,) = (each for each in get_args(door.Said) if each.__name__ == f"_{name}")
    schema = msgspec.json.schema_components([kind])[1][kind.__name__]
    return _bare(name, f"JSON: {what}.", "application/json", {**schema, "title": name})


BARE_MESSAGES: dict[str, dict[str, Any]] = {
    "bus.Readings": _bare(
        "Readings",
        "Epoch and number of the node's last fact, 8 bytes each, big-endian; then MessagePack: the readings.",
        "application/octet-stream",
        {
            "type": "array",
            "items": [
                {**_NUMBER, "title": "epoch", "x-bytes": [8, 8]},
                {**_NUMBER, "title": "seq", "x-bytes": [8, 8]},
                {
                    "title": "readings",
                    "type": "array",
                    "items": {
                        "type": "array",
                        "items": [
                            {**_NUMBER, "title": "at_us"},
                            {"type": "string", "title": "source"},
                            {
                                "type": "array",
                                "title": "[tag, body] of a reading",
                                "minItems": 2,
                                "maxItems": 2,
                            },
                        ],
                        "additionalItems": False,
                        "minItems": 3,
                    },
                },
            ],
            "additionalItems": False,
            "minItems": 3,
        },
    ),
    "bus.Watch": _bare(
        "Watch",
        "How many values were taken since this was last said: 4 bytes, big-endian; 0 at first.",
        "application/octet-stream",
        {**_NUMBER, "x-bytes": [4]},
    ),
    "bus.Value": _bare(
        "Value",
        "The value of a topic. Topics ADDRESS/KIND are readings: as a readings message, without its numbers.",
        "application/octet-stream",
        _BYTES,
    ),
    "bus.Question": _bare(
        "Question", "No body: the header alone.", "application/octet-stream", {"type": "null"}
    ),
    "bus.OfficeKey": _bare(
        "OfficeKey",
        "The office's public key, Z85.",
        "text/plain",
        {"type": "string", "minLength": 40, "maxLength": 40},
    ),
    "bus.Knock": _at_the_door(
        "Knock", "the node's name, the serial number written on it, the one-time code it was given"
    ),
    "bus.Announced": _at_the_door(
        "Announced", "the public key (Z85) the node will have from its next connection on"
    ),
    "bus.DoorAnswered": _bare(
        "DoorAnswered",
        "waiting (for an operator's yes: knock again), admitted (it is on the roster), noted or refused.",
        "text/plain",
        {"enum": list(door.ANSWERS)},
    ),
}
