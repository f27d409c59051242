"""What the live feed says: a snapshot to begin with, then what changed.

A frame holds machines as columns (``feed_rows``) and the rest as JSON: key figures, and rows of stores, vans
and alarms as arrays in the order of ``/api/chain``, which names things once. One frame a tick serves a whole
circle of persons (``feed_scope``). Times in JSON are milliseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import msgspec

from console.feed.rows import columns, framed
from console.feed.scope import Figures, Scope
from console.host import Host
from console.replay.host import ReplayHost
from console.state.actor import ConsoleActor
from console.state.views import LOW_PERCENT, TEMP_BAND_DECICELSIUS, AlarmView, Changes
from scenarios.chain import Place

FEED_VERSION = 2
DAY_EVERY_US = 1_000_000
_encode = msgspec.json.Encoder().encode


def chain_page(host: Host, scope: Scope) -> bytes:
    """What never changes while the page is open: names, places, products, of what this circle sees."""
    chain = host.chain
    machines = [chain.machines[number] for number in scope.machines]
    return _encode({
        "feed": FEED_VERSION,
        "replay": isinstance(host, ReplayHost),
        "name": chain.name,
        "currency": chain.currency,
        "zone": chain.time_zone,
        "cutoff": chain.cutoff_minute,
        "temp_band": TEMP_BAND_DECICELSIUS,
        "low_percent": LOW_PERCENT,
        "products": {p.code: [p.name_en, p.name_zh] for p in chain.products},
        "machines": [[plan.id, *_place(plan.place), plan.site, plan.place.district] for plan in machines],
        "stores": [[plan.id, *_place(plan.place), plan.tills]
                   for plan in (chain.stores[number] for number in scope.stores)],
        "warehouses": [[plan.id, *_place(plan.place)]
                       for plan in (chain.warehouses[number] for number in scope.warehouses)],
        "vans": [[plan.id, plan.warehouse] for plan in (chain.vans[number] for number in scope.vans)],
    })  # fmt: skip


def _place(place: Place) -> tuple[str, str, float, float]:
    return place.name_en, place.name_zh, place.lat_e6 / 1e6, place.lon_e6 / 1e6


class Circle:
    """Frames for one circle of persons; remembers what it said, so that a frame holds only what is new."""

    def __init__(self, host: Host, scope: Scope) -> None:
        self.host, self.scope = host, scope
        self._figures = Figures(scope)
        self._history_said = -1
        self._day_at_us = 0

    def snapshot(self) -> bytes:
        """Everything, for a client that has just come or has fallen behind."""
        actor, scope = self.host.console, self.scope
        alarms = self._figures.alarms(actor)
        said = self._common(actor, alarms) | {
            "history": [attrs.astuple(past) for past in self._history(actor)],
            "day": _day(actor, scope),
            "stores": [_store(actor, number, row) for row, number in enumerate(scope.stores)],
            "vans": [_van(actor, number, row) for row, number in enumerate(scope.vans)],
            "alarms": [_alarm(alarm) for alarm in alarms],
        }
        views = [actor.machines[number] for number in scope.machines]
        return framed(_encode(said), len(views), columns(range(len(views)), views), snapshot=True)

    def delta(self, changes: Changes) -> bytes:
        """What changed since the last tick; told even if nothing did, so that silence means a broken feed."""
        actor, scope = self.host.console, self.scope
        said = self._common(actor, self._figures.alarms(actor))
        history = self._history(actor)
        if history and (newest := hash(history[-1]) ^ len(history)) != self._history_said:
            self._history_said = newest
            said["history"] = [attrs.astuple(past) for past in history]
        now_us = actor.latest_us
        if (changes.machines or changes.stores or changes.alarms) and (
            abs(now_us - self._day_at_us) >= DAY_EVERY_US * max(1, self.host.speed)
        ):
            self._day_at_us = now_us
            said["day"] = _day(actor, scope)
        rows = scope.machine_rows
        changed = sorted(number for number in changes.machines if number in rows)
        if stores := sorted(number for number in changes.stores if number in scope.store_rows):
            said["stores"] = [_store(actor, number, scope.store_rows[number]) for number in stores]
        if vans := sorted(number for number in changes.vans if number in scope.van_rows):
            said["vans"] = [_van(actor, number, scope.van_rows[number]) for number in vans]
        if alarms := self._changed_alarms(actor, changes):
            said["alarms"] = alarms
        views = [actor.machines[number] for number in changed]
        made = columns([rows[number] for number in changed], views)
        return framed(_encode(said), len(views), made, snapshot=False)

    def _history(self, actor: ConsoleActor) -> Any:
        return actor.history if self.scope.whole else self._figures.history

    def _changed_alarms(self, actor: ConsoleActor, changes: Changes) -> list[Iterable[Any]]:
        if "alarms.read" not in self.scope.shows:
            return []
        told: list[Iterable[Any]] = []
        for number in sorted(changes.alarms):
            if (alarm := actor.alarms.get(number)) is None:
                told.append((number,))
            elif self.scope.sees(alarm.place):
                told.append(_alarm(alarm))
        return told

    def _common(self, actor: ConsoleActor, alarms: list[AlarmView]) -> dict[str, Any]:
        nodes = self.host.nodes() if self.scope.whole else []
        waiting = [alarm for alarm in alarms if not alarm.by]
        worst = min(waiting, key=lambda alarm: (alarm.priority, alarm.at_us), default=None)
        scope, whole = self.scope, self.scope.whole
        cash = "cash.read" in scope.shows
        now = self._figures.now(actor, len(waiting))
        return {
            "now": self.host.now_us() // 1000,
            "speed": self.host.speed,
            "nodes": [sum(up for _, up, _ in nodes), len(nodes)],
            "kpi": {
                "now": attrs.astuple(now),
                "offline": len(scope.machines) - now.online,
                "stores_minor": self._figures.stores_minor(actor),
                "units": actor.units_today if whole else None,
                "lanes": actor.lanes_total
                if whole
                else sum(len(actor.machines[number].lanes) for number in scope.machines),
                "worst": [worst.priority, worst.at_us // 1000] if worst else None,
                "visits": actor.visits_today if whole else None,
                "cash": cash,
                "cash_today": actor.cash_today_minor if whole else None,
                "dropped": actor.alarms_dropped,
            },
        }


def _day(actor: ConsoleActor, scope: Scope) -> dict[str, Any]:
    day = actor.day
    nothing = [0] * len(day.sales)
    return {
        "start": day.start_us // 1000,
        "sales": day.sales if scope.whole else nothing,
        "before": day.before if scope.whole else nothing,
        "alarms": day.alarms if scope.whole else nothing,
    }


def _store(actor: ConsoleActor, number: int, row: int) -> Iterable[Any]:
    view = actor.stores[number]
    return row, view.sales_minor, view.baskets, view.last_us // 1000, view.last_minor


def _van(actor: ConsoleActor, number: int, row: int) -> Iterable[Any]:
    view = actor.vans[number]
    return (
        row, view.lat_e6 / 1e6, view.lon_e6 / 1e6, view.to, view.arrives_at_us // 1000, view.done,
        view.on_route,
    )  # fmt: skip


def _alarm(alarm: AlarmView) -> Iterable[Any]:
    return (
        alarm.alarm, alarm.kind, alarm.priority, alarm.place, alarm.value, alarm.at_us // 1000,
        alarm.cleared_at_us // 1000, alarm.by,
    )  # fmt: skip


def machine_page(host: Host, number: int, row: int, *, cash: bool = True) -> bytes:
    """One machine in full, for the clients that look at it; ``row`` is its number on their page."""
    view = host.console.machines[number]
    last_us, temps = view.temperatures()
    return _encode({
        "t": "machine",
        "machine": row,
        "lanes": [
            (code, lane.product, lane.price_minor, lane.capacity, lane.par, lane.level, lane.why,
             lane.blocks)
            for code, lane in view.lanes.items()
        ],
        "temps": temps,
        "temps_end": last_us // 1000,
        "missing": sorted(view.missing),
        "locks": sorted(view.locks.items()),
        "spoilt": view.spoilt,
        "door_open": view.door_open,
        "mains": view.mains,
        "unread": view.unread,
        "refused": view.refused,
        "cash": view.cash_minor if cash else None,
    })  # fmt: skip
