"""How faults strike a world, and how each is mended after its time."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs

from hardware.contract.presence import DeviceFound, DeviceLost
from runtime import command_desk, health
from runtime.clock import SLEW
from runtime.command_desk import OpenDesk
from runtime.errors import LedgerError
from runtime.health import DiskFound
from runtime.kernel import FAR_FUTURE_US
from runtime.world import World
from scenarios import assembly
from scenarios.assembly import OFFICE
from scenarios.scenario import Prepared
from scenarios.soak.old_disk import NOTICED_SECONDS, OldDisks
from scenarios.soak.operators import Operators
from scenarios.soak.plan import KINDS_LINK, KINDS_MACHINE, KINDS_ORDER, KINDS_WIRE, Fault
from scenarios.soak.store import FaultyStore
from scenarios.soak.wires import ANSWERS, Wires
from simulator.devices.cash import CashDevice
from simulator.devices.motor_board import Board
from simulator.faults.disk import AFTER, BEFORE, REFUSED, FaultyDisk
from simulator.faults.network import FaultyNetwork, Weather
from simulator.street import Street

SECOND_US = 1_000_000
WEATHER = {
    "loss": Weather(loss=0.3),
    "doubling": Weather(doubling=0.3),
    "damage": Weather(damage=0.2, loss=0.05),
    "delay": Weather(delay_seconds_max=20.0, loss=0.02),
}
DEVICE_SHARES: dict[str, tuple[tuple[str, str, float], ...]] = {
    "jam": (("board", "jam_per_vend", 1.0),),
    "stuck motor": (("board", "stuck_per_vend", 1.0),),
    "refunds lost": (
        ("cashless", "lost_refund_share", 1.0),
        ("code", "lost_refund_share", 1.0),
        ("board", "jam_per_vend", 0.5),
    ),
    "cards declined": (("cashless", "decline_share", 1.0),),
    "board unheard": (("board", "jam_per_vend", 0.5),),
}
"""Which devices, and what their shares become for a while."""
DEVICE_FAULT_LASTS = 5
"""Times the seconds of the fault: a device is not used every second."""
AT_COMMIT = {"die before commit": BEFORE, "die after commit": AFTER, "disk error": REFUSED}
DELAYED_SECONDS = 15
LOCKED_SECONDS = 600
SLEW_SECONDS = 5
"""A clock that was put back goes slower by ``runtime.clock.SLEW`` until it is right, in steps of so long."""
COMMITS_PASSED = 10
"""At most so many commits go well before a disk fails: a sale has about as many, each may be the one."""
AT_STORE = {"ledger dies before": BEFORE, "ledger dies after": AFTER}


@attrs.define(slots=True)
class Backup:
    """What the office had on its disks at a moment."""

    ledger: bytes
    facts: int


class Strikes:
    """Faults and mends of one run.

    Attributes:
        counts: how many of each kind struck.
        operators: who give orders from the office.
        remembered: messages that restarted nodes count because a snapshot told them so.
    """

    def __init__(
        self,
        prepared: Prepared,
        world: World,
        street: Street,
        network: FaultyNetwork,
        store: FaultyStore,
        wires: Wires,
        old_disks: OldDisks,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.remembered = 0
        self._wires = wires
        self._old_disks = old_disks
        self._gateways = {machine.id: machine.node for machine in prepared.chain.machines}
        self._old_next: set[str] = set()
        self.operators = Operators(world, prepared.chain.machines)
        self._prepared = prepared
        self._world = world
        self._street = street
        self._network = network
        self._store = store
        self._mends: list[tuple[int, int, Callable[[], None]]] = []
        self._numbered = 0
        self._down_seconds: dict[str, int] = {}
        self._skew_us: dict[str, int] = {}
        self._dies_starting: set[str] = set()
        self._usual: dict[tuple[str, str, str], float] = {}
        self._backup: Backup | None = None
        world.on_kill.append(self._was_killed)

    def next_at(self) -> int:
        """When something is mended next."""
        return self._mends[0][0] if self._mends else FAR_FUTURE_US

    def mend(self) -> None:
        """Mend what is due."""
        while self.next_at() <= self._world.now:
            heapq.heappop(self._mends)[2]()

    def _later(self, seconds: int, mend: Callable[[], None]) -> None:
        self._numbered += 1
        heapq.heappush(self._mends, (self._world.now + seconds * SECOND_US, self._numbered, mend))

    def back_up(self) -> None:
        """Keep what the office has now, for "office restored"."""
        self._backup = Backup(self._store.ledger.image(), self._disk(OFFICE).head()[0])

    def strike(self, fault: Fault) -> None:
        """Let a fault happen. One that has nothing to strike (a node that is down already) does nothing."""
        if fault.kind in KINDS_LINK:
            self._strike_link(fault)
        elif fault.kind in KINDS_MACHINE:
            if not self._strike_machine(fault):
                return
        elif fault.kind in KINDS_WIRE:
            self._strike_wire(fault)
        elif fault.kind in KINDS_ORDER:
            if not self._order(fault):
                return
        elif not self._strike_node(fault):
            return
        self.counts[fault.kind] += 1

    def _strike_link(self, fault: Fault) -> None:
        link = fault.target
        if fault.kind == "partition":
            self._network.cut.add(link)
            self._later(fault.seconds, lambda: self._network.cut.discard(link))
        else:
            self._network.weather[link] = WEATHER[fault.kind]
            self._later(fault.seconds, lambda: self._calm(link))

    def _calm(self, link: str) -> None:
        self._network.weather.pop(link, None)

    def _strike_machine(self, fault: Fault) -> bool:
        machine, kind = fault.target, fault.kind
        if kind == "silent machine":
            self._tell(machine, DeviceLost(device="machine"))
            self._later(fault.seconds, lambda: self._tell(machine, DeviceFound(device="machine")))
        elif kind in ANSWERS:
            self._wires.cut(machine, kind)
            self._later(fault.seconds, lambda: self._wires.mend(machine))
            self._set_shares(machine, kind, fault.seconds)
        elif kind == "answers doubled":
            self._wires.doubling.add(machine)
            self._later(fault.seconds, lambda: self._wires.doubling.discard(machine))
        elif kind == "coins stuck":
            self._stick_coins(machine, fault.seconds * DEVICE_FAULT_LASTS)
        elif kind == "power cut":
            return self._cut_power(machine, fault.seconds)
        else:
            self._set_shares(machine, kind, fault.seconds * DEVICE_FAULT_LASTS)
        return True

    def _strike_wire(self, fault: Fault) -> None:
        struck = self._wires.slow if fault.kind == "cash heard late" else self._wires.misreading
        struck.add(fault.target)
        self._later(fault.seconds, lambda: struck.discard(fault.target))

    def _order(self, fault: Fault) -> bool:
        """Somebody at the office gives an order; false while the office is down."""
        operators, machine = self.operators, fault.target
        match fault.kind:
            case "prices pushed":
                return operators.push_prices(fault.seconds)
            case "refund ordered":
                given = operators.refund(machine, fault.seconds)
                return operators.refund(machine, fault.seconds) and given
            case "devices rebooted":
                return operators.reboot(machine, fault.seconds)
            case _:
                self._later(LOCKED_SECONDS, lambda: operators.unlock(machine))
                return operators.lock(machine, fault.seconds)

    def _set_shares(self, machine: str, kind: str, seconds: int) -> None:
        for name, share, value in DEVICE_SHARES.get(kind, ()):
            device = self._device(machine, name)
            usual = self._usual.setdefault((machine, name, share), getattr(device, share))
            setattr(device, share, value)
            self._later(seconds, partial(setattr, device, share, usual))

    def _stick_coins(self, machine: str, seconds: int) -> None:
        """All coins but the greatest can for a while not be paid out."""
        device = self._device(machine, "cash")
        assert isinstance(device, CashDevice)
        stuck = {coin: count for coin, count in list(device.tubes.items())[1:] if count}
        for coin in stuck:
            device.tubes[coin] = 0

        def loosen() -> None:
            for coin, count in stuck.items():
                device.tubes[coin] += count

        self._later(seconds, loosen)

    def _cut_power(self, machine: str, seconds: int) -> bool:
        """The gateway goes down, and the motor board forgets."""
        name = self._gateways[machine]
        if not self._world.sites[name].up:
            return False
        board = self._device(machine, "board")
        assert isinstance(board, Board)
        self._down_seconds[name] = seconds
        self._world.kill(name)
        board.start_anew()
        return True

    def _device(self, machine: str, name: str) -> Any:
        kernel = self._street.kernel
        return kernel.actors[kernel.refs[f"{machine}/{name}"]]

    def _tell(self, machine: str, event: object) -> None:
        owner = self._world.owner_of(machine)
        assert owner is not None
        owner.take_in(self._world.now, owner.kernel.refs[machine], event)

    def _strike_node(self, fault: Fault) -> bool:
        name, kind = fault.target, fault.kind
        if not self._world.sites[name].up:
            return False
        self._down_seconds[name] = abs(fault.seconds) % 120 + 1
        match kind:
            case "kill" | "office killed":
                self._world.kill(name)
            case "clock skewed":
                self._skew_us[name] = fault.seconds * SECOND_US
                self._world.kill(name)
            case "clock stepped":
                self._world.step_clock(name, fault.seconds * SECOND_US)
            case "clock put back":
                self._skew_us[name] = -fault.seconds * SECOND_US
                self._slow_down(name, self._world.sites[name].lives, fault.seconds * SECOND_US)
            case "disk full":
                return self._fill_disk(name, fault.seconds)
            case "old disk":
                if name == OFFICE:
                    return False
                self._old_next.add(name)
                self._world.kill(name)
            case "die starting":
                self._dies_starting.add(name)
                self._world.kill(name)
            case "office dies committing":
                self._disk(name).next_fault = BEFORE if fault.seconds % 2 else AFTER
            case "office restored":
                if self._backup is None:
                    return False
                self._delay_all()
                self._later(DELAYED_SECONDS, self._restore_office)
            case _ if kind in AT_STORE:
                self._store.next_fault = AT_STORE[kind]
            case _:
                self._disk(name).next_fault = AT_COMMIT[kind]
                self._disk(name).passes = fault.seconds % COMMITS_PASSED
        return True

    def _slow_down(self, name: str, life: int, left_us: int) -> None:
        """The wall clock was put back: the node's goes slower until they agree; a new process begins so."""
        step_us = min(left_us, round(SLEW_SECONDS * SECOND_US * SLEW))
        if step_us and self._world.sites[name].lives == life:
            self._world.step_clock(name, -step_us)
            self._later(SLEW_SECONDS, partial(self._slow_down, name, life, left_us - step_us))

    def _fill_disk(self, name: str, seconds: int) -> bool:
        """No room for so long; the node's loop notices at the next commit (``runtime.live``)."""
        disk = self._disk(name)
        if disk.full or name in self._old_disks.right:
            return False

        def free() -> None:
            disk.free()
            self._tell_health(name)

        disk.on_full = partial(self._tell_health, name)
        disk.fill()
        self._later(seconds, free)
        return True

    def _tell_health(self, name: str) -> None:
        site = self._world.sites[name]
        site.take_in(site.now, site.kernel.refs[health.ADDRESS], DiskFound(full=self._disk(name).full))

    def open(self, name: str) -> None:
        """What a node's loop tells at each start (``LiveNode.start``)."""
        site = self._world.sites[name]
        desk = site.kernel.refs[command_desk.ADDRESS]
        site.take_in(site.now, desk, OpenDesk(life=str(site.lives)))
        self._tell_health(name)

    def _look_at_disk(self, name: str) -> None:
        if self._old_disks.look(name):
            self._later(NOTICED_SECONDS, partial(self._look_at_disk, name))

    def _delay_all(self) -> None:
        """What the old office said shall still be on its way when the restored one speaks."""
        calm = [name for name in self._world.sites if name not in self._network.weather]
        for link in calm:
            self._network.weather[link] = WEATHER["delay"]
            self._later(3 * DELAYED_SECONDS, partial(self._calm, link))

    def _restore_office(self) -> None:
        if self._world.office.up and self._backup is not None:
            self._world.kill(OFFICE)
            self._restore(self._backup)

    def _disk(self, name: str) -> FaultyDisk:
        disk = self._world.sites[name].journal
        assert isinstance(disk, FaultyDisk)
        return disk

    def _restore(self, backup: Backup) -> None:
        self._store.ledger.restore(backup.ledger)
        self._store.begin()
        old, new = self._disk(OFFICE), FaultyDisk(OFFICE)
        new.commit(old.read(0, backup.facts))
        self._world.sites[OFFICE].journal = new

    def _was_killed(self, name: str) -> None:
        forked = self._world.sites[name].uplink.forked
        if not self._old_disks.put_back(name) and forked:
            raise LedgerError(forked)
        self._later(self._down_seconds.get(name, 1), lambda: self._restart(name))

    def _restart(self, name: str) -> None:
        world, prepared = self._world, self._prepared
        if name == OFFICE:
            self._store.begin()
        node = assembly.build_node(prepared.chain, name, seed=prepared.seed, now_us=prepared_now(prepared))
        if name in self._dies_starting:
            self._dies_starting.discard(name)
            self._disk(name).next_fault, self._disk(name).passes = BEFORE, 0
        if name in self._old_next:
            self._old_next.discard(name)
            if self._old_disks.put_in(name):
                self._later(NOTICED_SECONDS, partial(self._look_at_disk, name))
        world.restart(node, self._skew_us.get(name, 0))
        self.remembered += node.handled
        if self._world.sites[name].up:
            self.open(name)


def prepared_now(prepared: Prepared) -> int:
    """Where a node's clock stands before it has read its journal."""
    return assembly.midnight_us(prepared)
