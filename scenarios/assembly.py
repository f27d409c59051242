"""The only wiring: from a chain's plans to nodes of actors, a street of devices, and the demand on it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import UTC, datetime, time
from functools import lru_cache

import attrs

from actors.machine import machine
from actors.machine.lane import LaneOpening
from actors.machine.settings import MachineSettings
from actors.office.alarms import AlarmDesk
from actors.office.planning import Depot, MachineSite, VanDuty
from actors.office.restock import RestockDesk
from actors.office.script import ScriptDesk
from actors.office.settings import SettingsDesk
from actors.settings.messages import OFFICE as OFFICE_SETTINGS
from actors.store.store import Article, Store
from actors.store.till import Till
from actors.van.van import Van
from actors.warehouse.warehouse import Warehouse
from runtime import command_desk, health, quarantine
from runtime.address import head
from runtime.kernel import Kernel
from runtime.node import Node
from scenarios.chain import Chain, LanePlan, StorePlan
from scenarios.demand import fitted
from scenarios.faults import messages as faults
from scenarios.rehearsal import footfall, weather
from scenarios.scenario import Prepared
from simulator.customers import recorded, sampled
from simulator.devices.cooling import Climate
from simulator.street import DeviceFaults, Street

OFFICE = "office"
SCRIPT = "office/script"


def build_node(chain: Chain, name: str, *, seed: int, now_us: int, records_input: bool = False) -> Node:
    """Make a node with all its actors, not yet started."""
    node = Node(name, seed=seed, now_us=now_us, records_input=records_input)
    node.spawn(command_desk.ADDRESS, command_desk.CommandDesk())
    node.spawn(health.ADDRESS, health.Health())
    node.spawn(quarantine.address_of(name), quarantine.Quarantine())
    node.reach(command_desk.LINK)
    if name == OFFICE:
        _office(node, chain)
    for plan in chain.machines:
        if plan.node == name:
            machine.build(
                node,
                plan.id,
                [_opening(lane) for lane in plan.lanes],
                plan.tenders,
                plan.float_minor,
                settings=_settings(plan.settings, chain.time_zone),
            )
    for store in chain.stores:
        if store.node == name:
            _store(node, chain, store)
    for warehouse in chain.warehouses:
        if warehouse.node == name:
            vans = tuple(van.id for van in chain.vans if van.warehouse == warehouse.id)
            node.spawn(warehouse.id, Warehouse(vans, warehouse.stock))
            for van in chain.vans:
                if van.warehouse == warehouse.id:
                    place = warehouse.place
                    node.spawn(
                        van.id,
                        Van(warehouse.id, place.lat_e6, place.lon_e6, van.speed_kmh, van.service_seconds),
                    )
    return node


@lru_cache(maxsize=4096)  # machines with the same planogram share what their lanes opened with
def _opening(lane: LanePlan) -> LaneOpening:
    return LaneOpening(**attrs.asdict(lane))


@lru_cache(maxsize=4096)
def _settings(settings: MachineSettings, zone: str) -> MachineSettings:
    return attrs.evolve(settings, zone=zone)


def _store(node: Kernel, chain: Chain, plan: StorePlan) -> None:
    articles = tuple(
        Article(
            code=p.code, name=f"{p.name_en} {p.name_zh}".strip(), price_minor=p.price_minor, weighed=p.weighed
        )
        for p in chain.products
    )
    node.spawn(plan.id, Store(articles, plan.stock))
    shop = f"{plan.place.name_en} {plan.place.name_zh}".strip()
    for number in range(1, plan.tills + 1):
        till = Till(plan.id, shop, chain.time_zone, chain.currency, plan.float_minor)
        node.spawn(f"{plan.id}/till/{number}", till)


def _office(node: Node, chain: Chain) -> None:
    planned = dict(chain.office)
    node.spawn("office/alarms", AlarmDesk(planned))
    node.spawn(SCRIPT, ScriptDesk())
    node.spawn(OFFICE_SETTINGS, SettingsDesk(planned))
    rule = chain.restock
    if rule is None:
        return
    node.spawn(
        "office/restock",
        RestockDesk(
            rule.cutoff_minute,
            rule.depart_minute,
            rule.trigger_level,
            chain.time_zone,
            tuple(Depot(id=w.id, lat_e6=w.place.lat_e6, lon_e6=w.place.lon_e6) for w in chain.warehouses),
            tuple(VanDuty(id=van.id, warehouse=van.warehouse, districts=van.districts) for van in chain.vans),
            tuple(
                MachineSite(id=m.id, district=m.place.district, lat_e6=m.place.lat_e6, lon_e6=m.place.lon_e6)
                for m in chain.machines
            ),
            plan_at_start=rule.depart_minute < rule.cutoff_minute,
        ),
    )


def node_of(chain: Chain) -> Callable[[str], str]:
    """Which node an address lives on; "" when none does. What every node has is below the node's name."""
    places = {name: name for name in chain.nodes}
    places |= {m.id: m.node for m in chain.machines} | {s.id: s.node for s in chain.stores}
    nodes = {w.id: w.node for w in chain.warehouses}
    places |= nodes | {van.id: nodes[van.warehouse] for van in chain.vans} | {OFFICE: OFFICE}
    return lambda address: places.get(head(address), "")


