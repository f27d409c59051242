"""Configuration files: prices pushed to a machine, and whether a read resets its interval (SD1)."""

from __future__ import annotations

from collections.abc import Mapping

from hardware.dex.codec.lines import Section, split
from hardware.dex.codec.writer import enveloped
from runtime.errors import ProtocolError

PRICES_MAX = 1_000
PRICE_MAX = 99_999_999
LANE_CHARACTERS_MAX = 6
"""PA101 has at most 6 characters (EVA-DTS 6.2)."""

AUTO, SAVE, RESET = RESETS = ("AUTO", "SAVE", "RESET")
"""SD105: every read resets the interval; none does; the interval is reset now."""


def prices(wanted: Mapping[str, int], sender: str, price_list: int | None = None) -> bytes:
    """A file that sets these prices (minor units) by lane.

    Args:
        wanted: price by lane.
        sender: DXS01, as a VMC knows its data carrier.
        price_list: None writes ``PC1*lane*price``; a number writes ``LC1*list*lane*price``. One file never
            holds both: machines take the last one they read.

    Raises:
        ProtocolError: a lane or a price that a machine cannot take.
    """
    if not 0 < len(wanted) <= PRICES_MAX:
        raise ProtocolError(f"price file: must set 1 to {PRICES_MAX} prices, not {len(wanted)}")
    content: list[tuple[str, ...]] = []
    for lane, price_minor in wanted.items():
        if not (0 < len(lane) <= LANE_CHARACTERS_MAX and lane.isascii() and lane.isalnum()):
            raise ProtocolError(f"price file: lane must be 1 to 6 letters or digits, not {lane!r}")
        if not 0 <= price_minor <= PRICE_MAX:
            raise ProtocolError(f"price file: lane {lane}: price must be 0 to {PRICE_MAX}, not {price_minor}")
        listed = () if price_list is None else (str(price_list),)
        content.append(("PC1" if price_list is None else "LC1", *listed, lane, str(price_minor)))
    return enveloped(content, sender)


def interval(how: str, sender: str) -> bytes:
    """A file that says what reads do to the interval: ``AUTO``, ``SAVE`` or ``RESET``."""
    assert how in RESETS
    return enveloped([("SD1", "", "", "", "", how)], sender)


def read_prices(data: bytes) -> dict[str, int]:
    """The prices that a file sets, by lane; price list 0 of LC1 is the one customers pay in cash.

    Raises:
        ProtocolError: it is beyond the ceilings of ``codec.lines``, or holds PC1 and LC1 both.
    """
    found: dict[str, int] = {}
    for section in split(data):
        if section.first("PC1") and section.first("LC1"):
            raise ProtocolError("price file: must hold PC1 or LC1, never both")
        found |= _prices(section)
    return found


def _prices(section: Section) -> dict[str, int]:
    said = [(line.text(1), line.number(2)) for line in section.every("PC1")]
    said += [(line.text(2), line.number(3)) for line in section.every("LC1") if line.number(1) in (0, None)]
    return {lane: price for lane, price in said if lane is not None and price is not None}


def read_interval(data: bytes) -> str | None:
    """SD105 of a file: ``AUTO``, ``SAVE``, ``RESET``, or None."""
    for section in split(data):
        for line in section.every("SD1"):
            if line.text(5) in RESETS:
                return line.text(5)
    return None
