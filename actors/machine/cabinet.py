"""The cabinet round the lanes: temperature, door, mains, dates on the goods, and the status of it all.

What a rule needs after a power cut becomes a fact (``cold_chain.py``), and only in a machine that holds
perishable goods; the rest is as last heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from actors.cabinet.messages import (
    CabinetCooled,
    CabinetOpened,
    CabinetShut,
    CabinetUnread,
    CabinetWarmed,
    ColdChainGuarded,
    ColdChainLocked,
    ColdChainUnlocked,
    DefrostBegan,
    DefrostOver,
    LookAtCold,
    MachineStatus,
    NewDay,
)
from actors.machine.dates import next_midnight_us, today
from actors.machine.settings import rule_of
from hardware.contract.cooling import CabinetTemperature, DefrostEnded, DefrostStarted
from hardware.contract.power import PowerLost, PowerRestored
from hardware.contract.presence import DoorClosed, DoorOpened

if TYPE_CHECKING:
    from actors.machine.machine import Machine

SECOND_US = 1_000_000


@attrs.define(slots=True, kw_only=True)
class Cabinet:
    """As last heard; unknown after a restart.

    Attributes:
        temp_decicelsius, temp_at_us: newest reading and its time; 0 before there was one.
        since_us: since when readings are expected.
        temp_stale: there was none for longer than it may be.
        look_us: when the cold chain's rules are looked at next; 0 not at all.
        day_us: the midnight at which dates are looked at next; 0 not at all.
        status: the last that was published.
    """

    temp_decicelsius: int = 0
    temp_at_us: int = 0
    since_us: int = 0
    temp_stale: bool = False
    door_open: bool = False
    mains: bool = True
    look_us: int = 0
    day_us: int = 0
    status: MachineStatus | None = None


def start(machine: Machine, *, again: bool) -> None:
    """After a start nothing is known of the cabinet, and a day may have gone by."""
    machine.cabinet.since_us = machine.now
    guard(machine)
    if machine.cold.door_open:
        machine.record(CabinetShut(at_us=machine.now))  # a switch that finds it open says so again
    if machine.cold.guarded and not machine.cold.warm_us:
        machine.record(CabinetUnread(at_us=machine.now))
    _lock_if_due(machine)
    _look_later(machine)
    look_at_dates(machine)
    if again:
        show(machine)


# Cold chain


def guard(machine: Machine) -> None:
    """See which lanes hold perishable goods; a cabinet that begins to hold some must be read anew."""
    lanes = tuple(code for code in machine.lanes if machine.lane(code).perishable)
    if lanes == machine.cold.guarded:
        return
    begins = not machine.cold.guarded
    for code in machine.cold.locked:
        if code not in lanes:
            machine.lane(code).unblock("health")
    machine.record(ColdChainGuarded(lanes=lanes))
    if begins:
        machine.cabinet.since_us = machine.now
        machine.record(CabinetUnread(at_us=machine.now))
        if machine.cabinet.door_open:
            machine.record(CabinetOpened(at_us=machine.now))
    _look_later(machine)


def measured(machine: Machine, reading: CabinetTemperature) -> None:
    """Take note of a temperature, and tell whoever watches."""
    cabinet, cold, temp = machine.cabinet, machine.cold, reading.temp_decicelsius
    is_first = not cabinet.temp_at_us
    cabinet.temp_decicelsius, cabinet.temp_at_us = temp, machine.now
    machine.publish(reading)
    if cabinet.temp_stale:
        cabinet.temp_stale = False
        show(machine)
    if not cold.guarded:
        return
    if temp > rule_of(machine).limit_decicelsius:
        if is_first and cold.unread and cold.cold_us:
            machine.record(CabinetUnread(at_us=cold.cold_us))  # nobody knows how long it was off
        if not cold.warm_us or cold.unread:
            machine.record(CabinetWarmed(at_us=machine.now, temp_decicelsius=temp))
        _lock_if_due(machine)
    elif cold.warm_us or cold.shut_us or cold.defrosted_us:
        machine.record(CabinetCooled(at_us=machine.now, temp_decicelsius=temp))
        unlock_if_cold(machine)
    _look_later(machine)


def door_moved(machine: Machine, event: DoorOpened | DoorClosed) -> None:
    """The door is open or shut."""
    is_open = isinstance(event, DoorOpened)
    machine.cabinet.door_open = is_open
    if machine.cold.guarded and is_open != machine.cold.door_open:
        kind = CabinetOpened if is_open else CabinetShut
        machine.record(kind(at_us=machine.now))
        _look_later(machine)
    show(machine)


def defrosted(machine: Machine, event: DefrostStarted | DefrostEnded) -> None:
    """A defrost began or ended."""
    begins = isinstance(event, DefrostStarted)
    if machine.cold.guarded and begins != bool(machine.cold.defrosting_us):
        machine.record((DefrostBegan if begins else DefrostOver)(at_us=machine.now))
        _look_later(machine)


def look(machine: Machine, due: LookAtCold) -> None:
    """A time of the cold chain has run out, or one that ran has ended meanwhile."""
    if due.due_us != machine.cabinet.look_us:
        return  # another look was set since
    machine.cabinet.look_us = 0
    cabinet, cold, rule = machine.cabinet, machine.cold, rule_of(machine)
    if not cabinet.temp_stale and machine.now > _read_us(machine) + rule.stale_seconds * SECOND_US:
        cabinet.temp_stale = True
        if not cold.unread:
            machine.record(CabinetUnread(at_us=machine.now))
        show(machine)
    _lock_if_due(machine)
    _look_later(machine)


def _lock_if_due(machine: Machine) -> None:
    """Lock what a time that has run out is about."""
    cold = machine.cold
    due_us, why = cold.due(rule_of(machine))
    if due_us and machine.now > due_us and (lanes := cold.to_lock()):
        temp = cold.temp_decicelsius
        machine.record(ColdChainLocked(at_us=machine.now, why=why, lanes=lanes, temp_decicelsius=temp))
        for code in lanes:
            machine.lane(code).block("health")
        show(machine)


def _read_us(machine: Machine) -> int:
    return max(machine.cabinet.temp_at_us, machine.cabinet.since_us)


def _look_later(machine: Machine) -> None:
    """Set the one timer to just after the next time that runs out, unless an earlier one is set."""
    cabinet, cold, rule = machine.cabinet, machine.cold, rule_of(machine)
    if not cold.guarded:
        return
    times = []
    due_us, _ = cold.due(rule)
    if due_us and cold.to_lock():
        times.append(due_us)
    if not cabinet.temp_stale:
        times.append(_read_us(machine) + rule.stale_seconds * SECOND_US)
    if not times:
        return
    at_us = max(min(times), machine.now) + 1
    if not cabinet.look_us or at_us < cabinet.look_us:
        cabinet.look_us = at_us
        machine.after((at_us - machine.now) / SECOND_US, LookAtCold(due_us=at_us))


def renewed(machine: Machine) -> None:
    """New goods are in: they sell if the cabinet is cold, else it has as long as after any open door."""
    if machine.cold.renewed and machine.cold.warm_us and not machine.cold.door_open:
        machine.record(CabinetShut(at_us=machine.now))
        _look_later(machine)
    unlock_if_cold(machine)


def unlock_if_cold(machine: Machine) -> None:
    """Lanes with new goods sell again once the cabinet is cold."""
    if (lanes := machine.cold.renewed) and machine.cold.is_cold:
        visit = machine.visits[-1].visit if machine.visits else 0
        left = len(machine.cold.locked) - len(lanes)
        machine.record(ColdChainUnlocked(lanes=lanes, left=left))
        for code in lanes:
            machine.lane(code).unblock("health", visit)
        show(machine)


# Dates


def look_at_dates(machine: Machine) -> None:
    """Block lanes whose first goods are past their day; look again at midnight while any has a date."""
    dated = [code for code in machine.lanes if machine.lane(code).batches]
    if not dated:
        return
    day = today(machine.now, machine.settings.zone)
    for code in dated:
        if machine.lane(code).expired(day):
            machine.lane(code).block("expired")
    midnight_us = next_midnight_us(machine.now, machine.settings.zone)
    if machine.cabinet.day_us != midnight_us:
        machine.cabinet.day_us = midnight_us
        machine.after((midnight_us - machine.now) / SECOND_US, NewDay())


# Status


def mains_changed(machine: Machine, event: PowerLost | PowerRestored) -> None:
    """Mains power went or came back."""
    machine.cabinet.mains = isinstance(event, PowerRestored)
    show(machine)


def show(machine: Machine) -> None:
    """Publish the status, if it is another than the last one told."""
    cabinet = machine.cabinet
    lanes = [machine.lane(code) for code in machine.lanes]
    status = MachineStatus(
        door_open=cabinet.door_open,
        mains=cabinet.mains,
        missing=tuple(machine.missing),
        closed=sum(bool(lane.closed) for lane in lanes),
        blocked=sum(bool(lane.blocks) for lane in lanes),
        temp_decicelsius=cabinet.temp_decicelsius,
        temp_at_us=cabinet.temp_at_us,
        temp_stale=cabinet.temp_stale,
        locked=machine.locked_why,
    )
    if status != cabinet.status:
        cabinet.status = status
        machine.publish(status)