def build_street(
    prepared: Prepared,
    *,
    now_us: int,
    tubes: Mapping[str, int] | None = None,
    absent: Mapping[str, Container[str]] | None = None,
) -> Street:
    """Stand every simulated device and customer of the chain on one street.

    Args:
        prepared: the chain and its faults.
        now_us: when it begins.
        tubes: coins in each machine's tubes, minor units; the opening floats when None.
        absent: by machine, devices that are real, or are not there at all; such a machine is never lost as a
            whole by chance.
    """
    chain, faults = prepared.chain, prepared.chain.faults
    street = Street(seed=prepared.seed, currency=chain.currency, now_us=now_us)
    devices = DeviceFaults(
        jam_per_vend=faults.jam_per_vend,
        losses_per_day=faults.losses_per_machine_day,
        loss_seconds_mean=faults.loss_seconds_mean,
    )
    for plan in chain.machines:
        away = (absent or {}).get(plan.id, ())
        street.add_machine(
            plan.id,
            tenders=tuple(tender for tender in plan.tenders if tender not in away),
            float_minor=plan.float_minor if tubes is None else tubes.get(plan.id, plan.float_minor),
            faults=attrs.evolve(devices, losses_per_day=0.0) if away else devices,
            climate=Climate() if faults.temperature and "cooling" not in away else None,
        )
    for store in chain.stores:
        for number in range(1, store.tills + 1):
            street.add_till(f"{store.id}/till/{number}", faults=DeviceFaults())
    return street


def demand(
    prepared: Prepared, street: Street, from_us: int, to_us: int
) -> list[Iterable[tuple[int, str, object]]]:
    """The streams of customers, faults and weather from one moment to another, for ``Street.feed``."""
    chain, plan, seed = prepared.chain, prepared.plan, prepared.seed
    streams = [
        footfall.fewer(stream, plan.swings, chain, seed)
        for stream in _customers(prepared, street, from_us, to_us)
    ]
    if any(swing.times > 1.0 for swing in plan.swings):
        rates = prepared.machine_rates
        if prepared.attempts:
            rates = fitted.machine_rates(prepared.attempts, chain, prepared.first, prepared.last)
        streams += footfall.more(
            plan.swings,
            rates,
            prepared.store_rates,
            chain,
            (from_us, to_us),
            seed=seed,
            money=street.money,
            exact=bool(prepared.attempts),
        )
    return [
        *streams,
        faults.stream(plan.faults, chain, from_us, to_us),
        weather.stream(plan.air, chain, to_us),
    ]


def _customers(
    prepared: Prepared, street: Street, from_us: int, to_us: int
) -> list[Iterable[tuple[int, str, object]]]:
    """Those that the demand brings by itself."""
    zone = prepared.chain.zone
    if prepared.attempts or prepared.baskets:
        opening = {
            (m.id, p.code): (p.product, p.price_minor) for m in prepared.chain.machines for p in m.lanes
        }
        here = [a for a in prepared.attempts if from_us <= a.at_us < to_us]
        attempts = footfall.fewer_attempts(here, prepared.plan.swings, prepared.seed)
        shoppers = [basket for basket in prepared.baskets if from_us <= basket[0] < to_us]
        return [recorded.arrivals(attempts, opening, street.money), shoppers]
    seed, money = prepared.seed, street.money
    streams: list[Iterable[tuple[int, str, object]]] = [
        sampled.arrivals(prepared.machine_rates, from_us, to_us, seed=seed, zone=zone, money=money)
    ]
    if prepared.store_rates:
        streams.append(
            sampled.baskets(prepared.store_rates, from_us, to_us, seed=seed, zone=zone, money=money)
        )
    return streams


def midnight_us(prepared: Prepared, *, after_last: bool = False) -> int:
    """Local midnight at which the first day begins, or the one at which the last day ends."""
    day = prepared.last if after_last else prepared.first
    number = day.toordinal() + (1 if after_last else 0)
    local = datetime.combine(type(day).fromordinal(number), time(), prepared.chain.zone)
    return round(local.astimezone(UTC).timestamp()) * 1_000_000
