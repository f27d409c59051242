"""The framing in words, numbers and examples: what no JSON Schema can say.

The examples are computed, so that another program can check its own arithmetic before it connects.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runtime import link_frames, uplink, wire
from runtime.bus import door, watch_desk
from runtime.bus import wire as bus
from runtime.link_frames import Facts, Hello, encode_frame

LIMITS: dict[str, int] = {
    "link_version": link_frames.LINK_VERSION,
    "message_bytes_max": wire.MESSAGE_BYTES_MAX,
    "link_frame_bytes_max": link_frames.FRAME_BYTES_MAX,
    "facts_in_a_frame_max": link_frames.FRAME_FACTS_MAX,
    "bytes_in_a_frame_goal": link_frames.FRAME_BYTES_GOAL,
    "facts_unacknowledged_max": uplink.WINDOW_FACTS,
    "trace_points_max": link_frames.TRACE_POINTS_MAX,
    "part_bytes_max": bus.BODY_BYTES_MAX,
    "name_bytes_max": bus.NAME_BYTES_MAX,
    "knock_bytes_max": door.KNOCK_BYTES_MAX,
    "values_untold_max": watch_desk.WINDOW,
    "handshake_ms": bus.HANDSHAKE_MS,
    "heartbeat_ms": bus.HEARTBEAT_MS,
    "heartbeat_patience_ms": bus.HEARTBEAT_PATIENCE_MS,
}

OVERVIEW = Path(__file__).with_name("bus.md").read_text(encoding="utf-8").partition("\n\n")[2]


def _example() -> dict[str, Any]:
    body = b"\x92" + b"\xb2node.disk_filled/1" + b"\x80"
    stamp = wire.fact_bytes(1, "health", 1_700_000_000_000_000, body)
    chain = wire.chained(wire.CHAIN_START, stamp)
    hello = Hello(link_frames.LINK_VERSION, "gw-1", bytes(range(16)), 1, 0, wire.CHAIN_START)
    facts = Facts(bytes(range(16)), 1, 1, chain, [("health", 1_700_000_000_000_000, body)])
    return {
        "fact": {"seq": 1, "source": "health", "at_us": 1_700_000_000_000_000, "message_hex": body.hex()},
        "stamp_hex": stamp.hex(),
        "chain_hex": chain.hex(),
        "hello_frame_hex": encode_frame(hello).hex(),
        "facts_frame_hex": encode_frame(facts).hex(),
    }


EXAMPLES = _example()
"""One fact, all the way to its frame; both frames have the bytes 0 to 15 as nonce and incarnation."""
