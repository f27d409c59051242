"""A machine's true counts read off its peripherals at byte level, for the audit port beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from simulator.audit_book import LaneCount, TrueCounts
from simulator.peripherals.mdb_bus import MdbBus

TUBE = "tube"
"""Where a changer routes a coin that it can pay out again."""


class CountedMotors(Protocol):
    """Motors that know what really fell, by their number."""

    @property
    def dropped(self) -> Mapping[int, int]:
        """Products by the number that was driven."""


class PeripheralCounts:
    """What motors, changer, validator and reader of one machine really did.

    A lane's amount grows by the price that it has when the counts are asked for; units have no tender.
    """

    def __init__(
        self, motors: CountedMotors, lanes: Mapping[str, int], prices: Mapping[str, int], bus: MdbBus
    ) -> None:
        """Look at a machine.

        Args:
            motors: its board's.
            lanes: the board's number of each lane.
            prices: minor units by lane.
            bus: whose changer, validator and reader are asked, where they are.
        """
        self._motors = motors
        self._numbers = dict(lanes)
        self._bus = bus
        self._counts = TrueCounts(
            lanes={lane: LaneCount(price_minor=prices[lane]) for lane in lanes},
            cash_units=None,
            cashless_units=None,
        )

    def __call__(self) -> TrueCounts:
        """The counts of this moment."""
        counts = self._counts
        for lane, column in counts.lanes.items():
            fell = self._motors.dropped.get(self._numbers[lane], 0) - column.sold
            column.sold += fell
            column.amount_minor += fell * column.price_minor
        counts.units = sum(column.sold for column in counts.lanes.values())
        self._count_money(counts)
        return counts

    def _count_money(self, counts: TrueCounts) -> None:
        changer, validator, reader = self._bus.changer, self._bus.validator, self._bus.reader
        counts.bills_minor = validator.in_minor if validator is not None else 0
        counts.dispensed_minor = validator.out_minor if validator is not None else 0
        if changer is not None:
            counts.dispensed_minor += changer.out_minor
            coins_minor = changer.in_minor
            counts.to_tubes_minor = sum(
                value * count for (value, where), count in changer.routed.items() if where == TUBE
            )
            counts.to_cashbox_minor = coins_minor - counts.to_tubes_minor
            counts.tubes = {changer.values[kind]: tube.coins for kind, tube in changer.tubes.by_kind.items()}
        counts.cash_minor = counts.to_tubes_minor + counts.to_cashbox_minor + counts.bills_minor
        counts.cash_minor -= counts.dispensed_minor
        counts.cashless_minor = reader.sold_minor if reader is not None else 0
