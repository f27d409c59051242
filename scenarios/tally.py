"""Counts a run by its facts: sales by tender, what was lost and why, what restocking did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.machine.messages import UNPAID, MachineServiced, SaleRefused, VendCompleted, VendFailed
from actors.store.messages import BasketLost, SaleCompleted
from actors.van.messages import VanDeparted
from runtime.supervision import ActorRestarted

TENDERS = ("cash", "cashless", "code", "stored_value", "other")
REASONS = ("sold_out", "jam", "no_change", "offline", "other")


class Tally:
    """Sees every committed fact; the words are those of ``run --json``.

    Attributes:
        units: units sold; a weighed line of a till counts one.
        vended: those of them that left a lane.
        lost: units by reason.
        distance_m: metres driven.
        restarted: why supervision made actors anew; a run expects none.
    """

    def __init__(self) -> None:
        self.units = self.vended = self.amount_minor = 0
        self.by_tender = dict.fromkeys(TENDERS, 0)
        self.lost = dict.fromkeys(REASONS, 0)
        self.visits = self.filled = self.distance_m = self.baskets = self.facts = 0
        self.restarted: list[str] = []
        self._on: dict[type, Callable[[Any], None]] = {
            VendCompleted: self._vended,
            VendFailed: self._failed,
            SaleRefused: self._refused,
            SaleCompleted: self._basket,
            BasketLost: self._basket_lost,
            MachineServiced: self._serviced,
            VanDeparted: self._departed,
            ActorRestarted: self._restarted,
        }

    def seen(self, fact: object) -> None:
        """Count one fact."""
        self.facts += 1
        if (count := self._on.get(type(fact))) is not None:
            count(fact)

    def _sold(self, units: int, amount_minor: int, tender: str) -> None:
        self.units += units
        self.amount_minor += amount_minor
        self.by_tender[tender if tender in self.by_tender else "other"] += amount_minor

    def _vended(self, fact: VendCompleted) -> None:
        if fact.tender in UNPAID:
            return
        self.vended += 1
        self._sold(1, fact.price_minor, fact.tender)

    def _failed(self, fact: VendFailed) -> None:
        self.lost["jam" if fact.why == "jam" else "other"] += 1

    def _refused(self, fact: SaleRefused) -> None:
        self.lost[fact.why if fact.why in self.lost else "other"] += fact.units

    def _basket(self, fact: SaleCompleted) -> None:
        self.baskets += 1
        units = sum(
            1 if line.quantity * line.price_minor != line.amount_minor else line.quantity
            for line in fact.lines
        )
        self._sold(units, fact.total_minor, fact.tender)

    def _basket_lost(self, fact: BasketLost) -> None:
        self.lost["other"] += fact.lines

    def _serviced(self, fact: MachineServiced) -> None:
        self.visits += 1
        self.filled += fact.units

    def _departed(self, fact: VanDeparted) -> None:
        self.distance_m += fact.distance_m

    def _restarted(self, fact: ActorRestarted) -> None:
        self.restarted.append(f"{fact.message}: {fact.error}")
