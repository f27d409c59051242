"""G85: does an audit still say what the machine printed?

Devices of V1/1 may print the two bytes in the other order (seen: Rhea Sagoma). Office tools and mail change
line ends or rewrite lines. So a value that does not match is a warning with its reason, never a refusal.
"""

from __future__ import annotations

import attrs

from hardware.dex.codec.crc import crc16
from hardware.dex.codec.lines import Section

OK, SWAPPED, MISMATCH, ABSENT = "ok", "swapped", "mismatch", "absent"


@attrs.frozen
class Verdict:
    """``result`` is "ok", "swapped", "mismatch" or "absent"; ``reason`` says why, "" for a plain ok."""

    result: str
    reason: str = ""


def check(section: Section) -> Verdict:
    """Compare G85 with the lines from ST to the one before it, CR LF after each (EVA-DTS 6.2)."""
    printed = section.first("G85")
    if printed is None:
        return Verdict(ABSENT, "the audit has no G85 line")
    text = printed.text(1) or ""
    try:
        value = int(text, 16)
    except ValueError:
        value = -1
    if len(text) > 4 or value < 0:
        return Verdict(MISMATCH, f"G85 must be four hexadecimal digits, not {text[:20]!r}")
    lines = _covered(section)
    if lines is None:
        return Verdict(MISMATCH, "no ST line before G85, so what it covers is unknown")
    tried = {"CR LF": b"\r\n"} if section.crlf else {"CR LF restored": b"\r\n", "LF as in the file": b"\n"}
    values = {how: crc16(b"".join(line + end for line in lines)) for how, end in tried.items()}
    for how, computed in values.items():
        if computed == value:
            return Verdict(OK, "" if how == "CR LF" else how)
    for how, computed in values.items():
        if (computed & 0xFF) << 8 | computed >> 8 == value:
            return Verdict(SWAPPED, f"bytes in the other order, {how}")
    first = next(iter(values.values()))
    reason = f"G85 says {text.upper()}, the lines give {first:04X}; tried {', '.join(tried)}, swapped bytes"
    if section.tool:
        reason += "; rewritten by an office tool (ST-1, SE-1 or @$ lines)"
    return Verdict(MISMATCH, reason)


def _covered(section: Section) -> list[bytes] | None:
    """The lines that G85 covers: from ST up to, not with, G85."""
    begin = next((at for at, raw in enumerate(section.raw) if raw.startswith((b"ST*", b"ST-1*"))), None)
    end = next((at for at, raw in enumerate(section.raw) if raw.startswith(b"G85*")), None)
    return None if begin is None or end is None or end < begin else list(section.raw[begin:end])
