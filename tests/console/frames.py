"""Frames of the feed taken apart as a page does it, in Python: for the tests that have no browser."""

from __future__ import annotations

import struct
from typing import Any

import attrs
import msgspec

from console.feed.rows import HEAD, MAGIC, ROW_BYTES

COLUMNS = (
    ("sales", "d"), ("row", "I"), ("seen", "I"), ("units", "I"), ("stock", "H"), ("temp", "h"),
    ("empty", "H"), ("jammed", "H"), ("spoilt", "H"), ("state", "B"), ("locked", "B"),
)  # fmt: skip


@attrs.frozen
class Frame:
    """What one message of the feed says."""

    snapshot: bool
    rows: list[dict[str, Any]]
    said: dict[str, Any]


def decoded(message: bytes) -> Frame:
    """Take a message apart by the layout in ``console/feed/rows.py``."""
    magic, count, size, snapshot = HEAD.unpack_from(message)
    assert magic == MAGIC
    assert len(message) == HEAD.size + ROW_BYTES * count + size
    at, columns = HEAD.size, {}
    for name, kind in COLUMNS:
        columns[name] = struct.unpack_from(f"<{count}{kind}", message, at)
        at += struct.calcsize(kind) * count
    rows = [{name: column[row] for name, column in columns.items()} for row in range(count)]
    return Frame(bool(snapshot), rows, msgspec.json.decode(message[at:]))


def unframed(frame: bytes) -> tuple[bool, bytes]:
    """A server's WebSocket frame taken apart: whether it is text, and its message."""
    short = frame[1]
    head = {126: 4, 127: 10}.get(short, 2)
    size = int.from_bytes(frame[2:head], "big") if head > 2 else short
    assert len(frame) == head + size
    return frame[0] == 0x81, frame[head:]


class Kept:
    """An outlet that keeps its frames until somebody takes them: a page that may be slow."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    @property
    def waiting(self) -> int:
        return len(self.frames)

    def offer(self, frame: bytes, most: int) -> bool:
        if len(self.frames) >= most:
            return False
        self.frames.append(frame)
        return True

    def take(self) -> list[str]:
        """What kinds of frames came, oldest first; they are gone then."""
        kinds = []
        for frame in self.frames:
            text, message = unframed(frame)
            if text:
                kinds.append(str(msgspec.json.decode(message)["t"]))
            else:
                kinds.append("snapshot" if decoded(message).snapshot else "delta")
        self.frames.clear()
        return kinds
