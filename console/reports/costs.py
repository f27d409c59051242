"""What goods cost the chain: a price list in the data folder, ``costs.csv``, until purchases tell it.

    product,from,cost_minor
    cola,2026-01-01,310

A cost holds from its day until the product's next one; of weighed goods it is that of a kilogram.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from datetime import date
from pathlib import Path

import attrs

from runtime.errors import ConfigError

FILE = "costs.csv"
COLUMNS = ["product", "from", "cost_minor"]
ROWS_MAX = 200_000
COST_MINOR_MAX = 10**12


@attrs.frozen
class Costs:
    """Costs by product: days (ISO) from which they hold, in order, and what it costs from each."""

    by_product: dict[str, tuple[list[str], list[int]]] = attrs.field(factory=dict)

    def cost_minor(self, product: str, day: str) -> int | None:
        """What a unit, or a kilogram, cost on a business day; None if nobody has said."""
        days, costs = self.by_product.get(product, ([], []))
        at = bisect_right(days, day)
        return costs[at - 1] if at else None


def read(data: Path) -> Costs:
    """The costs of a data folder, none if it has no list.

    Raises:
        ConfigError: a row is wrong; it is named.
    """
    path = data / FILE
    if not path.is_file():
        return Costs()
    found: dict[str, dict[str, int]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames != COLUMNS:
                raise ConfigError(f"{path}: columns must be {', '.join(COLUMNS)}, not {rows.fieldnames}")
            for number, row in enumerate(rows, start=2):
                if number > ROWS_MAX:
                    raise ConfigError(f"{path}: must have at most {ROWS_MAX} rows")
                product, day, cost = _row(f"{path} row {number}", row)
                found.setdefault(product, {})[day] = cost
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: must be a CSV file in UTF-8: {error}") from None
    ordered = {product: sorted(costs.items()) for product, costs in found.items()}
    return Costs({p: ([day for day, _ in its], [cost for _, cost in its]) for p, its in ordered.items()})


def _row(where: str, row: dict[str, str]) -> tuple[str, str, int]:
    product, day, cost = (row.get(column) or "" for column in COLUMNS)
    try:
        date.fromisoformat(day)
    except ValueError:
        raise ConfigError(f"{where}: from must be a day such as 2026-01-01, not {day!r}") from None
    if not (cost.isascii() and cost.isdigit() and int(cost) <= COST_MINOR_MAX):
        raise ConfigError(f"{where}: cost_minor must be a whole number from 0, not {cost!r}")
    if not product:
        raise ConfigError(f"{where}: product must be a code, not empty")
    return product, day, int(cost)
