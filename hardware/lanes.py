"""Which number a control board gives to a lane of the planogram."""

from __future__ import annotations

from collections.abc import Mapping

ROW_LANES = 10
"""Lanes a row has in the default rule: boards count trays in tens (fafb notes: 1000 + tray)."""


def lane_number(code: str, lanes: Mapping[str, int]) -> int:
    """The board's number for a lane, counted from 1; 0 if it has none.

    Args:
        code: planogram position, e.g. "A3" or "27".
        lanes: the machine's own table; a lane that stands there needs no rule.

    What the table leaves out follows a rule: a plain number is itself; letters are rows of ten from the top,
    so "A1" is 1, "A10" is 10, "B1" is 11.
    """
    if code in lanes:
        return lanes[code]
    if code.isascii() and code.isdigit():
        return int(code)
    row, place = code[:1], code[1:]
    if not (row.isascii() and row.isupper() and place.isascii() and place.isdigit()):
        return 0
    if not 1 <= int(place) <= ROW_LANES:
        return 0
    return (ord(row) - ord("A")) * ROW_LANES + int(place)
