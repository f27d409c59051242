"""What is counted for expectations: facts that a measure knows, with their time, place, product and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from actors.cabinet.messages import ColdChainLocked
from actors.machine.messages import (
    UNPAID,
    LaneClosed,
    LaneFilled,
    MachineServiced,
    SaleRefused,
    VendCompleted,
    VendFailed,
)
from actors.office.messages import AlarmRaised
from actors.payment.messages import PaymentFlagged
from actors.store.messages import BasketLost, SaleCompleted
from actors.van.messages import VanDeparted, VanHeldUp, VisitMissed
from runtime.address import head, tail
from runtime.command import CommandEnded, CommandIssued
from scenarios.chain import Chain
from scenarios.rehearsal.times import Window

MEASURES = {
    "sold": "units sold",
    "turnover": "their amount, minor units",
    "lost": "units that somebody wanted and did not get",
    "wanted": "both together",
    "visits": "machines serviced",
    "filled": "units put into lanes",
    "missed visits": "machines that a van could not service",
    "vans held up": "vans that stood still",
    "alarms": "alarms raised; reason is their kind",
    "cold locks": "cabinets locked by the cold chain",
    "lanes shut": "lanes shut after a fault",
    "flagged": "money in suspense, minor units",
    "metres": "metres that vans drove",
    "commands": "commands of the office that ended; reason is done, failed or expired",
}
"""Every measure and what it is."""

LOST_WORDS = ("sold_out", "jam", "no_change", "offline")


@attrs.frozen(slots=True)
class Row:
    """One thing counted."""

    measure: str
    at_us: int
    place: str
    product: str
    word: str
    number: int


@attrs.frozen(kw_only=True)
class Filter:
    """Which rows count; None and "" are all."""

    measure: str
    places: frozenset[str] | None = None
    windows: tuple[Window, ...] | None = None
    products: frozenset[str] | None = None
    tender: str = ""
    reason: str = ""

    def takes(self, row: Row) -> bool:
        """Whether a row counts."""
        measures = ("sold", "lost") if self.measure == "wanted" else (self.measure,)
        word = self.reason or self.tender
        return (
            row.measure in measures
            and (self.places is None or row.place in self.places)
            and (self.products is None or row.product in self.products)
            and (not word or row.word == word)
            and (self.windows is None or any(begin <= row.at_us < end for begin, end in self.windows))
        )


class Counts:
    """Sees every committed fact of a run and keeps what expectations may ask for."""

    def __init__(self, chain: Chain) -> None:
        self.rows: list[Row] = []
        self._products = {(m.id, lane.code): lane.product for m in chain.machines for lane in m.lanes}
        self._sent: dict[str, str] = {}
        self._on: dict[type, Callable[[int, str, Any], Iterable[Row]]] = {
            VendCompleted: self._vended,
            VendFailed: self._failed,
            SaleRefused: self._refused,
            SaleCompleted: self._basket,
            BasketLost: lambda at, at_till, fact: [Row("lost", at, head(at_till), "", "other", fact.lines)],
            MachineServiced: lambda at, machine, _: [Row("visits", at, machine, "", "", 1)],
            LaneFilled: self._filled,
            VisitMissed: lambda at, _, fact: [Row("missed visits", at, fact.machine, "", fact.why, 1)],
            VanDeparted: lambda at, van, fact: [Row("metres", at, van, "", "", fact.distance_m)],
            VanHeldUp: lambda at, van, _: [Row("vans held up", at, van, "", "", 1)],
            AlarmRaised: lambda at, _, fact: [Row("alarms", at, head(fact.place), "", fact.kind, 1)],
            ColdChainLocked: lambda at, machine, fact: [Row("cold locks", at, machine, "", fact.why, 1)],
            LaneClosed: self._shut,
            PaymentFlagged: lambda at, place, fact: [
                Row("flagged", at, head(place), "", fact.why, fact.amount_minor)
            ],
            CommandIssued: self._issued,
            CommandEnded: self._ended,
        }

    def seen(self, at_us: int, source: str, fact: object) -> None:
        """Keep what counts of one fact."""
        if (rows := self._on.get(type(fact))) is not None:
            self.rows.extend(rows(at_us, source, fact))

    def sum(self, wanted: Filter) -> int:
        """The sum over the rows that a filter takes."""
        return sum(row.number for row in self.rows if wanted.takes(row))

    def _vended(self, at_us: int, lane: str, fact: VendCompleted) -> Iterable[Row]:
        if fact.tender not in UNPAID:
            machine = head(lane)
            yield Row("sold", at_us, machine, fact.product, fact.tender, 1)
            yield Row("turnover", at_us, machine, fact.product, fact.tender, fact.price_minor)

    def _failed(self, at_us: int, lane: str, fact: VendFailed) -> Iterable[Row]:
        why = fact.why if fact.why in LOST_WORDS else "other"
        yield Row("lost", at_us, head(lane), self._product(lane), why, 1)

    def _refused(self, at_us: int, machine: str, fact: SaleRefused) -> Iterable[Row]:
        why = fact.why if fact.why in LOST_WORDS else "other"
        product = self._products.get((machine, fact.lane), "")
        yield Row("lost", at_us, machine, product, why, fact.units)

    def _basket(self, at_us: int, store: str, fact: SaleCompleted) -> Iterable[Row]:
        for line in fact.lines:
            units = 1 if line.quantity * line.price_minor != line.amount_minor else line.quantity
            yield Row("sold", at_us, head(store), line.product, fact.tender, units)
            yield Row("turnover", at_us, head(store), line.product, fact.tender, line.amount_minor)

    def _filled(self, at_us: int, lane: str, fact: LaneFilled) -> Iterable[Row]:
        yield Row("filled", at_us, head(lane), fact.product, "", fact.added)

    def _shut(self, at_us: int, lane: str, fact: LaneClosed) -> Iterable[Row]:
        yield Row("lanes shut", at_us, head(lane), self._product(lane), fact.why, 1)

    def _issued(self, _: int, __: str, fact: CommandIssued) -> Iterable[Row]:
        self._sent[fact.id] = fact.to
        return ()

    def _ended(self, at_us: int, _: str, fact: CommandEnded) -> Iterable[Row]:
        if (to := self._sent.pop(fact.id, "")) and fact.id.startswith("office:"):
            yield Row("commands", at_us, head(to), "", fact.outcome, 1)

    def _product(self, lane: str) -> str:
        return self._products.get((head(lane), tail(lane)), "")
