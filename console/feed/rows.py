"""The binary part of a feed frame: machines' rows as columns, so that a page copies and parses nothing.

A frame is little-endian and ends with its JSON part:

    offset       bytes      what
    0            4          "HWK2"
    4            4          n, rows (unsigned)
    8            4          length of the JSON part
    12           4          1 a snapshot, 0 what changed
    16           8 n        sales today, minor units (double: exact to 2^53)
    16 +  8 n    4 n        row, as /api/chain lists machines (unsigned)
    16 + 12 n    4 n        when last heard, seconds since 1970 UTC (unsigned)
    16 + 16 n    4 n        units sold today (unsigned)
    16 + 20 n    2 n        stock, permille of par (unsigned)
    16 + 22 n    2 n        cabinet, tenths of a degree; -32768 unknown (signed)
    16 + 24 n    2 n        empty lanes (unsigned)
    16 + 26 n    2 n        lanes closed by a fault (unsigned)
    16 + 28 n    2 n        lanes locked by the cold chain (unsigned)
    16 + 30 n    n          state, as ``console.state.views`` numbers them
    16 + 31 n    n          1: nobody can buy, somebody locked it
    16 + 32 n    as said    the JSON part, UTF-8

Wide columns come first, so every column begins where a page's typed array may.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Sequence

from console.state.views import MachineView

MAGIC = b"HWK2"
HEAD = struct.Struct("<4sIII")
ROW_BYTES = 32


def columns(rows: Iterable[int], views: Sequence[MachineView]) -> bytes:
    """The columns of these machines, each with the row it has on the page."""
    made = (
        array("d", [view.sales_minor for view in views]),
        array("I", rows),
        array("I", [view.seen_us // 1_000_000 for view in views]),
        array("I", [view.units for view in views]),
        array("H", [view.stock_permille for view in views]),
        array("h", [view.temp for view in views]),
        array("H", [view.empty for view in views]),
        array("H", [view.jammed for view in views]),
        array("H", [view.spoilt for view in views]),
        array("B", [view.state for view in views]),
        array("B", [bool(view.locks) for view in views]),
    )
    if sys.byteorder == "big":
        for column in made:
            column.byteswap()
    return b"".join(column.tobytes() for column in made)


def framed(json: bytes, rows: int, columns: bytes, *, snapshot: bool) -> bytes:
    """One message of the feed: head, columns, JSON part."""
    return b"".join((HEAD.pack(MAGIC, rows, len(json), snapshot), columns, json))


def websocket_frame(message: bytes, *, text: bool = False) -> bytes:
    """A whole message as a server's WebSocket frame (RFC 6455, 5.2: FIN, not masked).

    Built once and written to every client as it is: see ``hawker bench feed``.
    """
    size, kind = len(message), 0x81 if text else 0x82
    if size < 126:
        head = struct.pack("!BB", kind, size)
    elif size < 65_536:
        head = struct.pack("!BBH", kind, 126, size)
    else:
        head = struct.pack("!BBQ", kind, 127, size)
    return head + message
