"""Typed lines: a keypad or touch screen that sends a lane's code and Enter, and shows a line of text.

Anything that types over a serial line does: a matrix keypad's controller, a barcode scanner in serial mode, a
screen's program over TCP, a terminal.
"""

from __future__ import annotations

import attrs

from hardware.splitter import MORE, NO_FRAME, Splitter

LINE_BYTES_MAX = 64
LANES_MAX = 8
"""Units that one customer may choose at once."""
CODE_CHARACTERS_MAX = 8
TEXT_CHARACTERS_MAX = 40
"""What is shown: two rows of twenty, as on common customer displays."""
_ENDS = b"\r\n"


@attrs.frozen
class Typed:
    """One line.

    Attributes:
        raw: the bytes, with what ended them.
        lanes: chosen, in order; () when the line is empty or no choice.
        why: the rule that the line broke; "" for a good one.
    """

    raw: bytes
    lanes: tuple[str, ...] = ()
    why: str = ""


def splitter() -> Splitter[Typed]:
    """Cuts typed lines out of bytes."""
    return Splitter(_measure, _decode)


def encode(text: str) -> bytes:
    """A line to show, shortened; what is not ASCII becomes a question mark."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain[:TEXT_CHARACTERS_MAX].encode("ascii", "replace") + b"\r\n"


def _measure(data: bytearray) -> int:
    for place, byte in enumerate(data[:LINE_BYTES_MAX], 1):
        if byte in _ENDS:
            return place
    return NO_FRAME if len(data) >= LINE_BYTES_MAX else MORE


def _decode(raw: bytes) -> Typed:
    # A line that breaks a rule is refused as a whole: its tail might look like a choice.
    codes = raw.rstrip(_ENDS).decode("latin-1").replace(",", " ").upper().split()
    if len(codes) > LANES_MAX:
        return Typed(raw, why=f"a line must have at most {LANES_MAX} lanes, not {len(codes)}")
    for code in codes:
        if not (code.isascii() and code.isalnum() and len(code) <= CODE_CHARACTERS_MAX):
            rule = f"at most {CODE_CHARACTERS_MAX} letters and digits"
            return Typed(raw, why=f"a lane must be {rule}, not {code[:20]!r}")
    return Typed(raw, tuple(codes))
