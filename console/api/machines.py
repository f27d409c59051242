"""Machines: the list, one of them in full, and what happened to it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from console.api.paging import LIMIT, Cursor, Limit, Page, page_of, position_of
from console.host import Host
from console.people.permissions import Person, person_of
from console.people.wrong import Missing, Wrong
from console.state.views import NO_TEMP, STATE_NAMES, LaneView, MachineView
from runtime.actor import Report
from runtime.address import tail
from runtime.message import wire_of
from scenarios.chain import MachinePlan

READ = {"permission": "machines.read"}
ONE = {"permission": "machines.read", "place": "machine"}

Asked = Request[Any, Any, Any]
Words = Annotated[str, QueryParameter(max_length=100)]
State = Annotated[str, QueryParameter(name="state", max_length=20, description="One of the states.")]


class MachineRow(msgspec.Struct, frozen=True):
    """A machine in the list. Money is minor units of the chain's currency, times ms since 1970 UTC."""

    id: str
    name_en: str
    name_zh: str
    site: str
    district: str
    state: str
    stock_permille: int
    temp_decicelsius: int | None
    sales_minor: int
    units: int
    empty_lanes: int
    seen_ms: int


class Batch(msgspec.Struct, frozen=True):
    """Units of a lane with one last day of sale, ISO date."""

    expires_on: str
    units: int


class Lane(msgspec.Struct, frozen=True):
    """A lane; ``why``: the fault that closed it or ""; ``blocks``: what else keeps it from selling."""

    lane: str
    product: str
    price_minor: int
    capacity: int
    par: int
    level: int
    why: str
    blocks: list[str]
    batches: list[Batch]


class Device(msgspec.Struct, frozen=True):
    """A device: whether it answers, when last heard of (0 never), since when missing (0 it is not)."""

    device: str
    present: bool
    seen_ms: int
    missing_since_ms: int


class Bag(msgspec.Struct, frozen=True):
    """One collection: three measures of the same money; null is not known (yet)."""

    visit: int
    at_ms: int
    sold_minor: int
    metered_minor: int | None
    counted_minor: int | None
    by: str


class Cash(msgspec.Struct, frozen=True):
    """Cash inside by where it lies, coins by value as last metered, the latest collections, newest first."""

    tubes_minor: int
    box_minor: int
    stacker_minor: int
    pieces: list[tuple[int, int]]
    collections: list[Bag]


class MachineInFull(msgspec.Struct, frozen=True):
    """One machine; ``cash`` is null for who may not see it."""

    machine: MachineRow
    node: str
    tenders: list[str]
    lanes: list[Lane]
    devices: list[Device]
    locks: list[tuple[str, str]]
    door_open: bool
    mains: bool
    refused: int
    cash: Cash | None


class Event(msgspec.Struct, frozen=True):
    """A fact: ``kind`` is its name on the wire, ``lane`` the lane's code or "", ``said`` its content."""

    number: int
    at_ms: int
    kind: str
    source: str
    lane: str
    said: dict[str, Any]


def routes(host: Host) -> list[HTTPRouteHandler]:
    """Reading of machines; commanding them is another file's."""

    @get("/api/machines", sync_to_thread=False, opt=READ)
    def machines(
        request: Asked, limit: Limit = LIMIT, cursor: Cursor = "", condition: State = "", q: Words = ""
    ) -> Page[MachineRow]:
        """Machines this person sees, in the chain's order; of one state, or with words in id or name."""
        if condition and condition not in STATE_NAMES:
            raise Wrong("state", f"must be one of {', '.join(STATE_NAMES)}, not {condition!r}")
        person, begin = person_of(request), position_of(cursor, -1) + 1
        found = []
        for number in range(begin, len(host.chain.machines)):
            plan, view = host.chain.machines[number], host.console.machines[number]
            if person.sees(plan.id) and fits(plan, view, condition, q.lower()):
                found.append((number, row_of(plan, view)))
                if len(found) > limit:
                    break
        page = page_of(found, limit, lambda each: each[0])
        return Page([row for _, row in page.items], page.next)

    @get("/api/machines/{machine:str}", sync_to_thread=False, opt=ONE)
    def machine(request: Asked, machine: FromPath[str]) -> MachineInFull:
        """One machine in full."""
        return _in_full(host, _number(host, machine), person_of(request))

    @get("/api/machines/{machine:str}/events", sync_to_thread=False, opt=ONE)
    def events(machine: FromPath[str], limit: Limit = LIMIT, cursor: Cursor = "") -> Page[Event]:
        """What happened to a machine lately, newest first."""
        _number(host, machine)
        return events_of(host, machine, cursor or "", limit)

    return [machines, machine, events]


