"""What the ledger says of one machine, in the columns in which the machine's own audit counts."""

from __future__ import annotations

from actors.ledger.audit_books import FUTURE_US, machine_books
from actors.ledger.queries import Ledger
from scenarios.devices.dex_tools import Books


def books(ledger: Ledger, machine: str, *, after_us: int = -1, until_us: int = FUTURE_US) -> Books:
    """A machine's facts added up, for ``dex_tools.differences`` with an audit or the rise between two.

    Args:
        ledger: where to read.
        machine: its address.
        after_us: count from after this moment, microseconds since 1970 UTC; by default from its opening.
        until_us: up to and with this moment.
    """
    found = machine_books(ledger, machine, after_us=after_us, until_us=until_us)
    return Books(
        paid_units=found.paid_units,
        paid_minor=found.paid_minor,
        by_tender=found.by_tender,
        cash_in_minor=found.cash_in_minor,
        paid_out_minor=found.paid_out_minor,
        lanes={code: lane.units for code, lane in found.lanes.items()},
        lanes_minor={code: lane.amount_minor for code, lane in found.lanes.items()},
        prices_minor={code: lane.price_minor for code, lane in found.lanes.items()},
    )
