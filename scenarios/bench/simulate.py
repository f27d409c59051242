"""The vending day: machines of lanes, Poisson customers, lanes refilled some hours after they ran low.

150 customers a machine and day, each wanting one unit of one lane; a lane starts with 12, and 4 hours after
it came down to 3 it is refilled. Every lane is an actor, and a customer costs three messages: to the machine,
to the lane and back. Arrivals are drawn before the clock starts, the same for all: a stream sorted by time
for Hawker, a list a machine for SimPy.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np

from runtime.actor import Actor, handles
from runtime.address import Ref
from runtime.kernel import Kernel
from runtime.message import event, order
from scenarios.bench.harness import Entry, Progress, best_rates, peers

CUSTOMERS_A_DAY = 150
DAY_US = 86_400_000_000
STOCK = 12
LOW = 3
REFILL_SECONDS = 4 * 3600
PEER_NAMES = ("simpy_plain", "simpy_actors")


@event("bench.lane_chosen")
class LaneChosen:
    """A customer wants one unit."""

    lane: int


@order("bench.release")
class Release:
    """The machine asks a lane for one unit."""


@order("bench.released")
class Released:
    """The lane's answer."""

    sold: bool


@order("bench.refill")
class Refill:
    """Somebody fills the lane."""


RELEASE, SOLD, SOLD_OUT, REFILL = Release(), Released(sold=True), Released(sold=False), Refill()


class Lane(Actor):
    """One column of a machine."""

    __slots__ = ("level", "machine")

    def __init__(self, machine: Ref) -> None:
        self.machine = machine
        self.level = STOCK

    @handles(Release)
    def release(self, _: Release) -> None:
        """Give one unit, if there is one."""
        if not self.level:
            self.tell(self.machine, SOLD_OUT)
            return
        self.level -= 1
        if self.level == LOW:
            self.after(REFILL_SECONDS, REFILL)
        self.tell(self.machine, SOLD)

    @handles(Refill)
    def refill(self, _: Refill) -> None:
        """Fill to the top."""
        self.level = STOCK


class Machine(Actor):
    """Takes customers' choices to its lanes and counts what came of them."""

    __slots__ = ("lanes", "lost", "sold")

    def __init__(self) -> None:
        self.lanes: list[Ref] = []
        self.sold = 0
        self.lost = 0

    @handles(LaneChosen)
    def choose(self, choice: LaneChosen) -> None:
        """Ask the lane."""
        self.tell(self.lanes[choice.lane], RELEASE)

    @handles(Released)
    def released(self, answer: Released) -> None:
        """Count."""
        if answer.sold:
            self.sold += 1
        else:
            self.lost += 1


@attrs.frozen
class Arrivals:
    """A day's customers in columns, sorted by time: when, at which machine, for which lane."""

    at_us: list[int]
    machine: list[int]
    lane: list[int]

    @staticmethod
    def drawn(machines: int, lanes: int, seed: int = 1) -> Arrivals:
        """Poisson arrivals over a day: their number is Poisson, their moments uniform."""
        chance = np.random.default_rng(seed)
        count = int(chance.poisson(CUSTOMERS_A_DAY * machines))
        at_us = np.sort(chance.integers(0, DAY_US, count))
        return Arrivals(
            at_us.tolist(),
            chance.integers(0, machines, count).tolist(),
            chance.integers(0, lanes, count).tolist(),
        )

    def by_machine(self, machines: int) -> list[list[tuple[int, int]]]:
        """For each machine its customers' (at_us, lane)."""
        lists: list[list[tuple[int, int]]] = [[] for _ in range(machines)]
        for at_us, machine, lane in zip(self.at_us, self.machine, self.lane, strict=True):
            lists[machine].append((at_us, lane))
        return lists


def fleet(kernel: Kernel, machines: int, lanes: int) -> list[Machine]:
    """Machines and their lanes under addresses such as ``m-0712/lane/A3``."""
    made = []
    for number in range(machines):
        machine = Machine()
        ref = kernel.spawn(f"m-{number:05}", machine)
        machine.lanes = [kernel.spawn(f"m-{number:05}/lane/{lane:02}", Lane(ref)) for lane in range(lanes)]
        made.append(machine)
    return made


def measure(machines: int, lanes: int, progress: Progress) -> Entry:
    """Customers a second through Hawker and through SimPy."""
    arrivals = Arrivals.drawn(machines, lanes)
    lists = arrivals.by_machine(machines)
    outcomes: dict[str, tuple[int, int]] = {}

    def hawker() -> Callable[[], int]:
        kernel = Kernel("bench")
        made = fleet(kernel, machines, lanes)
        choices = [LaneChosen(lane=lane) for lane in range(lanes)]
        refs = [made[machine].ref for machine in arrivals.machine]
        told = [choices[lane] for lane in arrivals.lane]

        def day() -> int:
            kernel.merge(zip(arrivals.at_us, refs, told, strict=True))
            kernel.run(DAY_US)
            outcomes["hawker"] = sum(m.sold for m in made), sum(m.lost for m in made)
            return len(arrivals.at_us)

        return day

    def peer(name: str) -> Callable[[], Callable[[], int]]:
        def set_up() -> Callable[[], int]:
            refill_us = REFILL_SECONDS * 1_000_000
            day = found.modules[name].vending_day(lists, lanes, STOCK, LOW, refill_us, DAY_US)

            def timed() -> int:
                outcomes[name] = day()
                return len(arrivals.at_us)

            return timed

        return set_up

    found = peers(PEER_NAMES)
    rates = best_rates({"hawker": hawker} | {name: peer(name) for name in found.modules}, progress)
    sold, lost = outcomes["hawker"]
    return Entry(
        name="simulate",
        unit="customers/s",
        hawker=round(rates["hawker"]),
        peers={name: round(rates[name]) if name in rates else None for name in PEER_NAMES},
        detail={
            "machines": machines,
            "lanes": lanes,
            "customers": len(arrivals.at_us),
            "messages_a_customer": 3,
            "sold": sold,
            "lost": lost,
            "same_outcome": len(set(outcomes.values())) == 1,
            "missing": found.missing,
        },
    )
