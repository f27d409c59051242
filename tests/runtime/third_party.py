"""A node as somebody else would write it: from the printed document, pyzmq and a MessagePack library.

Nothing of Hawker is imported here, and no frame, tag or number of the protocol is written down: they are
looked up in the document. A test says so.
"""

from __future__ import annotations

import json
import os
from base64 import b32encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import trio
import zmq

pack = msgspec.msgpack.encode
unpack = msgspec.msgpack.decode
Fields = dict[str, Any]


def crc_32(data: bytes) -> int:
    """CRC-32/ISO-HDLC, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Described:
    """The document, and what it says of frames and messages."""

    def __init__(self, path: Path) -> None:
        self.document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.messages: dict[str, Any] = self.document["components"]["messages"]
        self.schemas: dict[str, Any] = self.document["components"]["schemas"]
        parts = self.document["channels"]["links"]["x-zeromq"]["parts"]
        self.header = bytes.fromhex(parts[1]["hex"])

    def frame(self, name: str, **fields: Any) -> bytes:
        """A link frame, its items in the order of the schema."""
        kind, *items = self.messages[f"link.{name}"]["payload"]["items"]
        assert {item["title"] for item in items} == set(fields)
        body = pack([kind["enum"][0], *(fields[item["title"]] for item in items)])
        return crc_32(body).to_bytes(4, "big") + body

    def read_frame(self, data: bytes) -> tuple[str, Fields]:
        """A link frame's name and fields."""
        assert int.from_bytes(data[:4], "big") == crc_32(data[4:])
        kind, *values = unpack(data[4:])
        for key, message in self.messages.items():
            if key.startswith("link.") and message["payload"]["items"][0]["enum"] == [kind]:
                titles = [item["title"] for item in message["payload"]["items"][1:]]
                return message["name"], dict(zip(titles, values, strict=True))
        raise AssertionError(f"no frame of kind {kind}")

    def message(self, name: str, **body: Any) -> bytes:
        """A message by its dotted name: the newest version there is."""
        (found,) = [m for m in self.messages.values() if m.get("x-tag", "").rpartition("/")[0] == name]
        schema = self.schemas[found["payload"]["items"][1]["$ref"].rpartition("/")[2]]
        assert set(schema.get("required", [])) <= set(body) <= set(schema["properties"])
        return pack([found["x-tag"], body])


class Journal:
    """What the node recorded: (source, at_us, message), with the chain hash after each."""

    def __init__(self) -> None:
        self.facts: list[tuple[str, int, bytes]] = []
        self.chains = [bytes(32)]

    def record(self, source: str, at_us: int, message: bytes) -> None:
        """Number a fact and chain it."""
        self.facts.append((source, at_us, message))
        stamp = pack([len(self.facts), source, at_us, message])
        self.chains.append(sha256(self.chains[-1] + stamp).digest())


