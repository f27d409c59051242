"""Reports from a data folder's ledger, as documents."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import attrs

import scenarios.assembly  # noqa: F401  # with it come the types of every fact there is
from actors.ledger import cash_bags, queries
from actors.ledger.cash_bags import Bag
from runtime.errors import ConfigError
from scenarios import data_directory

Document = dict[str, Any]


def cash(data: Path, first: date, last: date) -> Document:
    """Cash accountability (V8): every bag taken on these business days, and totals by machine and by route.

    Raises:
        ConfigError: the days are in no order, or the folder holds no ledger of this version.
    """
    if last < first:
        raise ConfigError(f"report cash: days must be in order, not {first} to {last}")
    if not data.is_dir():
        raise ConfigError(f"data directory {data}: must be an existing folder")
    data_directory.marker(data)
    ledger = data / data_directory.LEDGER
    bags = cash_bags.bags(ledger, first_day=first, last_day=last)
    return {
        "report": "cash",
        "from": first.isoformat(),
        "to": last.isoformat(),
        "currency": queries.currency(ledger),
        "bags": [_bag(bag) for bag in bags],
        "by_machine": [attrs.asdict(total) for total in cash_bags.totals(bags, "machine")],
        "by_route": [attrs.asdict(total) for total in cash_bags.totals(bags, "route")],
    }


def _bag(bag: Bag) -> Document:
    measures = {"over_short_minor": bag.over_short_minor}
    return {**attrs.asdict(bag), "day": bag.day.isoformat(), **measures}
