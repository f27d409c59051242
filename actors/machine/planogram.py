"""Planograms: templates, copies and swaps, and when a change may come into force.

At once only where nothing is in the way: prices and pars, capacities that hold what is there, and another
product where the lane is empty. A lane with other goods in it waits for the next service, where the
restocker takes them out and they go back with the van. Goods that the cold chain has locked stay
perishable. (``AssignLane`` is what recorded planogram changes use: it relabels the goods, because a
recording does not tell what became of them.)

Where a device keeps the prices (``MachineSettings.prices_at``), a planogram leaves them alone: ``SetPrices``
reads them back, a planogram could not wait for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from actors.cabinet.messages import PlannedLane, PlanogramApplied, PlanogramPlanned
from actors.control.messages import ApplyPlanogram, PlanogramAnswer
from actors.machine import cabinet
from actors.machine.lane import Lane
from actors.machine.messages import Load
from runtime.errors import Refused

if TYPE_CHECKING:
    from actors.machine.machine import Machine

NOW, NEXT_SERVICE = "now", "next_service"


@attrs.frozen(kw_only=True)
class Template:
    """A planogram that many machines share."""

    name: str
    lanes: tuple[PlannedLane, ...]

    def command(self, when: str) -> ApplyPlanogram:
        """Have a machine follow it."""
        return ApplyPlanogram(name=self.name, lanes=self.lanes, when=when)


def template_of(name: str, lanes: Iterable[Lane]) -> Template:
    """What these lanes sell and hold now, to be copied to another machine."""
    return Template(name=name, lanes=tuple(planned_of(lane) for lane in lanes))


def swapped(first: PlannedLane, second: PlannedLane, when: str) -> ApplyPlanogram:
    """Two lanes change what they sell; each keeps its own capacity, and its par as far as that fits."""
    return ApplyPlanogram(
        name=f"swap {first.lane} {second.lane}",
        lanes=tuple(
            attrs.evolve(
                goods,
                lane=place.lane,
                capacity=place.capacity,
                par=min(goods.par, place.capacity),
                safety=min(goods.safety, place.capacity),
            )
            for place, goods in ((first, second), (second, first))
        ),
        when=when,
    )


def planned_of(lane: Lane) -> PlannedLane:
    """A lane as a line of a planogram."""
    return PlannedLane(
        lane=lane.opening.code,
        product=lane.product,
        price_minor=lane.price_minor,
        capacity=lane.capacity,
        par=lane.par,
        safety=lane.safety,
        perishable=lane.perishable,
    )


def rule_broken(planned: PlannedLane) -> str:
    """Which rule a line of a planogram breaks by itself; "" none."""
    where = f"lane {planned.lane}"
    if not planned.product:
        return f"{where}: product must be named"
    if planned.price_minor < 0:
        return f"{where}: price must be >= 0, not {planned.price_minor}"
    if planned.capacity < 1:
        return f"{where}: capacity must be >= 1, not {planned.capacity}"
    if not 0 <= planned.par <= planned.capacity:
        return f"{where}: par level must be from 0 to capacity {planned.capacity}, not {planned.par}"
    if not 0 <= planned.safety <= planned.par:
        return f"{where}: safety level must be from 0 to par {planned.par}, not {planned.safety}"
    return ""


def in_the_way(lane: Lane, planned: PlannedLane) -> str:
    """Why a lane cannot follow at once; "" if it can."""
    if lane.level and planned.product != lane.product:
        return f"lane {planned.lane}: holds {lane.level} of {lane.product}; its product changes at a service"
    if lane.level > planned.capacity:
        return f"lane {planned.lane}: capacity must be >= level {lane.level}, not {planned.capacity}"
    if lane.level and not planned.perishable and lane.is_blocked("health"):
        return f"lane {planned.lane}: must stay perishable, the cold chain has locked the {lane.level} in it"
    return ""


def order(machine: Machine, asked: ApplyPlanogram) -> PlanogramAnswer:
    """Follow a planogram at once, or keep it for the next service. Raises Refused, and nothing changed."""
    if asked.when not in (NOW, NEXT_SERVICE):
        raise Refused(f"when must be {NOW} or {NEXT_SERVICE}, not {asked.when!r}")
    if not asked.lanes:
        raise Refused("planogram must name at least one lane")
    if len({planned.lane for planned in asked.lanes}) < len(asked.lanes):
        raise Refused("planogram must name each lane once")
    for planned in asked.lanes:
        if planned.lane not in machine.lanes:
            raise Refused(f"lane must be one of this machine's, not {planned.lane!r}")
        keeper, price_minor = machine.settings.prices_at, machine.lane(planned.lane).price_minor
        if keeper and planned.price_minor != price_minor:
            raise Refused(f"lane {planned.lane}: price must stay {price_minor}, {keeper} keeps it")
        if why := rule_broken(planned):
            raise Refused(why)
        if asked.when == NOW and (why := in_the_way(machine.lane(planned.lane), planned)):
            raise Refused(why)
    if asked.when == NEXT_SERVICE:
        machine.record(PlanogramPlanned(name=asked.name, lanes=asked.lanes))
        return PlanogramAnswer(changed=0, waiting=len(asked.lanes))
    _follow(machine, asked.name, asked.lanes, 0)
    return PlanogramAnswer(changed=len(asked.lanes), waiting=0)


def at_service(machine: Machine, visit: int) -> list[Load]:
    """Bring the planogram that waits into force; return the goods that were taken out for it."""
    waiting = machine.planogram
    if waiting is None:
        return []
    out = []
    for planned in waiting.lanes:
        lane = machine.lane(planned.lane)
        if lane.is_blocked("health") and not planned.perishable:
            lane.empty(visit, lane.level, "health")  # new ones that never got cold
        surplus = lane.level if planned.product != lane.product else lane.level - planned.capacity
        if units := lane.empty(visit, surplus, "planogram"):
            out.append(Load(lane=planned.lane, product=lane.product, units=units))
    _follow(machine, waiting.name, waiting.lanes, visit)
    return out


def _follow(machine: Machine, name: str, lanes: tuple[PlannedLane, ...], visit: int) -> None:
    for planned in lanes:
        machine.lane(planned.lane).plan(planned)
    machine.record(PlanogramApplied(name=name, visit=visit))
    cabinet.guard(machine)
