"""Lanes of an audit: PA1 begins one, PA2 says what it sold, PA7 the same by tender and price list."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from hardware.dex.codec.lines import Line
from hardware.dex.codec.values import Lane

LANES_MAX = 4_096


def lanes(lines: Iterable[Line]) -> tuple[tuple[Lane, ...], bool]:
    """The lanes in their order, and whether their PA1 was one element late (``PA1**1*5``, seen: N&W Kikko).

    A PA7 counts where its lane has no PA2, and once: for the first lane of its name.
    """
    found: list[Lane] = []
    by_tender: dict[str, list[Line]] = {}
    shifted = _shifted(lines := list(lines))
    for line in lines:
        if line.block == "PA1" and len(found) < LANES_MAX:
            found.append(_opened(line, 1 if shifted else 0))
        elif line.block == "PA2" and found and found[-1].sold is found[-1].interval_sold is None:
            found[-1] = attrs.evolve(
                found[-1],
                sold=line.number(1),
                amount_minor=line.number(2),
                interval_sold=line.number(3),
                interval_minor=line.number(4),
            )
        elif line.block == "PA7" and (lane := line.text(1)) is not None:
            by_tender.setdefault(lane, []).append(line)
    return tuple(_with_tenders(lane, by_tender.pop(lane.lane, [])) for lane in found), shifted


def _shifted(lines: list[Line]) -> bool:
    opened = [line for line in lines if line.block == "PA1"]
    return bool(opened) and all(line.text(1) is None and line.number(2) is not None for line in opened)


def _opened(line: Line, shift: int) -> Lane:
    if shift:
        return Lane(lane=line.text(2) or "", price_minor=line.number(3))
    return Lane(
        lane=line.text(1) or "",
        price_minor=line.number(2),
        product=line.text(3),
        absent=line.text(7) == "1",
        level=line.number(8),
    )


def _with_tenders(lane: Lane, parts: list[Line]) -> Lane:
    """A lane without PA2 takes the sums of its PA705 to 08."""
    if not parts or lane.sold is not None or lane.interval_sold is not None:
        return lane
    sold, amount, interval_sold, interval = (_sum(parts, number) for number in (5, 6, 7, 8))
    return attrs.evolve(
        lane, sold=sold, amount_minor=amount, interval_sold=interval_sold, interval_minor=interval
    )


def _sum(parts: list[Line], number: int) -> int | None:
    values = [value for line in parts if (value := line.number(number)) is not None]
    return sum(values) if values else None
