"""Faults as what the world tells the chain: troubles of devices, cut links, a van's call, commands."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from actors.control.messages import LockMachine, SetLaneService, SetPrices, UnlockMachine
from actors.machine.messages import AssignLane
from actors.office.messages import GiveCommand
from actors.van.messages import BrokeDown
from hardware.contract.presence import DeviceFound, DeviceLost
from runtime import wire
from scenarios.chain import Chain
from scenarios.faults.plan import Fault, Label
from simulator.devices.cabinet_electronics import CutMains
from simulator.devices.trouble import Mended, Trouble
from simulator.faults.link_switch import CutLinks, MendLinks

Timed = tuple[int, str, object]
"""When, to which address, what."""

SWITCH = "street/network"
SCRIPT = "office/script"
COMMAND_SECONDS = 6 * 3600
"""A command that a scenario gives runs within so long or not at all."""

DEVICE_TROUBLES = {
    "coins stuck": ("cash", "coins stuck"),
    "jams": ("board", "jams"),
    "motors stuck": ("board", "stuck"),
    "drop sensor blind": ("board", "blind"),
    "compressor broken": ("cooling", "compressor"),
}
"""Which device, and its word for it."""


def stream(faults: Iterable[Fault], chain: Chain, from_us: int, to_us: int) -> Iterator[Timed]:
    """All that faults make happen to this chain from one moment to another, in order of time.

    Args:
        faults: of the scenario; what they strike and the chain does not have is left alone.
        chain: whole, or one node's part of it.
        from_us: microseconds since 1970 UTC; a fault that began earlier is left out whole.
        to_us: likewise, exclusive.
    """
    here = {plan.id for plan in chain.machines} | {van.id for van in chain.vans}
    here |= {f"{shop.id}/till/{n}" for shop in chain.stores for n in range(1, shop.tills + 1)}
    cold = {plan.id for plan in chain.machines if chain.faults.temperature}
    begun = (fault for fault in faults if fault.from_us >= from_us)
    told = [each for fault in begun for each in _messages(fault, here, cold)]
    return iter(sorted((each for each in told if each[0] < to_us), key=lambda each: each[0]))


def _messages(fault: Fault, here: Container[str], cold: Container[str]) -> Iterator[Timed]:
    machines = [machine for machine in fault.machines if machine in here]
    match fault.what:
        case "mains off":
            for machine in machines:
                yield from _mains_off(fault, machine, machine in cold)
        case "machine silent":
            for machine in machines:
                yield fault.from_us, machine, DeviceLost(device="board")
                yield fault.to_us, machine, DeviceFound(device="board")
        case "network down":
            yield fault.from_us, SWITCH, CutLinks(links=fault.nodes)
            yield fault.to_us, SWITCH, MendLinks(links=fault.nodes)
        case "provider down":
            yield from _provider_down(fault, machines, here)
        case "van broken down":
            seconds = (fault.to_us - fault.from_us) // 1_000_000
            for van in fault.vans:
                if van in here:
                    yield fault.from_us, van, BrokeDown(seconds=seconds)
        case "price pushed" | "recall" | "lane mislabelled" | "closed":
            yield from _commands(fault, machines)
        case _:
            device, kind = DEVICE_TROUBLES[fault.what]
            for machine in machines:
                if device != "cooling" or machine in cold:
                    yield from _trouble(fault, f"{machine}/{device}", kind)


def _mains_off(fault: Fault, machine: str, is_cold: bool) -> Iterator[Timed]:
    seconds = (fault.to_us - fault.from_us) / 1_000_000
    yield fault.from_us, f"{machine}/power", CutMains(seconds=seconds)
    yield fault.from_us, machine, DeviceLost(device="board")
    yield fault.to_us, machine, DeviceFound(device="board")
    if is_cold:
        yield from _trouble(fault, f"{machine}/cooling", "no mains")


def _provider_down(fault: Fault, machines: Iterable[str], here: Container[str]) -> Iterator[Timed]:
    for machine in machines:
        for tender in fault.tenders:
            yield from _trouble(fault, f"{machine}/{tender}", "provider down")
    for till in fault.tills:
        if till in here:
            for tender in fault.tenders:
                name = "terminal" if tender == "cashless" else tender
                yield from _trouble(fault, f"{till}/{name}", "provider down")


def _trouble(fault: Fault, device: str, kind: str) -> Iterator[Timed]:
    yield fault.from_us, device, Trouble(number=fault.number, kind=kind, share=fault.share)
    yield fault.to_us, device, Mended(number=fault.number)


def _commands(fault: Fault, machines: Iterable[str]) -> Iterator[Timed]:
    for machine in machines:
        labels = [label for label in fault.labels if label.machine == machine]
        for begins, at_us in ((True, fault.from_us), (False, fault.to_us)):
            if begins or not fault.stays:
                for command in _orders(fault.what, labels, begins):
                    give = GiveCommand(to=machine, body=wire.encode(command), expires_seconds=COMMAND_SECONDS)
                    yield at_us, SCRIPT, give


def _orders(what: str, labels: list[Label], begins: bool) -> Iterator[object]:
    """What one machine is ordered at the beginning, or at the end."""
    if what == "closed":
        yield LockMachine(why="closed") if begins else UnlockMachine()
    elif what == "recall":
        for label in labels:
            yield SetLaneService(lane=label.lane, on=not begins)
    elif what == "price pushed":
        if labels:
            yield SetPrices(
                prices=tuple((x.lane, x.price_minor if begins else x.was_price_minor) for x in labels)
            )
    else:
        for label in labels:
            yield AssignLane(
                lane=label.lane,
                product=label.product if begins else label.was_product,
                price_minor=label.price_minor if begins else label.was_price_minor,
            )
