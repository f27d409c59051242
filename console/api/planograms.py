"""Planograms: what stands in which lane of a machine, and which machines were opened alike."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from console.api.paging import LIMIT, Cursor, Limit, Page, page_after
from console.host import Host
from console.people.permissions import person_of
from console.people.wrong import Missing
from scenarios.chain import Chain, MachinePlan

READ = {"permission": "machines.read"}
ONE = {"permission": "machines.read", "place": "machine"}
Asked = Request[Any, Any, Any]


class Template(msgspec.Struct, frozen=True):
    """Machines that were opened with the same lanes.

    Attributes:
        id: made of its lanes, so the same for the same lanes.
        size: of the cabinet.
        machines: ids, in one's scope; the first is shown as its example.
    """

    id: str
    size: str
    lanes: int
    products: int
    machines: list[str]


class PlannedLane(msgspec.Struct, frozen=True):
    """A lane as it is now; ``opened`` is the product it was opened with, ``why`` why it is closed."""

    lane: str
    product: str
    price_minor: int
    capacity: int
    par: int
    level: int
    why: str
    opened: str
    list_minor: int


class Planogram(msgspec.Struct, frozen=True):
    """A machine's lanes, and the template that it was opened by."""

    machine: str
    template: str
    size: str
    lanes: list[PlannedLane]


def routes(host: Host) -> list[HTTPRouteHandler]:
    """Reading of planograms; they are changed by commands (prices, planogram)."""

    @cache
    def templates() -> dict[str, list[MachinePlan]]:
        return _templates(host.chain)

    @get("/api/planograms", sync_to_thread=False, opt=READ)
    def listed(request: Asked, limit: Limit = LIMIT, cursor: Cursor = None) -> Page[Template]:
        """Templates of the machines in one's scope, those of most machines first."""
        person, found = person_of(request), []
        for name, plans in templates().items():
            if mine := [plan.id for plan in plans if person.sees(plan.id)]:
                first = plans[0]
                products = len({lane.product for lane in first.lanes})
                found.append(Template(name, first.size, len(first.lanes), products, mine))
        found.sort(key=lambda each: (-len(each.machines), each.id))
        return Page(*_listed(found, cursor, limit))

    @get("/api/planograms/{machine:str}", sync_to_thread=False, opt=ONE)
    def one(machine: FromPath[str]) -> Planogram:
        """The lanes of a machine as they are now."""
        number = host.console.machine_numbers.get(machine)
        if number is None:
            raise Missing(f"machine {machine[:60]}: must be one of the chain")
        plan, view = host.chain.machines[number], host.console.machines[number]
        opened = {lane.code: lane.product for lane in plan.lanes}
        prices = {product.code: product.price_minor for product in host.chain.products}
        lanes = [
            PlannedLane(
                lane=code,
                product=lane.product,
                price_minor=lane.price_minor,
                capacity=lane.capacity,
                par=lane.par,
                level=lane.level,
                why=lane.why or ",".join(lane.blocks),
                opened=opened.get(code, ""),
                list_minor=prices.get(lane.product, 0),
            )
            for code, lane in view.lanes.items()
        ]
        return Planogram(machine, _name(plan), plan.size, lanes)

    return [listed, one]


def _listed(found: list[Template], cursor: str | None, limit: int) -> tuple[list[Template], str | None]:
    page, after = page_after(found, lambda each: each.id, cursor, limit)
    return list(page), after


def _templates(chain: Chain) -> dict[str, list[MachinePlan]]:
    found: dict[str, list[MachinePlan]] = {}
    for plan in chain.machines:
        found.setdefault(_name(plan), []).append(plan)
    return found


def _name(plan: MachinePlan) -> str:
    lanes = [(lane.code, lane.product, lane.capacity, lane.par) for lane in plan.lanes]
    return hashlib.sha256(repr((plan.size, lanes)).encode()).hexdigest()[:8]
