"""Cash bags: what must be in one, what the devices say went in, and what a person counts (V8).

When a visit takes the cash box, the machine knows what must be in it by its own facts (sold), and asks the
cash devices for their counters (metered): all that was inserted, less what was paid out, less what the tubes
gained, since the last collection. The count comes later from the cash room (``CountBag``). The bag is booked
by the facts on its way to the bank; the count books only the difference, as over/short of the machine. A
second count of a bag reverses the first and books anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from actors.cabinet.messages import BagCounted, CashCollected
from actors.control.messages import BagAnswer, CountBag
from actors.machine.messages import MachineServiced
from actors.payment.messages import CashMetered
from hardware.contract.cash import CashCounted, CountCash, Pieces
from runtime.errors import Refused

if TYPE_CHECKING:
    from actors.machine.machine import Machine

BAGS_KEPT = 8
"""Bags of which a count is taken; one is counted within days."""

UNKNOWN_MINOR = -1


@attrs.define(slots=True, kw_only=True)
class Bag:
    """A bag that left; ``counted_minor`` is -1 until somebody counted it."""

    visit: int
    sold_minor: int
    metered_minor: int
    counted_minor: int = UNKNOWN_MINOR


@attrs.define(slots=True, kw_only=True)
class Bags:
    """Changed by facts only.

    Attributes:
        newest: the last bags.
        begun: the counters at the opening were heard, or a bag has left without.
        taken: the visit whose bag the devices have not spoken of yet; None if there is none.
        inserted_minor, paid_minor, tubes_minor: the devices' counters at the last collection, at first at
            the opening; -1 unknown.
    """

    newest: list[Bag] = attrs.field(factory=list)
    begun: bool = False
    taken: MachineServiced | None = None
    inserted_minor: int = UNKNOWN_MINOR
    paid_minor: int = UNKNOWN_MINOR
    tubes_minor: int = UNKNOWN_MINOR

    def enter(self, fact: CashMetered | MachineServiced | CashCollected | BagCounted) -> None:
        """Take a fact in."""
        match fact:
            case CashMetered():
                if not self.begun:
                    self._meter(fact.inserted_minor, fact.paid_minor, _sum(fact.tubes))
            case MachineServiced():
                self.taken = fact if fact.cash_minor else self.taken
            case CashCollected():
                self.taken = None
                self.newest.append(
                    Bag(visit=fact.visit, sold_minor=fact.sold_minor, metered_minor=fact.metered_minor)
                )
                del self.newest[:-BAGS_KEPT]
                self._meter(fact.inserted_minor, fact.paid_minor, fact.tubes_minor)
            case BagCounted():
                for bag in self.newest:
                    if bag.visit == fact.visit:
                        bag.counted_minor = fact.counted_minor

    def _meter(self, inserted_minor: int, paid_minor: int, tubes_minor: int) -> None:
        self.begun = True
        self.inserted_minor, self.paid_minor, self.tubes_minor = inserted_minor, paid_minor, tubes_minor

    def metered(self, event: CashCounted) -> int:
        """What went into the cash box and stacker since the last collection, by the devices; -1 unknown."""
        if min(event.inserted_minor, event.paid_minor, self.inserted_minor, self.paid_minor) < 0:
            return UNKNOWN_MINOR
        came = event.inserted_minor - self.inserted_minor
        went = event.paid_minor - self.paid_minor
        if came < 0 or went < 0:
            return UNKNOWN_MINOR  # the device was changed, it counts from 0
        return max(0, came - went - (_sum(event.tubes) - self.tubes_minor))


def _sum(pieces: Pieces) -> int:
    return sum(value * count for value, count in pieces)


def begin(machine: Machine) -> None:
    """A visit has taken the cash: ask the devices what they know of it."""
    if machine.bags.taken is not None:
        machine.tell(machine.device("cash"), CountCash())


def heard(machine: Machine, event: CashCounted) -> None:
    """The devices' word on the bag that was just taken."""
    if (taken := machine.bags.taken) is not None:
        machine.record(
            CashCollected(
                visit=taken.visit,
                sold_minor=taken.cash_minor,
                metered_minor=machine.bags.metered(event),
                inserted_minor=event.inserted_minor,
                paid_minor=event.paid_minor,
                tubes_minor=_sum(event.tubes),
            )
        )


def close(machine: Machine) -> None:
    """The devices have said nothing of the last bag, and it cannot wait any longer."""
    if (taken := machine.bags.taken) is not None:
        machine.record(
            CashCollected(
                visit=taken.visit,
                sold_minor=taken.cash_minor,
                metered_minor=UNKNOWN_MINOR,
                inserted_minor=UNKNOWN_MINOR,
                paid_minor=UNKNOWN_MINOR,
                tubes_minor=UNKNOWN_MINOR,
            )
        )


def count(machine: Machine, asked: CountBag) -> BagAnswer:
    """Take a person's count of a bag. Raises Refused, and nothing changed."""
    if asked.counted_minor < 0:
        raise Refused(f"bag of visit {asked.visit}: counted must be >= 0, not {asked.counted_minor}")
    if machine.bags.taken is not None and machine.bags.taken.visit == asked.visit:
        close(machine)
    bag = next((bag for bag in machine.bags.newest if bag.visit == asked.visit), None)
    if bag is None:
        raise Refused(f"bag must be one of the last {BAGS_KEPT} of this machine, not visit {asked.visit}")
    if bag.counted_minor != asked.counted_minor:
        machine.record(
            BagCounted(
                visit=bag.visit,
                expected_minor=bag.sold_minor,
                counted_minor=asked.counted_minor,
                metered_minor=bag.metered_minor,
                before_minor=bag.sold_minor if bag.counted_minor < 0 else bag.counted_minor,
                by=asked.by,
            )
        )
    return BagAnswer(
        sold_minor=bag.sold_minor, metered_minor=bag.metered_minor, counted_minor=bag.counted_minor
    )
