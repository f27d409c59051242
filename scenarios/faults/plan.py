"""Faults of a scenario put upon a chain: which places they strike, and from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from runtime.errors import ConfigError
from scenarios.chain import Chain, LanePlan, MachinePlan
from scenarios.faults.rows import KINDS, FaultRow
from scenarios.rehearsal import places
from scenarios.rehearsal.times import Days, Window
from simulator.money import money_of

FAULTS_MAX = 10_000
"""Windows of faults a run may have, all days together."""


@attrs.frozen(kw_only=True)
class Label:
    """What a lane is told to be, and what it was."""

    machine: str
    lane: str
    product: str
    price_minor: int
    was_product: str
    was_price_minor: int


@attrs.frozen(kw_only=True)
class Fault:
    """One fault at its time.

    Attributes:
        number: from 1, each has its own.
        name: the file's.
        what: its kind.
        from_us, to_us: when, microseconds since 1970 UTC.
        machines, tills, nodes, vans: what it strikes.
        share: of turns or units.
        tenders: payments that are declined.
        labels: what lanes are told.
        stays: they are not told back.
    """

    number: int
    name: str
    what: str
    from_us: int
    to_us: int
    machines: tuple[str, ...] = ()
    tills: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    vans: tuple[str, ...] = ()
    share: float = 1.0
    tenders: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    stays: bool = False


def planned(
    where: str, rows: Iterable[FaultRow], chain: Chain, days: Days, asked: Mapping[str, float]
) -> tuple[Fault, ...]:
    """Every fault of every day; raises ConfigError for places or products that the chain does not have.

    Args:
        where: for errors, the scenario's name.
        rows: of the file.
        chain: whose places.
        days: of the run.
        asked: how much each product is asked for, by code.
    """
    found: list[Fault] = []
    for row in rows:
        at = f"{where}: fault {row.called!r}"
        for window in days.windows(row.on, row.begins, row.ends):
            found.append(_fault(at, row, len(found) + 1, window, chain, asked))
            if len(found) > FAULTS_MAX:
                raise ConfigError(f"{at}: a run must have at most {FAULTS_MAX} faults")
    return tuple(found)


def _fault(
    at: str, row: FaultRow, number: int, window: Window, chain: Chain, asked: Mapping[str, float]
) -> Fault:
    plans = places.machines(row.where, chain)
    ids = tuple(plan.id for plan in plans)
    fault = Fault(
        number=number,
        name=row.called,
        what=row.what,
        from_us=window[0],
        to_us=window[1],
        share=row.share,
        stays=row.stays,
    )
    match row.what:
        case "network down":
            nodes = places.nodes(row.where, chain)
            places.must_have(at, row.where, nodes, chain)
            return attrs.evolve(fault, nodes=nodes)
        case "van broken down":
            vans = places.vans(row.where, chain)
            places.must_have(at, row.where, vans, chain)
            return attrs.evolve(fault, vans=vans)
        case "provider down":
            shops = places.stores(row.where, chain)
            places.must_have(at, row.where, (*ids, *shops), chain)
            tills = tuple(f"{shop.id}/till/{n}" for shop in shops for n in range(1, shop.tills + 1))
            return attrs.evolve(fault, machines=ids, tills=tills, tenders=row.tenders)
    assert row.what in KINDS, row.what
    places.must_have(at, row.where, ids, chain)
    if row.what in ("price pushed", "recall", "lane mislabelled"):
        labels = tuple(_labels(at, row, plans, chain, asked))
        return attrs.evolve(fault, machines=ids, labels=labels)
    return attrs.evolve(fault, machines=ids)


def _labels(
    at: str, row: FaultRow, plans: Iterable[MachinePlan], chain: Chain, asked: Mapping[str, float]
) -> Iterator[Label]:
    if row.what == "lane mislabelled":
        for plan in plans:
            yield from _exchanged(at, row.lanes, plan)
        return
    wanted = places.products(at, row.products, chain, asked)
    struck = [
        (plan.id, lane) for plan in plans for lane in plan.lanes if wanted is None or lane.product in wanted
    ]
    if not struck:
        raise ConfigError(
            f"{at}: products: must be in a lane of these machines, not {', '.join(row.products)!r}"
        )
    for machine, lane in struck:
        price = repriced(lane.price_minor, row.price, chain.currency) if row.price else lane.price_minor
        yield _label(machine, lane, lane.product, price)


def _exchanged(at: str, codes: tuple[str, ...], plan: MachinePlan) -> Iterator[Label]:
    lanes = {lane.code: lane for lane in plan.lanes}
    for code in codes:
        if code not in lanes:
            some = ", ".join(list(lanes)[:5])
            raise ConfigError(f"{at}: lanes: must be of machine {plan.id} ({some}…), not {code!r}")
    first, second = (lanes[code] for code in codes)
    yield _label(plan.id, first, second.product, second.price_minor)
    yield _label(plan.id, second, first.product, first.price_minor)


def _label(machine: str, lane: LanePlan, product: str, price_minor: int) -> Label:
    return Label(
        machine=machine,
        lane=lane.code,
        product=product,
        price_minor=price_minor,
        was_product=lane.product,
        was_price_minor=lane.price_minor,
    )


def repriced(price_minor: int, change: str, currency: str) -> int:
    """A price after "+10%" or "1250"; a changed one is a multiple of the least coin, the nearest.

    Raises ConfigError for a currency whose coins are not known.
    """
    if not change.endswith("%"):
        return int(change)
    coin = money_of(currency).coins[-1]
    parts = price_minor * (10_000 + round(float(change[:-1]) * 100))
    return max(0, (2 * parts + 10_000 * coin) // (20_000 * coin) * coin)
