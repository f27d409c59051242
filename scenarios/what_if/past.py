"""A recording read as demand: who bought what, when, and for how long what could not be bought.

Recorded sales are demand that was met. A unit that was to be had and did not come out (a jam, no change, a
payment refused, an empty lane beside a full one) was asked for all the same and counts as demand. What stood
sold out, shut or silent was asked for by nobody who is known: how long it did is kept here, and ``hidden``
estimates the rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import attrs
import msgspec

from actors.machine.messages import UNPAID, SaleRefused, VendCompleted, VendFailed
from actors.store.messages import SaleCompleted
from hardware.contract.keypad import LanesChosen
from runtime.address import head, tail
from runtime.errors import ConfigError
from runtime.recording import RecordedDay, read_day, recorded_days
from scenarios.chain import Chain
from scenarios.faults.plan import Fault
from scenarios.replay.first_difference import chain_of
from scenarios.replay.verify import recordings_in
from scenarios.run import DRAIN_US
from scenarios.what_if.shelf import Shelf
from simulator.customers.recorded import Attempt, RecordedLine
from simulator.customers.till_keys import Basket


@attrs.frozen(kw_only=True)
class Past:
    """A recording as demand.

    Attributes:
        scenario: what was recorded.
        attempts: purchases at machines, in order of time.
        baskets: sales at tills: (microseconds since 1970 UTC, the till's keys, basket).
        shelves: by machine, when each product could be bought there.
        from_us, to_us: the time recorded, whole local days.
        units, amount_minor: what was sold, as recorded.
        refused: units of products that were not to be had, which somebody asked the machine for all the same:
            not demand that was seen, but a part of what was hidden.
        lacks: what could not be read.
    """

    scenario: str
    chain: Chain
    seed: int
    settings: dict[str, bool | int | float]
    faults: tuple[Fault, ...]
    first: date
    last: date
    attempts: tuple[Attempt, ...]
    baskets: tuple[tuple[int, str, Basket], ...]
    shelves: dict[str, Shelf]
    units: int
    amount_minor: int
    refused: int
    lacks: tuple[str, ...]


def read(directory: Path, progress: Callable[[float], None] = lambda _: None) -> Past:
    """Read a recording; raises ConfigError where there is none, or it is damaged."""
    files = [
        (node, path) for node, paths in recorded_days(recordings_in(directory)).items() for path in paths
    ]
    reader: _Reader | None = None
    for number, (_, path) in enumerate(files, 1):
        day = read_day(path)
        if reader is None:
            reader = _Reader(day)
        reader.take(day, path.name)
        progress(number / len(files))
    assert reader is not None, "recorded_days gives at least one file"
    return reader.past(directory)


class _Reader:
    """A recording as its files come, node by node and day by day."""

    def __init__(self, day: RecordedDay) -> None:
        self.about = day.about
        self.chain = chain_of(day)
        self.attempts: list[Attempt] = []
        self.baskets: list[tuple[int, str, Basket]] = []
        self.shelves = {plan.id: Shelf(plan) for plan in self.chain.machines}
        self.units = self.amount_minor = self.refused = 0
        self.lacks: list[str] = []
        self.sold_us: list[int] = []
        self.began_us = day.start.now_us
        self._customers: Counter[str] = Counter()
        self._asked: defaultdict[str, list[LanesChosen]] = defaultdict(list)
        self._weighed = {p.code for p in self.chain.products if p.weighed}

    def take(self, day: RecordedDay, name: str) -> None:
        """One node's day."""
        self.began_us = min(self.began_us, day.start.now_us)
        if not day.whole:
            self.lacks.append(f"{day.node}/{name}: cut off")
        chosen = {
            (given.to, given.now_us): given.message
            for given in day.inputs
            if isinstance(given.message, LanesChosen)
        }
        sales: dict[tuple[str, int], list[tuple[int, str, str, int]]] = {}
        tenders: dict[tuple[str, int], str] = {}
        for record in day.records:
            fact = record.fact()
            machine = head(record.source)
            if (shelf := self.shelves.get(machine)) is not None:
                shelf.hear(record.at_us, record.source, fact)
                self._machine(machine, record.at_us, record.source, fact, sales, tenders)
            elif isinstance(fact, SaleCompleted):
                self._till(record.at_us, fact)
        self._purchases(sales, tenders, _moments(chosen))

    def _machine(
        self,
        machine: str,
        at_us: int,
        source: str,
        fact: Any,
        sales: dict[tuple[str, int], list[tuple[int, str, str, int]]],
        tenders: dict[tuple[str, int], str],
    ) -> None:
        match fact:
            case VendCompleted() if fact.tender not in UNPAID:
                self.units += 1
                self.amount_minor += fact.price_minor
                self.sold_us.append(at_us)
                line = (at_us, tail(source), fact.product, fact.price_minor)
                sales.setdefault((machine, fact.sale), []).append(line)
                tenders[machine, fact.sale] = fact.tender
            case VendFailed():
                lane = self.shelves[machine].lanes[tail(source)]
                line = (at_us, tail(source), lane.product, lane.price_minor)
                sales.setdefault((machine, fact.sale), []).append(line)
            case SaleRefused() if not self.shelves[machine].has_goods_of(fact.lane):
                self.refused += fact.units
            case SaleRefused() if fact.lane in self.shelves[machine].lanes:
                lane = self.shelves[machine].lanes[fact.lane]
                lines = [(at_us, fact.lane, lane.product, lane.price_minor)] * fact.units
                sales.setdefault((machine, fact.sale), []).extend(lines)

    def _purchases(
        self,
        sales: dict[tuple[str, int], list[tuple[int, str, str, int]]],
        tenders: dict[tuple[str, int], str],
        moments: dict[str, list[tuple[int, str]]],
    ) -> None:
        """A sale stands at the moment its customer chose: the last choice before its first unit."""
        places = dict.fromkeys(moments, 0)
        for (machine, sale), lines in sales.items():
            at_us, tender = lines[0][0], ""
            known, place = moments.get(machine, []), places.get(machine, 0)
            while place < len(known) and known[place][0] <= lines[0][0]:
                at_us, tender = known[place]
                place += 1
            places[machine] = max(0, place - 1)
            self._customers[machine] += 1
            self.attempts.append(
                Attempt(
                    at_us=at_us,
                    machine=machine,
                    customer=self._customers[machine],
                    tender=_one_tender(tenders.get((machine, sale), tender) or tender, self.chain, machine),
                    lines=tuple(
                        RecordedLine(lane=lane, product=product, price_minor=price)
                        for _, lane, product, price in lines
                    ),
                )
            )

    def _till(self, at_us: int, fact: SaleCompleted) -> None:
        lines = tuple((line.product, line.quantity) for line in fact.lines)
        self.units += sum(1 if code in self._weighed else quantity for code, quantity in lines)
        self.amount_minor += fact.total_minor
        self.sold_us.append(at_us)
        self._customers[fact.till] += 1
        given = fact.total_minor if fact.tender == "cash" else 0
        basket = Basket(
            customer=self._customers[fact.till], lines=lines, tender=fact.tender, given_minor=given
        )
        self.baskets.append((at_us, f"{fact.till}/keys", basket))

    def _date(self, at_us: int) -> date:
        return datetime.fromtimestamp(at_us // 1_000_000, UTC).astimezone(self.chain.zone).date()

    def past(self, directory: Path) -> Past:
        """All that was read."""
        if not self.attempts and not self.baskets:
            raise ConfigError(f"{directory}: a recording must hold at least one sale to ask what if of it")
        first, last = self._date(self.began_us), self._date(max(self.began_us, max(self.sold_us) - DRAIN_US))
        try:
            settings = msgspec.json.decode(self.about["settings"], type=dict[str, bool | int | float])
            seed = int(self.about["seed"])
            faults = msgspec.json.decode(self.about.get("faults", "[]"), type=tuple[Fault, ...])
        except (msgspec.MsgspecError, KeyError, ValueError) as error:
            raise ConfigError(f"{directory}: recording: settings, seed and faults: {error}") from error
        return Past(
            scenario=self.about.get("scenario", self.chain.name),
            chain=self.chain,
            seed=seed,
            settings=settings,
            faults=faults,
            first=first,
            last=last,
            attempts=tuple(sorted(self.attempts, key=lambda each: (each.at_us, each.machine))),
            baskets=tuple(sorted(self.baskets, key=lambda each: each[:2])),
            shelves=self.shelves,
            units=self.units,
            amount_minor=self.amount_minor,
            refused=self.refused,
            lacks=tuple(self.lacks),
        )


def _moments(chosen: dict[tuple[str, int], LanesChosen]) -> dict[str, list[tuple[int, str]]]:
    """By machine: when somebody chose, and how they meant to pay."""
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for (machine, at_us), choice in chosen.items():
        found[machine].append((at_us, choice.tender))
    return {machine: sorted(some) for machine, some in found.items()}


def _one_tender(tender: str, chain: Chain, machine: str) -> str:
    """A way to pay that the machine has; money in parts ("mixed") counts as cash."""
    plan = next(plan for plan in chain.machines if plan.id == machine)
    if tender in plan.tenders:
        return tender
    return "cash" if tender == "mixed" and "cash" in plan.tenders else plan.tenders[0]
