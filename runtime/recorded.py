"""What a recording keeps, as bytes: batches of inputs, facts and readings in MessagePack.

Each batch holds what came in a few kernel turns, so that a long run pays for a recording by the batch and not
by the message. Messages stand in them as ``[tag, body]``; the two that have no wire name of their own get one
here: ``started/1`` and ``report/1``, whose body is ``[node, seq, source, at_us, [tag, body]]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import msgspec

from runtime import wire
from runtime.actor import Report, Started
from runtime.errors import ProtocolError
from runtime.message import wire_of
from runtime.wire import FactRecord


@attrs.define(slots=True)
class Input:
    """An edge input or a fired timer of one node.

    Attributes:
        handled: how many messages the kernel had handled when it came.
        now_us: the time it was stamped with, microseconds since 1970 UTC.
        to: address of the actor it was for.
        message: a registered message, a ``Report`` or ``Started``.
    """

    handled: int
    now_us: int
    to: str
    message: Any


@attrs.define(slots=True)
class Published:
    """A reading, and which actor published it when."""

    source: str
    at_us: int
    reading: Any


_STARTED, _REPORT = "started/1", "report/1"
_encode = msgspec.msgpack.Encoder().encode
_STARTED_PREFIX, _REPORT_PREFIX = (b"\x92" + _encode(tag) for tag in (_STARTED, _REPORT))
_tags: dict[type, str] = {Started: _STARTED, Report: _REPORT}

_inputs = msgspec.msgpack.Decoder(list[tuple[int, int, str, msgspec.Raw]]).decode
_facts = msgspec.msgpack.Decoder(tuple[bytes, list[tuple[int, str, int, msgspec.Raw]]]).decode
_readings = msgspec.msgpack.Decoder(list[tuple[int, str, msgspec.Raw]]).decode
_report = msgspec.msgpack.Decoder(tuple[str, tuple[str, int, str, int, msgspec.Raw]]).decode


def _tagged(message: Any) -> tuple[str, Any]:
    kind = type(message)
    tag = _tags.get(kind)
    if tag is None:
        tag = _tags[kind] = wire_of(kind).tag
    if kind is Report:
        return tag, (message.node, message.seq, message.source, message.at_us, _tagged(message.content))
    return tag, message


def encode_inputs(inputs: Sequence[Input]) -> bytes:
    """Inputs as a list of ``[handled, now_us, to, [tag, body]]`` (about 0.5 us each)."""
    return _encode([(i.handled, i.now_us, i.to, _tagged(i.message)) for i in inputs])


def decode_inputs(data: bytes) -> list[Input]:
    """Read what ``encode_inputs`` wrote; raises ProtocolError on anything else."""
    try:
        rows = _inputs(data)
    except msgspec.MsgspecError as error:
        raise ProtocolError(f"batch of inputs of {len(data)} bytes: {error}") from error
    return [Input(handled, now_us, to, _message(bytes(raw))) for handled, now_us, to, raw in rows]


def encode_facts(records: Sequence[FactRecord]) -> bytes:
    """Facts as ``[chain of the first, [[seq, source, at_us, [tag, body]], ...]]``; at least one.

    The other hashes follow from the first and the facts; left out, they spare half of the file.
    """
    return _encode((records[0].chain, [(r.seq, r.source, r.at_us, msgspec.Raw(r.body)) for r in records]))


def decode_facts(data: bytes) -> list[FactRecord]:
    """Read what ``encode_facts`` wrote, hashes computed anew; raises ProtocolError on anything else."""
    try:
        chain, rows = _facts(data)
    except msgspec.MsgspecError as error:
        raise ProtocolError(f"batch of facts of {len(data)} bytes: {error}") from error
    records = [FactRecord(seq, source, at_us, bytes(raw), chain) for seq, source, at_us, raw in rows]
    for record in records[1:]:
        chain = record.chain = wire.chained(chain, record.wire_bytes())
    return records


def encode_readings(readings: Sequence[Published]) -> bytes:
    """Readings as a list of ``[at_us, source, [tag, body]]``."""
    return _encode([(r.at_us, r.source, _tagged(r.reading)) for r in readings])


def decode_readings(data: bytes) -> list[Published]:
    """Read what ``encode_readings`` wrote; raises ProtocolError on anything else."""
    try:
        rows = _readings(data)
    except msgspec.MsgspecError as error:
        raise ProtocolError(f"batch of readings of {len(data)} bytes: {error}") from error
    return [Published(source, at_us, wire.decode(bytes(raw))) for at_us, source, raw in rows]


def _message(data: bytes) -> Any:
    """A message as an input has it: ``Started``, ``Report`` or a registered one."""
    if data.startswith(_STARTED_PREFIX):
        return Started()
    if data.startswith(_REPORT_PREFIX):
        try:
            node, seq, source, at_us, content = _report(data)[1]
        except msgspec.MsgspecError as error:
            raise ProtocolError(f"report of {len(data)} bytes: {error}") from error
        return Report(node, seq, source, at_us, wire.decode(bytes(content)))
    return wire.decode(data)
