"""What the ledger says of one machine, in the columns in which the machine's own audit counts."""

from __future__ import annotations

from collections import Counter

from actors.ledger.queries import Ledger, facts_as_stored
from actors.machine.messages import UNPAID, LaneAssigned, LaneOpened, VendCompleted, VendIntended
from actors.payment.messages import CashTaken, ChangePaid
from scenarios.dex_tools import Books


class _Count:
    """Facts of a machine, added up."""

    def __init__(self) -> None:
        self.units: Counter[str] = Counter()
        self.amounts: Counter[str] = Counter()
        self.places: Counter[str] = Counter()
        self.paid_out_minor = 0
        self.lanes: Counter[str] = Counter()
        self.lanes_minor: Counter[str] = Counter()
        self.prices: dict[str, int] = {}
        self._coins: dict[tuple[int, int], int] = {}

    def enter(self, lane: str, fact: object) -> None:
        """Add a fact of the machine, or of its lane."""
        match fact:
            case LaneOpened() | LaneAssigned():
                self.prices[lane] = fact.price_minor
                self.lanes[lane] += 0
                self.lanes_minor[lane] += 0
            case CashTaken():
                self.places[fact.held_in] += fact.amount_minor
            case ChangePaid():
                self.paid_out_minor += fact.amount_minor
            case VendIntended(tender="mixed"):
                self._coins[fact.sale, fact.unit] = fact.cash_minor
            case VendCompleted() if fact.tender not in UNPAID:
                self._vended(lane, fact)

    def _vended(self, lane: str, fact: VendCompleted) -> None:
        coins_minor = self._coins.get((fact.sale, fact.unit), 0)
        self.units[fact.tender] += 1
        self.amounts[fact.tender] += fact.price_minor - coins_minor
        self.amounts["cash"] += coins_minor
        self.lanes[lane] += 1
        self.lanes_minor[lane] += fact.price_minor


def books(ledger: Ledger, machine: str) -> Books:
    """Add up all facts of a machine, for ``dex_tools.differences`` with an audit since its opening.

    A unit paid for in two ways counts once, under "mixed"; its coins are cash all the same.
    """
    count = _Count()
    for _, _, record in facts_as_stored(ledger):
        if record.source == machine or record.source.startswith(f"{machine}/"):
            count.enter(record.source.rpartition("/")[2], record.fact())
    tenders = sorted({*count.units, *count.amounts})
    return Books(
        paid_units=count.units.total(),
        paid_minor=count.amounts.total(),
        by_tender={tender: (count.units[tender], count.amounts[tender]) for tender in tenders},
        cash_in_minor=dict(count.places),
        paid_out_minor=count.paid_out_minor,
        lanes=dict(count.lanes),
        lanes_minor=dict(count.lanes_minor),
        prices_minor=count.prices,
    )
