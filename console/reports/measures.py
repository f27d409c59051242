"""What a report may tell: each measure is worked out of parts that the ledger adds up.

Parts are summed over the groups of a report, so a measure of a group, and of all groups, follows from the
sums of its parts: an average ticket is turnover by tickets, never an average of averages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

COUNT, MONEY, SHARE, RATE = "count", "money", "share", "rate"

Value = int | float | None
Formula = Callable[[Sequence[int], Sequence[int]], Value]
"""Of the parts of a group, and of those of all groups. None: nothing to divide by, or no cost known."""

_PLACES = ("place",)
_TIMES = ("business_day", "hour")
_SALES = frozenset((*_TIMES, *_PLACES, "product", "tender"))
_RECEIPTS = _SALES - {"product"}
_STANDING = frozenset((*_PLACES, "product"))


@attrs.frozen
class Part:
    """Something that the ledger adds up.

    Attributes:
        source: "sold", "cost", "stock", or a kind of tally.
        sum: which sum of it; of stock, "start" or "end" of the days.
        columns: by which it may be grouped and filtered.
        why: of a tally, count only these reasons; () all.
    """

    source: str
    sum: str
    columns: frozenset[str]
    why: tuple[str, ...] = ()


@attrs.frozen
class Measure:
    """A column of figures.

    Attributes:
        name: in reports; its heading in the catalogue is ``reports.measure.NAME``.
        unit: ``COUNT``, ``MONEY`` (minor units), ``SHARE`` (of 1) or ``RATE``.
        parts: what it is worked out of.
        formula: how.
    """

    name: str
    unit: str
    parts: tuple[Part, ...]
    formula: Formula

    @property
    def columns(self) -> frozenset[str]:
        """Columns by which all its parts may be grouped."""
        return frozenset.intersection(*(part.columns for part in self.parts))


def _plain(parts: Sequence[int], _: Sequence[int]) -> Value:
    return parts[0]


def _share_of_all(parts: Sequence[int], everything: Sequence[int]) -> Value:
    return round(parts[0] / everything[0], 4) if everything[0] else None


def _average_minor(parts: Sequence[int], _: Sequence[int]) -> Value:
    """Money by number, rounded half up."""
    return (2 * parts[0] + parts[1]) // (2 * parts[1]) if parts[1] else None


def _ratio(parts: Sequence[int], _: Sequence[int]) -> Value:
    return round(parts[0] / parts[1], 4) if parts[1] else None


def _share_lost(parts: Sequence[int], _: Sequence[int]) -> Value:
    lost, sold = parts
    return round(lost / (lost + sold), 4) if lost + sold else None


def _cost(parts: Sequence[int], _: Sequence[int]) -> Value:
    """None unless the cost of everything sold is known."""
    cost, unknown = parts
    return None if unknown else cost


def _profit(parts: Sequence[int], _: Sequence[int]) -> Value:
    amount, cost, unknown = parts
    return None if unknown else amount - cost


def _margin(parts: Sequence[int], _: Sequence[int]) -> Value:
    amount, cost, unknown = parts
    return None if unknown or not amount else round((amount - cost) / amount, 4)


def _turnover(parts: Sequence[int], _: Sequence[int]) -> Value:
    """Quantity sold by the mean of what there was at the first day's start and at the last day's end."""
    sold, start, end = parts
    return round(2 * sold / (start + end), 4) if start + end > 0 else None


_UNITS = Part("sold", "units", _SALES)
_AMOUNT = Part("sold", "amount_minor", _SALES)
_QUANTITY = Part("sold", "quantity", _STANDING)
_TICKETS = Part("sold", "tickets", _RECEIPTS)
_COST = Part("cost", "minor", _SALES)
_COST_UNKNOWN = Part("cost", "unknown", _SALES)
_STOCK_START = Part("stock", "start", _STANDING)
_STOCK_END = Part("stock", "end", _STANDING)


def _tally(what: str, sum: str, *also: str, why: tuple[str, ...] = ()) -> Part:
    return Part(what, sum, frozenset((*_TIMES, *_PLACES, *also)), why)


_LOST = _tally("lost", "units", "why")
_LOST_TO_STOCK = _tally("lost", "units", why=("sold_out",))
_SOLD_ANY_WHY = Part("sold", "units", frozenset((*_TIMES, *_PLACES)))

MEASURES: dict[str, Measure] = {
    each.name: each
    for each in (
        Measure("units", COUNT, (_UNITS,), _plain),
        Measure("amount_minor", MONEY, (_AMOUNT,), _plain),
        Measure("share", SHARE, (_AMOUNT,), _share_of_all),
        Measure("tickets", COUNT, (_TICKETS,), _plain),
        Measure("average_ticket_minor", MONEY, (_AMOUNT, _TICKETS), _average_minor),
        Measure("units_per_ticket", RATE, (_UNITS, _TICKETS), _ratio),
        Measure("average_price_minor", MONEY, (_AMOUNT, _UNITS), _average_minor),
        Measure("cost_minor", MONEY, (_COST, _COST_UNKNOWN), _cost),
        Measure("profit_minor", MONEY, (_AMOUNT, _COST, _COST_UNKNOWN), _profit),
        Measure("margin", SHARE, (_AMOUNT, _COST, _COST_UNKNOWN), _margin),
        Measure("lost_units", COUNT, (_LOST,), _plain),
        Measure("lost_share", SHARE, (_LOST, _SOLD_ANY_WHY), _share_lost),
        Measure("stock_out_units", COUNT, (_LOST_TO_STOCK,), _plain),
        Measure("stock_out_share", SHARE, (_LOST_TO_STOCK, _SOLD_ANY_WHY), _share_lost),
        Measure("lost_baskets", COUNT, (_tally("lost_basket", "times", "why"),), _plain),
        Measure("failed_units", COUNT, (_tally("failed", "units", "why"),), _plain),
        Measure("spoilt_units", COUNT, (_tally("spoilt", "units", "product", "why"),), _plain),
        Measure("unpaid_units", COUNT, (_tally("unpaid", "units", "product", "why"),), _plain),
        Measure("restocked_units", COUNT, (_tally("restocked", "units", "product"),), _plain),
        Measure("received_units", COUNT, (_tally("received", "units", "product"),), _plain),
        Measure("stock", COUNT, (_STOCK_END,), _plain),
        Measure("turnover", RATE, (_QUANTITY, _STOCK_START, _STOCK_END), _turnover),
        Measure("visits", COUNT, (_tally("visit", "times"),), _plain),
        Measure("collected_minor", MONEY, (_tally("visit", "amount_minor"),), _plain),
        Measure("over_short_minor", MONEY, (_tally("over_short", "amount_minor"),), _plain),
        Measure("flagged_minor", MONEY, (_tally("flagged", "amount_minor", "why"),), _plain),
        Measure("returned_minor", MONEY, (_tally("returned", "amount_minor", "why"),), _plain),
    )
}
"""By name, in the order in which pages list them."""
