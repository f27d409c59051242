"""What a circle of persons sees of the chain: rows, alarms and key figures, with numbers of their own.

Whoever sees the whole chain shares one scope; persons of the same places and permissions share another. Rows
are numbered as that circle's ``/api/chain`` lists them, so nothing says how many others there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import attrs

from console.people.permissions import Person
from console.state.actor import HISTORY_STEP_US, HISTORY_STEPS, MINUTE_US, RATE_MINUTES, ConsoleActor
from console.state.views import AlarmView, Kpis
from scenarios.chain import Chain

SHOWN_BY = ("machines.read", "stores.read", "stock.read", "alarms.read", "cash.read")
"""Permissions that decide what a frame holds."""


def _everything(_: str) -> bool:
    return True


@attrs.frozen(kw_only=True, eq=False)
class Scope:
    """A circle's view.

    Attributes:
        whole: it sees the whole chain.
        machines, stores, warehouses, vans: numbers in the chain's lists, in order: what it sees.
        machine_rows, store_rows, van_rows: the other way round: row by number in the chain.
        sees: whether it sees the place of an address.
        shows: of ``SHOWN_BY``.
    """

    whole: bool
    machines: tuple[int, ...]
    stores: tuple[int, ...]
    warehouses: tuple[int, ...]
    vans: tuple[int, ...]
    machine_rows: dict[int, int]
    store_rows: dict[int, int]
    van_rows: dict[int, int]
    sees: Callable[[str], bool]
    shows: frozenset[str]


Key = tuple[frozenset[str] | None, frozenset[str]]


def key_of(person: Person | None) -> Key:
    """Persons with the same key see the same; None is somebody who sees everything."""
    if person is None:
        return None, frozenset(SHOWN_BY)
    return person.sites, frozenset(SHOWN_BY) & person.permissions


def scope_of(chain: Chain, person: Person | None) -> Scope:
    """The circle of a person."""
    sites, shows = key_of(person)
    sees = _everything if person is None or sites is None else person.sees

    def seen(permission: str, ids: list[str]) -> tuple[int, ...]:
        if permission not in shows:
            return ()
        return tuple(number for number, each in enumerate(ids) if sees(each))

    machines = seen("machines.read", [plan.id for plan in chain.machines])
    stores = seen("stores.read", [plan.id for plan in chain.stores])
    vans = seen("stock.read", [plan.id for plan in chain.vans])
    return Scope(
        whole=sites is None and len(shows) == len(SHOWN_BY),
        machines=machines,
        stores=stores,
        warehouses=seen("stock.read", [plan.id for plan in chain.warehouses]),
        vans=vans,
        machine_rows={number: row for row, number in enumerate(machines)},
        store_rows={number: row for row, number in enumerate(stores)},
        van_rows={number: row for row, number in enumerate(vans)},
        sees=sees,
        shows=shows,
    )


class Figures:
    """The key figures of a circle: the actor's own for the whole chain, else sums over what it sees."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.history: deque[Kpis] = deque(maxlen=HISTORY_STEPS)
        self._next_sample_us = 0
        self._minutes: deque[tuple[int, int]] = deque(maxlen=RATE_MINUTES + 1)

    def alarms(self, actor: ConsoleActor) -> list[AlarmView]:
        """The alarms it sees, as they were raised."""
        if "alarms.read" not in self.scope.shows:
            return []
        if self.scope.whole:
            return list(actor.alarms.values())
        return [alarm for alarm in actor.alarms.values() if self.scope.sees(alarm.place)]

    def now(self, actor: ConsoleActor, waiting: int) -> Kpis:
        """The seven numbers as they are now; ``waiting``: alarms it sees that nobody has acknowledged."""
        if self.scope.whole:
            return actor.kpis()
        machines = [actor.machines[number] for number in self.scope.machines]
        units = sum(machine.units for machine in machines)
        minute = actor.latest_us // MINUTE_US
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append((minute, units))
        since, before = self._minutes[0]
        kpis = Kpis(
            online=sum("machine" not in machine.missing for machine in machines),
            sales_minor=sum(machine.sales_minor for machine in machines) + self.stores_minor(actor),
            vends_per_minute=max(0, units - before) / max(1, minute - since),
            lanes_out=sum(machine.empty for machine in machines),
            unacknowledged=waiting,
            vans_on_route=sum(actor.vans[number].on_route for number in self.scope.vans),
            cash_minor=sum(machine.cash_minor for machine in machines)
            if "cash.read" in self.scope.shows
            else 0,
        )
        if actor.latest_us >= self._next_sample_us:
            self.history.append(kpis)
            self._next_sample_us = actor.latest_us - actor.latest_us % HISTORY_STEP_US + HISTORY_STEP_US
        return kpis

    def stores_minor(self, actor: ConsoleActor) -> int:
        """What its stores sold today."""
        if self.scope.whole:
            return actor.store_sales_minor
        return sum(actor.stores[number].sales_minor for number in self.scope.stores)