def events_of(host: Host, place: str, cursor: str, limit: int) -> Page[Event]:
    """A page of the facts of a place, newest first; raises Wrong for a wrong cursor."""
    latest = host.console.books.latest(place, position_of(cursor, 1 << 62), limit + 1)
    return page_of([_event(number, report) for number, report in latest], limit, lambda event: event.number)


def _event(number: int, report: Report) -> Event:
    said = msgspec.to_builtins(report.content, enc_hook=str)
    return Event(
        number=number,
        at_ms=report.at_us // 1000,
        kind=wire_of(type(report.content)).name,
        source=report.source,
        lane=tail(report.source) if "/lane/" in report.source else "",
        said=said if isinstance(said, dict) else {},
    )


def _number(host: Host, machine: str) -> int:
    if (number := host.console.machine_numbers.get(machine)) is None:
        raise Missing(f"machine {machine}: must be one of the chain")
    return number


def fits(plan: MachinePlan, view: MachineView, state: str, words: str) -> bool:
    """Whether a machine is in a state ("" any) and has these words, in lower case, in id, name or site."""
    if state and STATE_NAMES[view.state] != state:
        return False
    names = (plan.id, plan.place.name_en, plan.place.name_zh, plan.site)
    return not words or any(words in name.lower() for name in names)


def row_of(plan: MachinePlan, view: MachineView) -> MachineRow:
    """A machine as lists show it."""
    return MachineRow(
        id=plan.id,
        name_en=plan.place.name_en,
        name_zh=plan.place.name_zh,
        site=plan.site,
        district=plan.place.district,
        state=STATE_NAMES[view.state],
        stock_permille=view.stock_permille,
        temp_decicelsius=None if view.temp == NO_TEMP else view.temp,
        sales_minor=view.sales_minor,
        units=view.units,
        empty_lanes=view.empty,
        seen_ms=view.seen_us // 1000,
    )


def _in_full(host: Host, number: int, person: Person) -> MachineInFull:
    plan, view = host.chain.machines[number], host.console.machines[number]
    book = host.console.books.machines[plan.id]
    devices = book.device_states(view.missing, view.seen_us)
    return MachineInFull(
        machine=row_of(plan, view),
        node=plan.node,
        tenders=list(plan.tenders),
        lanes=[_lane(code, lane, book.batches.get(code, [])) for code, lane in view.lanes.items()],
        devices=[
            Device(device, present, heard // 1000, gone // 1000) for device, present, heard, gone in devices
        ],
        locks=sorted(view.locks.items()),
        door_open=view.door_open,
        mains=view.mains,
        refused=view.refused,
        cash=_cash(host, plan.id) if person.may("cash.read") else None,
    )


def _lane(code: str, lane: LaneView, batches: list[list[Any]]) -> Lane:
    return Lane(
        lane=code,
        product=lane.product,
        price_minor=lane.price_minor,
        capacity=lane.capacity,
        par=lane.par,
        level=lane.level,
        why=lane.why,
        blocks=list(lane.blocks),
        batches=[Batch(expires_on, units) for expires_on, units in batches],
    )


def _cash(host: Host, machine: str) -> Cash:
    book = host.console.books.machines[machine]
    return Cash(
        tubes_minor=book.cash["tubes"],
        box_minor=book.cash["box"],
        stacker_minor=book.cash["stacker"],
        pieces=[(value, count) for value, count in book.tubes],
        collections=[
            Bag(bag.visit, bag.at_us // 1000, bag.sold_minor, bag.metered_minor, bag.counted_minor, bag.by)
            for bag in reversed(book.collections)
        ],
    )
