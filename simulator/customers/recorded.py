"""Recorded demand: purchases that really happened, as customers who come and ask for them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from actors.machine.messages import AssignLane
from simulator.customers.keypad import Arrival
from simulator.money import Money


@attrs.frozen(kw_only=True)
class RecordedLine:
    """One unit of a purchase: the lane it came from, and the product and price recorded there."""

    lane: str
    product: str
    price_minor: int


@attrs.frozen(kw_only=True)
class Attempt:
    """One recorded purchase, one unit a line. ``customer`` is unique at the machine."""

    at_us: int
    machine: str
    customer: int
    tender: str
    lines: tuple[RecordedLine, ...]


def arrivals(
    attempts: Iterable[Attempt], opening: Mapping[tuple[str, str], tuple[str, int]], money: Money
) -> Iterator[tuple[int, str, Arrival]]:
    """Yield (at_us, keypad address, arrival) for purchases in order of time.

    A line whose product or price differs from what its lane has by then makes a planogram change that the
    machine hears of just before the choice; customers are served in order of arrival, so what a lane has is
    known here.
    A purchase that has one lane under two labels comes as two customers in a row, the second with number
    ``-customer - 1``. Cash is exact.

    Args:
        attempts: sorted by time.
        opening: (product, price_minor) by (machine, lane) before the first purchase.
        money: the pieces the customers pay with.
    """
    now = dict(opening)
    for attempt in attempts:
        keypad = f"{attempt.machine}/keypad"
        for number, lines in enumerate(_runs(attempt.lines)):
            changes = []
            for line in lines:
                label = (line.product, line.price_minor)
                if now.get((attempt.machine, line.lane)) != label:
                    now[attempt.machine, line.lane] = label
                    changes.append(
                        AssignLane(lane=line.lane, product=line.product, price_minor=line.price_minor)
                    )
            cash = attempt.tender == "cash"
            yield (
                attempt.at_us,
                keypad,
                Arrival(
                    customer=attempt.customer if number == 0 else -attempt.customer - number,
                    lanes=tuple(line.lane for line in lines),
                    tender=attempt.tender,
                    changes=tuple(changes),
                    cash=money.exact(sum(line.price_minor for line in lines)) if cash else (),
                ),
            )


def _runs(lines: tuple[RecordedLine, ...]) -> list[tuple[RecordedLine, ...]]:
    """Split where a lane comes again under another label: a lane has one label at a time."""
    runs: list[tuple[RecordedLine, ...]] = []
    labels: dict[str, tuple[str, int]] = {}
    start = 0
    for index, line in enumerate(lines):
        label = (line.product, line.price_minor)
        if labels.setdefault(line.lane, label) != label:
            runs.append(lines[start:index])
            labels, start = {line.lane: label}, index
    return [*runs, lines[start:]]
