"""A visit, in the order in which a restocker works: out what must go, in what was brought, the cash away.

1. Goods that the cold chain has locked, and goods past their day, come out and are waste.
2. A planogram that waits comes into force; goods that it has no lane for go back with the van.
3. What was brought goes in, up to par. A lane that the cold chain has locked is only filled after its goods
   came out, and sells again when the cabinet is cold as well.
4. Faults count as mended, lanes without goods past their day may sell.
5. The cash box and the stacker are handed over; tubes and recycler stay.

While a motor turns nothing comes out: that visit is as one without ``takes_out``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from actors.machine import cabinet, collection, planogram
from actors.machine.batches import is_date
from actors.machine.dates import today
from actors.machine.messages import Load, MachineServiced, ServiceMachine, ServiceOutcome
from runtime import wire

if TYPE_CHECKING:
    from actors.machine.machine import Machine


VISITS_KEPT = 8
"""Last visits whose outcome a machine still knows (estimate: more than vans that may ask again at a time)."""


@attrs.frozen(kw_only=True)
class Visit:
    """A visit that is over. Its outcome names every lane that was filled: bytes take a third of the room."""

    visit: int
    outcome: bytes


def visited(fact: MachineServiced) -> Visit:
    """What a machine remembers of a visit."""
    outcome = ServiceOutcome(
        visit=fact.visit, filled=fact.filled, cash_minor=fact.cash_minor, taken_out=fact.taken_out
    )
    return Visit(visit=fact.visit, outcome=wire.encode(outcome))


def service(machine: Machine, visit: ServiceMachine) -> ServiceOutcome:
    """Do what the restocker does; one of the last visits again changes nothing."""
    done = next((done for done in machine.visits if done.visit == visit.visit), None)
    if done is None:
        done = visited(_visit(machine, visit))
    outcome: ServiceOutcome = wire.decode(done.outcome)
    return outcome


def _visit(machine: Machine, visit: ServiceMachine) -> MachineServiced:
    collection.close(machine)
    day, number = today(machine.now, machine.settings.zone), visit.visit
    emptied: list[str] = []
    taken_out: list[Load] = []
    if visit.takes_out and not _is_turning(machine):
        emptied = _waste(machine, number, day)
        taken_out = planogram.at_service(machine, number)
    filled = _fill(machine, visit, emptied, day)
    renewed = tuple(
        code for code in machine.cold.locked if code in emptied and any(load.lane == code for load in filled)
    )
    for code in machine.lanes:
        lane = machine.lane(code)
        lane.reopen(number)
        if not lane.expired(day):
            lane.unblock("expired", number)
    boxed_minor = max(0, machine.books.cash_minor - machine.books.tubes_minor)
    done = MachineServiced(
        visit=number,
        units=sum(load.units for load in filled),
        cash_minor=boxed_minor if visit.collect_cash else 0,
        filled=tuple(filled),
        taken_out=tuple(taken_out),
        renewed=renewed,
    )
    machine.record(done)
    collection.begin(machine)
    cabinet.renewed(machine)
    cabinet.look_at_dates(machine)
    cabinet.show(machine)
    return done


def _is_turning(machine: Machine) -> bool:
    intents = machine.books.intents
    return bool(intents) and not machine.lane(intents[-1].lane).has_ended(intents[-1])


def _waste(machine: Machine, visit: int, day: str) -> list[str]:
    """Take out what nobody may eat; return the lanes whose goods the cold chain had spoilt."""
    spoilt = [code for code in machine.cold.locked if code not in machine.cold.renewed]
    for code in machine.lanes:
        lane = machine.lane(code)
        if code in spoilt:
            lane.empty(visit, lane.level, "health")
        elif units := lane.expired(day):
            lane.empty(visit, units, "expired")
    return spoilt


def _fill(machine: Machine, visit: ServiceMachine, emptied: list[str], day: str) -> list[Load]:
    filled = []
    for load in visit.loads:
        if load.lane not in machine.lanes or not is_date(load.expires_on):
            continue
        if load.expires_on and load.expires_on < day:
            continue
        lane = machine.lane(load.lane)
        if lane.is_blocked("health") and load.lane not in (*emptied, *machine.cold.renewed):
            continue
        if units := lane.fill(visit.visit, load.product, load.units, load.expires_on):
            # the lane's own words: a machine keeps its last visit, and the command's would come on top
            code, product = lane.opening.code, lane.product
            filled.append(Load(lane=code, product=product, units=units, expires_on=load.expires_on))
    return filled