class ThirdParty:
    """A node on the links wire.

    Attributes:
        acknowledged: number of the last fact the office has.
        mails: what was posted to this node.
    """

    def __init__(
        self, described: Described, name: str, keys: tuple[bytes, bytes], office_key: bytes, **wires: str
    ) -> None:
        self.said, self.name = described, name
        self.journal = Journal()
        self.acknowledged = 0
        self.mails: list[Fields] = []
        self._nonce = self._incarnation = b""
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._sockets = {}
        for wire, endpoint in wires.items():
            kind = described.document["channels"][wire]["x-zeromq"]["node"]
            socket = self._sockets[wire] = self._context.socket(getattr(zmq, kind))
            socket.set(zmq.LINGER, 0)
            socket.set(zmq.CURVE_PUBLICKEY, keys[0])
            socket.set(zmq.CURVE_SECRETKEY, keys[1])
            socket.set(zmq.CURVE_SERVERKEY, office_key)
            socket.connect(endpoint)

    def close(self) -> None:
        for socket in self._sockets.values():
            socket.close()
        self._context.term()

    # Sending

    def send_raw(self, body: bytes, wire: str = "links") -> None:
        self._sockets[wire].send_multipart([self.name.encode("ascii"), self.said.header, body])

    def send(self, frame: str, **fields: Any) -> None:
        self.send_raw(self.said.frame(frame, **fields))

    def hello(self) -> None:
        self._nonce = os.urandom(16)
        version = self.said.document["x-limits"]["link_version"]
        seq, chain = len(self.journal.facts), self.journal.chains[-1]
        self.send("Hello", version=version, node=self.name, nonce=self._nonce, epoch=1, seq=seq, chain=chain)

    def push(self, first: int) -> None:
        """Send all facts from a number on in one frame."""
        facts = self.journal.facts[first - 1 :]
        chain = self.journal.chains[-1]
        self.send("Facts", incarnation=self._incarnation, epoch=1, first=first, chain=chain, facts=facts)

    def post(self, **mail: Any) -> None:
        self.send("Post", mail=self.said.message("mail", **mail))

    def publish(self, at_us: int, source: str, reading: bytes) -> None:
        numbers = (1).to_bytes(8, "big") + self.acknowledged.to_bytes(8, "big")
        self.send_raw(numbers + pack([[at_us, source, msgspec.Raw(reading)]]), "readings")

    # Receiving

    async def told(self) -> str:
        """Take one frame and do what the document says; return its name."""
        name, fields = self.said.read_frame(await self._receive())
        match name:
            case "Welcome" if fields["nonce"] == self._nonce:
                assert fields["chain"] == self.journal.chains[fields["seq"]]
                self._incarnation = fields["incarnation"]
                self.acknowledged = fields["seq"]
                if fields["seq"] < len(self.journal.facts):
                    self.push(fields["seq"] + 1)
            case "Ack":
                assert fields["chain"] == self.journal.chains[fields["seq"]]
                self.acknowledged = fields["seq"]
            case "Again":
                self.push(fields["seq"] + 1)
            case "Greet":
                self.hello()
            case "Post":
                tag, mail = unpack(fields["mail"])
                assert self.said.messages["mail.v1"]["x-tag"] == tag
                self.mails.append(mail)
        return name

    async def until(self, name: str) -> None:
        """Take frames until one of this name came."""
        while await self.told() != name:
            pass

    async def _receive(self) -> bytes:
        name, header, body = await received(self._sockets["links"])
        assert (name, header) == (self.name.encode("ascii"), self.said.header)
        return body


async def join(
    described: Described, keys: tuple[bytes, bytes], fingerprint: str, at: tuple[str, str], **knock: str
) -> str:
    """Ask for the office's key, compare its fingerprint, knock once; return what the door said.

    ``at``: the endpoints of greeting and door.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    asking, knocking = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
    try:
        asking.connect(at[0])
        asking.send_multipart([described.header])
        _, office_key = await received(asking)
        text = b32encode(sha256(office_key).digest()[:10]).decode()
        assert fingerprint == "-".join(text[start : start + 4] for start in range(0, 16, 4))
        knocking.set(zmq.CURVE_PUBLICKEY, keys[0])
        knocking.set(zmq.CURVE_SECRETKEY, keys[1])
        knocking.set(zmq.CURVE_SERVERKEY, office_key)
        knocking.connect(at[1])
        fields = described.messages["bus.Knock"]["payload"]["properties"]
        said = json.dumps(
            {name: knock.get(name) or rule["enum"][0] for name, rule in fields.items()}
        ).encode()
        knocking.send_multipart([described.header, said])
        _, answer = await received(knocking)
        assert answer.decode() in described.messages["bus.DoorAnswered"]["payload"]["enum"]
        return answer.decode()
    finally:
        asking.close(0)
        knocking.close(0)
        context.term()


async def received(socket: zmq.Socket[bytes]) -> list[bytes]:
    """The next message of a socket."""
    while True:
        try:
            return socket.recv_multipart(zmq.DONTWAIT)
        except zmq.Again:
            await trio.lowlevel.wait_readable(socket.fileno())


def examples(described: Described) -> Iterator[tuple[str, str]]:
    """Pairs that must be equal: what the document gives as an example, and what comes out here."""
    given = described.document["x-examples"]
    fact = given["fact"]
    message = bytes.fromhex(fact["message_hex"])
    journal = Journal()
    journal.record(fact["source"], fact["at_us"], message)
    yield given["stamp_hex"], pack([fact["seq"], fact["source"], fact["at_us"], message]).hex()
    yield given["chain_hex"], journal.chains[1].hex()
    token, version = bytes(range(16)), described.document["x-limits"]["link_version"]
    hello = described.frame(
        "Hello", version=version, node="gw-1", nonce=token, epoch=1, seq=0, chain=bytes(32)
    )
    yield given["hello_frame_hex"], hello.hex()
    facts = described.frame(
        "Facts", incarnation=token, epoch=1, first=1, chain=journal.chains[1], facts=journal.facts
    )
    yield given["facts_frame_hex"], facts.hex()
