"""What the live feed says: a snapshot to begin with, then what changed, as compact JSON frames.

Rows are arrays in the order of the chain's lists (``/api/chain`` names them once), so frames carry no names.
A frame is built once per tick and shared by every client. Times are milliseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import msgspec

from console.actor import ConsoleActor
from console.host import Host
from console.views import LOW_PERCENT, NO_TEMP, TEMP_BAND_DECICELSIUS, Changes, unacknowledged
from scenarios.chain import Place

FEED_VERSION = 1
_encode = msgspec.json.Encoder().encode


def chain_page(host: Host) -> bytes:
    """What never changes while the page is open: names, places, products."""
    chain = host.chain
    return _encode({
        "feed": FEED_VERSION,
        "name": chain.name,
        "currency": chain.currency,
        "zone": chain.time_zone,
        "cutoff": chain.cutoff_minute,
        "temp_band": TEMP_BAND_DECICELSIUS,
        "low_percent": LOW_PERCENT,
        "products": {p.code: [p.name_en, p.name_zh] for p in chain.products},
        "machines": [[plan.id, *_place(plan.place)] for plan in chain.machines],
        "stores": [[plan.id, *_place(plan.place)] for plan in chain.stores],
        "warehouses": [[plan.id, *_place(plan.place)] for plan in chain.warehouses],
        "vans": [plan.id for plan in chain.vans],
    })  # fmt: skip


def _place(place: Place) -> tuple[str, str, float, float]:
    return place.name_en, place.name_zh, place.lat_e6 / 1e6, place.lon_e6 / 1e6


def snapshot(host: Host) -> bytes:
    """Everything, for a client that has just come or has fallen behind."""
    actor = host.console
    everything = Changes(
        machines=set(range(len(actor.machines))),
        stores=set(range(len(actor.stores))),
        vans=set(range(len(actor.vans))),
        alarms=set(actor.alarms),
    )
    frame = _frame(host, everything)
    frame["t"] = "snapshot"
    return _encode(frame)


def delta(host: Host, changes: Changes) -> bytes:
    """What changed since the last tick; told on every tick, so that silence means a broken feed."""
    return _encode(_frame(host, changes))


def _frame(host: Host, changes: Changes) -> dict[str, Any]:
    actor = host.console
    nodes = host.nodes()
    frame: dict[str, Any] = {
        "t": "delta",
        "now": host.now_us() // 1000,
        "speed": host.speed,
        "kpi": _kpis(actor),
        "nodes": [sum(up for _, up, _ in nodes), len(nodes)],
    }
    if changes.machines:
        frame["machines"] = [_machine(actor, number) for number in sorted(changes.machines)]
    if changes.stores:
        frame["stores"] = [_store(actor, number) for number in sorted(changes.stores)]
    if changes.vans:
        frame["vans"] = [_van(actor, number) for number in sorted(changes.vans)]
    if changes.alarms:
        frame["alarms"] = [_alarm(actor, number) for number in sorted(changes.alarms)]
    if changes.machines or changes.stores or changes.alarms:
        day = actor.day
        frame["day"] = {
            "start": day.start_us // 1000, "sales": day.sales, "before": day.before, "alarms": day.alarms,
        }  # fmt: skip
    return frame


def _kpis(actor: ConsoleActor) -> dict[str, Any]:
    waiting = [alarm for alarm in actor.alarms.values() if not alarm.by]
    worst = min(waiting, key=lambda alarm: (alarm.priority, alarm.at_us), default=None)
    return {
        "now": attrs.astuple(actor.kpis()),
        "history": [attrs.astuple(past) for past in actor.history],
        "offline": actor.offline,
        "stores_minor": actor.store_sales_minor,
        "units": actor.units_today,
        "lanes": actor.lanes_total,
        "worst": [worst.priority, worst.at_us // 1000] if worst else None,
        "priorities": sorted(unacknowledged(actor.alarms).items()),
        "visits": actor.visits_today,
        "cash_today": actor.cash_today_minor,
        "dropped": actor.alarms_dropped,
    }


def _machine(actor: ConsoleActor, number: int) -> Iterable[Any]:
    view = actor.machines[number]
    temp = None if view.temp == NO_TEMP else view.temp
    return (
        number, view.state, view.stock_permille, temp, view.sales_minor, view.seen_us // 1000, view.empty,
        view.jammed, view.units, view.spoilt, bool(view.locks),
    )  # fmt: skip


def _store(actor: ConsoleActor, number: int) -> Iterable[Any]:
    view = actor.stores[number]
    return number, view.sales_minor, view.baskets, view.last_us // 1000, view.last_minor


def _van(actor: ConsoleActor, number: int) -> Iterable[Any]:
    view = actor.vans[number]
    return (
        number, view.lat_e6 / 1e6, view.lon_e6 / 1e6, view.to, view.arrives_at_us // 1000, view.done,
        view.on_route,
    )  # fmt: skip


def _alarm(actor: ConsoleActor, number: int) -> Iterable[Any]:
    if (alarm := actor.alarms.get(number)) is None:
        return (number,)
    return (
        number, alarm.kind, alarm.priority, alarm.place, alarm.value, alarm.at_us // 1000,
        alarm.cleared_at_us // 1000, alarm.by,
    )  # fmt: skip


def machine_page(host: Host, number: int) -> bytes:
    """One machine in full, for the clients that look at it."""
    view = host.console.machines[number]
    last_us, temps = view.temperatures()
    return _encode({
        "t": "machine",
        "machine": number,
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
        "cash": view.cash_minor,
    })  # fmt: skip
